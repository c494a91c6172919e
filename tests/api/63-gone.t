#!/usr/bin/perl
# Callers that go away in mid-request, and peers that speak FastCGI wrongly:
# nothing is left behind, neither rows by half nor a thread, a descriptor or
# a transaction. Each case comes more often than there are threads.
use strict;
use warnings;
use Cwd qw(abs_path);
use FastCgi qw(begin pair record);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep time);

my $workers = 4;
my $times = 3 * $workers;
my $o = Outpost->up(conf => <<"END");
[api]
workers = $workers
sync_timeout = 1s
[fcm]
response_timeout = 10s
END
$SIG{PIPE} = 'IGNORE';
$o->app('mobile-app');
$o->device('mobile-app', 'joe', 'fcm', 'tok-hang:1');

# Processes of the responder, and how many descriptors each has open.
sub descriptors {
	my $program = abs_path("$o->{run}/bin/push.fcgi");
	my %n;
	for my $dir (glob '/proc/[0-9]*') {
		my $exe = readlink "$dir/exe" // next;
		next if $exe ne $program;
		my @fd = glob "$dir/fd/*";
		$n{$dir} = @fd;
	}
	return %n;
}

# Processes with more of them than before, but for what each thread keeps: a
# connection to the database, and one to sendd.
sub left_open {
	my (%before) = @_;
	my %now = descriptors();
	return grep { exists $before{$_} &&
	    $now{$_} > $before{$_} + 2 * $workers } keys %now;
}

sub status_answers {
	my ($name) = @_;
	my $good = grep { $o->post('/push/device/status/update',
	    { activationId => "a-$_" })->{status} == 200 } 1 .. $times;
	is $good, $times, "$name: all threads serve on";
}

# --- through the web server ---------------------------------------------------

sub body { my ($what) = @_; return Outpost::json()->encode(
    { requestObject => $what }) }

my $device = body({ appId => 'mobile-app', userId => 'ann', token => 'half',
    platform => 'fcm', activationId => 'half' });
my $wait = body({ appId => 'mobile-app', mode => 'SYNCHRONOUS',
    message => { userId => 'joe', body => { title => 'x' } } });

# path, body, how much of it, seconds before we go
my @gone = (
    ['half of the body',	'device/create', $device, 0.5, 0],
    ['after the headers',	'device/create', $device, 0, 0],
    ['before the answer',	'device/create', $device, 1, 0],
    ['in a SYNCHRONOUS wait',	'message/send',  $wait,   1, 0.2]);

sub leave {
	my ($path, $body, $share, $seconds) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $o->{port}) or die "connect: $!\n";
	print $s "POST /push/$path HTTP/1.1\r\nHost: a\r\nContent-Type: " .
	    "application/json\r\nContent-Length: " . length($body) .
	    "\r\n\r\n" . substr $body, 0, $share * length $body;
	$s->flush;
	sleep $seconds;
	close $s;
}

