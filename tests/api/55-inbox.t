#!/usr/bin/perl
# The inbox: posted, listed, counted, shown, read; in the published forms and
# in those of existing callers.
use strict;
use warnings;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep);

my $o = Outpost->up;

sub object { return { requestObject => $_[0] } }

sub ok_ { my ($r, $name) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	is_deeply $r->{json}, { status => 'OK' }, "$name: OK" }

sub error { my ($r, $code, $text, $name) = @_;
	is $r->{status}, 400, "$name: 400" or diag $r->{body};
	is $r->{json}{status}, 'ERROR', "$name: envelope";
	is $r->{json}{responseObject}{code}, $code, "$name: code";
	is $r->{json}{responseObject}{message}, $text, "$name: text" }

# Refused as ERROR_REQUEST over these fields, and nothing was written.
sub invalid { my ($name, $fields, $call) = @_;
	my $before = $o->contents;
	my $r = $call->();
	error($r, 'ERROR_REQUEST', 'Invalid method parameter value', $name);
	is_deeply [ sort map { $_->{fieldName} }
	    @{ $r->{json}{responseObject}{violations} } ], [ sort @$fields ],
	    "$name: fields" or diag $r->{body};
	is scalar(grep { !length($_->{hint} // '') }
	    @{ $r->{json}{responseObject}{violations} }), 0, "$name: hints";
	is $o->contents, $before, "$name: nothing is written" }

my $no_app = 'Application list contained an app that is not configured in '
    . 'the system.';
for my $app ('application-001', 'application-002', 'third_app') {
	$o->post('/admin/app/create', object({ appId => $app }));
}

# --- post, detail -----------------------------------------------------------

my $published = '{
"requestObject": {
"userId": "user-001",
"type": "text",
"subject": "Example subject",
"summary": "Example summary",
"body": "Example message body",
"applications": [
"application-001",
"application-002"
]
}
}';
my $given = Outpost::json()->decode($published)->{requestObject};
my $iso = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;
my $r = $o->post('/inbox/messages', $published);
is $r->{status}, 200, 'the published example' or diag $r->{body};
my $first = $r->{json}{responseObject};
like $first->{id}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]
    [0-9a-f]{3}-[0-9a-f]{12}$/x, 'its id is a UUID';
like $first->{timestampCreated}, $iso, 'when it was made';
is_deeply $first, { %$given, id => $first->{id},
	timestampCreated => $first->{timestampCreated},
	read => JSON::PP::false }, 'the answer';
for my $query ("messageId=$first->{id}", "id=$first->{id}",
    "messageId=$first->{id}&userId=user-001") {
	$r = $o->get("/inbox/messages/detail?$query");
	is_deeply $r->{json}, { status => 'OK', responseObject => $first },
	    "detail?$query" or diag $r->{body};
}
for my $query ('messageId=nobody', 'id=nobody') {
	error($o->get("/inbox/messages/detail?$query"),
	    'ERROR_MESSAGE_NOT_FOUND', 'Unable to fetch message: nobody.',
	    "detail?$query");
}
error($o->get("/inbox/messages/detail?id=$first->{id}&userId=another"),
    'ERROR_MESSAGE_NOT_FOUND', "Unable to fetch message: $first->{id}.",
    'detail, of another user');

sub post { my ($user, %more) = @_;
	my $got = $o->post('/inbox/messages', object({ %$given,
	    userId => $user, %more }));
	is $got->{status}, 200, 'post' or diag $got->{body};
	sleep 0.002;	# another moment, to be in order
	return $got->{json}{responseObject} }

is post('t1', type => 'HTML')->{type}, 'html', 'the type in any case';
is_deeply post('t1', applications => ['application-002', 'application-001'])
    ->{applications}, [ 'application-001', 'application-002' ],
    'the applications come in order';
my $wide = "\x{1f680}" x 32768;		# two UTF-16 units each
is post('t2', body => $wide, subject => "\x{17e}lu\x{165}ou\x{10d}k\x{fd}")
    ->{body}, $wide, '65,536 units of text';

