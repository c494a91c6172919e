#!/usr/bin/perl
# Messages through both webs, 50,000 with FAULT_LONG=1, while machines die, hang
# and are cut off, one after the other. Each sendd is on a machine with two
# links: the one that is cut from its database still reaches the provider, which
# is how something could be sent twice. All that is accepted is sent, and told
# so; twice comes only what a sendd had in hand that was killed or cut off.
use strict;
use warnings;
use Callers;
use Cluster;
use Test::More;
use Time::HiRes qw(sleep time);

Cluster::begin();

my $room = 500;
my $parts = 8;
my $least = Fault->long(4000, 50000) / $parts;
# the lease is longer than the nodes need to miss one of theirs
my $lease = Fault->long(10, 15);
my $o = Cluster->up(conf => "[sendd]\nroom = $room\nlease = ${lease}s\n"
    . "[log]\ntime = yes\n",
    usual => Fault->long(0, 1));
$o->credentials('mobile-app');
my @web = ($o->web('web1', qw(n1 n2 n3)), $o->web('web2', qw(n2 n1 n3)));
my @users = map { "user-$_" } 1 .. 100;
# it answers after 100 ms, as real ones do: so that something is in hand
Callers::device($web[$_ % 2], $users[$_],
    Outpost::apns_token(sprintf 'tok-slow-100:%020d', $_)) for 0 .. $#users;

# The stack's own sendd is not on a machine of its own.
my @sendd = ([ sendd1 => qw(n1 n2 n3) ], [ sendd2 => qw(n2 n3 n1) ],
    [ sendd3 => qw(n3 n1 n2) ]);
$o->linked_sendd(@$_) for @sendd;
$o->kill_off('sendd');

sub shared {
	my ($n, $what) = @_;
	ok $o->wait_for(120, sub { my %s = eval { $o->shares };
	    keys %s == $n && !grep { $_ < 20 } values %s }), $what;
}
shared(3, 'three share');

my $callers = Callers->new($o, \@web, @users);
$callers->{pause} = Fault->long(0.01, 0.004);
my @longest;

sub part {
	my ($what, $code, %o) = @_;
	my $took = $callers->meanwhile($what, $code, least => $least, %o);
	push @longest, sprintf '%4.1f s  %s', $took, $what if !$o{refused};
}

sub back {
	my ($name) = @_;
	$o->start_node($name);
	ok $o->whole, "$name is back";
}

# --- one after the other ------------------------------------------------------

part('quiet', sub { });
part('n2 is killed', sub {
	$o->signal_node('n2', 'KILL');
	sleep 6;
	back('n2');
});
part('n2 is stopped for 20 s', sub {
	$o->signal_node('n2', 'STOP');
	sleep 20;
	$o->signal_node('n2', 'CONT');
	ok $o->whole, 'n2 is back';
});
SKIP: {
	skip 'on ports of 127.0.0.1 a node has no link', Fault->long(4, 5)
	    if !$o->{machines};
	part('n3 is cut from all', sub {
		$o->cut_link('n3');
		sleep 8;
		$o->mend_link('n3');
		ok $o->whole, 'n3 is back';
	});
}
part('n3 is killed, and joins empty', sub {
	$o->signal_node('n3', 'KILL');
	$o->empty_node('n3');
	sleep 4;
	back('n3');
});
part('sendd3 is killed', sub {
	$o->end_sendd('sendd3', 'KILL');
	shared(2, 'two have its shards');
	$o->linked_sendd(@{ $sendd[2] });
	shared(3, 'it has its part again');
});
part('sendd2 is cut from its database', sub {
	$o->cut_for_long('sendd2', 2);
	shared(3, 'it has its part again');
});
part('two of three are killed', sub {
	$o->signal_node($_, 'KILL') for qw(n2 n3);
	sleep 6;
	is((Callers::message($web[0], $users[0], 'alone'))[0], 503,
	    'the one that is left refuses');
	$o->sql("SET GLOBAL wsrep_provider_options = 'pc.bootstrap = yes'");
	ok $o->wait_for(60, sub { (Callers::message($web[$_], $users[0],
	    'bootstrapped'))[0] == 200 }), 'bootstrapped, it serves web'
	    . ($_ + 1) for 0, 1;
	$o->start_node($_) for qw(n2 n3);
	ok $o->whole, 'the others join it';
}, refused => 1);

# --- the account --------------------------------------------------------------

my $twice = $callers->account;
my $fenced = 0;
# without two nodes no sendd can tell what it has sent, or keep its lease
my %failed = ('sendd3 is killed' => 1, 'sendd2 is cut from its database' => 1,
    'two of three are killed' => 3);
for my $part (sort keys %failed) {
	my $n = $callers->twice_in($part);
	cmp_ok $n, '<=', $failed{$part} * $room,
	    "$part: only what was in hand came twice";
	$fenced += $n;
}
is $twice - $fenced, 0, 'nothing came twice otherwise';
$callers->tell_twice(keys %failed);
$callers->statuses(Fault->long(100, 1000));
my ($sends) = $o->sql('SELECT COUNT(*), SUM(total), SUM(done), SUM(apns_sent)'
    . ' FROM push_send');
is_deeply [ @$sends[1 .. 3] ], [ ($sends->[0]) x 3 ],
    'and the accounts of all sends are exact';
note join "\n", 'the longest call (bar 7 s):', @longest;

done_testing;
