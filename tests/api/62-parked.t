#!/usr/bin/perl
# Calls that wait for a provider hold neither a thread nor a connection to the
# database: ten times as many as there are workers wait, and others are served.
# One more than may wait is answered at once. Who hangs up makes room, and at
# the end of the process all are answered.
use strict;
use warnings;
use FastCgi qw(begin params record);
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP ();
use Outpost;
use POSIX qw(strftime);
use Test::More;

my ($workers, $most) = (4, 40);
my $o = Outpost->up(conf => "[api]\nworkers = $workers\n"
    . "waiting_max = $most\nsync_timeout = 4m\n"
    . "[fcm]\nresponse_timeout = 5m\n");
$o->app('mobile-app');
$o->device('mobile-app', 'joe', 'fcm', 'tok-slow-290000:1');

my ($pid, $socket) = FastCgi::responder($o);
ok $o->wait_for(60, sub { -S $socket && call('GET', '/push/service/status') }),
    'a responder of our own';

sub begin_call {
	my ($method, $path, $object) = @_;
	my $body = defined $object ? Outpost::json()->encode({
	    requestObject => $object }) : '';
	my $s = IO::Socket::UNIX->new(Peer => $socket) or return;
	$s->syswrite(begin() . record($FastCgi::PARAMS, params(
	    REQUEST_METHOD => $method, REQUEST_URI => $path,
	    CONTENT_LENGTH => length $body)) . record($FastCgi::PARAMS, '')
	    . join('', map { record($FastCgi::STDIN, $_) }
		unpack '(a60000)*', $body)
	    . record($FastCgi::STDIN, ''));
	return $s;
}