for my $case (
    [ 'no user', [ 'requestObject.userId' ], userId => undef ],
    [ 'an empty user', [ 'requestObject.userId' ], userId => '' ],
    [ 'a long user', [ 'requestObject.userId' ], userId => 'u' x 256 ],
    [ 'no type', [ 'requestObject.type' ], type => undef ],
    [ 'a strange type', [ 'requestObject.type' ], type => 'xml' ],
    [ 'a short subject', [ 'requestObject.subject' ], subject => 'short' ],
    [ 'a long subject', [ 'requestObject.subject' ], subject => 'x' x 256 ],
    [ 'a short summary', [ 'requestObject.summary' ], summary => 'x' x 7 ],
    [ 'a long summary', [ 'requestObject.summary' ], summary => 'x' x 256 ],
    [ 'a short body', [ 'requestObject.body' ], body => 'x' x 7 ],
    [ 'a long body', [ 'requestObject.body' ], body => $wide . 'x' ],
    [ 'no applications', [ 'requestObject.applications' ],
	applications => undef ],
    [ 'empty applications', [ 'requestObject.applications' ],
	applications => [] ],
    [ 'bad applications', [ 'requestObject.applications[0]',
	'requestObject.applications[2]' ],
	applications => [ 'a b c', 'application-001', 'ab' ] ],
    [ 'all wrong', [ map { "requestObject.$_" } qw(userId type subject
	summary body applications) ], userId => undef, type => undef,
	subject => undef, summary => undef, body => undef,
	applications => undef ]) {
	my ($name, $fields, %more) = @$case;
	invalid($name, $fields, sub { $o->post('/inbox/messages',
	    object({ %$given, %more })) });
}
invalid('no object', ['requestObject'],
    sub { $o->post('/inbox/messages', {}) });
for my $apps ([qw(application-001 nobody)], [qw(third_app third_app)]) {
	my $before = $o->contents;
	error($o->post('/inbox/messages', object({ %$given,
	    applications => $apps })), 'ERROR_APP_NOT_FOUND', $no_app,
	    "applications @$apps");
	is $o->contents, $before, 'nothing is written';
}

# --- list, count ------------------------------------------------------------

my ($one, $two) = ('application-001', 'application-002');
my @all = map { post('reader', subject => "Message $_",
    applications => $_ % 3 == 0 ? [$two] : $_ % 3 == 1 ? [$one]
	: [ $one, $two ]) } 1 .. 7;
my @ids = map { $_->{id} } @all;

sub list { my ($query) = @_;
	return $o->get("/inbox/messages/list?userId=reader&$query") }

sub listed { my ($query, $wanted, $page, $size) = @_;
	my $got = list($query);
	is $got->{status}, 200, "list $query" or diag $got->{body};
	is_deeply [ map { $_->{id} } @{ $got->{json}{responseObject} } ],
	    [ @ids[@$wanted] ], "list $query: messages @$wanted";
	is "$got->{json}{page} $got->{json}{size}", "$page $size",
	    "list $query: page and size" }

listed "applications=$one", [ 6, 4, 3, 1, 0 ], 0, 100;
listed "applications=$two", [ 5, 4, 2, 1 ], 0, 100;
listed "applications=$one,$two", [ 6, 5, 4, 3, 2, 1, 0 ], 0, 100;
listed "applications=$one%2C$two", [ 6, 5, 4, 3, 2, 1, 0 ], 0, 100;
listed "applications=$two&applications=$one&size=3", [ 6, 5, 4 ], 0, 3;
listed "applications=$one,$two&page=1&size=3", [ 3, 2, 1 ], 1, 3;
listed "applications=$one,$two,&page=2&size=3", [0], 2, 3;
listed "applications=$one&page=9", [], 9, 100;
listed 'applications=third_app', [], 0, 100;
listed "applications=$one&size=0&page=0", [ 6, 4, 3, 1, 0 ], 0, 100;
listed "applications=$one&size=-1&page=-1", [ 6, 4, 3, 1, 0 ], 0, 100;
listed "applications=$one&size=x&page=y", [ 6, 4, 3, 1, 0 ], 0, 100;
listed "applications=$one&size=99999", [ 6, 4, 3, 1, 0 ], 0, 2000;
listed "applications=$one&sort=nonsense,asc", [ 6, 4, 3, 1, 0 ], 0, 100;
is_deeply list("applications=$one&size=1")->{json}, { status => 'OK',
	page => 0, size => 1, responseObject => [ { id => $ids[6],
	type => 'text', subject => 'Message 7', summary => 'Example summary',
	read => JSON::PP::false,
	timestampCreated => $all[6]{timestampCreated} } ] }, 'an element';

invalid('list without anything', [qw(userId applications)],
    sub { $o->get('/inbox/messages/list') });
invalid('list without applications', ['applications'],
    sub { list('applications=') });
invalid('list of a long user', ['userId'], sub {
	$o->get("/inbox/messages/list?applications=$one&userId="
	    . 'u' x 256) });
invalid('list of too many applications', ['applications'],
    sub { list('applications=' . join ',', map { "app-$_" } 1 .. 60) });
for my $apps ("$one,nobody", "$one,$one") {
	error(list("applications=$apps"), 'ERROR_APP_NOT_FOUND', $no_app,
	    "list $apps");
}

sub count { my ($app) = @_;
	my $got = $o->get("/inbox/messages/count?userId=reader&appId=$app");
	return $got->{json}{responseObject}{countUnread} }

