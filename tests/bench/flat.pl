# The same calls among 10,000 devices and among 1,000,000 (BENCH_ROWS).
use strict;
use warnings;
use Bench;
use BenchWeb;
use Outpost;

# Two stacks with the same settings, and in memory what their calls look at; each
# line is measured by turns, so that a disturbance strikes both. Of the devices,
# those of so many users are used, as far apart as can be: in the table as in
# the indexes, between two of them are as many others.
my $few = 10000;
my $used = 1000;
my $rounds = few(3, 1);

sub fill {
	my ($o, $n) = @_;
	my $step = int $n / $used;
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT UUID(),'
	    . " CONCAT('flat-', LPAD(seq DIV $step, 8, '0'), IF(seq MOD $step"
	    . " = 0, '', CONCAT('-', seq MOD $step))), a.id, 'ios',"
	    . " 'development', LPAD(HEX(seq), 64, 'd'), UTC_TIMESTAMP(3), 1"
	    . ' FROM seq_0_to_' . ($step * $used - 1) . ' JOIN'
	    . " push_app_credentials a ON a.app_id = 'bench'");
	$o->sql('ANALYZE TABLE push_device_registration');
}

sub begin {
	my ($name, $n) = @_;
	my $bytes = (256 << 20) + 1024 * $rows;
	my $o = Outpost->up(via => 'lighttpd', name => "bench-$name-$$",
	    conf => fast_conf(), db => "--innodb-buffer-pool-size=$bytes");
	measure_on($o);
	$o->seed('-k', provider_keys(), '-a', 'bench');
	fill($o, $n);
	my $r = $o->send('bench', 'flat-00000500', mode => 'ASYNCHRONOUS');
	return { o => $o, id => $r->{json}{responseObject}{messageId}
	    // die "no message: $r->{body}\n" };
}

sub message {
	my ($mode) = @_;
	return Outpost::json()->encode({ requestObject => { appId => 'bench',
	    mode => $mode, message => { userId => 'flat-@@@@@@@@', body => {
		title => 'Code', body => 'Your code is ########' } } } });
}

my $round = 0;
sub create {
	my $made = sprintf '%04x', ++$round;
	return Outpost::json()->encode({ requestObject => { appId => 'bench',
	    userId => "flat-\@\@\@\@\@\@\@\@-$made", platform => 'ios',
	    token => 'e' x 52 . "$made########", environment =>
	    'development', activationId =>
	    "00000000-0000-4000-$made-0000########" } });
}

# What is called, by how many callers, and how often.
my @lines = (
    [ 'SYNCHRONOUS send', 1, few(1000, 100), '/push/message/send',
	sub { message('SYNCHRONOUS') } ],
    [ 'message status', 16, few(5000, 500),
	sub { "/push/message/$_[0]{id}/status" } ],
    [ 'device list of a user', 16, few(5000, 500),
	'/push/device/list?appId=bench&userId=flat-@@@@@@@@' ],
    [ 'single messages', 16, few(4000, 400), '/push/message/send',
	sub { message('ASYNCHRONOUS') } ],
    [ 'device creates', 16, few(4000, 400), '/push/device/create',
	\&create ]);

# Of one stack: how long half of the calls took, and the CPU time of one.
sub round {
	my ($at, $callers, $n, $path, $data) = @_;
	measure_on($at->{o});
	my @pids = ($at->{o}->pid('mariadbd'),
	    child_of($at->{o}->pid('web'), 'push.fcgi'),
	    $at->{o}->pid('sendd'));
	my $cpu = 0;
	$cpu -= cpu($_) for @pids;
	my $r = load(ours(ref $path ? $path->($at) : $path), $callers,
	    n => $n, m => $used, $data ? (data => $data->()) : ());
	$at->{o}->wait_for(60, sub { !number('SELECT EXISTS (SELECT 1 FROM'
	    . ' push_outbox)') })
	    or die "the outbox is not empty after a minute\n";
	$cpu += cpu($_) for @pids;
	return ($r->{p50}, $cpu * 1e6 / $r->{good});
}

sub compare {
	my ($small, $large, $what, @how) = @_;
	my (@few, @many);
	round($_, @how) for $small, $large;	# warm
	for (1 .. $rounds) {
		push @few, [ round($small, @how) ];
		push @many, [ round($large, @how) ];
	}
	my $name = "$what, " . thousands($rows);
	for ([ 0, 'p50', \&milliseconds ], [ 1, 'CPU',
	    sub { sprintf '%.0f us', $_[0] } ]) {
		my ($at, $of, $say) = @$_;
		my ($x, $y) = map { median(map { $_->[$at] } @$_) }
		    \@many, \@few;
		result("$name, $of", $say->($x), $say->($y), $x / $y,
		    '1.2 of ' . thousands($few), $x <= 1.2 * $y);
	}
}

sub {
	my $before = measure_on(undef);
	my @both = map { begin(@$_) } [ 'few', $few ], [ 'many', $rows ];
	my $done = eval { compare(@both, @$_) for @lines; 1 };
	my $why = $@;
	measure_on($before);
	$_->{o}->down for @both;
	die $why if !$done;
}
