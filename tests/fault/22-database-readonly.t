#!/usr/bin/perl
# The database refuses to write, as a full disk or a standby does. Callers
# get 503, nothing is written by halves, sendd waits; then all goes on.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(sleep);

my $o = Fault->up(conf => "[log]\nlevel = notice\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);
$o->seed('-a', 'mobile-app', '-n', 1000, '-t',
    Outpost->apns_token('tok-slow-4000:'));
$o->wait_for(60, sub { $o->seen });

$o->sql('SET GLOBAL read_only = 1');
sleep 0.3;	# statements under way are over
my $count = 'SELECT (SELECT COUNT(*) FROM push_send),'
    . ' (SELECT COUNT(*) FROM push_message),'
    . ' (SELECT COUNT(*) FROM push_outbox_body),'
    . ' (SELECT COUNT(*) FROM push_device_registration)';
my ($before) = $o->sql($count);
my %calls = (
	'/push/message/send' => { appId => 'mobile-app',
	    mode => 'ASYNCHRONOUS', message => { userId => 'somebody',
		body => { title => 'T', body => 'refused' } } },
	'/push/message/batch/send' => { appId => 'mobile-app',
	    mode => 'ASYNCHRONOUS', batch => [ { userId => 'somebody',
		body => { title => 'T', body => 'refused' } } ] },
	'/push/device/create' => { appId => 'mobile-app',
	    platform => 'ios', token => 'ff' x 32, userId => 'other',
	    activationId => Outpost::uuid() });
for my $path (sort keys %calls) {
	my $r = $o->post($path, { requestObject => $calls{$path} });
	is $r->{status}, 503, "$path: 503" or diag $r->{body};
	is eval { $r->{json}{responseObject}{code} }, 'ERROR_DATABASE',
	    'ERROR_DATABASE';
}
my ($after) = $o->sql($count);
is_deeply $after, $before, 'nothing was written by halves';
ok kill(0, $o->pid('sendd')), 'sendd lives on';
cmp_ok $o->waiting, '>', 0, 'unsettled rows stay';
my $said = () = $o->log_text =~ /^<3>database:/mg;
cmp_ok $said, '<', 20, "sendd says it, not each time ($said)";

sleep Fault->long(1, 10);
$o->sql('SET GLOBAL read_only = 0');
my $r = $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS',
    body => { title => 'T', body => 'again' });
is $r->{status}, 200, 'callers are served again at once';
$o->settled(120);
$o->nothing_lost(1000, match => qr/^746f6b/,
    why => 'the lease ran out before the outcome could be written');
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is $seen{refused} // 0, 0, 'what was refused was not sent';
is $seen{again} // 0, 1, 'what was accepted was, once';
$o->accounts(1001);

done_testing;
