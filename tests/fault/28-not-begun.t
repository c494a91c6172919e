#!/usr/bin/perl
# MariaDB refuses to begin a transaction, whose statements are under way to it
# already. Each would be committed alone, and there would be half a message or
# half a registration: nothing may be written, and the call must not succeed.
#
# Between the program and MariaDB stands a relay that spells START wrong, and
# has it fail where it is the first of several statements that are sent as one:
# they are prepared when they come for the third time.
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
	return $data if !-e $armed;
	$data =~ s/\x03START TRANSACTION/\x03STARD TRANSACTION/g;
	$data =~ s/ATOMIC START TRANSACTION READ WRITE;/
	    sprintf 'ATOMIC %-28s;', "SIGNAL SQLSTATE '45000'"/ge;
	return $data;
});
$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[database]\nsocket = " . $relay->path . "\n");

# On new connections.
sub restart {
	my $out = $o->stack('restart', 'web');
	is $?, 0, 'the responders run through the relay' or diag $out;
}

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
sub succeed {
	for (@calls) {
		my ($what, $path, $body) = @$_;
		is $o->post($path, $body)->{status}, 200, "now $what succeeds";
	}
	$o->settled(120, 'and is delivered');
}

for my $round ([ 'prepared there', 1 ], [ 'prepared before', 1 ],
    [ 'sent as one', 4 ]) {
	my ($how, $times) = @$round;
	restart();
	succeed() if $how eq 'prepared before';
	my $before = $o->contents;
	$o->write_file($armed, '');
	for (@calls[0, 1]) {
		my ($what, $path, $body) = @$_;
		isnt $o->post($path, $body)->{status}, 200,
		    "$what is refused, statements $how" for 1 .. $times;
	}
	is $o->contents, $before, 'nothing was written';
	unlink $armed;
}
restart();
succeed();
$o->down;
done_testing();
