#!/usr/bin/perl
# Browsers: their addresses, in every call and command that takes a token, and
# the key of an application that they subscribe with.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64 encode_base64url);
use Digest::SHA qw(sha256);
use Outpost;
use Test::More;

my $o = Outpost->up(conf => "[registration]\nmultiple_activations = yes\n");
my $app = $o->app('site');
my $subject = 'mailto:push@my-shop.eu';
# RFC 8291, appendix A
my $p256dh = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyP'
    . 'js7Vd8pZGH6SRpkNtoIAiw4';
my $auth = 'BTBZMqHH6r4Tts7J_aSIgg';

sub object { return { requestObject => $_[0] } }
sub answer { return $_[0]{json}{responseObject} }
sub message { return answer($_[0])->{message} }
sub put_key { return $o->put('/admin/app/webpush',
    object({ appId => $app, subject => $subject, @_ })) }
sub public_key { return $o->get("/push/webpush/key?appId=$app") }

sub refused {
	my ($r, $status, $words, $name) = @_;
	is $r->{status}, $status, $name or diag $r->{body};
	my $said = $r->{json}{responseObject}{violations}
	    ? $r->{json}{responseObject}{violations}[0]{hint} : message($r);
	like $said, $words, "$name: and why";
}

# --- the key ----------------------------------------------------------------

refused public_key(), 400, qr/no key for Web Push/, 'no key yet';
refused $o->get('/push/webpush/key?appId=nobody'), 400,
    qr/Application with given ID does not exist/, 'nor of nobody';
refused $o->get('/push/webpush/key'), 400, qr/App ID must not be null/,
    'nor of no application';
refused put_key(), 400, qr/no key yet: give one, or have one made/,
    'nothing to keep';
for ([ 'mailto:push@example.com', qr/placeholder/ ],
    [ 'mailto:push@localhost', qr/Apple refuses localhost/ ],
    [ 'mailto: <push@my-shop.eu>', qr/angle brackets/ ],
    [ 'push@my-shop.eu', qr/must begin with mailto: or https/ ]) {
	refused put_key(generate => JSON::PP::true, subject => $_->[0]), 400,
	    $_->[1], "subject $_->[0]";
}
refused put_key(generate => JSON::PP::true, defaultUrl => '/orders'), 400,
    qr/defaultUrl must be an absolute https URL/, 'a URL that leads nowhere';
refused put_key(privateKeyBase64 => 'AAAA'), 400,
    qr/privateKeyBase64 is not a VAPID key/, 'no key of a curve';
refused put_key(privateKeyBase64 => encode_base64("\0" x 32, '')), 400,
    qr/privateKeyBase64 is not a VAPID key/, 'nor is zero';

my $made = put_key(generate => JSON::PP::true,
    defaultUrl => 'https://my-shop.eu/');
is $made->{status}, 200, 'a key is made' or diag $made->{body};
my $key = answer($made)->{publicKey};
like $key, qr/^B[A-Za-z0-9_-]{86}$/, 'its public half is told';
is_deeply answer(public_key()), { appId => $app, publicKey => $key },
    'and told to pages';
unlike join(' ', map { $_ // '' } map { @$_ } $o->sql(
    'SELECT * FROM push_app_credentials')), qr/BEGIN/, 'it is sealed';
refused put_key(generate => JSON::PP::true, privateKeyBase64 => 'AAAA'), 400,
    qr/but not both/, 'one or the other';
is answer(put_key())->{publicKey}, $key, 'a key that is not given stays';
my $detail = $o->post('/admin/app/detail', object({ appId => $app,
    includeWebpush => JSON::PP::true }));
is_deeply answer($detail), { application => { appId => $app,
    apns => JSON::PP::true, fcm => JSON::PP::true, hms => JSON::PP::true,
    webpush => JSON::PP::true }, webpushPublicKey => $key,
    webpushSubject => $subject }, 'shown with the application';

# RFC 8292's key, as the usual packages print it, and as a file.
my $raw = 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94';
my $file = "$o->{run}/vapid.pem";
is system("openssl ecparam -name prime256v1 -genkey -noout -out $file"), 0,
    'a key by openssl';
my $pem = answer(put_key(privateKeyBase64 =>
    encode_base64($o->read_file($file), '')))->{publicKey};
my $der = qx(openssl ec -in $file -pubout -outform DER 2>/dev/null);
is $pem, encode_base64url(substr $der, -65), 'from PEM';
is answer(put_key(privateKeyBase64 => $raw))->{publicKey}, $p256dh,
    'from 32 bytes in base64url';
