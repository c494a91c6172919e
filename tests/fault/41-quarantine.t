#!/usr/bin/perl
# Who is given up: on hard evidence (410, UNREGISTERED) unless registered
# again since, on suspicion only while the rest is delivered. A mass of
# suspicions trips the guard: all devices stay, and an alarm is in the log.
# Registering again brings a device back.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(time sleep);

my $o = Fault->up(conf => "[message]\nstorage = yes\n");
$o->credentials('mobile-app');

my $number = 0;
my $now = int(time * 1000);

# A device with this token; answers its id.
sub device {
	my ($app, $platform, $token) = @_;
	my $user = 'user-' . ++$number;
	$o->device($app, $user, $platform, $token);
	my $id = $o->value('SELECT id FROM push_device_registration WHERE'
	    . " user_id = '$user'");
	return ($user, $id);
}
sub apns { return Outpost->apns_token("tok-$_[0]:" . ++$number) }
sub gone {
	my ($id) = @_;
	return $o->value('SELECT COALESCE(gone_reason, "-") FROM'
	    . " push_device_registration WHERE id = $id");
}
sub count_gone { return $o->value('SELECT COUNT(*) FROM'
    . ' push_device_registration WHERE gone_at IS NOT NULL') }

# enough successes, so that the share of the refused is small
$o->seed('-a', 'mobile-app', '-n', 200);
$o->seed('-a', 'mobile-app', '-n', 100, '-p', 'fcm', '-t', 'fine-');
$o->seed('-a', 'mobile-app', '-n', 100, '-p', 'hms', '-t', 'fine-');
$o->settled(120);

my @hard = (
	['ios', apns('Unregistered@' . ($now + 600000)),
	    'Unregistered', 'dead since after the registration'],
	['ios', apns('Unregistered@' . ($now - 86400000)), '-',
	    'dead before it was registered again: kept'],
	['ios', apns('ExpiredToken@' . ($now + 600000)), 'ExpiredToken',
	    'expired'],
	['ios', apns('BadDeviceToken'), 'BadDeviceToken',
	    'one bad token among many good ones'],
	['ios', apns('DeviceTokenNotForTopic'), 'DeviceTokenNotForTopic',
	    'one token of another topic'],
	['ios', apns('PayloadTooLarge'), '-', 'the message\'s fault: kept'],
	['ios', apns('unknown-reason'), '-', 'an unknown reason: kept'],
	['android', 'tok-UNREGISTERED:1', 'UNREGISTERED', 'FCM says so'],
	['android', 'tok-SENDER_ID_MISMATCH:1', 'SENDER_ID_MISMATCH',
	    'FCM: one token of another sender'],
	['android', 'tok-INVALID_ARGUMENT:1', '-',
	    'FCM: the request\'s fault: kept'],
	['huawei', 'tok-80300007:1', '80300007', 'HMS: one bad token'],
	['huawei', 'tok-80300008:1', '-', 'HMS: the body\'s fault: kept'],
);
my @devices;
for my $case (@hard) {
	my ($platform, $token, $reason, $what) = @$case;
	my ($user, $id) = device('mobile-app', $platform, $token);
	my $r = $o->send('mobile-app', $user);
	is $r->{status}, 200, "$what: the send is answered"
	    or diag $r->{body};
	push @devices, [$user, $id, @$case];
}
$o->settled(120);
for (@devices) {
	my ($user, $id, $platform, $token, $reason, $what) = @$_;
	is gone($id), $reason, "$platform: $what";
}

# in quarantine: excluded from sends
my ($user, $id, undef, $token) = @{ $devices[0] };
my $before = $o->control->{requests};
my $r = $o->send('mobile-app', $user);
is $r->{status}, 200, 'a send to somebody in quarantine is no error';
is $o->waiting, 0, 'and queues nothing';

# registered again: cleared
$o->device('mobile-app', $user, 'ios', $token);
is $o->value('SELECT COUNT(*) FROM push_device_registration WHERE'
    . " push_token = '$token' AND gone_at IS NULL"), 1,
    'registering again brings it back';
is $o->value('SELECT COUNT(*) FROM push_device_registration WHERE'
    . " push_token = '$token'"), 1, 'as one row';

# a mass of suspicions: another app, so that its window is fresh
$o->credentials('mass-app');
my $gone = count_gone();
my (@tokens, @ids);
for (1 .. 60) {
	my $t = apns('BadDeviceToken');
	push @tokens, $t;
}
my $app = $o->value('SELECT id FROM push_app_credentials WHERE app_id ='
    . " 'mass-app'");
$o->sql_text('INSERT INTO push_device_registration (activation_id,'
    . ' user_id, app_id, platform, environment, push_token,'
    . ' timestamp_last_registered, is_active) VALUES '
    . join(',', map { "(UUID(),'m',$app,'apns','development','$_',"
    . "'2020-01-01',1)" } @tokens));
my %id = map { @$_ } $o->sql('SELECT push_token, id FROM'
    . " push_device_registration WHERE app_id = $app");
$o->queue(app => 'mass-app', tokens => \@tokens,
    device => [ @id{@tokens} ]);
$o->settled(120);
is count_gone(), $gone, 'a mass of bad tokens: all devices are kept';
like $o->log_text, qr/^<3>.*guard provider=apns app=mass-app/m,
    'and the alarm is in the log';
my @alarms = $o->log_text =~ /guard provider=apns app=mass-app/g;
is scalar(@alarms), 1, 'once';

# mixed: successes first, then more than the share allows
$o->credentials('mixed-app');
$o->seed('-a', 'mixed-app', '-n', 100);
$o->settled(120);
my @many = map { apns('DeviceTokenNotForTopic') } 1 .. 100;
$app = $o->value('SELECT id FROM push_app_credentials WHERE app_id ='
    . " 'mixed-app'");
$o->sql_text('INSERT INTO push_device_registration (activation_id,'
    . ' user_id, app_id, platform, environment, push_token,'
    . ' timestamp_last_registered, is_active) VALUES '
    . join(',', map { "(UUID(),'m',$app,'apns','development','$_',"
    . "'2020-01-01',1)" } @many));
%id = map { @$_ } $o->sql('SELECT push_token, id FROM'
    . " push_device_registration WHERE app_id = $app");
$gone = count_gone();
$o->queue(app => 'mixed-app', tokens => \@many, device => [ @id{@many} ]);
$o->settled(120);
my $lost = count_gone() - $gone;
cmp_ok $lost, '<=', 25, "the guard stops at its share: $lost of 100 given up";
like $o->log_text, qr/^<3>.*guard provider=apns app=mixed-app/m,
    'with an alarm';

done_testing;
