#!/usr/bin/perl
# Each run of a campaign has one steward: the sendd that leases the shard of its
# send. Another one neither queues nor ends the run, until it has that shard.
use strict;
use warnings;
use Fault;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep);

my $half = "[sendd]\nshards_max = 32\n";
my $o = Fault->up(conf => "[campaign]\nchunk = 100\n$half");
$o->credentials('mobile-app');
my $app = $o->value('SELECT id FROM push_app_credentials');
$o->sql('INSERT INTO push_device_registration (activation_id, user_id, app_id,'
    . ' platform, environment, push_token, timestamp_last_registered,'
    . " is_active) SELECT CONCAT('s', seq), CONCAT('s', seq), $app, 'ios',"
    . " 'development', LPAD(HEX(seq), 64, '0'), UTC_TIMESTAMP(3), 1"
    . ' FROM seq_1_to_150');

# Only a sendd queues a run that begins later. Its shard is that of its send.
my (%own, %other);
sub begin_run {
	my $id = $o->post('/push/campaign/create', { requestObject => {
	    appId => 'mobile-app', message => { title => 'S' } } })
	    ->{json}{responseObject}{id};
	$o->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
	    . " timestamp_created) SELECT $id, CONCAT('s', seq), NOW()"
	    . ' FROM seq_1_to_150');
	my $later = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 3600));
	$o->post("/push/campaign/send/live/$id", { requestObject => {
	    sendAt => $later } });
	my $mine = $o->value('SELECT COUNT(*) FROM push_campaign c JOIN'
	    . ' push_shard s ON s.shard = c.send_id % 64'
	    . " WHERE c.id = $id AND s.owner <> ''");
	($mine ? \%own : \%other)->{$id} = 1;
}

ok $o->wait_for(60, sub {
	return $o->value("SELECT COUNT(*) FROM push_shard WHERE owner <> ''")
	    == 32;
}), 'a sendd has half of the shards';
# the ids of one second follow each other, and so their shards may
for (1 .. 100) {
	last if keys %own >= 3 && keys %other >= 3;
	begin_run();
	sleep 0.2;
}
cmp_ok scalar(keys %own), '>=', 3, 'runs of its shards';
cmp_ok scalar(keys %other), '>=', 3, 'and of the others';
$o->sql('UPDATE push_campaign_run SET start_at = UTC_TIMESTAMP(3)');

sub in_state {
	my ($state, $ids) = @_;
	return $o->value('SELECT COUNT(*) FROM push_campaign WHERE state ='
	    . " '$state' AND id IN (" . join(',', keys %$ids) . ')');
}
ok $o->wait_for(120, sub { in_state('queueing', \%own) == 0 }),
    'all runs of its shards are queued';
is in_state('queueing', \%other), keys %other,
    'and none of the others, which it has passed over meanwhile';
is $o->value('SELECT COUNT(*) FROM push_outbox q JOIN push_campaign c ON'
    . ' c.send_id = q.send_id WHERE c.id IN (' . join(',', keys %other) . ')'),
    0, 'which have no row';

$o->more_sendd('second', $half);
ok $o->wait_for(120, sub { in_state('done', { %own, %other })
    == keys(%own) + keys(%other) }), 'with a second sendd all runs are done'
    or diag join "\n", map { "@$_" } $o->sql('SELECT id, state FROM'
    . ' push_campaign');
is $o->value('SELECT COUNT(*) FROM push_send WHERE total <> 150 OR'
    . ' done <> total'), 0, 'each device was queued once by each run';

# --- a cluster that has become one server -----------------------------------

# What was counted there and not added up yet is added up here. A send is told
# as it was before its last five messages, of which two rows tell.
my ($send) = map { $_->[0] } $o->sql('SELECT id FROM push_send LIMIT 1');
$o->sql('UPDATE push_send SET answered = 145, done = 145, apns_sent = apns_sent'
    . " - 5 WHERE id = $send; INSERT INTO push_send_delta (send_id, counts)"
    . " VALUES ($send, '[$send,3,3,[[3,0,0],[0,0,0],[0,0,0],[0,0,0]],0,0,0]'),"
    . " ($send, '[$send,2,2,[[2,0,0],[0,0,0],[0,0,0],[0,0,0]],0,0,0]')");
ok $o->wait_for(60, sub {
	return $o->value('SELECT COUNT(*) FROM push_send_delta') == 0;
}), 'counts that were left are added up';
is_deeply [ $o->sql('SELECT answered, done, apns_sent FROM push_send'
    . " WHERE id = $send") ], [ [ 150, 150, 150 ] ], 'each once';

done_testing;
