#!/usr/bin/perl
# Three nodes with a sendd each, which responders ring over TLS. What one node
# has accepted comes to another a moment after the ring: with a poll of a minute
# a call is told in time only if sendd looks again for what it was rung for.
# All are rung when a campaign starts, and soon look for the rows that one of
# them queues: else most would wait for a poll. Then without rings: a call waits
# for polls, which soon are quick. By the polls of the settings alone, two of
# five would not be told. The times are compared with one sendd on the same
# nodes; the bench compares them with one server.
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
[api]
sync_timeout = 12s
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

# So many calls through both webs, each of which must be told that its message
# was sent; the first that is not ends it. The median of their times and the
# 99th of a hundred, in seconds.
sub answered {
	my ($what, $n) = @_;
	my ($told, @took) = (0);
	for my $k (1 .. $n) {
		my $begin = time;
		message($web[$k % 2], $k) or last;
		$told++;
		push @took, time - $begin if $k > $n / 5;
	}
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is $told, $n, "$what: each of $n calls is told" or return (60, 60);
	@took = sort { $a <=> $b } @took;
	note sprintf '%s: p50 %.1f ms, p99 %.1f ms', $what,
	    map { 1000 * $_ } @took[@took / 2, 0.99 * @took];
	return @took[@took / 2, 0.99 * @took];
}

# A campaign to the eight devices, whose rows are in shards of all three.
sub campaign {
	my ($web) = @_;
	my (undef, $r) = $web->call('/push/campaign/create', {
	    appId => 'mobile-app', all => \1, message => { title => 'T',
		body => 'Campaign' } });
	my $id = $r->{responseObject}{id};
	my $path = "/push/campaign/send/live/$id";
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $begin = time;
	is [ $web->call($path, {}) ]->[0], 200, 'a campaign starts';
	my $state = "SELECT state FROM push_campaign WHERE id = $id";
	$o->wait_for(20, sub { $o->value($state) ne 'queueing' });
	Fault::within('a campaign is queued', time - $begin, 0.5);
	$o->wait_for(20, sub { $o->value($state) eq 'done' });
	is $o->value($state), 'done', 'and all have it long before a poll';
}

# After messages that came without a ring, polls are quick for a minute; those
# of the settings come seldom now.
sub poll_seldom {
	message($web[$_ % 2], $_) for 1 .. 30;
	for my $name (qw(two three)) {
		my $conf = "$o->{run}/$name.conf";
		my $from = length $o->log_text($name);
		$o->write_file($conf, $o->read_file($conf)
		    . "[sendd]\npoll = 20s\n");
		kill 'HUP', $o->{more}{$name};
		ok $o->wait_for(60, sub { substr($o->log_text($name), $from)
		    =~ /settings read again/ }), "$name polls seldom";
	}
}

for my $n (1 .. 8) {
	my ($status) = $web[0]->call('/push/device/create', {
	    appId => 'mobile-app', userId => "user-$n", platform => 'fcm',
	    token => "token-$n", activationId => Outpost::uuid() });
	is $status, 200, "device $n";
}
my $n = Fault->long(100, 1000);
my ($alone) = answered('one sendd', $n);
ok sendds(sub { "listen = $at{$_[0]}\n" }), 'three share the queue';
my ($p50, $p99) = answered('three, rung', $n);
Fault::within('three, rung: the median', $p50, 3 * $alone);
Fault::within('three, rung: 99 of 100', $p99, 0.1);
campaign($_) for @web, $web[0];
ok sendds(sub { "listen =\npoll = 1s\n" }), 'two listen no more';
poll_seldom();
($p50) = answered('three, two not rung', $n);
Fault::within('three, two not rung: the median', $p50, 0.06);

done_testing;
