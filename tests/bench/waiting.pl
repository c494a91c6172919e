# SYNCHRONOUS sends while the provider answers after 100 ms; a read beside them.
use strict;
use warnings;
use Bench;
use BenchWeb;
use Outpost;
use Time::HiRes qw(sleep);

# What lighttpd and one process with 16 workers reach. A caller that is
# answered as soon as the provider has answered makes ten calls a second.
my $delay_ms = 100;
my $users = 1000;

sub add_devices {
	my $o = stack();
	my $token = Outpost->apns_token("tok-slow-$delay_ms:");
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . " timestamp_last_registered, is_active) SELECT CONCAT('waits-',"
	    . " seq), CONCAT('waits-', LPAD(seq, 8, '0')), a.id, 'ios',"
	    . " 'development', LOWER(CONCAT('$token', HEX(LPAD(seq, 8, '0')))),"
	    . " UTC_TIMESTAMP(3), 1 FROM seq_0_to_@{[$users - 1]} JOIN"
	    . " push_app_credentials a ON a.app_id = 'bench'");
}

my $data = Outpost::json()->encode({ requestObject => { appId => 'bench',
    mode => 'SYNCHRONOUS', message => { userId => 'waits-@@@@@@@@',
	body => { title => 'Code', body => 'Your code is ########' } } } });

sub waiting {
	my ($callers, $seconds) = @_;
	return load_begin(ours('/push/message/send'), $callers, s => $seconds,
	    w => few(2, 1), m => $users, data => $data, may_fail => 1);
}

# The rate beside the one that is ideal, and how long one call takes.
sub show {
	my ($callers, $r) = @_;
	my $ideal = $callers * 1000 / $delay_ms;
	my $bar = $callers <= 256;
	my $what = 'waiting, ' . thousands($callers) . ' callers';
	result($what, per_second($r->{rate}), per_second($ideal),
	    $r->{rate} / $ideal, $bar ? '0.85 of ideal' : 'ideal',
	    $bar ? $r->{rate} / $ideal >= 0.85 : undef);
	result("$what, p50", milliseconds($r->{p50}), "$delay_ms ms",
	    $r->{p50} / $delay_ms, 'the provider');
	result("$what, p99", milliseconds($r->{p99}), "$delay_ms ms",
	    $r->{p99} / $delay_ms, $bar ? 'the provider' : 'under 3 s',
	    $bar ? undef : $r->{p99} < 3000);
	my $bad = $r->{refused} + $r->{failed};
	result("$what, errors", thousands($bad), thousands($r->{good}),
	    undef, 'none', $bad == 0);
}

# The most that a process takes until the load has ended.
sub most_resident {
	my ($pid, $load) = @_;
	my $most = 0;
	my $in = '';
	vec($in, fileno $load->{pipe}, 1) = 1;
	do {
		my $kb = resident($pid);
		$most = $kb if $kb > $most;
	} while (!select my $ready = $in, undef, undef, 0.1);
	return $most;
}

sub read_beside {
	my $list = ours('/push/campaign/list?all=true');
	my $s = few(5, 2);
	my $alone = load($list, 4, s => $s);
	my $waits = waiting(256, $s + 3);
	sleep 2;
	my $r = load($list, 4, s => $s);
	load_end($waits);
	result('campaign list beside 256 waiting', per_second($r->{rate}),
	    per_second($alone->{rate}), $r->{rate} / $alone->{rate}, 'alone');
	for ([ 'p50', 5 ], [ 'p99', 50 ]) {
		my ($what, $most) = @$_;
		result("campaign list beside 256, $what",
		    milliseconds($r->{$what}), milliseconds($alone->{$what}),
		    $r->{$what} / $alone->{$what}, "under $most ms",
		    $r->{$what} < $most);
	}
}

sub {
	my $o = stack();
	add_devices();
	$o->post('/push/campaign/create', { requestObject => { appId => 'bench',
	    message => { title => 'T', body => "Campaign $_" } } })
	    for 1 .. 20;
	$o->stack('restart', 'web');	# with a process that has done nothing
	my $pid = child_of($o->pid('web'), 'push.fcgi');
	load(ours('/push/campaign/list?all=true'), 16, n => 500);
	load_end(waiting(16, few(4, 2)));
	my $kb = resident($pid);
	my %rate;
	for my $callers (16, 64, 256, 1000) {
		my $load = waiting($callers,
		    few(8, $callers < 1000 ? 2 : 3));
		my $most = most_resident($pid, $load);
		my $r = load_end($load);
		$rate{$callers} = $r->{rate};
		show($callers, $r);
		next if $callers < 1000;
		result('waiting, 1,000 callers of 256', per_second($r->{rate}),
		    per_second($rate{256}), $r->{rate} / $rate{256},
		    'at least 256 callers', $r->{rate} >= $rate{256});
		result('waiting, push.fcgi before', thousands($kb / 1024)
		    . ' MB', '', undef, '24 MB', $kb <= 24 * 1024);
		result('waiting, push.fcgi with 1,000',
		    thousands($most / 1024) . ' MB', '', undef, '64 MB',
		    $most <= 64 * 1024);
	}
	read_beside();
}
