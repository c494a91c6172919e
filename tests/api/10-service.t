#!/usr/bin/perl
# What stands open to everybody, and what is common to all calls: paths,
# methods, content types, the envelope.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;

my $r = $o->get('/push/service/status');
is $r->{status}, 200, 'service status';
is $r->{headers}{'content-type'}, 'application/json', 'its type';
is $r->{json}{status}, 'OK', 'its envelope';
my $s = $r->{json}{responseObject};
is $s->{applicationName}, 'powerauth-push', 'application name';
like $s->{version}, qr/^\d+\.\d+\.\d+/, 'version';
like $s->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/,
    'timestamp as published';
like $s->{buildTime}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/,
    'build time as published';
ok exists $s->{applicationEnvironment}, 'environment is there when empty';
ok exists $s->{applicationDisplayName}, 'display name';

for my $path ('/health', '/actuator/health') {
	$r = $o->get($path);
	is $r->{status}, 200, $path;
	is_deeply $r->{json}, { status => 'UP' }, "$path: up";
}

# HEAD answers what GET answers, but for the body
$r = $o->request('HEAD', '/health');
is $r->{status}, 200, 'HEAD';
is $r->{body} // '', '', 'HEAD has no body';

$r = $o->request('OPTIONS', '/push/device/delete');
is $r->{status}, 200, 'OPTIONS';
is $r->{headers}{allow}, 'POST, DELETE, OPTIONS', 'OPTIONS: Allow';

sub refused {
	my ($r, $status, $name, $message) = @_;
	is $r->{status}, $status, "$name: $status";
	is $r->{json}{status}, 'ERROR', "$name: in the envelope";
	is $r->{json}{responseObject}{code}, 'ERROR_GENERIC', "$name: code";
	like $r->{json}{responseObject}{message}, $message,
	    "$name: says what is wrong";
}

refused($o->get('/push/nowhere'), 404, 'unknown path', qr/no such path/);
refused($o->get('/push/service/status/'), 404, 'trailing slash',
    qr/no such path/);
refused($o->get('/push/service/%73tatu%zz'), 400, 'bad escape', qr/escape/)
    if $o->{via} eq 'direct';
$r = $o->get('/push/message/send');
refused($r, 405, 'wrong method', qr/POST/);
is $r->{headers}{allow}, 'POST, OPTIONS', 'wrong method: Allow';
$r = $o->request('PATCH', '/push/device/delete', {});
refused($r, 405, 'unknown method', qr/POST, DELETE/);

refused($o->post('/push/message/send', '{"requestObject":{}}',
    headers => { 'content-type' => 'text/plain' }), 415, 'content type',
    qr{application/json});
refused($o->post('/push/message/send', '{"requestObject":'), 400,
    'malformed JSON', qr/JSON ends too early/);
refused($o->post('/push/message/send', '{"requestObject":{x}}'), 400,
    'no JSON at all', qr/JSON syntax error/);
refused($o->post('/push/message/send', '[1]'), 400, 'an array',
    qr/must be a JSON object/);
refused($o->post('/push/message/send', "{\"a\":\"\xff\"}"), 400,
    'bad UTF-8', qr/UTF-8/);
refused($o->post('/push/message/send', '{"a":' x 40 . '1' . '}' x 40), 400,
    'too deep', qr/nested deeper/);
refused($o->post('/push/message/send', ''), 400, 'no body',
    qr/^Request object must not be empty$/);

$r = $o->post('/push/device/status/update', '{"activationId":"nobody"}',
    headers => { 'content-type' => 'application/json;charset=UTF-8' });
is $r->{status}, 200, 'content type with a charset';

# the escaped form of a path is the same path
$r = $o->get('/push/service/%73tatus');
is $r->{status}, 200, 'an escape in the path is decoded once';

# a call's line names the caller's trace
my $trace = '0af7651916cd43dd8448eb211c80319c';
$o->get('/push/service/status', headers => { traceparent =>
    "00-$trace-b7ad6b7169203331-01" });
ok $o->wait_for(60, sub { join('', map { $o->read_file($_) }
    glob "$o->{run}/logs/*.log") =~
    m{call id=\w+ GET /push/service/status 200 .*trace=$trace} }),
    'the trace id is in the log';

# what is not in the contract is ignored
$r = $o->get('/push/service/status?x=1&y');
is $r->{status}, 200, 'unknown parameters are ignored';

# the pages of the console are files beside the calls
for ([ '/console/', 'text/html' ], [ '/console/console.css', 'text/css' ],
    [ '/console/js/main.js', 'text/javascript' ],
    [ '/console/icon.svg', 'image/svg+xml' ]) {
	my ($path, $type) = @$_;
	$r = $o->get($path, web => 1);
	is $r->{status}, 200, $path;
	like $r->{headers}{'content-type'}, qr/^\Q$type\E(;|$)/, 'its type';
	like $r->{headers}{'content-security-policy'},
	    qr/^default-src 'none'; script-src 'self';.* frame-anc\S+ 'none'$/,
	    'no code but ours, no frame around it';
	unlike $r->{headers}{'content-security-policy'}, qr/unsafe|\*/,
	    'without exceptions';
	is $r->{headers}{'x-content-type-options'}, 'nosniff', 'nor a guess';
}
is $o->get("/console/$_", web => 1)->{status}, 404, "no /console/$_"
    for qw(none js/none.js %2e%2e/outpost.conf ..%2f..%2foutpost.conf);
is $o->get('/console/../push/service/status', web => 1)->{status}, 404,
    'no call under it';

done_testing;