is_deeply $o->get("/inbox/messages/count?userId=reader&appId=$one")->{json},
    { status => 'OK', responseObject => { countUnread => 5 } }, 'count';
is count($two), 4, 'count of the other application';
is count('third_app'), 0, 'count of a third';
error($o->get('/inbox/messages/count?userId=reader&appId=nobody'),
    'ERROR_APP_NOT_FOUND', 'Application was not found: nobody',
    'count of no application');
invalid('count without anything', [qw(userId appId)],
    sub { $o->get('/inbox/messages/count') });

# --- read -------------------------------------------------------------------

sub read_ { my ($r, $name, $message) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	my $got = $r->{json}{responseObject};
	like $got->{timestampRead}, $iso, "$name: when";
	is_deeply $got, { %$message, read => JSON::PP::true,
	    timestampRead => $got->{timestampRead} }, "$name: the message";
	return $got->{timestampRead} }

my $when = read_ $o->put("/inbox/messages/read?userId=reader&messageId="
    . $ids[6]), 'read as published', $all[6];
sleep 0.01;
is read_($o->put("/inbox/messages/read?userId=reader&messageId=$ids[6]"),
    'read again', $all[6]), $when, 'the first time stays';
is read_($o->post('/inbox/messages/read', object({ inboxId => $ids[6] })),
    'by inboxId', $all[6]), $when, 'here too';
is $o->get("/inbox/messages/detail?id=$ids[6]")->{json}{responseObject}
    {timestampRead}, $when, 'detail shows it';
read_ $o->post('/inbox/messages/read', object({ inboxId => $ids[3] })),
    'read by POST', $all[3];
read_ $o->put('/inbox/messages/read', object({ messageId => $ids[1] })),
    'read by PUT with a body', $all[1];
listed "applications=$one&onlyUnread=true", [ 4, 0 ], 0, 100;
listed "applications=$one,$two&onlyUnread=true&size=2", [ 5, 4 ], 0, 2;
listed "applications=$one&onlyUnread=false", [ 6, 4, 3, 1, 0 ], 0, 100;
is count($one), 2, 'count after reading';

