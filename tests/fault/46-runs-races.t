#!/usr/bin/perl
# A campaign's run is paused, cancelled, set or deleted between two statements
# of whoever queues it, recalls it or sends it; and messages beside a run. In
# the end the ledger of the stand-in and the counts agree.
use strict;
use warnings;
use Runs;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $o = Runs->up(conf => <<'END');
[campaign]
chunk = 500
END
my %quiet = Runs::quiet();
my $later = POSIX::strftime('%Y-%m-%dT00:00:00Z', gmtime time + 2 * 86400);
my $mark = $o->devices('t', 20);
my ($id, $send);

# --- what happens between two statements ------------------------------------

# Do the call while a session keeps locked what it needs, and that session goes
# on as soon as the call waits, and $before is done. Returns the status of the
# answer.
sub meanwhile {
	my ($locks, $call, $then, $before) = @_;
	my $session = $o->keep_locked("START TRANSACTION; $locks");
	pipe my $from, my $to or die "pipe: $!\n";
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		syswrite $to, $call->()->{status};
		POSIX::_exit(0);	# its end ends no stack
	}
	close $to;
	ok $o->wait_for(60, sub { $o->transactions('1',
	    "t.trx_state = 'LOCK WAIT'") }), 'it waits';
	$before->() if $before;
	$o->let_go($session, $then);
	waitpid $pid, 0;
	return scalar <$from>;
}

# another start is refused, though the run began after the call had looked
$id = $o->campaign("t", 0);
$o->call("send/live/$id", { sendAt => $later });
$send = $o->send_of($id);
is meanwhile("SELECT 1 FROM push_campaign_run WHERE send_id = $send FOR UPDATE",
    sub { $o->put("/push/campaign/$id/run", { requestObject => {
	sendAt => $later } }) },
    "UPDATE push_campaign SET queue_end = 9 WHERE id = $id; COMMIT"), 409,
    'the start of a run that has just begun';
$o->call("$id/cancel");

# a campaign that is started while it is deleted is cancelled once more
$mark = $o->devices('e', 20);
$id = $o->campaign('e', 20);
$o->call("send/live/$id", {%quiet});
$send = $o->send_of($id);
$o->is_put_off($id, 20);
is meanwhile("SELECT 1 FROM push_outbox WHERE send_id = $send FOR UPDATE",
    sub { $o->post("/push/campaign/$id/delete", {}) },
    "UPDATE push_send SET cancelled = NULL WHERE id = $send;"
    . " UPDATE push_campaign SET state = 'sending' WHERE id = $id; COMMIT"),
    200, 'deleted';
ok !defined $o->state_of($id), 'it is not there any more';
ok $o->wait_for(120, sub { $o->value("SELECT cancelled IS NOT NULL AND"
    . " done >= total FROM push_send WHERE id = $send") }),
    'and its second run is cancelled';
is scalar(keys %{ $o->got($mark) }), 0, 'nobody got it';

# one run whose rows are being queued keeps no other from its end, nor from
# being paused
my $other = $o->campaign('t', 20);
$o->call("send/live/$other", {%quiet});
$send = $o->send_of($other);
my $session = $o->keep_locked('START TRANSACTION; SELECT 1 FROM'
    . " push_campaign_run WHERE send_id = $send FOR UPDATE");
$mark = $o->devices('f', 20);
$id = $o->campaign('f', 20);
$o->call("send/live/$id");
$o->comes_to($id, 'done');
$o->agrees($id, $mark, 'beside another');
$o->call("$other/cancel");
is $o->state_of($other), 'cancelling', 'it is cancelled';
$o->let_go($session, 'COMMIT');
$o->comes_to($other, 'cancelled');

