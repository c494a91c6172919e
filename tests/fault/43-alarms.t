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
	$o->settled(30, "$provider $says: all have an outcome");
	my $log = $o->log_text;
	my $where = "provider=$provider app=mobile-app";
	is scalar(() = $log =~ /^<6>reject .* $where .* why="$says"$/mg), $n,
	    'a line for each message';
	is scalar(() = $log =~ /^<3>alarm $where why="$says"$/mg), $alarms,
	    $alarms ? 'one alarm' : 'no alarm';
}
is $o->value("SELECT SUM(apns_failed + fcm_failed + hms_failed)"
    . ' FROM push_send'), 6 * $n, 'each counted as failed';

done_testing;
