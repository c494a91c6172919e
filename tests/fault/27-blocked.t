#!/usr/bin/perl
# A row that the outcome of a message needs stays locked by somebody else, for
# longer than a lease. sendd keeps the outcome, keeps its shards, writes all
# other outcomes meanwhile, and does not end before it is written: so nobody
# gets the message twice.
use strict;
use warnings;
use Fault;
use Test::More;

my $o = Fault->up;
$o->credentials('mobile-app');
my $n = 0;

sub messages { return map { Outpost->apns_token(sprintf 'tok-accept:%04d',
    ++$n) } 1 .. $_[0] }

# As often its lease was renewed, and how often it has changed its owner.
sub lease {
	my ($shard) = @_;
	return @{ ($o->sql('SELECT renewals, epoch FROM push_shard WHERE'
	    . " shard = $shard"))[0] };
}

$o->queue(tokens => [ messages(1) ]);
$o->settled(60, 'all shards are leased');
my $pid = $o->pid('sendd');
kill 'STOP', $pid;
my ($blocked) = $o->queue(tokens => [ messages(1) ]);
my $lock = $o->keep_locked('START TRANSACTION; SELECT id FROM push_send'
    . " WHERE id = $blocked FOR UPDATE");
kill 'CONT', $pid;
ok $o->wait_for(60, sub { $o->transactions('1', "t.trx_state = 'LOCK WAIT'") }),
    'its outcome waits for the row';
# a machine that was slow while it stood still may have cost it the lease
my ($renewals, $epoch) = lease($blocked % 64);
ok $o->wait_for(60, sub { (lease($blocked % 64))[0] > $renewals }),
    'its lease is renewed';
my $from = length $o->log_text;

# in the shard of the one that is blocked, and in others
$o->queue(tokens => [ messages(200) ]);
ok $o->wait_for(60, sub { $o->waiting == 1 }),
    'all other outcomes are written' or diag $o->waiting;
is $o->value("SELECT done FROM push_send WHERE id = $blocked"), 0,
    'and this one is not';

# a renewal comes each half second at most, and a lease lasts three
ok $o->wait_for(60, sub { (lease($blocked % 64))[0] >= $renewals + 10 }),
    'its lease is renewed meanwhile';
is +(lease($blocked % 64))[1], $epoch, 'and stays with its owner';
my $said = substr $o->log_text, $from;
unlike $said, qr/^<3>/m, 'that is no failure: nothing is cut off';
unlike $said, qr/database is back/, 'nor does the database come back';
like $said, qr/^<5>.*Lock wait timeout/m, 'but the log says who waits';
kill 'TERM', $pid;
ok $o->wait_for(60, sub { $o->log_text =~ /^<5>stopping/m }),
    'sendd is told to end';
ok !$o->wait_for(10, sub { !-e "/proc/$pid/exe" }),
    'and waits until its last outcome is written';
$o->let_go($lock);
ok $o->wait_for(60, sub { !-e "/proc/$pid/exe" }), 'which is soon';
unlike $o->log_text, qr/not written/, 'nothing is given up';
$o->again;
$o->settled(60);

# A row that lies directly behind those of a batch is somebody else's.
$pid = $o->pid('sendd');
kill 'STOP', $pid;
my ($first) = $o->queue(tokens => [ messages(16) ]);
my $shard = $first % 64;
$o->sql_text("UPDATE push_outbox SET shard = $shard;\n");
$lock = $o->keep_locked('START TRANSACTION; INSERT INTO push_outbox (shard,'
    . ' lane, due, id, send_id, body_id, app_id, device_id, platform,'
    . ' environment, token) SELECT shard, lane, due, MAX(id) + 1, send_id,'
    . ' body_id, app_id, device_id, platform, environment, token'
    . ' FROM push_outbox');
kill 'CONT', $pid;
my $waited = 0;
ok $o->wait_for(60, sub {
	$waited += $o->transactions('1', "t.trx_state = 'LOCK WAIT' AND"
	    . " t.trx_query LIKE 'DELETE FROM push_outbox %'");
	return $o->waiting == 0;
}), 'a batch is settled beside a row that is not committed';
is $waited, 0, 'and nothing waits for that row';
$o->let_go($lock);
$o->accounts($n);
is $o->nothing_lost($n), 0, 'nobody got it twice';
done_testing;
