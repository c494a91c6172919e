#!/usr/bin/perl
# An alarm is for those who run this, and one line tells them: not for a
# message that its caller wrote badly, and not again for each message that
# meets the same cause.
use strict;
use warnings;
use Fault;
use Test::More;

my $o = Fault->up(conf => "[hms]\nbatch = 1\n");
$o->credentials('mobile-app');
my $n = 30;

# Columns: provider, what it says to every message, lines of alarm.
for (
    [ hms  => '80100001',         0 ],	# its parameters
    [ hms  => '80100003',         0 ],	# its structure: no body, say
    [ hms  => '80300011',         1 ],	# a right that Huawei did not grant
    [ fcm  => 'INVALID_ARGUMENT', 0 ],
    [ apns => 'PayloadTooLarge',  0 ],
    [ apns => 'BadPath',          1 ]) {
	my ($provider, $says, $alarms) = @$_;
	my @tokens = map { "tok-$says:$_" } 1 .. $n;
	@tokens = map { Outpost->apns_token($_) } @tokens
	    if $provider eq 'apns';
	$o->queue(platform => $provider, tokens => \@tokens);
	$o->settled(120, "$provider $says: all have an outcome");
	my $log = $o->log_text;
	my $where = "provider=$provider app=mobile-app";
	is scalar(() = $log =~ /^<6>reject .* $where .* why="$says"$/mg), $n,
	    'a line for each message';
	is scalar(() = $log =~ /^<3>alarm $where why="$says"$/mg), $alarms,
	    $alarms ? 'one alarm' : 'no alarm';
}
is $o->value("SELECT SUM(apns_failed + fcm_failed + hms_failed)"
    . ' FROM push_send'), 6 * $n, 'each counted as failed';

# A credential that cannot be used at all, for one that is there: as loud as
# one that is refused, from the first message that waits for it on.
my $text = $o->read_file($o->{conf});
$o->write_file($o->{conf}, $text
    . "[fcm]\nsend_url = https://127.0.0.2:2/v1/%s:send\n");
kill 'HUP', $o->pid('sendd');
ok $o->wait_for(60, sub { $o->log_text =~
    /hold provider=fcm app=mobile-app why="[^"]*token_uri/ }), 'not usable';
unlike $o->log_text, qr/alarm provider=fcm/, 'no alarm while nothing waits';
$o->queue(platform => 'fcm', tokens => ['waits', 'waits-too']);
ok $o->wait_for(60, sub { $o->log_text =~
    /^<3>alarm provider=fcm app=mobile-app why="[^"]*token_uri[^"]*"$/m }),
    'an alarm when something does';
ok $o->wait_for(60, sub { ($o->value('SELECT state FROM push_health WHERE'
    . ' platform = 1') // '') eq 'held' }), 'its state is held';
my ($status, $said) = $o->outpost('queue');
like $said, qr/^held: mobile-app \(fcm\) since .* by sendd .*token_uri/m,
    'outpost queue says so';
like $o->get('/metrics')->{body},
    qr/^outpost_hold\{app="mobile-app",provider="fcm"\} 1$/m, 'and the metric';
$o->write_file($o->{conf}, $text);
kill 'HUP', $o->pid('sendd');
$o->settled(120, 'what waited is sent when it can be used');
is scalar(() = $o->log_text =~ /^<3>alarm provider=fcm/mg), 1, 'told once';
ok $o->wait_for(60, sub { $o->value('SELECT state FROM push_health WHERE'
    . ' platform = 1') eq 'ok' }), 'and held no more';

done_testing;
