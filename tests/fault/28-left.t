#!/usr/bin/perl
# Callers leave when their sends have waited and failed, and are queued for a
# worker that reads why: each is logged as a call all the same, for it has sent.
# And calls for which the queue has no room are turned away unread, and those
# that have waited in it for too long.
use strict;
use warnings;
use FastCgi qw(begin params record);
use Fault;
use IO::Select;
use IO::Socket::UNIX;
use Test::More;

my $n = 4;
my $o = Fault->up(conf => "[api]\nworkers = 1\nqueue_timeout = 1m\n"
    . "queue_max = 8\nsync_timeout = 1m\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'lost', 'ios', Outpost->apns_token(
    "tok-Unregistered\@" . 1000 * (time + 600)));
$o->kill_off('sendd');

sub call {
	my ($method, $path, $body) = @_;
	my $s = IO::Socket::UNIX->new(Peer => "$o->{run}/fcgi-push.sock")
	    or die "connect: $!\n";
	$s->syswrite(begin() . record($FastCgi::PARAMS, params(
	    CONTENT_LENGTH => length $body, REQUEST_METHOD => $method,
	    REQUEST_URI => "$o->{prefix}$path", REMOTE_ADDR => '127.0.0.1'))
	    . record($FastCgi::PARAMS, '')
	    . (length $body ? record($FastCgi::STDIN, $body) : '')
	    . record($FastCgi::STDIN, ''));
	return $s;
}

my $body = Outpost::json()->encode({ requestObject => {
    appId => 'mobile-app', mode => 'SYNCHRONOUS', message => {
	userId => 'lost', body => { title => 'x' } } } });
my @callers = map { call('POST', '/push/message/send', $body) } 1 .. $n;
ok $o->wait_for(60, sub { $o->waiting == $n }), 'they wait';

my $campaign = $o->post('/push/campaign/create', { requestObject => {
    appId => 'mobile-app', message => { title => 'T', body => 'B' } } })
    ->{json}{responseObject}{id};

# Keeps the only worker until $locks are let go; sendd does not read that table.
my ($locks, $other);
sub occupy {
	$locks = $o->keep_locked('LOCK TABLES push_campaign_user WRITE');
	$other = call('GET', "/push/campaign/$campaign/user/list", '');
	ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM'
	    . ' information_schema.processlist WHERE state LIKE'
	    . " 'Waiting for table%'") }), 'the worker serves another call';
}

occupy();
$o->again;
ok $o->wait_for(60, sub { $o->waiting == 0 }), 'they have failed meanwhile';
@callers = ();
$o->let_go($locks);
sub lines {
	return scalar grep { m{call id=\S+ POST /push/message/send 200} }
	    map { split /\n/, $o->read_file($_) } glob "$o->{run}/logs/*";
}
ok $o->wait_for(20, sub { lines() == $n }), 'each is logged as a call'
    or diag lines();

# --- no room in the queue ---------------------------------------------------

sub answer {
	my ($s) = @_;
	local $/;
	return <$s>;
}

sub status { return answer($_[0]) =~ /Status: (\d+)/ ? $1 : 'none' }

# 503, when to come again, and why.
sub is_turned_away {
	my ($s, $what) = @_;
	my $text = answer($s);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like $text, qr/^.{8}Status:\ 503\b.*\nRetry-After:\ 2\r\n
	    .*"status":"ERROR","responseObject":\{"code":"ERROR_GENERIC",
	    "message":"There\ are\ too\ many\ calls\ now,\ try\ again\ later
	    \ \(call\ \w+\)\."/xms, $what;
}

occupy();
is status(call('GET', $_, '')), 200, "$_ needs no worker"
    for qw(/push/service/status /health /openapi.json);
is status(call('POST', '/push/message/send', '{')), 400,
    'a call without JSON is refused at once while there is room';
@callers = map { call('POST', '/push/message/send', $body) } 0 .. $n;
my @done;
ok $o->wait_for(60, sub { (@done = IO::Select->new(@callers)->can_read(0)) }),
    'one kind of calls gets half of the queue';
is_turned_away($done[0], 'one more is turned away');
is_turned_away(call('POST', '/push/message/send', '{'),
    'so is one without JSON, which nobody looks at');
$o->let_go($locks);

# --- too long in the queue ---------------------------------------------------

$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[api]\nqueue_timeout = 2s\n");
$o->stack('restart', 'web');
is $?, 0, 'calls wait for two seconds at most';
my $sends = $o->value('SELECT COUNT(*) FROM push_send');
occupy();
is_turned_away(call('POST', '/push/message/send', $body),
    'one that has waited in the queue is turned away');
is $o->value('SELECT COUNT(*) FROM push_send'), $sends, 'and has sent nothing';
$o->let_go($locks);
is status($other), 200, 'the one that had the worker is served';

# --- those that send ---------------------------------------------------------

$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[api]\nworkers = 4\n");
$o->stack('restart', 'web');
is $?, 0, 'four workers';
my $batch = Outpost::json()->encode({ requestObject => {
    appId => 'mobile-app', batch => [ { userId => 'lost',
	body => { title => 'x' } } ] } });
$locks = $o->keep_locked('LOCK TABLES push_send WRITE');
@callers = map { (call('POST', '/push/message/send', $body),
    call('POST', '/push/message/batch/send', $batch)) } 1 .. 2;
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM'
    . ' information_schema.processlist WHERE state LIKE'
    . " 'Waiting for table%' AND info LIKE 'INSERT%push_send %'") }),
    'calls of two paths that send cannot go on';
sleep 1;	# all four: they may send together
is status(call('GET', '/push/device/list?appId=mobile-app&userId=lost', '')),
    200, 'one worker is left to the others';
$o->let_go($locks);
$o->down;
done_testing;
