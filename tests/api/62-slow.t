#!/usr/bin/perl
# Fifty slow clients, more than a responder has threads: half of them drip
# their headers, half their body. While they hang, others are served as ever;
# and in the end the web server cuts them off, by the settings we ship.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep time);

my $o = Outpost->up;
plan skip_all => 'there is no web server' if $o->{via} eq 'direct';
$SIG{PIPE} = 'IGNORE';

my @start = (
    "GET /push/service/status HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    "POST /push/device/status/update HTTP/1.1\r\nHost: a\r\n" .
	"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n" .
	'{"activationId":"');

sub client {
	my ($what) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $o->{port}) or die "connect: $!\n";
	print $s $start[$what];
	$s->flush;
	return $s;
}

sub drip { for (@_) { $_->syswrite('x') } }

# Those to whom the server has something to say, or the end.
sub heard {
	my @all = IO::Select->new(@_)->can_read(0);
	return scalar @all;
}

# Apache bears with a request for ten seconds: on a busy machine there are fewer
# calls until then.
my $until = time + 6;
my @slow = map { client($_ % 2) } 1 .. 50;
my ($asked, $served) = (0, 0);
while ($asked < 20 && ($asked == 0 || time < $until)) {
	drip(@slow);
	my $r = $o->post('/push/device/status/update',
	    { activationId => 'other-' . ++$asked });
	$served++ if $r->{status} == 200;
	sleep 0.05;
}
is $served, $asked, "all $asked calls are served while they drip";
is heard(@slow), 0, 'and all fifty still hang';

# An answer that nobody takes holds nobody else up either. Under mod_fcgid it
# holds one of at most 16 processes.
my @deaf = map { client(0) } 1 .. ($o->{via} eq 'apache-fcgid' ? 12 : 20);
print $_ "x\r\n\r\n" . "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" x 20
    for @deaf;
$_->flush for @deaf;
is $o->get('/push/service/status')->{status}, 200,
    'nor does who takes no answers';
close $_ for @slow, @deaf;

# The same server, less patient. lighttpd counts silence, Apache the whole.
$ENV{IDLE} = 2;
$o->stack('restart web');
is $?, 0, 'the web server with a shorter patience';
@slow = map { client($_ % 2) } 1 .. 10;
my $cut;
$until = time + 60;
while (time < $until && ($cut = heard(@slow)) < 10) {
	drip(@slow) if $o->{via} ne 'lighttpd';
	sleep 0.2;
}
is $cut, 10, 'slow clients are cut off';
my $ends = 0;
for my $s (@slow) {
	my $text = '';
	1 while $s->sysread($text, 8192, length $text);
	# mod_fcgid makes a 500 of a body that does not come
	$ends++ if $text eq '' || $text =~ m{^HTTP/1\.\d [45]\d\d };
}
is $ends, 10, 'with a refusal or without a word';
is $o->get('/push/service/status')->{status}, 200,
    'and others are served as ever';

done_testing;
