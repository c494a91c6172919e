#!/usr/bin/perl
# Two machines with one instance name, as clones have it: the name is one
# sendd's at a time. The second start is refused while the first is seen to
# live; who is killed and started again on its own machine goes on at once;
# who is dead is followed by the other, and who slept too long ends.
use strict;
use warnings;
use Fault;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

# a lease that nobody here waits for the end of
my $o = Fault->up(conf => "instance = one\nlease = 300s\nroom = 500\n"
    . "[apns]\nrate = 500/s\n");
$o->credentials('mobile-app');
mkdir "$o->{run}/other" or die "mkdir: $!\n";
my $total = 0;
my $said;	# by the latest start on the other machine

# The other machine: its own place for doorbell and lock, the same name.
# Ended within the time, its exit status; else undef, and it runs on.
my $other;
sub other {
	my ($doorbell, $seconds) = @_;
	my ($conf, $log) = map { "$o->{run}/other/$_" } qw(conf log);
	$o->write_file($conf, $o->read_file($o->{conf})
	    . "\n[sendd]\ndoorbell = $doorbell\n");
	open my $new, '>>', $log or die "$log: $!\n";
	my $from = -s $new;
	$other = fork // die "fork: $!\n";
	if ($other == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', $log;
		open STDERR, '>>', $log;
		exec "$o->{run}/bin/sendd", '-c', $conf or POSIX::_exit(127);
	}
	$o->{more}{other} = $other;	# ends with the stack
	my $status;
	$o->wait_for($seconds, sub {
		$said = substr $o->read_file($log), $from;
		return 1 if $said =~ /started as "one"/;
		return 0 if waitpid($other, POSIX::WNOHANG()) == 0;
		$status = $? & 127 ? "signal $?" : $? >> 8;
		$said = substr $o->read_file($log), $from;
		return 1;
	}) or die "the other machine neither starts nor ends: $said\n";
	return $status;
}

sub life { return $o->value('SELECT incarnation FROM push_instance'
    . " WHERE name = 'one'") }
sub shards { return $o->value('SELECT COUNT(*) FROM push_shard WHERE'
    . " incarnation = $_[0] AND lease_until > UTC_TIMESTAMP(3)") }
sub has_all { my ($life) = @_; return $o->wait_for(60, sub {
    shards($life) == 64 }) }
sub load {
	my ($n) = @_;
	$o->seed('-a', 'mobile-app', '-n', $n, '-t',
	    sprintf '%08x', $total + 1);
	$total += $n;
}

# --- refused ----------------------------------------------------------------

my $pid = $o->pid('sendd');
my $first = life();
ok has_all($first), 'the first has all';
load(2000);
ok $o->wait_for(60, sub { $o->seen > 200 }), 'and delivers';
is other("$o->{run}/other/sock", 60), 3,
    'the same name on another machine is refused' or diag $said;
my $whose = 'host ' . (POSIX::uname())[1] . ", process $pid";
like $said, qr/^<3>another sendd works as "one" \(\Q$whose\E\): give each/m,
    'and told whose it is';
is other("$o->{run}/other/sock", 60), 3, 'so is the next try';
unlike $said, qr/^<3>/m, 'which does not say it again';
is other("$o->{run}/sock/sendd.sock", 60), 3,
    'a second one on this machine is refused, too';
like $said, qr/another sendd of this machine holds/, 'for its own reason';
$o->settled(120);
is life(), $first, 'the first has gone on';
is shards($first), 64, 'with all shards';
unlike $o->log_text, qr/taken over/, 'which nobody has taken over';
is $o->nothing_lost($total), 0, 'nothing was sent twice';

# --- killed and started again -----------------------------------------------

load(3000);
ok $o->wait_for(60, sub { $o->seen > 2200 }), 'messages flow';
$o->kill_off('sendd');
my $until = $o->value('SELECT MIN(lease_until) FROM push_shard');
$o->again;
my $second = life();
isnt $second, $first, 'killed and started again: another life';
ok has_all($second), 'with all shards';
is $o->value("SELECT UTC_TIMESTAMP(3) < '$until'"), 1,
    'before the lease of the one that was killed is over';
unlike $o->log_text, qr/looking whether it lives/, 'and without a look';
$o->settled(120);
cmp_ok $o->nothing_lost($total, why => 'in hand when it was killed'), '<=',
    500, 'only what was in hand then';

# --- followed by the other --------------------------------------------------

$o->kill_off('sendd');
is other("$o->{run}/other/sock", 60), undef,
    'the other machine takes the name of one that is dead' or diag $said;
like $said, qr/was host .*, process \d+: looking whether it lives/,
    'after a look';
my $third = life();
my $beats = $o->value('SELECT beats FROM push_instance');
$o->wait_for(60, sub { $o->value('SELECT beats FROM push_instance')
    > $beats + 1 });
is shards($second), 64, 'but not its shards, while their lease runs';
$o->sql('UPDATE push_shard SET lease_ms = 1');
ok has_all($third), 'then it has all';
load(1000);
$o->settled(120);
$o->nothing_lost($total);
my $out = $o->stack('up');
isnt $?, 0, 'the first machine is refused now';
like $o->log_text, qr/another sendd works as "one" \(host .*process $other/,
    'and told whose the name is';

# --- one that slept too long ------------------------------------------------

kill 'STOP', $other;
$o->again;
my $fourth = life();
isnt $fourth, $third, 'one that is silent is followed as well';
kill 'CONT', $other;
is $o->wait_for(60, sub { waitpid($other, POSIX::WNOHANG()) == $other }), 1,
    'when it goes on it ends';
is $? >> 8, 3, 'by the same status';
like $o->read_file("$o->{run}/other/log"),
    qr/^<3>another sendd works as "one" now: this one ends$/m, 'and says why';
is life(), $fourth, 'the name stays where it is';
ok has_all($fourth), 'with all shards, which the other has given back';
load(1000);
$o->settled(120);
$o->nothing_lost($total);
$o->accounts($total);
unlike $o->log_text, qr/taken over/, 'nobody took over a shard in use';

# --- ended while it takes shards --------------------------------------------

sub owned { return $o->value('SELECT COUNT(*) FROM push_shard WHERE'
    . ' incarnation <> 0') }
sub stop { my $pid = $o->pid('sendd'); kill 'TERM', $pid; return $pid }
sub has_ended { my ($pid) = @_; return $o->wait_for(60, sub {
    !-e "/proc/$pid/exe" || !kill 0, $pid }) }

ok has_ended(stop()), 'it ends';
is owned(), 0, 'and gives its shards back';
$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[sendd]\nshards_max = 2\n");	# to take them takes no time
my $session = $o->keep_locked('LOCK TABLES push_shard READ');
$o->again;
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM'
    . " information_schema.processlist WHERE info LIKE '%UPDATE push_shard SET"
    . " owner%' AND state = 'Waiting for table metadata lock'") }),
    'the next one is about to take the first';
my $before = length $o->log_text;
$pid = stop();
ok $o->wait_for(60, sub { substr($o->log_text, $before) =~ /stopping/ }),
    'when it is ended';
sleep 0.5;	# it has nothing to wait for but this
$o->let_go($session, 'UNLOCK TABLES');
ok has_ended($pid), 'it ends';
is owned(), 0, 'and gives back what it has taken meanwhile';

done_testing;
