#!/usr/bin/perl
# What a web server refuses before we are called: where it can be told to, it
# lets us answer, in the envelope and with its status; and a POST that has
# neither body nor length is no fault where a call needs none. Requests are
# written by hand, for no client library sends them.
use strict;
use warnings;
use IO::Socket::INET;
use Outpost;
use Test::More;

my $o = Outpost->up;
plan skip_all => 'needs a web server' if $o->{via} eq 'direct';
my $is_lighttpd = $o->{via} eq 'lighttpd';
$o->app('mobile-app');

# Status, type and JSON of the answer to these bytes.
sub ask {
	my ($text) = @_;
	my $c = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $o->{port}, Timeout => 10) or die "connect: $!\n";
	print $c $text;
	local $/;
	my ($head, $body) = split /\r\n\r\n/, <$c> // '', 2;
	$body =~ s/\A[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n\z/$1/s
	    if $head =~ /^Transfer-Encoding: chunked/mi;
	my ($status) = $head =~ m{\AHTTP/1\.\d (\d+)};
	my ($type) = $head =~ /^Content-Type: ([^\r;]*)/mi;
	return { status => $status, type => $type, json =>
	    scalar eval { Outpost::json()->decode($body) } };
}

my $end = "Host: x\r\nConnection: close\r\n";

# --- no body, no length -----------------------------------------------------

my @campaign = map { $o->post('/push/campaign/create', { requestObject => {
    appId => 'mobile-app', message => { title => 'Hi' } } })
    ->{json}{responseObject}{id} } 1, 2;
my $sent = $o->send('mobile-app', 'nobody')->{json}{responseObject}{messageId};
for my $c ([ "/push/campaign/send/live/$campaign[0]" ],
    [ "/push/campaign/$campaign[1]/delete", 'deleted' ],
    [ "/push/message/$sent/cancel", 'pending' ]) {
	my ($path, $member) = @$c;
	for my $type ('', "Content-Type: application/json\r\n") {
		my $r = ask("POST $path HTTP/1.1\r\n$end$type\r\n");
		my $again = !$member && $type;	# sent already
		is $r->{status}, $again ? 409 : 200, "POST $path" . ($type &&
		    ', with a type');
		ok exists $r->{json}{responseObject}{$member}, 'its answer'
		    if $member;
	}
}
my $r = ask("POST /push/campaign/$campaign[1]/delete HTTP/1.0\r\n\r\n");
is $r->{status}, 200, 'as HTTP/1.0';
$r = ask("POST /push/message/send HTTP/1.1\r\n$end"
    . "Content-Type: application/json\r\n\r\n");
is $r->{status}, 400, 'a call that needs a body';
is $r->{json}{responseObject}{message}, 'Request object must not be empty',
    'says so itself';
$r = ask("POST /admin/app/create HTTP/1.1\r\n$end\r\n");
is $r->{status}, $is_lighttpd ? 411 : 400, 'one of another responder';
is $r->{json}{status}, 'ERROR', 'in the envelope';

# --- refused ----------------------------------------------------------------

my $list = '/push/campaign/list HTTP/1.1';
for my $c ([ 'an odd method', "BREW $list\r\n$end\r\n", qr/501|405/ ],
    [ 'one in lower case', "get $list\r\n$end\r\n", qr/501|405/ ],
    [ 'TRACE', "TRACE $list\r\n$end\r\n", qr/405/ ],
    [ 'no Host', "GET $list\r\nConnection: close\r\n\r\n", qr/400/ ],
    [ 'a header with a space', "GET $list\r\n${end}X Y: z\r\n\r\n", qr/400/ ],
    [ 'a bad length', "POST $list\r\n${end}Content-Length: x\r\n\r\n",
	qr/400/ ],
    [ 'two lengths', "POST $list\r\n${end}Content-Length: 2\r\n"
	. "Content-Length: 3\r\n\r\n{}", qr/400/ ],
    [ 'an unknown coding', "POST $list\r\n${end}Transfer-Encoding: br\r\n\r\n",
	qr/400|501/ ],
    [ 'NUL in the URL', "GET /push/%00 HTTP/1.1\r\n$end\r\n", qr/40[04]/ ],
    [ 'a long header', "GET $list\r\n${end}X: " . 'y' x 40000 . "\r\n\r\n",
	qr/400|431/ ],
    [ 'rubbish', "rubbish\r\n\r\n", qr/400/ ]) {
	my ($name, $text, $want) = @$c;
	$r = ask($text);
	like $r->{status}, $want, "$name: $r->{status}";
	next if !$is_lighttpd;
	is $r->{type}, 'application/json', "$name: of our type";
	is $r->{json}{status}, 'ERROR', "$name: in the envelope";
	is $r->{json}{responseObject}{code}, 'ERROR_GENERIC', "$name: code";
	ok length $r->{json}{responseObject}{message}, "$name: a sentence";
}

# --- nothing is cut ---------------------------------------------------------

$r = ask("GET /push/service/status HTTP/1.1\r\n${end}Range: bytes=0-1\r\n\r\n");
is $r->{status}, 200, 'a part of an answer is not given';
is $r->{json}{status}, 'OK', 'but all of it';

done_testing;
