# A headless Chromium, driven by the DevTools protocol over a pair of pipes.
package Chromium;
use strict;
use warnings;
use Fcntl qw(F_DUPFD);
use File::Temp qw(tempdir);
use IO::Select;
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use POSIX qw(dup2 _exit);
use Time::HiRes qw(time);

use constant PATIENCE => 60;	# seconds until a browser is given up

my $json = JSON::PP->new->utf8->allow_nonref;

# The program; undef: there is none.
sub program {
	for my $dir (split(/:/, $ENV{PATH}), '/usr/bin') {
		for my $name (qw(chromium chromium-headless-shell
		    chromium-browser google-chrome)) {
			return "$dir/$name" if -x "$dir/$name";
		}
	}
	return;
}

# The pipes are descriptors 3, which it reads, and 4; its words go to a file.
sub new {
	my ($class) = @_;
	my $dir = tempdir(CLEANUP => 1);
	pipe my $theirs_in, my $to or die "pipe: $!\n";
	pipe my $from, my $theirs_out or die "pipe: $!\n";
	defined(my $pid = fork) or die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', "$dir/said" or _exit 126;
		open STDOUT, '>&', \*STDERR or _exit 126;
		# neither end may lie where the other one goes
		my ($in, $out) = map { fcntl $_, F_DUPFD, 10 }
		    $theirs_in, $theirs_out;
		dup2($in, 3) && dup2($out, 4) or _exit 126;
		exec { program() } 'chromium', '--headless=new', '--no-sandbox',
		    '--disable-gpu', '--disable-dev-shm-usage',
		    '--disable-background-networking', '--no-first-run',
		    '--no-proxy-server', '--remote-debugging-pipe',
		    "--user-data-dir=$dir/profile", 'about:blank'
		    or _exit 127;
	}
	close $_ for $theirs_in, $theirs_out;
	$to->autoflush(1);
	return bless { pid => $pid, dir => $dir, to => $to, from => $from,
	    n => 0, read => '', events => [], owner => $$ }, $class;
}

# The next message, within the time that is left.
sub next_message {
	my ($self, $until) = @_;
	my $len;
	while (($len = index $self->{read}, "\0") < 0) {
		my $left = $until - time;
		my @ready = IO::Select->new($self->{from})->can_read($left)
		    if $left > 0;
		die "chromium says nothing\n" if !@ready;
		sysread $self->{from}, $self->{read}, 65536,
		    length $self->{read} or die "chromium has ended\n";
	}
	my $message = substr $self->{read}, 0, $len + 1, '';
	chop $message;
	return $json->decode($message);
}

# The result of a command; without a session it is one for the browser.
sub call {
	my ($self, $method, $params, $session) = @_;
	my $id = ++$self->{n};
	my $until = time + PATIENCE;
	my %command = (id => $id, method => $method, params => $params // {});
	$command{sessionId} = $session if defined $session;
	print { $self->{to} } $json->encode(\%command), "\0";
	while (my $m = $self->next_message($until)) {
		push @{ $self->{events} }, $m if defined $m->{method};
		next if ($m->{id} // 0) != $id;
		die "$method: $m->{error}{message}\n" if $m->{error};
		return $m->{result};
	}
}

# The parameters of the first event of that name for which is() holds.
sub event {
	my ($self, $name, $is) = @_;
	my $until = time + PATIENCE;
	my $at = 0;
	while (1) {
		push @{ $self->{events} }, $self->next_message($until)
		    if $at == @{ $self->{events} };
		my $e = $self->{events}[$at++];
		return $e->{params} if ($e->{method} // '') eq $name
		    && (!$is || $is->($e->{params}));
	}
}

# A page with no address yet: the session that speaks to it.
sub page {
	my ($self) = @_;
	my $target = $self->call('Target.createTarget',
	    { url => 'about:blank' })->{targetId};
	return $self->call('Target.attachToTarget',
	    { targetId => $target, flatten => JSON::PP::true })->{sessionId};
}

# The value of an expression in a page, a promise's if it is one.
sub value {
	my ($self, $session, $expression) = @_;
	my $r = $self->call('Runtime.evaluate', { expression => $expression,
	    awaitPromise => JSON::PP::true, returnByValue => JSON::PP::true,
	    userGesture => JSON::PP::true }, $session);
	die "$expression: $r->{exceptionDetails}{exception}{description}\n"
	    if $r->{exceptionDetails};
	return $r->{result}{value};
}

# Until an expression in a page is true; its value then. A page that goes while
# it is asked gives no value, and the one that comes is asked next.
sub wait_for {
	my ($self, $session, $expression) = @_;
	my $until = time + PATIENCE;
	while (time < $until) {
		my $value = eval { $self->value($session, $expression) };
		die $@ if $@ && $@ !~ /context|navigated/i;
		return $value if $value;
		select undef, undef, undef, 0.1;
	}
	die "not so: $expression\n";
}

# how: parameters of Page.captureScreenshot.
sub screenshot {
	my ($self, $session, $path, $how) = @_;
	my $shot = $self->call('Page.captureScreenshot', $how // {}, $session);
	open my $f, '>:raw', $path or die "$path: $!\n";
	print $f decode_base64($shot->{data});
	close $f or die "$path: $!\n";
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local $?;
	close $self->{to};
	kill TERM => $self->{pid};
	waitpid $self->{pid}, 0;
}

1;
