#!/usr/bin/perl
# Callers who change the same rows through two webs, and a campaign with three
# sendd: nodes refuse one of two changes that meet, and nobody is told.
use strict;
use warnings;
use Callers;
use Cluster;
use Test::More;
use Time::HiRes qw(time);

Cluster::begin();

my $o = Cluster->up;
$o->credentials('mobile-app');
my @web = $o->machines_beside;

# --- a row that eight callers change -----------------------------------------

my $activation = Outpost::uuid();
$web[0]->call('/push/device/create', { appId => 'mobile-app',
    userId => 'hot', platform => 'ios', token => 'a' x 64,
    activationId => $activation });

my %hot = (
    'the status of one activation' => sub { return ($_[0]->call(
	'/push/device/status/update', { activationId => $activation },
	'PUT'))[0] },
    'one registration' => sub { return ($_[0]->call('/push/device/create',
	{ appId => 'mobile-app', userId => 'hot', platform => 'ios',
	    token => 'a' x 64, activationId => $activation }))[0] },
    'messages to one user' => sub { return (Callers::message($_[0], 'hot',
	'hot'))[0] });
my $calls = Fault->long(40, 400);
for my $what (sort keys %hot) {
	my @pipes;
	for my $k (0 .. 7) {
		next if open $pipes[$k], '-|';
		print $hot{$what}->($web[$k % 2]), "\n" for 1 .. $calls;
		close STDOUT;
		POSIX::_exit(0);
	}
	my %status;
	for my $pipe (@pipes) {
		while (<$pipe>) { chomp; $status{$_}++ }
		close $pipe;
	}
	is_deeply \%status, { 200 => 8 * $calls },
	    "$what: eight callers through two webs";
}
$o->settled(120);

# --- a campaign --------------------------------------------------------------

my $n = Fault->long(20000, 200000);
my $app = $o->value('SELECT id FROM push_app_credentials');
# In portions: all COMMITs behind a large transaction wait until each node has
# applied it, and a sendd would leave its node.
for (my $from = 1; $from <= $n; $from += 10000) {
	my $to = $from + 9999;
	$o->sql('INSERT INTO push_device_registration (activation_id, user_id,'
	    . ' app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT UUID(),'
	    . " CONCAT('c', seq), $app, 'ios', 'development',"
	    . " CONCAT('cafe', LPAD(LOWER(HEX(seq)), 60, '0')),"
	    . " UTC_TIMESTAMP(3), 1 FROM seq_${from}_to_$to");
}
my (undef, $r) = $web[0]->call('/push/campaign/create', {
    appId => 'mobile-app', all => \1, message => { title => 'T',
	body => 'Campaign' } });
my $id = $r->{responseObject}{id} or diag explain $r;
my $begin = time;
# What each transaction adds to the run, and by which connection.
$o->sql('CREATE TABLE chunk (id INT AUTO_INCREMENT PRIMARY KEY, n INT,'
    . ' who BIGINT); CREATE TRIGGER chunk AFTER UPDATE ON push_send FOR'
    . ' EACH ROW INSERT INTO chunk (n, who) VALUES (NEW.total - OLD.total,'
    . ' CONNECTION_ID())');
is(($web[1]->call("/push/campaign/send/live/$id", {}))[0], 200,
    'a campaign to all is started');
ok $o->wait_for(300, sub { $o->value('SELECT state NOT IN ("created",'
    . " \"queueing\") FROM push_campaign WHERE id = $id") }), 'and queued';
note sprintf 'queued in %.1f s', time - $begin;
$o->sql('DROP TRIGGER chunk');
is_deeply [ $o->sql('SELECT SUM(n), MAX(n) FROM chunk') ],
    [ [ $n + 1, 4000 ] ], '4,000 rows at a time';
is $o->value('SELECT COUNT(DISTINCT who) FROM chunk WHERE n > 0'), 2,
    'by two connections';
$o->settled(300);
$o->accounts($n + 1, where => "campaign_id = $id");
my %seen;
$seen{ $_->[2] }++ for $o->lines(qr/^cafe/);
is scalar(keys %seen), $n, "each of $n has got it";
is scalar(grep { $_ > 1 } values %seen), 0, 'once';
is $o->value('SELECT COUNT(*) FROM push_outbox'), 0, 'nothing is left';
for my $name (qw(sendd sendd2 sendd3)) {
	my @failed = $o->log_text($name) =~
	    /^<3>(?:\S+Z\ )?database:.*|.*database\ is\ back/mgx;
	is "@failed", '', "no conflict was a failure to $name";
}

done_testing;