# Rows of a run are written while it is paused or cancelled: the call comes just
# before the statement that notes them in the campaign's row.
sub written_meanwhile {
	my ($name, $verb, %timing) = @_;
	$o->sql('DELETE FROM push_device_registration');
	my $mark = $o->devices($name, 2000);
	my $id = $o->campaign($name, 2000);
	$o->call("send/live/$id", { sendAt => $later, %timing });
	my $outbox = $o->outbox_locked;
	$o->begins_now($id);
	$o->waits_to_write('sendd', 'INSERT INTO');
	is meanwhile("SELECT 1 FROM push_campaign WHERE id = $id FOR UPDATE",
	    sub { $o->post("/push/campaign/$id/$verb", {}) }, 'COMMIT', sub {
		$o->let_go($outbox, 'UNLOCK TABLES');
		ok $o->wait_for(60, sub { $o->transactions('1',
		    "t.trx_state = 'LOCK WAIT' AND t.trx_rows_modified >= 500")
		    }), 'so do the rows';
	    }), 200, "$verb while rows are written";
	return ($id, $mark);
}

($id, $mark) = written_meanwhile('g', 'pause', rate => 50);
is $o->state_of($id), 'paused', 'it is paused';
ok $o->wait_for(60, sub { $o->value('SELECT queued_id FROM push_campaign WHERE'
    . " id = $id") }), 'what was written is kept';
cmp_ok $o->run_of($id)->{counts}{total}, '<', 2000, 'and no more follows';
# In its middle two devices are given up, one that has a row and one that has
# none yet, and another is registered.
my %of = map { lc $_->[1] => $_->[0] } $o->sql('SELECT id, push_token FROM'
    . ' push_device_registration');
sleep 3;	# what is known of a run is no older
my $middle = $o->value("SELECT queued_id FROM push_campaign WHERE id = $id");
my $got = $o->got($mark);
my ($row) = grep { $of{$_} <= $middle && !$got->{lc $_} } sort keys %of;
my ($none) = grep { $of{$_} > $middle } sort keys %of;
$o->sql('UPDATE push_device_registration SET gone_at = UTC_TIMESTAMP(3),'
    . " gone_reason = 'Unregistered' WHERE id IN ($of{$row}, $of{$none})");
$o->device('mobile-app', 'g5', 'ios', my $new = $mark . 'f' x
    (64 - length $mark));
is $o->put("/push/campaign/$id/run", { requestObject => {} })->{status}, 200,
    'it may go as fast as it can';
$o->call("$id/resume");
$o->comes_to($id, 'done');
$got = $o->got($mark);
is_deeply [ grep { $got->{$_} } $row, $none, $new ], [],
    'neither who was given up nor who came later gets it';
is_deeply [ sort keys %$got ], [ grep { $_ ne $row && $_ ne $none }
    sort keys %of ], 'each other one does';
is scalar(grep { $_ > 1 } values %$got), 0, 'nobody twice';
is_deeply $o->run_of($id)->{counts}, { total => 1999, sent => 1998,
    failed => 1, expired => 0, cancelled => 0, pending => 0 },
    'and the counts say so';
($id, $mark) = written_meanwhile('h', 'cancel');
$o->comes_to($id, 'cancelled');
is $o->run_of($id)->{counts}{total}, 0, 'what was written is taken back';
is $o->value('SELECT COUNT(*) FROM push_outbox WHERE send_id = '
    . $o->send_of($id)), 0, 'all of it';
is scalar(keys %{ $o->got($mark) }), 0, 'nobody got it';

