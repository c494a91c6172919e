#!/usr/bin/perl
# Figures stay bounded and true: reasons made of sizes or of strangers' words
# do not make rows and labels without end, and a sendd that is gone is down.
use strict;
use warnings;
use Fault;
use Test::More;

my $o = Fault->up(conf => "[message]\nstorage = yes\n"
    . "[apns]\nresponse_timeout = 2s\n");
my $app = $o->credentials('mobile-app');
my $other = $o->credentials('other-app');

# Reasons of an application's failures, as counted.
sub reasons {
	my ($name) = @_;
	return { map { $_->[0] => $_->[1] } $o->sql("SELECT c.reason, c.n
	    FROM push_counter c JOIN push_app_credentials a ON a.id = c.app_id
	    WHERE a.app_id = '$name' AND c.outcome = 'failed'") };
}

sub token { return unpack 'H*', sprintf 'figures-%08d', $_[0] }

# --- sizes --------------------------------------------------------------------

my @sends = map { $o->queue(tokens => [ token($_) ], body =>
    '{"title":"' . 'x' x (5000 + $_) . '"}') } 1 .. 20;
$o->settled(120, '20 messages, each too large by another size');
my $got;
ok $o->wait_for(60, sub { my $n = 0;
    $n += $_ for values %{ $got = reasons($app) };
    $n == 20 }), 'are counted';
is scalar keys %$got, 1, 'by one reason' or diag explain $got;
is join('', keys %$got), 'too large', 'without the sizes';
is +($o->outcome($sends[0]))[1], 'too large', 'as has the message';
my $log = $o->log_text;
my @lines = grep { $log =~ /^<6>reject message=$_ .*why="too large"$/m }
    @sends;
is scalar @lines, 20, 'and the log: each has its line';
my %sizes = map { $_ => 1 } $log =~
    /^<5>refused provider=apns body=\d+ why="payload of (\d+) bytes is over/mg;
is scalar keys %sizes, 20, 'which has the size of each body, too';

# --- statuses ---------------------------------------------------------------

$o->queue(tokens => [ map { Outpost->apns_token("tok-html-$_:") } 400, 422 ]);
$o->settled(120, 'two answers without a reason');
ok $o->wait_for(60, sub { $got = reasons($app);
    ($got->{'HTTP 400'} // 0) == 1 && ($got->{'HTTP 422'} // 0) == 1 }),
    'are counted by their HTTP status' or diag explain $got;
$o->queue(tokens => [ Outpost->apns_token('tok-once-hang:') ]);
$o->settled(120, 'and one without an answer');
ok $o->wait_for(60, sub { $o->value("SELECT COUNT(*) FROM push_counter
    WHERE outcome = 'deferred' AND reason = 'no answer within # s'") }),
    'by a sentence without its number';

# --- words ------------------------------------------------------------------

my $large = '{"title":"' . 'x' x 5000 . '"}';
$o->sql("INSERT INTO push_counter (app_id, platform, outcome, reason, n)
    SELECT a.id, 0, 'failed', CONCAT('word-', seq), 1 FROM seq_1_to_64
    JOIN push_app_credentials a WHERE a.app_id = '$other'");
$o->queue(app => $other, tokens => [ token($_) ], body => $large)
    for 31 .. 33;
$o->settled(120, 'a reason beyond 64 of an application with a provider');
ok $o->wait_for(60, sub { (($got = reasons($other))->{other} // 0) == 3 }),
    'counts as "other", each time' or diag explain $got;
is scalar keys %$got, 65, 'and no row is added';
is reasons($app)->{other}, undef, 'nor is it another application\'s';
$o->queue(app => $other, platform => 'fcm', tokens => ['unregistered'],
    body => $large);
$o->settled(120, 'with another provider');
ok $o->wait_for(60, sub { reasons($other)->{'too large'} }),
    'it has its own';

# --- up ---------------------------------------------------------------------

sub up {
	my $text = $o->get('/metrics')->{body};
	my ($up) = $text =~ /^outpost_sendd_up\{instance="[^"]+"\} (\d)$/m;
	return $up // 'none';
}

sub started { return $o->value('SELECT started FROM push_instance') }

sub inside { return $o->get('/metrics')->{body} =~
    /^outpost_sendd_in_hand\{/m ? 1 : 0 }

is up(), 1, 'a sendd is up';
is inside(), 1, 'and tells what it has in hand';
my $before = started();
my $pid = $o->pid('sendd');
kill 'TERM', $pid;
ok $o->wait_for(60, sub { up() eq '0' }),
    'stopped in order it is down at once';
is inside(), 0, 'and has nothing in hand';
is $o->value('SELECT COUNT(*) FROM push_shard WHERE lease_until >
    UTC_TIMESTAMP(3)'), 0, 'nor any shard';
like +($o->outpost('queue'))[1], qr/^no sendd: nothing is delivered$/m,
    'the command says so';
$o->wait_for(60, sub { !kill 0, $pid });
$o->again;
ok $o->wait_for(60, sub { up() eq '1' }), 'started again it is up';
isnt started(), $before, 'since then';
$o->kill_off('sendd');
ok $o->wait_for(60, sub { up() eq '0' }), 'killed it is down after its lease';
$o->sql('UPDATE push_instance SET seen = seen - INTERVAL 1 DAY,
    name = "long-gone"');
$o->again;
ok $o->wait_for(60, sub { !$o->value('SELECT COUNT(*) FROM push_instance
    WHERE name = "long-gone"') }), 'one that is gone for a day is forgotten';

done_testing;
