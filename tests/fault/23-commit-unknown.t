#!/usr/bin/perl
# The connection to MariaDB is lost while COMMIT is under way: it has
# happened, but nobody was told; or it has not. No outcome may be counted
# twice or never, no call that was answered 200 may be lost or sent twice.
#
# Between our programs and MariaDB stands a relay that swallows the answer of
# some COMMITs, and of others the COMMIT itself; or says, as a node does that
# leaves its cluster, that a COMMIT has failed.
use strict;
use warnings;
use Fault;
use Relay;
use Test::More;
use Time::HiRes qw(sleep);

my $o = Fault->up(conf => "[api]\nworkers = 4\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);

# All connections go through it; one COMMIT in so many is spoiled, once the
# programs run: a start that loses its COMMIT ends, and is the service manager's
# to repeat.
my $tally = "$o->{run}/relay.tally";
my $armed = "$o->{run}/relay.armed";
my $odds = 8;
my $refusing = "$o->{run}/relay.refusing";
my $ending = "$o->{run}/relay.ending";
my $spoiling = "$o->{run}/relay.spoiling";
my $spoiled = 0;
my $relay = Relay->new($o, sub {
	my ($as_one) = @_;
	if ($as_one && -e $ending) {
		open my $log, '>>', $ending or die "$ending: $!\n";
		print $log "ended\n";
		return 'end';
	}
	return $o->read_file($spoiling) if $as_one && -e $spoiling
	    && ++$spoiled % 4 == 0;
	return 'refuse' if -e $refusing || unlink "$refusing.once";
	return '' if !-e $armed || rand() >= 1 / $odds;
	my $how = rand() < 0.3 ? 'lose' : 'hide';
	open my $log, '>>', $tally or die "$tally: $!\n";
	print $log $how eq 'lose' ? "not done\n" : "done, not told\n";
	close $log;
	return $how;
});

$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[database]\nsocket = " . $relay->path . "\n");
for my $name (qw(sendd web)) {
	my $out = $o->stack('restart', $name);
	is $?, 0, "$name runs through the relay" or diag $out;
}
$o->write_file($armed, '');

# the seeder goes straight to MariaDB
my $direct = "$o->{run}/direct.conf";
$o->write_file($direct, $o->read_file($o->{conf})
    . "\n[database]\nsocket = $o->{run}/mariadb.sock\n");
$o->{seed_conf} = $direct;
my $rounds = Fault->long(15, 60);
my (@yes, @no);
my $other = 0;
for my $round (1 .. $rounds) {
	$o->seed('-a', 'mobile-app', '-n', 200, '-t',
	    sprintf '%08x', $round);
	for my $k (1 .. 4) {
		my $r = $o->send('mobile-app', 'somebody',
		    mode => 'ASYNCHRONOUS', body => { title => 'T',
			body => "call-$round-$k" });
		push @{ $r->{status} == 200 ? \@yes : \@no },
		    "call-$round-$k";
		$other++ if $r->{status} != 200 && $r->{status} != 503;
	}
}
is $other, 0, 'a call is answered 200 or 503';
$o->settled(120);
my ($told, $undone) = (0, 0);
for (split /\n/, $o->read_file($tally)) {
	$_ eq 'not done' ? $undone++ : $told++;
}
cmp_ok $told, '>', 0, "$told COMMITs were done and not told,"
    . " $undone were not done";
note scalar(@yes) . ' calls were answered 200, ' . scalar(@no)
    . ' were not';
my $n = $rounds * 200;
$o->nothing_lost($n, match => qr/^000000/,
    why => 'the transaction of their outcome was not done');
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }{ $_->{id} } = 1 for $o->ledger;
is scalar(grep { !$seen{$_} } @yes), 0, 'each 200 is in the ledger';
is scalar(grep { keys %{ $seen{$_} } > 1 } @yes), 0,
    'and was queued once only';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'no outcome was counted twice or never';
is $o->value('SELECT COUNT(*) FROM push_send WHERE apns_sent <> total'), 0,
    'each as sent';

# --- MariaDB says that the COMMIT failed -------------------------------------

