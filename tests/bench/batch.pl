# Messages accepted and delivered, in batches and one by one; device creates.
use strict;
use warnings;
use Bench;
use BenchWeb;
use Outpost;
use POSIX qw(strftime);
use Time::HiRes qw(time sleep);

my $callers = 8;	# of batches
my @processes = qw(mariadbd push.fcgi sendd);
my $o;

# A device for each message of a run, so that no two messages share a row. Their
# users are PREFIX-CALL-INDEX; the tokens are of the kind that is accepted.
sub add_devices {
	my ($prefix, $calls, $size) = @_;
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . " timestamp_last_registered, is_active) SELECT CONCAT('$prefix-',"
	    . " seq), CONCAT('$prefix-', LPAD(seq DIV $size, 8, '0'), '-',"
	    . " seq MOD $size), a.id, 'ios', 'development', LPAD(CONCAT("
	    . "'${\ unpack 'H*', $prefix}', LPAD(seq, 8, '0')), 64, 'c'),"
	    . " UTC_TIMESTAMP(3), 1 FROM seq_0_to_@{[$calls * $size - 1]} JOIN"
	    . " push_app_credentials a ON a.app_id = 'bench'");
}

# The published example, with a body of its own.
sub message {
	my ($prefix, $i) = @_;
	return { userId => "$prefix-\@\@\@\@\@\@\@\@-$i", priority => 'HIGH',
	    attributes => { personal => \0, silent => \0 }, body => {
		title => 'Balance update',
		titleLocKey => 'balance.update.title', titleLocArgs => [],
		body => "Your balance is now \$########.$i",
		bodyLocKey => 'balance.update.body', bodyLocArgs => [],
		badge => 3, sound => 'default', icon => 'custom-icon',
		category => 'balance-update', collapseKey => 'balance-update',
		validUntil => strftime('%Y-%m-%dT%H:%M:%S.000Z',
		    gmtime time + 86400),
		extras => { _comment => 'Any custom data.' } } };
}

sub request { return Outpost::json()->encode({ requestObject => {
    appId => 'bench', mode => 'ASYNCHRONOUS', @_ } }) }

sub wait_until_empty {
	$o->wait_for(120, sub { !number('SELECT EXISTS (SELECT 1 FROM'
	    . ' push_outbox)') })
	    or die "the outbox is not empty after two minutes\n";
}

sub pids {
	return ($o->pid('mariadbd'), child_of($o->pid('web'), 'push.fcgi'),
	    $o->pid('sendd'));
}

# So many messages by calls of so many: accepted a second, accepted and
# delivered a second, and the CPU time of each process for one, us.
sub run_batches {
	my ($size, $n) = @_;
	my $calls = int($n / $size);
	my $prefix = sprintf 'b%04d', $size;
	add_devices($prefix, $calls, $size);
	my @batch = map { message($prefix, $_) } 0 .. $size - 1;
	my $accepted = provider_counters()->{accepted};
	my @cpu = map { -cpu($_) } pids();
	my $begin = time;
	load(ours('/push/message/batch/send'), $callers, n => $calls,
	    m => $calls, data => request(batch => \@batch));
	my $answered = time - $begin;
	wait_until_empty();
	my $seconds = time - $begin;
	my @pids = pids();
	$cpu[$_] = ($cpu[$_] + cpu($pids[$_])) * 1e6 / $calls / $size
	    for 0 .. $#pids;
	my $came = provider_counters()->{accepted} - $accepted;
	die "$came of @{[$calls * $size]} messages were delivered\n"
	    if $came != $calls * $size;
	return ($came / $answered, $came / $seconds, @cpu);
}

# Rows a second of a bulk INSERT of the same rows by one connection: those of
# one batch, of which sendd sees nothing, copied.
sub bulk {
	my ($n) = @_;
	my $size = 500;
	bare('/insert');	# its database user
	add_devices('bulk', 1, $size);
	$o->sql('CREATE TABLE bench_bulk LIKE push_outbox');
	kill 'STOP', $o->pid('sendd');
	my $rate = eval {
		load(ours('/push/message/batch/send'), 1, n => 1, data =>
		    request(batch => [ map { message('bulk', $_) }
			0 .. $size - 1 ]));
		bulk_rate($n);
	};
	my $why = $@;
	kill 'CONT', $o->pid('sendd');
	die $why if !defined $rate;
	wait_until_empty();
	$o->sql('DROP TABLE bench_bulk');
	return $rate;
}

sub bulk_rate {
	my ($n) = @_;
	my @words = ("$ENV{BIN}/bare_bulk", "$o->{run}/mariadb.sock", 'bench',
	    'bench', 'push_outbox', 'bench_bulk', $n);
	open my $p, '-|', @words or die "bare_bulk: $!\n";
	my $rate = <$p>;
	close $p or die "bare_bulk failed\n";
	return $rate;
}

sub batches {
	my $n = $ENV{BENCH_BATCH_N} // few(100000, 10000);
	my $bulk = bulk($n);
	for my $size (1, 10, 100, 500, 1000) {
		# the smaller ones take too long in such numbers
		my ($accepted, $both, @cpu) = run_batches($size,
		    $size < 10 ? $n / 10 : $size < 500 ? $n / 2 : $n);
		my $bar = $size == 500;
		my $what = 'batch of ' . thousands($size);
		result("$what, accepted", per_second($accepted),
		    per_second($bulk), $accepted / $bulk, 'a bulk INSERT');
		result("$what, and delivered", per_second($both),
		    per_second($bulk), $both / $bulk,
		    $bar ? '0.2 of a bulk INSERT' : 'a bulk INSERT',
		    $bar ? $both / $bulk >= 0.2 : undef);
		my $sum = 0;
		$sum += $_ for @cpu;
		result("$what, CPU of $processes[$_]",
		    sprintf('%.1f us', $cpu[$_])) for 0 .. $#cpu;
		result("$what, CPU of all", sprintf('%.1f us', $sum), '80 us',
		    $sum / 80, $bar ? '80 us' : '', $bar ? $sum <= 80 : undef);
	}
}

# One by one, beside as many callers of a bare program with one INSERT.
sub one_by_one {
	my ($what, $callers, $begin) = @_;
	my $n = few(6000, 800);
	my ($path, $next) = $begin->($n);
	beside("$what, $callers callers", 'push.fcgi', 3,
	    sub { load(ours($path), $callers, n => $n, m => $n,
		data => $next->()) },
	    sub { load(bare('/insert'), $callers, n => $n,
		data => $next->()) }, 'INSERT', 0.5);
	wait_until_empty();
}

sub messages {
	my ($n) = @_;
	add_devices('single', $n, 1)
	    if !number("SELECT EXISTS (SELECT 1 FROM push_device_registration"
		. " WHERE activation_id = 'single-0')");
	my $data = request(message => message('single', 0));
	return ('/push/message/send', sub { $data });
}

my $round = 0;
sub devices {
	return ('/push/device/create', sub {
		my $prefix = sprintf '%04x', ++$round;
		return Outpost::json()->encode({ requestObject => {
		    appId => 'bench', userId => "made-$prefix-########",
		    platform => 'ios', token => 'd' x 52 . "$prefix########",
		    environment => 'development', activationId =>
		    "00000000-0000-4000-$prefix-0000########" } });
	});
}

sub {
	$o = stack();
	batches();
	for my $callers (16, 64) {
		one_by_one('single messages', $callers, \&messages);
		one_by_one('device creates', $callers, \&devices);
	}
}
