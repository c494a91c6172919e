#!/usr/bin/perl
# sendd is killed with SIGKILL while 1,000 messages are in flight. Every
# message must reach the provider at least once, none may be missing, nothing
# may be left in the outbox.
use strict;
use warnings;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep);

my $n = 1000;
my $o = Outpost->up(conf => "[sendd]\nlease = 3s\n");
$o->app('mobile-app');

# some are over before
my $before = 50;
my $quick = 'abcdef0123456789' x 2;
$o->seed('-a', 'mobile-app', '-n', $before, '-t', $quick);
sub waits { return ($o->sql('SELECT COUNT(*) FROM push_outbox'))[0][0] }
ok $o->wait_for(60, sub { waits() == 0 }), "$before are delivered and settled";

# answered slowly, so that all of the others fly when the signal comes
my $slow = Outpost->apns_token('tok-slow-4000:');
$o->seed('-a', 'mobile-app', '-n', $n, '-t', $slow);

my $flying = $o->wait_for(60, sub { $before < $o->ledger });
ok $flying, 'pushes have reached the provider';
my $waiting = waits();
cmp_ok $waiting, '>', 0, "$waiting rows are not settled";

kill 'KILL', $o->pid('sendd');
sleep 0.5;
my $left = waits();
cmp_ok $left, '>', 0, "$left rows are left when sendd is dead";

$o->stack('up');	# restarts what has died
is $?, 0, 'the stack is up again';
ok $o->wait_for(60, sub { waits() == 0 }), 'nothing is left in the outbox';

my %seen;
$seen{ $_->{token} }++ for $o->ledger;
is scalar(keys %seen), $before + $n, 'each message reached the provider';
my @twice = grep { $seen{$_} > 1 } keys %seen;
note scalar(@twice) . ' of them twice: in flight when sendd was killed';
is scalar(grep { /^$quick/ } @twice), 0,
    'those settled before were not repeated';

# a repetition carries the same apns-id, so that the provider may know it
my %ids;
$ids{ $_->{token} }{ $_->{id} } = 1 for $o->ledger;
is scalar(grep { keys %$_ != 1 } values %ids), 0,
    'a repeated message has the same apns-id';
my ($done) = $o->sql('SELECT SUM(total), SUM(done), SUM(apns_sent)'
    . ' FROM push_send');
is_deeply $done, [ ($before + $n) x 3 ], 'the accounts are complete';

done_testing;
