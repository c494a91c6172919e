#!/usr/bin/perl
# A campaign's run under control: every verb in every state, twice and in every
# order; sendd, MariaDB and the responder killed in each phase; two runs at
# once. In the end the ledger of the stand-in and the counts agree: nobody gets
# it twice, and what was cancelled is what is missing.
use strict;
use warnings;
use Fault;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

my $n = $ENV{RUN_DEVICES} // 2000;	# of each run; 50000 in the long form
my $o = Fault->up(conf => <<'END');
[campaign]
chunk = 500
END
$o->credentials('mobile-app');
my $app = $o->value('SELECT id FROM push_app_credentials WHERE app_id ='
    . " 'mobile-app'");

sub devices {
	my ($name, $count) = @_;
	my $mark = unpack 'H*', $name;
	$o->sql('INSERT INTO push_device_registration (activation_id, user_id,'
	    . ' app_id, platform, environment, push_token,'
	    . " timestamp_last_registered, is_active) SELECT CONCAT('$name',"
	    . " seq), CONCAT('$name', seq), $app, 'ios', 'development',"
	    . " CONCAT('$mark', LPAD(HEX(seq), 64 - LENGTH('$mark'), '0')),"
	    . " UTC_TIMESTAMP(3), 1 FROM seq_1_to_$count");
	return $mark;
}

sub campaign {
	my ($name, $count) = @_;
	my $r = $o->post('/push/campaign/create', { requestObject => {
	    appId => 'mobile-app', message => { title => $name } } });
	my $id = $r->{json}{responseObject}{id};
	$o->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
	    . " timestamp_created) SELECT $id, CONCAT('$name', seq), NOW()"
	    . " FROM seq_1_to_$count") if $count;
	return $id;
}

