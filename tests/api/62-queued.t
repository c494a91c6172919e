#!/usr/bin/perl
# A call in a long queue holds its body as it came: parsed it would take many
# times as much memory, and the time of others if it is turned away.
use strict;
use warnings;
use FastCgi qw(begin params record);
use IO::Socket::UNIX;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep);

my $first = 100; # of which 64 may be parsed
my $more = 150;
my $most = 128;	 # kB a call; parsed it takes twice as much

my $o = Outpost->up(conf => "[api]\nworkers = 4\nqueue_timeout = 120s\n"
    . "[database]\ntimeout = 120s\n");
$o->app('mobile-app');

# for the stack's own has other callers
my ($pid, $socket) = FastCgi::responder($o);
$o->wait_for(60, sub { -S $socket }) or die "it did not start\n";

my $body = Outpost::json()->encode({ requestObject => {
    appId => 'mobile-app', mode => 'ASYNCHRONOUS', batch => [ map { {
	userId => "nobody-$_", body => { title => 'Code',
	    body => "Your code is $_" } } } 1 .. 100 ] } });

my @callers;
sub call {
	my $s;
	$o->wait_for(60, sub { $s = IO::Socket::UNIX->new(Peer => $socket) })
	    or die "no connection\n";
	syswrite $s, begin() . record($FastCgi::PARAMS, params(
	    REQUEST_URI => "$o->{prefix}/push/message/batch/send",
	    CONTENT_LENGTH => length $body, REMOTE_ADDR => '127.0.0.1')) .
	    record($FastCgi::PARAMS, '') . record($FastCgi::STDIN, $body) .
	    record($FastCgi::STDIN, '');
	push @callers, $s;
}

my $mariadbd = $o->pid('mariadbd');
END { kill 'CONT', $mariadbd if $mariadbd }

sub descriptors {
	my @fd = glob "/proc/$pid/fd/*";
	return scalar @fd;
}
my $own = descriptors();

# Resident memory, kB, when so many calls are in hand: a connection each.
sub resident {
	my ($calls) = @_;
	$o->wait_for(60, sub { descriptors() >= $own + $calls })
	    or die "they are not taken\n";
	sleep 1;
	return $o->read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m
	    ? $1 : die;
}

kill 'STOP', $mariadbd;
call() for 1 .. $first;
my $before = resident($first);
call() for 1 .. $more;
my $each = (resident($first + $more) - $before) / $more;
kill 'CONT', $mariadbd;
cmp_ok $each, '<', $most, 'a call that waits holds little';
diag sprintf '%.1f kB each', $each;

# Whoever waited is answered.
my ($well, $else) = (0, 0);
for my $s (@callers) {
	my $answer = do { local $/; <$s> };
	($answer =~ /Status: 200 / ? $well : $else)++;
}
is $else, 0, 'all are served in the end';
is $well, $first + $more, 'all of them';
kill 'TERM', $pid;
waitpid $pid, 0;
is $?, 0, 'it ends well';

$o->down;
done_testing();
