#!/usr/bin/perl
# The published page, call by call: its requests are sent word for word
# (tests/api/published holds its texts) and the answers have its members
# with its types. Only what cannot be taken literally is replaced: ids that
# the server gives, and privateKeyBase64, whose published value is cut off.
use strict;
use warnings;
use File::Basename qw(dirname);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Outpost;
use POSIX qw(strftime);
use Test::More;

my $dir = dirname(__FILE__) . '/published';
my $o = Outpost->up(conf => "[registration]\nmultiple_activations = yes\n");
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $k = $o->{keys};
my ($first, $second) = qw(49414e31-f3df-4cea-87e6-f214ca3b8412
    26c94bf8-f594-4bd8-9c51-93449926b644);
my $future = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime time + 3600);
my %done;

sub kind {
	my ($v) = @_;
	return ref $v eq 'HASH' ? 'object' : ref $v eq 'ARRAY' ? 'array'
	    : !defined $v ? 'null' : JSON::PP::is_bool($v) ? 'boolean'
	    : $json->encode($v) =~ /^"/ ? 'string' : 'number';
}

# What of the wanted members is not there, or of another type.
sub differences {
	my ($got, $want, $at) = @_;
	return "$at: " . kind($got) . ', not ' . kind($want)
	    if kind($got) ne kind($want);
	return map { exists $got->{$_}
		? differences($got->{$_}, $want->{$_}, "$at.$_")
		: "$at.$_: missing" } sort keys %$want
	    if ref $want eq 'HASH';
	return () if ref $want ne 'ARRAY' || !@$want;
	return "$at: empty" if !@$got;
	return map { differences($_, $want->[0], "$at\[]") } @$got;
}

sub text {
	my ($name, $kind) = @_;
	my $path = "$dir/$name.$kind.json";
	return -e $path ? $o->read_file($path) : undef;
}

