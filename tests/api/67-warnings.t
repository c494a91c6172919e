#!/usr/bin/perl
# What is taken and likely not meant: told beside the result, refused when the
# caller is strict, logged where the dialect has no member for it. And what is
# known to fail: settled at the call, device by device.
use strict;
use warnings;
use Outpost;
use POSIX qw(strftime);
use Test::More;

# without its block for Apple devices FCM takes twice as long a title
my $o = Outpost->up(conf => <<'END_CONF');
[message]
storage = yes
[fcm]
apple = no
END_CONF
my $app = $o->app('mobile-app');
my @names = qw(apns fcm hms);
my %token = (apns => 'a' x 64, fcm => 'fcm-token-1', hms => 'hms-token-1');
$o->device($app, 'all', $_, $token{$_}, activationId => "all-$_") for @names;
$o->device($app, 'apns', 'apns', 'b' x 64);
$o->device($app, 'blocked', 'fcm', 'fcm-token-2', activationId => 'blocked');
$o->post('/push/device/status/update', { activationId => 'blocked',
    activationStatus => 'BLOCKED' });
$o->app('bare');
$o->delete("/admin/app/$_?appId=bare") for qw(apns hms);
$o->device('bare', 'bare', $_, "$_-bare" =~ s/apns-bare/'c' x 64/er)
    for @names;

