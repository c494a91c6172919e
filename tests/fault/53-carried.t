#!/usr/bin/perl
# A row that sendd is told at its doorbell instead of reading it. What has no
# proof is a mere ring; what may have been read already is not sent again; and
# an outcome is written of a row alone that is there and is ours.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use Fault;
use JSON::PP;
use Socket qw(AF_UNIX SOCK_SEQPACKET pack_sockaddr_un);
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

use constant SOON => 40;	# seconds: a minute after its start it polls

my $o = Fault->up(conf => "[sendd]\npoll = 1m\n[log]\nlevel = debug\n");
$o->credentials('mobile-app');
my $shards = sub { my %s = $o->shares; ((values %s)[0] // 0) == 64 };
ok $o->wait_for(60, $shards), 'sendd has all shards';

sub now_ms { return int(1000 * clock_gettime(CLOCK_MONOTONIC)) }

sub bell {
	my ($path) = $o->read_file($o->{conf}) =~ /^doorbell\s*=\s*(.*)/m;
	socket my $bell, AF_UNIX, SOCK_SEQPACKET, 0 or die "socket: $!\n";
	connect $bell, pack_sockaddr_un($path) or die "$path: $!\n";
	return $bell;
}
my $bell = bell();

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
	my $key = $row{key} // pack 'H*', $o->value(
	    'SELECT HEX(ring_key) FROM push_instance WHERE incarnation <> 0');
	return "soon $row{shard}\nrow " . hmac_sha256($row, $key) . $row;
}

sub say {
	my ($packet) = @_;
	send $bell, $packet, 0 or die "the doorbell: $!\n";
}

# A device and a row for it with that token, the row in the database or not.
sub row {
	my ($token, %more) = @_;
	my ($send) = $o->queue(tokens => [ Outpost->apns_token($token) ]);
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

# All that was said before on the same line has been heard, and sent if it was
# to be sent.
my $n = 0;
sub heard {
	my $token = 'last-' . ++$n;
	my %row = row($token, there => 1);
	say(packet(%row));
	comes($token, 'what is said next is heard');
	counted($row{send}, 'and counted');
}

# --- a call ------------------------------------------------------------------

my $token = Outpost->apns_token('of-a-call');
$o->device('mobile-app', 'somebody', 'ios', $token);
sub call {
	return $o->post('/push/message/send', { requestObject => {
	    appId => 'mobile-app', mode => 'SYNCHRONOUS', message => {
		userId => 'somebody', body => { title => 'T', body => 'B' } } }
	    })->{json}{responseObject};
}
my $carried;
for (1 .. 20) {	# a poll in that moment may be quicker
	my $sent = call();
	is $sent->{result}{apns}{sent}, 1, 'a call has its message sent';
	last if $carried = $o->log_text =~
	    /^<7>read message=$sent->{messageId} .* node=carried$/m;
}
ok $carried, 'and sendd did not read its row';

# --- proof -------------------------------------------------------------------

my %forged = row('forged');
say(packet(%forged, key => "\0" x 32));
say(packet(%forged, key => ''));
heard();
is seen('forged'), 0, 'nothing is sent without a proof';

my %true = row('true', there => 1);
say(packet(%true, token => Outpost->apns_token('other'), key => "\1" x 32));
comes('true', 'but the row that is there is read');
heard();
is seen('other'), 0, 'and is what is sent';
counted($true{send}, 'it is counted');

# --- once --------------------------------------------------------------------

my %once = row('once', there => 1);
my $packet = packet(%once);
say($packet) for 1 .. 3;
counted($once{send}, 'a row that is told three times is counted');
say($packet);
heard();
is seen('once'), 1, 'it has been sent once';

# Read, sent and deleted before it is told.
my $looked = now_ms();
my %late = row('late', there => 1);
say("ring $late{shard}");
counted($late{send}, 'a row is read');
say(packet(%late, looked => $looked));
heard();
is seen('late'), 1, 'it is not sent again when it is told after that';

# I-15
say(packet(row('old'), looked => now_ms() - 3000));
say(packet(row('early'), looked => now_ms() + 60000));
heard();
is seen('old') + seen('early'), 0,
    'nor is anything whose device was not looked up just now';

# --- what is not there -------------------------------------------------------

# Its COMMIT has failed.
my %lost = row('lost');
say(packet(%lost));
comes('lost', 'a row is told before its COMMIT fails');
heard();
is done($lost{send}), 0, 'nothing is counted';
is $o->value("SELECT COUNT(*) FROM push_history WHERE send_id = $lost{send}"),
    0, 'and nothing is in the history';

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

# --- killed ------------------------------------------------------------------

my %killed = row('tok-slow-600000:killed', there => 1);
$requests = $o->control->{requests};
say(packet(%killed));
ok $o->wait_for(SOON, sub { $o->control->{requests} > $requests }),
    'a message is on the way';
my $old = packet(%killed, token => Outpost->apns_token('replayed'));
kill 'KILL', $o->pid('sendd');
is $o->value("SELECT COUNT(*) FROM push_outbox WHERE id = $killed{id}"), 1,
    'its row is there when sendd is killed';
$o->control({ prompt => JSON::PP::true });
$o->again;
ok $o->wait_for(60, $shards), 'another one comes';
counted($killed{send}, 'and sends it');
$bell = bell();
say($old);
heard();
is seen('replayed'), 0, 'it has another key';
$o->settled(SOON);
my %ids = map { $_->[1] => 1 } $o->lines($killed{token});
is scalar(keys %ids), 1, 'a message that was sent twice had the same id';

done_testing;
