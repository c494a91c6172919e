#!/usr/bin/perl
# While much waits to be written, two connections write outcomes at the same
# time. Each row is counted once, and nobody gets it twice.
use strict;
use warnings;
use Fault;
use Test::More;

# a row that is locked is waited for by a fifth of a lease
my $o = Fault->up(conf => "[sendd]\nbatch = 10\nlease = 60s\n");
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
ok $o->wait_for(10, sub { 2 == $o->transactions('1',
    "t.trx_state = 'LOCK WAIT'") }), 'two transactions wait for the counts';
$o->let_go($lock);
$o->settled(60);
is $o->value('SELECT COUNT(*) FROM push_send WHERE done = 1'), $n,
    'each row is counted once';
is $o->value('SELECT COUNT(*) FROM push_history'), $n,
    'and stands in the history once';
$o->accounts($n);
is $o->nothing_lost($n), 0, 'nobody got it twice';
done_testing;
