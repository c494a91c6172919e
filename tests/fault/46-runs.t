#!/usr/bin/perl
# A campaign's run under control: every verb in every state, twice and in every
# order, then while messages fly; and watched. In the end the ledger of the
# stand-in and the counts agree: nobody gets it twice, and what was cancelled is
# what is missing. 46-runs-races.t has what happens between two statements,
# 46-runs-restarted.t what a kill does, 46-runs-paced.t the rate and the spread.
use strict;
use warnings;
use Runs;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

my $n = Fault->long(2000, 50000);	# of the largest runs
my $o = Runs->up(conf => <<'END');
[campaign]
chunk = 500
END

# --- each verb in each state ------------------------------------------------

my %quiet = Runs::quiet();
my ($later, $too_late) = map { strftime '%Y-%m-%dT00:00:00Z',
    gmtime time + $_ * 86400 } 2, 5;
my $users = 20;
my $mark = $o->devices('t', $users);

# Of each state: the state after each verb, or 409. A run that waits for its
# moment is queueing, and one in its quiet hours sending.
my @verbs = qw(pause resume cancel live again set);
my %table = (
    created => [ 409, 409, 409, 'sending', 'sending', 409 ],
    queueing => [ qw(paused queueing cancelling), ('queueing') x 3 ],
    sending => [ qw(paused sending cancelling), ('sending') x 3 ],
    'paused queueing' => [ qw(paused queueing cancelling), ('paused') x 3 ],
    'paused sending' => [ qw(paused sending cancelling), ('paused') x 3 ],
    cancelling => [ 409, 409, ('cancelling') x 3, 409 ],
    cancelled => [ 409, 409, 'cancelled', 409, 'sending', 409 ],
    done => [ 409, 409, 409, 409, 'done', 409 ]);	# it has no users

# Its status.
sub act {
	my ($id, $verb) = @_;
	return $o->put("/push/campaign/$id/run", { requestObject => {
	    rate => 7, %quiet } })->{status} if $verb eq 'set';
	return $o->post("/push/campaign/send/live/$id", { requestObject => {
	    $verb eq 'again' ? (again => \1) : (), %quiet } })->{status}
	    if $verb =~ /live|again/;
	return $o->post("/push/campaign/$id/$verb", {})->{status};
}

# A campaign in that state; cancelling only while sendd stands.
sub in_state {
	my ($state) = @_;
	my $id = $o->campaign('t', $state eq 'done' ? 0 : $users);
	return $id if $state eq 'created';
	$o->call("send/live/$id", $state =~ /queueing/ ? { sendAt => $later }
	    : $state eq 'done' ? {} : {%quiet});
	$o->call("$id/pause") if $state =~ /^paused/;
	$o->call("$id/cancel") if $state =~ /^cancel/;
	$o->comes_to($id, $state) if $state =~ /^(?:cancelled|done)$/;
	return $id;
}

# Nothing moves by itself: what has an end has it before sendd stands, and what
# shall not have it is made then.
my %ready = map { my $state = $_; $state => [ map { in_state($state) } @verbs ]
    } grep { $_ ne 'cancelling' } sort keys %table;
kill 'STOP', $o->pid('sendd');
$ready{cancelling} = [ map { in_state('cancelling') } @verbs ];
for my $state (sort keys %table) {
	for my $i (0 .. $#verbs) {
		my ($id, $want) = ($ready{$state}[$i], $table{$state}[$i]);
		my $now = (split / /, $state)[0];
		is $o->state_of($id), $now, "$state";
		for my $time (qw(once twice)) {
			is_deeply [ act($id, $verbs[$i]), $o->state_of($id) ],
			    $want eq '409' ? [ 409, $now ] : [ 200, $want ],
			    "$verbs[$i] $time, when it is $state";
		}
	}
}

