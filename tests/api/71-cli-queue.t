#!/usr/bin/perl
# What an operator does to the queue with the outpost command: hold, release,
# retry, drop, device restore, and a look at campaigns; and the histograms of
# /metrics that come of it all.
use strict;
use warnings;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep time);

# a later try is an hour away: whatever is sent was asked for
my $o = Outpost->up(conf => <<'END');
[sendd]
retry_min = 1h
retry_max = 2h
END
my $app = $o->app('queue-app');
my $other = $o->app('other-app');
my $token = 'c0de' x 16;
for my $a ($app, $other) {
	$o->device($a, 'alice', 'ios', $token);
	$o->device($a, 'alice', 'fcm', "fcm-$a");
}

# Succeeds; answers what was said.
sub good {
	my ($name, @words) = @_;
	my ($status, $said) = $o->outpost(@words);
	is $status, 0, $name or diag $said;
	return $said;
}

sub bad {
	my ($status, $like, @words) = @_;
	my ($got, $said) = $o->outpost(@words);
	is $got, $status, "outpost @words: exit status $status" or diag $said;
	like $said, $like, 'with a sentence';
}

sub json_of { return Outpost::json()->decode(good(@_, '--json')) }

sub say_it {
	my ($a, $title, %message) = @_;
	my $r = $o->send($a, 'alice', mode => 'ASYNCHRONOUS',
	    body => { title => $title, body => '.' }, message => \%message);
	return $r->{json}{responseObject}{messageId} // diag $r->{body};
}

sub arrived {
	my ($title) = @_;
	return scalar grep { index(Outpost::json()->encode($_), $title) >= 0 }
	    $o->ledger;
}

# How often sendd has told of an operator's hold.
sub holds_seen {
	my ($a, $provider) = @_;
	return scalar(() = $o->read_file("$o->{run}/logs/sendd.log")
	    =~ /hold provider=$provider app=\Q$a\E by an operator/g);
}

sub is_done {
	my ($id) = @_;
	return ($o->sql('SELECT done >= total AND scheduled = 0 FROM'
	    . " push_send WHERE id = $id"))[0][0];
}

sub status_of {
	my ($id) = @_;
	return $o->get("/push/message/$id/status")->{json}{responseObject};
}

sub waiting { return 0 + ($o->sql('SELECT COUNT(*) FROM push_outbox'))[0][0] }
sub later { return 0 + ($o->sql('SELECT COUNT(*) FROM push_outbox WHERE due >'
    . ' UTC_TIMESTAMP(3) + INTERVAL 3 SECOND'))[0][0] }
sub instant {
	my @t = gmtime shift;
	return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900,
	    $t[4] + 1, @t[3, 2, 1, 0];
}

# --- usage ------------------------------------------------------------------

like good("@$_ --help", @$_, '--help'), qr/^usage: +outpost @$_/,
    'shows its usage' for ['hold'], ['release'], ['retry'], ['drop'],
    ['device', 'restore'], ['campaign', 'list'], ['campaign', 'show'];
bad(2, qr/argument is missing: APP/, 'hold');
bad(1, qr/no application "nix"/, $_, 'nix') for qw(hold release);
bad(1, qr/no application "nix"/, 'retry', '--app', 'nix');
bad(2, qr/--provider takes one of the values apns, fcm, hms, webpush\n/, 'hold',
    $app, '--provider', 'smtp');
bad(2, qr/at most 200/, 'hold', $app, '--reason', 'x' x 201);
bad(2, qr/either --message or --app/, 'drop');
bad(2, qr/either --message or --app/, 'drop', '--message', 1, '--app', $app);
bad(2, qr/say --yes/, 'drop', '--app', $app);
bad(2, qr/a number/, 'drop', '--message', 'one');
bad(1, qr/no message 77/, 'drop', '--message', 77);
bad(1, qr/no application "nix"/, 'drop', '--app', 'nix', '--yes');
bad(2, qr/1 to 86400/, 'drop', '--app', $app, '--yes', '--wait', 0);
bad(2, qr/one of --token/, 'device', 'restore', '--app', $app);
bad(2, qr/one of --token/, 'device', 'restore', '--app', $app, '--user', 'a',
    '--token', 'b');
