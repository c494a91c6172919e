#!/usr/bin/perl
# Three sendd on a cluster, while callers call: one is killed, another is cut
# from its database, and not from the provider, for longer than its lease. What
# was accepted is sent; only what was in the hands of those may come twice, and
# the one that is cut off sends nothing of what others may send by then.
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
# It sends so slowly that it has much in hand when its link is cut.
sub pace {
	my ($name, $rate) = @_;
	my $conf = "$o->{run}/$name.conf";
	my $from = length $o->log_text($name);
	$o->write_file($conf, $o->read_file($conf) . "[apns]\nrate = $rate\n");
	kill 'HUP', $o->{more}{$name};
	ok $o->wait_for(60, sub { substr($o->log_text($name), $from)
	    =~ /settings read again/ }), "$name sends $rate";
}

# The messages in this sendd's shards that are not sent, and those that it has
# sent.
sub left { return $o->value('SELECT COUNT(*) FROM push_outbox JOIN push_shard'
    . " USING (shard) WHERE owner = '$_[0]'") }
sub sent { return scalar(() = $o->log_text($_[0]) =~ /^<6>\S+Z sent /mg) }

# Since when it is silent, and when it was last heard, as the list has it.
sub silent {
	my ($all) = @_;
	my ($of) = grep { $_->{name} eq 'sendd2' } @{ $all // [] };
	return join ' ', map { $of->{$_} // 'never' } qw(silentSince seen);
}

sub sends_no_more {
	my ($left, $before) = @_;
	sleep 1;	# what was on the way has its answer
	my $sent = sent('sendd2');
	sleep 3;
	is sent('sendd2'), $sent, 'cut off, it sends nothing that others have';
	cmp_ok $sent - $before, '<', $left,
	    "but part of the $left that it had in hand";
	my (undef, $said) = $o->outpost('--json', 'sendd', 'list');
	my $told = silent(eval { $o->json->decode($said) });
	like $told, qr/^(2\S+) \1$/, 'it is told as silent, and since when'
	    or diag $said;
	is silent($o->get('/admin/queue')->{json}{responseObject}{instances}),
	    $told, 'by the call as well';
}

$callers->meanwhile('sendd2 is cut from its database', sub {
	pace('sendd2', '10/s');
	ok $o->wait_for(60, sub { left('sendd2') >= 100 }),
	    'it has a hundred in hand';
	my ($left, $before) = (left('sendd2'), sent('sendd2'));
	$o->cut_for_long('sendd2', 1, sub { sends_no_more($left, $before) });
	shared(2, 'the link is back, and it has its part again');
	pace('sendd2', '1000/s');
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
$o->sendd('sendd3', qw(n3 n2 n1));
shared(3, 'started again, it has its part without a word');

done_testing;
