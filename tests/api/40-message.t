#!/usr/bin/perl
# Sending to a user: to which devices, what is answered, what is refused.
# The stand-in for the providers tells what arrived.
use strict;
use warnings;
use Outpost;
use Test::More;
use Time::HiRes qw(time);

my $o = Outpost->up(conf => <<'END');
[api]
sync_timeout = 3s
batch_max = 4
[message]
storage = yes
[sendd]
retry_min = 1h
retry_max = 1h
END
my $app = $o->app('mobile-app');
my @names = qw(apns fcm hms);

sub object { return { requestObject => $_[0] } }

# "sent pending failed total" of each platform with a total.
sub counts { my ($r) = @_;
	my $result = $r->{json}{responseObject}{result} // {};
	return join ', ', map { my $c = $result->{$_};
	    $c->{total} ? "$_ " . join '/', @$c{qw(sent pending failed total)}
	    : () } @names }

sub sent { my ($name, $r, $wanted) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	is counts($r), $wanted, "$name: $wanted" }

sub refused { my ($name, $text, $call, $status) = @_;
	my ($before, $had) = ($o->contents, scalar $o->ledger);
	my $r = $call->();
	is $r->{status}, $status // 400, "$name: refused";
	is $r->{json}{responseObject}{code}, 'ERROR_GENERIC', "$name: code";
	ref $text ? like($r->{json}{responseObject}{message}, $text, $name)
	    : is($r->{json}{responseObject}{message}, $text, $name);
	is $o->contents, $before, "$name: nothing is written";
	is scalar $o->ledger, $had, "$name: nothing is sent" }

# --- the published example --------------------------------------------------

my $activation = '49414e31-f3df-4cea-87e6-f214ca3b8412';
my $published = '{
"requestObject": {
"appId": "mobile-app",
"mode": "SYNCHRONOUS",
"message": {
"activationId": "49414e31-f3df-4cea-87e6-f214ca3b8412",
"userId": "123",
"priority": "HIGH",
"attributes": {
"personal": true,
"silent": true
},
"body": {
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
"validUntil": "2017-12-11T21:22:29.923Z",
"extras": {
"_comment": "Any custom data."
}
}
}
}
}';
my %activation = (apns => $activation, fcm => Outpost::uuid(),
    hms => Outpost::uuid());
my %token = (apns => 'a' x 64, fcm => 'fcm-token-1', hms => 'hms-token-1');
$o->device($app, '123', $_, $token{$_}, activationId => $activation{$_})
    for @names;

# word for word it is for one device and no longer valid
my $r = $o->post('/push/message/send', $published);
sent('the published example', $r, 'apns 0/0/1/1');
my $answer = $r->{json}{responseObject};
is $answer->{mode}, 'SYNCHRONOUS', 'its mode';
is_deeply [ sort keys %{ $answer->{result} } ], \@names,
    'its result has the three platforms';
is_deeply $answer->{$_}, $answer->{result}{$_},
    "$_ also where existing callers read it" for @names;
like $answer->{messageId}, qr/^[1-9]\d*$/, 'its id is a text of digits';
like $r->{body}, qr/"apns":\{"sent":0,"pending":0,"failed":1,"total":1\}/,
    'the members are in the published order';
is scalar $o->ledger, 0, 'what has expired is not sent';

# still valid, and to all devices of the user
(my $valid = $published) =~ s/2017-12-11/2097-12-11/;
$valid =~ s/^"activationId".*\n//m;
$r = $o->post('/push/message/send', $valid);
sent('the example for all devices', $r,
    'apns 1/0/0/1, fcm 1/0/0/1, hms 1/0/0/1');
is_deeply [ sort map { $_->{token} } $o->ledger ],
    [ sort values %token ], 'each device got it';

# --- every member -----------------------------------------------------------

# Each that the provider's compose can write is one that the provider takes:
# the stand-ins refuse any other.
sub members {
	my ($j, @at) = @_;
	return join '.', @at if ref $j ne 'HASH';
	return map { members($j->{$_}, @at, $_) } sort keys %$j;
}
sub below { my ($at, @names) = @_; return map { "$at.$_" } @names }

my @texts = qw(body body_loc_args body_loc_key icon image sound tag title
    title_loc_args title_loc_key);
