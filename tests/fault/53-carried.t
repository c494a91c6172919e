#!/usr/bin/perl
# A row that sendd is told at its doorbell instead of reading it. What has no
# proof is a mere ring; what may have been read already is not sent again; and
# an outcome is written of a row alone that is there and is ours. What halts
# other rows halts it.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use Fault;
use JSON::PP;
use POSIX ();
use Relay;
use Socket qw(AF_UNIX SOCK_SEQPACKET pack_sockaddr_un);
use Test::More;
use Time::HiRes qw(clock_gettime);

use constant {
	SOON => 40,	# seconds: a minute after its start it polls
	IN_TIME => 1000,	# ms: CARRIED_MS of sendd/admit.c
};

my $o = Fault->up(conf => "[sendd]\npoll = 1m\n[log]\nlevel = debug\n");
$o->credentials('mobile-app');
my $shards = sub { my %s = $o->shares; ((values %s)[0] // 0) == 64 };
ok $o->wait_for(60, $shards), 'sendd has all shards';

sub now_ms { return int(1000 * clock_gettime(7)) } # CLOCK_BOOTTIME

sub bell {
	my ($path) = $o->read_file($o->{conf}) =~ /^doorbell\s*=\s*(.*)/m;
	socket my $bell, AF_UNIX, SOCK_SEQPACKET, 0 or die "socket: $!\n";
	connect $bell, pack_sockaddr_un($path) or die "$path: $!\n";
	return $bell;
}
my $bell = bell();

# Of the sendd that runs.
sub ring_key {
	return pack 'H*', $o->value(
	    'SELECT HEX(ring_key) FROM push_instance WHERE incarnation <> 0');
}
my $key = ring_key();

# What a responder says of a row: core/carried_row.c.
sub packet {
	my (%row) = @_;
	my @texts = map { defined $row{$_} ? "$row{$_}\0" : '' }
	    qw(token user platform environment body);
	my $row = pack('LLqQQQqqqLLLCCxxL5L', 1, $row{shard}, $row{due},
	    $row{id}, $row{send}, $row{id}, $row{app}, $row{device},
	    $row{looked} // now_ms(), 0, 1, $row{generation} // 0, 0, 1,
	    (map { length } @texts), length join '', @texts)
	    . join '', @texts;
	return "soon $row{shard}\nrow " . hmac_sha256($row, $row{key} // $key)
	    . $row;
}

sub say {
	my ($packet) = @_;
	send $bell, $packet, 0 or die "the doorbell: $!\n";
}

# A device and a row for it with that token, the row in the database or not.
sub row {
	my ($token, %more) = @_;
	my ($send) = $o->queue(tokens => [ Outpost->apns_token($token) ]);
	$o->sql('INSERT INTO kept SELECT * FROM push_outbox'
	    . " WHERE send_id = $send") if $more{kept};
	my ($r) = $o->sql('SELECT shard,'
	    . " TIMESTAMPDIFF(MICROSECOND, '1970-01-01', due) DIV 1000, id,"
	    . ' app_id, device_id, body, generation FROM push_outbox'
	    . " WHERE send_id = $send");
	$o->sql("DELETE FROM push_outbox WHERE send_id = $send")
	    if !$more{there};
	return (shard => $r->[0], due => $r->[1], id => $r->[2],
	    send => $send, app => $r->[3], device => $r->[4],
	    user => 'u', platform => 'apns', body => $r->[5],
	    generation => $r->[6], token => Outpost->apns_token($token));
}

sub seen { return $o->seen(Outpost->apns_token($_[0])) }
sub comes {
	my ($token, $what) = @_;
	ok $o->wait_for(SOON, sub { seen($token) }), $what;
}
sub done { return $o->value("SELECT done FROM push_send WHERE id = $_[0]") }
sub counted {
	my ($send, $what) = @_;
	ok $o->wait_for(SOON, sub { done($send) == 1 }), $what;
}

# All that the code says on this line has been heard, and sent if it was to be
# sent.
my $n = 0;
sub hear(&) {
	my ($code) = @_;
	my $token = 'last-' . ++$n;
	my %last = row($token, there => 1);
	$code->();
	say(packet(%last));
	comes($token, 'what is said next is heard');
	counted($last{send}, 'and counted');
}

# What is to be refused for another reason than its age has been heard before it
# is too old: the code says it of new rows until it is. It returns when the
# device was looked up.
sub in_time {
	my ($what, $code) = @_;
	for (1 .. 20) {
		my $looked;
		hear { $looked = $code->(++$n) };
		return pass("$what, in time") if now_ms() - $looked < IN_TIME;
	}
	fail("$what, in time");
}

# --- a call ------------------------------------------------------------------

my $token = Outpost->apns_token('of-a-call');
$o->device('mobile-app', 'somebody', 'ios', $token);
sub call {
	my ($user) = @_;
	return $o->post('/push/message/send', { requestObject => {
	    appId => 'mobile-app', mode => 'SYNCHRONOUS', message => {
		userId => $user, body => { title => 'T', body => 'B' } } }
	    })->{json}{responseObject};
}
sub was_carried {
	return $o->log_text =~ /^<7>read message=$_[0] .* node=carried$/m;
}
my $carried;
for (1 .. 20) {	# a poll in that moment may be quicker
	my $sent = call('somebody');
	is $sent->{result}{apns}{sent}, 1, 'a call has its message sent';
	last if $carried = was_carried($sent->{messageId});
}
ok $carried, 'and sendd did not read its row';

# --- proof -------------------------------------------------------------------

my %forged = row('forged');
hear {
	say(packet(%forged, key => "\0" x 32));
	say(packet(%forged, key => ''));
};
is seen('forged'), 0, 'nothing is sent without a proof';

my %true = row('true', there => 1);
hear {
	say(packet(%true, token => Outpost->apns_token('other'),
	    key => "\1" x 32));
};
comes('true', 'but the row that is there is read');
is seen('other'), 0, 'and is what is sent';
counted($true{send}, 'it is counted');

# --- once --------------------------------------------------------------------

my @once;
in_time('once more', sub {
	my %once = row("once-$_[0]", there => 1);
	my $looked = now_ms();
	my $packet = packet(%once, looked => $looked);
	say($packet) for 1 .. 3;
	counted($once{send}, 'a row that is told three times is counted');
	say($packet);
	push @once, "once-$_[0]";
	return $looked;
});
is_deeply [ map { seen($_) } @once ], [ (1) x @once ],
    'it has been sent once';

# Read, sent and deleted before it is told.
my @late;
in_time('afterwards', sub {
	my %late = row("late-$_[0]", there => 1);
	my $looked = now_ms();
	say("ring $late{shard}");
	counted($late{send}, 'a row is read');
	say(packet(%late, looked => $looked));
	push @late, "late-$_[0]";
	return $looked;
});
is_deeply [ map { seen($_) } @late ], [ (1) x @late ],
    'it is not sent again when it is told after that';

# I-15
my %old = row('old');
my %early = row('early');
hear {
	say(packet(%old, looked => now_ms() - 3000));
	say(packet(%early, looked => now_ms() + 60000));
};
is seen('old') + seen('early'), 0,
    'nor is anything whose device was not looked up just now';

# --- what is not there -------------------------------------------------------

# Its COMMIT has failed.
my %lost;
for (1 .. 20) {	# until one is heard in time
	%lost = row("lost-$_");
	hear { say(packet(%lost)) };
	last if $o->seen($lost{token});
}
is $o->seen($lost{token}), 1, 'a row is told before its COMMIT fails';
is done($lost{send}), 0, 'nothing is counted';
is $o->value("SELECT COUNT(*) FROM push_history WHERE send_id = $lost{send}"),
    0, 'and nothing is in the history';

# Its INSERT takes longer than the way to the provider and back.
$o->sql('CREATE TABLE kept LIKE push_outbox');
for (1 .. 20) {
	my %slow = row("slow-row-$_", kept => 1);
	my $told = now_ms();
	hear { say(packet(%slow)) };
	next if !$o->seen($slow{token});
	is done($slow{send}), 0, 'a row is sent before it is there';
	$o->sql('INSERT INTO push_outbox SELECT * FROM kept'
	    . " WHERE id = $slow{id}");
	next if now_ms() - $told > 20000;	# of 30, [database] timeout
	counted($slow{send}, 'when it is, it is counted');
	say("ring $slow{shard}");
	hear { };
	is $o->seen($slow{token}), 1, 'and not sent again';
	last;
}

# The lease is lost while the message is on the way.
my %ours = row('tok-slow-600000:ours', there => 1);
my $requests = $o->control->{requests};
say(packet(%ours));
ok $o->wait_for(SOON, sub { $o->control->{requests} > $requests }),
    'a message is on the way';
$o->sql("UPDATE push_shard SET owner = 'other', incarnation = 1,"
    . ' epoch = epoch + 1, renewals = renewals + 1'
    . " WHERE shard = $ours{shard}");
$o->control({ prompt => JSON::PP::true });
ok $o->wait_for(SOON, sub { $o->seen($ours{token}) >= 1 }), 'it arrives';
ok $o->wait_for(SOON, sub { $o->value("SELECT owner FROM push_shard"
    . " WHERE shard = $ours{shard}") ne 'other' }),
    'the lease of the other sendd is over';
counted($ours{send}, 'then the message is counted');
is $o->value("SELECT COUNT(*) FROM push_history WHERE send_id = $ours{send}"),
    1, 'once';
$o->control({ prompt => JSON::PP::false });

# --- a COMMIT that waits -----------------------------------------------------

# One that took long, as while a backup begins, may be followed by one that is
# refused: for five seconds no row is sent before its COMMIT is answered.
sub call_apart {
	my ($user) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	my $sent = call($user);
	POSIX::_exit(($sent->{result}{apns}{sent} // 0) == 1 ? 0 : 1);
}

# Its COMMIT waits for at least that long. Returns when it was seen to wait,
# when it was let go, and how often its message was sent before.
sub call_waits {
	my ($user, $seconds) = @_;
	$o->device('mobile-app', $user, 'ios', Outpost->apns_token($user));
	my $locks = $o->keep_locked(
	    'BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT');
	my $pid = call_apart($user);
	ok $o->wait_for(SOON, sub { $o->value('SELECT COUNT(*) FROM'
	    . ' information_schema.processlist WHERE user = "outpost_push"'
	    . ' AND state LIKE "Waiting for backup lock%"') }),
	    'a COMMIT waits';
	my $waits = now_ms();
	sleep $seconds;	# what is carried is sent at once
	my ($seen, $ends) = (seen($user), now_ms());
	$o->let_go($locks);
	waitpid $pid, 0;
	is $?, 0, 'it ends, and the message is sent';
	return ($waits, $ends, $seen);
}
my $early = 1;
for (1 .. 20) {
	my (undef, $ends) = call_waits("slow-$_", 2);
	(my $waits, undef, $early) = call_waits("next-$_", 1);
	last if $waits - $ends < 5000;
}
is $early, 0, 'the message of the next call is not sent before its COMMIT';
ok $o->wait_for(SOON, sub {
	my $sent = call('somebody');
	return was_carried($sent->{messageId});
}), 'then rows are carried again';

# --- what is halted ----------------------------------------------------------

# A row that is told is as one that was read: it waits for what holds it. The
# code is given new rows until sendd has heard one in time; that row.
sub carried {
	my ($what, $code) = @_;
	for (1 .. 20) {
		my %row = row("$what-$_", there => 1);
		$code->(\%row) if $code;
		say(packet(%row));
		my $read = qr/^<7>read message=$row{send} .* node=(.*)$/m;
		$o->wait_for(SOON, sub { $o->log_text =~ $read })
		    or return fail("$what: a row is heard");
		return \%row if $o->log_text =~ $read && $1 eq 'carried';
	}
	return fail("$what: a row is heard in time");
}
sub put_off {
	my ($row, $what) = @_;
	ok $o->wait_for(SOON, sub { $o->value('SELECT COUNT(*) FROM push_outbox'
	    . " WHERE id = $row->{id} AND attempts = 0 AND due <> FROM_UNIXTIME"
	    . "($row->{due} / 1000)") }), "$what: it is put off";
	is $o->seen($row->{token}), 0, 'and not sent';
}
sub sent_once {
	my ($row, $what) = @_;
	counted($row->{send}, "$what: it is counted");
	is $o->seen($row->{token}), 1, 'and was sent once';
}
sub outpost {
	my ($status, $said) = $o->outpost(@_);
	is $status, 0, "outpost $_[0]" or diag $said;
}

outpost('hold', 'mobile-app');
ok $o->wait_for(SOON, sub { $o->log_text =~
    /hold provider=apns app=mobile-app by an operator/ }), 'sendd knows';
my $halted = carried('held');
put_off($halted, 'held by an operator');
outpost('release', 'mobile-app');
sent_once($halted, 'released');

$o->control({ mode => 'reject-jwt', provider => 'apns' });
row('refused', there => 1);
say("ring $_") for 0 .. 63;
ok $o->wait_for(SOON, sub { $o->log_text =~
    /^<3>alarm provider=apns app=mobile-app why="InvalidProviderToken"$/m }),
    'the provider refuses the key';
$halted = carried('quarantined');
put_off($halted, 'its key is refused');
$o->control({ mode => 'normal' });
sent_once($halted, 'its key is trusted again');
$o->settled(SOON);

# What was cancelled before others, whose cancelling sendd knows, is known.
sub cancel { $o->sql("UPDATE push_send SET cancelled = UTC_TIMESTAMP(3)"
    . " WHERE id = $_[0]{send}") }
sub is_known {
	for (1 .. 20) {
		my %other = row("known-" . ++$n, there => 1);
		cancel(\%other);
		sleep 1;	# it reads them once a second
		say("ring $other{shard}");
		counted($other{send}, 'another one is counted');
		return 1 if !$o->seen($other{token});
	}
	return 0;
}
$halted = carried('cancelled', sub {
	cancel(@_);
	ok is_known(), 'a message is cancelled before its row is told';
});
counted($halted->{send}, 'it is counted');
is $o->seen($halted->{token}), 0, 'and not sent';
is $o->value("SELECT reason FROM push_history WHERE send_id = $halted->{send}"),
    'cancelled', 'but cancelled';

# --- no room -----------------------------------------------------------------

sub room {
	my ($room) = @_;
	my $times = () = $o->log_text =~ /^<5>settings read again$/mg;
	$o->write_file($o->{conf}, $o->read_file($o->{conf})
	    . "[sendd]\nroom = $room\n");
	kill 'HUP', $o->pid('sendd');
	ok $o->wait_for(SOON, sub { $times < (() = $o->log_text =~
	    /^<5>settings read again$/mg) }), "there is room for $room";
}
room(100);
$requests = $o->control->{requests};
$o->queue(tokens => [ map { Outpost->apns_token("tok-slow-600000:full-$_") }
    1 .. 110 ]);
say("ring $_") for 0 .. 63;
ok $o->wait_for(SOON, sub { $o->control->{requests} >= $requests + 100 }),
    'its queue is full';
my @more = map { +{ row("more-$_", there => 1) } } 'a' .. 'f';
say(packet(%$_)) for @more;
sleep 1;
is scalar(grep { $o->log_text =~ /^<7>read message=$_->{send} /m } @more), 0,
    'what is told has no place';
$o->control({ prompt => JSON::PP::true });
sent_once($_, 'there is room again') for @more;
$o->settled(SOON);
$o->control({ prompt => JSON::PP::false });
room(20000);

# --- twice -------------------------------------------------------------------

# Its COMMIT is lost while the message is on the way, and the transaction is
# repeated: the outcome is that of the row which is there then.
my $losing = "$o->{run}/relay.losing";
my $relay = Relay->new($o, sub { unlink($losing) ? 'lose' : '' });
my $conf = $o->read_file($o->{conf});
$o->write_file($o->{conf}, "$conf\n[database]\nsocket = " . $relay->path
    . "\n");
my $out = $o->stack('restart', 'web');
is $?, 0, 'the responders have a relay' or diag $out;
$o->write_file($o->{conf}, $conf);

sub call_twice {
	my ($user) = @_;
	my $token = Outpost->apns_token("tok-slow-600000:$user");
	$o->device('mobile-app', $user, 'ios', $token);
	$requests = $o->control->{requests};
	$o->write_file($losing, '');
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		call($user);
		POSIX::_exit(0);
	}
	ok $o->wait_for(SOON, sub { $o->control->{requests} > $requests }),
	    'a message is on the way';
	my $send;
	ok $o->wait_for(SOON, sub { $send = $o->value(
	    'SELECT send_id FROM push_outbox') }), 'its row is there';
	ok !-e $losing, 'by the second COMMIT';
	$o->control({ prompt => JSON::PP::true });
	counted($send, 'it is counted');
	waitpid $pid, 0;
	is $o->value('SELECT COUNT(*) FROM push_outbox'), 0, 'its row is gone';
	is $o->seen($token), 1, 'it was sent once';
	$o->control({ prompt => JSON::PP::false });
	return was_carried($send);
}
for (1 .. 20) {
	last if $carried = call_twice("twice-$_");
}
ok $carried, 'and sendd was told its row';

# --- killed ------------------------------------------------------------------

my %killed = row('tok-slow-600000:killed', there => 1);
$requests = $o->control->{requests};
say(packet(%killed));
ok $o->wait_for(SOON, sub { $o->control->{requests} > $requests }),
    'a message is on the way';
kill 'KILL', $o->pid('sendd');
is $o->value("SELECT COUNT(*) FROM push_outbox WHERE id = $killed{id}"), 1,
    'its row is there when sendd is killed';
$o->control({ prompt => JSON::PP::true });
$o->again;
ok $o->wait_for(60, $shards), 'another one comes';
counted($killed{send}, 'and sends it');
$bell = bell();
my $old = $key;
$key = ring_key();
my @replayed;
in_time('of before', sub {
	my %row = row("replayed-$_[0]");
	my $looked = now_ms();
	say(packet(%row, key => $old, looked => $looked));
	push @replayed, "replayed-$_[0]";
	return $looked;
});
is scalar(grep { seen($_) } @replayed), 0, 'it has another key';
$o->settled(SOON);
my %ids = map { $_->[1] => 1 } $o->lines($killed{token});
is scalar(keys %ids), 1, 'a message that was sent twice had the same id';

# --- cut off -----------------------------------------------------------------

# sendd alone loses MariaDB. What it could not read it does not send, for it
# could not write the outcome, and whoever takes the shard would send it again.
my $link = Relay->new($o, sub { '' }, undef, 'link');
$o->write_file($o->{conf}, "$conf\n[sendd]\nlease = 60s\n[database]\nsocket = "
    . $link->path . "\n");
$out = $o->stack('restart', 'sendd');
is $?, 0, 'sendd has a relay' or diag $out;
ok $o->wait_for(60, $shards), 'it has all shards';
($bell, $key) = (bell(), ring_key());
ok carried('linked'), 'what it is told is sent';
$o->settled(SOON);
kill 'STOP', $link->pid;
sleep 4;	# LATE_MS of sendd/leases.c, and some
my %cut = row('cut', there => 1);
say(packet(%cut));
sleep 2;	# it is heard by then, or too old
is seen('cut'), 0, 'the link is cut: what it is told is not sent';
kill 'CONT', $link->pid;
sent_once(\%cut, 'the link is back');

done_testing;
