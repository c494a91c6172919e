#!/usr/bin/perl
# Three nodes, two web machines, three sendd. A node is killed and comes back,
# another hangs, one comes back as a new machine, while callers call through
# both webs: all calls succeed, and none leaves it open whether it was done, for
# the programs repeat what had no answer; nothing that was accepted is lost or
# counted twice; what was written through one web is seen through the other at
# once.
use strict;
use warnings;
use Callers;
use Cluster;
use Test::More;
use Time::HiRes qw(sleep);

Cluster::begin();

my $o = Cluster->up;
$o->credentials('mobile-app');
my @web = $o->machines_beside;

# --- one's own writes --------------------------------------------------------

my $pairs = Fault->long(100, 1000);
my ($created, $found) = (0, 0);
for my $n (1 .. $pairs) {
	my ($first, $second) = @web[$n % 2, 1 - $n % 2];
	my ($status) = Callers::device($first, "pair-$n",
	    sprintf '%064x', $n);
	$created++ if $status == 200;
	($status, my $r) = Callers::message($second, "pair-$n", "pair $n",
	    'SYNCHRONOUS');
	if ($status == 200 && $r->{responseObject}{apns}{total} == 1) {
		$found++;
	} else {
		diag "pair $n: $status " . Outpost::json()->encode($r // {});
	}
}
is $created, $pairs, 'devices are created through one web';
is $found, $pairs, 'and a message through the other finds each at once';
$o->settled(60);
my %came;
for my $line ($o->ledger) {
	my ($n) = $line->{payload}{aps}{alert}{body} =~ /^pair (\d+)$/;
	$came{"$n $line->{token}"}++;
}
is_deeply \%came, { map { ("$_ " . sprintf('%064x', $_) => 1) }
    1 .. $pairs }, "each of $pairs reaches its device, once";

# --- nodes that die and hang -------------------------------------------------

my $callers = Callers->new($o, \@web, map { "pair-$_" } 1 .. $pairs);

sub back {
	my ($name) = @_;
	$o->start_node($name);
	ok $o->whole, "$name is back";
}

$callers->meanwhile('quiet', sub { sleep 2 });
$callers->meanwhile('n2 is killed', sub {
	$o->signal_node('n2', 'KILL');
	sleep 6;
	back('n2');
});
$callers->meanwhile('n2 hangs', sub {
	$o->signal_node('n2', 'STOP');
	sleep Fault->long(10, 20);
	$o->signal_node('n2', 'CONT');
	ok $o->whole, 'n2 is back';
});
$callers->meanwhile('n3 is killed, and joins empty', sub {
	$o->signal_node('n3', 'KILL');
	$o->empty_node('n3');
	sleep 4;
	back('n3');
});
$callers->meanwhile('the node of web1 is killed', sub {
	$o->kill_off('mariadbd');
	sleep 6;
	$o->again;
	ok $o->whole, 'n1 is back';
});
$callers->account;

# --- two of three ------------------------------------------------------------

$callers->meanwhile('two of three are killed', sub {
	$o->signal_node($_, 'KILL') for qw(n2 n3);
	sleep 6;
	my ($status, $r) = Callers::message($web[0], 'pair-1', 'alone');
	is $status, 503, 'the one that is left refuses';
	is $r->{responseObject}{code}, 'ERROR_DATABASE', 'in words';
	$o->start_node($_) for qw(n2 n3);
	ok $o->whole, 'all are back';
	ok $o->wait_for(60, sub { (Callers::message($web[$_], 'pair-1',
	    'again'))[0] == 200 }), 'web' . ($_ + 1) . ' serves again'
	    for 0, 1;
}, refused => 1);
$callers->account;

done_testing;
