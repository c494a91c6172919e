#!/usr/bin/perl
# Every row of LIMITS in outpost-api(7): as much as it says is taken, one more
# is refused with its status and sentence. Then JSON that is none, and what
# could forge a header or a line of the log.
use strict;
use warnings;
use File::Basename qw(dirname);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Outpost;
use POSIX qw(strftime);
use Test::More;

my $o = Outpost->up(conf => <<'END');
[registration]
multiple_activations = yes
END
$o->app('mobile-app');
$o->post('/admin/app/create', { requestObject => { appId => 'bare' } });
my $campaign = $o->post('/push/campaign/create', { requestObject => {
    appId => 'mobile-app', message => { title => 'x' } } })
    ->{json}{responseObject}{id};

sub manual {
	my %row;
	my $path = dirname(__FILE__) . '/../../man/outpost-api.7';
	for (split /\n/, $o->read_file($path)) {
		$row{$1} = [$2, $3, $4]
		    if /^\.It (.+?) Ta (\d+) Ta (\d+) (.+)$/;
	}
	return %row;
}

sub object { return { requestObject => $_[0] } }

# Past the web server: it has limits of its own, below these.
sub direct { my ($path, %headers) = @_;
	my $r = $o->direct('GET', $path, undef, \%headers);
	return { %$r, body => $r->{content},
	    json => eval { Outpost::json()->decode($r->{content}) } } }

sub update { return $o->post('/push/device/status/update', $_[0]) }

# A body of that JSON where unknown members are ignored.
sub ignored { return update('{"activationId":"a","x":' . $_[0] . '}') }

sub message { my (%more) = @_;
	return $o->post('/push/message/send', object({ appId => 'mobile-app',
	    mode => 'ASYNCHRONOUS', message => { userId => 'nobody',
		body => { title => 'x' }, %more } })) }

sub inbox { my (%more) = @_;
	return $o->post('/inbox/messages', object({ userId => 'joe',
	    type => 'text', subject => 'A subject', summary => 'A summary',
	    body => 'The body', applications => ['mobile-app'], %more })) }

# How much longer than its title a message is when it is stored.
my ($stored) = message(body => { title => 'x' x 70000 })->{body}
    =~ /a message of (\d+) bytes/;

# What asks for that much of it; a status other than 200 is none of a limit.
my %ask = (
'bytes of a body' => sub {
	my $rest = length '{"activationId":"a","x":""}';
	ignored('"' . 'x' x ($_[0] - $rest) . '"') },
'bytes of a URL' => sub {
	my $path = '/push/service/status?x=';
	direct($path . 'x' x ($_[0] - length $path)) },
'parts of a path' => sub { $o->get(join '/', '', 1 .. $_[0]) },
'parameters of a query' => sub {
	$o->get('/push/service/status?' . join '&', ('a=1') x $_[0]) },
'bytes of a header' => sub {
	direct('/push/service/status', Accept => 'x' x $_[0]) },
'characters of Idempotency-Key' => sub {
	$o->post('/push/message/send', object({ appId => 'mobile-app',
	    mode => 'ASYNCHRONOUS', message => { userId => 'nobody',
		body => { title => 'x' } } }),
	    headers => { 'idempotency-key' => 'k' x $_[0] }) },
'levels of JSON' => sub {
	ignored('[' x ($_[0] - 1) . ']' x ($_[0] - 1)) },
# the body itself, its members, the array
'values in JSON' => sub { ignored('[' . '1,' x ($_[0] - 4) . '1]') },
'objects and arrays in JSON' => sub {
	ignored('[' . '{},' x ($_[0] - 3) . '{}]') },
'members of objects in JSON' => sub {
	ignored('{' . join(',', map { "\"$_\":0" } 1 .. $_[0] - 2) . '}') },
'characters of an id' => sub {
	$o->post('/push/device/create', object({ appId => 'a' x $_[0],
	    activationId => 'a', platform => 'fcm', token => 't' })) },
'characters of an activation id' => sub {
	update({ activationId => 'a' x $_[0] }) },
'activationIds' => sub {
	$o->post('/push/device/create/multi', object({ appId => 'mobile-app',
	    platform => 'fcm', token => 't', userId => 'joe',
	    activationIds => [map { "a-$_" } 1 .. $_[0]] })) },
'characters of a push token' => sub {
	$o->post('/push/device/create', object({ appId => 'mobile-app',
	    activationId => 'b', userId => 'joe', platform => 'fcm',
	    token => 't' x $_[0] })) },
'messages of a batch' => sub {
	$o->post('/push/message/batch/send', object({ appId => 'mobile-app',
	    mode => 'ASYNCHRONOUS', batch => [({ userId => 'nobody',
		body => { title => 'x', extras => { a => [] },
		    titleLocArgs => [], bodyLocArgs => [] },
		attributes => {} }) x $_[0]] })) },
'bytes of a message as stored' => sub {
	message(body => { title => 'x' x ($_[0] - ($stored - 70000)) }) },
'days that sendAt is ahead' => sub {
	my ($n) = @_;
	my $at = time + $n * 86400 - 60;
	message(sendAt => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $at)) },
