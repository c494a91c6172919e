#!/usr/bin/perl
# Campaigns: made, filled, listed, tried on one user, sent to all of them,
# once a token, through to the providers.
use strict;
use warnings;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep time);

my $o = Outpost->up(conf => <<'END');
[campaign]
chunk = 100
END
my $app = $o->app('mobile-app');
my $other = $o->app('mobile-app-other');

sub object { return { requestObject => $_[0] } }

sub ok_ { my ($r, $name) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	is_deeply $r->{json}, { status => 'OK' }, "$name: OK" }

sub error { my ($r, $status, $code, $text, $name) = @_;
	is $r->{status}, $status, "$name: $status" or diag $r->{body};
	is $r->{json}{status}, 'ERROR', "$name: envelope";
	is $r->{json}{responseObject}{code}, $code, "$name: code";
	my $got = $r->{json}{responseObject}{message};
	ref $text ? like($got, $text, "$name: text")
	    : is($got, $text, "$name: text") }

sub refused { my ($name, $text, $call) = @_;
	my $before = $o->contents;
	error($call->(), 400, 'ERROR_GENERIC', $text, $name);
	is $o->contents, $before, "$name: nothing is written" }

my $unknown = 'Campaign with entered ID does not exist';

# --- create, detail ---------------------------------------------------------

my $published = '{
"requestObject": {
"appId": "mobile-app",
"message": {
"title": "Balance update",
"titleLocKey": "balance.update.title",
"titleLocArgs": [],
"body": "Your balance is now $745.00",
"bodyLocKey": "balance.update.body",
"bodyLocArgs": [],
"badge": 3,
"sound": "default",
"icon": "custom-icon",
"category": "balance-update",
"collapseKey": "balance-update",
"validUntil": "2016-10-12T11:20:04Z",
"extras": {
"_comment": "Any custom data."
}
}
}
}';
my $r = $o->post('/push/campaign/create', $published);
is $r->{status}, 200, 'the published example' or diag $r->{body};
my $first = $r->{json}{responseObject}{id};
like $r->{body}, qr/"id":"\d+"/, 'its id is a text';
is_deeply [ keys %{ $r->{json}{responseObject} } ], ['id'], 'and no more';

$r = $o->get("/push/campaign/$first/detail");
is $r->{status}, 200, 'detail';
my $message = Outpost::json()->decode($published)->{requestObject}{message};
is_deeply $r->{json}{responseObject}, { id => $first, appId => 'mobile-app',
	sent => 'false', message => $message }, 'as it was given';

refused('no object', 'Request object must not be empty',
    sub { $o->post('/push/campaign/create', {}) });
refused('no body', 'Request object must not be empty',
    sub { $o->post('/push/campaign/create', '') });
refused('no application', 'App ID must not be null.', sub {
	$o->post('/push/campaign/create', object({ message => {} })) });
refused('no message', 'You must specify a push campaign message payload.',
    sub { $o->post('/push/campaign/create', object({ appId => $app })) });
refused('unknown application', 'Application with a provided PowerAuth app ID '
    . 'does not exist: nobody', sub { $o->post('/push/campaign/create',
	object({ appId => 'nobody', message => {} })) });
refused('a badge that is none', qr/badge/, sub {
	$o->post('/push/campaign/create', object({ appId => $app,
	    message => { badge => 'many' } })) });
error($o->post('/push/campaign/create', object({ appId => $app,
    message => { body => 'x' x 70000 } })), 413, 'ERROR_GENERIC',
    qr/larger/, 'a message too large');