# In every order: the table says what each of them does.
for my $order (map { my $a = $_; map { my $b = $_; map { [ $a, $b, $_ ] }
    0 .. 2 } 0 .. 2 } 0 .. 2) {
	my $id = in_state('sending');
	my $state = 'sending';
	my (@got, @want);
	for my $i (@$order) {
		push @got, act($id, $verbs[$i]), $o->state_of($id);
		my $next = $table{$state}[$i];
		$state = $next if $next ne '409';
		push @want, $next eq '409' ? 409 : 200, $state;
		$state = 'paused sending' if $state eq 'paused';
	}
	is_deeply \@got, [ map { s/^paused sending$/paused/r } @want ],
	    "@verbs[@$order]";
}
kill 'CONT', $o->pid('sendd');
act($_->[0], 'cancel') for $o->sql('SELECT id FROM push_campaign WHERE state'
    . " NOT IN ('created', 'done', 'cancelled')");
ok $o->wait_for(180, sub { !$o->value("SELECT COUNT(*) FROM push_campaign"
    . " WHERE state NOT IN ('created', 'done', 'cancelled')") }),
    'all are over';
is scalar(keys %{ $o->got($mark) }), 0, 'and nobody got anything';
is $o->value('SELECT COUNT(*) FROM push_campaign_run WHERE failed > 0 OR'
    . ' expired > 0 OR cancelled <> total'), 0, 'all was cancelled';

# send/live while it is in progress starts nothing; once more only with again
my $again = $o->campaign('t', 0);
$o->call("send/live/$again", { sendAt => $later });
$o->call("send/live/$again");
is $o->state_of($again), 'queueing', 'live on one in progress changes nothing';
for ([ $later, 200 ], [ $too_late, 400 ]) {
	is $o->put("/push/campaign/$again/run", { requestObject => {
	    sendAt => $_->[0] } })->{status}, $_->[1], "moved to $_->[0]";
}
$o->call("$again/cancel");
$o->comes_to($again, 'cancelled');
$o->call("send/live/$again", {}, 409);
$o->call("send/live/$again", { again => 1 });
$o->comes_to($again, 'done');
is scalar(@{ $o->get("/push/campaign/$again/runs")->{json}{responseObject}
    {runs} }), 2, 'both runs are kept';

# --- pause, resume, cancel while rows are queued and sent -------------------

# What flies is finished, and nothing more goes out: how many did, and how many
# seconds from here to the last of them.
sub ends_soon {
	my ($mark) = @_;
	my ($begin, $before) = (time, -1);
	my $last = $begin;
	ok $o->wait_for(120, sub {
		my $now = keys %{ $o->got($mark) };
		$last = time if $now != $before && $before >= 0;
		$before = $now;
		return time - $last > 3 }), 'nothing more goes out';
	return ($before, $last - $begin);
}

$mark = $o->devices('p', $n);
my $id = $o->campaign('p', $n);
$o->call("send/live/$id", { rate => int($n / 50) + 1 });
$o->call("$id/pause");
is $o->state_of($id), 'paused', 'paused at once';
my ($before) = ends_soon($mark);
cmp_ok $before, '<', $n, 'not all went out';
my $now = $o->run_of($id);
is_deeply $now->{providers}, { apns => $now->{counts} },
    'figures by provider while it is in progress';
$o->call("$id/resume");
sub goes_on {
	my ($mark, $before) = @_;
	ok $o->wait_for(120, sub { keys %{ $o->got($mark) } > $before }),
	    'it goes on';
}
goes_on($mark, $before);
$o->call("$id/pause") for 1, 2;
($before, my $seconds) = ends_soon($mark);
Fault::within('the last one after a pause', $seconds, 2);
$o->call("$id/resume");
goes_on($mark, $before);
$o->call("$id/cancel") for 1, 2;
Fault::within('the last one after it is cancelled', (ends_soon($mark))[1], 2);
$o->comes_to($id, 'cancelled');
my $run = $o->agrees($id, $mark, 'cancelled');
cmp_ok $run->{counts}{cancelled}, '>', 0, 'what was dropped is counted';
my $told = $o->get("/push/campaign/$id/status")->{json}{responseObject};
is_deeply $told->{outcomes}, [ { platform => 'apns', outcome => 'cancelled',
	count => $run->{counts}{cancelled} } ], 'and told';

