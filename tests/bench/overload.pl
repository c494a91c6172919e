# Calls answered in time at 0.5, 1, 2, 4 times the load that saturates.
use strict;
use warnings;
use Bench;
use BenchWeb;
use Outpost;
use Time::HiRes qw(sleep);

# The load saturates when more callers get no more answers: the rate of a
# closed loop. Then calls arrive at multiples of this rate whether or not
# earlier ones are answered (load -r). A caller without an answer hangs up after
# ten seconds (BENCH_PATIENCE, ms), twice [api] queue_timeout, and what is done
# for it is lost. The first seconds, while the queue fills, are not counted. A
# call is a batch: one message costs so little that the web server would be what
# cannot go on. Each point of the curve is a line of build/bench/overload.tsv;
# tests/bench/plot draws it.
my $patience_ms = $ENV{BENCH_PATIENCE} // 10000;
my ($seconds, $warm) = (few(14, 4), few(4, 2));
my $callers = 1500;	# below server.max-connections of 50-outpost.conf
my $size = 20;

my $data = Outpost::json()->encode({ requestObject => { appId => 'bench',
    mode => 'ASYNCHRONOUS', batch => [ map { { userId =>
	"busy-\@\@\@\@\@\@\@\@-$_", body => { title => 'Code',
	body => "Your code is ########-$_" } } } 1 .. $size ] } });
my @send = (m => 500, data => $data, may_fail => 1);

sub add_devices {
	stack()->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . " timestamp_last_registered, is_active) SELECT CONCAT('busy-',"
	    . " seq), CONCAT('busy-', LPAD(seq DIV $size, 8, '0'), '-',"
	    . " 1 + seq MOD $size), a.id, 'ios', 'development',"
	    . " LPAD(seq, 64, 'b'), UTC_TIMESTAMP(3), 1 FROM"
	    . " seq_0_to_@{[500 * $size - 1]} JOIN push_app_credentials a"
	    . " ON a.app_id = 'bench'");
}

sub settle {
	stack()->wait_for(60, sub { !number('SELECT EXISTS (SELECT 1 FROM'
	    . ' push_outbox)') });
}

# So many calls a second for some seconds.
sub point {
	my ($rate) = @_;
	my $r = load_end(begin_point($rate));
	settle();
	return $r;
}

sub begin_point {
	my ($rate) = @_;
	return load_begin(ours('/push/message/batch/send'), $callers,
	    r => int $rate, s => $seconds, w => $warm,
	    g => $patience_ms, @send);
}

# The status, asked by one caller while four times too much comes.
sub status_beside {
	my ($rate) = @_;
	my $url = ours('/push/service/status');
	my $over = begin_point($rate);
	sleep $warm;
	my $r = load($url, 1, s => few(5, 2), may_fail => 1);
	load_end($over);
	settle();
	result('overload, status beside 4.0, p99', $r->{good} ?
	    milliseconds($r->{p99}) : 'no answer', '', undef, 'answers',
	    $r->{good} && !$r->{failed} && !$r->{refused});
}

sub note_curve {
	my ($full, @curve) = @_;
	open my $f, '>', 'build/bench/overload.tsv' or die "overload: $!\n";
	print $f join("\t", '# times', qw(due good refused late failed p50
	    p99)), "\n";
	for (@curve) {
		my ($times, $r) = @$_;
		my $s = $seconds - $warm;
		printf $f "%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.2f\t%.2f\n",
		    $times, $times * $full, $r->{rate},
		    map({ $r->{$_} / $s } qw(refused late failed)),
		    @$r{qw(p50 p99)};
	}
	close $f or die "overload: $!\n";
}

sub {
	my $o = stack();
	add_devices();
	load(ours('/push/message/batch/send'), 16, n => 100, @send);	# warm
	my $full = load(ours('/push/message/batch/send'), few(64, 32),
	    s => few(8, 3), w => 1, @send)->{rate};
	settle();
	my $peak = $full;
	my @curve;
	for my $times (split / /, few('0.5 1 2 4', '1 4')) {
		my $r = point($times * $full);
		push @curve, [ $times, $r ];
		$peak = $r->{rate} if $r->{rate} > $peak;
		my $bar = $times == 4;
		my $what = sprintf 'overload, %.1f', $times;
		result("$what times, in time", per_second($r->{rate}),
		    per_second($peak), $r->{rate} / $peak,
		    $bar ? '0.8 of the peak' : 'the peak so far',
		    $bar ? $r->{rate} / $peak >= 0.8 : undef);
		result("$what times, refused", thousands($r->{refused}),
		    thousands($r->{late}), undef, 'given up');
	}
	note_curve($full, @curve);
	status_beside(4 * $full);
}
