# Refusing a secret, by how much of it is right.
use strict;
use warnings;
use Bench;
use BenchWeb;
use IO::Socket::UNIX;
use List::Util qw(shuffle);
use Outpost;
use Time::HiRes qw(time);

# A GET as a web server words it in FastCGI.
sub fcgi_get {
	my ($target, $authorization) = @_;
	my %env = (REQUEST_METHOD => 'GET', REQUEST_URI => $target,
	    HTTP_AUTHORIZATION => $authorization, REMOTE_ADDR => '192.0.2.1');
	my $params = join '', map { pack('CN', length $_,
	    0x80000000 | length $env{$_}) . $_ . $env{$_} } sort keys %env;
	my $record = sub { pack('CCnnn', 1, $_[0], 1, length $_[1], 0)
	    . $_[1] };
	return $record->(1, pack 'nx6', 1) . $record->(4, $params)
	    . $record->(4, '') . $record->(5, '');
}

# Microseconds from the connection to its end.
sub refusal {
	my ($socket, $request) = @_;
	my $begin = time;
	my $c = IO::Socket::UNIX->new(Peer => $socket)
	    or die "$socket: $!\n";
	syswrite $c, $request;
	my $text = '';
	1 while sysread $c, $text, 8192, length $text;
	my $us = (time - $begin) * 1e6;
	die "not refused: $text\n" if $text !~ /Status: (?:401|429) /;
	return $us;
}

# A secret of which so many first characters are right.
sub guess {
	my ($secret, $right) = @_;
	my @digits = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_');
	my $next = substr $secret, $right, 1;
	return substr($secret, 0, $right)
	    . (grep { $_ ne $next } shuffle @digits)[0]
	    . join '', map { $digits[ rand @digits ] }
		$right + 2 .. length $secret;
}

sub {
	my $o = stack();
	my $i = $o->integration("bench-secret-$$", 'device');
	my ($t, $s) = @$i{qw(token secret)};
	my $socket = push_with('basic')->{socket} . '-0';
	my @right = (0, 10, 22, 42);
	my $call = sub { refusal($socket, fcgi_get(
	    '/push/device/list?userId=x', Outpost::basic(@_))) };
	my %make = (token => sub { (join('', map { sprintf '%x', rand 16 }
	    1 .. 32), $s) }, map { my $n = $_; ($n => sub {
		($t, guess($s, $n)) }) } @right);
	my %us;
	for (1 .. $ENV{BENCH_GUESSES} // few(4000, 200)) {
		push @{ $us{$_} }, $call->($make{$_}->())
		    for shuffle keys %make;
	}
	my $base = median(@{ $us{0} });
	for my $kind (@right[1 .. 3], 'token') {
		my $at = median(@{ $us{$kind} });
		my $what = $kind eq 'token' ? 'no such token'
		    : "secret, $kind of 43 right";
		result("refused, $what", sprintf('%.1f us', $at),
		    sprintf('%.1f us', $base), $at / $base, 'as none right');
	}
	open my $p, '-|', "$ENV{BIN}/guess", $s or die "guess: $!\n";
	my %ns = map { split } <$p>;
	close $p or die "guess failed\n";
	result("compared, $_ of 43 right", sprintf('%.0f ns', $ns{$_}),
	    sprintf('%.0f ns', $ns{0}), $ns{$_} / $ns{0}, 'as none right')
	    for @right[1 .. 3];
}