sub campaign { my ($of, $what) = @_;
	my $got = $o->post('/push/campaign/create', object({ appId => $of,
	    message => $what // { title => 'Hi', body => 'All' } }));
	return $got->{json}{responseObject}{id} }

$r = $o->get('/push/campaign/' . campaign($app, { title => undef,
    body => 'B', badge => '7', unknown => 1, extras => { a => undef,
    b => { c => undef, d => [ undef, 1 ] } } }) . '/detail');
is_deeply $r->{json}{responseObject}{message}, { body => 'B', badge => 7,
	extras => { b => { d => [ undef, 1 ] } } },
    'nulls and unknown members are left out, a number in text is one';

error($o->get('/push/campaign/999999/detail'), 400, 'ERROR_GENERIC', $unknown,
    'detail of none');
error($o->get('/push/campaign/x1/detail'), 400, 'ERROR_GENERIC', qr/number/,
    'an id that is no number');
is $o->put("/push/campaign/$first/detail", {})->{status}, 405, 'PUT: 405';

# --- users ------------------------------------------------------------------

sub users { my ($id, $query) = @_;
	return $o->get("/push/campaign/$id/user/list" . ($query // '')) }

ok_ $o->put("/push/campaign/$first/user/add", '{
"requestObject": [
"1234567890",
"1234567891",
"1234567893"
]
}'), 'add users as published';
ok_ $o->post("/push/campaign/$first/user/add", object([ 1234567891,
	'1234567894', '1234567894' ])), 'add by POST, a number, one twice';
is_deeply users($first)->{json}, { status => 'OK', page => 0, size => 20,
	responseObject => { campaignId => $first, users => [ '1234567890',
	'1234567891', '1234567893', '1234567894' ] } }, 'each once';
is_deeply users($first, '?page=1&size=3')->{json}, { status => 'OK',
	page => 1, size => 3, responseObject => { campaignId => $first,
	users => ['1234567894'] } }, 'the second page';
for my $case ([ '?size=0', 0, 20 ], [ '?size=-4&page=-1', 0, 20 ],
    [ '?size=x&page=y', 0, 20 ], [ '?size=9999', 0, 2000 ],
    [ '?page=999999999', 999999999, 20 ]) {
	my $got = users($first, $case->[0]);
	is "$got->{status} $got->{json}{page} $got->{json}{size}",
	    "200 $case->[1] $case->[2]", "paging $case->[0]";
}
ok_ $o->delete("/push/campaign/$first/user/delete", '{
"requestObject": [
"1234567890",
"1234567891",
"1234567893"
]
}'), 'delete users as published';
ok_ $o->post("/push/campaign/$first/user/delete", object(['nobody'])),
    'delete by POST, one who is not there';
is_deeply users($first)->{json}{responseObject}{users}, ['1234567894'],
    'one is left';
is_deeply users(999999)->{json}, { status => 'OK', page => 0, size => 20,
	responseObject => { campaignId => '999999', users => [] } },
    'users of no campaign';
ok_ $o->post('/push/campaign/999999/user/delete', object(['a'])),
    'delete of no campaign';

refused('add without a list', 'Empty requestObject data',
    sub { $o->put("/push/campaign/$first/user/add", {}) });
refused('add null', 'Empty requestObject data',
    sub { $o->put("/push/campaign/$first/user/add", object(undef)) });
refused('delete without a list', 'Empty requestObject data',
    sub { $o->post("/push/campaign/$first/user/delete", {}) });
refused('add to none', $unknown,
    sub { $o->put('/push/campaign/999999/user/add', object(['a'])) });
refused('a text for a list', qr/array/,
    sub { $o->put("/push/campaign/$first/user/add", object('a')) });
refused('an object for a user', qr/text/,
    sub { $o->put("/push/campaign/$first/user/add", object([ 'a', {} ])) });
for my $case ([ 'a null user', [ 'a', undef ] ],
    [ 'a user too long', [ 'a', 'u' x 256 ] ]) {
	my $before = $o->contents;
	error($o->put("/push/campaign/$first/user/add", object($case->[1])),
	    409, 'ERROR_DATA_INTEGRITY', qr/./, $case->[0]);
	is $o->contents, $before, "$case->[0]: nothing is written";
}

{
	my $id = campaign($app);
	my $begin = time;
	ok_ $o->put("/push/campaign/$id/user/add",
	    object([ map { "many-$_" } 1 .. 20000 ])), '20,000 users at once';
	note sprintf 'added in %.2f s', time - $begin;
	ok_ $o->put("/push/campaign/$id/user/add",
	    object([ map { "many-$_" } 10001 .. 30000 ])), 'half of them new';
	is +($o->sql("SELECT COUNT(*) FROM push_campaign_user
	    WHERE campaign_id = $id"))[0][0], 30000, 'all are there';
	$r = $o->delete("/push/campaign/$id/delete", '{}');
	is_deeply $r->{json}, { status => 'OK',
	    responseObject => { deleted => JSON::PP::true } }, 'delete';
	is +($o->sql("SELECT COUNT(*) FROM push_campaign_user
	    WHERE campaign_id = $id"))[0][0], 0, 'its users went too';
	$r = $o->post("/push/campaign/$id/delete", '');
	is_deeply $r->{json}{responseObject}, { deleted => JSON::PP::false },
	    'a second time, by POST with an empty body';
	error($o->get("/push/campaign/$id/detail"), 400, 'ERROR_GENERIC',
	    $unknown, 'it is gone');
}

# --- sending ----------------------------------------------------------------

sub token { return Outpost::apns_token($_[0]) }

sub arrived { my %seen;
	$seen{ $_->{token} }++ for $o->ledger;
	return \%seen }

sub row { my ($id) = @_;
	my ($got) = $o->sql("SELECT c.state, c.is_sent,
	    c.timestamp_sent IS NOT NULL, c.timestamp_completed IS NOT NULL,
	    COALESCE(s.total, 0), COALESCE(s.done, 0) FROM push_campaign c
	    LEFT JOIN push_send s ON s.id = c.send_id WHERE c.id = $id");
	return join ' ', @$got }

sub complete { my ($id, $name) = @_;
	ok $o->wait_for(60, sub { $o->get("/push/campaign/$id/detail")
	    ->{json}{responseObject}{sent} eq 'true' }), "$name: it is sent"
	    or diag row($id) }

# users u1 to u4 of the campaign: all platforms, one inactive, one in another
# application, two rows of one token
$o->device($app, 'u1', 'apns', token('one'));
$o->device($app, 'u1', 'android', 'two');
$o->device($app, 'u2', 'huawei', 'three', activationStatus => 'BLOCKED');
$o->device($other, 'u2', 'fcm', 'not-ours');
$o->device($app, 'u3', 'ios', token('one-more'));
$o->device($app, 'u5', 'fcm', 'not-chosen');
$o->sql("INSERT INTO push_device_registration (activation_id, user_id,
    app_id, platform, push_token, timestamp_last_registered, is_active)
    SELECT UUID(), 'u4', app_id, 'fcm', push_token, UTC_TIMESTAMP(3), 1
    FROM push_device_registration WHERE push_token = 'two'");
$o->sql("INSERT INTO push_device_registration (activation_id, user_id,
    app_id, platform, push_token, timestamp_last_registered, is_active,
    gone_at, gone_reason)
    SELECT UUID(), 'u4', app_id, 'fcm', 'gone', UTC_TIMESTAMP(3), 1,
    UTC_TIMESTAMP(3), 'UNREGISTERED'
    FROM push_device_registration WHERE push_token = 'two' LIMIT 1");
my $live = campaign($app, { title => 'Live', body => 'To all' });
$o->put("/push/campaign/$live/user/add", object([qw(u1 u2 u3 u4)]));

error($o->post('/push/campaign/send/test/999999', object({ userId => 'u1' })),
    400, 'ERROR_GENERIC', $unknown, 'test of none');
refused('test without an object', 'Request must not be null.',
    sub { $o->post("/push/campaign/send/test/$live", {}) });
refused('test without a user', 'Request must contain a user ID.',
    sub { $o->post("/push/campaign/send/test/$live", object({})) });
refused('test with an empty user', 'No userId was specified',
    sub { $o->post("/push/campaign/send/test/$live",
	object({ userId => '' })) });
error($o->post('/push/campaign/send/live/999999', ''), 400, 'ERROR_GENERIC',
    $unknown, 'live of none');

is $o->post("/push/campaign/send/test/$live", object({ userId => 'u5' }))
    ->{status}, 200, 'test, to one who is not of it';
is_deeply arrived(), { 'not-chosen' => 1 }, 'it arrived there';
is row($live), 'created 0 0 0 0 0', 'the campaign is as before';

# nobody delivers meanwhile: it is answered when it is queued
kill 'STOP', $o->pid('sendd');
ok_ $o->post("/push/campaign/send/live/$live", ''), 'live';
kill 'CONT', $o->pid('sendd');
complete $live, 'live';
is_deeply arrived(), { 'not-chosen' => 1, token('one') => 1, two => 1,
	three => 1, token('one-more') => 1 },
    'each token of its application once';
is row($live), 'done 1 1 1 4 4', 'its state and account';

ok_ $o->post("/push/campaign/send/live/$live", object({ again => 1 })),
    'and again';
complete $live, 'again';
is arrived()->{two}, 2, 'all once more';

{
	my $id = campaign($app);
	ok_ $o->post("/push/campaign/send/live/$id", ''), 'without users';
	complete $id, 'without users';
	is row($id), 'done 1 1 1 0 0', 'there was nothing to do';
}

# --- a refused environment, a provider without credentials ------------------

{
	my $id = campaign($other);
	$o->sql("UPDATE push_app_credentials SET apns_environment =
	    'production', hms_client_id = NULL WHERE app_id = '$other'");
	$o->device($other, 'e1', 'apns', token('dev'),
	    environment => 'development');
	$o->device($other, 'e1', 'apns', token('prod'),
	    environment => 'production');
	$o->device($other, 'e1', 'apns', token('same'),
	    environment => 'development');
	$o->device($other, 'e2', 'hms', 'no-credentials');
	$o->sql("INSERT INTO push_device_registration (activation_id, user_id,
	    app_id, platform, push_token, timestamp_last_registered, is_active)
	    SELECT UUID(), 'e2', app_id, 'ios', push_token, UTC_TIMESTAMP(3),
	    1 FROM push_device_registration
	    WHERE push_token = '@{[ token('same') ]}'");
	$o->put("/push/campaign/$id/user/add", object([qw(e1 e2)]));
	ok_ $o->post("/push/campaign/send/live/$id", ''), 'environments';
	ok $o->wait_for(60, sub { row($id) =~ /^done/ }), 'complete';
	is_deeply [ $o->sql("SELECT s.total, s.apns_total, s.apns_sent,
	    s.apns_failed, s.hms_total FROM push_send s
	    JOIN push_campaign c ON c.send_id = s.id WHERE c.id = $id") ],
	    [ [ 3, 3, 2, 1, 0 ] ],
	    'one is refused; of two rows of a token the good one is taken';
}

# --- many: in portions, the two ways, and once a token ----------------------

sub many { my ($app_name, $prefix, $users, $devices) = @_;
	my $id = campaign($app_name);
	$o->sql("INSERT INTO push_device_registration (activation_id, user_id,
	    app_id, platform, push_token, timestamp_last_registered, is_active)
	    SELECT UUID(), CONCAT('$prefix-', seq), a.id, 'fcm',
	    CONCAT('$prefix-token-', seq DIV 2), UTC_TIMESTAMP(3), 1
	    FROM seq_1_to_$devices JOIN push_app_credentials a
	    ON a.app_id = '$app_name'");
	$o->sql("INSERT INTO push_campaign_user (campaign_id, user_id,
	    timestamp_created) SELECT $id, CONCAT('$prefix-', seq),
	    UTC_TIMESTAMP(3) FROM seq_1_to_$users");
	return $id }

sub once { my ($id, $prefix, $n, $name) = @_;
	ok $o->wait_for(60, sub { row($id) =~ /^done/ }), "$name: complete"
	    or diag row($id);
	my $seen = arrived();
	my @got = grep { /^\Q$prefix\E-token-/ } keys %$seen;
	is scalar @got, $n, "$name: $n tokens";
	is scalar(grep { $seen->{$_} != 1 } @got), 0, "$name: each once" }

for my $case ([ 'few', 90 ], [ 'lots', 2000 ]) {
	my ($prefix, $n) = @$case;
	my $id = many($app, $prefix, $n, 2000);
	ok_ $o->post("/push/campaign/send/live/$id", ''), "$prefix: live";
	once $id, $prefix, int($n / 2) + 1, $prefix;
}

# --- not twice at a time; queueing goes on without the one who began --------

{
	# few: the call queues for a second, and nobody after it
	my $id = many($app, 'halfway', 200, 200);
	my ($sendd) = $o->pid('sendd');
	kill 'STOP', $sendd;
	ok_ $o->post("/push/campaign/send/live/$id", ''), 'while sendd stands';
	like row($id), qr/^sending 0 1 0 101 0$/, 'it is queued';
	ok_ $o->post("/push/campaign/send/live/$id", ''), 'asked again';
	like row($id), qr/^sending 0 1 0 101 0$/, 'it is not started twice';
	# as if the one who queued had died in the middle
	$o->sql("DELETE o FROM push_outbox o JOIN push_campaign c
	    ON c.send_id = o.send_id WHERE c.id = $id AND o.device_id >
	    (SELECT MIN(id) + 100 FROM push_device_registration
	    WHERE user_id LIKE 'halfway-%')");
	my ($left) = map { $_->[0] } $o->sql("SELECT COUNT(*) FROM push_outbox
	    o JOIN push_campaign c ON c.send_id = o.send_id WHERE c.id = $id");
	$o->sql("UPDATE push_send s JOIN push_campaign c ON c.send_id = s.id
	    SET s.total = $left, s.fcm_total = $left, c.state = 'queueing',
	    c.queued_id = (SELECT MIN(id) + 100 FROM push_device_registration
	    WHERE user_id LIKE 'halfway-%') WHERE c.id = $id");
	$o->sql("INSERT INTO push_campaign_twin SELECT $id, MAX(id)
	    FROM push_device_registration WHERE user_id LIKE 'halfway-%'
	    GROUP BY push_token HAVING COUNT(*) > 1");
	kill 'CONT', $sendd;
	once $id, 'halfway', 101, 'sendd goes on';
	is +($o->sql('SELECT COUNT(*) FROM push_campaign_twin'))[0][0], 0,
	    'nothing is left of the queueing';
}

# --- lists ------------------------------------------------------------------

sub ids { my ($query, $where) = @_;
	my $got = $o->get("/push/campaign/list$query");
	is $got->{status}, 200, "list$query";
	my $order = $query =~ /newest/ ? 'DESC' : 'ASC';
	my @want = map { $_->[0] } $o->sql("SELECT id FROM push_campaign
	    WHERE $where ORDER BY id $order");
	ok @want > 0, "list$query: there are some";
	is_deeply [ map { $_->{id} } @{ $got->{json}{responseObject} } ],
	    \@want, "list$query: $where" }

ids '', 'is_sent = 1';
ids '?all=false', 'is_sent = 1';
ids '?all=true', '1';
ids '?all=yes', '1';
ids '?all=', 'is_sent = 1';
ids '?state=unsent', 'is_sent = 0';
ids '?state=sent', 'is_sent = 1';
ids '?state=all', '1';
ids '?state=all&order=oldest', '1';
ids '?state=all&order=newest', '1';
ids '?state=sent&order=newest', 'is_sent = 1';
my ($newest) = map { @$_ } $o->sql('SELECT MAX(id) FROM push_campaign');
is_deeply [ map { $_->{id} } @{ $o->get('/push/campaign/list?state=all'
    . '&order=newest&size=1')->{json}{responseObject} } ], [$newest],
    'the newest one';
error($o->get('/push/campaign/list?order=odd'), 400, 'ERROR_GENERIC',
    qr/order/, 'an unknown order');
error($o->get('/push/campaign/list?state=lost'), 400, 'ERROR_GENERIC',
    qr/state/, 'an unknown state');
is_deeply $o->get('/push/campaign/list?all=true')->{json}{responseObject}[0],
    { id => $first, appId => 'mobile-app', sent => 'false',
    message => $message }, 'an element';
$o->down;

# --- the other dialect ------------------------------------------------------

$o = Outpost->up(conf => "[api]\ndialect = java\n");
$o->app('mobile-app');
$r = $o->post('/push/campaign/create', $published);
my $id = $r->{json}{responseObject}{id};
like $r->{body}, qr/"id":\d+/, 'java: the id is a number';
$r = $o->get("/push/campaign/$id/detail");
like $r->{body}, qr/"id":$id,.*"sent":false/, 'java: detail';
$r = $o->get("/push/campaign/$id/user/list");
like $r->{body}, qr/"campaignId":$id[,}]/, 'java: campaignId';
ids '', 'is_sent = 0';
ids '?all=true', '1';
$o->post("/push/campaign/send/live/$id", '');
ok $o->wait_for(60, sub { row($id) =~ /^done/ }), 'java: sent';
like $o->get("/push/campaign/$id/detail")->{body}, qr/"sent":true/,
    'java: sent is true';
is_deeply $o->get('/push/campaign/list')->{json}{responseObject}, [],
    'java: a list of those not yet sent';

done_testing;