if ($o->{via} ne 'direct') {
	status_answers('before');
	my %before = descriptors();
	for (@gone) {
		my ($name, @how) = @$_;
		leave(@how) for 1 .. $times;
		status_answers("gone $name");
	}
	ok $o->wait_for(60, sub { !left_open(%before) }),
	    'no descriptor is left open';
}
is(($o->sql("SELECT COUNT(*) FROM push_device_registration d
    WHERE activation_id = 'half' AND (user_id <> 'ann' OR
	push_token <> 'half' OR app_id IS NULL)"))[0][0], 0,
    'no device by half');
is(($o->sql('SELECT COUNT(*) FROM push_send s WHERE s.total <> s.done +
    (SELECT COUNT(*) FROM push_outbox x WHERE x.send_id = s.id)'))[0][0], 0,
    'no send by half');
ok $o->wait_for(60, sub { !$o->transactions('1', '1') }),
    'no transaction is left open';

# --- FastCGI itself -----------------------------------------------------------

my $socket = "$o->{run}/fcgi-push.sock";
if (!-S $socket) {
	done_testing;
	exit;
}

my ($ABORT, $PARAMS, $STDIN, $BEGIN, $GET_VALUES) = ($FastCgi::ABORT,
    $FastCgi::PARAMS, $FastCgi::STDIN, $FastCgi::BEGIN, $FastCgi::GET_VALUES);

sub params {
	return FastCgi::params(REQUEST_URI => '/push/device/status/update',
	    @_);
}

my $body = '{"activationId":"a"}';
my $all = params(CONTENT_LENGTH => length $body);
my $head = begin() . record($PARAMS, $all) . record($PARAMS, '');
my %wrong = (
'nothing' => '',
'half a header' => "\1\1\0",
'a beginning only' => begin(),
'half a beginning' => substr(begin(), 0, 12),
'two beginnings' => begin() . begin() . record($PARAMS, $all),
'an authorizer' => begin(2) . record($PARAMS, $all) . record($PARAMS, ''),
'a filter' => begin(3) . record($PARAMS, $all) . record($PARAMS, ''),
'a role that is none' => begin(99) . record($PARAMS, $all),
'another version' => record($BEGIN, pack('nCx5', 1, 0), version => 9),
'request 0' => record($BEGIN, pack('nCx5', 1, 0), id => 0),
'params of another request' => begin() . record($PARAMS, $all, id => 7),
'a type that is none' => begin() . record(99, 'x' x 100) . record($PARAMS, ''),
'management records' => record($GET_VALUES, pair('FCGI_MAX_CONNS', ''),
    id => 0) x 100,
'params before a beginning' => record($PARAMS, $all) x 3,
'a body before params' => begin() . record($STDIN, 'x'),
'half of the params' => begin() . record($PARAMS, substr $all, 0, 20),
'params cut within a name' => begin() . record($PARAMS, substr $all, 0, 20) .
    record($PARAMS, ''),
'a length that is not there' => begin() . record($PARAMS, $all,
    length => 65535),
'padding that is not there' => begin() . record($PARAMS, $all,
    padding => 255),
'a name of 2^31 - 1' => begin() . record($PARAMS,
    pack('NN', 0xffffffff, 0x80000001) . 'x' x 1000) . record($PARAMS, ''),
'a value of 2^31 - 1' => begin() . record($PARAMS,
    pack('NN', 0x80000001, 0xffffffff) . 'x' x 60000) . record($PARAMS, ''),
'both of 2^31 - 1' => begin() . (record($PARAMS,
    pack('NN', 0xffffffff, 0xffffffff) . 'x' x 60000)) . record($PARAMS, ''),
'names without values' => begin() . record($PARAMS, "\0\0" x 30000) .
    record($PARAMS, ''),
'four megabytes of params' => begin() . record($PARAMS,
    pair('HTTP_X', 'x' x 65000)) x 64 . record($PARAMS, ''),
'NUL in params' => begin() . record($PARAMS, params("A\0B" => "c\0d",
    REQUEST_URI => "/push\0/service/status")) . record($PARAMS, '') .
    record($STDIN, ''),
'no params at all' => begin() . record($PARAMS, '') . record($STDIN, ''),
'half of the body' => $head . record($STDIN, substr $body, 0, 5),
'a body that ends too early' => $head . record($STDIN,
    substr $body, 0, 5) . record($STDIN, ''),
'more of a body than said' => $head . record($STDIN, $body x 100) .
    record($STDIN, ''),
'another request in the body' => $head . begin() . record($PARAMS, $all),
'abort in the body' => $head . record($STDIN, 'x') . record($ABORT, ''),
'abort at once' => begin() . record($ABORT, ''),
'a length below zero' => begin() . record($PARAMS,
    params(CONTENT_LENGTH => -1)) . record($PARAMS, '') . record($STDIN, ''),
'noise' => join('', map { chr((7 * $_ * $_ + 13) % 256) } 1 .. 70000),
);

sub speak {
	my ($bytes, $shut) = @_;
	my $s = IO::Socket::UNIX->new(Peer => $socket) or die "connect: $!\n";
	$s->syswrite($bytes) if $bytes ne '';
	$s->shutdown(1) if $shut;
	my $text = '';
	# what waits for more of us is left by us
	while (IO::Select->new($s)->can_read($shut ? 60 : 0.05)) {
		$s->sysread($text, 65536, length $text) or last;
	}
	close $s;
	return $text;
}

my %before = descriptors();
for my $name (sort keys %wrong) {
	speak($wrong{$name}, $_) for 0, 1;
	my $text = speak($head . record($STDIN, $body) . record($STDIN, ''), 1);
	like $text, qr/Status: 200 OK/, "$name: the next is served";
}
for my $name ('nothing', 'half of the body', 'both of 2^31 - 1') {
	speak($wrong{$name}, 0) for 1 .. $times;
}
my $text = speak($head . record($STDIN, $body) . record($STDIN, ''), 1);
like $text, qr/Status: 200 OK/, 'and many of them';
ok $o->wait_for(60, sub { !left_open(%before) }),
    'no descriptor is left open';
is_deeply [sort keys %{ { descriptors() } }], [sort keys %before],
    'and the process is the one it was';

done_testing;
