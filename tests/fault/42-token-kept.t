#!/usr/bin/perl
# APNs punishes more than one token in twenty minutes: one is signed per key,
# kept sealed over a restart, and shared by applications of the same key.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
$o->app($_) for qw(one two);
$o->device($_, "user-$_", 'ios', Outpost->apns_token("tok-accept:$_"))
    for qw(one two);

sub sent { my ($app, $name) = @_;
	my $r = $o->send($app, "user-$app");
	is $r->{json}{responseObject}{result}{apns}{sent}, 1, $name }

sent('one', 'the first');
sent('two', 'another application of the same key');
$o->stack('restart', 'sendd');
is $?, 0, 'sendd is restarted';
sent('one', 'after the restart');
kill 'KILL', $o->pid('sendd');
$o->stack('up');
sent('two', 'after a kill');

my $log = $o->read_file("$o->{run}/logs/sendd.log");
my @signed = $log =~ /^.*grant provider=apns.*signed.*$/mg;
is scalar(@signed), 1, 'one token was signed';
my ($kept) = $o->sql('SELECT COUNT(*), MIN(token LIKE \'OB2%\')'
    . ' FROM push_grant');
is_deeply $kept, [ 1, 1 ], 'one is kept, and sealed';

done_testing;
