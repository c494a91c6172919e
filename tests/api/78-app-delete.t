#!/usr/bin/perl
# An application is deleted with all that is its own, and nothing of another:
# also while sendd has a message in hand, a campaign is being sent, and a run
# was killed.
use strict;
use warnings;
use Outpost;
use POSIX qw(strftime);
use Test::More;

my $o = Outpost->up(conf => "[message]\nstorage = yes\n");
my $json = Outpost::json();
$o->app($_) for qw(shop bank);
my ($shop) = map { @$_ } $o->sql('SELECT id FROM push_app_credentials WHERE'
    . " app_id = 'shop'");

sub call { my ($path, $in) = @_;
	my $r = $o->post($path, { requestObject => $in });
	is $r->{status}, 200, $path or diag $r->{body};
	return $r->{json}{responseObject} }

sub counts { return { map { @$_ } $o->sql(join ' UNION ALL ', map {
    "SELECT '$_->[0]', COUNT(*) FROM push_$_->[0] WHERE $_->[1]" }
    [ device_registration => "app_id = $shop" ],
    [ outbox => "app_id = $shop AND (lane = 1 OR device_id = 0)" ],
    [ campaign => "app_id = $shop" ],
    [ campaign_user => '1' ], [ inbox_app => "app_credentials_id = $shop" ],
    [ hold => "app_id = $shop" ], [ activation => "app_id = 'shop'" ]) } }

sub fill { my ($app) = @_;
	$o->device($app, "$app-$_", 'fcm', "tok-accept:$_",
	    activationId => "$app-$_") for 1 .. 3;
	# sendd has read the hold when it puts off what it finds
	ok $o->wait_for(60, sub { $o->send($app, "$app-1",
	    mode => 'ASYNCHRONOUS'); $o->sql('SELECT 1 FROM push_outbox q JOIN'
	    . ' push_app_credentials a ON a.id = q.app_id WHERE a.app_id ='
	    . " '$app' AND q.reason IS NOT NULL") }), "sendd holds $app";
	call('/admin/activation/update', { activationId => "$app-blocked",
	    userId => "$app-1", appId => $app, activationStatus => 'BLOCKED' });
	my $id = call('/push/campaign/create', { appId => $app,
	    message => { title => 'Hi', body => 'all' } })->{id};
	is $o->request(PUT => "/push/campaign/$id/user/add", { requestObject =>
	    [ map { "$app-$_" } 1 .. 3 ] })->{status}, 200, 'a campaign';
	is $o->post("/push/campaign/send/live/$id")->{status}, 200, 'begins';
	call('/push/message/send', { appId => $app, mode => 'ASYNCHRONOUS',
	    message => { userId => "$app-1", body => { title => 'Hi' },
	    sendAt => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime time + 86400) } });
}

# --- all that an application has ---------------------------------------------

for my $app (qw(shop bank)) {
	is +($o->outpost('hold', $app))[0], 0, "$app is held";
	fill($app);
}
call('/inbox/messages', { userId => 'shop-1', type => 'text',
    subject => 'A letter', summary => 'It is long', body => 'Dear user',
    applications => $_ })
    for ['shop'], [ 'shop', 'bank' ];
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_outbox WHERE'
    . ' lane = 1'))[0][0] == 6 }), 'both campaigns wait';
is_deeply counts(), { device_registration => 3, outbox => 4, campaign => 1,
    campaign_user => 6, inbox_app => 2, hold => 1, activation => 4 },
    'the application has rows';

my ($status, $said) = $o->outpost('app', 'delete', 'shop');
is $status, 2, 'without --yes nothing is deleted';
like $said, qr/^.*shop, its devices and campaigns, and what waits would be/m,
    'but told';
is +($o->outpost('app', 'delete', 'nobody', '--yes'))[0], 1,
    'nor one that is not there';

# --- a run that is killed -----------------------------------------------------

