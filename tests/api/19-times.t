#!/usr/bin/perl
# Times at the edges of what releases of MariaDB know as a timestamp: 1970
# itself, 2038 (10.11) and 2106 (11.8), and behind. And the isolation, which
# the releases name differently.
use strict;
use warnings;
use Outpost;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

my $o = Outpost->up;

# --- told and compared ------------------------------------------------------

my @edges = ('1970-01-01 00:00:00.000', '1970-01-01 00:00:00.001',
    '2038-01-19 03:14:07.999', '2038-01-19 03:14:08.000',
    '2106-02-07 06:28:15.999', '2106-02-07 06:28:16.000',
    '9999-12-31 23:59:59.999');
sub instant { return $_[0] =~ s/ /T/r =~ s/\.000$//r . 'Z' }
sub edge {
	my $r = $o->get("/admin/audit?action=edge$_[0]");
	return [ map { $_->{time} } @{ $r->{json}{responseObject} } ];
}
$o->sql('INSERT INTO push_audit (at, action) VALUES ' . join ', ',
    map { "('$_', 'edge')" } @edges);
my @instants = map { instant($_) } @edges;
is_deeply edge(''), [ reverse @instants ], 'every time is told as it is';
is_deeply edge("&since=$instants[$_]"),
    [ reverse @instants[$_ .. $#instants] ], "since $edges[$_]"
    for 1 .. $#edges;	# 1970 itself stands for no limit
my (undef, $said) = $o->outpost(qw(audit --action edge --json));
is_deeply [ map { $_->{time} } @{ Outpost::json()->decode($said) } ],
    [ reverse @instants ], 'the command tells the same';

# --- read and settled -------------------------------------------------------

# While sendd is stopped its rows come due at the edges.
$o->app('mobile-app');
$o->device('mobile-app', 'joe', 'fcm', "tok-200-$_") for 1 .. 2;
kill STOP => $o->pid('sendd');
is $o->send('mobile-app', 'joe', mode => 'ASYNCHRONOUS')->{status}, 200,
    'two rows';
my @ids = map { $_->[0] } $o->sql('SELECT id FROM push_outbox ORDER BY id');
is scalar(@ids), 2, 'wait';
sub due { $o->sql("UPDATE push_outbox SET due = '$_[1]' WHERE id = $_[0]") }
due($_, '2107-01-01') for @ids;
(undef, $said) = $o->outpost(qw(queue --json));
is Outpost::json()->decode($said)->{queue}[0]{nextDue},
    '2107-01-01T00:00:00Z',
    'when the next is due';
due($ids[0], '1970-01-01');
due($ids[1], '1970-01-01 00:00:00.001');
kill CONT => $o->pid('sendd');
ok $o->wait_for(60, sub { $o->ledger == 2 }), 'rows of 1970 are sent';
ok $o->wait_for(60, sub { !$o->sql('SELECT 1 FROM push_outbox') }),
    'and found again when they are settled';

# --- the isolation of our connections ---------------------------------------

$o->sql('SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE');
$o->stack('restart', 'web');
my $id = Outpost::uuid();
$o->device('mobile-app', 'ann', 'fcm', 'tok-200-4', activationId => $id);
my $locks = $o->keep_locked('BEGIN; SELECT id FROM push_device_registration'
    . " WHERE activation_id = '$id' FOR UPDATE");
my $caller = fork // die "fork: $!\n";
if (!$caller) {
	$o->device('mobile-app', 'ann', 'fcm', 'tok-200-5',
	    activationId => $id);
	POSIX::_exit(0);
}
my @level;
$o->wait_for(60, sub { @level = $o->transactions('t.trx_isolation_level',
    "p.user = 'outpost_push'") });
is $level[0][0], 'READ COMMITTED', 'ours, whatever the server has';
$o->let_go($locks);
waitpid $caller, 0;
is $?, 0, 'and the call ends well';

done_testing;