# Error 1180, by a node that leaves its cluster at that moment: nobody can know
# what the others have. One that is over is repeated with the same ids; else the
# caller is told to. The COMMIT of many messages is a statement of its own, as
# each is in a cluster.
unlink $armed;
sub ask_with_key {
	my ($word) = @_;
	return $o->request(POST => '/push/message/batch/send', {
	    requestObject => { appId => 'mobile-app', mode => 'ASYNCHRONOUS',
		batch => [ map { { userId => 'somebody', body => {
		    title => 'T', body => "$word $_" } } } 1 .. 20 ] } },
	    headers => { 'Idempotency-Key' => "key-$word" });
}
$o->kill_off('sendd');	# it commits, too
$o->write_file("$refusing.once", '');
is ask_with_key('one')->{status}, 200, 'one failed COMMIT: the call is served';
ok !-e "$refusing.once", '... and it failed indeed';
$o->write_file($refusing, '');
my $r = ask_with_key('each');
is $r->{status}, 503, 'each COMMIT fails: 503' or diag $r->{body};
ok $r->{headers}{'retry-after'}, 'with Retry-After';
is eval { $r->{json}{responseObject}{code} }, 'ERROR_DATABASE',
    'ERROR_DATABASE';
like eval { $r->{json}{responseObject}{message} } // '',
    qr/did not say whether this was done.*the same Idempotency-Key/,
    'it says to repeat the call with its key';
unlink $refusing;
is ask_with_key('each')->{status}, 200, 'repeated so, it is served';
is ask_with_key('one')->{status}, 200, 'and so is the first once more';
$o->again;
$o->settled(120);
%seen = ();
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is_deeply [ map { my $word = $_; map { $seen{"$word $_"} } 1 .. 20 }
    qw(one each) ], [ (1) x 40 ], 'each message was sent once';

# --- it is ended just behind the COMMIT --------------------------------------

# KILL QUERY, or max_statement_time, of statements that are sent as one: MariaDB
# does not say which of them was under way.
$o->write_file($ending, '');
is scalar(grep { $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS',
    body => { title => 'T', body => "ended-$_" })->{status} != 200 } 1 .. 30),
    0, 'COMMITs that were done are found to be done';
my $ended = () = $o->read_file($ending) =~ /^ended$/mg;
unlink $ending;
cmp_ok $ended, '>', 0, 'though MariaDB said that they were interrupted';
note "$ended were";
$o->settled(120);
%seen = ();
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is_deeply [ map { $seen{"ended-$_"} } 1 .. 30 ], [ (1) x 30 ],
    'each message was sent once';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'and counted once';

# --- SYNCHRONOUS --------------------------------------------------------------

# Its COMMIT is sent with the statements before it, and sendd is told when these
# are answered.
sub sync_to {
	my ($user, $body) = @_;
	return $o->send('mobile-app', $user, mode => 'SYNCHRONOUS',
	    body => { title => 'T', body => $body })->{status};
}
sub served {
	my ($what) = @_;
	is scalar(grep { sync_to('somebody', "$what-$_") != 200 } 1 .. 30), 0,
	    "SYNCHRONOUS, $what: all are served";
}

served('quiet');
$o->write_file($ending, '');
served('interrupted');
$ended = () = $o->read_file($ending) =~ /^ended$/mg;
unlink $ending;
cmp_ok $ended, '>', 10, "$ended COMMITs were said to be interrupted";
for my $how (qw(lose hide)) {
	$o->write_file($spoiling, $how);
	served($how);
	unlink $spoiling;
}
$o->settled(120);
%seen = ();
$seen{ $_->{payload}{aps}{alert}{body} }{ $_->{id} } = 1 for $o->ledger;
is_deeply [ map { my $what = $_; grep { keys %{ $seen{"$what-$_"} // {} } != 1 }
    1 .. 30 } qw(quiet interrupted lose hide) ], [],
    'each message was queued once';

# A statement in the middle fails: what was sent behind it commits nothing.
$o->device('mobile-app', 'refused', 'ios', 'ff' x 32);
$o->sql('CREATE TRIGGER refuse BEFORE INSERT ON push_outbox FOR EACH ROW'
    . " SET NEW.shard = IF(NEW.user_id = 'refused', 1000, NEW.shard)");
my $sends = 'SELECT COUNT(*) FROM push_send';
my $before = $o->value($sends);
served('before');
my %status = map { ("refused-$_" => sync_to('refused', "refused-$_")) } 1 .. 10;
is_deeply [ grep { $status{$_} == 200 } keys %status ], [],
    'a row is refused';
served('after');
is $o->value($sends), $before + 60, 'nothing else is there of their sends';
my %sent;
$sent{$_}++ for grep { /^refused/ } map { $_->{payload}{aps}{alert}{body} }
    $o->ledger;
is_deeply [ grep { $sent{$_} > 1 || $status{$_} != 503 } keys %sent ], [],
    'what was carried and sent was sent once, and its caller told so';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'what was sent is counted';

done_testing;
