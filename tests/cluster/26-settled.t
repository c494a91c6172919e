#!/usr/bin/perl
# What was settled at one node is not sent again from another, which has not
# heard of it yet: neither by the same sendd, whose reader has returned to that
# node before its writer, nor by one that takes a shard over there. And one at a
# node that is behind for longer than a lease takes none from one that lives.
use strict;
use warnings;
use Cluster;
use JSON::PP;
use Relay;
use Test::More;
use Time::HiRes qw(sleep);

Cluster::begin();

my $o = Cluster->up(conf => "[log]\ntime = yes\n");
$o->credentials('mobile-app');

# How many tokens that match came, and how often.
sub times_sent {
	my ($match) = @_;
	my (%seen, %times);
	$seen{ $_->[2] }++ for $o->lines($match);
	$times{$_} = 1 for values %seen;
	return (scalar keys %seen, join ' ', sort keys %times);
}

# --- a reader and a writer at two nodes ---------------------------------------

# It prefers n2, and its link to n2 can be cut.
my $near = Relay->new($o, sub { '' }, undef, 'near', $o->socket_of('n2'));
$o->more_sendd('sendd2', "lease = 60s\n[database]\nsocket =\nhost = "
    . $near->path . ', ' . $o->socket_of('n1') . "\n",
    $o->at('sendd2', far => 1));
kill 'TERM', $o->pid('sendd');
$o->owned('sendd2', 'sendd2 has all, by n2');

my $token = Outpost->apns_token('tok-slow-600000:1');
my ($send) = $o->queue(tokens => [ $token ]);
ok $o->wait_for(60, sub { $o->control->{requests} >= 1 }),
    'a message is on the way';
my $locked = $o->keep_locked("START TRANSACTION; SELECT id FROM push_send"
    . " WHERE id = $send FOR UPDATE");
$near->end;
$o->control({ prompt => JSON::PP::true });	# it is answered, as all below
ok $o->wait_for(60, sub { $o->transactions('t.trx_id',
    "p.user = 'outpost_sendd' AND t.trx_state = 'LOCK WAIT'") }),
    'n2 is out of reach: its outcome is being written at n1, and waits';
$near->begin;
# its leases and its reader, which looks each tenth of a second
ok $o->wait_for(60, sub { ($o->ask_node('n2', 'SELECT COUNT(*) FROM'
    . ' information_schema.processlist WHERE user = "outpost_sendd"') // 0)
    >= 2 }), 'n2 is in reach: its reader returns';
my $behind = $o->hold_back('n2');
$o->let_go($locked);
$o->settled(60, 'the outcome is written at n1');
is $o->ask_node('n2', "SELECT COUNT(*) FROM push_outbox WHERE send_id ="
    . " $send"), 1, 'n2 has not heard of it';
sleep 2;	# it reads 20 times
is $o->seen(qr/^\Q$token\E$/), 1,
    'the message was sent once, though its row is still at n2';
$o->let_on($behind);
ok $o->whole, 'n2 is as the others';
ok $o->queue(tokens => [ 'bb' x 32 ]) && $o->settled(60), 'it reads again';
is $o->seen(qr/^\Q$token\E$/), 1, 'and the message came once';
is $o->end_sendd('sendd2'), 0, 'it ends well';

# --- a shard that is taken over -----------------------------------------------

# Messages that are on the way from the one sendd that has all shards; then its
# provider answers, and their outcomes are written while n2 is behind.
sub settled_behind_n2 {
	my ($digits, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $had = $o->control->{requests};
	$o->control({ prompt => JSON::PP::false });
	$o->queue(tokens => [ map { Outpost->apns_token(
	    "tok-slow-600000:$digits$_") } 1 .. 40 ]);
	ok $o->wait_for(60, sub { $o->control->{requests} >= $had + 40 }),
	    "$what: 40 messages are on the way";
	ok $o->wait_for(60, sub { ($o->ask_node('n2', 'SELECT COUNT(*) FROM'
	    . ' push_outbox') // 0) == 40 }), 'n2 has their rows';
	my $held = $o->hold_back('n2');
	$o->control({ prompt => JSON::PP::true });
	$o->settled(60, 'they are settled at n1');
	is $o->ask_node('n2', 'SELECT COUNT(*) FROM push_outbox'), 40,
	    'n2 has not heard of it';
	return $held;
}

sub came_once {
	my ($digits) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($n, $times) = times_sent(qr/^${\ Outpost->apns_token(
	    "tok-slow-600000:$digits")}/);
	is "$n: $times", '40: 1', 'each of 40 came once';
}

$o->sendd('sendd2', 'n1');
$o->owned('sendd2', 'sendd2 has all, by n1');
$o->sendd('sendd3', 'n2');
my ($status, $said) = $o->outpost('sendd', 'drain', 'sendd3');
is $status, 0, 'sendd3, which knows n2 alone, is to have none' or diag $said;
$o->owned('sendd2', 'and has none');

$behind = settled_behind_n2('a', 'the owner lives');
sleep 5;	# the lease is 3 s: at n2 it looks as if it were over
$o->let_on($behind);
ok $o->whole, 'n2 is as the others';
ok $o->queue(tokens => [ 'cc' x 32 ]) && $o->settled(60), 'all goes on';
$o->owned('sendd2', 'it still has all');
unlike $o->log_text('sendd2'), qr/taken over/, 'and has lost none';
came_once('a');

$behind = settled_behind_n2('b', 'the owner is killed');
$o->end_sendd('sendd2', 'KILL');
sleep 5;
$o->let_on($behind);
$o->owned('sendd3', 'sendd3 has all, by n2');
ok $o->queue(tokens => [ 'dd' x 32 ]) && $o->settled(60), 'and reads them';
came_once($_) for qw(a b);

# --- what its node has, sendd reads at once -----------------------------------

# It knows n2 alone, which is behind: there would be no end to waiting for what
# the others have written.
is $o->end_sendd('sendd3'), 0, 'sendd3 ends';
$o->more_sendd('sendd3', "lease = 60s\n[database]\nsocket =\nhost = "
    . $o->host_of('n2') . "\n", $o->at('sendd3', far => 1));
$o->owned('sendd3', 'with a long lease it has all');
kill 'STOP', $o->{more}{sendd3};
($send) = $o->queue(tokens => [ 'ee' x 32 ]);
ok $o->wait_for(60, sub { ($o->ask_node('n2', 'SELECT COUNT(*) FROM'
    . ' push_outbox') // 0) == 1 }), 'n2 has a row';
$behind = $o->hold_back('n2');
$o->queue(tokens => [ 'ff' x 32 ]);
is $o->ask_node('n2', 'SELECT COUNT(*) FROM push_outbox'), 1,
    'and not the next one';
kill 'CONT', $o->{more}{sendd3};
# after a standstill it is sent when the database has said what is cancelled
ok $o->wait_for(20, sub { $o->log_text('sendd3')
    =~ /^<7>\S+ read message=$send /m }), 'the first one is read meanwhile';
$o->let_on($behind);
ok $o->whole, 'n2 is as the others';
$o->settled(60);
is join(' ', map { $o->seen($_) } qr/^eeee/, qr/^ffff/), '1 1',
    'each came once';

done_testing;
