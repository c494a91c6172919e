#!/usr/bin/perl
# "User 123 did not get it": one command answers why, on default settings, in
# each of the causes that there are; the API says the same.
use strict;
use warnings;
use JSON::PP ();
use Outpost;
use Test::More;
use Time::Piece;

my $o = Outpost->up(conf => "[sendd]\nretry_min = 1h\nretry_max = 2h\n");
my $app = $o->app('why-app');
my $bare = 'bare-app';
$o->post('/admin/app/create', { requestObject => { appId => $bare } });

sub records {
	my ($user, @more) = @_;
	my ($status, $said) = $o->outpost('--json', 'message', 'list',
	    '--user', $user, @more);
	die "message list of $user: $said" if $status != 0;
	return Outpost::json()->decode($said);
}

# The answer about a user who has one: state, reason and remedy.
sub why {
	my ($user, $state, $reason, $remedy) = @_;
	my @got;
	$o->wait_for(60, sub { @got = grep { $_->{state} eq $state }
	    @{ records($user) } });
	is scalar @got, 1, "$user: $state" or return;
	like $got[0]{reason} // '', $reason, "$user: the reason";
	like $got[0]{remedy} // '', $remedy, "$user: the remedy";
	my $r = $o->get("/admin/message/list?userId=$user");
	is $r->{status}, 200, "$user: the API";
	my @said = grep { $_->{state} eq $state }
	    @{ $r->{json}{responseObject} };
	# sendd puts off again what is held
	delete $_->{next} for @got, @said;
	is_deeply \@said, \@got, "$user: says the same";
	my ($status, $said) = $o->outpost('message', 'show',
	    $got[0]{messageId});
	like $said, qr/\Q$state\E/, "$user: and so does the message";
	my ($at) = $got[0]{accepted} =~ /T(\d\d:\d\d:\d\d)/;
	like $said, qr/ \Q$at\EZ /, 'with its time, which is in UTC';
	unlike $said, qr/There/, 'without its text';
	return $got[0];
}

sub send_to {
	my ($user, %o) = @_;
	return $o->send($o{app} // $app, $user, mode => 'ASYNCHRONOUS', %o);
}

# --- six causes, and a message that arrived ---------------------------------

$o->device($app, 'fine', 'fcm', 'fcm-fine');
send_to('fine');
my $sent = why('fine', 'sent', qr/^$/, qr/^$/);
is $sent->{tries}, 1, 'tried once';
ok $sent->{accepted} && $sent->{finished}, 'with its times';

send_to('nobody');
why('nobody', 'no device', qr/no registered device/, qr/^$/);

my $activation = Outpost::uuid();
$o->device($app, 'asleep', 'fcm', 'fcm-asleep', activationId => $activation);
$o->sql('UPDATE push_device_registration SET is_active = 0'
    . " WHERE user_id = 'asleep'");
send_to('asleep', message => { attributes => { personal => \1 } });
why('asleep', 'refused', qr/^inactive$/, qr/activat/);

$o->device($bare, 'bare', 'fcm', 'fcm-bare');
send_to('bare', app => $bare);
why('bare', 'refused', qr/^no credentials$/, qr/set the credential/);

$o->device($app, 'gone', 'ios', Outpost->apns_token('tok-Unregistered@'
    . 1000 * (time + 600)));
send_to('gone');
why('gone', 'failed', qr/^Unregistered$/, qr/register/);
# as an earlier server may have written it
$o->sql("UPDATE push_device_registration SET platform = 'IOS' WHERE user_id ="
    . " 'gone'");
send_to('gone');
is why('gone', 'quarantine', qr/^Unregistered$/, qr/register/)->{platform},
    'apns', 'gone: and the platform';

$o->device($app, 'long', 'fcm', 'fcm-long');
my $r = send_to('long', body => { title => 't', body => 'x' x 5000 });
is $r->{status}, 400, 'a message that no service takes';
why('long', 'refused', qr/^too large$/, qr/message/);

$o->outpost('hold', $app, '--reason', 'works on the line');
ok $o->wait_for(60, sub { $o->read_file("$o->{run}/logs/sendd.log")
    =~ /hold provider=fcm app=\Q$app\E by an operator/ }),
    'sendd knows of the hold';
$o->device($app, 'held', 'fcm', 'fcm-held');
send_to('held');
why('held', 'held', qr/works on the line/, qr/^$/);
my ($status, $said) = $o->outpost('queue');
like $said, qr/held .*works on the line/, 'the queue says why, too';
($status, $said) = $o->outpost('queue', '--list');
like $said, qr/held .*works on the line/, 'and so does its list';

# removed, or out of time, while it waits
$o->device($app, 'left', 'fcm', 'fcm-left');
send_to('left');
$o->device($app, 'late', 'fcm', 'fcm-late');
send_to('late');
# retry finds what is in the database, not what sendd has yet to put off
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_outbox'
    . ' WHERE due > UTC_TIMESTAMP(3)'))[0][0] == 3 }), 'all are put off';
