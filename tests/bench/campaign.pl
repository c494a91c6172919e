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

# CPU seconds of a program, to the nanosecond: a small run takes fewer than a
# tick of the clock has.
sub cpu_of {
	my ($program) = @_;
	my $ns = 0;
	for (glob '/proc/' . $o->pid($program) . '/task/*/schedstat') {
		# a thread may have ended meanwhile
		my $text = eval { $o->read_file($_) } // next;
		$ns += (split ' ', $text)[0];
	}
	return $ns / 1e9;
}

sub database_cpu { return cpu_of('mariadbd') }

# Of all that a run's devices cost: they are queued, and delivered.
sub whole_cpu { return database_cpu() + cpu_of('sendd') }

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

# Seconds of a plain INSERT ... SELECT of devices into a table like the outbox,
# and those of CPU of MariaDB.
sub plain {
	my ($n, $from) = @_;
	$o->sql('CREATE TABLE bench_outbox LIKE push_outbox');
	my ($begin, $cpu) = (time, database_cpu());
	$o->sql('INSERT INTO bench_outbox (shard, lane, due, id, send_id,'
	    . ' body_id, app_id, device_id, platform, environment, token)'
	    . ' SELECT d.id & 63, 1, UTC_TIMESTAMP(3), d.id, 1, 1, d.app_id,'
	    . " d.id, 0, 1, d.push_token FROM $from");
	my ($seconds, $used) = (time - $begin, database_cpu() - $cpu);
	die "the plain INSERT has not $n rows\n"
	    if number('SELECT COUNT(*) FROM bench_outbox') != $n;
	$o->sql('DROP TABLE bench_outbox');
	return ($seconds, $used);
}

sub plain_all {
	return plain($rows, 'push_device_registration d'
	    . " WHERE d.app_id = $app AND d.user_id LIKE 'c%'");
}

# The same of those whose users are in a campaign, which a run has to find out.
sub plain_members {
	my ($id) = @_;
	return plain($rows, 'push_device_registration d FORCE INDEX (PRIMARY)'
	    . " STRAIGHT_JOIN push_campaign_user u ON u.campaign_id = $id"
	    . " AND u.user_id = d.user_id WHERE d.app_id = $app");
}

# The same of few users, each device looked up by its user.
sub plain_of {
	my ($id, $users) = @_;
	return plain($users, 'push_campaign_user u STRAIGHT_JOIN'
	    . ' push_device_registration d FORCE INDEX (push_device_user_app)'
	    . " ON d.user_id = u.user_id AND d.app_id = $app"
	    . " WHERE u.campaign_id = $id");
}

# --- memory of MariaDB ------------------------------------------------------

# A kilobyte a device, as docs/scale.md wants it.
sub large_pool {
	my $bytes = (256 << 20) + 1024 * $rows;
	$o = Outpost->up(via => 'lighttpd', name => "bench-campaign-$$",
	    conf => fast_conf(), db => "--innodb-buffer-pool-size=$bytes");
	measure_on($o);
	$o->seed('-k', provider_keys(), '-a', 'bench');
}

# As little as the other parts have.
sub small_pool {
	$o->sql('SET GLOBAL innodb_buffer_pool_size = 268435456');
	# a server of before 10.11.12 makes it so in the background
	$o->wait_for(60, sub {
		number('SELECT @@innodb_buffer_pool_size = 268435456') == 1
	}) or die "the buffer pool stays as it is\n";
}

sub disk_reads {
	return number('SELECT variable_value FROM'
	    . ' information_schema.global_status WHERE variable_name ='
	    . " 'Innodb_buffer_pool_reads'");
}

# All that a run looks at is in memory.
sub warm {
	number('SELECT SUM(LENGTH(push_token)) FROM push_device_registration'
	    . ' FORCE INDEX (PRIMARY) WHERE id > 0');
	number('SELECT COUNT(app_id) FROM push_device_registration'
	    . " FORCE INDEX (push_device_user_app) WHERE user_id > ''");
}