# What is put off for a pause, or for quiet hours, but written after the run
# was changed and recalled, is recalled once more.
sub put_off_late {
	my ($name, $timing, $before, $after) = @_;
	my $mark = $o->devices($name, 200);
	my $id = $o->campaign($name, 200);
	kill 'STOP', $o->pid('sendd');
	$o->call("send/live/$id", $timing);
	$before->($id);
	my $send = $o->value("SELECT send_id FROM push_campaign WHERE"
	    . " id = $id");
	# Not the first row of a shard: MariaDB 11.8 waits for the row behind a
	# range, and so would the recall of the shard before.
	my ($at) = map { "shard = $_->[0] AND lane = $_->[1] AND due ="
	    . " '$_->[2]' AND id = $_->[3]" } $o->sql('SELECT q.shard, q.lane,'
	    . ' q.due, q.id FROM push_outbox q JOIN push_outbox p ON p.shard ='
	    . ' q.shard AND p.lane = q.lane AND p.due <= q.due AND p.id < q.id'
	    . " WHERE q.send_id = $send LIMIT 1");
	my $session = $o->keep_locked('START TRANSACTION; SELECT 1 FROM'
	    . " push_outbox WHERE $at FOR UPDATE");
	sleep 1;	# it looks at the runs each second
	kill 'CONT', $o->pid('sendd');
	ok $o->wait_for(60, sub { $o->transactions('1',
	    "t.trx_state = 'LOCK WAIT'") }), 'sendd waits to put them off';
	$after->($id);
	ok $o->wait_for(60, sub { $o->value('SELECT recall_at IS NULL FROM'
	    . " push_campaign WHERE id = $id") }),
	    'the run is recalled meanwhile';
	$o->let_go($session, 'COMMIT');
	$o->comes_to($id, 'done');
	$o->agrees($id, $mark, "late, $name");
}

put_off_late('l', {}, sub { $o->call("$_[0]/pause") },
    sub { $o->call("$_[0]/resume") });
put_off_late('q', {%quiet}, sub { }, sub {
	is $o->put("/push/campaign/$_[0]/run", { requestObject => {
	    quiet => undef } })->{status}, 200, 'no quiet hours any more' });

# a recall that waits moves nothing that became due meanwhile: it may be sent
$mark = $o->devices('m', 400);	# some in the first shard, which waits
$id = $o->campaign('m', 400);
$o->call("send/live/$id", {%quiet});
$send = $o->send_of($id);
$o->is_put_off($id, 400);
kill 'STOP', $o->pid('sendd');
is $o->put("/push/campaign/$id/run", { requestObject => { quiet => undef } })
    ->{status}, 200, 'it is not quiet any more';
$session = $o->keep_locked('UPDATE push_outbox SET due = UTC_TIMESTAMP(3)'
    . " + INTERVAL 8 SECOND WHERE send_id = $send;"
    . ' LOCK TABLES push_outbox READ');
kill 'CONT', $o->pid('sendd');
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM'
    . " information_schema.processlist WHERE info LIKE 'UPDATE push_outbox"
    . " SET due%' AND state = 'Waiting for table metadata lock'") }),
    'the recall waits';
ok $o->wait_for(60, sub { keys %{ $o->got($mark) } == 400 }), 'all are sent';
$o->let_go($session, 'UNLOCK TABLES');
$o->comes_to($id, 'done');
$o->agrees($id, $mark, 'recalled');

# deleting cancels first
$mark = $o->devices('d', 400);
$id = $o->campaign('d', 400);
$o->call("send/live/$id", {%quiet});
$send = $o->send_of($id);
$o->call("$id/delete");
ok $o->wait_for(120, sub { $o->value("SELECT done >= total FROM push_send"
    . " WHERE id = $send") }), 'a campaign that is deleted is cancelled';
is scalar(keys %{ $o->got($mark) }), 0, 'nobody got it';

# --- messages beside a run --------------------------------------------------

# More devices of a shard than one statement reads while messages come
# (SCAN_RUNG_SLICE): each ring cuts a reading short.
my $many = 64 * 100;
$mark = $o->devices('beside', $many);
$o->device('mobile-app', 'single', 'ios', 'ab' x 32);
$id = $o->campaign('beside', $many);
$o->call("send/live/$id");
my ($calls, $sent) = (0, 0);
do {
	my $r = $o->send('mobile-app', 'single')->{json}{responseObject};
	$calls++;
	$sent += $r->{result}{apns}{sent};
} while $o->state_of($id) ne 'done' && $calls < 5000;
$o->comes_to($id, 'done');
is $o->agrees($id, $mark, 'beside messages')->{counts}{sent}, $many,
    'each device got it';
is $sent, $calls, 'each message was sent before its answer';
is $o->got('ab' x 32)->{'ab' x 32}, $calls, 'and once';

done_testing;
