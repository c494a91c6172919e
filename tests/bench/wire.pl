# Requests to the stand-in: h2load, wire_h2, wire_http.
use strict;
use warnings;
use Bench;

sub {
	my $reference = h2load();
	my ($h2, $h2_cpu) = wire_bench('h2', few(300000, 50000));
	my ($http, $http_cpu) = wire_bench('http', few(30000, 5000));
	result('h2load, 1 connection', per_second($reference));
	result('wire_h2 (nghttp2)', per_second($h2), per_second($reference),
	    $h2 / $reference);
	result('wire_h2, CPU a request', "$h2_cpu us", "$http_cpu us",
	    $h2_cpu / $http_cpu, 'wire_http (libcurl)');
	result('wire_http (libcurl)', per_second($http),
	    per_second($reference), $http / $reference);
}
