#!/usr/bin/perl
# Whom a message reaches, and by which service: the choice is made device by
# device for a single send (core/target.c) and in SQL for a campaign (db/sql.c).
# On the same devices both must choose the same.
use strict;
use warnings;
use Outpost;
use Test::More;

use constant CHUNK => 100;	# a campaign of more users goes the large way

my $o = Outpost->up(conf => "[campaign]\nchunk = " . CHUNK . "\n");
my $app = $o->app('mobile-app');
my $app_id = ($o->sql('SELECT id FROM push_app_credentials'))[0][0];

# platform, environment, is_active, what is special
my @devices = (
    [ 'apns', undef, 1 ], [ 'ios', undef, 1 ], [ 'iOS', undef, 1 ],
    [ 'APNS', 'production', 1 ], [ 'ios', 'production', 1 ],
    [ 'apns', 'development', 1 ], [ 'IOS', 'development', 1 ],
    [ 'ios', 'elsewhere', 1 ],
    [ 'fcm', undef, 1 ], [ 'android', 'development', 1 ],
    [ 'Android', undef, 1 ], [ 'FCM', 'production', 1 ],
    [ 'hms', undef, 1 ], [ 'Huawei', undef, 1 ],
    [ 'symbian', undef, 1 ], [ '', undef, 1 ], [ 'apns ', undef, 1 ],
    [ 'fcm', undef, 0 ], [ 'ios', 'development', 0 ],
    [ 'android', undef, 1, 'in quarantine' ],
    [ 'apns', undef, 1, 'in quarantine' ],
    [ 'fcm', undef, 1, 'no token' ], [ 'ios', undef, 1, 'no token' ]);

sub quoted { return defined $_[0] ? "'$_[0]'" : 'NULL' }

for my $n (1 .. @devices) {
	my ($platform, $environment, $active, $special) = @{ $devices[$n - 1] };
	my $token = $platform =~ /ios|apns/i ? Outpost->apns_token("t-$n")
	    : "token-$n";
	$token = '' if ($special // '') eq 'no token';
	my $gone = ($special // '') eq 'in quarantine' ? 'UTC_TIMESTAMP(3)'
	    : 'NULL';
	$o->sql("INSERT INTO push_device_registration (id, activation_id,
	    user_id, app_id, platform, environment, push_token,
	    timestamp_last_registered, is_active, gone_at) VALUES ($n, UUID(),
	    'u$n', $app_id, '$platform', " . quoted($environment) . ",
	    '$token', UTC_TIMESTAMP(3), $active, $gone)");
}

# Rows stay where they are.
my $sendd = $o->pid('sendd');
kill 'STOP', $sendd;

# Of a send: which of the devices are queued and how, and how many fail.
sub reached {
	my ($send) = @_;
	my @rows = map { join ' ', @$_ } $o->sql("SELECT device_id, platform,
	    environment FROM push_outbox WHERE send_id = $send
	    ORDER BY device_id");
	my ($failed) = map { $_->[0] } $o->sql("SELECT apns_failed + fcm_failed
	    + hms_failed FROM push_send WHERE id = $send");
	return { rows => \@rows, failed => $failed };
}

sub singly {
	my %all = (rows => [], failed => 0);
	for my $n (1 .. @devices) {
		my $r = $o->post('/push/message/send', { requestObject => {
		    appId => $app, mode => 'ASYNCHRONOUS', message => {
			userId => "u$n", body => { body => 'B' } } } });
		my $one = reached($r->{json}{responseObject}{messageId});
		push @{ $all{rows} }, @{ $one->{rows} };
		$all{failed} += $one->{failed};
	}
	return \%all;
}

# More users than devices: they have none.
sub by_campaign {
	my ($users) = @_;
	my $id = $o->post('/push/campaign/create', { requestObject => {
	    appId => $app, message => { body => 'B' } } })
	    ->{json}{responseObject}{id};
	$o->sql("INSERT INTO push_campaign_user (campaign_id, user_id,
	    timestamp_created) SELECT $id, CONCAT('u', seq), UTC_TIMESTAMP(3)
	    FROM seq_1_to_$users");
	$o->post("/push/campaign/send/live/$id", '');
	my ($send) = map { $_->[0] } $o->sql("SELECT send_id FROM push_campaign
	    WHERE id = $id AND state IN ('sending', 'done')");
	return reached($send);
}

sub compare {
	my ($what) = @_;
	my $single = singly();
	is_deeply by_campaign(scalar @devices), $single,
	    "$what: a small campaign chooses as single sends do";
	is_deeply by_campaign(2 * CHUNK), $single,
	    "$what: so does a large one";
	return $single;
}

my $got = compare('an application in development');
is scalar(@{ $got->{rows} }), 18, 'reached: all but five';
is $got->{failed}, 0, 'nobody is refused';
is_deeply [ grep { /^(3|4|11|13|14) / } @{ $got->{rows} } ],
    [ '3 0 1', '4 0 0', '11 1 0', '13 2 0', '14 2 0' ],
    'letter case is no matter';
is_deeply [ grep { /^(15|16|17|20|21) / } @{ $got->{rows} } ], [],
    'neither an unknown platform nor what is in quarantine';

$o->sql("UPDATE push_app_credentials SET apns_environment = 'production'");
$got = compare('in production');
is $got->{failed}, 3, 'devices of development are refused';

$o->sql('UPDATE push_app_credentials SET apns_environment = NULL');
compare('one that names no environment');

for my $service ('hms', 'apns', 'fcm') {
	is $o->delete("/admin/app/$service", { requestObject => {
	    appId => $app } })->{status}, 200, "no credentials for $service";
	compare("without $service");
}

kill 'CONT', $sendd;
done_testing;
