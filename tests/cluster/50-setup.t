#!/usr/bin/perl
# Setup on a cluster: two at once at two nodes work one after the other; one
# that was killed stops nobody at its own node, and says elsewhere where it was.
use strict;
use warnings;
use Cluster;
use POSIX ();
use Test::More;

Cluster::begin();

my $o = Cluster->up;
my $admin = getpwuid $>;
my $lock = 'twice_setup_lock';

# Settings of another database, at one node.
sub conf {
	my ($node, $hosts) = @_;
	my $path = "$o->{run}/setup-$node.conf";
	$o->write_file($path, $o->read_file($o->{conf}) . "\n[database]\n"
	    . 'socket = ' . $o->socket_of($node) . "\nname = twice\n"
	    . "user = twice_%p\npassword_file = $o->{run}/twice-%p\n"
	    . "user_hosts = $hosts\n");
	return $path;
}

sub begin {
	my ($node, $hosts) = @_;
	my $conf = conf($node, $hosts // 'localhost, 10.9.8.%');
	my $pid = open my $pipe, '-|';
	return [ $pid, $pipe ] if $pid;
	open STDERR, '>&', \*STDOUT;
	exec "$o->{bin}/outpost", '-c', $conf, 'setup', '--yes',
	    '--no-doctor', '--admin-user', $admin or POSIX::_exit(127);
}

sub end {
	my ($pipe) = $_[0][1];
	my $said = do { local $/; <$pipe> // '' };
	close $pipe;
	return ($? >> 8, $said);
}

# --- two at once --------------------------------------------------------------

my @both = map { begin($_) } qw(n1 n2);
my @ended = map { [ end($_) ] } @both;
is $ended[$_][0], 0, 'setup ' . ($_ + 1) . ' ends well'
    or diag $ended[$_][1] for 0, 1;
is scalar(grep { $_->[1] =~ /^created tables/m } @ended), 1,
    'one has made the tables';
is $o->value('SELECT COUNT(*) FROM information_schema.tables WHERE'
    . " table_schema = 'twice'"), $o->value('SELECT COUNT(*) FROM'
    . " information_schema.tables WHERE table_schema = 'outpost'"),
    'all of them';
is $o->value('SELECT COUNT(*) FROM information_schema.schemata WHERE'
    . " schema_name LIKE 'twice\\_%'"), 0, 'nothing else is left';
is $o->value("SELECT GROUP_CONCAT(host ORDER BY host) FROM mysql.user WHERE"
    . " user = 'twice_push'"), '10.9.8.%,localhost', 'users at each host';
is $o->value('SELECT COUNT(DISTINCT n) FROM (SELECT COUNT(*) n FROM'
    . ' information_schema.table_privileges WHERE grantee LIKE'
    . " \"'twice_sendd'%\" GROUP BY grantee) x"), 1, 'with the same rights';
my ($status, $said) = end(begin('n3'));
is $status, 0, 'a third has';
like $said, qr/^nothing to do$/m, 'nothing to do';
like $said, qr{^  \Q$o->{run}\E/twice-push$}m, 'and lists what to copy';
unlike $said, qr/let in from localhost alone/, 'its users come from elsewhere';
($status, $said) = end(begin('n3', ''));
is $status, 0, 'without hosts for the users';
like $said, qr/^warning: the database users are let in from localhost alone: /m,
    'it warns that other machines are not let in';

# --- one that was killed ------------------------------------------------------

my ($uuid) = split /\t/, $o->ask_node('n2', 'SELECT variable_value FROM'
    . " information_schema.global_status WHERE variable_name ="
    . " 'wsrep_gcomm_uuid'");
$o->sql("CREATE DATABASE $lock; CREATE TABLE $lock.holder (one TINYINT NOT"
    . ' NULL, node CHAR(36) NOT NULL, name TEXT NOT NULL, PRIMARY'
    . " KEY (one)); INSERT INTO $lock.holder VALUES (1, '$uuid', 'n2')");
($status, $said) = end(begin('n1'));
is $status, 1, 'one killed at n2: at n1 it is refused';
like $said, qr/is running, or was killed, at node n2/, 'and told where';
($status, $said) = end(begin('n2'));
is $status, 0, 'at n2 it goes on' or diag $said;
is $o->value('SELECT COUNT(*) FROM information_schema.schemata WHERE'
    . " schema_name = '$lock'"), 0, 'and unlocks';
$o->sql("CREATE DATABASE $lock; CREATE TABLE $lock.holder (one TINYINT NOT"
    . ' NULL, node CHAR(36) NOT NULL, name TEXT NOT NULL, PRIMARY'
    . " KEY (one)); INSERT INTO $lock.holder VALUES (1, 'gone', 'n9')");
($status, $said) = end(begin('n1'));
is $status, 0, 'killed at a node that is gone: nobody is refused'
    or diag $said;

# --- what operators see -------------------------------------------------------

($status, $said) = $o->outpost('doctor', '--offline');
like $said, qr/ nodes .*node $_ \(.*\) serves, in a cluster of 3/, "$_ serves"
    for qw(n1 n2 n3);
like $said, qr/ nodes .*clocks of the nodes agree/, 'the clocks agree';
$o->signal_node('n3', 'KILL');
($status, $said) = $o->outpost('doctor', '--offline');
my $n3 = $o->host_of('n3');
like $said, qr/warning +nodes .*\Q$n3\E/, 'a node is down: a warning';

done_testing;
