# Many calls at once through the stack's web server, from one process: each
# has a connection of its own, and all are sent before an answer is read.
#
#   use Crowd;
#   my $crowd = Crowd->new($o, 500, '/push/message/send', $object);
#   ... or sub { the object of caller $_[0], from 1 }
#   my @answers = $crowd->answers(60);   # status and json, each caller's
package Crowd;
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Outpost;
use Time::HiRes qw(time);

# HTTP/1.0, so that an answer ends with its connection and has no chunks.
sub new {
	my ($class, $o, $n, $path, $object) = @_;
	my %more = %{ $o->{headers} // {} };
	my $headers = join '', map { "$_: $more{$_}\r\n" } sort keys %more;
	my @sockets;
	for my $i (1 .. $n) {
		my $body = Outpost::json()->encode({ requestObject =>
		    ref $object eq 'CODE' ? $object->($i) : $object });
		my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		    PeerPort => $o->{port}) or die "connect: $!\n";
		print $s "POST $o->{prefix}$path HTTP/1.0\r\nHost: a\r\n"
		    . "Content-Type: application/json\r\n$headers"
		    . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
		$s->flush;
		push @sockets, $s;
	}
	return bless { sockets => \@sockets }, $class;
}

# In the order of their connections. The status is 0 where a connection ended
# without an answer, or none came within so many seconds.
sub answers {
	my ($self, $seconds) = @_;
	my $set = IO::Select->new(@{ $self->{sockets} });
	my $until = time + $seconds;
	my %got;
	while ($set->count && time < $until) {
		for my $s ($set->can_read(1)) {
			$got{$s} //= '';
			$set->remove($s) if !sysread $s, $got{$s}, 65536,
			    length $got{$s};
		}
	}
	close $_ for @{ $self->{sockets} };
	return map { answer($got{$_} // '') } @{ $self->{sockets} };
}

sub answer {
	my ($head, $body) = split /\r?\n\r?\n/, $_[0], 2;
	my ($status) = ($head // '') =~ m{^HTTP/1\.\d (\d+)};
	return { status => $status // 0,
	    json => scalar eval { Outpost::json()->decode($body // '') } };
}

1;
