# 200,000 APNs messages (BENCH_N) from the outbox to the stand-in.
use strict;
use warnings;
use Bench;

sub {
	my $reference = h2load();
	my $o = stack();
	my $pid = $o->pid('sendd');
	empty_outbox(10000, $pid);	# warm
	my $accepted = provider_counters()->{accepted};
	my ($seconds, $cpu) = empty_outbox($messages, $pid);
	my $came = provider_counters()->{accepted} - $accepted;
	my $rate = $messages / $seconds;
	my $us = $cpu * 1e6 / $messages;
	result('drain, outbox to stand-in', per_second($rate),
	    per_second($reference), $rate / $reference, '0.25 of h2load',
	    $rate / $reference >= 0.25);
	result('drain, messages a second', per_second($rate), '', undef,
	    '50,000/s', $rate >= 50000);
	result('drain, CPU a message', sprintf('%.1f us', $us), '', undef,
	    '12 us', $us <= 12);
	result('drain, accepted by stand-in', thousands($came),
	    thousands($messages), $came / $messages, 'each once',
	    $came == $messages);
	result('drain, peak memory', thousands(peak($pid) / 1024) . ' MB',
	    '', undef, '64 MB', peak($pid) <= 65536);
}