'users added or deleted in one call' => sub {
	my $r;
	for my $what (qw(delete add)) {
		$r = $o->post("/push/campaign/$campaign/user/$what",
		    object([1 .. $_[0]]));
		last if $r->{status} != 200;
	}
	return $r },
'bytes of the body with them' => sub {
	my $body = '{"requestObject":["x"]}';
	$o->post("/push/campaign/$campaign/user/add", $body
	    . ' ' x ($_[0] - length $body)) },
'characters of a user of a campaign' => sub {
	$o->post("/push/campaign/$campaign/user/add",
	    object(['u' x $_[0]])) },
'applications of an inbox message' => sub {
	inbox(applications => [map { "app-$_" } 1 .. $_[0]]) },
'characters of an inbox message' => sub { inbox(body => 'x' x $_[0]) },
"bytes of a provider's key" => sub {
	$o->put('/admin/app/apns', object({ appId => 'bare', bundle => 'b',
	    keyId => 'k', teamId => 't', environment => 'development',
	    privateKeyBase64 => encode_base64('k' x $_[0], '') })) },
);
# What is right in size but wrong in itself has an answer of its own.
my %else = (
'parts of a path' => qr/no such path/,
'characters of an id' => qr/does not exist|not found|PushServer/i,
'applications of an inbox message' => qr/Application/,
"bytes of a provider's key" => qr/not an APNs key/,
);

my %manual = manual();
is_deeply [sort keys %manual], [sort keys %ask],
    'each row of the manual is tried';
for my $row (sort keys %manual) {
	my ($n, $status, $says) = @{ $manual{$row} };
	my $r = $ask{$row}->($n);
	my $fits = $else{$row} ? $r->{body} =~ $else{$row}
	    : $r->{status} == 200;
	ok $fits, "$row: $n" or diag "$r->{status} $r->{body}";
	$r = $ask{$row}->($n + 1);
	is $r->{status}, $status, "$row: one more: $status"
	    or diag $r->{body};
	like $r->{body}, qr/\Q$says\E/, "$row: $says";
	is $r->{json}{status}, 'ERROR', "$row: in the envelope";
}

# --- JSON that is none, or not what it seems ---------------------------------

for (['{"activationId":99999999999999999999999}', qr/fits no type/],
    ['{"activationId":1e400}', qr/fits no type/],
    ['{"activationId":-1e400}', qr/fits no type/],
    ['{"activationId":NaN}', qr/syntax error/],
    ["{\"activationId\":\"a\tb\"}", qr/syntax error/],
    ['{"activationId":"\ud800"}', qr/half a surrogate pair/],
    ['{"activationId":"\udc00\ud800"}', qr/half a surrogate pair/],
    ['{"activationId":"a\u0000"}', qr/NUL/],
    ["{\"activationId\":\"\xff\"}", qr/UTF-8/],
    ["{\"activationId\":\"\xc0\x80\"}", qr/UTF-8/],
    ["{\"activationId\":\"\xed\xa0\x80\"}", qr/UTF-8/],
    ["{'activationId':'a'}", qr/syntax error/],
    ['{"activationId":"a",}', qr/syntax error/],
    ['/* c */ {"activationId":"a"}', qr/syntax error/],
    ['{"activationId":"a"', qr/ends too early/],
    ['{"activationId":"a', qr/ends too early/],
    ['"a"', qr/must be a JSON object/], ['[]', qr/must be a JSON object/],
    ['{"activationId":"a","x":[' . '{},' x 300000 . '1]}',
	qr/more than 12096 objects/],
    ["\xff\xfe{\0}\0", qr/UTF-8|syntax/]) {
	my ($body, $says) = @$_;
	my $r = update($body);
	my $name = substr $body, 0, 40;
	is $r->{status}, 400, "refused: $name" =~ s/[^ -~]/?/gr;
	like $r->{json}{responseObject}{message}, $says, 'and why';
}
is update($_)->{status}, 200, "taken: $_" =~ s/[^ -~]/?/gr
    for "\xef\xbb\xbf{\"activationId\":\"a\"}", '{"activationId":12}',
    '{"activationId":"a"} it' . "'s more", '{"activationId":1.50}',
    '{"activationId":"\ud83d\ude00"}', '{"x":1e-400,"activationId":"a"}';