is answer(put_key(privateKeyBase64 => encode_base64(
    decode_base64($raw =~ tr{-_}{+/}r), '')))->{publicKey}, $p256dh,
    'in base64';

# --- by command -------------------------------------------------------------

my ($status, $said) = $o->outpost('app', 'webpush', $app, '--subject',
    $subject, '--generate', '--default-url', 'https://my-shop.eu/');
is $status, 0, 'the command makes one' or diag $said;
like $said, qr/^site: credentials for Web Push set, public key (B\S{86})$/,
    'and tells it';
my ($mine) = $said =~ /(B\S{86})/;
is answer(public_key())->{publicKey}, $mine, 'pages get that';
($status, $said) = $o->outpost('app', 'webpush', $app, '--subject', $subject,
    '--key-file', $file);
is $status, 0, 'a file is taken' or diag $said;
like $said, qr/public key \Q$pem\E$/, 'with its public half';
($status, $said) = $o->outpost('app', 'show', $app);
like $said, qr/^webpush *public key \Q$pem\E, subject \Q$subject\E/m,
    'it is shown';
is system('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout',
    '-out', $file), 0, 'another file';

# --- addresses --------------------------------------------------------------

my %endpoint = (google => 'https://fcm.googleapis.com/fcm/send/dA-1:x_Y',
    windows => 'https://wns2-par02p.notify.windows.com/w/?token=BQ%2bF%2fx%3d',
    apple => 'https://web.push.apple.com/QGuQyavXutnMH',
    mozilla => 'https://updates.push.services.mozilla.com/wpush/v2/gAAA');

sub subscription {
	my ($endpoint, %more) = @_;
	return { endpoint => $endpoint, expirationTime => undef,
	    keys => { p256dh => $p256dh, auth => $auth }, %more };
}
sub create { return $o->post('/push/device/create', object({ appId => $app,
    platform => 'webpush', activationId => 'act-1', userId => 'joe',
    @_ })) }