$o->sql("DELETE FROM push_device_registration WHERE user_id = 'left'");
$o->sql("UPDATE push_outbox SET body = REGEXP_REPLACE(body,"
    . " '\"expires\":[0-9]+', '\"expires\":1') WHERE user_id = 'late'");
$o->outpost('release', $app);
$o->outpost('retry');
why('left', 'removed', qr/removed/, qr/register/);
why('late', 'expired', qr/validity/, qr/^$/);

# --- the same in the answers to a send --------------------------------------

sub failure {
	my ($r, $user, $platform, $state, $reason) = @_;
	my $list = $r->{json}{responseObject}{failures};
	is scalar @{ $list // [] }, 1, "$user: one failure" or return;
	my $f = $list->[0];
	cmp_ok delete $f->{device}, '>', 0, "$user: of a device";
	ok delete $f->{remedy}, "$user: with a remedy";
	is_deeply $f, { userId => $user, platform => $platform,
	    state => $state, reason => $reason }, "$user: and its reason";
}

my $lost = sub { Outpost->apns_token("tok-Unregistered\@"
    . 1000 * (time + 600) . ":$_[0]") };
$o->device($app, 'lost', 'ios', $lost->(1));
$o->device($app, 'lost', 'fcm', 'fcm-lost');
$r = send_to('lost', mode => 'SYNCHRONOUS');
is $r->{json}{responseObject}{result}{fcm}{sent}, 1, 'one device has it';
failure($r, 'lost', 'apns', 'failed', 'Unregistered');
failure($o->get('/push/message/' . $r->{headers}{'x-message-id'}
    . '/status'), 'lost', 'apns', 'failed', 'Unregistered');
$r = send_to('fine', mode => 'SYNCHRONOUS');
ok !exists $r->{json}{responseObject}{failures}, 'no failure, no member';
failure(send_to('bare', app => $bare, mode => $_), 'bare', 'fcm', 'refused',
    'no credentials') for 'SYNCHRONOUS', 'ASYNCHRONOUS';

# more than an answer has room for, and just as many
$o->sql('INSERT INTO push_device_registration (activation_id, user_id, app_id,'
    . ' platform, push_token, is_active, timestamp_last_registered)'
    . " SELECT CONCAT('many-', seq), 'many', id, 'fcm', CONCAT('fcm-many-',"
    . ' seq), 1, UTC_TIMESTAMP(3) FROM push_app_credentials, seq_1_to_1001'
    . " WHERE app_id = '$bare'");
for my $cut ('true', undef) {
	$r = send_to('many', app => $bare);
	is scalar @{ $r->{json}{responseObject}{failures} }, 1000,
	    'an answer has a thousand failures';
	is $r->{headers}{'x-more-entries'}, $cut,
	    $cut ? 'and says that there are more' : 'which are all';
	$o->sql('DELETE FROM push_device_registration'
	    . " WHERE activation_id = 'many-1'");
}

$o->device($app, 'lost', 'ios', $lost->(2));
($status, $said) = $o->outpost('send', '--app', $app, '--user', 'lost',
    '--title', 't');
is $status, 0, 'the command sends';
like $said, qr/^  device \d+ \(apns\): failed: Unregistered; remedy: /m,
    'and tells why not to each device';
unlike $said, qr/fcm\):/, 'of those that did not get it';

# --- a line of the log for each outcome --------------------------------------

sub log_has {
	my ($program, $line, $what) = @_;
	ok $o->wait_for(60, sub {
		return grep { $o->read_file($_) =~ $line }
		    grep { -e } map { "$o->{run}/logs/$_.log" }
		    $program, 'responders', 'web';
	}), $what;
}

