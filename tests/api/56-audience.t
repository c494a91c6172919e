#!/usr/bin/perl
# Before a campaign is sent: whom it would reach and why others are left out,
# what each provider would get, a test with the outcome of each device, and the
# approval by another integration. Then it is sent, and reaches those.
use strict;
use warnings;
use Outpost;
use POSIX qw(strftime);
use Test::More;

my $o = Outpost->up(conf => <<'END');
[api]
auth = basic
[campaign]
approval = yes
chunk = 100
END
my %who = map { $_ => $o->integration($_, 'admin,campaign,device,send') }
    qw(maker second third);

sub as { my ($name) = @_;
	$o->{headers} = { authorization => $who{$name}{basic} } }

as('maker');
my $app = $o->app('mobile-app');
my $other = $o->app('other-app');

sub object { return { requestObject => $_[0] } }

sub token { return Outpost::apns_token($_[0]) }

sub campaign {
	my ($of, $users, %more) = @_;
	my $r = $o->post('/push/campaign/create', object({ appId => $of,
	    message => { title => 'Hi', body => 'To all' }, %more }));
	my $id = $r->{json}{responseObject}{id}
	    or die "campaign: $r->{status} $r->{body}\n";
	$o->put("/push/campaign/$id/user/add", object($users)) if $users;
	return $id;
}

sub look { my ($path) = @_;
	my $r = $o->get($path);
	is $r->{status}, 200, $path or diag $r->{body};
	return $r->{json}{responseObject} }

sub live { my ($id) = @_;
	return $o->post("/push/campaign/send/live/$id", '') }

sub approve { my ($id, $name) = @_;
	as($name);
	my $r = $o->post("/push/campaign/$id/approve", '');
	as('maker');
	return $r }

# Its counts by provider are those of its send, and their sums the others.
sub adds_up {
	my ($id) = @_;
	my $run = look("/push/campaign/$id/runs")->{runs}[0];
	my @names = qw(apns fcm hms webpush);
	my ($row) = $o->sql('SELECT ' . join(', ', map { my $p = $_;
	    map { "${p}_$_" } qw(total sent expired) } @names)
	    . " FROM push_send WHERE id = $run->{messageId}");
	my %want = map { my ($total, $sent, $expired) = splice @$row, 0, 3;
	    $total ? ($_ => [ $total, $sent, $expired ]) : () } @names;
	my %by = %{ $run->{providers} };
	is_deeply { map { $_ => [ @{ $by{$_} }{qw(total sent expired)} ] }
	    keys %by }, \%want, 'the figures of each provider';
	for my $name (qw(total sent failed expired cancelled pending)) {
		my $sum = 0;
		$sum += $_->{$name} for values %by;
		is $sum, $run->{counts}{$name}, "their sum: $name";
	}
}

