#!/usr/bin/perl
# Calls that send one message each, or register one device, at the same time:
# they share lookups and transactions. What fails for one fails for no other,
# and a shared transaction whose connection is lost loses no message and doubles
# none.
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

# --- registrations ------------------------------------------------------------

$o->kill_off('sendd');	# it would commit, too
my %of = map { @$_ } $o->sql('SELECT user_id, activation_id'
    . ' FROM push_device_registration');
sub token { return sprintf '%064x', $_[0] }

# So many registrations that meet, of new devices, but for what is given; how
# many commits they needed, and their answers.
sub register {
	my ($first, %other) = @_;
	my $locks = $o->keep_locked('LOCK TABLES push_device_turn WRITE');
	my $begin = counter('Com_commit');
	my $crowd = Crowd->new($o, $n, '/push/device/create', sub { return {
	    appId => 'mobile-app', platform => 'ios', userId => "new-$_[0]",
	    token => token($first + $_[0]), activationId => "a-$first-$_[0]",
	    %{ $other{ $_[0] } // {} } } });
	ok $o->wait_for(60, sub { (my @all = $o->sql($waits)) > 1 }),
	    "$first: a shared transaction is under way";
	$o->let_go($locks);
	my @answers = map { $_->{status} } $crowd->answers(60);
	return (counter('Com_commit') - $begin, @answers);
}

($made, my @answers) = register(100,
    2 => { activationId => $of{'user-2'} },	# has another token
    3 => { activationId => $of{'user-3'}, token => token(3) }, # another user
    4 => { token => token(4) },			# has another activation
    # and the row of user-6 goes
    5 => { activationId => $of{'user-5'}, token => token(6) },
    8 => { token => token(107) },		# as the seventh
    9 => { activationId => 'a-100-10' },	# as the tenth
    12 => { appId => 'unknown' });
is_deeply \@answers, [ (200) x ($n - 1), 400 ], 'devices: one is refused';
cmp_ok $made, '<', $n - 1, 'they needed fewer commits' or diag $made;
my %row = map { ($_->[0] => "@$_[1, 2]") } $o->sql('SELECT push_token,'
    . ' activation_id, user_id FROM push_device_registration');
my $shared = delete $row{ token(107) };
like $shared, qr/^a-100-(7 new-7|8 new-8)$/, 'two with one token leave a row';
my @same = delete @row{ token(109), token(110) };
is scalar(grep { defined } @same), 1, 'two with one activation leave a row';
is_deeply \%row, {
    (map { (token($_) => "$of{qq(user-$_)} user-$_") } 1, 7 .. $n),
    (map { (token(100 + $_) => "a-100-$_ new-$_") } 1, 6, 11),
    token(102) => "$of{'user-2'} new-2", token(3) => "$of{'user-3'} new-3",
    token(4) => 'a-100-4 new-4', token(6) => "$of{'user-5'} new-5",
}, 'each other one leaves what it would leave alone';

$o->sql('CREATE TRIGGER refuse_one BEFORE INSERT ON push_device_registration'
    . ' FOR EACH ROW SET NEW.platform ='
    . " IF(NEW.push_token = LPAD('cd', 64, 0), NULL, NEW.platform)");
($made, @answers) = register(200);
is_deeply \@answers, [ map { $_ == 5 ? 500 : 200 } 1 .. $n ],
    'devices: one fails, and it is the only one';
is $o->value('SELECT COUNT(*) FROM push_device_registration'
    . " WHERE activation_id LIKE 'a-200-%'"), $n - 1, 'all others have a row';

done_testing;
