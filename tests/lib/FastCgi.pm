# FastCGI as a web server speaks it, in its records: for peers that behave in
# ways of their own.
#
#   use FastCgi qw(begin params record);
#   print $socket begin(), record($FastCgi::PARAMS, params(...)), ...
package FastCgi;
use strict;
use warnings;
use Exporter 'import';

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

1;
