#!/usr/bin/perl
# MariaDB is killed with SIGKILL in the middle of a run, twice. Callers get
# 503 and a published error meanwhile; when it is back, all goes on by
# itself, and nothing that was accepted is lost.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(time sleep);

my $n = Fault->long(2000, 10000);
my $o = Fault->up;
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);
my $total = 0;
my %promised;	# bodies that were answered 200

sub ask {
	my ($body) = @_;
	my $r = $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS',
	    body => { title => 'T', body => $body });
	$promised{$body}++ if $r->{status} == 200;
	return $r;
}

for my $round (1 .. 2) {
	$o->seed('-a', 'mobile-app', '-n', $n, '-t',
	    Outpost->apns_token("tok-slow-100:$round"));
	$total += $n;
	my $before = $o->seen;
	$o->wait_for(60, sub { $o->seen > $before });
	$o->kill_off('mariadbd');

	my $begin = time;
	my $r = ask("dead-$round");
	is $r->{status}, 503, 'a send is answered 503';
	is eval { $r->{json}{status} }, 'ERROR', 'as an error';
	is eval { $r->{json}{responseObject}{code} }, 'ERROR_DATABASE',
	    'of the database' or diag $r->{body};
	# less than the 60 s after which this client would give up
	cmp_ok time - $begin, '<', 40, 'and nobody waits for ever';
	$r = $o->get('/push/service/status');
	note "service/status meanwhile: $r->{status}";
	sleep 0.5;
	ok kill(0, $o->pid('sendd')), 'sendd lives on';
	$o->again;
	ok $o->wait_for(60, sub { ask("back-$round")->{status} == 200 }),
	    'callers are served again, without a restart';
}
$o->settled(120);
ok $o->wait_for(60, sub { $o->log_text =~ /database is back/ }),
    'sendd says that the database is back';
my $twice = $o->nothing_lost($total, match => qr/^746f6b/,
    why => 'answered, and not yet settled when MariaDB was killed');
cmp_ok $twice, '<=', $total, 'bounded';
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is scalar(grep { !$seen{$_} } keys %promised), 0,
    'each 200 is in the ledger';
is $seen{'dead-1'} // 0, 0, 'what was refused was not sent';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'the accounts are complete';

done_testing;
