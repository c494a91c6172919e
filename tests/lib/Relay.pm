# A relay between our programs and the stack's MariaDB, which spoils COMMITs.
#
#   my $relay = Relay->new($o, sub { rand() < 0.1 ? 'hide' : '' });
#   ... "[database]\nsocket = " . $relay->path . "\n" ...
#   my $other = Relay->new($o, sub { '' }, undef, 'other');
#
# The code is asked at each COMMIT, in the relay's own process: 'lose', it never
# gets there; 'hide', it is done and nobody is told: in both cases the
# connection is cut; 'refuse', it never gets there, and the answer is that of a
# node that has just left its cluster; 'end', it is done, and the answer is
# that it was interrupted; anything else, it passes. The code is told whether
# the COMMIT is sent as one with other statements. What was sent before the
# COMMIT is answered first, unless it passes. A second code may change
# what the programs send: it gets some bytes and returns as many. A name is for
# a second relay: two of them are to our programs what two nodes of a cluster
# are, and a further argument is the socket of another node. The name tcp is for
# one at a port of this machine: its path is what a host in the settings is. A
# relay that is stopped hangs as a node does, or as a link that is cut;
# $relay->end and $relay->begin are its death and its return. While there is a
# file of its path and ".full", it takes no more connections; with ".hung", it
# passes nothing on.
package Relay;
use strict;
use warnings;
use Cwd qw(abs_path);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();

my @running;

# The packet of an error, which answers the first packet of a command.
sub refusal {
	my ($number, $text) = @_;
	my $words = "\xff" . pack('v', $number) . $text;
	return substr(pack('V', length $words), 0, 3) . "\1$words";
}
my $refusal = refusal(1180, '#HY000Got error 5 "I/O error" during COMMIT');
my $interrupted = refusal(1317, '#70100Query execution was interrupted');

# The first packet of a server that is full.
my $full = refusal(1040, '#08004Too many connections');
substr($full, 3, 1) = "\0";

sub new {
	my ($class, $o, $judge, $change, $name, $to) = @_;
	$name //= 'relay';
	# where the service user gets at it, even below a closed directory
	my $path = abs_path($o->{run}) . "/sock/$name.sock";
	my $self = bless { path => $path, judge => $judge, change => $change,
	    tcp => $name eq 'tcp', to => $to // "$o->{run}/mariadb.sock",
	    all => IO::Select->new, peer => {}, client => {}, hide => {},
	    interrupt => {}, awaits => {} }, $class;
	return $self->begin;
}

sub at_path {
	my ($self) = @_;
	my $path = $self->{path};
	unlink $path;
	my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 50)
	    or die "$path: $!\n";
	chmod 0666, $path;
	return $listen;
}

sub at_port {
	my ($self) = @_;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
	    Listen => 50) or die "no port: $!\n";
	$self->{path} = '127.0.0.1:' . $listen->sockport;
	return $listen;
}

sub begin {
	my ($self) = @_;
	my $listen = $self->{tcp} ? $self->at_port : $self->at_path;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		$SIG{PIPE} = 'IGNORE';
		srand;
		eval { $self->run($listen) };
		warn $@ if $@;
		POSIX::_exit(1);
	}
	close $listen;
	push @running, $self->{pid} = $pid;
	return $self;
}

sub end {
	my ($self) = @_;
	kill 'KILL', $self->{pid};
	waitpid $self->{pid}, 0;
	@running = grep { $_ != $self->{pid} } @running;
}

sub path { return $_[0]{path} }
sub pid { return $_[0]{pid} }

# Its connections now.
sub taken {
	my ($self) = @_;
	open my $f, '<', '/proc/net/unix' or die "/proc/net/unix: $!\n";
	return scalar grep { / 03 +\d+ \Q$self->{path}\E$/ } <$f>;
}

sub take_in {
	my ($self, $client) = @_;
	if (-e "$self->{path}.full") {
		syswrite $client, $full;
		close $client;
		return;
	}
	my $db = IO::Socket::UNIX->new(Peer => $self->{to});
	if (!$db) { close $client; return }
	@{ $self->{peer} }{ $client, $db } = ($db, $client);
	$self->{client}{$client} = 1;
	$self->{all}->add($client, $db);
}