sub untouched { my ($name, $call, $text, $code) = @_;
	my $before = $o->contents;
	error($call->(), $code // 'ERROR_MESSAGE_NOT_FOUND', $text, $name);
	is $o->contents, $before, "$name: nothing is written" }

untouched 'read, of another user', sub { $o->put(
    "/inbox/messages/read?userId=another&messageId=$ids[0]") },
    "Unable to mark message: $ids[0] as read.";
untouched 'read nothing', sub { $o->post('/inbox/messages/read',
    object({ inboxId => 'nobody' })) },
    'Unable to mark message: nobody as read.';
invalid('read without an id', ['requestObject.inboxId'],
    sub { $o->post('/inbox/messages/read', {}) });
invalid('read without a body', ['requestObject.inboxId'],
    sub { $o->put('/inbox/messages/read') });

ok_ $o->put("/inbox/messages/read-all?userId=reader&appId=$one"),
    'read all as published';
is count($one), 0, 'none is left there';
is count($two), 2, 'what is only in the other stays';
is $o->get("/inbox/messages/detail?id=$ids[6]")->{json}{responseObject}
    {timestampRead}, $when, 'what was read before keeps its time';
ok_ $o->post('/inbox/messages/read-all', object({ userId => 'reader',
    appId => $two })), 'read all by POST';
is count($two), 0, 'none is left at all';
is_deeply [ map { $_->[0] } $o->sql("SELECT COUNT(*) FROM push_inbox
    WHERE is_read = 1 AND user_id <> 'reader'") ], [0],
    'nothing of others was touched';
untouched 'read all of no application', sub { $o->put(
    '/inbox/messages/read-all?userId=reader&appId=nobody') },
    'Application was not found: nobody', 'ERROR_APP_NOT_FOUND';
invalid('read all without anything',
    [qw(requestObject.userId requestObject.appId)],
    sub { $o->put('/inbox/messages/read-all') });

# --- delete -----------------------------------------------------------------

sub deleted { my ($r, $name, $was) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	is_deeply $r->{json}{responseObject}, { deleted => $was
	    ? JSON::PP::true : JSON::PP::false }, "$name: what it says" }
sub there { return $o->get("/inbox/messages/detail?id=$_[0]")->{status} }

my ($messages) = map { $_->[0] } $o->sql('SELECT COUNT(*) FROM push_inbox');
my $contents = $o->contents;
deleted $o->delete("/inbox/messages/delete?userId=another&id=$ids[0]"),
    'delete, of another user', 0;
deleted $o->post('/inbox/messages/delete', object({ inboxId => 'nobody' })),
    'delete nothing', 0;
is $o->contents, $contents, 'neither deletes anything';
deleted $o->delete("/inbox/messages/delete?userId=reader&messageId=$ids[0]"),
    'delete', 1;
is there($ids[0]), 400, 'it is gone';
deleted $o->delete("/inbox/messages/delete?id=$ids[0]"), 'delete again', 0;
deleted $o->post('/inbox/messages/delete', object({ inboxId => $ids[1] })),
    'delete by POST', 1;
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_inbox') ],
    [[ $messages - 2 ]], 'and no other goes';
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_inbox_app l LEFT JOIN'
    . ' push_inbox i ON i.id = l.inbox_id WHERE i.id IS NULL') ], [[0]],
    'nothing is left of them';
my ($failed, $said) = $o->outpost('inbox', 'delete', $ids[2], '--user',
    'another');
is $failed, 1, 'outpost inbox delete, of another user';
like $said, qr/no message "$ids[2]"/, 'says so';
is there($ids[2]), 200, 'and leaves it';
($failed, $said) = $o->outpost('inbox', 'delete', $ids[2]);
is $said, "message $ids[2]: deleted\n", 'outpost inbox delete';
is there($ids[2]), 400, 'it is gone';
invalid('delete without an id', ['requestObject.inboxId'],
    sub { $o->delete('/inbox/messages/delete') });

# --- once -------------------------------------------------------------------

sub post_once { my ($key, %more) = @_;
	return $o->post('/inbox/messages', object({ userId => 'once',
	    type => 'text', subject => 'Subject of it', summary =>
	    'Summary of it', body => 'Body of it', applications => [$one],
	    %more }), headers => { 'idempotency-key' => $key }) }

sub held { return ($o->sql("SELECT COUNT(*) FROM push_inbox WHERE user_id ="
    . " 'once'"))[0][0] }

my $posted = post_once('k1');
my $again = post_once('k1');
is $posted->{status}, 200, 'posted with a key' or diag $posted->{body};
ok !exists $posted->{headers}{'idempotency-replayed'}, 'is the first';
is $again->{headers}{'idempotency-replayed'}, 'true', 'the second says so';
is_deeply $again->{json}, $posted->{json}, 'is answered alike';
is held(), 1, 'and posts nothing';
is post_once('k1', body => 'Another body')->{status}, 409,
    'not with another message';
isnt post_once('k2')->{json}{responseObject}{id},
    $posted->{json}{responseObject}{id}, 'another key is another message';
is held(), 2, 'which is posted';
my $apart = post_once('k1', applications => ['third_app']);
is $apart->{status}, 200, 'the same key of another application is another'
    or diag $apart->{body};
my @two = map { [ $one, $_ ] } qw(third_app application-002);
is post_once('k1', applications => $_)->{status}, 200, 'and so of several'
    for @two;
is post_once('k1', applications => [ reverse @{ $two[0] } ])->{status}, 409,
    'in any order';
$o->delete('/inbox/messages/delete?messageId='
    . post_once('k1', applications => $_)->{json}{responseObject}{id})
    for ['third_app'], @two;
my $key_of = $posted->{json}{responseObject}{id};
$o->put('/inbox/messages/read', object({ inboxId => $key_of }));
ok post_once('k1')->{json}{responseObject}{read}, 'it is told as it is now';
$o->delete("/inbox/messages/delete?messageId=$key_of");
is post_once('k1')->{status}, 409, 'nor when it was deleted since';
is held(), 1, 'and it stays deleted';
is post_once('k' x 256)->{status}, 400, 'a key that is too long';

for my $case ([ 'DELETE', '/inbox/messages' ], [ 'PUT',
    '/inbox/messages/list' ], [ 'GET', '/inbox/messages/read' ]) {
	is $o->request(@$case)->{status}, 405, "@$case: 405";
}

# One indexed statement each, however much there is.
for my $case ([ 'push_inbox_user', '' ],
    [ 'push_inbox_user_read', 'AND i.is_read = 0' ]) {
	my ($key, $where) = @$case;
	my ($plan) = $o->sql("EXPLAIN SELECT i.id FROM push_inbox i
	    FORCE INDEX ($key) WHERE i.user_id = 'reader' $where
	    ORDER BY i.timestamp_created DESC, i.id DESC LIMIT 20");
	unlike "@$plan", qr/filesort/, "$key gives the order";
}
$o->down;

$o = Outpost->up(conf => "[api]\ndialect = java\n");
$o->post('/admin/app/create', object({ appId => $one }));
is $o->get("/inbox/messages/list?userId=a&applications=$one")->{json}{size},
    20, 'java: a page has 20';

done_testing;
