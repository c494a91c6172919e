#!/usr/bin/perl
# A refusal names what is wrong, and what can only be meant one way is taken:
# a table of each. What 61-hostile.t and 40-message.t refuse is not repeated.
use strict;
use warnings;
use Encode qw(encode);
use IO::Compress::Gzip qw(gzip);
use MIME::Base64 qw(encode_base64);
use Outpost;
use Test::More;

my $o = Outpost->up(conf => "[message]\nstorage = yes\n");
my $app = $o->app('mobile-app');
my $campaign = $o->post('/push/campaign/create', { requestObject => {
    appId => $app, message => { title => 'x' } } })
    ->{json}{responseObject}{id};

sub object { return { requestObject => $_[0] } }

# --- refused ------------------------------------------------------------------

my $message = { userId => '123', body => { title => 'x', body => 'y' } };
my $small = Outpost::json()->encode(object({ appId => $app,
    message => $message }));
gzip(\$small => \my $gzip) or die "gzip\n";

# What is sent with those headers to message/send.
sub raw { my ($body, %headers) = @_;
	return sub { $o->post('/push/message/send', $body,
	    headers => \%headers) } }

# The message with that JSON as one member's value.
sub with { my ($member, $value) = @_;
	my %m = (%$message, body => { %{ $message->{body} },
	    $member => 'HERE' });
	(my $json = Outpost::json()->encode(object({ appId => $app,
	    message => \%m }))) =~ s/"HERE"/$value/;
	return raw($json) }

sub batch { my ($n, @more) = @_;
	return sub { $o->post('/push/message/batch/send', object({
	    appId => $app, batch => [ ($message) x $n, @more ] })) } }

sub users { my ($what, @users) = @_;
	return sub { $o->post("/push/campaign/$campaign/user/$what",
	    object(\@users)) } }

sub key { my ($base64) = @_;
	return sub { $o->put('/admin/app/apns', object({ appId => $app,
	    bundle => 'b', keyId => 'k', teamId => 't',
	    environment => 'development', privateKeyBase64 => $base64 })) } }

my $k = $o->{keys};
my $p8 = $o->read_file($k->{apns}{key_file});
(my $long = $p8) =~ s/\n(?=[^-])/\x{20ac}\n/;

