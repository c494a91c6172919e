#!/usr/bin/perl
# Registering devices: which row is taken over, whose activation it is, what
# is refused and leaves nothing behind.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my $n = 0;

sub object { return { requestObject => $_[0] } }

sub ok_ { my ($r, $name) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	is_deeply $r->{json}, { status => 'OK' }, "$name: OK" }

# Refused with that text, and nothing was written.
sub refused { my ($name, $text, $call) = @_;
	my $before = $o->contents;
	my $r = $call->();
	is $r->{status}, 400, "$name: 400";
	is $r->{json}{responseObject}{code}, 'ERROR_GENERIC', "$name: code";
	ref $text ? like($r->{json}{responseObject}{message}, $text, $name)
	    : is($r->{json}{responseObject}{message}, $text, $name);
	is $o->contents, $before, "$name: nothing is written" }

sub create { return $o->post('/push/device/create', object({ @_ })) }

sub rows {
	my ($where) = @_;
	return [ map { join ' ', @$_ } $o->sql("SELECT activation_id, user_id,
	    a.app_id, platform, COALESCE(environment, '-'), push_token,
	    is_active FROM push_device_registration d
	    JOIN push_app_credentials a ON a.id = d.app_id
	    WHERE $where ORDER BY d.id") ];
}

for my $app ('mobile-app', 'other-app') {
	$o->post('/admin/app/create', object({ appId => $app }));
}

# --- the published example --------------------------------------------------

my $published = '{
  "requestObject": {
    "appId": "mobile-app",
    "token": "1234567890987654321234567890",
    "platform": "apns",
    "environment": "development",
    "activationId": "49414e31-f3df-4cea-87e6-f214ca3b8412"
  }
}';
refused('an activation nobody knows',
    'Device registration failed because associated activation is not ACTIVE',
    sub { $o->post('/push/device/create', $published) });
$o->post('/admin/activation/update', object({
    activationId => '49414e31-f3df-4cea-87e6-f214ca3b8412',
    userId => 'user-1' }));
ok_ $o->post('/push/device/create', $published), 'the published example';
is_deeply rows('1'), [ '49414e31-f3df-4cea-87e6-f214ca3b8412 user-1 '
    . 'mobile-app apns development 1234567890987654321234567890 1' ],
    'its row';
ok_ $o->delete('/push/device/remove', '{
  "requestObject": {
    "appId": "mobile-app",
    "token": "1234567890987654321234567890"
  }
}'), 'remove it as published';
is_deeply rows('1'), [], 'it is gone';

# --- local activations come with the call -----------------------------------

ok_ create(appId => 'mobile-app', token => 'tok-1', platform => 'fcm',
    activationId => 'act-1', userId => 'user-1'), 'with userId';
is_deeply rows('1'), ['act-1 user-1 mobile-app fcm - tok-1 1'], 'active';
is_deeply [ $o->sql("SELECT user_id, activation_status, app_id
    FROM push_activation WHERE activation_id = 'act-1'") ],
    [ [ 'user-1', 'ACTIVE', 'mobile-app' ] ], 'the activation is kept';
for my $status (qw(CREATED PENDING_COMMIT BLOCKED)) {
	ok_ create(appId => 'mobile-app', token => 'tok-1', platform => 'fcm',
	    activationId => 'act-1', userId => 'user-1',
	    activationStatus => $status), $status;
	is_deeply rows('1'), ['act-1 user-1 mobile-app fcm - tok-1 0'],
	    "$status: inactive";
}
ok_ create(appId => 'mobile-app', token => 'tok-1', platform => 'fcm',
    activationId => 'act-1'), 'without userId: as it is known';
is_deeply rows('1'), ['act-1 user-1 mobile-app fcm - tok-1 0'],
    'still blocked';
refused('REMOVED',
    'Device registration failed because associated activation is not ACTIVE',
    sub { create(appId => 'mobile-app', token => 'tok-1',
	platform => 'fcm', activationId => 'act-1', userId => 'user-1',
	activationStatus => 'REMOVED') });

# --- which row is taken over ------------------------------------------------

my ($id) = map { $_->[0] } $o->sql('SELECT id FROM push_device_registration');
sub same { my ($name) = @_;
	is_deeply [ $o->sql('SELECT id FROM push_device_registration') ],
	    [[$id]], "$name: the same row" }

ok_ create(appId => 'mobile-app', token => 'aa02', platform => 'hms',
    activationId => 'act-1', userId => 'user-1'), 'a new token';
same('same activation');
ok_ create(appId => 'other-app', token => 'aa02', platform => 'ios',
    environment => 'PRODUCTION', activationId => 'act-1',
    userId => 'user-1'), 'another app';
same('same activation and token');
is_deeply rows('1'), ['act-1 user-1 other-app ios production aa02 1'],
    'the app of the row follows; "ios" stays';
ok_ create(appId => 'other-app', token => 'aa02', platform => 'android',
    activationId => 'act-2', userId => 'user-2'), 'another activation';
same('same app and token');
is_deeply rows('1'), ['act-2 user-2 other-app android - aa02 1'],
    'the environment is cleared';
ok_ create(appId => 'mobile-app', token => 'aa02', platform => 'huawei',
    activationId => 'act-1', userId => 'user-1'), 'token of another app';
is scalar @{ rows('1') }, 2, 'a second row';

# two rows of one token, as an earlier release could leave them: the phone is
# whose it is registered for now
sub twins {
	my ($token) = @_;
	$o->sql("INSERT INTO push_device_registration (activation_id, user_id,
	    app_id, platform, push_token, is_active,
	    timestamp_last_registered) SELECT CONCAT('dup-', n), 'user-3',
	    (SELECT id FROM push_app_credentials WHERE app_id = 'mobile-app'),
	    'fcm', '$token', 1, UTC_TIMESTAMP(3)
	    FROM (SELECT 1 AS n UNION SELECT 2) x");
}
twins('tok-dup');
ok_ create(appId => 'mobile-app', token => 'tok-dup', platform => 'fcm',
    activationId => 'act-9', userId => 'user-9'), 'a token with two rows';
is_deeply rows("push_token = 'tok-dup'"),
    ['act-9 user-9 mobile-app fcm - tok-dup 1'], 'has one';
twins('tok-dup');
ok_ create(appId => 'mobile-app', token => 'tok-dup', platform => 'fcm',
    activationId => 'dup-2', userId => 'user-3'), 'one with three rows';
is_deeply rows("push_token = 'tok-dup'"),
    ['dup-2 user-3 mobile-app fcm - tok-dup 1'], 'has that of the caller';
ok_ create(appId => 'mobile-app', token => 'tok-own', platform => 'fcm',
    activationId => 'act-9', userId => 'user-9'), 'another phone';
ok_ create(appId => 'mobile-app', token => 'tok-dup', platform => 'fcm',
    activationId => 'act-9', userId => 'user-9'),
    'an activation that has a row comes to the token of another';
is_deeply rows("push_token IN ('tok-dup', 'tok-own')"),
    ['act-9 user-9 mobile-app fcm - tok-dup 1'], 'which then has none';
refused('create/multi', 'Registration of multiple associated activations per '
    . 'device is not enabled.', sub { $o->post('/push/device/create/multi',
	object({ appId => 'mobile-app', token => 't', platform => 'fcm',
	    activationIds => ['act-1'] })) });

# registering again ends the quarantine
$o->sql("UPDATE push_device_registration SET gone_at = UTC_TIMESTAMP(3),
    gone_reason = 'Unregistered' WHERE activation_id = 'act-1'");
ok_ create(appId => 'mobile-app', token => 'aa02', platform => 'fcm',
    activationId => 'act-1', userId => 'user-1'), 'registered again';
is_deeply [ $o->sql("SELECT gone_at, gone_reason FROM
    push_device_registration WHERE activation_id = 'act-1'") ],
    [ [ 'NULL', 'NULL' ] ], 'out of quarantine';

# five at once: five successes, one row
{
	my @pids;
	for (1 .. 5) {
		defined(my $pid = fork) or die "fork: $!\n";
		if ($pid == 0) {
			my $r = create(appId => 'mobile-app',
			    token => 'tok-five', platform => 'fcm',
			    activationId => 'act-five', userId => 'user-5');
			require POSIX;
			POSIX::_exit($r->{status} == 200 ? 0 : 1);
		}
		push @pids, $pid;
	}
	my $good = 0;
	for my $pid (@pids) {
		waitpid $pid, 0;
		$good++ if $? == 0;
	}
	is $good, 5, 'five identical calls at once: five successes';
	is scalar @{ rows("push_token = 'tok-five'") }, 1, 'and one row';
}

# --- refused ----------------------------------------------------------------

my %good = (appId => 'mobile-app', token => 'tok-x', platform => 'fcm',
    activationId => 'act-x', userId => 'user-x');
my @bad = (
    [ 'no app', { appId => undef }, 'App ID must not be null.' ],
    [ 'no activation', { activationId => undef },
	'Activation ID must not be null.' ],
    [ 'no platform', { platform => undef }, 'Platform must not be null.' ],
    [ 'no token', { token => undef },
	'Push token must not be null or empty.' ],
    [ 'empty token', { token => '' },
	'Push token must not be null or empty.' ],
    [ 'unknown app', { appId => 'nobody' },
	'Application with given ID does not exist' ],
    [ 'unknown platform', { platform => 'web' },
	'platform must be one of ios, android, huawei, apns, fcm, hms, '
	. 'webpush' ],
    [ 'platform in upper case', { platform => 'APNS' },
	qr/^platform must be one of/ ],
    [ 'unknown environment', { environment => 'test' },
	'environment must be one of development, production' ],
    [ 'token of 5,000 characters', { token => 'x' x 5000 },
	'token must be at most 512 characters long' ],
    [ 'long activation', { activationId => 'x' x 38 },
	'activationId must be at most 37 characters long' ],
    [ 'long user', { userId => 'x' x 256 },
	'userId must be at most 255 characters long' ],
    [ 'token with a line end', { token => "a\nb" },
	'token must not contain control characters' ],
    [ 'token of a wrong type', { token => ['a'] }, 'token must be a text' ],
    [ 'app of a wrong type', { appId => {} }, 'appId must be a text' ],
    [ 'status in lower case', { activationStatus => 'active' },
	qr/^activationStatus must be one of CREATED/ ],
);
for my $b (@bad) {
	my ($name, $change, $text) = @$b;
	refused($name, $text, sub { create(%good, %$change) });
}
refused('no object', 'Request object must not be empty',
    sub { $o->post('/push/device/create', {}) });
ok_ create(%good, token => 'x' x 512, activationId => 'y' x 37),
    'the longest there may be';
ok_ create(%good, activationId => "\x{17e}lu\x{165}-\x{1f600}",
    token => 'tok-utf'), 'four-byte UTF-8';
ok_ create(%good, activationId => 7, token => 12.5, unknown => { a => [] }),
    'numbers are texts, unknown members ignored';
is scalar @{ rows("activation_id = '7' AND push_token = '12.5'") }, 1,
    'as their text';

# --- removing ---------------------------------------------------------------

for my $form ([ DELETE => 'remove' ], [ POST => 'remove' ],
    [ DELETE => 'delete' ], [ POST => 'delete' ]) {
	my ($method, $word) = @$form;
	ok_ create(%good, token => 'tok-gone', activationId => 'act-gone'),
	    'a device';
	ok_ $o->request($method, "/push/device/$word",
	    object({ appId => 'mobile-app', token => 'tok-gone' })),
	    "$method $word";
	is_deeply rows("push_token = 'tok-gone'"), [], 'is gone';
	ok_ $o->request($method, "/push/device/$word",
	    object({ appId => 'mobile-app', token => 'tok-gone' })),
	    "$method $word of none";
}
$o->sql("DELETE FROM push_device_registration
    WHERE push_token = 'tok-dup'");
twins('tok-dup');
ok_ $o->post('/push/device/delete', object({ appId => 'mobile-app',
    token => 'tok-dup' })), 'a token with two rows';
is_deeply rows("push_token = 'tok-dup'"), [], 'both are gone';
ok_ $o->post('/push/device/delete', object({ appId => 'nobody',
    token => 'x' })), 'delete in an unknown app';
refused('delete: no object', 'Request object must not be empty',
    sub { $o->delete('/push/device/remove', {}) });
refused('delete: no token', 'Push token must not be null or empty.',
    sub { $o->delete('/push/device/remove',
	object({ appId => 'mobile-app' })) });
refused('delete: no app', 'App ID must not be null.',
    sub { $o->post('/push/device/delete', object({ token => 'x' })) });

# --- status -----------------------------------------------------------------

ok_ create(%good, activationId => 'act-s', token => 'tok-s'), 'a device';
sub active { my ($row) = $o->sql("SELECT is_active FROM
    push_device_registration WHERE activation_id = 'act-s'"); $row->[0] }
for my $form (
    [ POST => { activationId => 'act-s', activationStatus => 'BLOCKED' }, 0 ],
    [ PUT => { activationId => 'act-s', activationStatus => 'ACTIVE' }, 1 ],
    [ POST => object({ activationId => 'act-s',
	activationStatus => 'REMOVED' }), 0 ],
    # without a status: as the activation is known
    [ POST => { activationId => 'act-s' }, 1 ],
    # what PowerAuth Server sends
    [ POST => { type => 'ACTIVATION', activationId => 'act-s',
	userId => undef, activationName => 'Phone', platform => 'ios',
	protocol => 'powerauth', activationFlags => ['X'],
	activationStatus => 'BLOCKED', blockedReason => undef,
	applicationId => 'mobile-app' }, 0 ]) {
	my ($method, $body, $wanted) = @$form;
	ok_ $o->request($method, '/push/device/status/update', $body,
	    headers => { 'idempotency-key' => Outpost::uuid() }),
	    "status $method";
	is active(), $wanted, $wanted ? 'active' : 'inactive';
}
ok_ $o->post('/push/device/status/update', { activationId => 'nobody' }),
    'an activation without devices';
refused('status: no activation', 'Activation ID must not be null.',
    sub { $o->post('/push/device/status/update', {}) });
refused('status: a callback of another kind',
    'Activation ID must not be null.', sub { $o->post(
	'/push/device/status/update', { type => 'OPERATION', id => '1' }) });
refused('status: bad status', qr/^activationStatus must be one of/,
    sub { $o->post('/push/device/status/update', { activationId => 'act-s',
	activationStatus => 'DEAD' }) });
$o->sql("DELETE FROM push_activation WHERE activation_id = 'act-s'");
refused('status: nobody knows it any more', 'Update device status failed '
    . 'because activation status is unknown', sub { $o->post(
	'/push/device/status/update', { activationId => 'act-s' }) });
$o->down;

# --- several activations of one token ---------------------------------------

$o = Outpost->up(conf => "[registration]\nmultiple_activations = yes\n");
$o->post('/admin/app/create', object({ appId => 'mobile-app' }));

sub multi { return $o->post('/push/device/create/multi', object({ @_ })) }
sub of_token { return [ map { $_->[0] } $o->sql("SELECT activation_id
    FROM push_device_registration WHERE push_token = '$_[0]' ORDER BY id") ] }

$o->post('/admin/activation/update', object({ activationId => $_,
    userId => "user-$_" })) for qw(a b c);
my %multi = (appId => 'mobile-app', token => 'aa0e', platform => 'apns',
    environment => 'development');
ok_ multi(%multi, activationIds => [qw(a b a)]), 'two activations, one twice';
is_deeply of_token('aa0e'), [qw(a b)], 'two rows';
ok_ multi(%multi, activationIds => [qw(a b)]), 'the same again';
is_deeply of_token('aa0e'), [qw(a b)], 'the same two rows';
ok_ multi(%multi, activationIds => [qw(c)]), 'another one';
is_deeply of_token('aa0e'), [qw(c)], 'those of before are replaced';
ok_ multi(%multi, activationIds => [qw(x y)], userId => 'user-x'),
    'activations that come with the call';
is_deeply of_token('aa0e'), [qw(x y)], 'two rows';
# statements that a connection has sent before go to MariaDB as one
for my $n (1 .. 4) {
	my @new = map { "$_$n" } qw(p q r s);
	ok_ multi(%multi, token => "aa1$n", activationIds => \@new,
	    userId => 'user-p'), 'new ones with another token';
	is_deeply of_token("aa1$n"), \@new, 'each has its row';
}

# several of one app and token are for the multi call
refused('two rows of one token', 'Multiple device registrations found for '
    . 'push token. Use the /push/device/create/multi endpoint for this '
    . 'scenario.', sub { create(appId => 'mobile-app', token => 'aa0e',
	platform => 'apns', activationId => 'act-9', userId => 'user-3') });
ok_ create(appId => 'mobile-app', token => 'aa0e', platform => 'apns',
    activationId => 'y', userId => 'user-x'), 'one of the two';
is_deeply of_token('aa0e'), [qw(x y)], 'leaves the other';

refused('multi: one unknown', 'Device registration failed',
    sub { multi(%multi, activationIds => [qw(a nobody)]) });
my @wrong = (
    [ { appId => undef }, 'App ID must not be null.' ],
    [ { activationIds => undef }, 'Activation ID list must not be null.' ],
    [ { activationIds => [] }, 'Activation ID list must not empty.' ],
    [ { platform => undef }, 'Platform must not be null.' ],
    [ { platform => 'fcm' }, 'Environment specified for a platform that does '
	. 'not support environment setting.' ],
    [ { platform => 'ios' }, 'Environment specified for a platform that does '
	. 'not support environment setting.' ],
    [ { token => '' }, 'Push token must not be null or empty.' ],
    [ { appId => 'nobody' }, 'Application with given ID does not exist' ],
    [ { activationIds => 'a' }, 'activationIds must be an array' ],
    [ { activationIds => [ 'a', undef ] },
	'activationIds[1] must be a text' ],
    [ { activationIds => ['x' x 38] },
	'activationIds[0] must be at most 37 characters long' ],
);
for my $w (@wrong) {
	refused("multi: $w->[1]", $w->[1], sub { multi(%multi,
	    activationIds => ['a'], %{ $w->[0] }) });
}
refused('multi: no object', 'Request object must not be empty',
    sub { $o->post('/push/device/create/multi', {}) });

done_testing;