# One published call. options: id, query, body (instead of the page's own).
sub call {
	my ($name, %x) = @_;
	my ($method, $path) = split /-/, $name, 2;
	$path =~ s{-id(?=-|$)}{-$x{id}} if defined $x{id};
	$path =~ s{-}{/}g;
	$path =~ s{read/all}{read-all};
	my $body = $x{body} // text($name, 'request');
	my $r = $o->request(uc $method, "/$path" . ($x{query} // ''), $body);
	my $says = ($x{note} // '') . "$method /$path";
	is $r->{status}, 200, "$says: accepted" or diag $r->{body};
	is_deeply [ differences($r->{json},
	    $json->decode(text($name, 'answer')), '') ], [],
	    "$says: members and types of the answer";
	$done{$name} = 1;
	return $r;
}

# --- administration ---------------------------------------------------------

my $p8 = encode_base64($o->read_file($k->{apns}{key_file}), '');
my $account = $json->decode($o->read_file($k->{fcm}{account_file}));
my $foreign = encode_base64($json->encode({ %$account,
    project_id => 'PROJECTID123' }), '');

# The page's text but for the key.
sub with_key {
	my ($name, $key) = @_;
	my $body = text($name, 'request');
	$body =~ s/("privateKeyBase64": ")[^"]*"/$1$key"/ or die $name;
	return $body;
}

call 'get-push-service-status';
call 'post-admin-app-create';
for my $name (qw(put-admin-app-ios-update put-admin-app-apns)) {
	call $name, body => with_key($name, $p8);
}
for my $name (qw(put-admin-app-android-update put-admin-app-fcm)) {
	call $name, body => with_key($name, $foreign);
}
call $_ for qw(put-admin-app-huawei-update put-admin-app-hms);
my $r = call 'post-admin-app-detail';
my $detail = $json->decode(text('post-admin-app-detail', 'answer'));
is $r->{json}{responseObject}{$_}, $detail->{responseObject}{$_},
    "detail: $_ as published"
    for qw(apnsBundle apnsKeyId apnsTeamId fcmProjectId);
# Web Push is newer than what is published
sub published_app {
	my ($app) = @_;
	is delete $app->{webpush}, JSON::PP::false, 'no webpush there';
	return $app;
}
is_deeply published_app($r->{json}{responseObject}{application}),
    $detail->{responseObject}{application}, 'detail: application';
$r = call 'get-admin-app-list';
published_app($_) for @{ $r->{json}{responseObject}{applicationList} };
is_deeply $r->{json}, $json->decode(text('get-admin-app-list', 'answer')),
    'list: word for word as published';

$o->post('/admin/app/create',
    { requestObject => { appId => 'mobile-app-other' } });
$r = call 'get-admin-app-unconfigured-list';
is_deeply $r->{json}, $json->decode(
    text('get-admin-app-unconfigured-list', 'answer')),
    'unconfigured list: word for word as published';

for my $p (qw(apns fcm hms)) {
	call "delete-admin-app-$p", query => '?appId=mobile-app';
}
my ($row) = $o->sql('SELECT apns_private_key IS NULL, fcm_private_key ' .
    "IS NULL, hms_client_id IS NULL FROM push_app_credentials " .
    "WHERE app_id = 'mobile-app'");
is_deeply $row, [ 1, 1, 1 ], 'all three are removed';
call "delete-admin-app-$_-remove" for qw(ios android huawei);

# From here on with credentials that the stand-in takes.
for my $c ([ apns => { bundle => $k->{apns}{bundle},
	keyId => $k->{apns}{key_id}, teamId => $k->{apns}{team_id},
	environment => 'development', privateKeyBase64 => $p8 } ],
    [ fcm => { projectId => $k->{fcm}{project_id}, privateKeyBase64 =>
	encode_base64($json->encode($account), '') } ],
    [ hms => { projectId => $k->{hms}{project_id},
	clientId => $k->{hms}{client_id},
	clientSecret => $k->{hms}{client_secret} } ]) {
	$o->put("/admin/app/$c->[0]",
	    { requestObject => { appId => 'mobile-app', %{ $c->[1] } } });
}

# --- devices ----------------------------------------------------------------

$o->post('/admin/activation/update', { requestObject => {
    activationId => $_, userId => '123' } }) for $first, $second;
call 'post-push-device-create';
my $state = "SELECT activation_id, user_id, platform, push_token, is_active
    FROM push_device_registration ORDER BY activation_id DESC";
is_deeply [ $o->sql($state) ],
    [ [ $first, '123', 'apns', '1234567890987654321234567890', 1 ] ],
    'the device is stored';
call 'post-push-device-create-multi';
is_deeply [ map { $_->[0] } $o->sql($state) ], [ $first, $second ],
    'for both activations';
call 'delete-push-device-remove';
is scalar($o->sql($state)), 2, 'the example removes another token';
$o->post('/admin/activation/update', { requestObject => {
    activationId => $first, activationStatus => 'BLOCKED' } });
call 'post-push-device-status-update';
is_deeply [ map { $_->[4] } $o->sql($state) ], [ 0, 1 ],
    'the blocked one is inactive';
$o->post('/admin/activation/update', { requestObject => {
    activationId => $first, activationStatus => 'ACTIVE' } });
$o->request('DELETE', '/push/device/remove', { requestObject => {
    appId => 'mobile-app', token => '1234567890987654321234567890' } });

# --- messages ---------------------------------------------------------------

my %token = (apns => Outpost->apns_token('tok-accept:1'),
    fcm => 'tok-accept:2', hms => 'tok-accept:3');
for my $user ('123', '1234') {
	$o->device('mobile-app', $user, $_, $token{$_} . ($_ eq 'apns'
	    ? unpack('H*', $user) : $user), $user eq '123' && $_ eq 'apns'
	    ? (activationId => $first) : ()) for qw(apns fcm hms);
}

sub counts { my ($c) = @_; return join ' ', map { my $p = $_; "$p " .
    join '/', map { $c->{$p}{$_} } qw(sent failed pending total) }
    qw(apns fcm hms) }

# Its validUntil is of 2017: too late to show anybody.
$r = call 'post-push-message-send';
is counts($r->{json}{responseObject}{result}),
    'apns 0/1/0/1 fcm 0/0/0/0 hms 0/0/0/0',
    'send: what has expired is not delivered';
is scalar($o->ledger), 0, 'no provider has heard of it';
$r = call 'post-push-message-batch-send';
is counts($r->{json}{responseObject}{result}),
    'apns 0/1/0/1 fcm 0/0/0/0 hms 0/0/0/0', 'batch: likewise';

# The same later on, to all devices of the user.
sub valid {
	my ($name) = @_;
	my $body = text($name, 'request');
	$body =~ s/("validUntil": ")[^"]*"/$1$future"/g;
	$body =~ s/"activationId": "[^"]*",\n//g;
	return $body;
}

my $answer = $json->decode(text('post-push-message-send', 'answer'));
$r = call 'post-push-message-send', note => 'valid, all devices: ',
    body => valid('post-push-message-send');
is_deeply $r->{json}{responseObject}{result},
    $answer->{responseObject}{result},
    'send: one each, word for word as published';
is_deeply [ sort map { $_->{provider} } $o->ledger ], [qw(apns fcm hms)],
    'and so the providers say';
$r = call 'post-push-message-batch-send', note => 'valid, all devices: ',
    body => valid('post-push-message-batch-send');
is counts($r->{json}{responseObject}{result}),
    'apns 2/0/0/2 fcm 2/0/0/2 hms 2/0/0/2', 'batch: to both users';

# --- campaigns --------------------------------------------------------------

$r = call 'post-push-campaign-create';
my $id = $r->{json}{responseObject}{id};
call 'put-push-campaign-id-user-add', id => $id;
$r = call 'get-push-campaign-id-user-list', id => $id;
is_deeply [ sort @{ $r->{json}{responseObject}{users} } ],
    [qw(1234567890 1234567891 1234567893)], 'its users';
$r = call 'get-push-campaign-id-detail', id => $id;
is_deeply $r->{json}{responseObject}{message},
    $json->decode(text('get-push-campaign-id-detail', 'answer'))
    ->{responseObject}{message}, 'its message, word for word';
is $r->{json}{responseObject}{sent}, 'false', 'not sent yet';
$r = call 'get-push-campaign-list', query => '?all=true';
is $r->{json}{responseObject}[0]{id}, $id, 'it is in the list';
call 'post-push-campaign-send-test-id', id => $id;
call 'post-push-campaign-send-live-id', id => $id;
ok $o->wait_for(60, sub { my $c = $o->get("/push/campaign/$id/detail");
    $c->{json}{responseObject}{sent} eq 'true' }), 'sent becomes true';
$r = call 'get-push-campaign-list';
is $r->{json}{responseObject}[0]{sent}, 'true', 'and it is in the short list';
call 'delete-push-campaign-id-user-delete', id => $id;
is_deeply $o->get("/push/campaign/$id/user/list")
    ->{json}{responseObject}{users}, [], 'no users are left';
$r = call 'delete-push-campaign-id-delete', id => $id;
is_deeply $r->{json},
    $json->decode(text('delete-push-campaign-id-delete', 'answer')),
    'deleted, word for word as published';

$r = $o->get("/push/campaign/$id/detail");
is_deeply $r->{json}, $json->decode(text('error', 'answer')),
    'the published error, word for word';
is $r->{status}, 400, 'with 400';

# --- inbox ------------------------------------------------------------------

$o->post('/admin/app/create', { requestObject => { appId => $_ } })
    for qw(application-001 application-002);
$r = call 'post-inbox-messages';
my $message = $r->{json}{responseObject};
my $asked = $json->decode(text('post-inbox-messages', 'request'));
is_deeply { map { $_ => $message->{$_} } keys %{ $asked->{requestObject} } },
    $asked->{requestObject}, 'inbox: as it was posted';
like $message->{id}, qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'inbox: its id is a UUID';
like $message->{timestampCreated},
    qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/,
    'inbox: time as published';
$r = call 'get-inbox-messages-list',
    query => '?userId=user-001&applications=application-001,' .
    'application-002&onlyUnread=false&page=0&size=20';
is scalar(@{ $r->{json}{responseObject} }), 1, 'inbox: listed once';
is $r->{json}{size}, 20, 'inbox: the size used';
$r = call 'get-inbox-messages-count',
    query => '?userId=user-001&appId=application-001';
is_deeply $r->{json},
    $json->decode(text('get-inbox-messages-count', 'answer')),
    'inbox: one unread, word for word';
$r = call 'get-inbox-messages-detail', query => "?messageId=$message->{id}";
is_deeply $r->{json}{responseObject}, $message, 'inbox: detail';
$r = call 'put-inbox-messages-read',
    query => "?userId=user-001&messageId=$message->{id}";
ok $r->{json}{responseObject}{read}, 'inbox: read';
call 'post-inbox-messages';
call 'put-inbox-messages-read-all',
    query => '?userId=user-001&appId=application-001';
$r = $o->get('/inbox/messages/count?userId=user-001&appId=application-001');
is $r->{json}{responseObject}{countUnread}, 0, 'inbox: all are read';

# --- nothing was left out ---------------------------------------------------

my %all = map { m{([^/]+)\.answer\.json$} ? ($1 => 1) : () }
    glob "$dir/*-*.answer.json";
is_deeply [ sort keys %done ], [ sort keys %all ],
    'every call of the page was made';

done_testing;
