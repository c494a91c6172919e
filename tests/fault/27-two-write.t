#!/usr/bin/perl
# While much waits to be written, several connections write outcomes at the same
# time. Each row is counted once, and nobody gets it twice. One of them alone
# writes those of campaigns while callers may wait for messages.
use strict;
use warnings;
use Fault;
use Test::More;

# a row that is locked is waited for by a fifth of a lease
my $o = Fault->up(conf => "[sendd]\nbatch = 10\nlease = 30s\n");
$o->credentials('mobile-app');
my $n = 0;

sub messages { return map { Outpost->apns_token(sprintf 'tok-accept:%04d',
    ++$n) } 1 .. $_[0] }

$o->queue(tokens => [ messages(1) ]);
$o->settled(60, 'all shards are leased');
my $pid = $o->pid('sendd');
kill 'STOP', $pid;
$o->queue(tokens => [ messages(400) ]);
my $lock = $o->keep_locked('START TRANSACTION; SELECT id FROM push_send'
    . ' FOR UPDATE');
kill 'CONT', $pid;
ok $o->wait_for(10, sub { 2 <= $o->transactions('1',
    "t.trx_state = 'LOCK WAIT'") }), 'transactions wait for the counts';
$o->let_go($lock);
$o->settled(60);

# The outcome of one message waits for its row, and one in the batch beside it
# for another, which is locked later. When the first has waited for long enough
# its connection goes on, though the second still waits.
sub lock_row { return $o->keep_locked('START TRANSACTION; SELECT id FROM'
    . " push_send WHERE id = $_[0] FOR UPDATE") }

# The transactions that wait for a row, by their ids.
sub waits { return map { $_->[0] } $o->transactions('t.trx_id',
    "t.trx_state = 'LOCK WAIT'") }

kill 'STOP', $pid;
my @locks = lock_row($o->queue(tokens => [ messages(1) ]));
kill 'CONT', $pid;
my $first;
ok $o->wait_for(10, sub { ($first) = waits() }), 'an outcome waits';
sleep 2;
kill 'STOP', $pid;
push @locks, lock_row(($o->queue(tokens => [ messages(60) ]))[10]);
kill 'CONT', $pid;
my $second;
ok $o->wait_for(4, sub { ($second) = grep { $_ != $first } waits() }),
    'and one of a batch beside it';
ok $o->wait_for(20, sub {
	my @now = waits();
	return !grep({ $_ == $first } @now) && grep { $_ == $second } @now;
}), 'the first waits for long enough: its connection goes on';
$o->let_go($_) for @locks;
$o->settled(60);

# nobody has rung for the messages: more may come of callers who do not ring
kill 'STOP', $pid;
$o->queue(tokens => [ messages(400) ], lane => 1);
$lock = $o->keep_locked('START TRANSACTION; SELECT id FROM push_send'
    . ' FOR UPDATE');
kill 'CONT', $pid;
ok $o->wait_for(10, sub { $o->seen >= $n - 360 }), 'a campaign is sent';
is scalar waits(), 1, 'one transaction waits for the counts';
$o->let_go($lock);
$o->settled(60);
is $o->value('SELECT COUNT(*) FROM push_send WHERE done = 1'), $n,
    'each row is counted once';
is $o->value('SELECT COUNT(*) FROM push_history'), $n,
    'and stands in the history once';
$o->accounts($n);
is $o->nothing_lost($n), 0, 'nobody got it twice';
done_testing;
