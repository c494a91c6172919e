# A campaign is paused with 20,000 messages in hand: when the last one goes out.
use strict;
use warnings;
use Bench;
use Time::HiRes qw(time sleep);

my $devices = 60000;
my $in_hand = 20000;
my $o;

sub begin_run {
	my $app = number('SELECT id FROM push_app_credentials WHERE app_id ='
	    . ' "bench"');
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT UUID(),'
	    . " CONCAT('p', seq), $app, 'ios', 'development', LPAD(HEX(seq),"
	    . " 64, 'd'), UTC_TIMESTAMP(3), 1 FROM seq_1_to_$devices");
	my $r = $o->post('/push/campaign/create', { requestObject => {
	    appId => 'bench', message => { title => 'T' } } });
	my $id = $r->{json}{responseObject}{id};
	$o->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
	    . " timestamp_created) SELECT $id, CONCAT('p', seq),"
	    . " UTC_TIMESTAMP(3) FROM seq_1_to_$devices");
	$o->post("/push/campaign/send/live/$id", {}, timeout => 300);
	return $id;
}

sub held {
	return number('SELECT COALESCE(JSON_VALUE(figures, "$.inHand"), 0)'
	    . ' FROM push_instance');
}

sub sent { return provider_counters()->{accepted} }

# That nothing goes out after the call says something if it did before, and if
# there was more of it.
sub goes_out {
	my $before = sent();
	sleep 1;
	die "nothing went out before the pause\n" if sent() == $before;
	die held() . " messages in hand\n" if held() < $in_hand;
}

sub is_kept {
	my $kept = number('SELECT SUM(total - done) FROM push_send');
	die "$kept messages were left\n" if $kept < $in_hand;
}

# Seconds from the call to the last push; it is over when none came for three.
sub last_push {
	my ($id) = @_;
	my $begin = time;
	my $r = $o->post("/push/campaign/$id/pause", {});
	die "pause: $r->{status} $r->{body}\n" if $r->{status} != 200;
	my ($last, $n) = ($begin, sent());
	while (time - $last < 3) {
		my $now = sent();
		($last, $n) = (time, $now) if $now != $n;
		sleep 0.02;
	}
	return $last - $begin;
}

sub {
	$o = stack();
	my $pid = $o->pid('sendd');
	my $good = $o->read_file($o->{conf});
	# campaigns may have three quarters of the room
	$o->write_file($o->{conf}, "$good\n[sendd]\nroom = "
	    . int($in_hand * 4 / 3 + 1) . "\n[apns]\nrate = 500/s\n");
	kill 'HUP', $pid;
	sleep 0.5;
	my $id = begin_run();
	$o->wait_for(300, sub { held() >= $in_hand })
	    or die held() . " messages in hand\n";
	goes_out();
	my $seconds = last_push($id);
	is_kept();
	result(thousands($in_hand) . ' in hand, paused', sprintf('%.2f s',
	    $seconds), '2 s', $seconds / 2, 'under 2 s', $seconds < 2);
	$o->post("/push/campaign/$id/cancel", {});
	$o->write_file($o->{conf}, $good);
	kill 'HUP', $pid;
	$o->wait_for(300, sub {
		number('SELECT SUM(total - done) FROM push_send') == 0
	});
}
