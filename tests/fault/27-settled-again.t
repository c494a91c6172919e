#!/usr/bin/perl
# The transaction that writes outcomes meets a lock and is repeated: each
# outcome is counted once all the same. And a row that somebody takes away while
# its message is on the way is no part of any outcome.
use strict;
use warnings;
use Fault;
use JSON::PP;
use Test::More;

my $o = Fault->up;
$o->credentials('mobile-app');

# The transaction that waits for a lock and has deleted so many rows, or "".
sub writing {
	my ($rows) = @_;
	my ($row) = $o->transactions('t.trx_id', "p.user = 'outpost_sendd' AND"
	    . " t.trx_state = 'LOCK WAIT' AND t.trx_rows_modified >= $rows");
	return $row ? $row->[0] : '';
}

# The provider has them, and answers when it is told to. Outcomes that nobody
# waits for are written together.
my @sends = $o->queue(lane => 1, tokens =>
    [ map { Outpost->apns_token("tok-slow-600000:$_") } 1 .. 21 ]);
ok $o->wait_for(60, sub { $o->control->{requests} >= 21 }),
    '21 messages are on the way';
my $gone = $sends[20];
$o->sql("DELETE FROM push_outbox WHERE send_id = $gone");
my $locks = $o->keep_locked('START TRANSACTION; SELECT COUNT(*) FROM'
    . ' (SELECT id FROM push_send FOR UPDATE) s');
$o->control({ prompt => JSON::PP::true });
my $first;
ok $o->wait_for(120, sub { $first = writing(18) }),
    'the counters are locked: the writing of the outcomes waits';
ok $o->wait_for(120, sub { my $now = writing(1); $now && $now ne $first }),
    'and is repeated, a send at a time';
$o->let_go($locks);
$o->settled(120);
is $o->value("SELECT done FROM push_send WHERE id = $gone"), 0,
    'the row that was taken away is not counted';
$o->accounts(20, where => "id <> $gone");

# Neighbours of a batch that are finished are deleted as runs: nothing of what
# lies between them.
$o->control({ prompt => JSON::PP::false });
my @slow = grep { $_ % 7 == 3 } 0 .. 39;
my %slow = map { ($_ => 1) } @slow;
$o->device('mobile-app', "n-$_", 'apns', Outpost->apns_token(
    $slow{$_} ? "tok-slow-600000:n$_" : "neighbour-$_")) for 0 .. 39;
my $r = $o->post('/push/message/batch/send', { requestObject => {
    appId => 'mobile-app', mode => 'ASYNCHRONOUS', batch => [ map {
	{ userId => "n-$_", body => { title => "T$_", body => 'x' } }
    } 0 .. 39 ] } });
my $batch = $r->{json}{responseObject}{messageId};
my $left = sub { join ' ', map { $_->[0] } $o->sql('SELECT user_id FROM'
    . " push_outbox WHERE send_id = $batch ORDER BY id") };
ok $o->wait_for(60, sub { $o->value("SELECT done FROM push_send WHERE id ="
    . " $batch") == 40 - @slow }), 'the finished ones of a batch are counted';
is $left->(), join(' ', map { "n-$_" } @slow), 'the others are still there';
$o->control({ prompt => JSON::PP::true });
$o->settled(120);
is $o->value("SELECT CONCAT(done, ' ', apns_sent) FROM push_send WHERE id ="
    . " $batch"), '40 40', 'and are counted when they have their answers';
done_testing;
