#!/usr/bin/perl
# Hundreds of calls wait for their providers when sendd is killed, MariaDB is
# killed, the responder is told to end, or the callers go: each caller gets a
# whole answer or nothing, no accepted message is lost, and no descriptor is
# left open.
use strict;
use warnings;
use FastCgi qw(begin params record);
use Fault;
use IO::Select;
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(time sleep);

my $n = Fault->long(500, 2000);
my $workers = 4;
my $o = Fault->up(conf => "[api]\nworkers = $workers\n"
    . "sync_timeout = 4m\n");
$o->app('mobile-app');
$o->device('mobile-app', 'joe', 'fcm', 'accept');
my $accepted = 0;
$SIG{PIPE} = 'IGNORE';

# --- a responder of our own ---------------------------------------------------

my $socket = "$o->{run}/waiting.sock";
my $responder;

sub start_responder {
	$responder = fork // die "fork: $!\n";
	if ($responder == 0) {
		open STDIN, '<', '/dev/null';
		open STDERR, '>>', "$o->{run}/logs/waiting.log";
		exec "$o->{run}/bin/push.fcgi", '-c', $o->{conf}, '-s',
		    $socket;
		exit 127;
	}
	$o->wait_for(60, sub { -S $socket })
	    or die "push.fcgi did not start\n";
}

sub descriptors { return scalar @{ [ glob "/proc/$responder/fd/*" ] } }

# --- many callers -------------------------------------------------------------

my $body = Outpost::json()->encode({ requestObject => {
    appId => 'mobile-app', mode => 'SYNCHRONOUS', message => {
	userId => 'joe', body => { title => 'x' } } } });
my $call = begin() . record($FastCgi::PARAMS, params(CONTENT_LENGTH =>
    length $body, REQUEST_URI => "$o->{prefix}/push/message/send",
    REMOTE_ADDR => '127.0.0.1')) . record($FastCgi::PARAMS, '') .
    record($FastCgi::STDIN, $body) . record($FastCgi::STDIN, '');

# All of them call, and wait: sendd does nothing yet.
sub crowd {
	my $before = $o->value('SELECT COUNT(*) FROM push_send');
	my @callers;
	kill 'STOP', $o->pid('sendd');
	for (1 .. $n) {
		my $s = IO::Socket::UNIX->new(Peer => $socket)
		    or die "connect: $!\n";
		$s->syswrite($call);
		push @callers, $s;
	}
	ok $o->wait_for(120, sub { $o->value('SELECT COUNT(*) FROM'
	    . ' push_send') == $before + $n }), "$n calls are accepted";
	$accepted += $n;
	return @callers;
}

# What they hear until the end of their connections.
sub hear {
	my ($seconds, @callers) = @_;
	my %text = map { $_ => '' } @callers;
	my $all = IO::Select->new(@callers);
	my $until = time + $seconds;
	while ($all->count && time < $until) {
		for my $s ($all->can_read(1)) {
			$s->sysread($text{$s}, 65536, length $text{$s})
			    and next;
			$all->remove($s);
		}
	}
	return map { $text{$_} } @callers;
}

# The answer in the records: status, and the counts of all platforms.
sub answer {
	my ($text) = @_;
	my ($out, $end) = ('', 0);
	while (length $text >= 8) {
		my ($type, $length, $padding) = unpack 'xCx2nC', $text;
		$out .= substr $text, 8, $length if $type == $FastCgi::STDOUT;
		$end++ if $type == $FastCgi::END;
		$text = substr $text, 8 + $length + $padding;
	}
	my ($head, $json) = split /\r\n\r\n/, $out, 2;
	my $r = eval { Outpost::json()->decode($json)->{responseObject} };
	return 'not whole' if !$end || !$r;
	my %all;
	for my $p (values %{ $r->{result} }) {
		$all{$_} += $p->{$_} for keys %$p;
	}
	return 'other counts' if $all{total} != 1 ||
	    $all{sent} + $all{pending} + $all{failed} != 1;
	return $all{sent} ? 'sent' : $all{pending} ? 'pending' : 'failed';
}

sub answers {
	my %n;
	$n{ answer($_) }++ for @_;
	return \%n;
}

# --- what may happen ----------------------------------------------------------

start_responder();
my @callers = crowd();
kill 'CONT', $o->pid('sendd');
is_deeply answers(hear(240, @callers)), { sent => $n },
    'nothing happens: all are answered';
@callers = ();
my $open = descriptors();
# a thread has a connection to the database; the doorbell, and the room's own
my $bound = $open + $workers + 3;

sub all_closed {
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $o->wait_for(60, sub { descriptors() <= $bound }),
	    $what // 'no descriptor is left open'
	    or diag descriptors() . " descriptors, $open before";
}

@callers = crowd();
cmp_ok descriptors(), '>', $n, 'they wait, all at once';
$o->kill_off('sendd');
$o->again;
is_deeply answers(hear(240, @callers)), { sent => $n },
    'sendd is killed: the next one answers all';
@callers = ();
all_closed();

@callers = crowd();
$o->kill_off('mariadbd');
kill 'CONT', $o->pid('sendd');
sleep 1;
$o->again;
my $got = answers(hear(240, @callers));
is +($got->{sent} // 0) + ($got->{pending} // 0), $n,
    'MariaDB is killed: all are answered' or diag explain $got;
@callers = ();
all_closed();

@callers = crowd();
@callers = ();
all_closed('callers hang up: their connections are closed');
kill 'CONT', $o->pid('sendd');
@callers = crowd();
kill 'CONT', $o->pid('sendd');
is_deeply answers(hear(240, @callers)), { sent => $n }, 'others are served';
@callers = ();
all_closed();

@callers = crowd();
kill 'TERM', $responder;
is_deeply answers(hear(120, @callers)), { pending => $n },
    'the responder ends: all are answered, as pending';
waitpid $responder, 0;
is $?, 0, 'and it ends well';
unlike $o->read_file("$o->{run}/logs/waiting.log"),
    qr/did not end in time/, 'in the time that it has';
kill 'CONT', $o->pid('sendd');

$o->settled(120);
$o->accounts($accepted);
done_testing;
