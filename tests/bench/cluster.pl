# Accept, drain, SYNCHRONOUS: one MariaDB and three nodes, one and three sendd.
# Three of them listen for rings over TLS, as on machines of their own; the last
# lines are without that.
#
#   CAMPAIGNS=3 make bench PARTS=cluster   # the campaign alone, three times by
#                                          # one sendd and by three, in turns
use strict;
use warnings;
use Bench;
use BenchWeb;
use Cluster;
use List::Util qw(sum);
use Time::HiRes qw(sleep time);

my $n = few(20000, 4000);	# messages of a line
my $devices = few(200000, 20000);	# of the campaign
my %nodes = (sendd2 => [qw(n2 n3 n1)], sendd3 => [qw(n3 n2 n1)]);

# As on machines of their own, and not as tests want it.
my $usual = "[sendd]\nlease = 15s\npoll = 1s\n";

# --- a line -------------------------------------------------------------------

sub listens { return 'listen = 127.0.0.1:' . Outpost::free_port() . "\n" }

# The machines of a stack: two webs; the sendd of the stack, which the first web
# rings at its socket.
sub machines {
	my (%how) = @_;
	my $o = Cluster->up(conf => fast_conf() . $usual . listens()
	    . 'listen_key_file = ' . Outpost::doorbell_key() . "\n", %how);
	my %m = (o => $o, webs => [ $o->web('web1', qw(n1 n2 n3)),
	    $o->web('web2', qw(n2 n1 n3)) ], sendd => [ $o->pid('sendd') ]);
	measure_on($o);
	$o->seed('-k', provider_keys(), '-a', 'bench');
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT UUID(),'
	    . " CONCAT('c', LPAD(seq, 8, '0')), a.id, 'ios', 'development',"
	    . " LPAD(HEX(seq), 64, '0'), UTC_TIMESTAMP(3), 1 FROM"
	    . " seq_1_to_$devices JOIN push_app_credentials a");
	$m{came} = provider_counters()->{accepted};
	return \%m;
}

# Two more, that listen or do not.
sub three_sendd {
	my ($m, $listens) = @_;
	my $o = $m->{o};
	$#{ $m->{sendd} } = 0;
	for my $name (sort keys %nodes) {
		my @at = $o->{alone} ? ('n1') : @{ $nodes{$name} };
		$o->end_sendd($name);
		push @{ $m->{sendd} }, $o->more_sendd($name, $listens->()
		    . "[database]\nsocket =\nhost = "
		    . join(', ', map { $o->host_of($_) } @at) . "\n");
	}
	$o->wait_for(60, sub { my %s = $o->shares;
	    keys %s == 3 && !grep { $_ < 20 } values %s })
	    or die "three sendd do not share\n";
}