# The status and the object of an answer; nothing when none comes.
sub answer {
	my ($s, $seconds) = @_;
	my ($bytes, $text) = ('', '');
	while (IO::Select->new($s)->can_read($seconds // 60)) {
		$s->sysread($bytes, 65536, length $bytes) or last;
	}
	while (length $bytes >= 8) {
		my (undef, $type, undef, $n, $pad) = unpack 'CCnnC', $bytes;
		$text .= substr $bytes, 8, $n if $type == $FastCgi::STDOUT;
		substr $bytes, 0, 8 + $n + $pad, '';
	}
	my ($status, $json) = $text =~ /^Status: (\d+).*?\r\n\r\n(.*)/s
	    or return;
	return { status => $status, text => $json, object =>
	    (eval { JSON::PP::decode_json($json) } // {})->{responseObject} };
}

sub call {
	my $s = begin_call(@_) or return;
	return answer($s);
}

# One of the figures that the responder has of itself.
sub own_figure {
	my ($name) = @_;
	my $s = begin_call('GET', '/metrics') or return;
	my ($n) = answer($s)->{text}
	    =~ /^outpost_calls_$name\{program="push"\} (\d+)$/m;
	return $n;
}

sub send_to_joe { return ('POST', '/push/message/send', { appId => 'mobile-app',
    mode => 'SYNCHRONOUS', message => { userId => 'joe',
	body => { title => 'x' } }, @_ }) }

sub descriptors { return scalar(my @fds = glob "/proc/$pid/fd/*") }

# Rows of sends say that their calls are under way.
sub sends { return ($o->sql('SELECT COUNT(*) FROM push_send'))[0][0] }

# How many have an answer, or the end.
sub heard { return scalar(my @all = IO::Select->new(@_)->can_read(0.2)) }

my $earlier = 0;
sub settles_at {
	my ($n) = @_;
	return $o->wait_for(60, sub { sends() == $earlier + $n });
}

# A send is accepted before its call waits, and the place of one who hung up is
# free when its call has ended: only then may others be counted on.
sub wait_at {
	my ($n) = @_;
	return $o->wait_for(60, sub { own_figure('waiting') == $n });
}

is call('GET', '/push/campaign/list?all=true')->{status}, 200, 'it serves';
my $before = descriptors();

# A call counts as 16 kB and eight times its body, and all that wait hold
# 128 MB: 18 of these. One after the other, for those that have no worker yet
# are held to as much.
my (@large, @answered);
for my $n (1 .. 20) {
	push @large, begin_call(send_to_joe(unknown => 'x' x 900_000));
	settles_at($n) or last;
}
is sends(), 20, '20 large calls are accepted';
ok $o->wait_for(60, sub { @answered = IO::Select->new(@large)->can_read(0) and
    @answered == 2 }), 'two are too many to be kept';
is scalar(grep { $_->{object}{result}{fcm}{pending} == 1 }
    map { answer($_) } @answered), 2, 'and answered as pending';
is heard(grep { my $s = $_; !grep { $_ == $s } @answered } @large), 0,
    'the others wait';
@large = @answered = ();
ok wait_at(0), 'and hang up';
ok $o->wait_for(60, sub { descriptors() <= $before + 2 * $workers }),
    'which leaves no descriptor';
# Who watches a campaign waits so too, until it changes.
my $campaign = call('POST', '/push/campaign/create', { appId => 'mobile-app',
    message => { title => 'x' } })->{object}{id};
is call('POST', "/push/campaign/send/live/$campaign", { sendAt =>
    strftime('%Y-%m-%dT00:00:00Z', gmtime time + 2 * 86400) })->{status}, 200,
    'a campaign for later';
my $status = "/push/campaign/$campaign/status";
my $version = call('GET', $status)->{object}{version};
my @watching = map { begin_call('GET', "$status?wait=60s&after=$version") }
    1 .. 3 * $workers;
ok wait_at(3 * $workers), 'three times as many watch it as there are workers';
is heard(@watching), 0, 'and have heard nothing';
is own_figure('queued'), 0, 'none is in the queue';
is call('GET', '/push/campaign/list?all=true')->{status}, 200,
    'a list beside them';
is call('POST', "/push/campaign/$campaign/pause")->{object}{state}, 'paused',
    'it is paused';
is_deeply [ map { answer($_, 40)->{object}{state} } @watching ],
    [ ('paused') x @watching ], 'which all are told';
ok wait_at(0), 'and none waits';
@watching = ();
ok $o->wait_for(60, sub { descriptors() <= $before + 3 * $workers }),
    'nor has left a descriptor, but what each worker has for itself';
$before = descriptors();
$earlier = sends();

my @waiting = map { begin_call(send_to_joe()) } 1 .. $most;
ok settles_at($most), "$most sends, of ten times as many callers as workers";
ok $o->wait_for(60, sub { descriptors() >= $before + $most }),
    'whose connections are open';
ok wait_at($most), 'who wait, as /metrics says';
is heard(@waiting), 0, 'and have heard nothing';
is call('GET', '/push/service/status')->{status}, 200, 'status beside them';
is own_figure('waiting'), $most, 'all wait on';
is own_figure('queued'), 0, 'and none in the queue';
is own_figure('refused_total'), 0, 'nor refused';
for my $n (1 .. 2 * $workers) {
	is call('GET', '/push/campaign/list?all=true')->{status}, 200,
	    "list $n beside them";
}

my $r = call(send_to_joe());
is $r->{status}, 200, 'one more than may wait is accepted';
is_deeply $r->{object}{result}{fcm}, { sent => 0, pending => 1, failed => 0,
    total => 1 }, 'and answered at once, as pending';

close $_ for splice @waiting, 0, 10;
ok wait_at($most - 10), 'ten hang up';
ok $o->wait_for(60, sub { descriptors() <= $before + $most - 10
    + 2 * $workers }), 'and leave no descriptor';
push @waiting, map { begin_call(send_to_joe()) } 1 .. 10;
ok settles_at($most + 11), 'ten others';
ok wait_at($most), 'wait';
is heard(@waiting), 0, 'in their places';

kill 'TERM', $pid;
my @answers = map { answer($_) } @waiting;
is scalar(grep { $_->{status} == 200
    && $_->{object}{result}{fcm}{pending} == 1 } @answers), $most,
    'the responder is told to end, and all are answered with pending';
waitpid $pid, 0;
is $?, 0, 'and it ends well';

done_testing;