my @aps = ((map { "alert.$_" } qw(body loc-args loc-key title title-loc-args
    title-loc-key)), qw(badge category mutable-content sound thread-id));
my %members = (
    apns => [ below('aps', @aps), 'image', 'ref' ],
    fcm => [ below('message', below('android', qw(collapse_key priority ttl),
	below('notification', @texts, qw(notification_count
	notification_priority))), below('apns', 'fcm_options.image',
	below('headers', qw(apns-collapse-id apns-expiration apns-priority
	apns-push-type)), below('payload.aps', @aps)), 'data.ref', 'token') ],
    hms => [ below('message', below('android', qw(collapse_key ttl),
	below('notification', @texts, qw(badge.set_num click_action.type
	foreground_show importance))), qw(data token)), 'validate_only' ]);
my $had = $o->ledger;
$r = $o->send($app, '123', body => { title => 'T', titleLocKey => 'k',
    titleLocArgs => ['a'], body => 'B', bodyLocKey => 'l', bodyLocArgs => [1],
    badge => 3, sound => 'default', icon => 'i', category => 'c',
    image => 'https://my-shop.eu/i.png', collapseKey => 'x',
    validUntil => '2097-12-11T21:22:29.923Z', extras => { ref => '77' } });
sent('every member', $r, 'apns 1/0/0/1, fcm 1/0/0/1, hms 1/0/0/1');
my %got = map { $_->{provider} => $_->{payload} }
    ($o->ledger)[$had .. $had + 2];
is_deeply [ sort(members($got{$_})) ], [ sort @{ $members{$_} } ],
    "$_: these" for @names;

# --- modes ------------------------------------------------------------------

$had = $o->ledger;
$r = $o->send($app, '123', mode => 'ASYNCHRONOUS');
is $r->{status}, 200, 'asynchronous';
is_deeply [ sort keys %{ $r->{json}{responseObject} } ],
    [qw(messageId mode)], 'asynchronous: mode and id only';
is $r->{json}{responseObject}{mode}, 'ASYNCHRONOUS', 'asynchronous: mode';
ok $o->wait_for(60, sub { $o->ledger == $had + 3 }), 'and it arrives';

$r = $o->post('/push/message/send', '{"requestObject":{"appId":"mobile-app",'
    . '"mode":null,"message":{"userId":"123",'
    . '"body":{"title":"x","body":"y"}}}}');
is $r->{status}, 200, 'mode null';
is_deeply [ keys %{ $r->{json}{responseObject} } ], ['messageId'],
    'mode null: no mode, no counts';
ok $o->wait_for(60, sub { $o->ledger == $had + 6 }), 'it arrives too';

$r = $o->post('/push/message/send', object({ appId => $app,
    message => { userId => 123, body => { title => 5, body => 'x',
	badge => '3' } } }));
sent('no mode, numbers and texts exchanged', $r,
    'apns 1/0/0/1, fcm 1/0/0/1, hms 1/0/0/1');

# as the existing client words it: nulls, and more than we know
$r = $o->post('/push/message/send', object({ appId => $app,
    mode => 'SYNCHRONOUS', unknown => [1], message => { userId => '123',
	activationId => undef, priority => undef, attributes => {
	    personal => JSON::PP::true, silent => JSON::PP::false, x => 1 },
	body => { title => 'Title', titleLocKey => undef, body => 'Text',
	    badge => undef,
	    sound => 'default', titleLocArgs => undef, extras => {
		messageType => 'mtoken.operationInit', operationId => '7' },
	    validUntil => undef, x => {} } } }));
sent('explicit nulls', $r, 'apns 1/0/0/1, fcm 1/0/0/1, hms 1/0/0/1');

# README's own first example; HMS wants both
$had = $o->ledger;
sent('a title alone', $o->send($app, '123', body => { title => 'Hello' }),
    'apns 1/0/0/1, fcm 1/0/0/1, hms 1/0/0/1');
is_deeply [ map { @{ $_->{payload}{message}{android}{notification} }
    {qw(title body)} } grep { $_->{provider} eq 'hms' }
    ($o->ledger)[$had .. $had + 2] ], [qw(Hello Hello)],
    'and stands for the body there';

# --- to whom ----------------------------------------------------------------

