#!/usr/bin/perl
# sendd, MariaDB and the responder are killed in each phase of a campaign's
# run: created, queueing, sending, paused, cancelling, cancelled, done. In the
# end the ledger of the stand-in and the counts agree, and nobody got it twice.
# sendd is ended by SIGTERM where messages fly, for what flies when it is killed
# may come twice (10-sendd-killed.t).
use strict;
use warnings;
use Cwd qw(abs_path);
use Runs;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

my $n = Fault->long(2000, 50000);	# of each run
my $o = Runs->up(conf => <<'END');
[campaign]
chunk = 500
END
my $later = strftime '%Y-%m-%dT00:00:00Z', gmtime time + 2 * 86400;

# The stack's responders, which the web server has started.
sub responders {
	my $bin = abs_path($o->{run}) . '/bin/';
	return grep { (Outpost::words_of($_))[0] =~ m{^\Q$bin\E\w+\.fcgi} }
	    map { m{(\d+)$} } glob '/proc/[0-9]*';
}

# The process is dead, and runs again; with the web server its responders.
sub restart {
	my ($who, $signal) = @_;
	my $pid = $o->pid($who);
	my @with = $who eq 'web' ? responders() : ();
	ok scalar @with, 'there are responders' if $who eq 'web';
	kill $signal // 'KILL', $pid, @with;
	$o->wait_for(120, sub { !-e "/proc/$pid/exe" || !kill 0, $pid })
	    or die "$who does not end\n";
	# a database that has much to recover may need more than one wait
	eval { $o->again; 1 } or $o->again;
}

sub restart_all {
	my ($id, $state, %o) = @_;
	for my $who (qw(sendd mariadbd web)) {
		restart($who, $who eq 'sendd' ? $o{sendd} : undef);
		is $o->state_of($id), $state, "$state, without $who"
		    if $state;
	}
}

# --- queueing ---------------------------------------------------------------

# A run that sendd queues, of which the next rows cannot be written.
sub stuck {
	my ($name) = @_;
	my $mark = $o->devices($name, $n);
	my $id = $o->campaign($name, $n);
	$o->call("send/live/$id", { sendAt => $later });
	my $session = $o->outbox_locked;
	$o->begins_now($id);
	$o->waits_to_write('sendd', 'INSERT INTO');
	is $o->state_of($id), 'queueing', 'it is being queued';
	return ($id, $mark, $session);
}

sub all_got_it {
	my ($id, $mark, $name) = @_;
	$o->comes_to($id, 'done');
	is $o->agrees($id, $mark, $name)->{counts}{sent}, $n, 'each got it';
}

my ($id, $mark, $session) = stuck('a');
restart('mariadbd');	# and with it the session ends
$o->let_go($session);
all_got_it($id, $mark, 'MariaDB killed while rows are queued');

# The responder that has started the run queues it, too.
$mark = $o->devices('b', $n);
$id = $o->campaign('b', $n);
$session = $o->outbox_locked;
my $child = fork // die "fork: $!\n";
if ($child == 0) {
	my $r = eval { $o->post("/push/campaign/send/live/$id", {}) };
	POSIX::_exit($r && $r->{status} == 200 ? 1 : 0);
}
$o->waits_to_write('push', 'INSERT INTO');
restart('web');
waitpid $child, 0;
is $?, 0, 'the call that has started it got no answer';
is $o->state_of($id), 'queueing', 'and it is started';
$o->let_go($session, 'UNLOCK TABLES');
$o->call("send/live/$id");
all_got_it($id, $mark, 'the responder killed while it queues');
is scalar(@{ $o->get("/push/campaign/$id/runs")->{json}{responseObject}
    {runs} }), 1, 'in one run';

