#!/usr/bin/perl
# Applications and their credentials, in the published forms, the deprecated
# ones, and those of the existing client.
use strict;
use warnings;
use Outpost;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $o = Outpost->up;
my $k = $o->{keys};
my $file = sub { encode_base64($o->read_file($_[0]), '') };
my $p8 = $file->($k->{apns}{key_file});
my $account = encode_base64($o->read_file($k->{fcm}{account_file}) =~
    s/("project_id":\s*)"[^"]*"/$1"PROJECTID123"/r, '');

sub ok_ { my ($r, $name) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	is $r->{json}{status}, 'OK', "$name: OK" }

sub generic { my ($r, $name, $text) = @_;
	is $r->{status}, 400, "$name: 400";
	is $r->{json}{responseObject}{code}, 'ERROR_GENERIC', "$name: code";
	ref $text ? like($r->{json}{responseObject}{message}, $text, $name)
	    : is($r->{json}{responseObject}{message}, $text, $name) }

sub bean { my ($r, $name, @violations) = @_;
	is $r->{status}, 400, "$name: 400";
	is $r->{json}{responseObject}{code}, 'ERROR_REQUEST', "$name: code";
	is $r->{json}{responseObject}{message},
	    'Invalid method parameter value', "$name: message";
	is_deeply [ map { "$_->{fieldName} $_->{hint}" }
	    @{ $r->{json}{responseObject}{violations} } ], \@violations,
	    "$name: violations" }

sub object { return { requestObject => $_[0] } }

# --- create, list, detail ---------------------------------------------------

my $r = $o->post('/admin/app/create', object({ appId => 'mobile-app' }));
ok_ $r, 'create';
is_deeply $r->{json}{responseObject}, { appId => 'mobile-app' },
    'create: answer';

my $before = $o->contents;
generic $o->post('/admin/app/create', object({ appId => 'mobile-app' })),
    'create again', 'Application already exists';
generic $o->post('/admin/app/create', object({ appId => '' })),
    'create without a name', 'App ID must not be null.';
generic $o->post('/admin/app/create', object({})), 'create: no appId',
    'App ID must not be null.';
generic $o->post('/admin/app/create', {}), 'create: no object',
    'Request object must not be empty';
generic $o->post('/admin/app/create', object({ appId => 'x' x 256 })),
    'create: long name', 'appId must be at most 255 characters long';
generic $o->post('/admin/app/create', object({ appId => ['x'] })),
    'create: wrong type', 'appId must be a text';
generic $o->post('/admin/app/detail', object({ appId => 'nobody' })),
    'detail of none',
    'Application credentials with entered ID: nobody does not exist';
generic $o->post('/admin/app/detail', {}), 'detail: no object',
    'Request must not be null.';
generic $o->post('/admin/app/detail', object({})), 'detail: no appId',
    'App ID must not be null.';
is $o->contents, $before, 'refused calls have written nothing';

$r = $o->post('/admin/app/create', object({ appId => 77 }));
is $r->{json}{responseObject}{appId}, '77', 'a number is a text';

$r = $o->get('/admin/app/list');
ok_ $r, 'list';
is_deeply $r->{json}{responseObject}{applicationList}, [
    map { { appId => $_, apns => JSON::PP::false, fcm => JSON::PP::false,
	hms => JSON::PP::false, webpush => JSON::PP::false } }
	'77', 'mobile-app' ],
    'list: in order of their names';

$r = $o->get('/admin/app/unconfigured/list');
ok_ $r, 'unconfigured list';
is_deeply $r->{json}{responseObject}{applicationList}, [
    map { { appId => $_, apns => undef, fcm => undef, hms => undef } }
	'77', 'mobile-app' ], 'unconfigured: flags are null, as published';

# --- the published forms ----------------------------------------------------

my %apns = (appId => 'mobile-app', bundle => 'some.bundle.id',
    keyId => 'KEYID123456', teamId => 'TEAMID123456', environment => undef,
    privateKeyBase64 => $p8);
my %fcm = (appId => 'mobile-app', projectId => 'PROJECTID123',
    privateKeyBase64 => $account);
my %hms = (appId => 'mobile-app', projectId => 'HMS123',
    clientId => 'oAuth 2.0 client ID',
    clientSecret => 'oAuth 2.0 client secret');

ok_ $o->put('/admin/app/apns', object(\%apns)), 'apns';
ok_ $o->put('/admin/app/fcm', object(\%fcm)), 'fcm';
ok_ $o->put('/admin/app/hms', object(\%hms)), 'hms';
$r = $o->post('/admin/app/detail', object({ appId => 'mobile-app',
    includeApns => JSON::PP::true, includeFcm => JSON::PP::true,
    includeHms => JSON::PP::true }));
