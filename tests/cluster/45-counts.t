#!/usr/bin/perl
# What sendds have counted of a campaign is added up by its steward, once: when
# two do it at the same time at two nodes, and when the cluster has become one
# server, which counts in another way and has old counts to add.
use strict;
use warnings;
use Cluster;
use Test::More;
use Time::HiRes qw(sleep);

Cluster::begin();

my $o = Cluster->up(conf => "[log]\ntime = yes\n");
$o->credentials('mobile-app');

sub left { return $o->value('SELECT COUNT(*) FROM push_send_delta') }

# A send of 300 devices, of which nothing is counted yet.
my $send = (int(time) << 31) + 2;
my $app = $o->value('SELECT id FROM push_app_credentials');
$o->sql('INSERT INTO push_send (id, app_id, mode, created, total, apns_total)'
    . " VALUES ($send, $app, 'ASYNCHRONOUS', UTC_TIMESTAMP(3), 300, 300)");

# A hundred counts of one device each, as batches leave them.
sub leave_counts {
	$o->sql('INSERT INTO push_send_delta (send_id, counts) SELECT'
	    . " $send, '[$send,1,1,[[1,0,0],[0,0,0],[0,0,0],[0,0,0]],0,0,0]'"
	    . ' FROM seq_1_to_100');
}

sub counted {
	my ($n, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($row) = $o->sql('SELECT answered, done, apns_sent FROM push_send'
	    . " WHERE id = $send");
	is_deeply $row, [ ($n) x 3 ], $what;
}

# --- two stewards -------------------------------------------------------------

kill 'TERM', $o->pid('sendd');
my $early = $o->sendd('sendd2', qw(n2));
$o->owned('sendd2', 'sendd2 has all, by n2');
# it has removed the counts, and waits to add them to the send
my $locked = $o->keep_locked("START TRANSACTION; SELECT id FROM push_send"
    . " WHERE id = $send FOR UPDATE", $o->socket_of('n2'));
leave_counts();
# innodb_trx has no row of it each time
ok $o->wait_for(60, sub { ($o->ask_node('n2', 'SELECT COUNT(*) FROM'
    . ' information_schema.processlist WHERE user = "outpost_sendd" AND'
    . ' info LIKE "UPDATE (SELECT x.id,%" AND time_ms > 300') // 0) > 0 }),
    'it adds up 100 counts, and waits for the row of the send';
kill 'STOP', $early;
$o->let_go($locked);
$o->sendd('sendd3', qw(n1));
$o->owned('sendd3', 'it is stopped there, and sendd3 has all, by n1');
ok $o->wait_for(60, sub { left() == 0 }), 'which adds them up';
counted(100, 'all of them, once');
kill 'CONT', $early;
ok $o->wait_for(60, sub { my %s = $o->shares; keys %s == 2 }),
    'the first goes on';
leave_counts();
ok $o->wait_for(60, sub { left() == 0 }), 'and more are added up';
counted(200, 'each once');

# --- a limit ------------------------------------------------------------------

# However large it is, n1 refuses to renew the leases of sendd3.
sub limit { $o->ask_node('n1', "SET GLOBAL wsrep_max_ws_rows = $_[0]") }
limit(1_000_000);
ok $o->wait_for(60, sub { $o->log_text('sendd3') =~ /^\S*<3>\S*\ database:.*
    \ the\ wsrep_max_ws_rows\ of\ the\ node\ must\ be\ 0\ \(4165\)$/mx }),
    'a node with a limit of rows refuses, and sendd says why';
my ($failed, $said) = $o->outpost('doctor');
isnt $failed, 0, 'an error for the doctor';
like $said, qr/has a limit of rows, 1000000/, 'who says which node';
limit(0);

# --- one server ---------------------------------------------------------------

$o->end_sendd($_) for qw(sendd2 sendd3);
leave_counts();
is left(), 100, 'counts are left when the cluster ends';
$o->signal_node($_, 'TERM') for qw(n2 n3);
$o->stack('down');
$o->{db} = '';
$o->use_hosts($o->{extra}, $o->{extra}, $o->socket_of('n1'));
$o->again;
like $o->value('SELECT @@wsrep_on'), qr/^(?:0|OFF)$/, 'there is one server';
ok $o->wait_for(60, sub { left() == 0 }), 'its sendd adds them up';
counted(300, 'all are counted');
$o->queue(tokens => [ 'ee' x 32 ]);
$o->settled(60);
is $o->seen(qr/^(?:ee)+$/), 1, 'and it sends what is new';

done_testing;
