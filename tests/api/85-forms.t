#!/usr/bin/perl
# The forms of callers that exist: the Java client (in webflow and the
# enrollment server) and PowerAuth Server's callback. They differ from the
# published page in methods, parameters, and in what is null or empty.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Outpost;
use Test::More;

my $o = Outpost->up;
my $app = $o->app('mobile-app');
my $k = $o->{keys};

sub object { return { requestObject => $_[0] } }
sub got { return $_[0]{json}{responseObject} }

sub fine { my ($r, $name) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	is $r->{json}{status}, 'OK', "$name: OK" }

# No body, announced as JSON of length 0.
sub empty { my ($method, $path) = @_;
	return $o->request($method, $path, '', headers => {
	    $o->{via} eq 'direct' ? () : ('content-length' => 0) }) }

sub devices { return map { join ' ', @$_ } $o->sql('SELECT platform,
    push_token, user_id, is_active FROM push_device_registration
    ORDER BY id') }

# --- devices ----------------------------------------------------------------

# webflow: ios or android, everything else null
my %of = (ios => 'apns', android => 'fcm', huawei => 'hms');
for my $platform (sort keys %of) {
	my $token = "tok-accept:$platform";
	$token = Outpost->apns_token($token) if $platform eq 'ios';
	fine $o->post('/push/device/create', object({ appId => $app,
	    token => $token, platform => $platform, environment => undef,
	    activationId => "activation-$platform", userId => 'joe',
	    activationStatus => undef })), "create on $platform";
}
is_deeply [ map { /^(\w+)/ } devices() ], [qw(android huawei ios)],
    'platforms are stored as they came';
my $list = got($o->get('/push/device/list?userId=joe'))->{devices};
is_deeply [ sort map { $_->{platform} } @$list ], [qw(apns fcm hms)],
    'and mean apns, fcm and hms';

# PowerAuth Server's callback, unwrapped, with all it may carry
my %callback = (type => 'ACTIVATION', activationId => 'activation-ios',
    userId => 'joe', activationName => "Joe's phone", deviceInfo => undef,
    platform => 'ios', protocol => 'powerauth',
    activationFlags => [ 'FLAG', undef ], blockedReason => 'NOT_SPECIFIED',
    applicationId => $app);
fine $o->post('/push/device/status/update', { %callback,
    activationStatus => 'BLOCKED' }, headers => {
    'idempotency-key' => Outpost->uuid }), 'callback';
is_deeply [ grep { /^ios/ } devices() ], [ 'ios ' .
    Outpost->apns_token('tok-accept:ios') . ' joe 0' ],
    'callback: the device is inactive';
fine $o->put('/push/device/status/update', { %callback,
    activationStatus => 'ACTIVE' }), 'callback by PUT';
fine $o->post('/push/device/status/update', object({ %callback,
    activationStatus => 'ACTIVE' })), 'callback in requestObject';
like +(grep { /^ios/ } devices())[0], qr/ 1$/, 'callback: active again';
fine $o->post('/push/device/status/update', { type => 'ACTIVATION',
    activationId => 'of-nobody' }), 'callback of an activation without device';
my $r = $o->post('/push/device/status/update', { type => 'OPERATION',
    operationId => 'x', userId => 'joe' });
is $r->{status}, 400, 'an operation callback is refused';
is got($r)->{message}, 'Activation ID must not be null.', 'in these words';

# --- messages ---------------------------------------------------------------

# webflow, first step: nulls are written out
my %null = map { $_ => undef } qw(titleLocKey titleLocArgs bodyLocKey
    bodyLocArgs icon badge collapseKey validUntil);
$r = $o->post('/push/message/send', object({ appId => $app,
    mode => 'SYNCHRONOUS', message => { activationId => undef,
	userId => 'joe', priority => undef,
	attributes => { silent => JSON::PP::false,
	    personal => JSON::PP::true },
	body => { %null, title => 'Confirm', body => 'Pay 100 CZK?',
	    sound => 'default', category => 'payment',
	    extras => { messageType => 'mtoken.operationInit',
		operationId => 'f4a1', operationName => undef } } } }));
fine $r, 'send with explicit nulls';
is_deeply [ map { got($r)->{$_}{sent} } qw(apns fcm hms) ], [ 1, 1, 1 ],
    'counts are flat too, one sent each';
is got($r)->{mode}, 'SYNCHRONOUS', 'and the mode';

# webflow, last step: silent, only category and extras
$r = $o->post('/push/message/send', object({ appId => $app,
    mode => 'SYNCHRONOUS', message => { userId => 'joe',
	attributes => { silent => JSON::PP::true, personal => JSON::PP::true },
	body => { %null, title => undef, body => undef, sound => undef,
	    category => 'payment', extras => { messageType =>
		'mtoken.operationFinish',
		mtokenOperationResult => 'authSuccess' } } } }));
fine $r, 'silent send with explicit nulls';
is got($r)->{apns}{sent}, 1, 'it is sent';

for my $body ({ attributes => undef }, { attributes => { silent => undef,
    personal => undef } }) {
	$r = $o->post('/push/message/send', object({ appId => $app,
	    message => { userId => 'joe', %$body,
		body => { title => 'x' } } }));
	fine $r, 'attributes null';
	is got($r)->{fcm}{total}, 1, 'as if they were false';
}
$r = $o->post('/push/message/send', object({ appId => $app, mode => undef,
    message => { userId => 'joe', body => { title => 'x' } } }));
fine $r, 'mode null';
ok !exists got($r)->{mode} && !exists got($r)->{apns},
    'mode null: neither mode nor counts';
$r = $o->post('/push/message/batch/send', object({ appId => $app,
    mode => 'SYNCHRONOUS', batch => [ map { { userId => $_, body =>
	{ %null, title => 'x', badge => '3' } } } qw(joe nobody) ] }));
fine $r, 'batch';
is got($r)->{apns}{total}, 1, 'batch: flat counts';

# --- campaigns --------------------------------------------------------------

sub campaign { my $c = $o->post('/push/campaign/create', object({
    appId => $app, message => { %null, title => 'Hello', extras => undef }
    })); return got($c)->{id} }

my $id = campaign();
fine $o->post("/push/campaign/$id/user/add", object([ 'joe', 'jim', 77 ])),
    'users added by POST';
fine $o->put("/push/campaign/$id/user/add", object(['joe'])), 'and by PUT';
$r = $o->get("/push/campaign/$id/user/list?page=0&size=0");
fine $r, 'users: size 0';
is_deeply [ $r->{json}{page}, $r->{json}{size} ], [ 0, 20 ],
    'users: the default size is used, and told';
is_deeply [ sort @{ got($r)->{users} } ], [qw(77 jim joe)],
    'users: a number is a text';
$r = $o->get("/push/campaign/$id/user/list?page=-1&size=x");
is_deeply [ @{ $r->{json} }{qw(page size)} ], [ 0, 20 ], 'users: bad paging';
$r = $o->get("/push/campaign/$id/user/list?page=1&size=2&sort=userId,asc");
is scalar(@{ got($r)->{users} }), 1, 'users: second page';
fine $o->post("/push/campaign/$id/user/delete", object(['jim'])),
    'users deleted by POST';
is_deeply [ sort @{ got($o->get("/push/campaign/$id/user/list"))->{users} } ],
    [qw(77 joe)], 'one is gone';
my $detail = got($o->get("/push/campaign/$id/detail"));
is_deeply $detail->{message}, { title => 'Hello' },
    'nulls of a message are not told back';
fine empty('POST', "/push/campaign/send/live/$id"),
    'send/live with an empty body of type JSON';
ok $o->wait_for(60, sub { my $c = got($o->get("/push/campaign/$id/detail"));
    $c->{sent} eq 'true' }), 'and it runs';
$r = empty('POST', "/push/campaign/$id/delete");
fine $r, 'deleted by POST with an empty body of type JSON';
is got($r)->{deleted}, JSON::PP::true, 'it was there';
$r = empty('DELETE', "/push/campaign/$id/delete");
fine $r, 'deleted again by DELETE';
is got($r)->{deleted}, JSON::PP::false, 'it was not there';
for my $all (qw(true on yes 1 TRUE)) {
	$id = campaign();
	is +(grep { $_->{id} eq $id } @{ got($o->get(
	    "/push/campaign/list?all=$all")) }), 1, "list?all=$all";
}
for my $all ('false', 'off', 'no', '0', '') {
	is +(grep { $_->{id} eq $id } @{ got($o->get(
	    "/push/campaign/list?all=$all")) }), 0, "list?all=$all";
}

# --- devices, removed by POST -----------------------------------------------

fine $o->post('/push/device/delete', object({ appId => $app,
    token => 'tok-accept:huawei' })), 'device deleted by POST';
fine $o->post('/push/device/remove', object({ appId => $app,
    token => 'tok-accept:huawei' })), 'and by the published name';
fine $o->delete('/push/device/delete', object({ appId => $app,
    token => 'tok-accept:android' })), 'by DELETE under the old name';
is_deeply [ map { /^(\w+)/ } devices() ], ['ios'], 'one is left';

# --- administration ---------------------------------------------------------

my $p8 = encode_base64($o->read_file($k->{apns}{key_file}), '');
my $account = encode_base64($o->read_file($k->{fcm}{account_file}), '');
my %update = (
    apns => { bundle => 'b', keyId => 'k', teamId => 't',
	environment => 'production', privateKeyBase64 => $p8 },
    fcm => { projectId => $k->{fcm}{project_id}, privateKeyBase64 => $account },
    hms => { projectId => 'p', clientId => 'c', clientSecret => 's' });
my %old = (apns => 'ios', fcm => 'android', hms => 'huawei');

sub flags { my ($name) = @_;
	my ($a) = grep { $_->{appId} eq $name }
	    @{ got($o->get('/admin/app/list'))->{applicationList} };
	return join ' ', grep { $a->{$_} } qw(apns fcm hms) }

# The client does not encode the appId of these three.
my $odd = "bank/app:1\@eu,x;y!\$'()*~";
$o->post('/admin/app/create', object({ appId => $odd }));
for my $p (qw(apns fcm hms)) {
	fine $o->post("/admin/app/$p",
	    object({ appId => $odd, %{ $update{$p} } })), "$p by POST";
	fine $o->put("/admin/app/$old{$p}/update",
	    object({ appId => $odd, %{ $update{$p} } })), "$old{$p} by PUT";
	is flags($odd), $p, "$p is configured";
	fine $o->delete("/admin/app/$p?appId=$odd"),
	    "$p removed, appId not encoded";
	is flags($odd), '', "$p is gone";
	fine $o->post("/admin/app/$old{$p}/update",
	    object({ appId => $odd, %{ $update{$p} } })), "$old{$p} by POST";
	fine $o->post("/admin/app/$old{$p}/remove",
	    object({ appId => $odd })), "$old{$p} removed by POST";
	is flags($odd), '', "$old{$p} is gone";
	fine $o->delete("/admin/app/$p", object({ appId => $odd })),
	    "$p removed, appId in the body";
}
$o->post('/admin/app/create', object({ appId => 'a b' }));
fine $o->delete('/admin/app/apns?appId=a%20b'), 'appId encoded';
fine $o->delete('/admin/app/apns?appId=a+b'), 'a plus is a blank';
$r = $o->post('/admin/app/detail', object({ appId => $app,
    includeIos => JSON::PP::true, includeAndroid => JSON::PP::true }));
fine $r, 'detail with the names before';
is_deeply [ grep { !/^(?:application|apns[A-Z]\w+|fcmProjectId)$/ }
    keys %{ got($r) } ], [], 'they mean what they mean now';
ok exists got($r)->{fcmProjectId}, 'for FCM too';

# --- inbox ------------------------------------------------------------------

sub message { return got($o->post('/inbox/messages', object({
    userId => 'joe', type => $_[0] // 'text', subject => 'Hello there',
    summary => 'Hello there', body => 'Hello there, Joe',
    applications => [$app] }))) }

my @m = map { message() } 1 .. 3;
my $query = "userId=joe&applications=$app";
for my $paging ('page=0&size=0', 'size=0', 'page=-1&size=-5',
    'page=x&size=y', 'page=&size=') {
	$r = $o->get("/inbox/messages/list?$query&onlyUnread=false&$paging");
	fine $r, "inbox: $paging";
	is_deeply [ @{ $r->{json} }{qw(page size)} ], [ 0, 100 ],
	    "inbox: $paging is the default";
	is scalar(@{ got($r) }), 3, "inbox: $paging: all";
}
$r = $o->get("/inbox/messages/list?$query&page=1&size=2" .
    '&sort=timestampCreated,desc');
is_deeply [ map { $_->{id} } @{ got($r) } ], [ $m[0]{id} ],
    'inbox: the second page has the oldest';
is $o->get("/inbox/messages/list?$query&size=99999")->{json}{size}, 2000,
    'inbox: at most 2000';
$r = $o->get("/inbox/messages/detail?id=$m[0]{id}");
fine $r, 'inbox: detail by id';
is_deeply got($r)->{applications}, [$app], 'inbox: its applications';
is got($r)->{userId}, 'joe', 'inbox: its user';
$r = $o->post('/inbox/messages/read', object({ inboxId => $m[0]{id} }));
fine $r, 'inbox: read by POST with inboxId';
ok got($r)->{read}, 'inbox: it is read';
my $time = got($r)->{timestampRead};
$r = $o->put('/inbox/messages/read', object({ inboxId => $m[0]{id} }));
is got($r)->{timestampRead}, $time, 'inbox: read once only';
$r = $o->post("/inbox/messages/read?userId=joe&messageId=$m[1]{id}");
fine $r, 'inbox: read by POST with the published query';
$r = empty('PUT', "/inbox/messages/read?messageId=$m[1]{id}");
fine $r, 'inbox: read with an empty body of type JSON';
is got($o->get("/inbox/messages/count?userId=joe&appId=$app"))
    ->{countUnread}, 1, 'inbox: one is unread';
fine $o->post('/inbox/messages/read-all', object({ userId => 'joe',
    appId => $app })), 'inbox: read-all by POST';
is got($o->get("/inbox/messages/count?userId=joe&appId=$app"))
    ->{countUnread}, 0, 'inbox: none is';
message('HTML');
is got($o->get("/inbox/messages/list?$query&onlyUnread=true"))->[0]{type},
    'html', 'inbox: a type in any case, told in lower case';
fine $o->put("/inbox/messages/read-all?userId=joe&appId=$app"),
    'inbox: read-all by PUT with a query';

done_testing;
