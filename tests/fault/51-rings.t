#!/usr/bin/perl
# What is due goes at once, wherever it lies: with a poll of a minute whatever
# is delivered sooner was rung for. Each case has a sendd that has just polled.
use strict;
use warnings;
use Fault;
use IO::Select;
use POSIX ();
use Socket qw(AF_UNIX SOCK_SEQPACKET pack_sockaddr_un);
use Test::More;

use constant SOON => 40;	# seconds: a minute after its start it polls

my $o = Fault->up(conf => "[sendd]\npoll = 1m\n");
my $app = $o->app('mobile-app');
my ($app_id) = map { $_->[0] } $o->sql("SELECT id FROM push_app_credentials
    WHERE app_id = '$app'");
$o->sql("INSERT INTO push_device_registration (activation_id, user_id, app_id,
    platform, push_token, timestamp_last_registered, is_active)
    SELECT UUID(), CONCAT('u', seq), $app_id, 'fcm', CONCAT('token-', seq),
    UTC_TIMESTAMP(3), 1 FROM seq_1_to_1000");

sub fresh {
	my $pid = $o->pid('sendd');
	kill 'TERM', $pid;
	$o->wait_for(60, sub { !kill 0, $pid });
	$o->again;
	$o->wait_for(60, sub { my %s = $o->shares;
	    ((values %s)[0] // 0) == 64 });
}

sub campaign {
	my $id = $o->post('/push/campaign/create', { requestObject => {
	    appId => $app, message => { title => 'Hi', body => 'All' } } })
	    ->{json}{responseObject}{id};
	$o->sql("INSERT INTO push_campaign_user (campaign_id, user_id,
	    timestamp_created) SELECT $id, CONCAT('u', seq), UTC_TIMESTAMP(3)
	    FROM seq_1_to_1000");
	return $id;
}

# A message each to so many users, spread over the shards; its id.
sub batch {
	my ($n, %more) = @_;
	my $r = $o->post('/push/message/batch/send', { requestObject => {
	    appId => $app, mode => 'ASYNCHRONOUS', batch => [ map { {
		userId => "u$_", body => { body => 'B' }, %more } } 1 .. $n ]
	    } });
	return $r->{json}{responseObject}{messageId} // diag $r->{body};
}

# The shards in which rows lie, in a time without them.
sub spread {
	return $o->value('SELECT COUNT(DISTINCT shard) FROM push_outbox');
}

sub held {
	return $o->value('SELECT COUNT(*) FROM push_outbox
	    WHERE due > UTC_TIMESTAMP(3) + INTERVAL 10 MINUTE');
}

fresh;
is $o->post('/push/campaign/send/live/' . campaign(), '')->{status}, 200,
    'a campaign';
$o->settled(SOON, 'each of its 1,000 devices has it before the poll');
is $o->seen, 1000, 'all arrived';

fresh;
batch(200);
$o->settled(SOON, 'so have 200 messages of one call');

# --- as if the one who queued had died before the first device ---------------

fresh;
{
	my $pid = $o->pid('sendd');
	my $id = campaign();
	kill 'STOP', $pid;
	$o->post("/push/campaign/send/live/$id", '');
	$o->sql("DELETE o FROM push_outbox o JOIN push_campaign c
	    ON c.send_id = o.send_id WHERE c.id = $id");
	$o->sql("UPDATE push_send s JOIN push_campaign c ON c.send_id = s.id
	    SET s.total = 0, s.fcm_total = 0, c.state = 'queueing',
	    c.queued_id = 0 WHERE c.id = $id");
	my $seen = $o->seen;
	kill 'CONT', $pid;
	ok $o->wait_for(SOON, sub { $o->seen == $seen + 1000 }),
	    'what sendd queues itself goes before the poll';
}

# --- what an operator makes due ----------------------------------------------

$o->outpost('hold', $app);
fresh;	# it begins with a look at what is held
batch(200);
ok $o->wait_for(SOON, sub { spread() == 13 && $o->waiting == 200 }),
    '200 messages are held';
fresh;
$o->outpost('release', $app);
$o->settled(SOON, 'released, all go before the poll');

fresh;
$o->queue(tokens => [ map { "retry-$_" } 1 .. 200 ], platform => 'fcm');
$o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR,
    attempts = 1');
is spread(), 32, 'what waits for a later try';
$o->outpost('retry');
$o->settled(SOON, 'tried again, all go before the poll');

for my $how ('the call', 'outpost drop') {
	fresh;
	my $id = batch(200, sendAt => instant(time + 3600));
	is held(), 200, 'what is to be sent in an hour';
	$how eq 'the call' ? $o->post("/push/message/$id/cancel", '')
	    : $o->outpost('drop', '--message', $id);
	$o->settled(SOON, "cancelled by $how, all are dropped before the poll");
}

# --- what sendd puts off ----------------------------------------------------

fresh;
$o->control({ mode => '503', count => 200 });
batch(100);
$o->settled(SOON, 'what was put off for a moment goes when it is due');

# --- what somebody waits for -------------------------------------------------

# sendd's end of the doorbell, while sendd is away.
sub answer_as_sendd {
	my ($path) = @_;
	my (%heard, @open);
	socket my $bell, AF_UNIX, SOCK_SEQPACKET, 0 or die "socket: $!\n";
	unlink $path;
	bind $bell, pack_sockaddr_un($path) or die "$path: $!\n";
	chmod 0666, $path;
	listen $bell, 8 or die "listen: $!\n";
	my $ready = IO::Select->new($bell);
	while (!$heard{wait} && (my @now = $ready->can_read(SOON))) {
		for my $from (sort { $a == $bell } @now) {
			if ($from == $bell) {
				accept my $line, $bell or next;
				$ready->add($line);
				next;
			}
			recv $from, my $words, 4096, 0;
			$ready->remove($from) if $words eq '';
			for (split /\n/, $words) {
				my ($word, $shard, $send) = split / /;
				$heard{$word} //= [$shard, $send];
			}
			next if !$heard{wait};
			send $from, "done $heard{wait}[1] 0 0 0 1 0 0 0 0 0", 0;
		}
	}
	return \%heard;
}

# A key is lost with its message if MariaDB crashes meanwhile: a call that has
# one does not have it read early.
for my $key (undef, 'once') {
	my $pid = $o->pid('sendd');
	my $call = 'a call' . ($key ? ' with a key' : '');
	kill 'TERM', $pid;
	$o->wait_for(60, sub { !kill 0, $pid });
	my ($path) = $o->read_file($o->{conf}) =~ /^doorbell\s*=\s*(.*)/m;
	my $child = fork // die "fork: $!\n";
	if ($child == 0) {
		my $r = $o->post('/push/message/send', { requestObject => {
		    appId => $app, mode => 'SYNCHRONOUS', message => {
			userId => 'u1', body => { body => 'B' } } } },
		    headers => { 'idempotency-key' => $key });
		POSIX::_exit($r->{status} == 200 &&
		    $r->{json}{responseObject}{result}{fcm}{sent} == 1 ? 0 : 1);
	}
	my $heard = answer_as_sendd($path);
	waitpid $child, 0;
	is $?, 0, "$call waits for sendd, which tells the end";
	is $heard->{soon} && $heard->{soon}[0],
	    $key ? undef : $heard->{wait}[0], $key ? "$call only waits"
	    : 'before that it told sendd to read soon, in that shard';
	$o->again;
	$o->settled(SOON, 'and sendd delivers what it finds');
}

sub instant {
	my @t = gmtime shift;
	return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900,
	    $t[4] + 1, @t[3, 2, 1, 0];
}

done_testing;