# The run waits for its moment, so that sendd queues all of it. Its first
# stretch waits for the row of its send, and the second one for the first. What
# ends the first one, MariaDB may have got before the kill: then it is queued.
# No stretch is one of devices of others.
sub killed_in_pairs {
	$o->sql('DELETE FROM push_device_registration');
	my $mark = $o->devices('w', $n);
	my $id = $o->campaign('w', $n);
	$o->call("send/live/$id", { sendAt => $later });
	my $send = $o->send_of($id);
	my $session = $o->keep_locked('START TRANSACTION; SELECT 1 FROM'
	    . " push_send WHERE id = $send FOR UPDATE");
	$o->begins_now($id);
	ok $o->wait_for(60, sub { 2 == $o->transactions('1',
	    't.trx_rows_modified >= 500') }), 'two connections have written';
	my $pid = $o->pid('sendd');
	kill 'KILL', $pid;
	$o->wait_for(120, sub { !kill 0, $pid }) or die "sendd lives\n";
	$o->let_go($session, 'COMMIT');
	ok $o->wait_for(60, sub { !$o->transactions('1',
	    't.trx_rows_modified > 0') }), 'their transactions are over';
	my ($rows, $queued) = @{ ($o->sql('SELECT (SELECT COUNT(*) FROM'
	    . " push_outbox WHERE send_id = $send), (SELECT COUNT(*) FROM"
	    . ' push_device_registration d WHERE d.id <= c.queued_id) FROM'
	    . " push_campaign c WHERE c.id = $id"))[0] };
	is $rows, $queued, 'there are the rows that the run knows of';
	cmp_ok $rows, '<=', 500, 'and none of the second one';
	$o->again;
	all_got_it($id, $mark, 'queued in pairs');
}
killed_in_pairs();

# --- created, sending, paused, done -----------------------------------------

$mark = $o->devices('c', $n);
$id = $o->campaign('c', $n);
restart_all($id, 'created');
is $o->value('SELECT COUNT(*) FROM push_campaign_user WHERE campaign_id ='
    . " $id"), $n, 'its users are there';
$o->call("send/live/$id", { rate => int($n / 400) + 1 });
ok $o->wait_for(120, sub { $o->state_of($id) eq 'sending' &&
    keys %{ $o->got($mark) } }), 'it sends';
restart_all($id, 'sending', sendd => 'TERM');
my $before = keys %{ $o->got($mark) };
ok $o->wait_for(120, sub { keys %{ $o->got($mark) } > $before }), 'it goes on';
$o->call("$id/pause");
restart('sendd', 'TERM');	# what flies is finished
$before = keys %{ $o->got($mark) };
restart_all($id, 'paused');
is scalar(keys %{ $o->got($mark) }), $before, 'nothing goes out';
is $o->put("/push/campaign/$id/run", { requestObject => {} })->{status}, 200,
    'as fast as it can';
$o->call("$id/resume");
all_got_it($id, $mark, 'all killed in each phase');
my $figures = $o->run_of($id);
restart_all($id, 'done');
is_deeply $o->run_of($id), $figures, 'its figures stay';

# --- cancelling, cancelled --------------------------------------------------

# What is to be dropped cannot be; when MariaDB is killed it can.
$mark = $o->devices('d', $n);
$id = $o->campaign('d', $n);
$o->call("send/live/$id", { Runs::quiet() });
$o->is_put_off($id, $n);
$session = $o->outbox_locked;
$o->call("$id/cancel");
for my $who (qw(sendd web)) {
	restart($who);
	is $o->state_of($id), 'cancelling', "cancelling, without $who";
	is $o->call("$id/cancel")->{state}, 'cancelling', 'once more';
	$o->call("$id/$_", {}, 409) for qw(pause resume);
}
restart('mariadbd');
$o->let_go($session);
$o->comes_to($id, 'cancelled');
is $o->agrees($id, $mark, 'killed while it is cancelled')->{counts}{cancelled},
    $n, 'all is cancelled';
$figures = $o->run_of($id);
restart_all($id, 'cancelled');
is_deeply $o->run_of($id), $figures, 'its figures stay';

# --- two runs at once, everything restarted ---------------------------------

my %mark = map { $_ => $o->devices($_, $n) } qw(x y);
my %id = map { $_ => $o->campaign($_, $n) } qw(x y);
$o->call("send/live/$id{$_}", { rate => int($n / 400) + 1 }) for qw(x y);
for my $of (qw(x y)) {
	for my $verb (qw(pause resume)) {
		restart_all(undef, undef, sendd => 'TERM');
		$o->call("$id{$of}/$verb");
	}
}
# so slow until here that none is over before its last restart
is $o->put("/push/campaign/$id{$_}/run", { requestObject => {
    rate => $n } })->{status}, 200, "$_ goes faster" for qw(x y);
$o->comes_to($id{$_}, 'done') for qw(x y);
for my $name (qw(x y)) {
	my $done = $o->agrees($id{$name}, $mark{$name}, "restarts, $name");
	is $done->{counts}{sent}, $n, 'each got it';
}
done_testing;
