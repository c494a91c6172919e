#!/usr/bin/perl
# PowerAuth Server: what it is asked, what becomes of its answers, and of
# their absence. A stand-in plays it; the name of an activation says how it
# fares.
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Outpost;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

# The responders read its secret while the test changes it: it lies where
# they get at it, even when the checkout is below a closed directory.
my $dir = tempdir('outpost-powerauth-XXXXXX', TMPDIR => 1);
chmod 0755, $dir or die "$dir: $!\n";
my $bin = $ENV{BIN} // 'build/release';
my @children;

END {
	my $status = $?;
	kill 'TERM', @children if @children;
	waitpid $_, 0 for @children;
	remove_tree($dir) if $dir;
	$? = $status;
}

sub spawn { my ($code) = @_;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		$code->();
		POSIX::_exit(1);
	}
	push @children, $pid;
	return $pid }

sub end { my ($pid) = @_;
	kill 'TERM', $pid;
	waitpid $pid, 0;
	@children = grep { $_ != $pid } @children }

my $port = Outpost::free_port();

sub powerauth { return spawn(sub { exec "$bin/powerauth", '-d', "$dir/pa",
	'-p', $port, '-u', 'push:s3cret', '-a', 'zebra', '-a', 'antelope' }) }

# The service user of the stack reads them, and nobody else may.
my $group = $> ? -1
    : getgrnam('www-data') // getgrnam('nogroup');
sub write_ { my ($path, $text) = @_;
	open my $f, '>', $path or die "$path: $!\n";
	chmod 0640, $path;
	chown -1, $group, $path;
	print $f $text;
	close $f }

# A secret is the service's alone, who is www-data when we are root.
sub secret { my ($text) = @_;
	write_("$dir/secret", $text);
	chmod 0600, "$dir/secret" or die "chmod: $!\n";
	return if $> != 0;
	chown((getpwnam 'www-data')[2, 3], "$dir/secret") or die "chown: $!\n" }

secret("s3cret\n");
my $pa = powerauth();
my $o = Outpost->up(conf => <<"END");
[powerauth]
url = http://127.0.0.1:$port/rest
client_token = push
client_secret_file = $dir/secret
response_timeout = 1s
[registration]
multiple_activations = yes
END
$o->wait_for(60, sub { -s "$dir/pa/powerauth.json" });

sub object { return { requestObject => $_[0] } }

sub asked { open my $f, '<', "$dir/pa/powerauth.ledger" or return ();
	return map { Outpost::json()->decode($_) } <$f> }

sub questions { return scalar @{ [asked()] } }

my $token = 0;

sub create { my ($activation, %more) = @_;
	my $headers = delete $more{headers};
	return $o->post('/push/device/create', object({ appId => 'mobile-app',
	    platform => 'fcm', token => 'token-' . $token++,
	    activationId => $activation, %more }),
	    $headers ? (headers => $headers) : ()) }

