#!/usr/bin/perl
# A login code that is sent while a campaign is under way goes before it: in
# the provider's ledger it comes before all of the campaign but what was in
# flight or in hand, and the caller has its answer.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(time sleep);

my $n = Fault->long(30000, 200000);
my $room = 2000;
my $rate = Fault->long(1000, 5000);
my $o = Fault->up(conf => <<"END");
room = $room
[apns]
rate = $rate/s
[log]
level = notice
END
$o->credentials('campaign-app');
$o->credentials('bank-app');
$o->device('bank-app', 'somebody', 'ios', 'c0de' x 16);
$o->device('campaign-app', 'somebody', 'ios', 'c0de' x 16);

# the campaign is queued while sendd stands still, and moved to its lane
my $sendd = $o->pid('sendd');
kill 'STOP', $sendd;
$o->seed('-a', 'campaign-app', '-n', $n);
$o->sql('UPDATE push_outbox SET lane = 1');
kill 'CONT', $sendd;
ok $o->wait_for(60, sub { $o->seen > 1000 }), 'the campaign is under way';

# once by another app, once by the very app that runs the campaign, whose
# messages share its connection and its rate
for my $sender (qw(bank-app campaign-app)) {
	my $before = $o->seen;
	my $begin = time;
	my $r = $o->send($sender, 'somebody', body => { title => 'Code',
	    body => "code of $sender" });
	my $took = time - $begin;
	is $r->{status}, 200, "a login code by $sender";
	is eval { $r->{json}{responseObject}{apns}{sent} }, 1,
	    'sent, as its caller is told' or diag $r->{body};
	my $at = 0;
	my $place = 0;
	open my $f, '<', "$o->{run}/provider.ledger" or die "ledger: $!\n";
	while (<$f>) {
		$at++;
		$place = $at if /code of $sender/;
	}
	close $f;
	cmp_ok $place, '>', 0, 'it is in the ledger';
	# what went between our count and the send goes at the given rate
	my $passed = $place - $before;
	cmp_ok $passed, '<=', $room + 8 * $rate,
	    "before all of the campaign but $passed of it";
	cmp_ok $n - $at, '>', $room, 'while the campaign was under way';
	note sprintf 'answered in %.0f ms', $took * 1000;
}
# whatever the backlog, what is in hand is bounded
my $most = 0;
$o->wait_for(3, sub {
	my $now = $o->value("SELECT MAX(JSON_VALUE(figures, '\$.inHand'))"
	    . ' FROM push_instance');
	$most = $now if $now > $most;
	return 0;
});
cmp_ok $most, '<=', $room, "at most $room messages in hand ($most)";
$o->settled(120);
$o->nothing_lost($n, match => qr/^abcdef/);
is $o->seen(qr/^c0de/), 2, 'both codes came, once';
$o->accounts($n + 2);

done_testing;
