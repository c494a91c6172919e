#!/usr/bin/perl
# A responder is stopped and continued while a call comes in (SIGSTOP, a
# debugger, a machine that is suspended): the call is answered as if nothing had
# been. Each time it is stopped behind another piece of the request.
use strict;
use warnings;
use FastCgi qw(begin params record);
use IO::Select;
use IO::Socket::UNIX;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep);

$SIG{PIPE} = 'IGNORE';
my $o = Outpost->up(via => 'direct');
my ($pid, $socket) = FastCgi::responder($o);
ok $o->wait_for(60, sub { -S $socket }), 'a responder of our own';

# It is in a system call that a signal interrupts when it has read all that has
# come: a pause gives it the time for that.
sub stop_and_continue {
	sleep 0.1;
	kill 'STOP', $pid;
	$o->wait_for(60, sub { state_of() eq 'T' });
	kill 'CONT', $pid;
	$o->wait_for(60, sub { state_of() ne 'T' });
	sleep 0.05;
}

sub state_of {
	open my $f, '<', "/proc/$pid/stat" or return '';
	return <$f> =~ /\) (\S)/ ? $1 : '';
}

my $body = '{"activationId":"a"}';
my $params = params(REQUEST_URI => '/push/device/status/update',
    CONTENT_LENGTH => length $body);
my $first = record($FastCgi::PARAMS, substr $params, 0, 40);
my $rest = record($FastCgi::PARAMS, substr $params, 40);
my @pieces = (
    'half of a beginning'  => substr(begin(), 0, 4),
    'the beginning'	   => substr(begin(), 4),
    'half of a record'	   => substr($first, 0, 30),
    'some parameters'	   => substr($first, 30),
    'all parameters'	   => $rest,
    'the end of them'	   => record($FastCgi::PARAMS, ''),
    'half of the body'	   => record($FastCgi::STDIN, substr $body, 0, 5),
    'the body'		   => record($FastCgi::STDIN, substr $body, 5),
    'the end of the body'  => record($FastCgi::STDIN, ''));

sub answer {
	my ($s) = @_;
	my $text = '';
	while (IO::Select->new($s)->can_read(60)) {
		$s->sysread($text, 65536, length $text) or last;
	}
	return $text;
}

# undef: it is not stopped
sub call {
	my ($stopped_at) = @_;
	my $s = IO::Socket::UNIX->new(Peer => $socket) or return '';
	for (my $i = 0; $i < @pieces; $i += 2) {
		$s->syswrite($pieces[$i + 1]);
		stop_and_continue() if $i == ($stopped_at // -1);
	}
	return answer($s);
}

like call(), qr/Status: 200 /, 'not stopped';
like call(2 * $_), qr/Status: 200 /, "stopped behind $pieces[2 * $_]"
    for 0 .. $#pieces / 2;

# A head that ends in its middle is no call, whatever there is of it.
my $s = IO::Socket::UNIX->new(Peer => $socket);
$s->syswrite(begin() . $first);
shutdown $s, 1;
is answer($s), '', 'half of the parameters get no answer';
like call(), qr/Status: 200 /, 'and others are served';

done_testing;