sub run {
	my ($id) = @_;
	is approve($id, 'second')->{status}, 200, 'approved';
	is live($id)->{status}, 200, 'live';
	ok $o->wait_for(60, sub { ($o->sql("SELECT state = 'done'
	    FROM push_campaign WHERE id = $id"))[0][0] }), 'and done';
	adds_up($id);
	my ($n) = $o->sql("SELECT s.total, s.apns_sent + s.fcm_sent
	    + s.hms_sent, s.total - s.done FROM push_send s JOIN
	    push_campaign c ON c.send_id = s.id WHERE c.id = $id");
	return "@$n";
}

# --- users with devices of three platforms and two applications -------------

sub copy { my ($token, $user, %set) = @_;
	my %row = (platform => 'fcm', push_token => $token, gone_at => 'NULL',
	    %set);
	$o->sql("INSERT INTO push_device_registration (activation_id, user_id,
	    app_id, platform, push_token, timestamp_last_registered, is_active,
	    gone_at, gone_reason) SELECT UUID(), '$user', id,
	    '$row{platform}', '$row{push_token}', UTC_TIMESTAMP(3), 1,
	    $row{gone_at}, 'x' FROM push_app_credentials
	    WHERE app_id = '$app'") }

$o->device($app, 'u1', 'apns', token('one'));
$o->device($app, 'u1', 'fcm', 'two');
$o->device($app, 'u1', 'hms', 'three');
$o->device($other, 'u1', 'fcm', 'elsewhere');
$o->device($other, 'u1', 'hms', 'without');
copy('two', 'u2');
copy('two', 'u2', platform => 'hms');	# another service: no twin
copy('gone', 'u3', gone_at => 'UTC_TIMESTAMP(3)');
$o->device($app, 'u5', 'apns', token('dev'), environment => 'development');
copy('strange', 'u6', platform => 'wp8');
$o->sql("UPDATE push_app_credentials SET apns_environment = 'production'
    WHERE app_id = '$app'");
$o->sql("UPDATE push_app_credentials SET hms_client_id = NULL
    WHERE app_id = '$other'");

my $id = campaign($app, [qw(u1 u2 u3 u4 u5 u6)]);
is_deeply look("/push/campaign/$id/audience"), {
    users => 6, noDevice => 1, unknownPlatform => 1,
    devices => { reached => 4, environment => 1, quarantine => 1, twin => 1 },
    platforms => { apns => { reached => 1, environment => 1 },
	fcm => { reached => 1, quarantine => 1, twin => 1 },
	hms => { reached => 2 }, webpush => { reached => 0 } } },
    'whom it would reach, and whom not';
my $id_other = campaign($other, [qw(u1 u2)]);
is_deeply look("/push/campaign/$id_other/audience"), {
    users => 2, noDevice => 1,
    devices => { reached => 1, noCredentials => 1 },
    platforms => { apns => { reached => 0 }, fcm => { reached => 1 },
	hms => { reached => 0, noCredentials => 1 },
	webpush => { reached => 0 } } },
    'in its own application';

# --- what each provider gets ------------------------------------------------

{
	my $p = look("/push/campaign/$id/preview");
	is $p->{appId}, $app, 'the application';
	is_deeply [ map { $_->{platform} } @{ $p->{providers} } ],
	    [qw(apns fcm hms)], 'each provider';
	is_deeply [ map { ref $_->{payload} } @{ $p->{providers} } ],
	    [ ('HASH') x 3 ], 'what it would get';
	is $p->{providers}[0]{payload}{aps}{alert}{title}, 'Hi', 'composed';
	is $p->{providers}[0]{environment}, 'production', 'where to';
	is_deeply [ map { $_->{platform} } @{
	    look("/push/campaign/$id_other/preview")->{providers} } ],
	    [qw(apns fcm)], 'those that the application can use';
	is_deeply [ $o->ledger ], [], 'nothing is sent';
}

# --- a test, device by device -----------------------------------------------

$o->device($other, 'tess', 'ios', token('tok-PayloadTooLarge:1'));
$o->device($other, 'tess', 'fcm', 'tok-accept:2');
$o->device($other, 'tess', 'hms', 'unsent');
{
	my $r = $o->post("/push/campaign/send/test/$id_other",
	    object({ userId => 'tess' }));
	my $got = $r->{json}{responseObject};
	is_deeply { map { $_->{platform} => [ @$_{qw(state reason)} ] }
	    @{ $got->{devices} } }, { apns => [ 'failed', 'PayloadTooLarge' ],
	    fcm => [ 'sent', undef ], hms => [ 'refused', 'no credentials' ] },
	    'what became of each' or diag $r->{body};
	is $got->{result}{fcm}{sent}, 1, 'and the counts';
	ok $got->{messageId}, 'by the number of a message';
}

# --- four eyes --------------------------------------------------------------

{
	my $r = live($id);
	is $r->{status}, 409, 'live without an approval';
	like $r->{json}{responseObject}{message}, qr/not approved/, 'says why';
	$r = approve($id, 'maker');
	is $r->{status}, 403, 'by who has made it';
	like $r->{json}{responseObject}{message}, qr/made by maker/, 'and why';
	is approve($id, 'second')->{status}, 200, 'by another one';
	my $d = look("/push/campaign/$id/detail");
	is_deeply [ @$d{qw(createdBy changedBy approvedBy)} ],
	    [qw(maker maker second)], 'who did what';
	$o->post("/push/campaign/$id/user/add", object(['u4']));
	is live($id)->{status}, 409, 'a change withdraws it';
	approve($id, 'second');
	as('second');
	$o->post("/push/campaign/$id/user/delete", object(['nobody']));
	as('maker');
	is live($id)->{status}, 409, 'so does one by who has approved';
	is approve($id, 'second')->{status}, 403, 'who may not do both';
	is approve($id, 'third')->{status}, 200, 'but a third one';

	# the command is no integration: it is another than each of them
	$o->write_file("$o->{run}/users.txt", "u4\n");
	my @load = ('campaign', 'users', 'load', "$o->{run}/users.txt",
	    '--campaign', $id);
	is +($o->outpost(@load))[0], 0, 'users by the command';
	is live($id)->{status}, 409, 'end an approval, too';
	$d = look("/push/campaign/$id/detail");
	is_deeply [ @$d{qw(createdBy changedBy approvedBy)} ],
	    [ 'maker', 'command line', undef ], 'and are told as its change';
	is approve($id, 'maker')->{status}, 403, 'still not by who has made it';
	is approve($id, 'third')->{status}, 200, 'by another one';
	is $o->post('/admin/integration/create', object({
	    name => 'Command line', roles => ['campaign'] }))->{status}, 400,
	    'no integration is called so';
	my ($status, $said) = $o->outpost('campaign', 'send',
	    campaign($app, ['u4']));
	isnt $status, 0, 'nor does the command send without';
	like $said, qr/not approved/, 'and says so';
	is $o->post('/push/campaign/999999/approve', '')->{status}, 400,
	    'there is no such campaign';
	$o->sql("UPDATE push_campaign SET created_by = NULL,
	    changed_by = NULL WHERE id = $id");
	is approve($id, 'maker')->{status}, 200, 'of an unknown one, anyone';
}

# --- it reaches those -------------------------------------------------------

sub arrived { my %seen;
	$seen{ $_->{token} }++ for $o->ledger;
	return \%seen }

is run($id), '5 4 0', 'the run: one is refused, four are sent';
is_deeply { %{ arrived() }, 'tok-accept:2' => 1 }, { token('one') => 1,
    two => 2, three => 1, 'tok-accept:2' => 1 },
    'each token of a service once';

# --- everybody --------------------------------------------------------------

{
	$o->device($app, 'u9', 'fcm', 'asleep', activationStatus => 'BLOCKED');
	$o->device($app, 'u8', 'fcm', 'eight');
	my $all = campaign($app, undef, all => 1);
	is look("/push/campaign/$all/detail")->{all}, JSON::PP::true(),
	    'a campaign to everybody';
	is_deeply look("/push/campaign/$all/audience"), { users => 0,
	    noDevice => 0, unknownPlatform => 1, devices => { reached => 5,
		environment => 1, quarantine => 1, twin => 1, inactive => 1 },
	    platforms => { apns => { reached => 1, environment => 1 },
		fcm => { reached => 2, quarantine => 1, twin => 1,
		    inactive => 1 }, hms => { reached => 2 },
		webpush => { reached => 0 } } },
	    'reaches who is active';
	my $r = $o->post("/push/campaign/$all/user/add", object(['u1']));
	is $r->{status}, 400, 'it takes no users';
	is run($all), '6 5 0', 'is sent';
	is_deeply [ @{ arrived() }{qw(eight two three)}, arrived()->{asleep} ],
	    [ 1, 4, 2, undef ], 'to all of them';
}

# --- changed between its start and its moment --------------------------------

sub state_of { return ($o->sql("SELECT state FROM push_campaign
    WHERE id = $_[0]"))[0][0] }

# The run behind it shows that it was the turn of the one before.
{
	my $later = strftime '%Y-%m-%dT00:00:00Z', gmtime time + 2 * 86400;
	my ($changed, $behind) = map { campaign($app, ['u1']) } 1, 2;
	for my $of ($changed, $behind) {
		approve($of, 'second');
		is $o->post("/push/campaign/send/live/$of",
		    object({ sendAt => $later }))->{status}, 200, 'for later';
	}
	$o->post("/push/campaign/$changed/user/add", object(['u8']));
	$o->sql("UPDATE push_campaign_run SET start_at = UTC_TIMESTAMP(3)
	    WHERE campaign_id IN ($changed, $behind)");
	ok $o->wait_for(60, sub { state_of($behind) eq 'done' }),
	    'an approved run begins in its moment';
	is state_of($changed), 'queueing', 'one that was changed does not';
	is approve($changed, 'second')->{status}, 200, 'it is approved again';
	ok $o->wait_for(60, sub { state_of($changed) eq 'done' }),
	    'and begins';
	is arrived()->{eight}, 2, 'for the new user, too';
}

# So does a run that has begun, and has rows to queue: more users than a chunk
# has are found by the devices, a chunk at a time.
{
	my $later = strftime '%Y-%m-%dT00:00:00Z', gmtime time + 2 * 86400;
	my $begun = campaign($app, [ 'u1', map { "nobody$_" } 1 .. 150 ]);
	approve($begun, 'second');
	$o->post("/push/campaign/send/live/$begun",
	    object({ sendAt => $later }));
	my $lock = $o->keep_locked('LOCK TABLES push_outbox READ');
	$o->sql("UPDATE push_campaign_run SET start_at = UTC_TIMESTAMP(3)
	    WHERE campaign_id = $begun");
	ok $o->wait_for(60, sub { ($o->sql("SELECT COUNT(*) FROM
	    information_schema.processlist WHERE user LIKE '%sendd%'
	    AND info LIKE 'INSERT INTO push_outbox%'
	    AND state = 'Waiting for table metadata lock'"))[0][0] }),
	    'rows are about to be written';
	my $rows = "SELECT c.state, c.queue_end > 0, c.queued_id, s.total,
	    (SELECT COUNT(*) FROM push_outbox o WHERE o.send_id = s.id)
	    FROM push_campaign c JOIN push_send s ON s.id = c.send_id
	    WHERE c.id = $begun";
	is_deeply [ $o->sql($rows) ], [ [ 'queueing', 1, 0, 0, 0 ] ],
	    'of a run that has begun';
	$o->post("/push/campaign/$begun/user/add", object(['u8']));
	$o->let_go($lock, 'UNLOCK TABLES');
	my $behind = campaign($app, ['u1']);
	approve($behind, 'second');
	live($behind);
	ok $o->wait_for(60, sub { state_of($behind) eq 'done' }),
	    'one behind it is sent';
	is_deeply [ $o->sql($rows) ], [ [ 'queueing', 1, 0, 0, 0 ] ],
	    'it was changed, and queues nothing';
	my $had = arrived()->{eight};
	is approve($begun, 'second')->{status}, 200, 'it is approved again';
	ok $o->wait_for(60, sub { state_of($begun) eq 'done' }), 'and goes on';
	is arrived()->{eight}, $had + 1, 'for the new user, too';
}

# --- when and how fast --------------------------------------------------------

# What cannot be is refused, and nothing starts.
{
	my $id = campaign($app, ['u1']);
	approve($id, 'second');
	my $in = sub { strftime '%Y-%m-%dT%H:%M:%SZ', gmtime time + $_[0] };
	my @wrong = ([ { sendAt => $in->(-5) }, 'in the past' ],
	    [ { sendAt => $in->(-86400 * 400) }, 'long ago' ],
	    [ { sendAt => $in->(86400 * 4000) }, 'too far ahead' ],
	    [ { sendAt => 'tomorrow' }, 'no moment' ],
	    [ { sendAt => '2030-01-01T00:00:00' }, 'no zone of a moment' ],
	    [ { spread => '0s' }, 'over no time' ],
	    [ { spread => 'long' }, 'over no duration' ],
	    [ { rate => -1 }, 'slower than not at all' ],
	    [ { quiet => { from => '22:00', to => '07:00' } }, 'no zone' ],
	    [ { quiet => { from => '22:00', to => '22:00', zone => 'UTC' } },
		'an empty night' ],
	    [ { quiet => { from => '22:00', to => '24:00', zone => 'UTC' } },
		'no time of day' ],
	    [ { quiet => { from => '22:00', to => '07:00',
		zone => 'Europe/Nowhere' } }, 'no such zone' ],
	    [ { quiet => { from => '22:00', to => '07:00',
		zone => '../etc/passwd' } }, 'no name of a zone' ]);
	is $o->post("/push/campaign/send/live/$id", object($_->[0]))->{status},
	    400, "refused: $_->[1]" for @wrong;
	is state_of($id), 'created', 'it has not started';

	my @day = gmtime time + 3 * 86400;
	my $r = $o->post("/push/campaign/send/live/$id", object({ sendAt =>
	    strftime('%Y-%m-%dT00:30:00+02:00', @day), spread => '2h',
	    rate => 50, quiet => { from => '22:00', to => '07:00',
		zone => 'Europe/Prague' } }));
	is $r->{status}, 200, 'a moment of another zone' or diag $r->{body};
	my $run = look("/push/campaign/$id/runs")->{runs}[0];
	@day = gmtime time + 2 * 86400;
	is $run->{sendAt}, strftime('%Y-%m-%dT22:30:00Z', @day),
	    'is told in UTC';
	is "$run->{spread} $run->{rate} $run->{quiet}{zone}",
	    '7200s 50 Europe/Prague', 'with the rest';
	$o->post("/push/campaign/$id/cancel", {});
}

$o->down;
done_testing;