# --- cancelled as a message -------------------------------------------------

# A run for later, and one for later that was begun at once: the id of their
# sends is of the moment that was meant first.
sub runs_for_later {
	my ($mark) = @_;
	my %of = map { $_ => $o->campaign($mark, $users) } 'for later', 'begun';
	$o->call("send/live/$_", { sendAt => $later, %quiet }) for values %of;
	$o->begins_now($of{begun});
	$o->is_put_off($of{begun}, $users);
	return %of;
}

# By its number as any message: the run is cancelled, though all is put off.
for my $by (qw(call command application)) {
	$mark = $o->devices("z$by", $users);
	$id = $o->campaign("z$by", $users);
	$o->call("send/live/$id", {%quiet});
	$o->is_put_off($id, $users);
	$o->call("$id/pause") if $by ne 'command';
	my $send = $o->send_of($id);
	my %too = $by eq 'application' ? runs_for_later("z$by") : ();
	if ($by eq 'call') {
		is_deeply $o->post("/push/message/$send/cancel", {})->{json}
		    {responseObject}, { cancelled => JSON::PP::true(),
		    pending => $users }, 'its message is cancelled';
	} else {
		is +($o->outpost('drop', $by eq 'command'
		    ? ('--message', $send)
		    : ('--app', 'mobile-app', '--yes')))[0], 0,
		    'its message is dropped';
	}
	$o->comes_to($id, 'cancelled');
	is $o->agrees($id, $mark, "by the $by")->{counts}{cancelled}, $users,
	    'and nobody got it';
	for my $which (keys %too) {
		$o->comes_to($too{$which}, 'cancelled');
		is $o->value('SELECT COUNT(*) FROM push_outbox WHERE send_id = '
		    . $o->send_of($too{$which})), 0, "$which: no row is left";
	}
	is $o->post("/push/message/$send/cancel", {})->{status}, 200,
	    'once more';
}

# --- watched ----------------------------------------------------------------

# The answer comes with the change, or when the time is over.
sub watch_run {
	my ($of, $after, $wait) = @_;
	return $o->get("/push/campaign/$of/status?wait=$wait&after=$after",
	    timeout => 120)->{json}{responseObject};
}
$id = $o->campaign('t', 200);
$o->call("send/live/$id", { sendAt => $later });
my $known = watch_run($id, 0, '60s')->{version};
my $begin = time;
is watch_run($id, $known, '150ms')->{version}, $known, 'nothing has changed';
cmp_ok time - $begin, '>=', 0.1, 'which is told when the time is over';
my $child = fork // die "fork: $!\n";
if ($child == 0) {
	# its end ends no stack
	my $seen = watch_run($id, $known, '60s');
	POSIX::_exit($seen->{state} eq 'paused' ? 0 : 1);
}
ok $o->wait_for(60, sub { $o->get('/metrics')->{body} =~
    /^outpost_calls_waiting\{program="push"\} 1$/m }), 'a page that watches';
$begin = time;
$o->call("$id/pause");
waitpid $child, 0;
is $?, 0, 'is told of a pause';
cmp_ok time - $begin, '<', 40, 'before its time is over';
$o->call("$id/cancel");

# as objects too, a line each
$id = $o->campaign('t', 200);
$o->call("send/live/$id", { rate => 400 });
my ($status, $lines) = $o->outpost('--json', 'campaign', 'status', $id,
    '--watch');
my @objects = map { $o->json->decode($_) } split /\n/, $lines;
is $status, 0, 'outpost watches it' or diag $lines;
is $objects[-1]{state}, 'done', 'to its end';
is $objects[-1]{run}{counts}{sent}, $users, 'with the counts';

done_testing;
