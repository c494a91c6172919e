# A send beside outpost maintain, which removes rows that are old, as against
# the same send alone; and how fast those go. Then the rest is removed by runs
# that are killed, and by two at a time.
use strict;
use warnings;
use Bench;
use BenchWeb;
use Outpost;
use Time::HiRes qw(time sleep);

my $old = $ENV{BENCH_OLD} // few(5000000, 100000);

sub add_old {
	my ($o) = @_;
	my $part = 100000;
	for (my $n = 0; $n < $old; $n += $part) {
		$o->sql('INSERT INTO push_history (finished, id, device_id,'
		    . ' user_id, send_id, app_id, platform, outcome, tries)'
		    . " SELECT '2020-01-01' + INTERVAL ($n + seq) DIV 50"
		    . " SECOND, $n + seq, 1, CONCAT('user-', seq), seq, 1, 0,"
		    . " 0, 1 FROM seq_1_to_$part");
	}
}

sub left {
	my ($o) = @_;
	return ($o->sql('SELECT COUNT(*) FROM push_history WHERE finished <'
	    . " '2021-01-01'"))[0][0];
}

sub begin {
	my ($o) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	$ENV{OUTPOST_CONF} = $o->{conf};
	exec "$o->{bin}/outpost", 'maintain', '--quiet'
	    or die "outpost: $!\n";
}

# The lease of a run that was killed.
sub forget_lease {
	$_[0]->sql("UPDATE push_maintenance SET until = '2000-01-01'");
}

sub {
	my $o = stack();
	$o->device('bench', 'kept', 'ios', 'cd' x 32);
	my $data = Outpost::json()->encode({ requestObject => {
	    appId => 'bench', mode => 'ASYNCHRONOUS', message => {
		userId => 'kept', body => { title => 'Code',
		    body => 'Your code is 123456' } } } });
	my $n = few(4000, 500);
	my $target = ours('/push/message/send');
	load($target, 4, n => 500, data => $data);	# warm
	my $alone = load($target, 4, n => $n, data => $data);
	add_old($o);
	my ($before, $since) = (left($o), time);
	my $pid = begin($o);
	my $beside = load($target, 4, n => $n, data => $data);
	my $rate = ($before - left($o)) / (time - $since);
	kill 9, $pid;
	waitpid $pid, 0;
	result('send beside maintain, p99', milliseconds($beside->{p99}),
	    milliseconds($alone->{p99}), $beside->{p99} / $alone->{p99},
	    'twice alone', $beside->{p99} <= 2 * $alone->{p99});
	result('rows removed meanwhile', per_second($rate));
	forget_lease($o);
	my @pids = (begin($o), begin($o));
	waitpid $_, 0 for @pids;
	result('old rows left by a kill and two runs', left($o), undef, undef,
	    'none', left($o) == 0);
}
