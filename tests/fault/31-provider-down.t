#!/usr/bin/perl
# The provider is away: its process killed in the middle of a run, its port
# closed, its certificate from an authority that we do not trust. Messages
# wait, without a try used up, and go when it is back.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(sleep);

# not all at once, so that each kill meets some in flight
my $o = Fault->up(conf => "[apns]\nconnect_timeout = 1s\nrate = 300/s\n");
$o->credentials('mobile-app');
my $n = 0;

# killed in flight, three times
for my $round (1 .. 3) {
	$o->seed('-a', 'mobile-app', '-n', 1000, '-t',
	    Outpost->apns_token("tok-slow-100:$round"));
	$n += 1000;
	my $before = $o->seen;
	$o->wait_for(60, sub { $o->seen > $before });
	$o->kill_off('provider');
	sleep 0.5;
	cmp_ok $o->waiting, '>', 0, $o->waiting
	    . ' rows wait while the provider is dead';
	$o->again;
}
$o->settled(120);
$o->nothing_lost($n, why => 'in flight when the provider was killed');
$o->accounts($n);

# away before anything is sent: certainly not sent, so no try is counted
$o->kill_off('provider');
$o->seed('-a', 'mobile-app', '-n', 500, '-p', 'fcm', '-t', 'away-');
$o->seed('-a', 'mobile-app', '-n', 500, '-t', 'ab' x 16);
$n += 1000;
sleep 1.5;
is $o->waiting, 1000, 'all rows wait while its port is closed';
is $o->value('SELECT COUNT(*) FROM push_outbox WHERE attempts > 0'), 0,
    'no try is used up by a connection that was refused';
my @complaints = $o->log_text =~ /(cannot connect|disconnected|connect )/g;
cmp_ok scalar(@complaints), '<', 50, 'it is not said for every message';
$o->again;
$o->settled(120);
$o->nothing_lost($n);
$o->accounts($n);

# TLS: an authority that has not signed its certificate
my $good = $o->read_file($o->{conf});
my $ca = "$o->{run}/other-ca.pem";
system 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256'
    . " -nodes -keyout /dev/null -out $ca -subj /CN=Other -days 2 2>/dev/null";
chmod 0644, $ca;
$o->write_file($o->{conf}, "$good\n[apns]\nca_file = $ca\n");
$o->stack('restart', 'sendd');
is $?, 0, 'sendd runs with another authority to trust';
$o->seed('-a', 'mobile-app', '-n', 300, '-t', 'cd' x 16);
$n += 300;
ok $o->wait_for(60, sub { $o->log_text =~ /certificate/i }),
    'the log says why nothing is sent';
is $o->waiting, 300, 'to one whose name is not proved';
$o->write_file($o->{conf}, $good);
kill 'HUP', $o->pid('sendd');
$o->settled(120, 'it goes after the settings are corrected and read again');
$o->nothing_lost($n);
$o->accounts($n);

done_testing;