# --- what is told back --------------------------------------------------------

my $r = inbox(userId => '', type => 'x' x 253, summary => 'x',
    subject => 'x' x 300, applications => [map { "a $_" } 1 .. 200]);
my $told = $r->{json}{responseObject}{violations};
is $r->{status}, 400, 'many faults';
is scalar @$told, 20, 'of which the first twenty are told';
my %told = map { $_->{fieldName} => $_ } @$told;
is $told{'requestObject.type'}{invalidValue}, 'x' x 253,
    'with what was wrong, up to 255 bytes';
ok !exists $told{'requestObject.subject'}{invalidValue}, 'and no more';
for ('privateKeyBase64', 'clientSecret') {
	my ($call) = /secret/i ? 'hms' : 'apns';
	for my $value (['SeCrEt'], { a => 'SeCrEt' }) {
		$r = $o->put("/admin/app/$call", object({ $_ => $value }));
		is $r->{status}, 400, "$_ of another kind";
		unlike $r->{body}, qr/SeCrEt/, 'is never told back';
	}
}
$r = $o->put('/admin/app/hms', object('SeCrEt'));
unlike $r->{body}, qr/SeCrEt/, 'nor is a requestObject that is none';
$r = $o->post('/admin/app/detail', object({ appId => "\x{20ac}" x 255 }));
is $r->{status}, 400, 'a long name in a long sentence';
is $r->{json}{status}, 'ERROR', 'is cut at a character';

# --- lines and headers ------------------------------------------------------

for ('/push/service/status', '/nowhere', '/health', '/openapi.json') {
	$r = $o->get($_);
	is $r->{headers}{'x-content-type-options'}, 'nosniff', "$_: nosniff";
	is $r->{headers}{'cache-control'}, 'no-store', "$_: no-store";
}

my $mark = "call id=0000000000000000 GET /forged 200 0ms";
my @forged = (
    ["/push/service/status\n<6>$mark", {}],
    ["/push/service/status?a=\r\nX-Evil: 1", {}],
    ["/push/service/status?a=%0d%0aX-Evil:%201", {}],
    ["/a\033[31m", {}], ["/\xff\xfe", {}], ["/\x{c2}\x{9b}31m", {}],
    ['/push/service/status', { 'X-Correlation-ID' => "12345678\n<6>$mark" }],
    ['/push/service/status', { 'X-Correlation-ID' => "\033]0;x\007" }],
    ['/push/service/status', { 'Idempotency-Key' => "a\nX-Evil: 1" }],
    ['/push/device/list', { Authorization => "Basic \n<6>$mark" }]);
for (@forged) {
	$r = direct($_->[0], %{ $_->[1] });
	ok $r->{status} =~ /^(?:200|400|404)$/, 'forged: ' .
	    join(' ', $_->[0], %{ $_->[1] }) =~ s/[^ -~]/?/gr;
	ok !exists $r->{headers}{'x-evil'}, 'no header of theirs';
}
$o->post('/admin/app/detail', object({ appId => "x bytes=1 error=\"$mark" }));
$o->post('/admin/app/detail', object({ appId => qq(x" status="ok) }));
my @lines = map { split /\n/, $o->read_file($_) }
    grep { -e } glob "$o->{run}/logs/{responders,push,admin,inbox,web}.log";
my @calls = grep { /call id=/ } @lines;
cmp_ok scalar @calls, '>', @forged, 'calls are in the log';
is_deeply [grep { !/^(?:\[.*?\] )?<\d>call\ id=(?!0{16})[0-9a-f]{16}
    \ (?:[A-Z]+|\(odd\))\ \S*\ \d{3}\ \d+ms(?:\ app=[^\s"]*)?\ bytes=\d+
    (?:\ corr=[^\s]*)?(?:\ error="[^"]*")?$/x } @calls], [],
    'each line has its own fields and no other';
is_deeply [grep { /[\x00-\x08\x0a-\x1f\x7f]|\xc2[\x80-\x9f]/ } @calls], [],
    'no control characters';

done_testing;