# A call that a restart may cut is repeated.
sub call {
	my ($path, $in, $want) = @_;
	my $r;
	$o->wait_for(60, sub {
		$r = eval { $o->post("/push/campaign/$path",
		    { requestObject => $in // {} }) };
		return $r && $r->{status} && $r->{status} < 500 });
	is $r->{status}, $want // 200, $path or diag $r->{body};
	return $r->{json}{responseObject};
}

sub state_of { return $o->value("SELECT state FROM push_campaign WHERE id ="
    . " $_[0]") }

sub run_of {
	my ($id) = @_;
	return $o->get("/push/campaign/$id/runs")->{json}{responseObject}
	    {runs}[0];
}

sub comes_to {
	my ($id, $state) = @_;
	ok $o->wait_for(180, sub { (eval { state_of($id) } // '') eq $state }),
	    "it comes to $state" or diag state_of($id);
}

# How often each device of the mark got it.
sub got {
	my ($mark) = @_;
	my %times;
	$times{ $_->{token} }++ for grep { index($_->{token}, $mark) == 0 }
	    $o->ledger;
	return \%times;
}

# The counts are those of the ledger, and sum up.
sub agrees {
	my ($id, $mark, $name) = @_;
	my $run = run_of($id);
	my %c = %{ $run->{counts} };
	my $got = got($mark);
	is $c{pending}, 0, "$name: nothing is pending";
	is $c{total}, $c{sent} + $c{cancelled}, "$name: sent or cancelled";
	is scalar(keys %$got), $c{sent}, "$name: as the ledger has it";
	is scalar(grep { $_ > 1 } values %$got), 0, "$name: nobody twice";
	is_deeply $run->{providers}, { apns => $run->{counts} },
	    "$name: all of it by the provider";
	is $o->value("SELECT COUNT(*) FROM push_outbox WHERE send_id ="
	    . " $run->{messageId}"), 0, "$name: no row is left";
	return $run;
}

# --- each verb in each state ------------------------------------------------

sub at { my @t = gmtime time + $_[0] * 3600; return sprintf '%02d:00', $t[2] }
my %quiet = (quiet => { from => at(-6), to => at(12), zone => 'UTC' });
my ($later, $too_late) = map { strftime '%Y-%m-%dT00:00:00Z',
    gmtime time + $_ * 86400 } 2, 5;
my $mark = devices('t', 200);
my %table = (	# verb => { state => state after it; or 409 }
    pause => { created => 409, queueing => 'paused', sending => 'paused',
	paused => 'paused', cancelled => 409, done => 409 },
    resume => { created => 409, queueing => 'queueing', sending => 'sending',
	paused => undef, cancelled => 409, done => 409 },
    cancel => { created => 409, queueing => 'cancelling',
	sending => 'cancelling', paused => 'cancelling',
	cancelled => 'cancelled', done => 409 });

# A campaign in that state: nothing moves by itself there.
sub in_state {
	my ($state, $was) = @_;
	my $id = campaign('t', $state eq 'done' ? 0 : 200);
	return $id if $state eq 'created';
	call("send/live/$id", $was eq 'queueing' ? { sendAt => $later }
	    : $state eq 'done' ? {} : {%quiet});
	comes_to($id, 'done') if $state eq 'done';
	call("$id/pause") if $state eq 'paused';
	call("$id/cancel"), comes_to($id, 'cancelled')
	    if $state eq 'cancelled';
	return $id;
}

for my $state (qw(created queueing sending paused cancelled done)) {
	for my $verb (sort keys %table) {
		for my $was ($state eq 'paused' ? qw(queueing sending)
		    : ($state)) {
			my $id = in_state($state, $was);
			my $want = $table{$verb}{$state} // $was;
			is state_of($id), $state, "$verb of $state";
			for (1, 2) {
				my $new = call("$id/$verb", {}, $want eq '409'
				    ? 409 : 200);
				last if $want eq '409';
				like $new->{state}, $_ == 1 ? qr/^$want$/
				    : qr/^(?:$want|cancelled)$/,
				    "$verb, time $_";
			}
			call("$id/cancel") if $state !~ /created|done/
			    && $verb ne 'cancel';
		}
	}
}
ok $o->wait_for(180, sub { !$o->value("SELECT COUNT(*) FROM push_campaign"
    . " WHERE state NOT IN ('created', 'done', 'cancelled')") }),
    'all are over';
is scalar(keys %{ got($mark) }), 0, 'and nobody got anything';

# send/live while it is in progress starts nothing; once more only with again
my $again = campaign('t', 0);
call("send/live/$again", { sendAt => $later });
call("send/live/$again");
is state_of($again), 'queueing', 'live on a run in progress changes nothing';
for ([ $later, 200 ], [ $too_late, 400 ]) {
	is $o->put("/push/campaign/$again/run", { requestObject => {
	    sendAt => $_->[0] } })->{status}, $_->[1], "moved to $_->[0]";
}
call("$again/cancel");
comes_to($again, 'cancelled');
call("send/live/$again", {}, 409);
call("send/live/$again", { again => 1 });
comes_to($again, 'done');
is scalar(@{ $o->get("/push/campaign/$again/runs")->{json}{responseObject}
    {runs} }), 2, 'both runs are kept';

# --- pause, resume, cancel while rows are queued and sent -------------------

$mark = devices('p', $n);
my $id = campaign('p', $n);
call("send/live/$id", { rate => int($n / 10) + 1 });
call("$id/pause");
is state_of($id), 'paused', 'paused at once';
my $before = -1;
ok $o->wait_for(120, sub {	# what flies is finished
	sleep 2.5;
	my $now = keys %{ got($mark) };
	my $same = $now == $before;
	$before = $now;
	return $same }), 'and nothing more goes out';
cmp_ok $before, '<', $n, 'not all went out';
my $now = run_of($id);
is_deeply $now->{providers}, { apns => $now->{counts} },
    'figures by provider while it is in progress';
call("$id/resume");
ok $o->wait_for(120, sub { keys %{ got($mark) } > $before }), 'it goes on';
call("$id/pause") for 1, 2;
call("$id/cancel");
call("$id/cancel");
comes_to($id, 'cancelled');
my $run = agrees($id, $mark, 'cancelled');
cmp_ok $run->{counts}{cancelled}, '>', 0, 'what was dropped is counted';
my $told = $o->get("/push/campaign/$id/status")->{json}{responseObject};
is_deeply $told->{outcomes}, [ { platform => 'apns', outcome => 'cancelled',
	count => $run->{counts}{cancelled} } ], 'and told';

# --- watched ----------------------------------------------------------------

# The answer comes with the change, or when the time is over.
sub watch_run {
	my ($of, $after, $wait) = @_;
	return $o->get("/push/campaign/$of/status?wait=$wait&after=$after",
	    timeout => 120)->{json}{responseObject};
}
$id = campaign('t', 200);
call("send/live/$id", { sendAt => $later });
my $known = watch_run($id, 0, '60s')->{version};
is watch_run($id, $known, '100ms')->{version}, $known, 'nothing has changed';
my $child = fork // die "fork: $!\n";
if ($child == 0) {
	# its end ends no stack
	my $seen = watch_run($id, $known, '60s');
	POSIX::_exit($seen->{state} eq 'paused' ? 0 : 1);
}
call("$id/pause");
waitpid $child, 0;
is $?, 0, 'a page that watches is told of a pause';
call("$id/cancel");

# as objects too, a line each
$id = campaign('t', 200);
call("send/live/$id", { rate => 400 });
my ($status, $lines) = $o->outpost('--json', 'campaign', 'status', $id,
    '--watch');
my @objects = map { $o->json->decode($_) } split /\n/, $lines;
is $status, 0, 'outpost watches it' or diag $lines;
is $objects[-1]{state}, 'done', 'to its end';
is $objects[-1]{run}{counts}{sent}, 200, 'with the counts';

# --- what happens between two statements ------------------------------------

# Do the call while a session keeps locked what it needs, and that session goes
# on as soon as the call waits. Returns the status of the answer.
sub meanwhile {
	my ($locks, $call, $then) = @_;
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
	$o->let_go($session, $then);
	waitpid $pid, 0;
	return scalar <$from>;
}

# another start is refused, though the run began after the call had looked
$id = campaign('t', 0);
call("send/live/$id", { sendAt => $later });
my $send = $o->value("SELECT send_id FROM push_campaign WHERE id = $id");
is meanwhile("SELECT 1 FROM push_campaign_run WHERE send_id = $send FOR UPDATE",
    sub { $o->put("/push/campaign/$id/run", { requestObject => {
	sendAt => $later } }) },
    "UPDATE push_campaign SET queue_end = 9 WHERE id = $id; COMMIT"), 409,
    'the start of a run that has just begun';
call("$id/cancel");

# a campaign that is started while it is deleted is cancelled once more
$mark = devices('e', 20);
$id = campaign('e', 20);
call("send/live/$id", {%quiet});
$send = $o->value("SELECT send_id FROM push_campaign WHERE id = $id");
ok $o->wait_for(60, sub { 20 == $o->value('SELECT COUNT(*) FROM push_outbox'
    . " WHERE send_id = $send AND due > UTC_TIMESTAMP() + INTERVAL 1"
    . ' MINUTE') }), 'all is put off';
is meanwhile("SELECT 1 FROM push_outbox WHERE send_id = $send FOR UPDATE",
    sub { $o->post("/push/campaign/$id/delete", {}) },
    "UPDATE push_send SET cancelled = NULL WHERE id = $send;"
    . " UPDATE push_campaign SET state = 'sending' WHERE id = $id; COMMIT"),
    200, 'deleted';
ok !defined state_of($id), 'it is not there any more';
ok $o->wait_for(120, sub { $o->value("SELECT cancelled IS NOT NULL AND"
    . " done >= total FROM push_send WHERE id = $send") }),
    'and its second run is cancelled';
is scalar(keys %{ got($mark) }), 0, 'nobody got it';

# one run whose rows are being queued keeps no other from its end, nor from
# being paused
my $other = campaign('t', 20);
call("send/live/$other", {%quiet});
$send = $o->value("SELECT send_id FROM push_campaign WHERE id = $other");
my $session = $o->keep_locked('START TRANSACTION; SELECT 1 FROM'
    . " push_campaign_run WHERE send_id = $send FOR UPDATE");
$mark = devices('f', 20);
$id = campaign('f', 20);
call("send/live/$id");
comes_to($id, 'done');
agrees($id, $mark, 'beside another');
call("$other/cancel");
is state_of($other), 'cancelling', 'it is cancelled';
$o->let_go($session, 'COMMIT');
comes_to($other, 'cancelled');

# What is put off for a pause, or for quiet hours, but written after the run
# was changed and recalled, is recalled once more.
sub put_off_late {
	my ($name, $timing, $before, $after) = @_;
	my $mark = devices($name, 200);
	my $id = campaign($name, 200);
	kill 'STOP', $o->pid('sendd');
	call("send/live/$id", $timing);
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
	comes_to($id, 'done');
	agrees($id, $mark, "late, $name");
}

put_off_late('l', {}, sub { call("$_[0]/pause") },
    sub { call("$_[0]/resume") });
put_off_late('q', {%quiet}, sub { }, sub {
	is $o->put("/push/campaign/$_[0]/run", { requestObject => {
	    quiet => undef } })->{status}, 200, 'no quiet hours any more' });

# a recall that waits moves nothing that became due meanwhile: it may be sent
$mark = devices('m', 400);	# some in the first shard, which waits
$id = campaign('m', 400);
call("send/live/$id", {%quiet});
$send = $o->value("SELECT send_id FROM push_campaign WHERE id = $id");
ok $o->wait_for(60, sub { 400 == $o->value('SELECT COUNT(*) FROM push_outbox'
    . " WHERE send_id = $send AND due > UTC_TIMESTAMP() + INTERVAL 1"
    . ' MINUTE') }), 'all is put off';
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
ok $o->wait_for(60, sub { keys %{ got($mark) } == 400 }), 'all are sent';
$o->let_go($session, 'UNLOCK TABLES');
comes_to($id, 'done');
agrees($id, $mark, 'recalled');

# deleting cancels first
$mark = devices('d', 400);
$id = campaign('d', 400);
call("send/live/$id", {%quiet});
$send = $o->value("SELECT send_id FROM push_campaign WHERE id = $id");
call("$id/delete");
ok $o->wait_for(120, sub { $o->value("SELECT done >= total FROM push_send"
    . " WHERE id = $send") }), 'a campaign that is deleted is cancelled';
is scalar(keys %{ got($mark) }), 0, 'nobody got it';

# --- two connections queue, and are killed ----------------------------------

# The run waits for its moment, so that sendd queues all of it. Its first
# stretch waits for the row of its send, and the second one for the first. No
# stretch is one of devices of others.
sub killed_in_pairs {
	$o->sql('DELETE FROM push_device_registration');
	my $mark = devices('w', $n);
	my $id = campaign('w', $n);
	call("send/live/$id", { sendAt => strftime('%Y-%m-%dT%H:%M:%SZ',
	    gmtime time + 2) });
	my $send = $o->value("SELECT send_id FROM push_campaign WHERE"
	    . " id = $id");
	my $session = $o->keep_locked('START TRANSACTION; SELECT 1 FROM'
	    . " push_send WHERE id = $send FOR UPDATE");
	ok $o->wait_for(60, sub { 2 == $o->transactions('1',
	    't.trx_rows_modified >= 500') }), 'two connections have written';
	my $pid = $o->pid('sendd');
	kill 'KILL', $pid;
	$o->wait_for(120, sub { !kill 0, $pid }) or die "sendd lives\n";
	$o->let_go($session, 'COMMIT');
	ok $o->wait_for(60, sub { !$o->value('SELECT COUNT(*) FROM'
	    . " push_outbox WHERE send_id = $send") }), 'no row is left';
	is $o->value("SELECT queued_id FROM push_campaign WHERE id = $id"), 0,
	    'and the run is where it was';
	$o->again;
	comes_to($id, 'done');
	is agrees($id, $mark, 'queued in pairs')->{counts}{sent}, $n,
	    'each got it';
}
killed_in_pairs();

# --- messages beside a run --------------------------------------------------

# More devices of a shard than one statement reads while messages come
# (SCAN_RUNG_SLICE): each ring cuts a reading short.
my $many = 64 * 100;
$mark = devices('beside', $many);
$o->device('mobile-app', 'single', 'ios', 'ab' x 32);
$id = campaign('beside', $many);
call("send/live/$id");
my ($calls, $sent) = (0, 0);
do {
	my $r = $o->send('mobile-app', 'single')->{json}{responseObject};
	$calls++;
	$sent += $r->{result}{apns}{sent};
} while state_of($id) ne 'done' && $calls < 5000;
comes_to($id, 'done');
is agrees($id, $mark, 'beside messages')->{counts}{sent}, $many,
    'each device got it';
is $sent, $calls, 'each message was sent before its answer';
is got('ab' x 32)->{'ab' x 32}, $calls, 'and once';

# --- two runs at once, everything restarted ---------------------------------

my %mark = map { $_ => devices($_, $n) } qw(x y);
my %id = map { $_ => campaign($_, $n) } qw(x y);
call("send/live/$id{$_}", { rate => int($n / 400) + 1 }) for qw(x y);
my @verbs = (sub { call("$id{x}/pause") }, sub { call("$id{x}/resume") },
    sub { call("$id{y}/pause") }, sub { call("$id{y}/resume") });
sub restart {
	my ($who) = @_;
	my $pid = $o->pid($who);
	kill 'TERM', $pid;
	$o->wait_for(120, sub { !-e "/proc/$pid/exe" || !kill 0, $pid })
	    or die "$who does not end\n";
	$o->again;
}
for my $verb (@verbs) {
	restart($_) for qw(sendd mariadbd web);
	$verb->();
}
# so slow until here that none is over before its last restart
is $o->put("/push/campaign/$id{$_}/run", { requestObject => {
    rate => $n } })->{status}, 200, "$_ goes faster" for qw(x y);
comes_to($id{$_}, 'done') for qw(x y);
for my $name (qw(x y)) {
	my $done = agrees($id{$name}, $mark{$name}, "restarts, $name");
	is $done->{counts}{sent}, $n, 'each got it';
}
done_testing;
