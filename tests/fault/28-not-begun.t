#!/usr/bin/perl
# MariaDB refuses to begin a transaction, whose statements are under way to it
# already. Each would be committed alone, and there would be half a message or
# half a registration: nothing may be written, and the call must not succeed.
#
# Between the program and MariaDB stands a relay that spells START wrong.
use strict;
use warnings;
use Fault;
use Relay;
use Test::More;

my $o = Fault->up(conf => "[api]\nworkers = 1\n[message]\nstorage = yes\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);
my $armed = "$o->{run}/relay.armed";
my $relay = Relay->new($o, sub { '' }, sub {
	my ($data) = @_;
	$data =~ s/\x03START TRANSACTION/\x03STARD TRANSACTION/g if -e $armed;
	return $data;
});
$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[database]\nsocket = " . $relay->path . "\n");
my $out = $o->stack('restart', 'web');
is $?, 0, 'the responders run through the relay' or diag $out;

my $n = 0;
my %device = (appId => 'mobile-app', platform => 'ios', userId => 'other',
    token => 'dd' x 32, activationId => Outpost::uuid());
my @calls = (
    [ 'a message', '/push/message/send', { requestObject => {
	appId => 'mobile-app', mode => 'ASYNCHRONOUS', message => {
	    userId => 'somebody', body => { title => 'T', body => 'B' } } } } ],
    [ 'a registration', '/push/device/create',
	{ requestObject => \%device } ],
    [ 'a status', '/push/device/status/update', { activationId =>
	$device{activationId}, activationStatus => 'BLOCKED' } ],
);
for my $round ('prepared there', 'prepared before') {
	my $before = $o->contents;
	$o->write_file($armed, '');
	for (@calls[0, 1]) {
		my ($what, $path, $body) = @$_;
		is $o->post($path, $body)->{status}, 500,
		    "$what is refused, statements $round";
	}
	is $o->contents, $before, 'nothing was written';
	unlink $armed;
	for (@calls) {
		my ($what, $path, $body) = @$_;
		is $o->post($path, $body)->{status}, 200, "now $what succeeds";
	}
	$o->settled(120, 'and is delivered');
}
$o->down;
done_testing();