$r = $o->send($app, 'nobody');
sent('a user without devices', $r, '');
is_deeply $r->{json}{responseObject}{result}{fcm},
    { sent => 0, pending => 0, failed => 0, total => 0 }, 'all zero';
sent('one activation', $o->send($app, '123', message =>
    { activationId => $activation{fcm} }), 'fcm 1/0/0/1');
sent('an activation of somebody else', $o->send($app, '124', message =>
    { activationId => $activation{fcm} }), '');

$o->post('/push/device/status/update', { activationId => $activation{fcm},
    activationStatus => 'BLOCKED' });
sent('personal: not to inactive devices', $o->send($app, '123', message =>
    { attributes => { personal => 'true' } }),
    'apns 1/0/0/1, hms 1/0/0/1');
sent('not personal: to inactive devices too', $o->send($app, '123'),
    'apns 1/0/0/1, fcm 1/0/0/1, hms 1/0/0/1');

# another app has no credentials for HMS: those devices are left out
$o->app('no-hms');
$o->delete('/admin/app/hms?appId=no-hms');
$o->device('no-hms', 'u-2', 'fcm', 'fcm-token-2');
$o->device('no-hms', 'u-2', 'huawei', 'hms-token-2');
sent('no credentials', $o->send('no-hms', 'u-2'), 'fcm 1/0/0/1');

# the old names of the platforms
$o->device($app, 'old', 'ios', 'b' x 64);
$o->device($app, 'old', 'android', 'fcm-token-3');
$o->device($app, 'old', 'huawei', 'hms-token-3');
sent('ios, android, huawei', $o->send($app, 'old'),
    'apns 1/0/0/1, fcm 1/0/0/1, hms 1/0/0/1');