# --- SYNCHRONOUS sends ------------------------------------------------------

# Milliseconds of each, one after the other, in portions of so many, while more
# are wanted after one: the median, and the 99th of a hundred.
sub single {
	my ($n, $more) = @_;
	my @ms;
	do {
		for (1 .. $n) {
			my $begin = time;
			my $r = $o->send('bench', 'single');
			die "send: $r->{status} $r->{body}\n"
			    if $r->{status} != 200;
			push @ms, 1000 * (time - $begin);
		}
	} while ($more && $more->());
	@ms = sort { $a <=> $b } @ms;
	return ($ms[ @ms / 2 ], $ms[ int 0.99 * @ms ]);
}

sub runs_done {
	my ($id) = @_;
	return number('SELECT COUNT(*) FROM push_campaign_run WHERE'
	    . " campaign_id = $id AND state = 'done'");
}

# While a run goes from its start to its last outcome.
sub single_beside_run {
	my ($id) = @_;
	my $done = runs_done($id);
	my $before = provider_counters()->{accepted};
	open my $live, '-|', 'curl', '-sSf', '-H',
	    'Content-Type: application/json', '-d',
	    '{"requestObject":{"again":true}}', "http://127.0.0.1:$o->{port}"
	    . "$o->{prefix}/push/campaign/send/live/$id"
	    or die "curl: $!\n";
	my @p = single(20, sub { runs_done($id) == $done });
	my @said = <$live>;
	close $live or die "campaign: @said\n";
	die "it was not sent\n"
	    if provider_counters()->{accepted} < $before + $rows;
	return @p;
}

# --- the part ---------------------------------------------------------------

# Of a run of so many: microseconds a device, those of CPU, and the pages that
# were read from the disk.
sub small_run {
	my ($id, $users) = @_;
	my $read = disk_reads();
	my @us = map { 1e6 * $_ / $users } while_slow(sub { queue($id) });
	return (@us, disk_reads() - $read);
}

sub small_name {
	my ($users, $more) = @_;
	return thousands($users) . ' among ' . thousands($rows) . ", $more";
}

sub sizes { return grep { $_ <= $rows / 10 } 1000, 10000, 100000 }

# Microseconds of CPU a device, of MariaDB and sendd, from the call until all
# have their outcome.
sub whole_run {
	my ($users) = @_;
	my $id = some($users);
	warm();
	my $cpu = whole_cpu();
	queue($id);
	drain();
	return 1e6 * (whole_cpu() - $cpu) / $users;
}

# Does a device cost as much in a run that is small beside the table as in the
# run of all? Queueing it, its CPU, and its time, which other work on the machine
# makes longer; then with its delivery.
sub beside_all {
	my ($users, @of) = @_;
	my @bar = $users >= 10000 ? 'at most 1.2' : ();
	for (@of) {
		my ($what, $us, $of_all) = @$_;
		result(small_name($users, $what), sprintf('%.1f us', $us),
		    sprintf('%.1f us', $of_all), $us / $of_all, @bar,
		    @bar ? $us <= 1.2 * $of_all : ());
	}
}

# With all in memory: beside a plain INSERT of the same devices by the same
# look-ups, which is what they cost at least. all: of a device of the run of all,
# the CPU of queueing it, the time, and the CPU with its delivery.
sub warm_runs {
	my (%all) = @_;
	for my $users (sizes()) {
		my $id = some($users);
		warm();
		my ($seconds, $cpu) = plain_of($id, $users);
		my ($us, $used) = small_run($id, $users);
		drain();
		my ($plain, $bare) = map { 1e6 * $_ / $users } $seconds, $cpu;
		result(small_name($users, 'in memory'), sprintf('%.0f us', $us),
		    sprintf('%.0f us', $plain), $us / $plain, '30 us a device',
		    $us <= 30);
		result(small_name($users, 'CPU, plain'), sprintf('%.1f us', $used),
		    sprintf('%.1f us', $bare), $used / $bare);
		beside_all($users, [ 'queueing, CPU', $used, $all{cpu} ],
		    [ 'queueing, time', $us, $all{time} ],
		    [ 'in all, CPU', whole_run($users), $all{whole} ]);
	}
}

