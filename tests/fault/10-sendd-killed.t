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

# answered slowly, so that all of them fly when the signal comes
my $slow = Outpost->apns_token('tok-slow-400:');
$o->seed('-a', 'mobile-app', '-n', $n, '-t', $slow);

my $flying = $o->wait_for(20, sub { scalar $o->ledger });
ok $flying, "$flying pushes have reached the provider";
my ($waiting) = map { $_->[0] } $o->sql('SELECT COUNT(*) FROM push_outbox');
cmp_ok $waiting, '>', 0, "$waiting rows are not settled";

kill 'KILL', $o->pid('sendd');
sleep 0.5;
my ($left) = map { $_->[0] } $o->sql('SELECT COUNT(*) FROM push_outbox');
cmp_ok $left, '>', 0, "$left rows are left when sendd is dead";

$o->stack('up');	# restarts what has died
is $?, 0, 'the stack is up again';
ok $o->wait_for(60, sub {
	my ($rows) = $o->sql('SELECT COUNT(*) FROM push_outbox');
	return $rows->[0] == 0;
}), 'nothing is left in the outbox';

my %seen;
$seen{ $_->{token} }++ for $o->ledger;
is scalar(keys %seen), $n, 'each message reached the provider';
my @twice = grep { $seen{$_} > 1 } keys %seen;
note scalar(@twice) . ' of them twice: in flight when sendd was killed';
cmp_ok scalar(@twice), '<', $n, 'those settled before were not repeated';

# a repetition carries the same apns-id, so that the provider may know it
my %ids;
$ids{ $_->{token} }{ $_->{id} } = 1 for $o->ledger;
is scalar(grep { keys %$_ != 1 } values %ids), 0,
    'a repeated message has the same apns-id';
my ($done) = $o->sql('SELECT SUM(total), SUM(done), SUM(apns_sent)'
    . ' FROM push_send');
is_deeply $done, [ $n, $n, $n ], 'the accounts are complete';

done_testing;
