#!/usr/bin/perl
# Batches through two webs of a cluster with three sendd: the rows of a batch
# lie in many shards, so that all three count for its one send.
use strict;
use warnings;
use Cluster;
use Test::More;
use Time::HiRes qw(time);

Cluster::begin();

use constant BATCH => 500;

my $o = Cluster->up;
$o->credentials('mobile-app');
my @web = $o->machines_beside;
my $app = $o->value('SELECT id FROM push_app_credentials');
$o->sql('INSERT INTO push_device_registration (activation_id, user_id,'
    . ' app_id, platform, environment, push_token,'
    . " timestamp_last_registered, is_active) SELECT UUID(), CONCAT('b',"
    . " seq), $app, 'ios', 'development', CONCAT('bada', LPAD(LOWER("
    . "HEX(seq)), 60, '0')), UTC_TIMESTAMP(3), 1 FROM seq_1_to_" . BATCH);
ok $o->wait_for(60, sub { my %s = $o->shares;
    keys %s == 3 && !grep { $_ < 19 } values %s }), 'three share the queue';

sub refused {
	my $n = 0;
	for my $node (qw(n1 n2 n3)) {
		$n += $_ for split /\s+/, $o->ask_node($node,
		    'SELECT variable_value FROM'
		    . ' information_schema.global_status WHERE variable_name'
		    . " IN ('wsrep_local_cert_failures',"
		    . " 'wsrep_local_bf_aborts')");
	}
	return $n;
}

sub batch {
	my ($web, $word) = @_;
	return ($web->call('/push/message/batch/send', {
	    appId => 'mobile-app', batch => [ map { { userId => "b$_",
		body => { title => 'T', body => "$word $_" } } }
		1 .. BATCH ] }))[0];
}

my $each = Fault->long(4, 30);
my $before = refused();
my $begin = time;
my @pipes;
for my $k (0 .. 3) {
	next if open $pipes[$k], '-|';
	print batch($web[$k % 2], "run $k $_"), "\n" for 1 .. $each;
	close STDOUT;
	POSIX::_exit(0);
}
my %status;
for my $pipe (@pipes) {
	while (<$pipe>) { chomp; $status{$_}++ }
	close $pipe;
}
is_deeply \%status, { 200 => 4 * $each }, 'four callers send batches';
note sprintf 'accepted in %.1f s', time - $begin;
my $n = 4 * $each * BATCH;
$o->settled(120);
note sprintf '%d messages, gone in %.1f s; refused transactions: %d', $n,
    time - $begin, refused() - $before;
$o->accounts($n);
is $o->value('SELECT COUNT(*) FROM push_outbox'), 0, 'nothing is left';
my %seen;
$seen{ $_->[2] }++ for $o->lines(qr/^bada/);
is scalar(keys %seen), BATCH, 'each device';
is scalar(grep { $_ != 4 * $each } values %seen), 0, 'has got each, once';

done_testing;