log_has('sendd', qr/^<6>sent message=\d+ row=\d+ provider=fcm app=why-app /m,
    'what was sent');
log_has('sendd', qr/^<6>gone message=\d+ .* why="Unregistered"$/m,
    'what a provider refused');
log_has('push', qr/^<6>reject .* device=\d+ why="no credentials"$/m,
    'what was not sent');
log_has('push', qr/^<6>reject message=\d+ app=why-app why="no device"$/m,
    'and what had nobody');
my $campaign = $o->post('/push/campaign/create', { requestObject => {
    appId => $app, message => { title => 't', body => 'b' } } })
    ->{json}{responseObject}{id};
$o->put("/push/campaign/$campaign/user/add", { requestObject => ['fine'] });
$o->post("/push/campaign/send/live/$campaign", {});
log_has('sendd', qr/^<7>sent /m, 'of a campaign at level debug only');

# --- a row that is deleted while its request is under way --------------------

# Whoever deletes it says what becomes of it; sendd must add nothing.
my @under_way = map { "under-way-$_" } 1 .. 3;
$o->device($app, $_, 'fcm', "tok-slow-60000:$_") for @under_way;
send_to($_) for @under_way;
ok $o->wait_for(50, sub { ($o->sql("SELECT JSON_VALUE(figures, '\$.inFlight')"
    . ' FROM push_instance'))[0][0] == @under_way }),
    'three requests are under way';
$o->sql("DELETE FROM push_outbox WHERE user_id = '$under_way[1]'");
$o->control({ prompt => JSON::PP::true });
ok $o->wait_for(60, sub { @{ records($under_way[0]) } &&
    @{ records($under_way[2]) } && ($o->sql('SELECT COUNT(*) FROM push_outbox'
    . " WHERE user_id LIKE 'under-way-%'"))[0][0] == 0 }),
    'the outcomes of two are written';
is $o->get("/push/message/$_/status")->{json}{responseObject}{state}, 'done',
    'which their sends tell' for map { records($_)->[0]{messageId} }
    @under_way[0, 2];
is_deeply records($under_way[1]), [], 'and no history for the third';
$o->control({ prompt => JSON::PP::false });

# --- a history that cannot be written ---------------------------------------

# The outcome is written all the same: no message is sent again for it.
my ($sendd) = $o->sql('SELECT user, host FROM mysql.user'
    . " WHERE user LIKE '%sendd'");
my $whose = "'$sendd->[0]'\@'$sendd->[1]'";
$o->sql("REVOKE INSERT ON push_history FROM $whose");
$o->device($app, 'untold', 'fcm', 'fcm-untold');
my $id = send_to('untold')->{headers}{'x-message-id'};
ok $o->wait_for(60, sub { $o->get("/push/message/$id/status")
    ->{json}{responseObject}{state} eq 'done' }), 'its send is done';
is_deeply records('untold'), [], 'of which the history does not know';
like $o->read_file("$o->{run}/logs/sendd.log"),
    qr/<4>history error="[^"]*INSERT command denied/, 'which the log tells';
# one that waited for its time, and has nobody by then, is over too
$r = send_to('nobody', message => { sendAt => gmtime(time + 3600)
    ->strftime('%Y-%m-%dT%H:%M:%SZ') });
is $r->{status}, 200, 'one for later';
$o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3) + INTERVAL 1 SECOND'
    . " WHERE user_id = 'nobody'");
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_outbox'
    . " WHERE user_id = 'nobody'"))[0][0] == 0 }), 'does not stay';
$o->sql("GRANT INSERT ON push_history TO $whose");

# --- pages, times, and the end ----------------------------------------------

is_deeply records('gone', '--limit', 1, '--skip', 1)->[0]{state}, 'failed',
    'page by page';
is scalar @{ records('gone', '--since', '1h') }, 2, 'of the last hour';
$o->sql("UPDATE push_history SET finished = finished - INTERVAL 6 DAY"
    . " WHERE user_id = 'gone'");
is scalar @{ records('gone', '--since', '1h') }, 0, 'none of the last hour';
is scalar @{ records('gone') }, 2, 'six days are kept';
$o->sql("UPDATE push_history SET finished = finished - INTERVAL 2 DAY"
    . " WHERE user_id = 'gone'");
ok $o->wait_for(120, sub { !@{ records('gone') } }), 'eight are not';
done_testing;
