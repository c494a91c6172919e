#!/usr/bin/perl
# A machine stands still for a while, as one that is moved to other hardware.
# Meanwhile messages are cancelled, and an application is held, at another one.
# sendd goes on, and sends nothing by what it knew before.
use strict;
use warnings;
use Fault;
use Test::More;

# a lease that outlasts the standstill: sendd may go on at once
my $o = Fault->up(conf => "[sendd]\nlease = 60s\n");
my $app = $o->app('mobile-app');
$o->device($app, 'joe', 'fcm', 'tok-accept:1');
my $pid = $o->pid('sendd');

sub say_it {
	my ($title) = @_;
	return $o->send($app, 'joe', mode => 'ASYNCHRONOUS',
	    body => { title => $title })->{json}{responseObject}{messageId};
}

sub arrived {
	my ($title) = @_;
	return scalar grep { index(Outpost::json()->encode($_), $title) >= 0 }
	    $o->ledger;
}

say_it('before');
$o->settled(60, 'a message is sent');
is arrived('before'), 1, 'and arrives';

for my $round (1 .. 3) {
	kill 'STOP', $pid;
	my @ids = map { say_it("cancelled $round") } 1 .. 20;
	is scalar(grep { $o->post("/push/message/$_/cancel", {})->{status}
	    == 200 } @ids), 20, "round $round: 20 messages are cancelled";
	sleep 3;	# longer than a mark may be unknown
	kill 'CONT', $pid;
	$o->settled(60, 'sendd goes on, and they have their outcomes');
	is arrived("cancelled $round"), 0, 'none was sent';
	is $o->value("SELECT COUNT(*) FROM push_send WHERE id IN ("
	    . join(', ', @ids) . ') AND dropped = 1'), 20, 'all are counted';
}

kill 'STOP', $pid;
say_it('held') for 1 .. 20;
is +($o->outpost('hold', $app, '--reason', 'mine'))[0], 0,
    'an application is held';
sleep 3;	# so with a hold
kill 'CONT', $pid;
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_outbox WHERE'
    . ' due > UTC_TIMESTAMP(3) + INTERVAL 1 SECOND') == 20 }),
    'sendd goes on, and they are put off';
is arrived('held'), 0, 'none was sent';
is +($o->outpost('release', $app))[0], 0, 'it is released';
$o->settled(60, 'and they are sent');
is arrived('held'), 20, 'and arrive';
$o->down;
done_testing;
