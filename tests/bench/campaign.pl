# A campaign of 1,000,000 users (BENCH_ROWS): load, queueing, drain, small runs.
use strict;
use warnings;
use Bench;
use HTTP::Tiny;
use Time::HiRes qw(time sleep);

my ($o, $app);

sub add_devices {
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT UUID(),'
	    . " CONCAT('c', seq), $app, 'ios', 'development',"
	    . " LPAD(HEX(seq), 64, '0'), UTC_TIMESTAMP(3), 1 FROM"
	    . " seq_1_to_$rows");
}

sub create {
	my $r = $o->post('/push/campaign/create', { requestObject => {
	    appId => 'bench', message => { title => 'T',
		body => 'Campaign' } } });
	return $r->{json}{responseObject}{id}
	    // die "campaign: $r->{status} $r->{body}\n";
}

# --- users ------------------------------------------------------------------

# Users a second, by calls of 100,000; all users of the devices. The bodies are
# made before, and no test looks into them: this client costs more than the
# calls otherwise.
sub load {
	my ($id) = @_;
	my $url = "http://127.0.0.1:$o->{port}$o->{prefix}/push/campaign/$id"
	    . '/user/add';
	my $client = HTTP::Tiny->new(timeout => 300);
	my @bodies;
	for (my $from = 1; $from <= $rows; $from += 100000) {
		my $to = $from + 99999 < $rows ? $from + 99999 : $rows;
		push @bodies, '{"requestObject":['
		    . join(',', map { qq("c$_") } $from .. $to) . ']}';
	}
	my $begin = time;
	for (@bodies) {
		my $r = $client->put($url, { content => $_, headers => {
		    'content-type' => 'application/json' } });
		die "users: $r->{status} $r->{content}\n"
		    if $r->{status} != 200;
	}
	return $rows / (time - $begin);
}

# The same rows by statements of many rows, of MariaDB's own client, into a
# table that is like ours.
sub bare_load {
	my $file = "$root/build/bench/users.tsv";
	open my $f, '>', $file or die "$file: $!\n";
	print $f "1\tc$_\t2026-01-01 00:00:00\n" for 1 .. $rows;
	close $f or die "$file: $!\n";
	$o->sql('CREATE TABLE bench_users LIKE push_campaign_user');
	my $begin = time;
	$o->sql("LOAD DATA LOCAL INFILE '$file' INTO TABLE bench_users"
	    . ' (campaign_id, user_id, timestamp_created)');
	my $seconds = time - $begin;
	die "not all users are loaded\n"
	    if number('SELECT COUNT(*) FROM bench_users') != $rows;
	$o->sql('DROP TABLE bench_users');
	unlink $file;
	return $rows / $seconds;
}

# --- queueing ---------------------------------------------------------------

# sendd delivers next to nothing while fn runs: it would disturb.
sub while_slow {
	my ($fn) = @_;
	my $pid = $o->pid('sendd');
	my $good = $o->read_file($o->{conf});
	$o->write_file($o->{conf}, "$good\n[apns]\nrate = 1/s\n");
	kill 'HUP', $pid;
	sleep 0.5;
	my @got = eval { $fn->() };
	my $why = $@;
	$o->write_file($o->{conf}, $good);
	kill 'HUP', $pid;
	sleep 1.5;	# or the first messages would still wait
	die $why if $why;
	return @got;
}

sub is_queued {
	my ($id) = @_;
	return number('SELECT state NOT IN ("created", "queueing")'
	    . " FROM push_campaign WHERE id = $id");
}

# CPU seconds of MariaDB, to the nanosecond: a small run takes fewer than a tick
# of the clock has.
sub database_cpu {
	my $ns = 0;
	for (glob '/proc/' . $o->pid('mariadbd') . '/task/*/schedstat') {
		# a thread may have ended meanwhile
		my $text = eval { $o->read_file($_) } // next;
		$ns += (split ' ', $text)[0];
	}
	return $ns / 1e9;
}

