#!/usr/bin/perl
# A message that has waited longer than sendd is patient, for its run, a hold or
# a sendd, is tried several times all the same before it is given up.
use strict;
use warnings;
use Fault;
use Test::More;

my $o = Fault->up(conf => "retry_min = 10ms\nretry_max = 50ms\ngive_up = 1s\n"
    . "[message]\nstorage = yes\n");
$o->credentials('mobile-app');

my ($once, $always) = $o->queue(platform => 'fcm', age => 60,
    tokens => [ 'tok-503x7-then-200:once', 'tok-503:always' ]);
$o->settled(300);

sub counts {
	my ($row) = $o->sql('SELECT fcm_sent, fcm_failed FROM push_send'
	    . " WHERE id = $_[0]");
	return $row;
}
is_deeply counts($once), [ 1, 0 ], 'sent in its eighth try';
is $o->seen(qr/:once$/), 1, 'and accepted once';
is_deeply counts($always), [ 0, 1 ], 'given up after eight';
is $o->value('SELECT reason FROM push_history WHERE send_id = ' . $always),
    'given up', 'which its history says';

done_testing;
