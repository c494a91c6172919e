#!/usr/bin/perl
# While callers wait, one connection writes the outcomes of their messages, and
# another one those of campaigns: a message waits for no row that the batch of
# a campaign waits for. Neither writes for a shard that was taken over
# meanwhile.
use strict;
use warnings;
use Fault;
use POSIX ();
use Test::More;

# a row that is locked is waited for by a fifth of a lease
my $o = Fault->up(conf => "[sendd]\nbatch = 10\nlease = 15s\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'c0de' x 16);
my $n = 0;

sub message {
	my $r = $o->send('mobile-app', 'somebody');
	return $r->{json}{responseObject}{apns}{sent} // $r->{body};
}

sub campaign { return $o->queue(lane => 1, tokens => [ map {
    Outpost->apns_token(sprintf 'tok-accept:%04d', ++$n) } 1 .. $_[0] ]) }

# The transactions that wait for a row, by their ids.
sub waits { return map { $_->[0] } $o->transactions('t.trx_id',
    "t.trx_state = 'LOCK WAIT'") }

sub done { return $o->value('SELECT SUM(done) FROM push_send WHERE id IN ('
    . join(',', @_) . ')') }

sub in_history { return $o->value('SELECT COUNT(*) FROM push_history') }

is message(), 1, 'a caller comes';
my $sendd = $o->pid('sendd');
kill 'STOP', $sendd;
my @sends = campaign(40);
my $lock = $o->keep_locked('START TRANSACTION; SELECT id FROM push_send'
    . ' WHERE id IN (' . join(',', @sends) . ') FOR UPDATE');
kill 'CONT', $sendd;
my $calls = 1;
my ($waiting, $beside) = (0, 0);
# the batch gives up after a while, and others wait then
for (1 .. 20) {
	($waiting) = waits();
	is message(), 1, 'a message is sent';
	$calls++;
	my ($still) = waits();
	$beside++ if $waiting && $still && $still == $waiting;
	last if $beside == 3;
}
is $beside, 3, 'three are answered while the campaign waits for the counts';
is done(@sends), 0, 'none of which is written';
$o->let_go($lock);
$o->settled(60);
is done(@sends), 40, 'then they are';
$o->accounts($n + $calls);

# --- a shard is taken over ---------------------------------------------------

# Of all shards, by a sendd that does nothing: it is not alive for long.
sub taken_over { return $o->keep_locked('START TRANSACTION; UPDATE push_shard'
    . " SET owner = 'other', incarnation = 1, epoch = epoch + 1,"
    . ' renewals = renewals + 1') }

sub ours_again {
	return $o->wait_for(60, sub { !$o->value('SELECT COUNT(*) FROM'
	    . " push_shard WHERE owner = 'other'") });
}

sub call_apart {
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	message();
	POSIX::_exit(0);
}

# A message and a campaign, each with outcomes that wait for the leases.
my $before = in_history();
is message(), 1, 'a caller comes';
$lock = taken_over();
my $pid = call_apart();
ok $o->wait_for(10, sub { $o->seen(qr/^c0de/) == $calls + 2 }),
    'a message is sent';
@sends = campaign(40);
ok $o->wait_for(10, sub { $o->seen(qr/^(?!c0de)/) == $n }),
    'a campaign beside it';
ok $o->wait_for(10, sub { waits() >= 2 }),
    'the outcomes of both wait for the leases';
$o->let_go($lock, 'COMMIT');
ok $o->wait_for(20, sub { $o->log_text('sendd') =~ /taken over/ }),
    'their shards are taken over';
is_deeply [ done(@sends), in_history() ], [ 0, $before + 1 ],
    'nothing is written';
ok ours_again(), 'the other sendd is over';
waitpid $pid, 0;
$o->settled(60);
is done(@sends), 40, 'then all is';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done = 1'),
    $n + $calls + 2, 'each is counted once';
is in_history(), $before + 2 + 40, 'and stands in the history once';
$o->accounts($n + $calls + 2);
$o->nothing_lost($n, match => qr/^(?!c0de)/,
    why => 'in hand when the shards were taken over');
done_testing;
