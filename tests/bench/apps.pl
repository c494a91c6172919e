# 100,000 messages of 1, 1,000 and 10,000 applications; provider and wire null.
use strict;
use warnings;
use Bench;

# A send is of one application and has the same number of messages in all
# cases; every application has a send. BENCH_APPS: other numbers of them.
my $n = $ENV{BENCH_APPS_N} // few(100000, 10000);
my @numbers = split /,/, $ENV{BENCH_APPS} // few('1,1000,10000', '1,1000');
my $size = 10;

# The stack's sendd makes way for the one of the null provider (in the place
# of HMS) and the null wire, which answers each request at once. HMS has a
# rate for an application; here none is to bind.
sub start_null {
	my ($o) = @_;
	my $pid = $o->pid('sendd');
	kill 'TERM', $pid;
	$o->wait_for(20, sub { !kill 0, $pid })
	    or die "sendd does not end\n";
	my $path = "$o->{run}/null.conf";
	$o->write_file($path, $o->read_file($o->{conf})
	    . "\n[hms]\nrate = 1000000/s\n");
	$pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDERR, '>>', "$o->{run}/logs/sendd_null.log";
		exec "$ENV{BIN}/sendd_null", '-c', $path;
		exit 127;
	}
	$o->wait_for(30, sub {
		return number('SELECT COUNT(*) FROM push_shard WHERE'
		    . ' lease_until > UTC_TIMESTAMP(3)') == 64;
	}) or die "sendd_null has got no shards\n";
	return $pid;
}

sub stop_null {
	my ($o, $pid) = @_;
	kill 'TERM', $pid;
	waitpid $pid, 0;
	$o->stack('up');
}

# Devices first to first + n - 1, each of the application whose message it
# gets: those named PREFIX-1 to PREFIX-APPS have consecutive ids.
sub add_devices {
	my ($o, $prefix, $apps) = @_;
	my $app = number('SELECT id FROM push_app_credentials WHERE app_id ='
	    . " '$prefix-1'");
	my $first = number('SELECT COALESCE(MAX(id), 0) + 1 FROM'
	    . ' push_device_registration');
	$o->sql('INSERT INTO push_device_registration (id, activation_id,'
	    . ' user_id, app_id, platform, push_token,'
	    . " timestamp_last_registered, is_active) SELECT $first + seq,"
	    . " CONCAT('apps-', $first + seq), 'bench',"
	    . " $app + seq DIV $size % $apps, 'hms', CONCAT('"
	    . 'abcdef0123456789' x 3 . "', LOWER(LPAD(HEX(seq), 16, '0'))),"
	    . " UTC_TIMESTAMP(3), 1 FROM seq_0_to_" . ($n - 1));
	return $first;
}

# Microseconds of sendd's CPU a message, and messages a second. The first
# round is not counted: it loads the credentials.
sub measure_apps {
	my ($o, $pid, $apps) = @_;
	my $prefix = "many$apps";
	$o->seed_words('-k', provider_keys(), '-a', $prefix, '-m', $apps);
	my $first = add_devices($o, $prefix, $apps);
	my @rounds = map { [ drained(sub {
		$o->seed_words('-a', $prefix, '-m', $apps, '-p', 'hms', '-s',
		    $size, '-n', $n, '-d', $first);
	}, $pid) ] } 0 .. few(3, 1);
	shift @rounds;
	return (median(map { $_->[1] } @rounds) * 1e6 / $n,
	    $n / median(map { $_->[0] } @rounds));
}

sub compare_apps {
	my ($o, $pid) = @_;
	my ($us_one, $rate_one);
	for my $apps (@numbers) {
		my ($us, $rate) = measure_apps($o, $pid, $apps);
		$us_one //= $us;
		$rate_one //= $rate;
		my $what = 'applications ' . thousands($apps);
		result("$what, CPU a message", sprintf('%.1f us', $us),
		    sprintf('%.1f us', $us_one), $us / $us_one,
		    'flat within 20 %', $us / $us_one <= 1.2);
		result("$what, messages", per_second($rate),
		    per_second($rate_one), $rate / $rate_one,
		    'flat within 20 %', $rate / $rate_one >= 0.8);
	}
}

sub {
	my $o = stack();
	my $durable = number('SELECT @@innodb_flush_log_at_trx_commit');
	$o->sql('SET GLOBAL innodb_flush_log_at_trx_commit = 0');
	my $pid = start_null($o);
	my $good = eval { compare_apps($o, $pid); 1 };
	my $why = $@;
	stop_null($o, $pid);
	$o->sql("SET GLOBAL innodb_flush_log_at_trx_commit = $durable");
	die $why if !$good;
}