# With less memory than the table of devices: what the disk adds.
sub cold_runs {
	small_pool();
	for my $users (sizes()) {
		my $id = some($users);
		my ($us, undef, $read) = small_run($id, $users);
		drain();
		result(small_name($users, 'from disk'),
		    sprintf('%.0f us', $us),
		    sprintf('%.1f pages', $read / $users), undef,
		    '30 us a device', $us <= 30);
	}
}

# Queued: rows a second, and CPU of MariaDB a device, beside a plain INSERT and
# beside one that looks for the users, too. Returns that CPU, the time of a
# device, and whole_cpu of before.
sub large_run {
	my ($id) = @_;
	my ($bare_s, $bare_cpu) = plain_all();
	my ($user_s, $user_cpu) = plain_members($id);
	my $before = whole_cpu();
	my ($seconds, $cpu) = while_slow(sub { queue($id) });
	my $what = 'campaign of ' . thousands($rows) . ', queued';
	result($what, per_second($rows / $seconds),
	    per_second($rows / $bare_s), $bare_s / $seconds,
	    '0.7 of INSERT SELECT', $bare_s / $seconds >= 0.7);
	result('the same, beside one with its users', per_second($rows
	    / $seconds), per_second($rows / $user_s), $user_s / $seconds);
	my ($us, $bare, $floor) = map { 1e6 * $_ / $rows } $cpu, $bare_cpu,
	    $user_cpu;
	result("$what, CPU", sprintf('%.1f us', $us), sprintf('%.1f us',
	    $bare), $us / $bare);
	result('the same, beside one with its users', sprintf('%.1f us', $us),
	    sprintf('%.1f us', $floor), $us / $floor);
	return ($us, 1e6 * $seconds / $rows, $before);
}

# Returns the CPU seconds up to the last outcome.
sub beside {
	my ($id) = @_;
	my $begin = time;
	my @sending = single(few(200, 50));
	drain();
	my ($rate, $cpu) = ($rows / (time - $begin), whole_cpu());
	result('campaign of ' . thousands($rows) . ', delivered',
	    per_second($rate), per_second(h2load()), $rate / h2load());
	my @run = single_beside_run($id);
	my @quiet = single(few(1000, 50));
	for ([ 'while it is sent', @sending ], [ 'during a campaign', @run ]) {
		my ($when, $p50, $p99) = @$_;
		result("SYNCHRONOUS $when, p99", sprintf('%.1f ms', $p99),
		    sprintf('%.1f ms', $quiet[1]), $p99 / $quiet[1],
		    'at most 3 times', $p99 <= 3 * $quiet[1]);
		result("SYNCHRONOUS $when, p50", sprintf('%.1f ms', $p50),
		    sprintf('%.1f ms', $quiet[0]), $p50 / $quiet[0]);
	}
	return $cpu;
}

sub {
	large_pool();
	$app = number('SELECT id FROM push_app_credentials WHERE app_id ='
	    . ' "bench"');
	add_devices();
	$o->device('bench', 'single', 'ios', 'ab' x 32);
	my $bare = bare_load();
	my $id = create();
	my $loaded = load($id);
	result('users of a campaign, added', per_second($loaded),
	    per_second($bare), $loaded / $bare, '0.5 of LOAD DATA',
	    $loaded / $bare >= 0.5);
	my ($cpu, $time, $before) = large_run($id);
	my $whole = 1e6 * (beside($id) - $before) / $rows;
	warm_runs(cpu => $cpu, time => $time, whole => $whole);
	cold_runs();
	result('sendd, peak memory', sprintf('%.0f MB',
	    peak($o->pid('sendd')) / 1024), undef, undef, '64 MB',
	    peak($o->pid('sendd')) <= 64 * 1024);
}
