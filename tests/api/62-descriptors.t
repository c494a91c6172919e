#!/usr/bin/perl
# A responder with few descriptors says how many calls can wait, and serves on
# when more come.
use strict;
use warnings;
use IO::Select;
use JSON::PP ();
use Outpost;
use POSIX ();
use Test::More;

my $o = Outpost->up(conf => "[api]\nqueue_max = 1024\n");
my $socket = "/tmp/outpost-few-$$.sock";

# A responder with at most so many; its log.
sub start {
	my ($most, $name) = (@_, 'push');
	my $log = "$o->{run}.body.few";
	unlink $socket, $log;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDERR, '>', $log or POSIX::_exit(1);
		exec 'prlimit', "--nofile=$most:$most", "$o->{bin}/$name.fcgi",
		    '-c', $o->{conf}, '-s', $socket or POSIX::_exit(127);
	}
	# before that a signal ends it at once
	$o->wait_for(60, sub { -e $log && $o->read_file($log) =~ /ready, \d+/ })
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
($pid, $log) = start(4000, 'inbox');
end($pid);
unlike $o->read_file($log), qr/waiting_max/, 'where no call waits they are';

# --- more callers than may wait -----------------------------------------------

# A call, as another process: where its answer is read.
sub call {
	my $body = Outpost::json()->encode({ requestObject => {
	    appId => 'mobile-app', mode => 'SYNCHRONOUS', message => {
		userId => 'joe', body => { title => 'x' } } } });
	open my $p, '-|', "$o->{bin}/fcgi_client", '-s', $socket, '-X', 'POST',
	    '-H', 'Content-Type: application/json', '-d', $body,
	    '/push/message/send' or die "fcgi_client: $!\n";
	return $p;
}

$o->app('mobile-app');
$o->device('mobile-app', 'joe', 'fcm', 'tok-slow-60000:1');
($pid, $log) = start(1228);
like $o->read_file($log), qr/waiting_max: only 12,/, '12 may wait';
my @calls = map { call() } 1 .. 20;
my $all = IO::Select->new(@calls);
my @done;
ok $o->wait_for(60, sub { (@done = $all->can_read(0)) == 8 }),
    'of 20 callers eight are answered at once';
is scalar(grep { join('', <$_>) =~ /"pending":1/ } @done), 8, 'as pending';
my %done = map { $_ => 1 } @done;
$o->control({ prompt => JSON::PP::true });
is scalar(grep { join('', <$_>) =~ /"sent":1/ } grep { !$done{$_} } @calls),
    12, 'and twelve when the provider has answered';
end($pid);

done_testing;