# The stack's own alone again.
sub one_sendd {
	my ($m) = @_;
	my $o = $m->{o};
	$#{ $m->{sendd} } = 0;
	$o->end_sendd($_) for sort keys %nodes;
	$o->wait_for(60, sub { my ($n, @more) = values %{ { $o->shares } };
	    !@more && $n == 64 }) or die "one sendd does not have all\n";
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

# Median and 99th of SYNCHRONOUS calls through the first web, ms.
sub answered {
	my ($m) = @_;
	my $calls = few(500, 100);
	my @ms;
	for my $i (-20 .. $calls - 1) {
		my $begin = time;
		my ($status, $r) = $m->{webs}[0]->call('/push/message/send',
		    { appId => 'bench', mode => 'SYNCHRONOUS', message => {
			userId => sprintf('c%08d', $i + 21), body => {
			    title => 'T', body => 'Code' } } });
		die "send: $status " . Outpost::json()->encode($r // {})
		    . "\n" if $status != 200
		    || $r->{responseObject}{apns}{sent} != 1;
		push @ms, 1000 * (time - $begin) if $i >= 0;
	}
	@ms = sort { $a <=> $b } @ms;
	return ($ms[@ms / 2], $ms[int 0.99 * @ms]);
}

# Eight callers through both webs register the same device: how many a second,
# and how many were not answered with 200.
sub hot_row {
	my ($m) = @_;
	my $o = $m->{o};
	my $calls = few(4000, 400);
	my $data = Outpost::json()->encode({ requestObject => {
	    appId => 'bench', userId => 'hot', platform => 'ios',
	    token => 'ab' x 32, activationId => Outpost::uuid() } });
	my $begin = time;
	my @load = map { load_begin("http://127.0.0.1:$_->{port}"
	    . "$o->{prefix}/push/device/create", 4, n => $calls / 2,
	    data => $data, may_fail => 1) } @{ $m->{webs} };
	my $bad = 0;
	for my $r (map { load_end($_) } @load) {
		$bad += $r->{refused} + $r->{failed} + $r->{late};
	}
	return ($calls / (time - $begin), $bad);
}

# Seconds until a campaign to all is queued, and until all of it is sent.
sub queued_sent {
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
	my $queued = time - $begin;
	$o->wait_for(600, sub { !number('SELECT EXISTS (SELECT 1 FROM'
	    . ' push_outbox)') }) or die "the outbox is not empty\n";
	return ($queued, time - $begin);
}

# --- the part -----------------------------------------------------------------

my %first;	# what one server and one sendd do: the reference of all lines

sub compare {
	my ($where, $what, $figure, $text, $bar, $met) = @_;
	my $first = $first{$what} //= $figure;
	result("$where: $what", $text->($figure), $text->($first),
	    $figure / $first, $bar // 'one server, one sendd', $met);
}

sub rates {
	my ($m, $where) = @_;
	my ($accepted, $drained, $us) = line($m);
	compare($where, 'accepted', $accepted, \&per_second);
	compare($where, 'drained', $drained, \&per_second);
	compare($where, 'CPU of a node', $us,
	    sub { sprintf '%.0f us', $_[0] });
	compare($where, '3 cores a node', 3e6 / $us, \&per_second,
	    'by arithmetic');
}

# times: what the median may be of that of one server.
sub waits {
	my ($m, $where, %may) = @_;
	my ($p50, $p99) = answered($m);
	my $most = $may{times} ? $may{times} * $first{'SYNC p50'} : $may{p50};
	compare($where, 'SYNC p50', $p50, \&milliseconds,
	    $may{times} ? "$may{times} times one server"
	    : $most ? "$most ms" : undef, $most ? $p50 <= $most : undef);
	compare($where, 'SYNC p99', $p99, \&milliseconds,
	    $may{p99} ? "$may{p99} ms" : undef,
	    $may{p99} ? $p99 < $may{p99} : undef);
}

sub contended {
	my ($m, $where) = @_;
	my ($rate, $bad) = hot_row($m);
	compare($where, 'one row, 8 callers', $rate, \&per_second,
	    "$bad refused, 0 may be", $bad == 0);
}

sub not_slower_than {
	my ($one) = @_;
	return sub { return (sprintf('%.1f s by one sendd', $one),
	    $_[0] <= $one * 1.1) };
}

sub campaign {
	my ($m, $where, @bar) = @_;
	my @pids = (node_pids($m->{o}), @{ $m->{sendd} });
	my $cpu = -sum(map { cpu($_) } @pids);
	my ($queued, $sent) = queued_sent($m);
	$cpu += sum(map { cpu($_) } @pids);
	my $text = sub { sprintf '%.1f s', $_[0] };
	compare($where, 'campaign queued', $queued, $text);
	compare($where, 'campaign sent', $sent, $text,
	    @bar ? $bar[0]->($sent) : ());
	compare($where, 'campaign, CPU of all', $cpu * 1e6 / $devices,
	    sub { sprintf '%.0f us', $_[0] });
	return $sent;
}

# What this stack was asked to send came once.
sub each_once {
	my ($m, $where) = @_;
	my $asked = number('SELECT SUM(total) FROM push_send');
	my $came = provider_counters()->{accepted} - $m->{came};
	result("$where: sent", thousands($came), thousands($asked),
	    $came / $asked, 'each once', $came == $asked);
	$m->{o}->down;
}

sub one_server {
	my $m = machines(alone => 1);
	my $where = '1 server, 1 sendd';
	line($m);	# warm
	rates($m, $where);
	waits($m, $where);
	contended($m, $where);
	campaign($m, $where);
	three_sendd($m, \&listens);
	rates($m, '1 server, 3 sendd');
	waits($m, '1 server, 3 sendd');
	each_once($m, '1 server');
}

sub three_nodes {
	my $m = machines();
	line($m);	# warm
	rates($m, '3 nodes, 1 sendd');
	waits($m, '3 nodes, 1 sendd');
	my $one = campaign($m, '3 nodes, 1 sendd');
	three_sendd($m, \&listens);
	rates($m, '3 nodes, 3 sendd');
	waits($m, '3 nodes, 3 sendd, rung', times => 3, p99 => 100);
	contended($m, '3 nodes, 3 sendd');
	campaign($m, '3 nodes, 3 sendd', not_slower_than($one));
	three_sendd($m, sub { "listen =\n" });
	waits($m, '3 nodes, 3 sendd, not rung', p50 => 60);
	each_once($m, '3 nodes');
}

# The first one is not like the others: the nodes still write what it is for.
sub campaigns {
	my ($times) = @_;
	my $m = machines();
	queued_sent($m);
	for (1 .. $times) {
		one_sendd($m);
		my $one = campaign($m, '3 nodes, 1 sendd');
		three_sendd($m, \&listens);
		campaign($m, '3 nodes, 3 sendd', not_slower_than($one));
	}
	each_once($m, '3 nodes');
}

sub {
	my $missing = Cluster::missing();
	return result("cluster: skipped, $missing") if $missing;
	return campaigns($ENV{CAMPAIGNS}) if $ENV{CAMPAIGNS};
	one_server();
	three_nodes();
}
