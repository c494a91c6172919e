#!/usr/bin/perl
# Callers: what one that is bound to an application can learn of another or
# change there; keys of its own; being removed and rotated; headers that are
# no credentials; and that failures are slowed, by their source and nothing
# else.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Outpost;
use Test::More;

my $o = Outpost->up(auth => 'basic', conf => <<'END');
[registration]
multiple_activations = yes
END
my $roles = 'device,send,campaign,inbox,status';
my $all = $o->integration('all', "$roles,admin");
$o->{headers} = { authorization => $all->{basic} };
$o->app("app-$_") for qw(a b);
my ($of_a, $of_b) = map { $o->integration("of-$_", $roles,
    "app-$_") } qw(a b);

sub as { return (headers => { authorization => $_[0]{basic}, @_[1 .. $#_] }) }
sub object { return { requestObject => $_[0] } }
sub answer { return $_[0]{json}{responseObject} }
sub refused { my ($r, $text, $name) = @_;
	is $r->{status}, 400, "$name: 400" or diag $r->{body};
	is answer($r)->{message}, $text, $name }

# --- devices ----------------------------------------------------------------

sub row {
	my ($r) = $o->sql('SELECT d.user_id, a.app_id, d.push_token,'
	    . ' d.is_active FROM push_device_registration d JOIN'
	    . ' push_app_credentials a ON a.id = d.app_id WHERE'
	    . " activation_id = '$_[0]'");
	return $r ? join ' ', @$r : 'none';
}
my $not_active = 'Device registration failed because associated activation'
    . ' is not ACTIVE';
my %new = (platform => 'fcm', userId => 'eve');

$o->device('app-b', 'joe', 'fcm', 'token-b', activationId => 'act-b');
is row('act-b'), 'joe app-b token-b 1', 'a device in b';
refused $o->post('/push/device/create', object({ %new, appId => 'app-a',
    token => 'token-a', activationId => 'act-b' }), as($of_a)), $not_active,
    'who is bound to a does not take it over';
my $r = $o->post('/push/device/create/multi', object({ %new, appId => 'app-a',
    token => 'token-a', activationIds => [ 'act-new', 'act-b' ] }),
    as($of_a));
refused $r, 'Device registration failed', 'nor among several';
is row('act-new'), 'none', 'of which none is registered';
delete $new{userId};
refused $o->post('/push/device/create', object({ %new, appId => 'app-a',
    token => 'token-a', activationId => 'act-b' }), as($of_a)), $not_active,
    'nor with the user that we know it by';
refused $o->post('/push/device/create', object({ %new, appId => 'app-a',
    token => 'token-a', activationId => 'act-no' }), as($of_a)), $not_active,
    'as if there were none';
$r = $o->post('/push/device/status/update', { activationId => 'act-b',
    activationStatus => 'BLOCKED' }, as($of_a));
my $of_none = $o->post('/push/device/status/update', {
    activationId => 'act-no', activationStatus => 'BLOCKED' }, as($of_a));
is $r->{status}, 200, 'its status';
is $r->{body}, $of_none->{body}, 'as if there were none';
is row('act-b'), 'joe app-b token-b 1', 'it is as it was';
is $o->post('/push/device/status/update', { activationId => 'act-b',
    activationStatus => 'BLOCKED' }, as($of_b))->{status}, 200,
    'who is bound to b';
is row('act-b'), 'joe app-b token-b 0', 'sets it';
my ($act) = $o->sql('SELECT user_id, app_id FROM push_activation WHERE'
    . " activation_id = 'act-b'");
is "@$act", 'joe app-b', 'its activation is as it was too';

# A device whose activation is not kept here: PowerAuth Server has it.
$o->device('app-b', 'joe', 'fcm', 'token-x', activationId => 'act-x');
$o->sql("DELETE FROM push_activation WHERE activation_id = 'act-x'");
refused $o->post('/push/device/create', object({ %new, appId => 'app-a',
    token => 'token-a', activationId => 'act-x', userId => 'eve' }),
    as($of_a)), $not_active, 'a device alone';
is row('act-x'), 'joe app-b token-x 1', 'is not taken over either';

# An activation without a device is another's as well.
$o->post('/admin/activation/update', object({ activationId => 'act-c',
    userId => 'joe', appId => 'app-b' }));
refused $o->post('/push/device/create', object({ %new, appId => 'app-a',
    token => 'token-a', activationId => 'act-c' }), as($of_a)), $not_active,
    'an activation of b';
refused $o->post('/push/device/create', object({ %new, appId => 'app-a',
    token => 'token-a', activationId => 'act-c', userId => 'eve' }),
    as($of_a)), $not_active, 'even with a user';
is $o->post('/push/device/create', object({ %new, appId => 'app-b',
    token => 'token-c', activationId => 'act-c' }), as($of_b))->{status},
    200, 'is for who is bound to b';
is $o->post('/push/device/create', object({ %new, appId => 'app-b',
    token => 'token-d', activationId => 'act-c' }), as($of_b))->{status},
    200, 'again and again';
is row('act-c'), 'joe app-b token-d 1', 'it is';
is $o->post('/push/device/create', object({ %new, appId => 'app-a',
    token => 'token-e', activationId => 'act-c', userId => 'joe' }))
    ->{status}, 200, 'who is bound to nothing moves it as ever';
is row('act-c'), 'joe app-a token-e 1', 'to a';

# --- inbox ------------------------------------------------------------------

my %inbox = (userId => 'joe', type => 'text', subject => 'A subject',
    summary => 'A summary', body => 'All that there is to say');
my ($both, $only_b) = map { answer($o->post('/inbox/messages', object({
    %inbox, applications => $_ })))->{id} } [qw(app-a app-b)], ['app-b'];
is_deeply answer($o->get("/inbox/messages/detail?messageId=$both",
    as($of_a)))->{applications}, ['app-a'],
    'names of its own applications only';
is_deeply answer($o->post('/inbox/messages/read', object({
    messageId => $both }), as($of_a)))->{applications}, ['app-a'],
    'also when it is read';
is_deeply answer($o->get("/inbox/messages/detail?messageId=$both"))
    ->{applications}, [qw(app-a app-b)], 'who is bound to nothing sees all';
for my $id ($only_b, Outpost->uuid) {
	refused $o->get("/inbox/messages/detail?messageId=$id", as($of_a)),
	    "Unable to fetch message: $id.", 'of b, or of none: the same';
	refused $o->post('/inbox/messages/read', object({ messageId => $id }),
	    as($of_a)), "Unable to mark message: $id as read.", 'the same';
}
is $o->post('/inbox/messages', object({ %inbox, applications =>
    [qw(app-a app-b)] }),
    as($of_a))->{status}, 403, 'posted to both';
is $o->get('/inbox/messages/list?userId=joe&applications=app-a,app-b',
    as($of_a))->{status}, 403, 'list of both';
for my $app (qw(app-b nowhere)) {
	is $o->get("/inbox/messages/count?userId=joe&appId=$app", as($of_a))
	    ->{status}, 403, "$app: one that is there and one that is not";
}

# --- campaigns, messages ----------------------------------------------------

my $campaign = answer($o->post('/push/campaign/create', object({
    appId => 'app-b', message => { title => 'Hi' } })))->{id};
$o->post("/push/campaign/$campaign/user/add", object(['joe']));
my $before = $o->contents;
for my $call ([ POST => 'user/add', ['eve'] ], [ GET => 'user/list' ],
    [ POST => 'user/delete', ['joe'] ], [ GET => 'detail' ],
    [ POST => 'delete' ]) {
	my ($method, $what, $in) = @$call;
	my ($x, $y) = map { $o->request($method, "/push/campaign/$_/$what",
	    $in && object($in), as($of_a)) } $campaign, 999;
	(my $body = $y->{body}) =~ s/999/$campaign/g;
	is "$x->{status} $x->{body}", "$y->{status} $body",
	    "$what: of b, or of none: the same";
}
is $o->contents, $before, 'nothing has changed';

sub send_as {
	my ($who, $key, $user) = @_;
	return $o->post('/push/message/send', object({ appId => 'app-a',
	    mode => 'ASYNCHRONOUS', message => { userId => $user,
		body => { title => 'Hi' } } }),
	    as($who, 'idempotency-key' => $key));
}
my $too = $o->integration('too', 'send', 'app-a');
$r = send_as($of_a, 'key', 'nobody');
my $other = send_as($too, 'key', 'nobody');
ok !exists $other->{headers}{'idempotency-replayed'},
    'an Idempotency-Key is of one integration';
isnt answer($other)->{messageId}, answer($r)->{messageId}, 'two sends';
is answer(send_as($of_a, 'key', 'nobody'))->{messageId},
    answer($r)->{messageId}, 'the same key again';
is send_as($too, 'key', 'somebody')->{status}, 409, 'each has its own';
is $o->get('/metrics', as($of_a))->{status}, 403,
    'metrics are about all applications';

# --- removed and rotated ----------------------------------------------------

my $list = '/push/campaign/list';
my ($status, $text) = $o->outpost('--json', 'integration', 'rotate', 'too');
is $status, 0, 'rotated';
my $fresh = Outpost::basic($too->{token},
    Outpost::json()->decode($text)->{secret});
sub secret_is { my ($basic) = @_;
	my $s = $o->post('/push/message/preview', {}, headers =>
	    { authorization => $basic }, from => '127.0.0.2')->{status};
	return $s == 400 }		# of the body: not of the caller
ok secret_is($fresh), 'the new secret is good at once' for 1 .. 3;
ok secret_is($too->{basic}), 'so is the one before, for a while';
$o->outpost('integration', 'rotate', 'too', '--keep', '0s');
ok $o->wait_for(60, sub { !secret_is($too->{basic}) }),
    'or until the next';
is $o->get($list, as($of_b))->{status}, 200, 'an integration';
($status) = $o->outpost('integration', 'remove', 'of-b');
is $status, 0, 'is removed';
ok $o->wait_for(60, sub { $o->get($list, as($of_b), from => '127.0.0.3')
    ->{status} != 200 }), 'and is unknown soon after';

# --- what is no credential --------------------------------------------------

my ($t, $s) = @$all{qw(token secret)};
my %good = (
    'Basic' => $all->{basic},
    'basic in lower case' => $all->{basic} =~ s/^Basic/basic/r,
    'in upper case' => $all->{basic} =~ s/^Basic/BASIC/r,
    'several spaces' => $all->{basic} =~ s/ /   /r,
    'Bearer' => "Bearer $t.$s",
    'bearer in lower case' => "bearer $t.$s",
    'base64 without padding' => $all->{basic} =~ s/=+$//r,
);
my %bad = (
    'no scheme' => "$t.$s", 'another scheme' => "Digest $t.$s",
    'a scheme alone' => 'Basic', 'Bearer alone' => 'Bearer',
    'a longer scheme' => "Basics " . substr($all->{basic}, 6),
    'a tab' => $all->{basic} =~ s/ /\t/r,
    'no base64' => "Basic $t:$s", 'spaces within' => "Basic YTpi YTpi",
    'a colon alone' => Outpost::basic('', ''),
    'no secret' => Outpost::basic($t, ''),
    'no token' => Outpost::basic('', $s),
    'no colon' => 'Basic ' . encode_base64("$t$s", ''),
    'a space behind the token' => Outpost::basic("$t ", $s),
    'a space behind the secret' => Outpost::basic($t, "$s "),
    'a colon more' => Outpost::basic($t, "$s:"),
    'a colon in front' => Outpost::basic($t, ":$s"),
    'the token in upper case' => Outpost::basic(uc $t, $s),
    'a token too short' => Outpost::basic(substr($t, 1), $s),
    'a token that nobody has' => Outpost::basic('0' x 32, $s),
    'a secret too short' => Outpost::basic($t, substr($s, 0, -1)),
    'NUL behind the secret' => Outpost::basic($t, "$s\0"),
    'NUL behind the token' => Outpost::basic("$t\0", $s),
    'not UTF-8' => Outpost::basic($t, "\xff\xfe"),
    'the hash itself' => Outpost::basic($t, ($o->sql('SELECT secret_hash'
	. " FROM push_integration WHERE name = 'all'"))[0][0]),
    'Bearer with a colon' => "Bearer $t:$s", 'Bearer of a token' =>
	"Bearer $t", 'Bearer in base64' => $all->{basic} =~ s/Basic/Bearer/r,
    'very long' => Outpost::basic($t, $s . 'x' x 3000),
    'two in one' => "$all->{basic}, $all->{basic}",
);
my $n = 0;
sub address { $n++; return "127.0.1.$n" }
sub call_with { my ($value) = @_;
	return $o->get('/push/campaign/list', headers =>
	    { authorization => $value }, from => address()) }
is call_with($good{$_})->{status}, 200, "taken: $_" for sort keys %good;
for my $what (sort keys %bad) {
	$r = call_with($bad{$what});
	is $r->{status}, 401, "refused: $what";
	is $r->{headers}{'www-authenticate'},
	    'Basic realm="outpost", charset="UTF-8"', 'with a challenge';
	is $r->{body}, '{"status":"ERROR","responseObject":{"code":'
	    . '"ERROR_GENERIC","message":"Unauthorized"}}', 'and no more';
}
# Past HTTP::Tiny, which sends each header once.
SKIP: {
	skip 'needs a web server', 1 if $o->{via} eq 'direct';
	my $c = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $o->{port}, LocalAddr => address())
	    or die "connect: $!\n";
	print $c "GET $list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n",
	    "Authorization: $all->{basic}\r\n" x 2, "\r\n";
	like scalar(<$c>), qr{^HTTP/1\.. 40[01] }, 'two headers';
}

# --- slowed -----------------------------------------------------------------

my $here = '127.0.2.1';
my $wrong = { authorization => Outpost::basic($t, "not $s") };
sub fail_here { return $o->get($list, headers => $wrong, from => $here) }
my $failed = 0;
# mod_fcgid has several processes, each with a count of its own
ok $o->wait_for(60, sub { $r = fail_here(); $failed++;
    $r->{status} != 401 }), 'who goes on failing';
is $r->{status}, 429, 'is told to wait';
cmp_ok $failed, '>', 10, 'not before the eleventh time';
like $r->{headers}{'retry-after'}, qr/^[1-9]\d?$/, 'for so many seconds';
my $wait = $r->{headers}{'retry-after'};
is $r->{json}{status}, 'ERROR', 'in the envelope';
is answer($r)->{code}, 'ERROR_GENERIC', 'code';
ok !exists $r->{headers}{'www-authenticate'}, 'no challenge';
for (1 .. 40) {
	$r = fail_here();
	last if ($r->{headers}{'retry-after'} // 0) > $wait;
}
cmp_ok $r->{headers}{'retry-after'}, '>', $wait, 'then longer';
for (1 .. 20) {
	$r = $o->get($list, from => $here);
	last if $r->{status} != 200;
}
is $r->{status}, 200, 'the right one, from there, never';
is $o->get($list, as($of_a), from => $here)->{status}, 200,
    'nor is another';
is $o->get($list, headers => { authorization => undef }, from => $here)
    ->{status}, 401, 'who sends no credentials is asked for them';
is $o->get($list, headers => $wrong, from => '127.0.2.2')->{status}, 401,
    'from elsewhere, the same is just wrong';
my $log = join '', map { $o->read_file($_) } glob "$o->{run}/logs/*.log";
my @told = $log =~ /slow id=\w+ from=(\S+) wait=\d+s why="([^"]*)"/g;
ok @told > 0, 'the log tells of it';
is_deeply [ grep { $_ ne $here } @told[ grep { $_ % 2 == 0 } 0 .. $#told ] ],
    [], 'once that address is slowed';
unlike $log, qr/\Q$s\E|\Q$wrong->{authorization}\E/, 'and no secret';

done_testing;
