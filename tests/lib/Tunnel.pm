# A proxy (HTTP CONNECT) that leads every host to the stand-in: so requests to
# the hosts of the services of Web Push arrive there, with their real names.
#
#   my $tunnel = Tunnel->new;
#   my $o = Fault->up(conf => "[webpush]\nproxy = " . $tunnel->url . "\n");
#   $tunnel->begin($o->{keys}{port});
package Tunnel;
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ();

my @running;

# It listens at once, so that the settings can name it.
sub new {
	my ($class) = @_;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
	    Listen => 50) or die "listen: $!\n";
	return bless { listen => $listen, all => IO::Select->new($listen),
	    peer => {} }, $class;
}

sub url { return 'http://127.0.0.1:' . $_[0]{listen}->sockport }

sub begin {
	my ($self, $port) = @_;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		$SIG{PIPE} = 'IGNORE';
		eval { $self->run($port) };
		warn $@ if $@;
		POSIX::_exit(1);
	}
	close $self->{listen};
	push @running, $pid;
}

# Only to the port that Web Push has.
sub take_in {
	my ($self, $port) = @_;
	my $client = $self->{listen}->accept or return;
	my $head = '';
	sysread $client, $head, 1, length $head or return
	    until $head =~ /\r\n\r\n/;
	if ($head !~ /^CONNECT [\w.-]+:443 /) {
		syswrite $client, "HTTP/1.1 403 No\r\n\r\n";
		return;
	}
	my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $port) or return;
	syswrite $client, "HTTP/1.1 200 Go\r\n\r\n";
	@{ $self->{peer} }{ $client, $server } = ($server, $client);
	$self->{all}->add($client, $server);
}

sub cut {
	my ($self, $one) = @_;
	my @both = ($one, $self->{peer}{$one});
	for my $s (@both) {
		$self->{all}->remove($s);
		delete $self->{peer}{$s};
		close $s;
	}
}

sub pass_on {
	my ($self, $from) = @_;
	my $to = $self->{peer}{$from} or return;	# cut meanwhile
	sysread $from, my $data, 65536 or return $self->cut($from);
	while (length $data) {
		my $n = syswrite $to, $data or return $self->cut($from);
		substr $data, 0, $n, '';
	}
}

sub run {
	my ($self, $port) = @_;
	for (;;) {
		my @ready = $self->{all}->can_read;
		for my $s (@ready) {
			$s == $self->{listen} ? $self->take_in($port)
			    : $self->pass_on($s);
		}
	}
}

END { my $status = $?; kill 'KILL', @running; $? = $status }

1;
