#!/usr/bin/perl
# sendd is killed with SIGKILL again and again, at random moments, while
# messages flow. None may be missing; what came twice was in hand at a kill.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(sleep);

my $kills = Fault->long(8, 20);
my $each = Fault->long(800, 1000);
my $n = $kills * $each;
my $room = 500;
my $o = Fault->up(conf => "room = $room\n");
$o->credentials('mobile-app');

my $seed = srand;
note "random seed $seed";
my $killed_in_flight = 0;
for my $k (1 .. $kills) {
	# answered after a while, so that there is something in flight
	$o->seed('-a', 'mobile-app', '-n', $each, '-t',
	    Outpost->apns_token(sprintf 'tok-slow-%d:%02d', 20 + rand 80,
	    $k));
	sleep rand 0.4;
	$o->kill_off('sendd');
	$killed_in_flight++ if $o->waiting;
	$o->again;
}
cmp_ok $killed_in_flight, '>', 0,
    "rows were left at $killed_in_flight of $kills kills";
$o->settled(120);
my $twice = $o->nothing_lost($n, why => 'in hand at a kill');
cmp_ok $twice, '<=', $kills * $room, 'no more than could be in hand';
$o->accounts($n);
is $o->value('SELECT COUNT(*) FROM push_history WHERE outcome = 0'), $n,
    'and so is the history';

done_testing;
