# What the parts of make bench share: lines of the table, the stand-in without
# checks and ledger, what h2load reaches against it, and a stack that sends to
# it. BenchWeb.pm has the web servers and their load.
#
#   use Bench;
#   my $o = stack();                      # one for all parts of a run
#   my ($seconds, $cpu) = empty_outbox(1000, $o->pid('sendd'));
#   result('drain', per_second(1000 / $seconds), per_second($reference),
#       $ratio, '0.3 of h2load', $ratio >= 0.3);
package Bench;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use IO::Handle;
use IPC::Open2;
use Outpost;
use Time::HiRes qw(time sleep);

our @EXPORT = qw($root $messages $rows few heading result history thousands
    per_second median provider_counters provider_pid h2load wire_bench stack
    fast_conf measure_on number cpu peak resident drained empty_outbox
    provider_keys bare_provider);

# QUICK=1: less of everything. A figure is then marked by the "q" behind what it
# is of, for it cannot be compared with those of a whole run.
my $quick = $ENV{QUICK};
sub few { return $quick ? $_[1] : $_[0] }

our $root = abs_path(dirname(__FILE__) . '/../..');
our $messages = $ENV{BENCH_N} // few(200000, 20000);	# of drain and two
our $rows = $ENV{BENCH_ROWS} // few(1000000, 50000);	# memory, campaign
my ($o, %fast, %h2load, %asker, @table);

# --- results ----------------------------------------------------------------

my $line = "%-42s %11s %11s %6s  %-22s %s\n";

sub heading {
	printf $line, qw(what measured reference ratio bar), '';
	print "(QUICK: few messages and callers, so rough figures)\n"
	    if $quick;
}

# A line of the table. bar: what the figure should reach; met: whether it does.
sub result {
	my ($what, $measured, $reference, $ratio, $bar, $met) = @_;
	$what .= ' q' if $quick;
	push @table, [ $what, $measured, $reference // '', defined $ratio
	    ? sprintf('%.2f', $ratio) : '', $bar // '',
	    !defined $met ? '' : $met ? 'met' : 'NOT MET' ];
	printf $line, @{ $table[-1] };
}

sub history {
	my $commit = qx(git rev-parse --short HEAD 2>/dev/null) || "-\n";
	chomp $commit;
	mkdir 'build';
	mkdir 'build/bench';
	open my $f, '>>', 'build/bench/history.tsv' or die "history: $!\n";
	print $f join("\t", int time, $commit, @$_[0 .. 3]), "\n" for @table;
	close $f or die "history: $!\n";
}

sub thousands {
	my $n = sprintf '%.0f', $_[0];
	1 while $n =~ s/^(\d+)(\d{3})/$1,$2/;
	return $n;
}

sub per_second { return thousands($_[0]) . '/s' }

sub median { return (sort { $a <=> $b } @_)[ @_ / 2 ] }

# --- the stand-in, without checks and ledger --------------------------------

sub fast_provider {
	return if $fast{pid};
	my $dir = "$root/build/bench/provider";
	system 'rm', '-rf', $dir;
	system 'mkdir', '-p', $dir;
	$fast{pid} = fork // die "fork: $!\n";
	if ($fast{pid} == 0) {
		open STDERR, '>', "$dir.log";
		exec "$ENV{BIN}/provider", '-f', '-d', $dir, '-S', 1000;
		exit 127;
	}
	my $json = "$dir/provider.json";
	for (1 .. 100) {
		last if -s $json;
		sleep 0.1;
	}
	open my $f, '<', $json or die "the stand-in did not start\n";
	local $/;
	my $k = Outpost::json()->decode(<$f>);
	@fast{qw(json url ca)} = ($json, $k->{url}, $k->{ca_file});
	$fast{proxy} = "http://127.0.0.1:$k->{port}";
	my $a = $k->{apns};
	my $jwt = "$ENV{BIN}/jwt $a->{key_file} $a->{key_id} $a->{team_id}";
	($fast{jwt}) = qx($jwt) =~ /^(\S+)$/ or die "jwt: no token\n";
	$fast{topic} = $a->{bundle};
}

# The file with the stand-in's addresses and keys.
sub provider_keys { return $fast{json} }

# The same for the bare program: an environment.
sub bare_provider {
	return (BARE_URL => "$fast{url}/3/device/" . 'ab' x 32,
	    BARE_CA => $fast{ca}, BARE_TOPIC => $fast{topic},
	    BARE_AUTHORIZATION => "bearer $fast{jwt}");
}

sub provider_pid { return $fast{pid} }

sub provider_counters {
	return Outpost::json()->decode(
	    scalar qx(curl -sS --cacert $fast{ca} $fast{url}/control));
}

END {
	my $status = $?;
	for (values %asker) {
		kill 'TERM', $_->{pid};
		close $_->{to};
		waitpid $_->{pid}, 0;
	}
	kill 'TERM', $fast{pid} if $fast{pid};
	waitpid $fast{pid}, 0 if $fast{pid};
	$? = $status;
}

my $body = '{"aps":{"alert":{"title":"Bench","body":"Your balance is now'
    . ' 745.00"}}}';

