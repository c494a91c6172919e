# A campaign of 1,000,000 devices (BENCH_ROWS), and INSERT ... SELECT.
use strict;
use warnings;
use Bench;
use Time::HiRes qw(time sleep);

my $o;

sub add_devices {
	my ($app) = @_;
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT UUID(),'
	    . " CONCAT('c', seq), $app, 'ios', 'development',"
	    . " LPAD(HEX(seq), 64, '0'), UTC_TIMESTAMP(3), 1 FROM"
	    . " seq_1_to_$rows");
}

# A campaign for the first users: its id.
sub create {
	my ($users) = @_;
	my $r = $o->post('/push/campaign/create', { requestObject => {
	    appId => 'bench', message => { title => 'T',
		body => 'Campaign' } } });
	my $id = $r->{json}{responseObject}{id}
	    or die "campaign: $r->{status} $r->{body}\n";
	$o->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
	    . " timestamp_created) SELECT $id, CONCAT('c', seq),"
	    . " UTC_TIMESTAMP(3) FROM seq_1_to_$users");
	return $id;
}

# Seconds from the call until all rows are in the outbox.
sub queue {
	my ($id) = @_;
	my $begin = time;
	my $r = $o->post("/push/campaign/send/live/$id", {}, timeout => 300);
	die "campaign: $r->{status} $r->{body}\n" if $r->{status} != 200;
	$o->wait_for(300, sub {
		return number('SELECT state NOT IN ("created", "queueing")'
		    . " FROM push_campaign WHERE id = $id");
	}) or die "the campaign was not queued\n";
	return time - $begin;
}

# sendd queues it; what it would deliver meanwhile would disturb, so that it
# delivers next to nothing.
sub rate {
	my ($users) = @_;
	my $id = create($users);
	my $pid = $o->pid('sendd');
	my $good = $o->read_file($o->{conf});
	$o->write_file($o->{conf}, "$good\n[apns]\nrate = 1/s\n");
	kill 'HUP', $pid;
	sleep 0.5;
	my $seconds = eval { queue($id) };
	my $why = $@;
	$o->write_file($o->{conf}, $good);
	kill 'HUP', $pid;
	die $why if $why;
	my $total = number("SELECT SUM(total) FROM push_send WHERE"
	    . " campaign_id = $id");
	die "$total of $users devices are queued\n" if $total != $users;
	$o->wait_for(300, sub {
		number('SELECT SUM(total - done) FROM push_send') == 0
	});
	return $users / $seconds;
}

# Rows a second of a plain INSERT ... SELECT of the same devices.
sub plain {
	my ($app) = @_;
	$o->sql('CREATE TABLE bench_outbox LIKE push_outbox');
	my $begin = time;
	$o->sql('INSERT INTO bench_outbox (shard, lane, due, id, send_id,'
	    . ' body_id, app_id, device_id, platform, environment, token)'
	    . ' SELECT d.id & 63, 1, UTC_TIMESTAMP(3), d.id, 1, 1, d.app_id,'
	    . ' d.id, 0, 1, d.push_token FROM push_device_registration d'
	    . " WHERE d.app_id = $app AND d.user_id LIKE 'c%'");
	my $seconds = time - $begin;
	$o->sql('DROP TABLE bench_outbox');
	return $rows / $seconds;
}

sub {
	$o = stack();
	my $app = number('SELECT id FROM push_app_credentials WHERE app_id ='
	    . ' "bench"');
	add_devices($app);
	my $plain = plain($app);
	my $small = rate(int $rows / 10);
	my $large = rate($rows);
	result('campaign of ' . thousands($rows) . ', queued',
	    per_second($large), per_second($plain), $large / $plain,
	    '0.7 of INSERT SELECT', $large / $plain >= 0.7);
	result('campaign of ' . thousands($rows / 10) . ', queued',
	    per_second($small), per_second($large), $small / $large,
	    'cost flat');
}
