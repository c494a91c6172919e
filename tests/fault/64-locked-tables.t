#!/usr/bin/perl
# sendd's main thread asks the database nothing itself. While a table is locked,
# everything that can be sent without it is sent: also by an application that is
# new to sendd. While heartbeats are not answered, sendd says since when.
use strict;
use warnings;
use Fault;
use Test::More;

# a statement of sendd waits longer for a lock than this test for a message
my $o = Fault->up(conf => "[sendd]\nlease = 6s\n[database]\ntimeout = 300s\n");
$o->credentials('mobile-app');

my $sent = 0;
sub goes {
	my ($app, $n, $what) = @_;
	$o->queue(app => $app, tokens => [ map {
	    Outpost->apns_token(sprintf 'tok-accept:%04d', $sent + $_) }
	    1 .. $n ]);
	$sent += $n;
	ok $o->wait_for(120, sub { $o->seen >= $sent }), $what
	    or diag $o->seen . " of $sent\n" . $o->last_words;
}

# A statement of sendd waits for one of the tables: the thread that has made it
# does nothing else.
sub are_waited_for {
	my (@tables) = @_;
	local $" = '|';
	ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM'
	    . " information_schema.processlist WHERE user = 'outpost_sendd'"
	    . " AND state LIKE 'Waiting for table%'"
	    . " AND info REGEXP 'push_(@tables)'") }), "sendd waits: @tables";
}

sub lock_until_waited_for {
	my (@tables) = @_;
	my $lock = $o->keep_locked('LOCK TABLES '
	    . join ', ', map { "push_$_ WRITE" } @tables);
	are_waited_for(@tables);
	return $lock;
}

goes('mobile-app', 20, 'messages are sent');

# what a round of the main loop reads of campaigns, of sends and of the server
my $lock = lock_until_waited_for('campaign', 'campaign_run');
goes('mobile-app', 200, 'and with the campaigns locked');
$o->credentials('second-app');
goes('second-app', 20, 'also those of an application that sendd meets now');
$o->let_go($lock);

# what it writes beside its outcomes
$lock = lock_until_waited_for('check', 'counter', 'health');
goes('second-app', 200, 'with the counters, the status and the checks locked');
$o->let_go($lock);
ok $o->wait_for(60, sub {
	return $o->value("SELECT SUM(n) FROM push_counter"
	    . " WHERE outcome = 'sent'") == $sent;
}), 'they are counted afterwards, each once';

# what it reads of a credential that it has read before
$lock = lock_until_waited_for('hold', 'grant');
goes('mobile-app', 200, 'with the holds and the access tokens locked');
$o->let_go($lock);

# --- heartbeats ---------------------------------------------------------------

$lock = lock_until_waited_for('instance');
ok $o->wait_for(60, sub { $o->log_text =~ /^<3>cut\ off\ from\ the\ database
    \ since\ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/mx }), 'heartbeats are not'
    . ' answered: sendd says since when it is cut off';
$o->let_go($lock);
ok $o->wait_for(60, sub { $o->log_text =~ /^<5>cut\ off\ from\ the\ database
    \ for\ [\d.]+\ s:\ it\ is\ back$/mx }), 'and when the database is back';
goes('mobile-app', 20, 'messages are sent as before');
ok $o->wait_for(60, sub {
	my $text = $o->get('/metrics')->{body} // '';
	return $text =~ /^outpost_sendd_cut_offs_total\{[^}]*\} [1-9]/m &&
	    $text =~ /^outpost_sendd_cut_off_seconds_total\{[^}]*\} [1-9]/m;
}), 'the metrics count how often and how long';

# --- a row --------------------------------------------------------------------

# It is no failure that another transaction has locked one; but it is told.
my $pid = $o->pid('sendd');
kill 'STOP', $pid;
$o->queue(tokens => [ Outpost->apns_token(sprintf 'tok-accept:%04d',
    ++$sent) ]);
$lock = $o->keep_locked('START TRANSACTION; SELECT id FROM push_send'
    . ' FOR UPDATE');
kill 'CONT', $pid;
ok $o->wait_for(60, sub { $o->log_text =~ /^<5>database:\ SQL_SEND_COUNT\w*:
    \ Lock\ wait\ timeout/mx }), 'an outcome waits for a row: the log says so';
$o->let_go($lock);

$o->settled(60);
$o->nothing_lost($sent);

# --- the end ------------------------------------------------------------------

# SIGTERM while a report waits that was made before the latest messages, and a
# look at the leases that is going to find free shards.
$lock = $o->keep_locked('LOCK TABLES push_counter WRITE');
goes('mobile-app', 20, 'messages are sent');
are_waited_for('counter');
goes('mobile-app', 20, 'and others, that are not in the report');
$o->settled(60);
my $shards = lock_until_waited_for('shard');
kill 'TERM', $pid;
ok $o->wait_for(60, sub { $o->log_text =~ /^<5>stopping/m }), 'sendd stops';
$o->let_go($shards, "UPDATE push_shard SET owner = '', incarnation = 0"
    . ' WHERE shard < 32');
$o->let_go($lock);
ok $o->wait_for(60, sub { !-e "/proc/$pid/exe" }), 'and ends';
is $o->value("SELECT SUM(n) FROM push_counter WHERE outcome = 'sent'"), $sent,
    'all are counted';
is $o->value("SELECT COUNT(*) FROM push_shard WHERE owner <> ''"), 0,
    'it keeps no shard';

done_testing;