my $lock = $o->keep_locked('BEGIN; SELECT * FROM push_device_registration'
    . " WHERE app_id = $shop FOR UPDATE");
my $pid = fork // die "fork: $!\n";
if ($pid == 0) {
	open STDOUT, '>', '/dev/null';
	$ENV{OUTPOST_CONF} = $o->{conf};
	exec "$o->{bin}/outpost", qw(app delete shop --yes) or exit 127;
}
ok $o->wait_for(60, sub { $o->transactions('1', "t.trx_state = 'LOCK WAIT'"
    . " AND p.info LIKE 'DELETE FROM push_device_registration%'") }),
    'it has come to the devices';
kill 9, $pid;
waitpid $pid, 0;
$o->let_go($lock, 'ROLLBACK');
is counts()->{campaign}, 0, 'campaigns are gone';
is +($o->outpost('app', 'show', 'shop'))[0], 0,
    'the application is there until all else is gone';

# --- with a message at the provider -------------------------------------------

is +($o->outpost('release', 'shop'))[0], 0, 'released';
$o->device('shop', 'slow', 'fcm', 'tok-slow-60000:1', activationId => 'slow');
my $asked = $o->control->{requests};
my $sent = $o->send('shop', 'slow', mode => 'ASYNCHRONOUS');
ok $o->wait_for(60, sub { $o->control->{requests} > $asked }),
    'a provider has a message';
($status, $said) = $o->outpost('app', 'delete', 'shop', '--yes', '--json');
is $status, 0, 'it is deleted' or diag $said;
is $json->decode($said)->{appId}, 'shop', 'which is said';
is_deeply counts(), { device_registration => 0, outbox => 0, campaign => 0,
    campaign_user => 3, inbox_app => 0, hold => 0, activation => 0 },
    'nothing of it is left';
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_outbox WHERE app_id ='
    . " $shop") ], [[0]], 'and nothing waits';
is_deeply [ $o->sql('SELECT activation_status, app_id FROM push_activation'
    . " WHERE activation_id = 'shop-blocked'") ], [[ 'BLOCKED', 'NULL' ]],
    'who is blocked stays so';
is_deeply [ $o->sql('SELECT a.app_id FROM push_inbox i JOIN push_inbox_app l'
    . ' ON l.inbox_id = i.id JOIN push_app_credentials a ON'
    . ' a.id = l.app_credentials_id') ], [['bank']],
    'a message that another application shows stays there';
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_inbox') ], [[1]],
    'and no other';
is $o->send('shop', 'shop-1')->{status}, 400, 'it takes no message';
is +($o->outpost('app', 'show', 'shop'))[0], 1, 'and is not known';

# --- what stays ---------------------------------------------------------------

$o->control({ prompt => JSON::PP::true });
is +($o->outpost('release', 'bank'))[0], 0, 'the other one is released';
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_outbox WHERE'
    . ' lane = 1'))[0][0] == 0 }), 'its campaign is sent';
is_deeply [ $o->sql('SELECT fcm_sent FROM push_send s JOIN push_campaign c ON'
    . ' c.send_id = s.id') ], [[3]], 'to all';
ok $o->wait_for(60, sub { !$o->sql('SELECT 1 FROM push_send WHERE app_id ='
    . " $shop AND (done <> total OR scheduled > 0)") }),
    'each send of the deleted one has its end';
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_send WHERE app_id ='
    . " $shop AND fcm_sent + fcm_failed <> total") ], [[0]],
    'and counts nothing twice';
my $id = $sent->{json}{responseObject}{messageId};
for my $words ([ 'message', 'show', $id ], ['queue'], [qw(campaign list)],
    [qw(app list)], [qw(device list --user shop-1)]) {
	($status, $said) = $o->outpost(@$words);
	is $status, 0, "outpost @$words works" or diag $said;
}
is $o->get("/push/message/$id/status")->{status}, 200, 'its status is told';

done_testing;