# which of the two APNs: the app is for development
$o->device($app, 'env', 'apns', 'c' x 64, environment => 'production');
$o->device($app, 'env', 'apns', 'd' x 64, environment => 'development');
sent('an app for development', $o->send($app, 'env'), 'apns 2/0/0/2');
my $k = $o->{keys};
$o->sql("UPDATE push_app_credentials SET apns_environment = 'production'
    WHERE app_id = 'mobile-app'");
sent('an app for production refuses development devices',
    $o->send($app, 'env'), 'apns 1/0/1/2');
$o->sql("UPDATE push_app_credentials SET apns_environment = NULL
    WHERE app_id = 'mobile-app'");
sent('an app without: as configured', $o->send($app, 'env'), 'apns 2/0/0/2');

# --- what providers refuse --------------------------------------------------

$o->device($app, 'bad', 'fcm', 'tok-SENDER_ID_MISMATCH');
$o->device($app, 'bad', 'hms', 'hms-token-4');
$r = $o->send($app, 'bad');
sent('refused by the provider', $r, 'fcm 0/0/1/1, hms 1/0/0/1');
is_deeply [ $o->sql("SELECT d.platform, m.status, m.user_id, m.is_personal
    FROM push_message m JOIN push_device_registration d
    ON d.id = m.device_registration_id WHERE m.user_id = 'bad'
    ORDER BY d.platform") ], [ [ 'fcm', -1, 'bad', 0 ],
    [ 'hms', 1, 'bad', 0 ] ], 'push_message has a row for each device';
$o->device($app, 'slow', 'fcm', 'tok-503');
$r = $o->send($app, 'slow');
sent('a provider in trouble: pending', $r, 'fcm 0/1/0/1');

# --- refused ----------------------------------------------------------------

my %m = (userId => '123', body => { title => 'x', body => 'y' });
sub try_send { my (%change) = @_;
	return $o->post('/push/message/send', object({ appId => $app,
	    mode => 'SYNCHRONOUS', message => {%m}, %change })) }
my @bad = (
    [ { message => undef }, 'Message must not be empty' ],
    [ { appId => undef }, 'App ID must not be null.' ],
    [ { appId => 'nobody' }, 'AppCredentials not found: nobody' ],
    [ { mode => 'FAST' },
	'mode must be one of SYNCHRONOUS, ASYNCHRONOUS' ],
    [ { message => { userId => '123' } },
	'Push message payload (body) must not be null.' ],
    [ { message => { body => {} } },
	'Push message must contain a user ID.' ],
    [ { message => { %m, userId => '' } }, 'No userId was specified' ],
    [ { message => { %m, priority => 'LOW' } },
	'message.priority must be one of NORMAL, HIGH' ],
    [ { message => { %m, attributes => { silent => 'perhaps' } } },
	'message.attributes.silent must be true or false' ],
    [ { message => { %m, body => { badge => 'x' } } },
	'message.body.badge must be a number' ],
    [ { message => { %m, body => { badge => 3e9 } } },
	qr/^message.body.badge must be between/ ],
    [ { message => { %m, body => { title => {} } } },
	'message.body.title must be a text' ],
    [ { message => { %m, body => { titleLocArgs => 'x' } } },
	'message.body.titleLocArgs must be an array' ],
    [ { message => { %m, body => { extras => [] } } },
	'message.body.extras must be an object' ],
    [ { message => { %m, body => { validUntil => '2017-12-11' } } },
	qr/^message.body.validUntil must be a moment/ ],
    [ { message => [] }, 'message must be an object' ],
);
for my $b (@bad) {
	refused("send: $b->[1]", $b->[1], sub { try_send(%{ $b->[0] }) });
}
refused('send: no object', 'Request object must not be empty',
    sub { $o->post('/push/message/send', {}) });
refused('a message of 70,000 bytes', qr/larger than 65535/, sub {
	try_send(message => { %m, body => { body => 'x' x 70000 } }) }, 413);

# --- batches ----------------------------------------------------------------

sub batch { my (%change) = @_;
	return $o->post('/push/message/batch/send', object({ appId => $app,
	    mode => 'SYNCHRONOUS', batch => [ {%m} ], %change })) }
sent('a batch of two users', batch(batch => [ {%m},
    { %m, userId => 'old' } ]), 'apns 2/0/0/2, fcm 2/0/0/2, hms 2/0/0/2');
$r = batch(mode => 'ASYNCHRONOUS');
is_deeply [ sort keys %{ $r->{json}{responseObject} } ],
    [qw(messageId mode)], 'an asynchronous batch';
@bad = (
    [ { batch => undef }, 'Batch must not be empty' ],
    [ { appId => undef }, 'App ID must not be null.' ],
    [ { batch => [] }, 'There are no push messages in the batch.' ],
    [ { batch => [ map { {%m} } 1 .. 5 ] }, 'Too many messages in batch - do '
	. 'no send more than 4 messages at once to avoid server congestion.' ],
    [ { batch => [ {%m}, undef ] }, 'Push message at index: 1 is not valid. '
	. 'Nested error is: Push message must not be null.' ],
    [ { batch => [ { userId => 1 } ] }, 'Push message at index: 0 is not '
	. 'valid. Nested error is: Push message payload (body) must not be '
	. 'null.' ],
    [ { batch => [ {%m}, { body => {} } ] }, 'Push message at index: 1 is '
	. 'not valid. Nested error is: Push message must contain a user ID.' ],
    [ { batch => [ {%m}, { %m, userId => '' } ] },
	'No userId was specified' ],
    [ { appId => 'nobody' }, 'AppCredentials not found: nobody' ],
    [ { batch => {} }, 'batch must be an array' ],
);
$o->wait_for(60, sub { !($o->sql("SELECT 1 FROM push_outbox
    WHERE attempts = 0"))[0] });
for my $b (@bad) {
	refused("batch: $b->[1]", $b->[1], sub { batch(%{ $b->[0] }) });
}
refused('batch: no object', 'Request object must not be empty',
    sub { $o->post('/push/message/batch/send', {}) });

# --- nobody delivers --------------------------------------------------------

kill 'TERM', $o->pid('sendd');
$o->wait_for(60, sub { !kill 0, $o->pid('sendd') });
my $begin = time;
$r = $o->send($app, '123');
my $took = time - $begin;
sent('without sendd: accepted, pending', $r,
    'apns 0/1/0/1, fcm 0/1/0/1, hms 0/1/0/1');
cmp_ok $took, '>', 2.5, 'after the whole wait';
cmp_ok $took, '<', 25, 'and no longer';	# not the 30 s of the default
$had = $o->ledger;
$o->stack('up');
ok $o->wait_for(60, sub { $o->ledger >= $had + 3 }),
    'when sendd is back it arrives';

done_testing;
