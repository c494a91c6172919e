# Ten minutes (BENCH_SOAK seconds) of traffic: does memory grow?
use strict;
use warnings;
use Bench;

sub {
	my $seconds = $ENV{BENCH_SOAK} // 600;
	my $o = stack();
	my $pid = $o->pid('sendd');
	my ($until, $first) = (time + $seconds);
	while (time < $until) {
		$o->seed('-a', 'bench', '-n', 20000);
		$o->wait_for(60, sub {
			number('SELECT SUM(total - done) FROM push_send') == 0
		});
		$first //= resident($pid) if $until - time < $seconds * 0.8;
	}
	my $last = resident($pid);
	result("soak of $seconds s, memory", "$last kB", "$first kB",
	    $last / $first, 'no growth', $last <= $first * 1.05);
}
