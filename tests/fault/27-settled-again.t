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
done_testing;
