# The same as drain by two sendd.
use strict;
use warnings;
use Bench;

sub second_sendd {
	my ($o) = @_;
	my $path = "$o->{run}/second.conf";
	$o->write_file($path, $o->read_file($o->{conf})
	    . "\n[sendd]\ninstance = second\n"
	    . "doorbell = $o->{run}/sock/second.sock\n");
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDERR, '>>', "$o->{run}/logs/second.log";
		exec "$o->{run}/bin/sendd", '-c', $path;
		exit 127;
	}
	$o->wait_for(30, sub {
		return number('SELECT COUNT(*) FROM push_shard WHERE owner ='
		    . ' "second" AND lease_until > UTC_TIMESTAMP(3)') >= 30;
	}) or die "the second sendd has got no shards\n";
	return $pid;
}

sub {
	my $o = stack();
	my ($alone) = empty_outbox($messages, $o->pid('sendd'));
	my $second = second_sendd($o);
	my $accepted = provider_counters()->{accepted};
	my ($seconds, $cpu) = eval {
		empty_outbox($messages, $o->pid('sendd'), $second) };
	my $why = $@;
	kill 'TERM', $second;
	waitpid $second, 0;
	die $why if $why;
	my $came = provider_counters()->{accepted} - $accepted;
	result('two sendd, messages a second',
	    per_second($messages / $seconds), per_second($messages / $alone),
	    $alone / $seconds, 'one sendd alone');
	result('two sendd, accepted', thousands($came),
	    thousands($messages), $came / $messages, 'each once',
	    $came == $messages);
}
