# 200,000 APNs messages (BENCH_N), each with a full body, to the stand-in.
use strict;
use warnings;
use Bench;

# What APNs gets of the full body of seed.c.
my $payload = '{"aps":{"alert":{"title":"Balance update","title-loc-key":'
    . '"balance.update.title","body":"Your balance is now $100000.00",'
    . '"loc-key":"balance.update.body"},"badge":3,"sound":"default",'
    . '"category":"balance-update","thread-id":"balance-update"},"_comment":'
    . '"Any custom data.","account":{"number":"100000","currency":"USD"}}';

sub empty_full {
	my ($o, $n, $pid) = @_;
	return drained(sub { $o->seed('-a', 'bench', '-n', $n, '-f') }, $pid);
}

sub {
	my $reference = h2load($payload,
	    'apns-collapse-id: balance-update');
	my $o = stack();
	my $pid = $o->pid('sendd');
	empty_full($o, 10000, $pid);	# warm
	my $accepted = provider_counters()->{accepted};
	my @others = (provider_pid(), $o->pid('mariadbd'));
	my @before;
	my ($seconds, $cpu) = drained(sub {
		$o->seed('-a', 'bench', '-n', $messages, '-f');
		@before = map { cpu($_) } @others }, $pid);
	my @us = map { (cpu($others[$_]) - $before[$_]) * 1e6 / $messages }
	    0, 1;
	my $came = provider_counters()->{accepted} - $accepted;
	my $rate = $messages / $seconds;
	my $us = $cpu * 1e6 / $messages;
	result('drain, outbox to stand-in', per_second($rate),
	    per_second($reference), $rate / $reference, '0.3 of h2load',
	    $rate / $reference >= 0.3);
	result('drain, messages a second', per_second($rate), '', undef,
	    '60,000/s', $rate >= 60000);
	result('drain, CPU a message', sprintf('%.1f us', $us), '', undef,
	    '12 us', $us <= 12);
	result('drain, CPU of the stand-in', sprintf('%.1f us', $us[0]));
	result('drain, CPU of MariaDB', sprintf('%.1f us', $us[1]));
	result('drain, accepted by stand-in', thousands($came),
	    thousands($messages), $came / $messages, 'each once',
	    $came == $messages);
	result('drain, peak memory', thousands(peak($pid) / 1024) . ' MB',
	    '', undef, '64 MB', peak($pid) <= 65536);
}
