#!/usr/bin/perl
# Three nodes with a sendd each, which responders ring over TLS. What one node
# has accepted comes to another a moment after the ring: with a poll of a minute
# a call is told in time only if sendd looks again for what it was rung for.
# Then without that: a call waits for polls, which soon are quick.
use strict;
use warnings;
use Cluster;
use Test::More;
use Time::HiRes qw(time sleep);

Cluster::begin();

my %machine = (one => 'n1', two => 'sendd2', three => 'sendd3');
my %at = map { $_ => Cluster->address($machine{$_}, 'db') . ':'
    . Outpost::free_port() } keys %machine;
my $key = Outpost::doorbell_key();
my $o = Cluster->up(conf => <<"END");
[sendd]
instance = one
lease = 15s
poll = 1m
listen = $at{one}
listen_key_file = $key
END
$o->credentials('mobile-app');
my @web = ($o->web('web1', qw(n1 n2 n3)), $o->web('web2', qw(n2 n1 n3)));

sub sendds {
	my ($conf) = @_;
	for my $at ([ two => 'n2' ], [ three => 'n3' ]) {
		my ($name, $node) = @$at;
		$o->end_sendd($name);
		$o->more_sendd($name, $conf->($name) . "[database]\nsocket =\n"
		    . 'host = ' . $o->host_of($node) . "\n",
		    $o->at($machine{$name}, far => 1));
	}
	return $o->wait_for(60, sub {
		my %s = $o->shares;
		return keys %s == 3 && !grep { $_ < 19 } values %s;
	});
}

sub message {
	my ($web, $n) = @_;
	my ($status, $r) = $web->call('/push/message/send', {
	    appId => 'mobile-app', mode => 'SYNCHRONOUS', message => {
		userId => 'user-' . (1 + $n % 8), body => { body => "M $n" } }
	    });
	my $told = $status == 200 && $r->{responseObject}{fcm}{sent} == 1;
	diag "$status " . Outpost::json()->encode($r // {}) if !$told;
	return $told;
}

# So many calls through both webs: how many are told that theirs was sent.
sub answered {
	my ($what, $n) = @_;
	my ($told, @took) = (0);
	for my $k (1 .. $n) {
		my $begin = time;
		$told += message($web[$k % 2], $k);
		push @took, 1000 * (time - $begin) if $k > $n / 5;
	}
	@took = sort { $a <=> $b } @took;
	note sprintf '%s: p50 %.1f ms, p99 %.1f ms', $what,
	    @took[@took / 2, 0.99 * @took];
	return $told;
}

for my $n (1 .. 8) {
	my ($status) = $web[0]->call('/push/device/create', {
	    appId => 'mobile-app', userId => "user-$n", platform => 'fcm',
	    token => "token-$n", activationId => Outpost::uuid() });
	is $status, 200, "device $n";
}
my $n = Fault->long(100, 1000);
is answered('one sendd', $n), $n, "one sendd: each of $n calls is told";
ok sendds(sub { "listen = $at{$_[0]}\n" }), 'three share the queue';
is answered('three, rung', $n), $n, 'three, rung: each call is told';
ok sendds(sub { "listen =\npoll = 1s\n" }), 'two listen no more';
is answered('three, two not rung', $n), $n,
    'three, of which two are not rung: each call is told';

done_testing;
