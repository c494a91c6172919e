#!/usr/bin/perl
# A fault of ours never costs a device: a wrong APNs key while a campaign
# runs, a key the provider refuses for a while, an access token revoked, a
# provider token called expired. The queue stays, the others go on, and all
# is delivered when the fault is gone.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(sleep);

my $n = Fault->long(2000, 10000);
my $o = Fault->up(conf => "[log]\nlevel = notice\n");
$o->credentials('wrong-app', wrong => 1);
$o->credentials('other-app');

# devices of the messages to come: seed numbers them from 0
sub devices {
	my ($app, $prefix, $count) = @_;
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . " timestamp_last_registered, is_active) SELECT UUID(), 'u',"
	    . " a.id, 'apns', 'development', CONCAT('$prefix',"
	    . " LPAD(LOWER(HEX(seq)), 16, '0')), '2020-01-01', 1"
	    . ' FROM seq_1_to_' . $count . ', push_app_credentials a'
	    . " WHERE a.app_id = '$app'");
}

sub gone { return $o->value('SELECT COUNT(*) FROM push_device_registration'
    . ' WHERE gone_at IS NOT NULL') }
sub of_app { return 'app_id = (SELECT id FROM push_app_credentials WHERE'
    . " app_id = '$_[0]')" }

my $wrong = 'aa' x 20;
devices('wrong-app', $wrong, $n);
$o->seed('-a', 'wrong-app', '-n', $n, '-t', $wrong);
$o->seed('-a', 'other-app', '-n', 500, '-t', 'bb' x 20);
$o->seed('-a', 'wrong-app', '-n', 200, '-p', 'fcm', '-t', 'fcm-');
$o->seed('-a', 'wrong-app', '-n', 200, '-p', 'hms', '-t', 'hms-');

# the others are not held up
ok $o->wait_for(60, sub { $o->waiting <= $n }),
    'other apps and providers go on';
$o->nothing_lost(500, match => qr/^bbbb/, of => 'another app');
$o->nothing_lost(200, match => qr/^fcm-/, of => 'FCM of the app',
    any_id => 1);
$o->nothing_lost(200, match => qr/^hms-/, of => 'HMS of the app',
    any_id => 1);
sleep 1;
is $o->waiting, $n, 'all messages with the wrong key are kept';
is $o->seen(qr/^aaaa/), 0, 'none of them was accepted';
is gone(), 0, 'no device is given up';
is $o->value('SELECT COUNT(*) FROM push_outbox WHERE attempts > 0'), 0,
    'no try is used up';
my @alarms = $o->log_text =~ /(hold provider=apns app=wrong-app)/g;
cmp_ok scalar(@alarms), '>=', 1, 'an alarm was raised';
cmp_ok scalar(@alarms), '<', 10, 'and not once for each message';
is scalar(() = $o->log_text =~
    /^<3>alarm provider=apns app=wrong-app why="InvalidProviderToken"$/mg), 1,
    'one line of it is for a person, however often it is tried';
my $asked = $o->control->{rejected};
cmp_ok $asked, '<', $n / 2 + 600, "the provider was not asked for each"
    . " message ($asked refusals)";

$o->credentials('wrong-app');	# the key is corrected
$o->settled(120, 'all is delivered after the key is corrected');
$o->nothing_lost($n, match => qr/^aaaa/, of => 'with the wrong key');
is gone(), 0, 'no device is given up after all';
$o->accounts($n + 900);

# the provider refuses our good key for some seconds: it resumes by itself
$o->control({ mode => 'reject-jwt', provider => 'apns' });
$o->seed('-a', 'other-app', '-n', 500, '-t', 'cc' x 20);
sleep 3;
is $o->waiting, 500, 'a key refused for a while: the queue is kept';
$o->control({ mode => 'normal' });
$o->settled(120, 'a probe finds that it is over');
$o->nothing_lost(500, match => qr/^cccc/, of => 'key refused for a while');

# an access token revoked under way: a new one, at once
$o->control({ revoke => JSON::PP::true() });
$o->seed('-a', 'other-app', '-n', 500, '-p', 'fcm', '-t', 'revoked-');
$o->seed('-a', 'other-app', '-n', 500, '-p', 'hms', '-t', 'revoked-');
$o->settled(120, 'a revoked access token is replaced');
is $o->seen(qr/^revoked-/), 1000, 'nothing is lost by it, nothing twice';

# "expired", which spoils the connection for good
for my $round (1 .. 2) {
	$o->control({ mode => 'expire-jwt', provider => 'apns',
	    count => 1 });
	$o->seed('-a', 'other-app', '-n', 500, '-t', "dd0$round" x 10);
	$o->settled(120, 'a token called expired: a new connection cures');
	$o->nothing_lost(500, match => qr/^dd0$round/, of => 'expired');
}
is gone(), 0, 'no device is given up in all this';
is $o->value('SELECT SUM(apns_failed + fcm_failed + hms_failed)'
    . ' FROM push_send'), 0, 'no message failed in all this';

done_testing;
