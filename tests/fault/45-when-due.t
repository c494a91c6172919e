#!/usr/bin/perl
# What is to be sent later reaches whom it concerns when it falls due: the
# devices that its user has by then, or none. The call itself counts no
# device. A sendd that is killed while many fall due, and two that share
# them, lose nothing and send nothing twice that was not in flight.
use strict;
use warnings;
use Fault;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

my $o = Fault->up(conf => "[message]\nstorage = yes\n");
my $app = $o->credentials('mobile-app');
my $serial = 0;

sub token { return Outpost->apns_token('tok-accept:due-' . ++$serial) }

sub device {
	my ($user, %more) = @_;
	my $token = delete $more{token} // token();
	$o->device($app, $user, 'ios', $token, %more);
	return $token;
}

sub instant { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }

sub later {
	my ($user, %o) = @_;
	my $r = $o->send($app, $user, mode => $o{mode} // 'ASYNCHRONOUS',
	    message => { sendAt => instant(time + 3600),
	    %{ $o{message} // {} } });
	die "send: $r->{status} $r->{body}\n" if $r->{status} != 200;
	return $r->{json}{responseObject};
}

sub status {
	my ($id) = @_;
	return $o->get("/push/message/$id/status")->{json}{responseObject};
}

# An hour later. What is in hand is not due yet, so no sendd has read it.
sub an_hour_passes {
	$o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3)'
	    . ' WHERE platform = 255');
}

sub all_done {
	my ($seconds, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $o->wait_for($seconds, sub { $o->value('SELECT COUNT(*) FROM'
	    . ' push_send WHERE scheduled > 0 OR done < total') == 0 }), $what
	    or diag $o->last_words;
}

sub got {
	my (@tokens) = @_;
	my %of = map { $_ => 1 } @tokens;
	return scalar grep { $of{$_} } map { $_->[2] } $o->lines;
}

# --- the call ---------------------------------------------------------------

my $here = device('stays');
my $sync = later('stays', mode => 'SYNCHRONOUS');
is_deeply $sync->{apns}, { sent => 0, pending => 0, failed => 0, total => 0 },
    'a SYNCHRONOUS call counts no device';
my $s = status($sync->{messageId});
is "$s->{state} $s->{scheduled}", 'scheduled 1', 'its state';
is_deeply $s->{devices}, [], 'no device is in its account';
is_deeply [ $o->sql('SELECT platform, device_id, token, user_id,'
    . ' activation_id FROM push_outbox') ], [ [ 255, 0, '', 'stays',
    'NULL' ] ], 'one row, of the user';
my $queue = Outpost::json()->decode(($o->outpost('--json', 'queue'))[1]);
is_deeply [ map { "$_->{appId} $_->{provider} $_->{rows}" }
    @{ $queue->{queue} } ], [ "$app all 1" ], 'outpost queue shows it'
    or diag explain $queue;

# --- whom it reaches --------------------------------------------------------

my %case = map { $_ => {} } qw(leaves comes nobody given blocked blocked_open
    of_one dropped refreshed personal);
my %token = map { $_ => device($_, activationId => "act-$_") }
    qw(leaves given blocked blocked_open of_one dropped refreshed);
my $second = device('of_one', activationId => 'act-second');
$case{$_}{id} = later($_)->{messageId} for qw(leaves comes nobody given
    blocked_open dropped refreshed);
$case{blocked}{id} = later('blocked', message => { attributes => { personal =>
    JSON::PP::true } })->{messageId};
$case{of_one}{id} = later('of_one', message => { activationId =>
    'act-second' })->{messageId};
$o->post('/push/device/delete', { requestObject => { appId => $app,
    token => $token{leaves} } });
$token{comes} = device('comes');
device('thief', token => $token{given}, activationId => 'act-given');
$o->post('/push/device/status/update', { activationId => "act-$_",
    activationStatus => 'BLOCKED' }) for qw(blocked blocked_open);
my $fresh = device('refreshed', activationId => 'act-refreshed');
my $r = $o->post("/push/message/$case{dropped}{id}/cancel");
is_deeply $r->{json}{responseObject}, { cancelled => JSON::PP::true,
    pending => 1 }, 'one is cancelled';
is got(values %token, $here, $fresh), 0, 'nothing went before its moment';
an_hour_passes();
all_done(30, 'all have their outcome');
is got($here), 1, 'who stayed gets it';
is status($sync->{messageId})->{state}, 'done', 'and it is done';
is status($sync->{messageId})->{devices}[0]{state}, 'sent',
    'with its device in the account';
is got($token{leaves}), 0, 'who was removed gets nothing';
is got($token{comes}), 1, 'a device that came after the call gets it';
is got($token{given}), 0, "another user's phone gets nothing";
is got($token{blocked}), 0, 'personal: who was blocked gets nothing';
is got($token{blocked_open}), 1, 'but what is not personal';
is got($second) . got($token{of_one}), '10', 'of one activation: only that';
is got($token{refreshed}) . got($fresh), '01', 'the token of then';
is got($token{dropped}), 0, 'cancelled: nothing goes';
for my $name (qw(leaves nobody given blocked)) {
	my $s = status($case{$name}{id});
	is_deeply [ $s->{state}, $s->{scheduled},
	    map { $_->{total} } @{ $s->{result} }{qw(apns fcm hms)} ],
	    [ 'done', 0, 0, 0, 0 ], "$name: done, with no device";
}
is status($case{dropped}{id})->{state}, 'cancelled', 'cancelled: its state';

# what lacks credentials by then is told
device('without');
my $id = later('without')->{messageId};
$o->sql('UPDATE push_app_credentials SET apns_private_key = NULL, version ='
    . " version + 1 WHERE app_id = '$app'");
an_hour_passes();
all_done(30, 'credentials are gone: it has its outcome');
$s = status($id);
is_deeply [ $s->{result}{apns}{failed}, $s->{devices}[0]{state},
    $s->{devices}[0]{reason} ], [ 1, 'failed', 'no credentials' ],
    'with its reason';
$o->credentials($app);

# --- what cannot be looked up ------------------------------------------------

# One user has more devices than a call may send to, one's row is such that it
# cannot be written: both are due before a user whose device gets its message.
my $number = $o->value('SELECT id FROM push_app_credentials WHERE app_id ='
    . " '$app'");
$o->sql('INSERT INTO push_device_registration (activation_id, user_id, app_id,'
    . ' platform, push_token, timestamp_last_registered, is_active) SELECT'
    . " CONCAT('crowd', seq), 'crowd', $number, 'ios',"
    . " LOWER(HEX(CONCAT('crowd', seq))), UTC_TIMESTAMP(3), 1"
    . ' FROM seq_1_to_100001');
my $crowd = later('crowd')->{messageId};
my $bad = later('bad')->{messageId};
my $behind = device('behind');
later('behind');
$o->sql("UPDATE push_send SET scheduled = 0 WHERE id = $bad");
an_hour_passes();
ok $o->wait_for(60, sub { got($behind) }), 'the one behind gets it'
    or diag $o->last_words;
ok $o->wait_for(60, sub { status($crowd)->{state} eq 'done' }),
    'too many devices: it has its outcome' or diag $o->last_words;
$s = status($crowd);
is_deeply [ @{ $s->{result}{apns} }{qw(total failed)},
    map { "$_->{state} $_->{reason}" } @{ $s->{devices} } ],
    [ 1, 1, 'failed too many devices' ],
    'as one, which failed, with the reason';
ok $o->wait_for(60, sub { !$o->value('SELECT COUNT(*) FROM push_outbox'
    . " WHERE send_id <> $bad") }), 'nothing of theirs waits';
is $o->value("SELECT COUNT(*) FROM push_outbox WHERE send_id = $bad"), 1,
    'the row that cannot be written is not lost';
ok $o->wait_for(60, sub { $o->log_text =~ /alarm rows=1 why="due users: / }),
    'and told';
$o->sql("UPDATE push_send SET scheduled = 1 WHERE id = $bad");
all_done(30, 'mended, it goes');
$o->sql("DELETE FROM push_device_registration WHERE user_id = 'crowd'");

# --- many at one moment -----------------------------------------------------

my $n = Fault->long(1500, 20000);

# Users with a device each, and a message for each in batches.
sub many {
	my ($name) = @_;
	my $number = $o->value('SELECT id FROM push_app_credentials WHERE'
	    . " app_id = '$app'");
	$o->sql('INSERT INTO push_device_registration (activation_id, user_id,'
	    . ' app_id, platform, push_token, timestamp_last_registered,'
	    . " is_active) SELECT CONCAT('$name', seq), CONCAT('$name', seq),"
	    . " $number, 'ios', LOWER(HEX(CONCAT('$name', LPAD(seq, 6, '0')))),"
	    . " UTC_TIMESTAMP(3), 1 FROM seq_1_to_$n");
	for (my $i = 1; $i <= $n; $i += 500) {
		my $r = $o->post('/push/message/batch/send', {
		    requestObject => { appId => $app, mode => 'ASYNCHRONOUS',
			batch => [ map { { userId => "$name$_", sendAt =>
			instant(time + 3600), body => { title => 'Due' } } }
			$i .. ($i + 499 < $n ? $i + 499 : $n) ] } });
		die "batch: $r->{body}\n" if $r->{status} != 200;
	}
	is scheduled(), $n, "$name: $n users wait";
}

sub scheduled { return $o->value('SELECT SUM(scheduled) FROM push_send') }

sub each_once {
	my ($name) = @_;
	my $hex = unpack 'H*', $name;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	all_done(120, "$name: all have their outcome");
	my ($sum) = $o->sql('SELECT COUNT(*), COUNT(DISTINCT'
	    . ' device_registration_id), SUM(state = "sent") FROM push_message'
	    . " WHERE user_id LIKE '$name%'");
	is_deeply $sum, [ $n, $n, $n ],
	    "$name: each device has one row, which was sent";
	$o->nothing_lost($n, match => qr/^$hex/, of => $name);
	unlike $o->log_text, qr/alarm lanes=/, "$name: who waited for the"
	    . ' others was not taken for passed over';
}

many('killed');
an_hour_passes();
for my $left (0.8, 0.5, 0.2) {
	$o->wait_for(60, sub { scheduled() <= $n * $left });
	$o->kill_off('sendd');
	note 'killed with ' . scheduled() . ' users to go';
	$o->again;
}
each_once('killed');

# A transaction takes users until they have 10,000 devices; the others stay
# for the next one.
my ($users, $each) = (12, 1000);
$o->sql('INSERT INTO push_device_registration (activation_id, user_id, app_id,'
    . ' platform, push_token, timestamp_last_registered, is_active) SELECT'
    . " CONCAT('rich', seq), CONCAT('rich', seq % $users), $number, 'ios',"
    . " LOWER(HEX(CONCAT('rich', LPAD(seq, 6, '0')))), UTC_TIMESTAMP(3), 1"
    . ' FROM seq_1_to_' . $users * $each);
my @rich = map { later("rich$_")->{messageId} } 0 .. $users - 1;
an_hour_passes();
all_done(120, 'users with many devices: all have their outcome');
is_deeply [ $o->sql('SELECT DISTINCT total, done, apns_sent, scheduled FROM'
    . ' push_send WHERE id IN (' . join(',', @rich) . ')') ],
    [ [ $each, $each, $each, 0 ] ], 'each with all of its devices';
$o->nothing_lost($users * $each, match => qr/^72696368/, of => 'rich');

# What an operator has tried again moves nothing that became due while the
# statement waited: it may be sent.
my @again = map { "again-$_" } 1 .. 400;
kill 'STOP', $o->pid('sendd');
$o->queue(tokens => \@again, platform => 'fcm');
my $session = $o->keep_locked('UPDATE push_outbox SET attempts = 1, due ='
    . ' UTC_TIMESTAMP(3) + INTERVAL 8 SECOND; LOCK TABLES push_outbox READ');
my $retry = fork // die "fork: $!\n";
if ($retry == 0) {
	my ($status) = $o->outpost('retry');
	POSIX::_exit($status);	# its end ends no stack
}
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM'
    . " information_schema.processlist WHERE info LIKE 'UPDATE push_outbox"
    . " SET due%' AND state = 'Waiting for table metadata lock'") }),
    'it waits';
kill 'CONT', $o->pid('sendd');
ok $o->wait_for(60, sub { got(@again) >= @again }), 'all are sent meanwhile';
$o->let_go($session, 'UNLOCK TABLES');
waitpid $retry, 0;
is $?, 0, 'it succeeds';
all_done(60, 'all have their outcome');
is $o->nothing_lost(scalar @again, match => qr/^again-/, of => 'again',
    any_id => 1), 0, 'and none is sent twice';

many('two-');
$o->more_sendd('second');
ok $o->wait_for(60, sub { my %s = $o->shares;
    return keys %s == 2 && !grep { $_ < 30 } values %s }),
    'two sendd share the queue';
an_hour_passes();
each_once('two-');
$o->end_sendd('second');

done_testing;