ok_ $r, 'detail';
is_deeply $r->{json}{responseObject}, {
    application => { appId => 'mobile-app', apns => JSON::PP::true,
	fcm => JSON::PP::true, hms => JSON::PP::true,
	webpush => JSON::PP::false },
    apnsBundle => 'some.bundle.id', apnsKeyId => 'KEYID123456',
    apnsTeamId => 'TEAMID123456', fcmProjectId => 'PROJECTID123',
    hmsProjectId => 'HMS123' }, 'detail: as published';
unlike $r->{body}, qr/secret|PRIVATE|private/, 'detail tells no secret';
$r = $o->post('/admin/app/detail', object({ appId => 'mobile-app' }));
is_deeply [ keys %{ $r->{json}{responseObject} } ], ['application'],
    'detail: only what is asked for';

my ($row) = $o->sql("SELECT HEX(apns_private_key), HEX(fcm_private_key),
    hms_client_secret FROM push_app_credentials WHERE app_id = 'mobile-app'");
unlike $row->[0], qr/2D2D2D2D2D/, 'the key is sealed in the database';
unlike $row->[1], qr/70726976617465/, 'so is the service account';
unlike $row->[2], qr/client secret/, 'and the client secret';

ok_ $o->put('/admin/app/apns', object({ %apns,
    environment => 'Production' })), 'environment in any case';
$r = $o->post('/admin/app/detail', object({ appId => 'mobile-app',
    includeApns => 'true' }));
is $r->{json}{responseObject}{apnsEnvironment}, 'production',
    'detail: environment';

$r = $o->get('/admin/app/unconfigured/list');
is_deeply [ map { $_->{appId} }
    @{ $r->{json}{responseObject}{applicationList} } ], ['77'],
    'unconfigured: no longer there';

# --- refused credentials ----------------------------------------------------

$before = $o->contents;
generic $o->put('/admin/app/apns', object({ %apns,
    privateKeyBase64 => 'LS0tLS1CRUdJT...' })), 'the published key',
    'privateKeyBase64 is not valid base64';
generic $o->put('/admin/app/apns', object({ %apns,
    privateKeyBase64 => encode_base64('no key', '') })), 'not a key',
    qr/^privateKeyBase64 is not an APNs key/;
generic $o->put('/admin/app/apns', object({ %apns,
    privateKeyBase64 => $account })), 'a key of the other provider',
    qr/^privateKeyBase64 is not an APNs key/;
generic $o->put('/admin/app/fcm', object({ %fcm,
    privateKeyBase64 => $p8 })), 'fcm: not a service account',
    qr/^privateKeyBase64 is not an FCM key/;
bean $o->put('/admin/app/apns', object({ appId => 'mobile-app',
    keyId => ' ', environment => 'test' })), 'apns',
    'requestObject.bundle must not be blank',
    'requestObject.keyId must not be blank',
    'requestObject.teamId must not be blank',
    'requestObject.environment must be one of development, production',
    'requestObject.privateKeyBase64 must not be blank';
bean $o->put('/admin/app/fcm', {}), 'fcm without object',
    'requestObject must not be null';
bean $o->put('/admin/app/hms', object({ %hms, clientSecret => undef })),
    'hms', 'requestObject.clientSecret must not be blank';
bean $o->post('/admin/app/huawei/update', object({ %hms, appId => '' })),
    'huawei/update', 'requestObject.appId must not be blank';
generic $o->put('/admin/app/hms', object({ %hms, appId => 'nobody' })),
    'hms of none',
    'Application credentials with entered ID: nobody does not exist';

# the deprecated forms have their own words
my @missing = (
    [ '/admin/app/ios/update', \%apns, [
	[ appId => 'App ID must not be null.' ],
	[ bundle => 'Bundle must not be empty.' ],
	[ keyId => 'Key ID must not be empty.' ],
	[ teamId => 'Team ID must not be empty.' ],
	[ privateKeyBase64 => 'Private key must not be empty.' ] ] ],
    [ '/admin/app/android/update', \%fcm, [
	[ appId => 'App ID must not be null.' ],
	[ projectId => 'Project ID must not be empty.' ],
	[ privateKeyBase64 => 'Private key must not be empty.' ] ] ]);
for my $m (@missing) {
	my ($path, $all, $fields) = @$m;
	generic $o->post($path, {}), "$path: no object",
	    'Request object must not be empty';
	for my $f (@$fields) {
		my %less = %$all;
		delete $less{ $f->[0] };
		generic $o->post($path, object(\%less)),
		    "$path without $f->[0]", $f->[1];
	}
}
for my $name (qw(ios android huawei)) {
	generic $o->post("/admin/app/$name/remove", {}),
	    "$name/remove: no object", 'Request object must not be empty';
}
for my $name (qw(apns fcm hms)) {
	generic $o->delete("/admin/app/$name"), "DELETE $name: no appId",
	    'App ID must not be null.';
	generic $o->delete("/admin/app/$name?appId=nobody"),
	    "DELETE $name of none",
	    'Application credentials with entered ID: nobody does not exist';
}
is $o->contents, $before, 'refused calls have written nothing';

# --- removing, each in all its forms ----------------------------------------

sub flags {
	my $r = $o->post('/admin/app/detail', object({ appId => $_[0] }));
	my $a = $r->{json}{responseObject}{application};
	return join ' ', grep { $a->{$_} } qw(apns fcm hms);
}

ok_ $o->delete('/admin/app/apns?appId=mobile-app'), 'DELETE apns, query';
is flags('mobile-app'), 'fcm hms', 'apns is gone';
ok_ $o->delete('/admin/app/fcm', object({ appId => 'mobile-app' })),
    'DELETE fcm, body';
is flags('mobile-app'), 'hms', 'fcm is gone';
ok_ $o->delete('/admin/app/hms?appId=mobile-app'), 'DELETE hms';
is flags('mobile-app'), '', 'hms is gone';
ok_ $o->delete('/admin/app/hms?appId=mobile-app'), 'DELETE hms again';

ok_ $o->put('/admin/app/ios/update', object(\%apns)), 'PUT ios/update';
ok_ $o->put('/admin/app/android/update', object(\%fcm)),
    'PUT android/update';
ok_ $o->put('/admin/app/huawei/update', object(\%hms)),
    'PUT huawei/update';
is flags('mobile-app'), 'apns fcm hms', 'all three are there again';
for my $name (qw(ios android huawei)) {
	ok_ $o->delete("/admin/app/$name/remove",
	    object({ appId => 'mobile-app' })), "DELETE $name/remove";
}
is flags('mobile-app'), '', 'all three are gone';
ok_ $o->post('/admin/app/apns', object(\%apns)), 'POST apns';
ok_ $o->post('/admin/app/fcm', object(\%fcm)), 'POST fcm';
ok_ $o->post('/admin/app/hms', object(\%hms)), 'POST hms';
is flags('mobile-app'), 'apns fcm hms', 'and here';
for my $name (qw(ios android huawei)) {
	ok_ $o->post("/admin/app/$name/remove",
	    object({ appId => 'mobile-app' })), "POST $name/remove";
}
is flags('mobile-app'), '', 'and gone again';
ok_ $o->post('/admin/app/ios/update', object(\%apns)), 'POST ios/update';
ok_ $o->post('/admin/app/android/update', object(\%fcm)),
    'POST android/update';
ok_ $o->post('/admin/app/huawei/update', object(\%hms)),
    'POST huawei/update';
is flags('mobile-app'), 'apns fcm hms', 'and here again';

# the existing client does not encode the appId of a removal
ok_ $o->post('/admin/app/create', object({ appId => 'my:app@x' })),
    'an app with signs in its name';
ok_ $o->post('/admin/app/hms', object({ %hms, appId => 'my:app@x' })),
    'its hms';
ok_ $o->delete('/admin/app/hms?appId=my:app@x'), 'unencoded in the query';
is flags('my:app@x'), '', 'removed';
ok_ $o->post('/admin/app/hms', object({ %hms, appId => 'my:app@x' })),
    'its hms again';
ok_ $o->delete('/admin/app/hms?appId=my%3Aapp%40x'), 'encoded';
is flags('my:app@x'), '', 'removed too';

# --- local activations ------------------------------------------------------

ok_ $o->post('/admin/activation/update', object({ activationId => 'act-1',
    userId => 'user-1', appId => 'other-app' })), 'activation update';
$r = $o->get('/admin/activation/detail?activationId=act-1');
ok_ $r, 'activation detail';
my $a = $r->{json}{responseObject};
is $a->{activationStatus}, 'ACTIVE', 'a new one is active';
is $a->{userId}, 'user-1', 'its user';
ok_ $o->post('/admin/activation/update', object({ activationId => 'act-1',
    activationStatus => 'BLOCKED' })), 'blocked';
$a = $o->post('/admin/activation/detail',
    object({ activationId => 'act-1' }))->{json}{responseObject};
is "$a->{activationStatus} $a->{userId} $a->{appId}",
    'BLOCKED user-1 other-app', 'what is not named stays';
generic $o->get('/admin/activation/detail?activationId=nobody'),
    'detail of none', 'Activation was not found: nobody';
generic $o->post('/admin/activation/update', object({
    activationId => 'act-1', activationStatus => 'active' })),
    'status in lower case', qr/^activationStatus must be one of CREATED/;
$r = $o->get('/admin/app/unconfigured/list');
is_deeply [ map { $_->{appId} }
    @{ $r->{json}{responseObject}{applicationList} } ],
    [ '77', 'my:app@x', 'other-app' ],
    'unconfigured: also what activations name';

done_testing;
