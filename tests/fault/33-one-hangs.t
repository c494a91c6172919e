#!/usr/bin/perl
# APNs allows one stream on a fresh connection until it has accepted a push.
# A push that gets no answer there must not hold its application: the others
# get another connection, and it is tried again behind them, with the same id.
use strict;
use warnings;
use Fault;
use Test::More;

my $patience = 300;
my $o = Fault->up(conf => "[message]\nstorage = yes\n"
    . "[apns]\nresponse_timeout = ${patience}s\nconnections = 1\n");
$o->credentials('mobile-app');

my ($hung) = $o->queue(tokens => [ Outpost->apns_token('tok-hang:0') ]);
ok $o->wait_for(60, sub {
	return $o->value("SELECT JSON_VALUE(figures, '\$.inFlight')"
	    . ' FROM push_instance') == 1;
}), 'one without an answer has the only stream';
$o->queue(tokens => [ map { Outpost->apns_token("tok-accept:$_") }
    1 .. 20 ]);
ok $o->wait_for($patience / 2, sub { $o->seen == 20 }),
    'those behind it do not wait for its time to end'
    or diag $o->seen . " of 20 arrived\n" . $o->last_words;
is_deeply [ ($o->outcome($hung))[0, 1] ], [ 'pending', '' ],
    'which has not ended yet';
is scalar(() = $o->log_text =~ /^<5>connected origin=/mg), 2,
    'over one more connection';

# the next ones use it
$o->queue(tokens => [ map { Outpost->apns_token("tok-accept:again$_") }
    1 .. 20 ]);
ok $o->wait_for($patience / 2, sub { $o->seen == 40 }), 'further ones go';
is_deeply [ ($o->outcome($hung))[0, 1] ], [ 'pending', '' ], 'at once';
ok $o->wait_for(60, sub { $o->waiting == 1 }),
    'the silent one alone is left';

# a fault makes the application go slower: no slower than one at a time beside
# the silent one
$o->queue(tokens => [ Outpost->apns_token('tok-once-reset:1') ]);
ok $o->wait_for($patience / 2, sub { $o->log_text =~ /^<6>retry /m }),
    'another one fails';
$o->queue(tokens => [ map { Outpost->apns_token("tok-accept:slow$_") }
    1 .. 20 ]);
ok $o->wait_for($patience / 2, sub { $o->seen(unpack 'H*', 'slow') == 20 }),
    'further ones go';
is_deeply [ ($o->outcome($hung))[0, 1] ], [ 'pending', '' ],
    'while the silent one has not ended';

done_testing;