# What h2load reaches against the stand-in, requests a second; with another
# payload, and further headers, if they are given.
sub h2load {
	my ($payload, @more) = @_;
	$payload //= $body;
	return $h2load{$payload} if $h2load{$payload};
	fast_provider();
	my $file = "$root/build/bench/body.json";
	open my $f, '>', $file or die "$file: $!\n";
	print $f $payload;
	close $f;
	my $n = few(300000, 50000);
	my @head = ("authorization: bearer $fast{jwt}",
	    "apns-topic: $fast{topic}", 'apns-push-type: alert',
	    'apns-priority: 10', 'apns-expiration: 1999999999',
	    'content-type: application/json', @more);
	open my $p, '-|', 'h2load', '-c', 1, '-m', 500, '-n', $n, '-d',
	    $file, (map { ('-H', $_) } @head),
	    "$fast{url}/3/device/" . 'ab' x 32 or die "h2load: $!\n";
	local $/;
	my $out = <$p>;
	close $p;
	my ($rate) = $out =~ m{, ([\d.]+) req/s} or die "h2load: $out\n";
	my ($good) = $out =~ /status codes: (\d+) 2xx/;
	die "h2load: $good of $n were accepted\n$out" if $good != $n;
	return $h2load{$payload} = $rate;
}

sub wire_bench {
	my ($wire, $n) = @_;
	open my $p, '-|', "$ENV{BIN}/wire_bench", '-w', $wire, '-a', '-k',
	    "bearer $fast{jwt}", "$fast{url}/3/device/" . 'ab' x 32,
	    $fast{ca}, $n or die "wire_bench: $!\n";
	local $/;
	my $out = <$p>;
	close $p;
	my ($rate, $cpu) = $out =~ m{: (\d+) requests/s, ([\d.]+) us}
	    or die "wire_bench: $out\n";
	# to wire_http, which is for HMS, an answer without a body is none
	warn "wire_bench: $out"
	    if $wire eq 'h2' && $out !~ /answered $n \(0 not 200\)/;
	return ($rate, $cpu);
}

# --- a stack that sends to the fast stand-in --------------------------------

sub fast_conf {
	fast_provider();
	return <<"END";
[log]
level = warning
[apns]
production_url = $fast{url}
development_url = $fast{url}
ca_file = $fast{ca}
[webpush]
proxy = $fast{proxy}
ca_file = $fast{ca}
rate = 1000000/s
END
}

# A part with a stack of its own: what follows looks at that one. Returns the
# one before, if there was one.
sub measure_on {
	my $before = $o;
	($o) = @_;
	return $before;
}

sub stack {
	return $o if $o;
	$o = Outpost->up(via => 'lighttpd', name => "bench-$$",
	    conf => fast_conf());
	$o->seed('-k', $fast{json}, '-a', 'bench');
	return $o;
}

# The first value that a query finds. One client for all of them: what waits for
# a drain asks many times a second, and each client that is started anew takes
# 10 ms from the two cores that are measured.
sub number {
	my ($query) = @_;
	my $a = $asker{$o->{run}} //= open_asker();
	my @rows;
	print { $a->{to} } "$query; SELECT 'answered';\n";
	while (defined(my $row = readline $a->{from})) {
		chomp $row;
		return @rows ? (split /\t/, $rows[0], -1)[0] : undef
		    if $row eq 'answered';
		push @rows, $row;
	}
	delete $asker{$o->{run}};
	die "query failed: $query\n";
}

sub open_asker {
	my $pid = open2(my $from, my $to, 'mariadb', '--no-defaults', '-u',
	    scalar getpwuid($>), '-S', "$o->{run}/mariadb.sock", '-N', '-B',
	    '-n', '--default-character-set=utf8mb4', 'outpost');
	$to->autoflush;
	# of a cluster: what the other nodes have written by then, as Cluster.pm
	print $to "SET SESSION wsrep_sync_wait = 1;\n"
	    if $o->isa('Cluster') && !$o->{alone};
	return { pid => $pid, from => $from, to => $to };
}

# user and system time of a process, seconds; peak memory, kB
sub cpu {
	my ($pid) = @_;
	my $stat = $o->read_file("/proc/$pid/stat");
	my @f = split ' ', substr $stat, rindex($stat, ')') + 2;
	return ($f[11] + $f[12]) / 100;
}
sub peak {
	my ($pid) = @_;
	return $o->read_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m
	    ? $1 : 0;
}
sub resident {
	my ($pid) = @_;
	return $o->read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m
	    ? $1 : 0;
}

# Fill the outbox while nobody empties it, then let go. Returns the seconds
# from there to the last outcome in the database, and the CPU seconds of the
# processes.
sub drained {
	my ($fill, @pids) = @_;
	kill 'STOP', @pids;
	$fill->();
	my $goal = number('SELECT SUM(total) FROM push_send');
	my @before = map { cpu($_) } @pids;
	my $begin = time;
	kill 'CONT', @pids;
	my $done = $o->wait_for(120, sub {
		return number('SELECT SUM(done) FROM push_send') >= $goal;
	});
	my $seconds = time - $begin;
	die "the outbox is not empty after two minutes\n" if !$done;
	my $cpu = 0;
	$cpu += cpu($pids[$_]) - $before[$_] for 0 .. $#pids;
	return ($seconds, $cpu);
}

sub empty_outbox {
	my ($n, @pids) = @_;
	return drained(sub { $o->seed('-a', 'bench', '-n', $n) }, @pids);
}

1;
