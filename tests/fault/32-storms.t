#!/usr/bin/perl
# Storms: for a while the provider answers every request with the same
# refusal, or plays a trick of HTTP/2. All messages arrive in the end, none
# is failed, no device is lost, and what the provider asks for is obeyed.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(sleep);

my $n = Fault->long(1000, 2000);
my $o = Fault->up(conf => <<'END');
[apns]
response_timeout = 3s
[fcm]
response_timeout = 3s
END
$o->credentials('mobile-app');

sub storm {
	my ($name, $platform, $seconds, %control) = @_;
	my $prefix = unpack 'H*', "$name $platform ";
	$o->control({ mode => $name, provider => $platform, %control });
	$o->seed('-a', 'mobile-app', '-n', $n, '-p', $platform, '-t',
	    $prefix);
	sleep $seconds;
	my $left = $o->waiting;
	$o->control({ mode => 'normal' });
	note "$name $platform: $left of $n waited when it was over";
	$o->settled(120, "$name $platform: all settled");
	return $o->nothing_lost($n, match => qr/^$prefix/,
	    of => "$name $platform", any_id => $platform ne 'apns');
}

for my $name (qw(503 500 reset refuse goaway close hang max-streams-1)) {
	my $twice = storm($name, 'apns', 1);
	is $twice, 0, "$name: nothing twice, for nothing was accepted"
	    if $name =~ /^(503|500|refuse|reset)$/;
}
storm('503', 'hms', 1);

# SETTINGS lower the limit to one stream while many fly, and raise it again
my $settings = Outpost->apns_token('tok-slow-1000:5e77');
$o->seed('-a', 'mobile-app', '-n', 3000, '-t', $settings);
$o->wait_for(60, sub { $o->seen(qr/^$settings/) > 100 });
$o->control({ streams => 1 });
# what flew by then comes to its end
my ($many, $less);
$o->wait_for(60, sub {
	$many = $o->waiting;
	sleep 1.5;
	$less = $many - $o->waiting;
	return $less <= 60;
});
cmp_ok $many - $less, '>', 0, "SETTINGS 1 in mid-flight: $many of 3000 wait";
cmp_ok $less, '<=', 60, 'and go one at a time';
$o->control({ streams => 500 });
$o->settled(120, 'SETTINGS 1 in mid-flight: all settled');
$o->nothing_lost(3000, match => qr/^$settings/,
    of => 'SETTINGS 1 in mid-flight');

# no WINDOW_UPDATE: bodies that fill the window of the connection, which is
# new, so that it is of this kind
sub flood {
	my ($mark) = @_;
	my @tokens = map { sprintf '%s%016x', $mark, $_ } 1 .. 400;
	$o->queue(tokens => \@tokens, body => '{"title":"Flood","body":"'
	    . 'x' x 2000 . '"}');
	sleep 2;
}
$o->control({ mode => 'no-window-update', provider => 'apns' });
$o->kill_off('sendd');
$o->again;	# and so are its connections
flood('0bf1');
my $stalled = $o->waiting;
note "no-window-update: $stalled of 400 waited after two seconds";
$o->control({ mode => 'normal' });
$o->settled(120, 'no-window-update: all settled');
$o->nothing_lost(400, match => qr/^0bf1/, of => 'no-window-update',
    why => 'no answer in time');

# FCM is not asked again before ten seconds: only some are hit
storm('503', 'fcm', 0.2, count => 20);

# Rows that are due again before so many seconds from their sending on, be it
# long ago.
sub too_soon {
	my ($seconds) = @_;
	return $o->value('SELECT COUNT(*) FROM push_outbox o JOIN push_send s'
	    . ' ON s.id = o.send_id WHERE o.due <'
	    . " s.created + INTERVAL $seconds SECOND");
}

# Retry-After is a floor: what was refused waits that long
$o->control({ mode => '503', provider => 'apns', count => 50,
    retry_after => 60 });
$o->seed('-a', 'mobile-app', '-n', 200, '-t', '0af1');
$o->wait_for(60, sub { $o->waiting == 50 });
is $o->waiting, 50, 'those not told to wait have gone';
is too_soon(60), 0,
    '503 with Retry-After 60: nothing is due before';
$o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3)');
$o->settled(120);
$o->nothing_lost(200, match => qr/^0af1/, of => '503 Retry-After');

# without one, 429 means this token alone, for a minute
$o->control({ mode => '429', provider => 'apns', count => 50 });
$o->seed('-a', 'mobile-app', '-n', 200, '-t', '0af2');
$o->wait_for(60, sub { $o->waiting == 50 });
is $o->waiting, 50, '429: the other tokens go on';
is too_soon(30), 0,
    '429 without Retry-After: not at once again';
$o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3)');
$o->settled(120);
$o->nothing_lost(200, match => qr/^0af2/, of => '429');

my $total = $o->value('SELECT SUM(total) FROM push_send');
$o->accounts($total);

done_testing;
