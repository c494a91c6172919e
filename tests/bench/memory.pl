# sendd with 1,000,000 rows (BENCH_ROWS) waiting.
use strict;
use warnings;
use Bench;
use Time::HiRes qw(time sleep);

sub {
	my $o = stack();
	my $pid = $o->pid('sendd');
	kill 'STOP', $pid;
	my $begin = time;
	$o->seed('-a', 'bench', '-n', $rows);
	printf "(%s rows queued in %.0f s)\n", thousands($rows),
	    time - $begin;
	# slowly, so that it waits with its hands full
	my $good = $o->read_file($o->{conf});
	$o->write_file($o->{conf}, "$good\n[apns]\nrate = 2000/s\n");
	kill 'CONT', $pid;
	kill 'HUP', $pid;
	sleep few(15, 5);
	my $kb = peak($pid);
	$o->write_file($o->{conf}, $good);
	kill 'HUP', $pid;
	my $left = number('SELECT SUM(total - done) FROM push_send');
	result('memory, rows waiting ' . thousands($left),
	    thousands($kb / 1024) . ' MB', '', undef, '64 MB', $kb <= 65536);
	$o->wait_for(180, sub {
		return number('SELECT SUM(total - done) FROM push_send') == 0;
	}) or die "the outbox is not empty after three minutes\n";
	result('memory, after all were sent', thousands(peak($pid) / 1024)
	    . ' MB', '', undef, '64 MB', peak($pid) <= 65536);
}