my @refused = (
    # a number
    [ 'badge', with(badge => '99999999999999999999999'), 400,
	'requestObject.message.body.badge is a number that fits no type: '
	. 'integers have 64 bits' ],
    [ 'a number in an array', with(extras => '{"a":[1,{"b":1e400}]}'), 400,
	qr/^requestObject\.message\.body\.extras\.a\[1\]\.b is a number/ ],
    [ 'a name that may be anything', with(extras => '{"a\"b\n":1e400}'), 400,
	qr/^requestObject\.message\.body\.extras\.\(odd\) is a number/ ],
    [ 'NUL in a text', with(title => '"a\u0000b"'), 400,
	'requestObject.message.body.title holds a NUL character' ],
    [ 'a bare number', raw('1e400'), 400, qr/^JSON is a number that fits/ ],
    # how the body is written
    [ 'gzip', raw($gzip, 'content-encoding' => 'gzip'), 415,
	'the body is encoded (gzip): it is wanted as it is, without '
	. 'Content-Encoding' ],
    [ 'gzip, untold', raw($gzip), 415, qr/^the body is encoded \(gzip\)/ ],
    [ 'br', raw($small, 'content-encoding' => 'br'), 415,
	qr/^the body is encoded \(br\)/ ],
    [ 'deflate, gzip', raw($small, 'content-encoding' => 'deflate, gzip'),
	415, qr/^the body is encoded \(deflate, gzip\)/ ],
    [ 'an odd encoding', raw($small, 'content-encoding' => 'x"y'), 415,
	qr/^the body is encoded \(unknown\)/ ],
    [ 'UTF-16', raw(encode('UTF-16', $small)), 400,
	'the body is in UTF-16: JSON is wanted in UTF-8' ],
    [ 'UTF-16LE', raw(encode('UTF-16LE', $small)), 400,
	'the body is in UTF-16: JSON is wanted in UTF-8' ],
    [ 'ISO-8859-2', raw(encode('ISO-8859-2', $small =~ s/"x"/"P\x{159}"/r),
	'content-type' => 'application/json; charset="iso-8859-2"'), 400,
	'the body is in iso-8859-2: JSON is wanted in UTF-8' ],
    [ 'another type', raw($small, 'content-type' => 'text/plain'), 415,
	'the body must be of type application/json' ],
    # how many
    [ 'a batch of 1001', batch(1001), 400, 'Too many messages in batch - do '
	. 'no send more than 1000 messages at once to avoid server '
	. 'congestion.' ],
    [ 'a batch of 10,000', batch(10000), 400, 'a batch of 10000, [api] '
	. 'batch_max is 1000: Too many messages in batch - do no send more '
	. 'than 1000 messages at once to avoid server congestion.' ],
    [ 'a message of many objects', with(extras =>
	'{"a":[' . join(',', ('{}') x 20000) . ']}'), 400,
	'JSON holds more than 12096 objects and arrays' ],
    [ '150,000 users', users(add => (1) x 150000), 400,
	'requestObject must be at most 100000 elements long' ],
    # which of them
    [ 'a user null', users(add => 'a', undef), 409,
	'requestObject[1] must not be null' ],
    [ 'a user of 256 characters', users(add => 'a', 'b', 'c' x 256), 409,
	'requestObject[2] must be at most 255 characters long' ],
    [ 'a message of a batch', batch(2, { %$message,
	body => { title => 'x' x 70000 } }), 413,
	qr/^Push\ message\ at\ index:\ 2\ is\ not\ valid\.\ Nested\ error
	    \ is:\ a\ message\ of\ 70\d\d\d\ bytes\ is\ larger\ than\ 65535$/x
    ],
    [ 'sendAt in a batch', batch(1, { %$message, sendAt => '2999-01-01'
	. 'T00:00:00Z' }), 400, 'Push message at index: 1 is not valid. '
	. 'Nested error is: sendAt must be at most 28 days ahead' ],
    # keys
    [ 'PEM for base64', key($p8), 400, 'privateKeyBase64 is the file as it '
	. 'is: wanted is its base64' ],
    [ 'JSON for base64', key('{"type":"service_account"}'), 400,
	'privateKeyBase64 is the file as it is: wanted is its base64' ],
    [ 'neither', key('###'), 400, 'privateKeyBase64 is not valid base64' ],
    [ 'DER', key(encode_base64("\x30\x81\x87\x02\x01\0")), 400,
	qr/not text: the key in PEM is wanted, not in binary form \(DER\)/ ],
    [ 'a stray character', key(encode_base64(encode('UTF-8', $long))), 400,
	qr/\(the private key is not text: byte \d+ is none that PEM has\)$/ ],
    [ 'UTF-16 of more than ASCII', key(encode_base64(encode('UTF-16',
	$long))), 400, qr/\(the file is in UTF-16 and holds more than ASCII/ ],
);
my $before = $o->contents;
for (@refused) {
	my ($name, $call, $status, $words) = @$_;
	my $r = $call->();
	is $r->{status}, $status, "refused: $name: $status" or diag $r->{body};
	my $told = $r->{json}{responseObject}{message} // '';
	ref $words ? like($told, $words, $name) : is($told, $words, $name);
	is $r->{headers}{'accept-encoding'},
	    $status == 415 && $told =~ /encoded/ ? 'identity' : undef,
	    "$name: Accept-Encoding";
}
is $o->contents, $before, 'nothing is written';

# --- taken --------------------------------------------------------------------

is raw($small, 'content-encoding' => 'identity')->()->{status}, 200,
    'Content-Encoding: identity';
is raw($small, 'content-type' => 'application/json; charset=iso-8859-1')->()
    ->{status}, 200, 'another charset, of which nothing is used';

# Each is set, checked by admin.fcgi, and a push goes out under it.
my $account = $o->read_file($k->{fcm}{account_file});
my %apns = (
    'a byte order mark' => "\xef\xbb\xbf$p8",
    'UTF-16' => encode('UTF-16', $p8),
    'UTF-16LE without a mark' => encode('UTF-16LE', $p8),
    'indented' => $p8 =~ s/^/\t  /gmr,
    'on one line' => $p8 =~ s/\n(?!\z)/ /gr,
    'on one line, nothing between' => $p8 =~ s/\n//gr,
    'with \n spelt out' => $p8 =~ s/\n/\\n/gr,
);
my %fcm = (
    'a byte order mark' => "\xef\xbb\xbf$account",
    'UTF-16' => encode('UTF-16', $account),
    'doubled \\\\n in private_key' => $account =~ s/\\n/\\\\n/gr,
);
$o->device($app, 'apns-user', 'apns', 'a' x 64);
$o->device($app, 'fcm-user', 'fcm', 'fcm-token-1');
sub goes { my ($name, $provider, $set) = @_;
	my $r = $set->();
	is $r->{status}, 200, "taken: $provider: $name" or diag $r->{body};
	$r = $o->post('/admin/app/check', object({ appId => $app }));
	is $r->{json}{responseObject}{$provider}{state}, 'ok',
	    "$provider: $name: it can sign" or diag $r->{body};
	$r = $o->send($app, "$provider-user");
	is $r->{json}{responseObject}{result}{$provider}{sent}, 1,
	    "$provider: $name: and a push goes out" or diag $r->{body} }
sub apns_set { my ($base64) = @_;
	return $o->put('/admin/app/apns', object({ appId => $app,
	    bundle => $k->{apns}{bundle}, keyId => $k->{apns}{key_id},
	    teamId => $k->{apns}{team_id}, environment => 'development',
	    privateKeyBase64 => $base64 })) }
sub fcm_set { my ($base64) = @_;
	return $o->put('/admin/app/fcm', object({ appId => $app,
	    projectId => $k->{fcm}{project_id},
	    privateKeyBase64 => $base64 })) }
for my $name (sort keys %apns) {
	goes($name, 'apns', sub { apns_set(encode_base64($apns{$name}, '')) });
}
for my $name (sort keys %fcm) {
	goes($name, 'fcm', sub { fcm_set(encode_base64($fcm{$name}, '')) });
}
goes('base64 in lines', 'apns', sub { apns_set(encode_base64($p8)) });
goes('base64 in lines of Windows, indented', 'apns',
    sub { apns_set(encode_base64($p8, "\r\n\t ")) });
goes('base64 in lines', 'fcm', sub { fcm_set(encode_base64($account)) });

# a service account of another project, and a project by its number
sub of { my ($project) = @_;
	return encode_base64($account =~
	    s/("project_id":\s*)"[^"]*"/$1"$project"/r, '') }
my $own = $k->{fcm}{project_id};
goes('of another project', 'fcm', sub {
	my $r = fcm_set(of('elsewhere'));
	is_deeply $r->{json}{responseObject}{warnings}, [ {
	    code => 'OTHER_PROJECT', path => 'projectId', message =>
	    qq(the service account is of project "elsewhere", not of "$own",)
	    . ' which must have given it the right to send' } ],
	    'a warning names both';
	return $r });
my $r = $o->put('/admin/app/fcm', object({ appId => $app,
    projectId => '123456789012', privateKeyBase64 => of($own) }));
is $r->{status}, 200, 'a project by its number';
like $r->{json}{responseObject}{warnings}[0]{message},
    qr/of project "\Q$own\E"; whether that is number 123456789012/,
    'with a warning';
$r = fcm_set(of($own));
ok !exists $r->{json}{responseObject}, 'none for one of its own';
for my $p (qw(apns fcm hms)) {
	$r = $o->put("/admin/app/$p", object({ appId => 'nowhere',
	    bundle => 'b', keyId => 'k', teamId => 't',
	    projectId => 'p p', clientId => ' c', clientSecret => 's',
	    privateKeyBase64 => 'no key' }));
	is $r->{json}{responseObject}{message}, 'Application credentials with'
	    . ' entered ID: nowhere does not exist',
	    "$p: an unknown application is told before all else";
}

# the command takes the same files
$o->write_file("$o->{run}/key.p8", $apns{'UTF-16'});
my ($status, $text) = $o->outpost('app', 'apns', $app, '--key-file',
    "$o->{run}/key.p8", '--key-id', $k->{apns}{key_id}, '--team-id',
    $k->{apns}{team_id}, '--bundle', $k->{apns}{bundle});
is $status, 0, 'outpost app apns: UTF-16' or diag $text;
$o->write_file("$o->{run}/account.json", $account);
($status, $text) = $o->outpost('app', 'fcm', $app, '--key-file',
    "$o->{run}/account.json", '--project', 'elsewhere');
is $status, 0, 'outpost app fcm: of another project' or diag $text;
like $text, qr/^warning: .*"\Q$own\E", not of "elsewhere"/m,
    'with a warning that names both';
($status, $text) = $o->outpost('app', 'fcm', 'nowhere', '--key-file',
    "$o->{run}/none.json", '--project', '../x');
is $status, 1, 'outpost app fcm: an application that is not there';
like $text, qr/nowhere/, 'told before all else';

done_testing;