sub object { return { requestObject => $_[0] } }
sub told { return $_[0]{json}{responseObject} }
# "CODE path, ..." of an answer.
sub codes { return join ', ', map { "$_->{code} $_->{path}" }
    @{ told($_[0])->{warnings} // [] } }
sub counts { my ($r) = @_;
	my $result = told($r)->{result} // {};
	return join ', ', map { my $c = $result->{$_};
	    $c->{total} ? "$_ " . join '/', @$c{qw(sent pending failed total)}
	    : () } @names }

# --- which, and where ---------------------------------------------------------

my %body = (title => 'x', body => 'y');
sub message { my ($user, %more) = @_;
	return { userId => $user, body => {%body}, %more } }
sub one { my ($message, %more) = @_;
	return ['/push/message/send', { appId => $app, message => $message,
	    %more }] }
sub many { my (@batch) = @_;
	return ['/push/message/batch/send', { appId => $app,
	    batch => [@batch] }] }
my $later = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime time + 86400);
my $long = { title => 'x' x 5000, body => 'y' };

my @warned = (
    # nothing
    [ 'a clean call', one(message('all')), '' ],
    [ 'a title alone', one(message('all', body => { title => 'x' })), '' ],
    [ 'what is null', one(message('all', x => undef)), '' ],
    [ 'extras are free', one(message('all', body => { %body,
	extras => { titel => { x => 1 } } })), '' ],
    [ 'silent and empty', one(message('all', body => {},
	attributes => { silent => 'true' })), '' ],
    # members
    [ 'a member of the body', one(message('all', body => { %body,
	titel => 'x' })), 'UNKNOWN_MEMBER message.body.titel' ],
    [ 'of the message', one(message('all', userid => 'x')),
	'UNKNOWN_MEMBER message.userid' ],
    [ 'of the attributes', one(message('all', attributes => {
	Silent => 'true' })), 'UNKNOWN_MEMBER message.attributes.Silent' ],
    [ 'of the requestObject', one(message('all'), Mode => 'SYNCHRONOUS'),
	'UNKNOWN_MEMBER Mode' ],
    [ 'one that is not repeated', one(message('all', "a b\n" => 1)),
	'UNKNOWN_MEMBER message.(odd)' ],
    [ 'of a batch', many(message('all'), message('all', body => { %body,
	boddy => 'x' })), 'UNKNOWN_MEMBER batch[1].body.boddy' ],
    # devices
    [ 'a user without devices', one(message('nobody')),
	'NO_DEVICE message.userId' ],
    [ 'of a batch', many(message('all'), message('nobody')),
	'NO_DEVICE batch[1].userId' ],
    [ 'another\'s activation', one(message('all',
	activationId => 'nothing')), 'NO_DEVICE message.activationId' ],
    [ 'personal, all inactive', one(message('blocked', attributes => {
	personal => 'true' })), 'NO_DEVICE message.userId' ],
    [ 'no credentials', ['/push/message/send', { appId => 'bare',
	message => message('bare') }],
	'NO_CREDENTIALS appId, NO_CREDENTIALS appId' ],
    # what cannot be said
    [ 'too long for HMS', one(message('all', body => {
	title => 'x' x 2100 })), 'TOO_LONG message.body' ],
    [ 'nothing that HMS shows', one(message('all', body => {
	sound => 'default' })), 'NO_BODY message.body' ],
    [ 'of a batch', many(message('all'), message('all', body => $long)),
	'TOO_LONG batch[1].body, TOO_LONG batch[1].body, '
	. 'TOO_LONG batch[1].body' ],
    [ 'later, too long for HMS', one(message('nobody', sendAt => $later,
	body => { title => 'x' x 2100 })), 'TOO_LONG message.body' ],
    [ 'later, who knows for whom', one(message('nobody',
	sendAt => $later)), '' ],
    # campaigns
    [ 'a campaign', ['/push/campaign/create', { appId => $app,
	message => { %body, titel => 'x' } }],
	'UNKNOWN_MEMBER message.titel' ],
    [ 'a campaign too long', ['/push/campaign/create', { appId => $app,
	message => $long }], join ', ', ('TOO_LONG message') x 3 ],
    [ 'of an app with FCM only', ['/push/campaign/create', {
	appId => 'bare', message => $long }], 'TOO_LONG message' ],
    [ 'a clean campaign', ['/push/campaign/create', { appId => $app,
	message => {%body} }], '' ],
    # the preview
    [ 'a preview', ['/push/message/preview', { appId => $app,
	message => message('all', body => { titel => 'x' }) }],
	join ', ', 'UNKNOWN_MEMBER message.body.titel',
	    ('NO_BODY message.body') x 3 ],
    [ 'a preview for nobody', ['/push/message/preview', { appId => $app,
	message => message('nobody') }], 'NO_DEVICE message.userId' ],
);
for (@warned) {
	my ($name, $call, $codes) = @$_;
	my ($path, $in) = @$call;
	my $r = $o->post($path, object($in));
	is $r->{status}, 200, "$path: $name" or diag $r->{body};
	is codes($r), $codes, "$path: $name: '$codes'";
	ok !exists told($r)->{warnings}, "$path: $name: no list"
	    if $codes eq '';
	ok !(grep { !length $_->{message} } @{ told($r)->{warnings} // [] }),
	    "$path: $name: in words";
	my $before = $o->contents;
	my $had = $o->ledger;
	$r = $o->post($path, object({ %$in, strict => 'true' }));
	if ($codes eq '') {
		is $r->{status}, 200, "$path: $name, strict" or diag
		    $r->{body};
		next;
	}
	is $r->{status}, 400, "$path: $name, strict: refused";
	is told($r)->{code}, 'ERROR_GENERIC', "$path: $name, strict: code";
	my ($first) = split /, /, $codes;
	$first =~ s/ / at /;
	like told($r)->{message}, qr/^\Q$first\E: \S/,
	    "$path: $name, strict: names it";
	is $o->contents, $before, "$path: $name, strict: nothing is written";
}

my $campaign = told($o->post('/push/campaign/create', object({
    appId => $app, message => {%body} })))->{id};
my $r = $o->post("/push/campaign/send/test/$campaign",
    object({ userId => 'nobody', x => 1 }));
is codes($r), 'UNKNOWN_MEMBER x, NO_DEVICE userId', 'the test of a campaign';
$r = $o->post("/push/campaign/send/test/$campaign",
    object({ userId => 'all' }));
is "$r->{status} @{[ codes($r) ]}", '200 ', 'a clean one has none';
is $o->post("/push/campaign/send/test/$campaign", object({
    userId => 'nobody', strict => 'true' }))->{status}, 400, 'a strict one';

$r = $o->post('/push/message/send', object({ appId => $app,
    message => { %{ message('all') }, map { ("x$_" => 1) } 1 .. 30 } }));
is scalar @{ told($r)->{warnings} }, 20, 'of thirty the first twenty';
is told($r)->{warningsTotal}, 30, 'and how many there are';
$r = $o->post('/push/device/create', object({ appId => $app,
    userId => 'all', activationId => 'all-fcm', platform => 'fcm',
    token => $token{fcm}, x => 1 }));
is_deeply $r->{json}, { status => 'OK' }, 'elsewhere nothing is warned of';

# --- settled at the call ------------------------------------------------------

my $had = $o->ledger;
$r = $o->send($app, 'all', body => { title => 'x' x 2100 });
is counts($r), 'apns 1/0/0/1, fcm 1/0/0/1, hms 0/0/1/1',
    'one service that takes no so large a message';
is_deeply [ sort map { $_->{provider} } ($o->ledger)[$had .. $had + 1] ],
    [qw(apns fcm)], 'the others have it';
is_deeply [ $o->sql("SELECT platform, state, status, reason,
    timestamp_finished IS NOT NULL FROM push_message
    WHERE send_id = " . told($r)->{messageId} . " ORDER BY platform") ],
    [ [ 0, 'sent', 1, 'NULL', 1 ], [ 1, 'sent', 1, 'NULL', 1 ],
    [ 2, 'failed', -1, 'too large', 1 ] ], 'each has its reason';
is codes($r), 'TOO_LONG message.body', 'a warning';
is told($r)->{warnings}[0]{message}, 'payload of '
    . (told($r)->{warnings}[0]{message} =~ /(\d+)/)[0] . ' bytes is over the '
    . '4096 that HMS takes: devices of hms count as failed', 'its words';
$r = $o->send($app, 'all', mode => 'ASYNCHRONOUS',
    body => { sound => 'default' });
is codes($r), 'NO_BODY message.body', 'asynchronous: told as well';
my $id = told($r)->{messageId};
is_deeply [ $o->sql("SELECT state, reason FROM push_message
    WHERE send_id = $id AND platform = 2") ],
    [ [ 'failed', 'nothing to show' ] ], 'nothing to show';
is_deeply [ $o->sql("SELECT COUNT(*) FROM push_outbox
    WHERE send_id = $id AND platform = 2") ], [ [0] ], 'it never waits';

is_deeply [ $o->sql("SELECT c.platform, c.outcome, c.reason, c.n
    FROM push_counter c JOIN push_app_credentials a ON a.id = c.app_id
    WHERE a.app_id = '$app' AND c.outcome = 'failed' AND c.reason IN
	('too large', 'nothing to show') AND c.platform = 2
    ORDER BY c.reason") ], [ [ 2, 'failed', 'nothing to show', 2 ],
    [ 2, 'failed', 'too large', 3 ] ], 'and are counted for /metrics';

# A campaign is made when it is: its devices fail in sendd, for the same words.
$o->device($app, 'many', 'hms', 'hms-token-3');
my $big = told($o->post('/push/campaign/create', object({ appId => $app,
    message => { title => 'x' x 2100 } })))->{id};
$o->post("/push/campaign/$big/user/add", object(['many']));
$o->post("/push/campaign/send/live/$big");
ok $o->wait_for(60, sub { ($o->sql("SELECT COUNT(*) FROM push_message
    WHERE user_id = 'many' AND state = 'failed'
    AND reason = 'too large'"))[0][0] == 1 }),
    'a campaign: the reason has no size';
ok $o->wait_for(60, sub { ($o->sql("SELECT is_sent FROM push_campaign
    WHERE id = $big"))[0][0] == 1 }), 'and it is done';
# but for what is to be sent later
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_outbox'
    . ' WHERE platform <> 255'))[0][0] == 0 }), 'and all is at rest';

my @futile = (
    [ 'too long for all', one(message('all', body => $long)),
	qr/^payload of \d+ bytes is over the 4096 that APNs takes$/ ],
    [ 'for the only one', one(message('apns', body => $long)),
	qr/over the 4096 that APNs takes$/ ],
    [ 'empty', one(message('all', body => {})),
	qr/^the message is empty: no title, body, badge, sound or extras/ ],
    [ 'misspelt', one(message('all', body => { titel => 'x' })),
	qr/^the\ message\ is\ empty:
	    \ .*\(there\ is\ no\ member\ message\.body\.titel\)$/x ],
    [ 'later, and too long for all', one(message('all', body => $long,
	sendAt => $later)),
	qr/^payload of \d+ bytes is over the 4096 that APNs takes$/ ],
    [ 'a whole batch', many(message('nobody'), message('all',
	body => $long)), qr/^Push message at index: 1 is not valid\. Nested /
    ],
);
for (@futile) {
	my ($name, $call, $words) = @$_;
	my $before = $o->contents;
	$r = $o->post($call->[0], object($call->[1]));
	is $r->{status}, 400, "nothing goes: $name" or diag $r->{body};
	like told($r)->{message}, $words, "$name: why";
	is $o->contents, $before, "$name: nothing is written";
}
my ($status, $text) = $o->outpost('--json', 'send', '--app', $app, '--user',
    'all', '--title', 'x' x 2100);
is $status, 0, 'outpost send' or diag $text;
my $sent = Outpost::json()->decode($text);
is join('/', @{ $sent->{result}{$_} }{qw(sent failed)}),
    $_ eq 'hms' ? '0/1' : '1/0', "outpost send: $_" for @names;
($status, $text) = $o->outpost('send', '--app', $app, '--user', 'all',
    '--title', 'x' x 5000);
isnt $status, 0, 'outpost send: nothing goes';
like $text, qr/over the 4096 that APNs takes/, 'and why';
($status, $text) = $o->outpost('send', '--app', $app, '--user', 'all',
    '--title', 'Hello');
is $status, 0, 'outpost send: a title alone';
like $text, qr/hms\s+1 sent/, 'is shown by HMS too';

# --- the Java dialects --------------------------------------------------------

for my $dialect (qw(java java-1.4)) {
	my $java = Outpost->up(conf => "[api]\ndialect = $dialect\n");
	$java->app($app);
	my $again = 0;
	for (1 .. 2) {
		$r = $java->post('/push/message/send', object({ appId => $app,
		    message => message('nobody', body => { %body,
			titel => 1 }) }), headers => {
			'idempotency-key' => 'once' });
		is $r->{status}, 200, "$dialect: taken";
		ok !exists told($r)->{warnings}, "$dialect: no member of ours";
		$again++ if $r->{headers}{'idempotency-replayed'};
	}
	is $again, 1, "$dialect: once and repeated";
	my @lines = map { split /\n/, $java->read_file($_) }
	    grep { -e } glob "$java->{run}/logs/*.log";
	is scalar(grep { /warning\ id=\w+\ app=mobile-app
	    \ code=UNKNOWN_MEMBER\ path=message\.body\.titel\ why="/x } @lines),
	    2, "$dialect: a line for the member, each time";
	is scalar(grep { /code=NO_DEVICE path=message\.userId/ } @lines), 1,
	    "$dialect: and one for the devices, when they are looked up";
	is scalar(grep { /call id=.*message\/send 200 .* app=mobile-app / }
	    @lines), 2, "$dialect: the call's own names the application";
	$r = $java->post('/push/message/send', object({ appId => $app,
	    strict => 'true', message => message('nobody') }));
	is $r->{status}, 400, "$dialect: strict";
	like told($r)->{message}, qr/^NO_DEVICE at message\.userId: /,
	    "$dialect: names it";
}

done_testing;
