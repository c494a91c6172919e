# Accept and drain on one MariaDB and on three nodes, by one and three sendd.
# No sendd is rung by another machine: calls find their answers by polls.
use strict;
use warnings;
use Bench;
use BenchWeb;
use Cluster;
use Time::HiRes qw(sleep time);

my $n = few(40000, 4000);	# messages of a line
my $devices = few(200000, 20000);	# of the campaign
my @nodes = qw(n1 n2 n3);

# As on machines of their own, and not as tests want it.
my $usual = "[sendd]\nlease = 15s\npoll = 1s\n";

# --- a line -------------------------------------------------------------------

# The machines of a stack: two webs; the sendd of the stack, and two more.
sub machines {
	my ($o) = @_;
	my %m = (o => $o, webs => [ $o->web('web1', qw(n1 n2 n3)),
	    $o->web('web2', qw(n2 n1 n3)) ], sendd => [ $o->pid('sendd') ]);
	$o->seed('-k', provider_keys(), '-a', 'bench');
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT UUID(),'
	    . " CONCAT('c', LPAD(seq, 8, '0')), a.id, 'ios', 'development',"
	    . " LPAD(HEX(seq), 64, '0'), UTC_TIMESTAMP(3), 1 FROM"
	    . " seq_1_to_$devices JOIN push_app_credentials a");
	return \%m;
}

sub three_sendd {
	my ($m) = @_;
	my $o = $m->{o};
	push @{ $m->{sendd} }, $o->sendd('sendd2', qw(n2 n3 n1)),
	    $o->sendd('sendd3', qw(n3 n2 n1));
	$o->wait_for(60, sub { my %s = $o->shares;
	    keys %s == 3 && !grep { $_ < 20 } values %s })
	    or die "three sendd do not share\n";
}

sub node_pids {
	my ($o) = @_;
	return ($o->pid('mariadbd'), values %{ $o->{node} // {} });
}

# Messages a second that are accepted while no sendd works, and that three or
# one of them then deliver; CPU time of the busiest node for a message, us.
sub line {
	my ($m) = @_;
	my ($o, @load) = $m->{o};
	my @pids = node_pids($o);
	my @cpu = map { -cpu($_) } @pids;
	my $begin;
	my $accepted;
	my ($seconds) = drained(sub {
		my $data = Outpost::json()->encode({ requestObject => {
		    appId => 'bench', mode => 'ASYNCHRONOUS', message => {
			userId => 'c@@@@@@@@', body => { title => 'T',
			    body => 'Your balance is ########' } } } });
		$begin = time;
		push @load, load_begin("http://127.0.0.1:$_->{port}"
		    . "$o->{prefix}/push/message/send", 8, n => $n / 2,
		    m => $devices, data => $data) for @{ $m->{webs} };
		load_end($_) for @load;
		$accepted = $n / (time - $begin);
	}, @{ $m->{sendd} });
	$cpu[$_] += cpu($pids[$_]) for 0 .. $#pids;
	my ($most) = sort { $b <=> $a } @cpu;
	return ($accepted, $n / $seconds, $most * 1e6 / $n);
}

# Median and 99th of a hundred of SYNCHRONOUS calls, ms.
sub answered {
	my ($m) = @_;
	my $calls = few(300, 100);
	my @ms;
	for my $i (1 .. $calls) {
		my $begin = time;
		my ($status, $r) = $m->{webs}[0]->call('/push/message/send',
		    { appId => 'bench', mode => 'SYNCHRONOUS', message => {
			userId => sprintf('c%08d', $i), body => {
			    title => 'T', body => 'Code' } } });
		die "send: $status\n" if $status != 200
		    || $r->{responseObject}{apns}{sent} != 1;
		push @ms, 1000 * (time - $begin);
	}
	@ms = sort { $a <=> $b } @ms;
	return ($ms[@ms / 2], $ms[int 0.99 * @ms]);
}

# Seconds until a campaign to all is queued.
sub queued {
	my ($m) = @_;
	my ($o, $web) = ($m->{o}, $m->{webs}[0]);
	my (undef, $r) = $web->call('/push/campaign/create', {
	    appId => 'bench', all => \1, message => { title => 'T',
		body => 'Campaign' } });
	my $id = $r->{responseObject}{id} or die "no campaign\n";
	my $begin = time;
	$web->call("/push/campaign/send/live/$id", {});
	$o->wait_for(600, sub { number('SELECT state NOT IN ("created",'
	    . " \"queueing\") FROM push_campaign WHERE id = $id") })
	    or die "the campaign was not queued\n";
	my $seconds = time - $begin;
	$o->wait_for(600, sub { !number('SELECT EXISTS (SELECT 1 FROM'
	    . ' push_outbox)') }) or die "the outbox is not empty\n";
	return $seconds;
}

# --- the part -----------------------------------------------------------------

my %first;

sub compare {
	my ($where, $what, $figure, $text, $bar, $met) = @_;
	my $first = $first{$what} //= $figure;
	result("$where: $what", $text->($figure), $text->($first),
	    $figure / $first, $bar, $met);
}

sub measure {
	my ($m, $where) = @_;
	measure_on($m->{o});
	line($m) if !%first;	# warm
	my ($accepted, $drained, $us) = line($m);
	compare($where, 'accepted', $accepted, \&per_second);
	compare($where, 'drained', $drained, \&per_second);
	compare($where, 'CPU of a node a message', $us,
	    sub { sprintf '%.0f us', $_[0] });
	result("$where: 3 cores a node, arithmetic", per_second(3e6 / $us));
	my ($p50, $p99) = answered($m);
	compare($where, 'SYNCHRONOUS, p50', $p50, \&milliseconds, '60 ms',
	    $p50 <= 60);
	compare($where, 'SYNCHRONOUS, p99', $p99, \&milliseconds);
	my $seconds = queued($m);
	compare($where, 'campaign queued in', $seconds,
	    sub { sprintf '%.1f s', $_[0] });
	return $seconds;
}

sub {
	my $missing = Cluster::missing();
	return result("cluster: skipped, $missing") if $missing;
	my $m = machines(Cluster->up(conf => fast_conf() . $usual, alone => 1));
	measure($m, 'one server, one sendd');
	three_sendd($m);
	measure($m, 'one server, three sendd');
	$m->{o}->down;
	$m = machines(Cluster->up(conf => fast_conf() . $usual));
	my $one = measure($m, 'three nodes, one sendd');
	three_sendd($m);
	my $three = measure($m, 'three nodes, three sendd');
	result('three nodes: campaign by three sendd', 
	    map({ sprintf '%.1f s', $_ } $three, $one),
	    $three / $one, 'not slower than by one', $three <= $one * 1.1);
	$m->{o}->down;
}