sub rows { my ($activation) = @_;
	return join ', ', map { join ' ', @$_ } $o->sql("SELECT
	    COALESCE(user_id, '-'), is_active FROM push_device_registration
	    WHERE activation_id = '$activation'") }

sub refused { my ($name, $text, $call) = @_;
	my $before = $o->contents;
	my $r = $call->();
	is $r->{status}, 400, "$name: 400" or diag $r->{body};
	is_deeply $r->{json}, { status => 'ERROR', responseObject => {
	    code => 'ERROR_GENERIC', message => $text } }, "$name: answer";
	is $o->contents, $before, "$name: nothing is written" }

$o->post('/admin/app/create', object({ appId => 'mobile-app' }));
my $removed = 'Device registration failed because associated activation is '
    . 'not ACTIVE';
my $unknown = 'Device registration failed because activation status is '
    . 'unknown';
my $update = 'Update device status failed because activation status is '
    . 'unknown';

# --- answers ----------------------------------------------------------------

for my $case ([ 'act-active-ann', 'ann 1' ], [ 'act-blocked-bob', 'bob 0' ],
    [ 'act-pending-eve', 'eve 0' ], [ 'act-created', '- 0' ]) {
	my ($activation, $row) = @$case;
	is create($activation)->{status}, 200, $activation;
	is rows($activation), $row, "$activation: $row";
}
refused('a removed activation', $removed, sub { create('act-removed') });
refused('an unknown activation', $removed, sub { create('nobody-knows') });
refused('an error of the server', $unknown, sub { create('act-500') });
refused('garbage', $unknown, sub { create('act-garbage') });
{
	my $begin = time;
	refused('no answer in time', $unknown,
	    sub { create('act-slow-30000') });
	ok time - $begin < 30, 'before the answer came';
}
is create('act-slow-300')->{status}, 200, 'a slow answer is one';

# --- questions --------------------------------------------------------------

{
	my $before = questions();
	create('act-active-ann', headers => {
	    'X-Correlation-ID' => 'correlate-12345' });
	create('act-active-ann', headers => {
	    'X-Correlation-ID' => 'bad one!' });
	my @new = (asked())[$before .. $before + 1];
	is questions() - $before, 2, 'one question a registration';
	is_deeply [ @{ $new[0] }{qw(method path body correlation)} ],
	    [ 'POST', '/rest/v3/activation/status', { requestObject => {
	    activationId => 'act-active-ann' } }, 'correlate-12345' ],
	    'the question, with our caller\'s correlation';
	ok !defined $new[1]{correlation}, 'a bad correlation is not passed on';
	is scalar(grep { !$_->{authorized} || !$_->{authorization} } asked()),
	    0, 'credentials are sent unasked';
}
{
	my $before = questions();
	is $o->post('/push/device/create', object({ appId => 'nobody',
	    platform => 'fcm', token => 't', activationId => 'act-active-x' }))
	    ->{status}, 400, 'unknown application';
	is $o->post('/push/device/create', object({ appId => 'mobile-app',
	    platform => 'fcm', activationId => 'act-active-x' }))->{status},
	    400, 'no token';
	is questions(), $before, 'what is refused anyway asks nobody';
	is create('vouched', userId => 'vic', activationStatus => 'ACTIVE')
	    ->{status}, 200, 'user and status given together';
	is questions(), $before, 'they save the question';
	is rows('vouched'), 'vic 1', 'and are taken';
	refused('a user alone', $removed,
	    sub { create('nobody', userId => 'vic') });
	is questions(), $before + 1, 'a user alone saves nothing';
}

# --- multi ------------------------------------------------------------------

sub multi { return $o->post('/push/device/create/multi', object({
	appId => 'mobile-app', platform => 'fcm', token => 'shared',
	activationIds => [@_] })) }

is multi('act-active-m1', 'act-blocked-m2')->{status}, 200, 'multi';
is rows('act-active-m1') . ', ' . rows('act-blocked-m2'), 'm1 1, m2 0',
    'both are there';
refused('multi with one removed', 'Device registration failed',
    sub { multi('act-active-m3', 'act-removed') });
refused('multi with one unanswered', 'Device registration failed',
    sub { multi('act-active-m3', 'act-500') });

# --- status update ----------------------------------------------------------

sub update { return $o->post('/push/device/status/update', { @_ }) }

{
	my $before = questions();
	is update(type => 'ACTIVATION', activationId => 'act-active-ann',
	    activationStatus => 'BLOCKED')->{status}, 200, 'update with status';
	is rows('act-active-ann'), 'ann 0', 'it is inactive';
	is update(activationId => 'act-500')->{status}, 200,
	    'an activation without a device';
	is questions(), $before, 'neither asks';
	is update(activationId => 'act-active-ann')->{status}, 200,
	    'update without status';
	is rows('act-active-ann'), 'ann 1', 'it is active again';
	is questions(), $before + 1, 'this one asks';
	$o->sql("UPDATE push_device_registration SET activation_id = 'act-500'
	    WHERE activation_id = 'act-created'");
	refused('update unanswered', $update,
	    sub { update(activationId => 'act-500') });
}

# --- applications -----------------------------------------------------------

my $list = '/admin/app/unconfigured/list';
is_deeply $o->get($list)->{json}{responseObject}, { applicationList => [
	map { { appId => $_, apns => undef, fcm => undef, hms => undef } }
	qw(antelope mobile-app-other zebra) ] },
    'those that we have not, in order';

# --- not there, not let in --------------------------------------------------

my $failed = 'Unconfigured application list failed because application name '
    . 'could not be retrieved';
secret("wrong\n");
refused('wrong credentials', $unknown, sub { create('act-active-new') });
refused('applications with wrong credentials', $failed,
    sub { $o->get($list) });
unlink "$dir/secret";
refused('no secret file', $unknown, sub { create('act-active-new') });
secret("s3cret\n");
end($pa);
refused('down', $unknown, sub { create('act-active-new') });
refused('applications, down', $failed, sub { $o->get($list) });
refused('update, down', $update, sub { update(activationId => 'act-500') });
is update(activationId => 'nobody')->{status}, 200,
    'without a device nobody is missed';
$pa = powerauth();
ok $o->wait_for(60, sub { create('act-active-new')->{status} == 200 }),
    'up again, and well again';
my $log = join '', map { -e $_ ? $o->read_file($_) : '' }
    glob "$o->{run}/logs/*.log";
like $log, qr/powerauth id=[0-9a-f]{16} error=/, 'the log has the reasons';
unlike $log, qr/s3cret|Basic /, 'but no secret';
$o->down;

# --- v4, and a server that misbehaves ---------------------------------------

my $bad = Outpost::free_port();
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
    LocalPort => $bad, Listen => 8, ReuseAddr => 1) or die "listen: $!\n";

sub misbehave { my ($s) = @_;
	my ($text, $what) = ('', '');
	until (($what) = $text =~ /act-(\w+)"/) {
		sysread $s, $text, 4096, length $text or return;
	}
	my $answer = $what eq 'redirect'
	    ? "HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:$port/rest/v3/"
	    . "activation/status\r\nContent-Length: 0\r\n\r\n"
	    : $what eq 'huge'
	    ? "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"
	    . ' ' x 3000000
	    : $what eq 'short'
	    ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
	    : $what eq 'strange'
	    ? "HTTP/1.1 200 OK\r\nContent-Length: 59\r\n\r\n"
	    . '{"status":"OK","responseObject":{"activationStatus":"NEW"}}'
	    : '';
	local $SIG{PIPE} = 'IGNORE';
	while (length $answer) {
		my $n = syswrite $s, $answer or return;
		substr $answer, 0, $n, '';
	} }

my $liar = spawn(sub { while (my $s = $server->accept) { misbehave($s) } });
close $server;
$o = Outpost->up(conf => <<"END");
[powerauth]
url = http://127.0.0.1:$bad/rest
response_timeout = 2s
END
$o->post('/admin/app/create', object({ appId => 'mobile-app' }));
my $before = questions();
for my $what (qw(redirect huge short strange closed)) {
	refused($what, $unknown, sub { create("act-$what") });
}
is questions(), $before, 'a redirect is not followed';
$o->down;
end($liar);

$o = Outpost->up(conf => <<"END");
[powerauth]
url = http://127.0.0.1:$port/rest
api_version = v4
client_token = push
client_secret_file = $dir/secret
END
$o->post('/admin/app/create', object({ appId => 'mobile-app' }));
is create('act-active-vera')->{status}, 200, 'v4';
is_deeply [ @{ (asked())[-1] }{qw(path body)} ],
    [ '/rest/v4/activation/status', { requestObject => {
    activationId => 'act-active-vera',
    includeStatusBlob => JSON::PP::false } } ], 'v4: the question';
$o->get($list);
is_deeply [ @{ (asked())[-1] }{qw(path body)} ],
    [ '/rest/v4/application/list', { requestObject => undef } ],
    'v4: applications';
$o->down;

# --- whose activation -------------------------------------------------------

# All activations of the stand-in are of its first application.
$o = Outpost->up(auth => 'basic', conf => <<"END");
[powerauth]
url = http://127.0.0.1:$port/rest
client_token = push
client_secret_file = $dir/secret
END
my $all = $o->integration('all', 'admin,device');
for my $app (qw(mobile-app antelope)) {
	my $i = $o->integration("of-$app", 'device', $app);
	$o->{headers} = { authorization => $all->{basic} };
	$o->post('/admin/app/create', object({ appId => $app }));
	$o->{headers} = { authorization => $i->{basic} };
	if ($app eq 'mobile-app') {
		is create('act-active-zoe', appId => $app)->{status}, 200,
		    'an activation of the application that one is bound to';
	} else {
		refused('one of another', $removed,
		    sub { create('act-active-yan', appId => $app) });
	}
}
$o->down;

# --- whom we trust ----------------------------------------------------------

# The stand-in of the providers speaks TLS: that it knows no activations is
# an answer, and shows that its certificate was taken.
for my $case ([ 'the system\'s certificates', '', qr/certificate|SSL/ ],
    [ 'its own', 'ca_file', qr/status 404/ ],
    [ 'any', 'accept_invalid_certificate = yes', qr/status 404/ ]) {
	my ($name, $line, $wanted) = @$case;
	my $p = Outpost->up;
	my ($ca, $url) = @{ $p->{keys} }{qw(ca_file url)};
	$line = "ca_file = $ca" if $line eq 'ca_file';
	write_("$p->{run}/powerauth.conf", $p->read_file($p->{conf})
	    . "\n[powerauth]\nurl = $url/rest\n$line\n");
	$p->post('/admin/app/create', object({ appId => 'mobile-app' }));
	my ($status, $text) = cgi($p, "$p->{run}/powerauth.conf");
	is $status, 400, "$name: refused";
	like $text, $wanted, "$name: why";
	$p->down;
}

# One call through push.fcgi as plain CGI: its status, and what it logged.
sub cgi { my ($p, $conf) = @_;
	my $body = Outpost::json()->encode(object({ appId => 'mobile-app',
	    platform => 'fcm', token => 't', activationId => 'a' }));
	write_("$dir/body", $body);
	local %ENV = (PATH => $ENV{PATH}, REQUEST_METHOD => 'POST',
	    REQUEST_URI => '/push/device/create', GATEWAY_INTERFACE =>
	    'CGI/1.1', CONTENT_TYPE => 'application/json', SERVER_PROTOCOL =>
	    'HTTP/1.1', CONTENT_LENGTH => length $body, OUTPOST_CONF => $conf);
	my $text = `$bin/push.fcgi <$dir/body 2>&1`;
	return ($text =~ /^Status: (\d+)/m ? $1 : 0, $text) }

done_testing;
