#!/usr/bin/perl
# Calls that send one message each, at the same time: they share lookups and
# transactions. What fails for one fails for no other, and a shared transaction
# whose connection is lost loses no message and doubles none.
use strict;
use warnings;
use Crowd;
use Fault;
use Test::More;

my $n = 12;
# calls of one kind never have all of the workers
my $o = Fault->up(conf => "[api]\nworkers = " . 2 * $n . "\n");
$o->credentials('mobile-app');
$o->device('mobile-app', "user-$_", 'ios', sprintf '%064x', $_) for 1 .. $n;
# it would commit, too
$o->kill_off('sendd');

sub counter {
	my ($name) = @_;
	return ($o->sql("SHOW GLOBAL STATUS LIKE '$name'"))[0][1];
}

# How many devices were found by their user, how many applications by name.
$o->sql('SET GLOBAL userstat = 1');
sub found {
	my ($index) = @_;
	return $o->value('SELECT COALESCE(SUM(rows_read), 0)'
	    . ' FROM information_schema.index_statistics'
	    . " WHERE index_name = '$index'");
}
my ($devices, $apps) = qw(push_device_user_app push_app_cred_app);

# The connections that wait for a table.
my $waits = 'SELECT id FROM information_schema.processlist WHERE'
    . " state LIKE 'Waiting for table%' AND db = 'outpost'";

sub crowd {
	my ($round, %other) = @_;
	return Crowd->new($o, $n, '/push/message/send', sub { return {
	    appId => 'mobile-app', mode => 'ASYNCHRONOUS', message => {
		userId => "user-$_[0]", body => {
		    title => 'T', body => "$round-$_[0]" } },
	    %{ $other{ $_[0] } // {} } } });
}

# So many calls that meet: while the table is locked, the
# first is under way, and the others gather when each has found its devices.
sub meet {
	my ($round, $meanwhile) = @_;
	my $locks = $o->keep_locked('LOCK TABLES push_send WRITE');
	my $begin = found($devices);
	my $crowd = crowd($round);
	ok $o->wait_for(60, sub { found($devices) >= $begin + $n }),
	    "$round: they have come";
	$meanwhile->() if $meanwhile;
	$o->let_go($locks);
	return map { $_->{status} } $crowd->answers(60);
}

# How often each message of the round waits to be sent.
sub queued {
	my ($round) = @_;
	return map { $o->value('SELECT COUNT(*) FROM push_outbox WHERE body'
	    . " LIKE '%\"$round-$_\"%'") } 1 .. $n;
}

# --- all is well --------------------------------------------------------------

my $commits = counter('Com_commit');
is_deeply [ meet('well') ], [ (200) x $n ], 'each call is answered 200';
my $made = counter('Com_commit') - $commits;
cmp_ok $made, '<', $n, 'they needed fewer commits' or diag $made;
note "$made commits";
is_deeply [ queued('well') ], [ (1) x $n ], 'each message is queued once';
is $o->value('SELECT COUNT(*) FROM push_outbox q JOIN push_send s'
    . ' ON s.id = q.send_id AND s.total = 1 AND s.apns_total = 1'
    . ' AND s.id < q.id JOIN push_device_registration d'
    . " ON d.id = q.device_id AND q.body LIKE CONCAT('%\"well-',"
    . " SUBSTRING(d.user_id, 6), '\"%')"), $n,
    'under a send of its own, for the device of its user';
cmp_ok $o->value('SELECT COUNT(DISTINCT shard) FROM push_outbox'), '<=', $made,
    'those of a transaction are in one shard';

# --- what they find -----------------------------------------------------------

# The first one's lookup is under way while the others gather, until they lose
# their patience.
my $locks = $o->keep_locked('LOCK TABLES push_device_registration WRITE');
my $read = found($apps);
my $crowd = crowd('find', 3 => { appId => 'unknown' }, 7 => { message => {
    userId => 'nobody', body => { title => 'T', body => 'find-nobody' } } });
ok $o->wait_for(60, sub { (my @all = $o->sql($waits)) > 1 }),
    'a shared lookup is under way';
$o->let_go($locks);
is_deeply [ map { $_->{status} } $crowd->answers(60) ],
    [ map { $_ == 3 ? 400 : 200 } 1 .. $n ], 'one has no application';
cmp_ok found($apps) - $read, '<', $n - 2,
    'the others have looked it up together';
is_deeply [ queued('find') ], [ map { $_ != 3 && $_ != 7 || 0 } 1 .. $n ],
    'each message with a device is queued once';
is $o->value('SELECT COUNT(*) FROM push_outbox q JOIN push_device_registration'
    . " d ON d.id = q.device_id AND q.body LIKE CONCAT('%\"find-',"
    . " SUBSTRING(d.user_id, 6), '\"%') AND q.token = d.push_token"), $n - 2,
    'for the device of its user';

# --- one that fails -----------------------------------------------------------

$o->sql('CREATE TRIGGER refuse_one BEFORE INSERT ON push_outbox FOR EACH ROW'
    . ' SET NEW.send_id = IF(NEW.token = LPAD(5, 64, 0), NULL, NEW.send_id)');
my @wanted = (1) x $n;
$wanted[4] = 0;
is_deeply [ meet('one') ], [ map { $_ ? 200 : 500 } @wanted ],
    'one fails: it is the only one';
is_deeply [ queued('one') ], \@wanted, 'each other message is queued once';
$o->sql('DROP TRIGGER refuse_one');

# --- a connection that is lost ------------------------------------------------

my $killed = 0;
is_deeply [ meet('lost', sub {
	# the first one's own, and that of those who have lost their patience
	ok $o->wait_for(60, sub { (my @all = $o->sql($waits)) > 1 }),
	    'a shared transaction is under way';
	for my $row ($o->sql($waits)) {
		# one may have given up by itself
		$killed += eval { $o->sql("KILL $row->[0]"); 1 } // 0;
	}
}) ], [ (200) x $n ], 'its connection is killed: each call is answered 200';
cmp_ok $killed, '>', 1, 'it was';
is_deeply [ queued('lost') ], [ (1) x $n ], 'each message is queued once';

# --- and all are sent ---------------------------------------------------------

$o->again;
$o->settled(120);
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is_deeply [ grep { $_ != 1 } values %seen ], [], 'none is sent twice';
is scalar(keys %seen), 4 * $n - 3, 'and all are sent';

done_testing;