sub cut {
	my ($self, $one) = @_;
	my @both = grep { $_ } $one, $self->{peer}{$one};
	for my $s (@both) {
		$self->{all}->remove($s);
		delete $_->{$s} for @$self{qw(peer client hide
		    interrupt prepares as_one awaits)};
		close $s;
	}
}

# Does the client send a COMMIT, alone or as the last of statements that it
# sends as one? Those are prepared before, with nothing else under way: the
# number that the answer gives them stands in what executes them.
sub commits {
	my ($self, $s, $data) = @_;
	my $of = $self->{client}{$s} ? $s : $self->{peer}{$s};
	if ($of ne $s) {
		$self->{as_one}{$of}{ substr $data, 5, 4 } = 1
		    if delete $self->{prepares}{$of};
		return 0;
	}
	$self->{prepares}{$s} = 1
	    if $data =~ /^...\0\x16BEGIN NOT ATOMIC.* COMMIT; END$/s;
	return 1 if $data =~ /^...\0\x03COMMIT$/s;
	return $data =~ /^...\0\x17(....)/s && $self->{as_one}{$s}{$1} ? 2 : 0;
}

# The commands of a client, which may come together.
sub commands {
	my ($data) = @_;
	my @list;
	for (my $n; length $data >= 4; substr $data, 0, $n, '') {
		$n = 4 + unpack 'V', substr($data, 0, 3) . "\0";
		$n = length $data if $n > length $data;
		push @list, substr $data, 0, $n;
	}
	return @list, length $data ? $data : ();
}

sub put {
	my ($self, $to, $data) = @_;
	for (my $at = 0; $at < length $data;) {
		my $w = syswrite $to, $data, length($data) - $at, $at;
		last if !$w;
		$at += $w;
	}
}

# The answer to an earlier command of the client.
sub pass_answer {
	my ($self, $s) = @_;
	sysread $self->{peer}{$s}, my $answer, 1 << 20 or return;
	$self->put($s, $answer);
}

sub pass_command {
	my ($self, $s, $data) = @_;
	my $commits = $self->commits($s, $data);
	my $how = $commits ? $self->{judge}->($commits == 2) : '';
	my $to = $self->{peer}{$s};
	$self->pass_answer($s) if $how && $self->{awaits}{$s};
	return $self->put($s, $refusal) if $how eq 'refuse';
	return $self->cut($s) if $how eq 'lose';
	$self->{hide}{$to} = 1 if $how eq 'hide';
	$self->{interrupt}{$to} = 1 if $how eq 'end';
	$self->{awaits}{$s} = 1;
	$self->put($to, $self->{change} ? $self->{change}->($data) : $data);
}

sub pass_on {
	my ($self, $s) = @_;
	my $n = sysread $s, my $data, 1 << 20;
	return $self->cut($s) if !$n || $self->{hide}{$s};
	if ($self->{client}{$s}) {
		for my $command (commands($data)) {
			$self->pass_command($s, $command) if $self->{peer}{$s};
		}
		return;
	}
	my $to = $self->{peer}{$s};
	$self->commits($s, $data);
	delete $self->{awaits}{$to};
	$self->put($to, delete $self->{interrupt}{$s} ? $interrupted : $data);
}

sub run {
	my ($self, $listen) = @_;
	$self->{all}->add($listen);
	for (;;) {
		my $hung = -e "$self->{path}.hung";
		my @ready = ($hung ? IO::Select->new($listen) : $self->{all})
		    ->can_read(0.1);
		for my $s (@ready) {
			if ($s == $listen) {
				my $client = $listen->accept or next;
				$self->take_in($client);
			} elsif ($self->{peer}{$s}) {	# not cut meanwhile
				$self->pass_on($s);
			}
		}
	}
}

END { my $status = $?; kill 'KILL', @running; $? = $status }

1;