bad(1, qr/no application "nix"/, 'device', 'restore', '--app', 'nix',
    '--user', 'alice');
bad(1, qr/no such device/, 'device', 'restore', '--app', $app, '--user',
    'alice');
bad(1, qr/no campaign 77/, 'campaign', 'show', 77);
bad(2, qr/a number/, 'campaign', 'show', 'x');
bad(1, qr/no application "nix"/, 'campaign', 'list', '--app', 'nix');

# --- hold and release -------------------------------------------------------

# sendd tells of a hold for each credential that it has in use
say_it($_, 'first') for $app, $other;
ok $o->wait_for(60, sub { arrived('first') == 4 }), 'all are in use';
is good('release of what is free', 'release', $app),
    "$app: nothing was held (all)\n", 'it says so';
is good('hold', 'hold', $app, '--reason', 'a look'), "$app: held (all)\n",
    'it says so';
is json_of('hold one service', 'hold', $other, '--provider', 'fcm')
    ->{provider}, 'fcm', 'as JSON';
ok $o->wait_for(60, sub { holds_seen($app, 'apns') && holds_seen($app, 'fcm')
    && holds_seen($other, 'fcm') }), 'sendd knows';
say_it($app, 'held back');
say_it($other, 'half held');
ok $o->wait_for(60, sub { later() == 3 }), 'three wait for the release';
is arrived('held back'), 0, 'nothing of the held application has gone';
ok $o->wait_for(60, sub { arrived('half held') == 1 }),
    'one of the other, which is held for FCM only';