sub token_of {
	my ($endpoint) = @_;
	my ($host) = $endpoint =~ m{^https://([^/]+)};
	return "$host:" . encode_base64url(sha256($endpoint));
}
sub id_of { return substr encode_base64url(substr(sha256(
    decode_base64($_[0] =~ tr{-_}{+/}r . '=')), 0, 8)), 0, 11 }
sub rows { return [ $o->sql('SELECT activation_id, platform, push_token,'
    . ' address FROM push_device_registration ORDER BY activation_id') ] }
my $bound = "$p256dh $auth ~" . id_of($pem);

for my $given (subscription($endpoint{google}),
    JSON::PP->new->encode(subscription($endpoint{google}))) {
	is create(token => $given)->{status}, 200,
	    ref $given ? 'an object' : 'a text';
	is_deeply rows(), [ [ 'act-1', 'webpush', token_of($endpoint{google}),
	    "$endpoint{google} $bound" ] ], 'one row, with the key';
}
is create(token => subscription($endpoint{google}), activationId => 'act-2',
    userId => 'ann')->{status}, 200, 'for the next user of the browser';
is_deeply [ map { $_->[0] } @{ rows() } ], ['act-2'],
    'it is found by its endpoint';
is $o->post('/push/device/create/multi', object({ appId => $app,
    platform => 'webpush', activationIds => ['act-3', 'act-4'],
    userId => 'joe', token => subscription($endpoint{windows}) }))->{status},
    200, 'of several activations';
is_deeply [ map { [ @$_[0, 3] ] } @{ rows() } ], [
    [ 'act-2', "$endpoint{google} $bound" ],
    map { [ $_, "$endpoint{windows} $bound" ] } 'act-3', 'act-4' ],
    'two rows, the query byte for byte';

my $long = 'https://web.push.apple.com/' . 'x' x (1024 - 27);
is create(token => subscription($long), activationId => 'act-5')->{status},
    200, 'the longest';
is_deeply rows()->[3], [ 'act-5', 'webpush', token_of($long),
    "$long $bound" ], 'is kept whole';
refused create(token => subscription("${long}x")), 400,
    qr/at most 1024 characters/, 'a longer one';

# What a page may say wrong; test_webpush_address has more.
refused create(token => $endpoint{google}), 400,
    qr/must be a subscription in JSON/, 'an endpoint alone';
refused create(token => { %{ subscription($endpoint{google}) },
    keys => { p256dh => $p256dh, auth => 'AAAA' } }), 400,
    qr/keys.auth .* 16 bytes/, 'a secret that is none';
refused create(token => subscription($endpoint{google}), platform => 'fcm'),
    400, qr/subscription of a browser: its platform is webpush/,
    'of another platform';
refused create(token => 'tok-1'), 400, qr/must be a subscription/,
    'a token of a phone';

# --- where they lead --------------------------------------------------------

open my $f, '<:encoding(UTF-8)', 'tests/lib/hostile-endpoints'
    or die "hostile-endpoints: $!\n";
chomp(my @hostile = grep { !/^#|^$/ } <$f>);
cmp_ok scalar(@hostile), '>=', 40, 'forty endpoints of strangers, or more';
my $before = rows();
for (@hostile) {
	refused create(token => subscription($_)), 400,
	    qr/^endpoint of the subscription/, $_;
}
is_deeply rows(), $before, 'none of them is registered';

# --- the key that it was made with ------------------------------------------

is create(token => subscription($endpoint{apple},
    applicationServerKey => $mine), activationId => 'act-6')->{status}, 200,
    'a page may tell its key';
is((grep { $_->[0] eq 'act-6' } @{ rows() })[0][3], "$endpoint{apple}"
    . " $p256dh $auth " . id_of($mine), 'it is kept');
refused put_key(generate => JSON::PP::true), 409,
    qr/^5 devices have subscribed with the present key/,
    'another key needs force';
is answer(public_key())->{publicKey}, $pem, 'so the first one stays';
is answer(put_key())->{publicKey}, $pem, 'the rest may change';
my $forced = put_key(privateKeyBase64 => $raw, force => JSON::PP::true);
is_deeply answer($forced), { publicKey => $p256dh, lost => 5 },
    'with force it is replaced';
is create(token => subscription($endpoint{google}), activationId => 'act-2',
    userId => 'ann')->{status}, 200, 'a browser registers again';
is rows()->[0][3], "$endpoint{google} $bound",
    'with the key that it was made with';
($status, $said) = $o->outpost('app', 'webpush', $app, '--subject', $subject,
    '--generate');
is $status, 1, 'so the command refuses, too';
like $said, qr/^outpost: 5 devices have subscribed/, 'with the number';
($status, $said) = $o->outpost('app', 'webpush', $app, '--subject', $subject,
    '--generate', '--force');
is $status, 0, 'but for --force' or diag $said;
like $said, qr/warning: 5 devices have lost their key/, 'and warns';

# A preview shows the request, and nothing of the secret.
my $seen = $o->post('/push/message/preview', object({ appId => $app,
    message => { userId => 'joe', body => { title => 'Hi',
	extras => { navigate => 'https://my-shop.eu/7' } } } }));
unlike $seen->{body}, qr/QGuQ|$auth|BQ%2bF/, 'a preview has no secret';
my $campaign = answer($o->post('/push/campaign/create', object({ appId => $app,
    message => { title => 'Hi', body => 'All of you' } })))->{id};
my ($of_any) = grep { $_->{platform} eq 'webpush' } @{ answer(
    $o->get("/push/campaign/$campaign/preview"))->{providers} };
is_deeply [ $of_any->{refusal}, $of_any->{url},
    $of_any->{payload}{notification}{title} ],
    [ undef, 'https://webpush.invalid/...', 'Hi' ],
    'nor has that of no browser';

# --- what is shown, and removed ---------------------------------------------

my $list = $o->get('/push/device/list?userId=joe');
is_deeply [ sort map { "$_->{platform} $_->{token}" }
    @{ answer($list)->{devices} } ], [ 'webpush web.pu...',
    'webpush web.pu...', ('webpush wns2-p...') x 2 ], 'masked in lists';
unlike $list->{body}, qr/QGuQ|$auth|$p256dh/, 'the secret is not told';
($status, $said) = $o->outpost('device', 'list', '--user', 'joe');
like $said, qr/webpush\s+-\s+wns2-p\.\.\./, 'by the command, too';
unlike $said, qr/QGuQ|$auth/, 'nor there';
sub remove { return $o->delete('/push/device/remove',
    object({ appId => $app, token => $_[0] }))->{status} }
is remove($endpoint{windows}), 200, 'removed by the endpoint';
is remove({ endpoint => $endpoint{apple} }), 200, 'by a part of it';
is remove(subscription($long)), 200, 'by the whole';
is remove('https://web.push.apple.com/none'), 200, 'what there is not';
is_deeply [ map { $_->[0] } @{ rows() } ], ['act-2'], 'those are gone';
$o->sql("UPDATE push_device_registration SET gone_at = UTC_TIMESTAMP(3),"
    . " gone_reason = 'Gone'");
($status, $said) = $o->outpost('device', 'restore', '--app', $app, '--token',
    $endpoint{google});
is $status, 0, 'restored by its endpoint' or diag $said;
refused $o->delete("/admin/app/webpush?appId=$app"), 409,
    qr/^1 devices have subscribed with the key/,
    'the key is not removed unawares';
($status, $said) = $o->outpost('app', 'remove-webpush', $app);
is $status, 1, 'nor by the command';
like $said, qr/^outpost: 1 devices have subscribed with the key/,
    'with the number';
like answer(public_key())->{publicKey}, qr/^B/, 'so it stays';
is $o->delete('/admin/app/webpush', object({ appId => $app,
    force => JSON::PP::false }))->{status}, 409, 'force must be true';
is $o->delete("/admin/app/webpush?appId=$app&force=true")->{status}, 200,
    'the key is removed with force';
refused public_key(), 400, qr/no key/, 'and is gone';
is create(token => subscription($endpoint{mozilla}), activationId => 'act-7')
    ->{status}, 200, 'a browser may come without a key';
is((grep { $_->[0] eq 'act-7' } @{ rows() })[0][3],
    "$endpoint{mozilla} $p256dh $auth", 'it has none then');

($status, $said) = $o->outpost('app', 'remove-webpush', $app);
is $status, 0, 'without a key it is removed freely' or diag $said;
($status, $said) = $o->outpost('app', 'webpush', $o->app('empty'),
    '--subject', $subject, '--generate');
is $status, 0, 'an application without browsers' or diag $said;
is $o->delete('/admin/app/webpush?appId=empty')->{status}, 200,
    'asks for no force';

# --- a host of before -------------------------------------------------------

# Another list of hosts, read by sendd alone: what is at none of them gets no
# request, and keeps its registration.
sub sendd_log { return $o->read_file("$o->{run}/logs/sendd.log") }
refused put_key(generate => JSON::PP::true), 409,
    qr/subscribed with a key that was removed/,
    'a new key in place of a removed one needs force, too';
is put_key(generate => JSON::PP::true, force => JSON::PP::true)->{status}, 200,
    'a key again';
is create(token => subscription($endpoint{mozilla}), activationId => 'act-7',
    userId => 'eve')->{status}, 200, 'a browser at Mozilla';
$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[webpush]\nhosts = push.my-shop.eu\n");
kill 'HUP', $o->pid('sendd');
ok $o->wait_for(60, sub { sendd_log() =~ /settings read again/ }),
    'which is no push service of ours any more';
is answer($o->send($app, 'eve'))->{webpush}{failed}, 1,
    'a message to it fails alone';
is create(token => subscription($endpoint{apple}), activationId => 'act-8',
    userId => 'eve')->{status}, 200, 'another one, at Apple';
is answer($o->send($app, 'eve'))->{webpush}{failed}, 2, 'both fail';
like sendd_log(), qr{reject\ message=.*\ provider=webpush\ app=$app\ .*
    why="endpoint\ of\ the\ subscription\ is\ at\ no\ push\ service}x,
    'for that reason';
unlike sendd_log(), qr/disconnected origin=updates/, 'nothing connects there';
is_deeply [ grep { $_->[0] eq 'act-7' } $o->sql('SELECT activation_id,'
    . ' gone_at IS NULL FROM push_device_registration') ], [ [ 'act-7', 1 ] ],
    'and the browser stays';

# Each host has a status of its own.
my @hosts = ('updates.push.services.mozilla.com', 'web.push.apple.com');
ok $o->wait_for(60, sub { $o->sql('SELECT host FROM push_health'
    . " WHERE platform = 3 AND host <> ''") == 2 }), 'two hosts, two rows';
my @healths = grep { $_->{provider} eq 'webpush' && $_->{host} }
    @{ answer($o->get('/admin/app/health'))->{health} };
is_deeply [ map { "$_->{host} $_->{state}" } @healths ],
    [ map { "$_ ok" } @hosts ], 'which the API tells';
($status, $said) = $o->outpost('app', 'show', $app);
like $said, qr/^webpush at \Q$_\E +ok /m, "and the command: $_" for @hosts;
$o->sql("UPDATE push_health SET seen = seen - INTERVAL 2 HOUR"
    . " WHERE host = '$hosts[0]'");
is_deeply [ map { $_->{host} // () } @{ answer(
    $o->get('/admin/app/health'))->{health} } ], [ $hosts[1] ],
    'one that sendd has forgotten is not told';
unlike join('', map { $o->read_file($_) } glob "$o->{run}/logs/*.log"),
    qr/\Q$auth\E|\Q$p256dh\E \S|dA-1:x_Y|QGuQyav/, 'no log has a secret';

done_testing;
