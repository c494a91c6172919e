#!/usr/bin/perl
# A provider is its descriptor. sendd_null has one that nothing else knows
# (tests/null/provider.c, in the place of HMS): it sends by that provider,
# counts for it, and the live check asks it; the stand-in hears nothing.
use strict;
use warnings;
use JSON::PP;
use Outpost;
use Test::More;

my $o = Outpost->up;
my $app = $o->app('mobile-app');
$o->device($app, 'joe', 'hms', 'tok-nobody-reads');
my $heard = $o->ledger;

my $pid = $o->pid('sendd');
kill 'TERM', $pid;
ok $o->wait_for(60, sub { !kill 0, $pid }), 'sendd ends';
$pid = fork // die "fork: $!\n";
if ($pid == 0) {
	open STDERR, '>>', "$o->{run}/logs/sendd_null.log";
	exec "$ENV{BIN}/sendd_null", '-c', $o->{conf};
	exit 127;
}

my $sent = $o->send($app, 'joe');
is $sent->{status}, 200, 'a message is sent';
is $sent->{json}{responseObject}{hms}{sent}, 1, 'by the null provider';
my ($row) = $o->sql('SELECT hms_total, hms_sent, hms_failed FROM push_send');
is "@$row", '1 1 0', 'and counted';

my $check = $o->post('/admin/app/check',
    { requestObject => { appId => $app, live => JSON::PP::true } });
my $live = $check->{json}{responseObject}{live};
is $live->{hms}{result}, 'ok', 'the live check asks it';

my $log = $o->read_file("$o->{run}/logs/sendd_null.log");
unlike $log, qr/grant provider=hms/, 'it asks no token server';
is scalar($o->ledger), $heard, 'no provider has heard of it';

kill 'TERM', $pid;
waitpid $pid, 0;
is $?, 0, 'sendd_null ends';
$o->down;
done_testing;
