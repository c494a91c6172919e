# FastCGI as a web server speaks it, in its records: for peers that behave in
# ways of their own.
#
#   use FastCgi qw(begin params record);
#   print $socket begin(), record($FastCgi::PARAMS, params(...)), ...
#
#   my ($pid, $socket) = FastCgi::responder($o);
package FastCgi;
use strict;
use warnings;
use Exporter 'import';
use Outpost ();	# its END comes after ours
use POSIX qw(WNOHANG);

our @EXPORT_OK = qw(begin pair params record);
our ($BEGIN, $ABORT, $END, $PARAMS, $STDIN, $STDOUT, $GET_VALUES) =
    (1, 2, 3, 4, 5, 6, 9);

# options: version, id, length (that is said), padding (likewise), pad
sub record {
	my ($type, $content, %o) = @_;
	return pack('CCnnCC', $o{version} // 1, $type, $o{id} // 1,
	    $o{length} // length $content, $o{padding} // 0, 0) . $content .
	    ($o{pad} // '');
}

# role, flags
sub begin { return record($BEGIN, pack('nCx5', $_[0] // 1, $_[1] // 0)) }

sub pair {
	my ($name, $value) = @_;
	return pack('NN', map { 0x80000000 | length } $name, $value) .
	    $name . $value;
}

sub params {
	my %p = (REQUEST_METHOD => 'POST', CONTENT_TYPE => 'application/json',
	    @_);
	return join '', map { pair($_, $p{$_}) } sort keys %p;
}

# A push.fcgi of the test's own, beside those of the stack; it ends with the
# test at the latest. Its pid, and the socket at which it will listen.
my %responders;
sub responder {
	my ($o) = @_;
	my $socket = "/tmp/outpost-own-$$.sock";
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		exec "$o->{bin}/push.fcgi", '-c', $o->{conf}, '-s', $socket
		    or POSIX::_exit(127);
	}
	$responders{$pid} = [ $$, $socket ];
	return ($pid, $socket);
}

END {
	my $status = $?;
	for my $pid (keys %responders) {
		my ($parent, $socket) = @{ $responders{$pid} };
		next if $parent != $$;
		kill 'KILL', $pid if waitpid($pid, WNOHANG) == 0;
		unlink $socket;
	}
	$? = $status;
}

1;