my $queue = json_of('queue --json', 'queue');
is_deeply [ map { "$_->{appId} $_->{provider} " . ($_->{reason} // '-') }
    @{ $queue->{holds} } ], [ "$other fcm -", "$app all a look" ],
    'the queue shows what is held';
like good('queue', 'queue'), qr/^held: \Q$app\E \(all\) since .*: a look$/m,
    'in words too';
bad(1, qr/held as a whole/, 'release', $app, '--provider', 'apns');
like good('release', 'release', $app), qr/released \(all\), 2 messages go/,
    'what waited goes';
ok $o->wait_for(60, sub { arrived('held back') == 2 }), 'and arrives';
is arrived('half held'), 1, 'the other waits on';
is_deeply json_of('release one service', 'release', $other, '--provider',
    'fcm'), { appId => $other, provider => 'fcm', released => 1,
    messages => 1 }, 'as JSON';
ok $o->wait_for(60, sub { arrived('half held') == 2 }), 'and that arrives';

# What comes right behind a release goes at once, though a sendd looks at what
# is held every second only.
for my $round (1 .. 3) {
	my $before = holds_seen($app, 'fcm');
	good('hold', 'hold', $app);
	ok $o->wait_for(60, sub { holds_seen($app, 'fcm') > $before }),
	    'sendd knows of the hold';
	good('release', 'release', $app);
	say_it($app, "right behind $round");
	ok $o->wait_for(60, sub { arrived("right behind $round") == 2 }),
	    'what comes right behind the release goes';
}

# --- retry ------------------------------------------------------------------

$o->control({ mode => '503' });
my $first = say_it($app, 'tried again');
say_it($other, 'tried again');
ok $o->wait_for(60, sub { later() == 4 }), 'four wait for another try';
my $scheduled = say_it($app, 'in its time', sendAt => instant(time + 3600));
$o->control({ mode => 'normal' });
is good('retry one service of one', 'retry', '--app', $app, '--provider',
    'fcm'), "1 messages are tried again now\n", 'one of them';
ok $o->wait_for(60, sub { arrived('tried again') == 1 }), 'arrives';
is json_of('retry', 'retry')->{messages}, 3, 'the rest';
ok $o->wait_for(60, sub { arrived('tried again') == 4 }), 'arrives, once each';
sleep 1;
is arrived('tried again'), 4, 'and no more';
is arrived('in its time'), 0, 'what has its own time is left alone';
ok $o->wait_for(60, sub { waiting() == 1 }), 'and waits';
is good('retry of nothing', 'retry'), "0 messages are tried again now\n",
    'nothing waits for a try';

# --- drop -------------------------------------------------------------------

is good('drop --message', 'drop', '--message', $scheduled),
    "message $scheduled: the 1 that wait are dropped\n", 'says how many';
ok $o->wait_for(60, sub { is_done($scheduled) }), 'they are, within seconds'
    or diag explain status_of($scheduled);
is arrived('in its time'), 0, 'and were not sent';
is json_of('drop it again', 'drop', '--message', $scheduled)->{cancelled},
    Outpost::json()->decode('false'), 'nothing is left';

# what is held, what waits for another try, what has its time: all of it
$o->control({ mode => '503' });
my @ids = map { say_it($app, "lost $_") } 1 .. 5;
my $kept = say_it($other, 'kept');
ok $o->wait_for(60, sub { later() == 12 }), 'twelve wait';
good('hold', 'hold', $app, '--provider', 'apns', '--reason', 'mine');
push @ids, say_it($app, 'lost 6', sendAt => instant(time + 3600));
push @ids, say_it($app, 'lost 7');
$o->control({ mode => 'normal' });
my $dropped = json_of('drop --app', 'drop', '--app', $app, '--yes');
is $dropped->{sends}, 7, 'seven sends';
cmp_ok $dropped->{messages}, '>=', 12, 'and their messages';
is_deeply [ map { $_->{result}{apns}{failed} } map { status_of($_) } @ids ],
    [ (1) x 5, 0, 1 ],
    'counted as failed, but for the user that was not looked up yet';
is arrived('lost '), 0, 'none was sent' if $dropped->{messages} == 13;
is waiting(), 2, 'the other application has lost nothing';
is_deeply [ map { "$_->{provider} $_->{reason}" }
    @{ json_of('queue', 'queue')->{holds} } ], [ 'apns mine' ],
    'the hold that was there is there, and no other';
like good('drop nothing', 'drop', '--app', $app, '--yes'),
    qr/dropped 0 messages of 0 sends; it is held as before/, 'in words';
good('release', 'release', $app);
ok $o->wait_for(60, sub { ($o->sql("SELECT COALESCE(SUM(n), 0) FROM"
    . " push_counter WHERE reason = 'cancelled'"))[0][0] >= 12 }),
    'the reason is counted';

# more of one shard than one transaction makes due
my $many = (int(time) << 31) + 5;
$o->sql('INSERT INTO push_send (id, app_id, mode, created, total, apns_total)'
    . " SELECT $many, id, 'ASYNCHRONOUS', UTC_TIMESTAMP(3), 4001, 4001"
    . " FROM push_app_credentials WHERE app_id = '$app'");
$o->sql("INSERT INTO push_outbox_body (id, send_id, body) VALUES ($many, $many,"
    . ' \'{"body":{"title":"many"}}\')');
$o->sql('INSERT INTO push_outbox (shard, lane, due, id, send_id, body_id,'
    . ' app_id, device_id, platform, environment, token) SELECT 5, 0,'
    . ' UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, s.id + n.seq, s.id, s.id, s.app_id,'
    . " 1, 0, 1, REPEAT('dd', 32) FROM push_send s, seq_1_to_4001 n"
    . " WHERE s.id = $many");
like good('drop many', 'drop', '--app', $app, '--yes'),
    qr/dropped 4001 messages of 1 sends$/, 'all are dropped';
is arrived('many'), 0, 'none was sent';

# nobody there to drop it
kill 'STOP', $o->pid('sendd');
my $stuck = say_it($app, 'stuck');
bad(1, qr/no sendd has dropped anything for 2 seconds/, 'drop', '--app',
    $app, '--yes', '--wait', 2);
kill 'CONT', $o->pid('sendd');
ok $o->wait_for(60, sub { is_done($stuck) }), 'a sendd that comes drops it';
like good('said again', 'drop', '--app', $app, '--yes'), qr/dropped 0/,
    'said again, it goes to its end';
is_deeply json_of('queue', 'queue')->{holds}, [], 'and nothing is held';
is arrived('stuck'), 0, 'nothing was sent';
good('retry', 'retry', '--app', $other);
ok $o->wait_for(60, sub { arrived('kept') == 2 }), 'the other goes on';

# --- devices ----------------------------------------------------------------

$o->sql('UPDATE push_device_registration SET gone_at = UTC_TIMESTAMP(3),'
    . " gone_reason = 'Unregistered'");
my $listed = good('device list', 'device', 'list', '--user', 'alice', '--app',
    $app);
like $listed, qr{  quarantine since .*: Unregistered$}m,
    'the list tells';
is json_of('restore by token', 'device', 'restore', '--app', $app, '--token',
    $token)->{restored}, 1, 'one comes back';
is good('restore by user', 'device', 'restore', '--app', $app, '--user',
    'alice'), "1 restored\n", 'and the other';
is scalar(grep { exists $_->{quarantine} } @{ json_of('device list', 'device',
    'list', '--user', 'alice', '--app', $app) }), 0, 'none is left there';
is scalar(grep { exists $_->{quarantine} } @{ json_of('device list', 'device',
    'list', '--user', 'alice', '--app', $other) }), 2,
    'but for those of the other application';

# --- campaigns --------------------------------------------------------------

is good('no campaigns', 'campaign', 'list'), "no campaigns\n",
    'an empty list';
my $r = $o->post('/push/campaign/create', { requestObject => {
    appId => $app, message => { title => 'All', body => 'of you' } } });
my $id = $r->{json}{responseObject}{id} or diag $r->{body};
$o->put("/push/campaign/$id/user/add", { requestObject => ['alice'] });
my $shown = json_of('campaign show', 'campaign', 'show', $id);
is "$shown->{state} $shown->{counts}{total} $shown->{counts}{pending}",
    'created 0 0',
    'not started yet';
$o->post("/push/campaign/send/live/$id", '');
ok $o->wait_for(60, sub {
	$shown = Outpost::json()->decode(
	    ($o->outpost('campaign', 'show', $id, '--json'))[1]);
	return $shown->{state} eq 'done' }), 'it runs' or diag explain $shown;
is_deeply [ @$shown{qw(appId sent counts)} ], [ $app, 'true', { total => 2,
    sent => 2, failed => 0, expired => 0, cancelled => 0, pending => 0 } ],
    'all counts';
is $shown->{result}{fcm}{sent}, 1, 'of each service';
like good('campaign show', 'campaign', 'show', $id),
    qr/^campaign $id of \Q$app\E: done\n.*100% done: 2 of 2, 0 remain$/ms,
    'in words';
is_deeply [ map { $_->{id} } @{ json_of('campaign list', 'campaign', 'list',
    '--app', $app) } ], [ $id ], 'it is listed';
like good('campaign list', 'campaign', 'list'),
    qr/^ *ID  APP .*\n *$id  \Q$app\E +done +2 +2 +0 +0 +0 +0$/m, 'in words';

# what was dropped by a cancel has not failed; and it is told for as long as the
# campaign is there, which is longer than its message is
$r = $o->post('/push/campaign/create', { requestObject => {
    appId => $app, message => { title => 'Not', body => 'to be' } } });
my $stopped = $r->{json}{responseObject}{id} or diag $r->{body};
$o->put("/push/campaign/$stopped/user/add", { requestObject => ['alice'] });
my @hour = map { sprintf '%02d:00', (gmtime time + $_ * 3600)[2] } -6, 12;
$o->post("/push/campaign/send/live/$stopped", { requestObject => {
    quiet => { from => $hour[0], to => $hour[1], zone => 'UTC' } } });
good('campaign pause', 'campaign', 'pause', $stopped);
good('campaign cancel', 'campaign', 'cancel', $stopped);
ok $o->wait_for(60, sub {
	$shown = json_of('campaign show', 'campaign', 'show', $stopped);
	return $shown->{state} eq 'cancelled' }), 'a campaign is cancelled'
    or diag explain $shown;
my %of = %{ $shown->{counts} };
is_deeply \%of, { total => 2, sent => 0, failed => 0, expired => 0,
    cancelled => 2, pending => 0 }, 'none has failed';
$o->sql("DELETE FROM push_send WHERE id = $shown->{messageId}");
is_deeply json_of('show without', 'campaign', 'show', $stopped), $shown,
    'without its message, too';
like good('in words', 'campaign', 'show', $stopped),
    qr/^campaign\ $stopped\ of\ \Q$app\E:\ cancelled$ .*
    ^\ \ 100%\ done:\ 2\ of\ 2,\ 0\ remain$ .*
    ,\ 0\ failed,\ 0\ expired,\ 1\ cancelled$/xms, 'in words';
like good('in the list', 'campaign', 'list'), qr/\ CANCELLED\ .*\n
    \ *$stopped\ \ \Q$app\E\ +cancelled\ +2\ +0\ +0\ +0\ +2\ +0$/xms,
    'and in the list';
is good('of the other', 'campaign', 'list', '--app', $other),
    "no campaigns\n", 'has none';

# --- histograms -------------------------------------------------------------

my %h;
ok $o->wait_for(60, sub {
	%h = $o->get('/metrics')->{body} =~
	    /^outpost_((?:tries|answer_seconds)_\w+\{[^}]*\}) ([\d.]+)$/mg;
	my ($n) = grep { /^tries_count.*apns/ } keys %h;
	return $n && $h{$n} > 10;
}), 'histograms are told';
for my $name (qw(tries answer_seconds)) {
	my ($count) = map { $h{$_} } grep { /^${name}_count.*"apns"/ } keys %h;
	my ($all) = map { $h{$_} }
	    grep { /^${name}_bucket.*"apns".*le="\+Inf"/ } keys %h;
	my ($sum) = map { $h{$_} } grep { /^${name}_sum.*"apns"/ } keys %h;
	is $all, $count, "$name: the last bucket has all";
	cmp_ok $sum, '>', 0, "$name: and a sum";
}
my ($once) = map { $h{$_} } grep { /^tries_bucket.*"apns".*le="1"/ } keys %h;
my ($twice) = map { $h{$_} } grep { /^tries_bucket.*"apns".*le="2"/ } keys %h;
cmp_ok $twice, '>', $once, 'what was tried again is among two tries';

# --- a test of a campaign ----------------------------------------------------

# A campaign's test is no run of it: its rows are made due as those of any
# message.
$o->control({ mode => '503' });
my $tried = $o->post('/push/campaign/create', { requestObject => {
    appId => $app, message => { title => 'a test', body => '.' } } })
    ->{json}{responseObject}{id};
my $earlier = later();
is $o->post("/push/campaign/send/test/$tried", { requestObject =>
    { userId => 'alice' } })->{status}, 200, 'a test is sent';
ok $o->wait_for(60, sub { later() == $earlier + 2 }), 'and refused for now';
my ($test) = map { $_->[0] } $o->sql("SELECT id FROM push_send WHERE mode ="
    . " 'TEST' AND campaign_id = $tried");
good('drop the test', 'drop', '--message', $test);
ok $o->wait_for(60, sub { is_done($test) }), 'it is dropped within seconds';
is arrived('a test'), 0, 'and was not sent';
$o->control({ mode => 'normal' });

done_testing;