# Seconds from the call until all rows are in the outbox, and those of CPU of
# MariaDB: of a small run they are when the call returns, and no look is
# counted, which takes longer than it.
sub queue {
	my ($id) = @_;
	my ($begin, $cpu) = (time, database_cpu());
	my $r = $o->post("/push/campaign/send/live/$id", {}, timeout => 300);
	die "campaign: $r->{status} $r->{body}\n" if $r->{status} != 200;
	my ($seconds, $used) = (time - $begin, database_cpu() - $cpu);
	if (!is_queued($id)) {
		$o->wait_for(300, sub { is_queued($id) })
		    or die "the campaign was not queued\n";
		($seconds, $used) = (time - $begin, database_cpu() - $cpu);
	}
	my $total = number('SELECT SUM(total) FROM push_send WHERE'
	    . " campaign_id = $id");
	my $users = number('SELECT COUNT(*) FROM push_campaign_user WHERE'
	    . " campaign_id = $id");
	die "$total of $users devices are queued\n" if $total != $users;
	return ($seconds, $used);
}

sub drain {
	$o->wait_for(600, sub {
		number('SELECT SUM(total - done) FROM push_send') == 0
	}) or die "the campaign is not delivered\n";
}

# A campaign for so many of the users, as far apart as can be: its id.
sub some {
	my ($users) = @_;
	my $id = create();
	my $step = int $rows / $users;
	$o->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
	    . " timestamp_created) SELECT $id, CONCAT('c', seq * $step),"
	    . " UTC_TIMESTAMP(3) FROM seq_1_to_$users");
	return $id;
}

# Rows a second of a plain INSERT ... SELECT of the same devices.
sub plain {
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

# --- SYNCHRONOUS sends ------------------------------------------------------

# Milliseconds of each of n, one after the other: the median, and the 99th of
# a hundred.
sub single {
	my ($n) = @_;
	my @ms;
	for (1 .. $n) {
		my $begin = time;
		my $r = $o->send('bench', 'single');
		die "send: $r->{status} $r->{body}\n" if $r->{status} != 200;
		push @ms, 1000 * (time - $begin);
	}
	@ms = sort { $a <=> $b } @ms;
	return ($ms[ @ms / 2 ], $ms[ int 0.99 * @ms ]);
}

# --- the part ---------------------------------------------------------------

# large: microseconds a device of a run of all, and those of CPU
sub small_runs {
	my (@large) = @_;
	for my $users (grep { $_ <= $rows / 10 } 1000, 10000, 100000) {
		my $id = some($users);
		my @us = map { 1e6 * $_ / $users }
		    while_slow(sub { queue($id) });
		drain();
		my $what = 'campaign of ' . thousands($users) . ' among '
		    . thousands($rows);
		result($what, sprintf('%.0f us', $us[0]),
		    sprintf('%.0f us', $large[0]), $us[0] / $large[0],
		    '30 us a device', $us[0] <= 30);
		result("$what, CPU", sprintf('%.1f us', $us[1]),
		    sprintf('%.1f us', $large[1]), $us[1] / $large[1]);
	}
}

sub {
	$o = stack();
	$app = number('SELECT id FROM push_app_credentials WHERE app_id ='
	    . ' "bench"');
	add_devices();
	$o->device('bench', 'single', 'ios', 'ab' x 32);
	my ($bare, $plain) = (bare_load(), plain());
	my $id = create();
	my $loaded = load($id);
	result('users of a campaign, added', per_second($loaded),
	    per_second($bare), $loaded / $bare, '0.5 of LOAD DATA',
	    $loaded / $bare >= 0.5);
	my ($seconds, $cpu) = while_slow(sub { queue($id) });
	result('campaign of ' . thousands($rows) . ', queued',
	    per_second($rows / $seconds), per_second($plain),
	    $rows / $seconds / $plain, '0.7 of INSERT SELECT',
	    $rows / $seconds / $plain >= 0.7);
	my $begin = time;
	my ($p50, $p99) = single(few(200, 50));
	drain();
	my $rate = $rows / (time - $begin);
	result('campaign of ' . thousands($rows) . ', delivered',
	    per_second($rate), per_second(h2load()), $rate / h2load());
	my ($quiet50, $quiet99) = single(few(200, 50));
	result('SYNCHRONOUS during a campaign, p99', sprintf('%.1f ms', $p99),
	    sprintf('%.1f ms', $quiet99), $p99 / $quiet99,
	    'at most 3 times', $p99 <= 3 * $quiet99);
	result('SYNCHRONOUS during a campaign, p50', sprintf('%.1f ms', $p50),
	    sprintf('%.1f ms', $quiet50), $p50 / $quiet50);
	small_runs(map { 1e6 * $_ / $rows } $seconds, $cpu);
	result('sendd, peak memory', sprintf('%.0f MB',
	    peak($o->pid('sendd')) / 1024), undef, undef, '64 MB',
	    peak($o->pid('sendd')) <= 64 * 1024);
}
