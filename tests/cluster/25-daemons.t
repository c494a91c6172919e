#!/usr/bin/perl
# Three sendd on a cluster, while callers call: one is killed, another is cut
# from its database, and not from the provider, for longer than its lease. What
# was accepted is sent; only what was in the hands of those may come twice.
use strict;
use warnings;
use Callers;
use Cluster;
use Test::More;
use Time::HiRes qw(sleep time);

Cluster::begin();

my $room = 500;
my $o = Cluster->up(conf => "[sendd]\nroom = $room\n"
    . "[log]\ntime = yes\n");
$o->credentials('mobile-app');
my @web = ($o->web('web1', qw(n1 n2 n3)), $o->web('web2', qw(n2 n1 n3)));
my @users = map { "user-$_" } 1 .. 50;
Callers::device($web[0], $users[$_], sprintf '%064x', $_ + 1)
    for 0 .. $#users;
$o->linked_sendd('sendd2', qw(n2 n3 n1));
$o->sendd('sendd3', qw(n3 n2 n1));

sub shared {
	my ($n, $what) = @_;
	ok $o->wait_for(60, sub { my %s = eval { $o->shares };
	    keys %s == $n && !grep { $_ < 20 } values %s }), $what;
}
shared(3, 'three share');

my $callers = Callers->new($o, \@web, @users);
$callers->meanwhile('quiet', sub { sleep 2 });
is $callers->account, 0, 'in quiet nothing comes twice';
$callers->meanwhile('sendd3 is killed', sub {
	$o->end_sendd('sendd3', 'KILL');
	shared(2, 'two have its shards');
});
$callers->meanwhile('sendd2 is cut from its database', sub {
	$o->cut_for_long('sendd2', 1);
	shared(2, 'the link is back, and it has its part again');
});
my $twice = $callers->account;
cmp_ok $twice, '<=', 2 * $room, 'only what was in the hands of those two';
$callers->tell_twice('sendd3 is killed', 'sendd2 is cut from its database');

# taken out of service and stopped, for a rolling upgrade
$o->sendd('sendd3', qw(n3 n2 n1));
shared(3, 'three share again');
$callers->meanwhile('sendd3 is drained and ends', sub {
	my ($status, $said) = $o->outpost('sendd', 'drain', 'sendd3');
	is $status, 0, 'drained' or diag $said;
	is $o->end_sendd('sendd3'), 0, 'it ends well';
});
is $callers->account, $twice, 'nothing comes twice by that';

done_testing;
