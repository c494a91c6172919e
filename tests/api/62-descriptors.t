#!/usr/bin/perl
# A responder with few descriptors says how many calls can wait, and serves on
# when more come.
use strict;
use warnings;
use Outpost;
use POSIX ();
use Test::More;

my $o = Outpost->up(conf => "[api]\nqueue_max = 1024\n");
my $socket = "/tmp/outpost-few-$$.sock";

# push.fcgi with at most so many; its log.
sub start {
	my ($most) = @_;
	my $log = "$o->{run}.body.few";
	unlink $socket, $log;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDERR, '>', $log or POSIX::_exit(1);
		exec 'prlimit', "--nofile=$most:$most", "$o->{bin}/push.fcgi",
		    '-c', $o->{conf}, '-s', $socket or POSIX::_exit(127);
	}
	# before that a signal ends it at once
	$o->wait_for(30, sub { -e $log && $o->read_file($log) =~ /ready, \d+/ })
	    or die "it did not start\n";
	return ($pid, $log);
}

sub end {
	my ($pid) = @_;
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is $?, 0, 'it ends well';
	unlink $socket;
}

my ($pid, $log) = start(8192);
end($pid);
unlike $o->read_file($log), qr/waiting_max/, '8192 are enough';
($pid, $log) = start(4000);
like $o->read_file($log), qr/^<4>\[api\] waiting_max: only 2784, .* 4000 desc/m,
    '4000 are not, which it says';
end($pid);

done_testing;
