#!/usr/bin/perl
# All connections to MariaDB are cut, again and again, in the middle of
# statements and transactions, while messages flow and callers call.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(time sleep);

my $cuts = Fault->long(10, 50);
my $o = Fault->up;
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);

my ($total, $cut, @yes, @no) = (0, 0);
for my $round (1 .. $cuts) {
	$o->seed('-a', 'mobile-app', '-n', 500, '-t',
	    Outpost->apns_token(sprintf 'tok-slow-30:%02d', $round));
	$total += 500;
	sleep rand 0.1;
	$cut += $o->cut('outpost_%');
	my $r = $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS',
	    body => { title => 'T', body => "call-$round" });
	push @{ $r->{status} == 200 ? \@yes : \@no }, "call-$round";
}
cmp_ok $cut, '>=', $cuts, "$cut connections were cut";
note scalar(@yes) . " calls were served, " . scalar(@no) . ' were not';
cmp_ok scalar(@yes), '>', $cuts / 2, 'a cut connection is made anew, and'
    . ' most callers do not notice';
$o->settled(120);
$o->nothing_lost($total, match => qr/^746f6b/,
    why => 'answered, and the transaction of their outcome was cut');
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is scalar(grep { !$seen{$_} } @yes), 0, 'each 200 is in the ledger';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'the accounts are complete: no outcome was counted twice or not at all';
my ($sum) = $o->sql('SELECT SUM(total), SUM(apns_sent) FROM push_send');
is $sum->[0], $sum->[1], 'all are counted as sent';
ok kill(0, $o->pid('sendd')), 'sendd lives on';

done_testing;
