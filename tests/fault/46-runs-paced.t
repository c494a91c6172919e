#!/usr/bin/perl
# A run's rate and its spread, over two sendd together: at no moment is more of
# it in the ledger than the pace allows by then, with what a sendd may save up
# (BUCKET_S of sendd/run_paces.c). The pace is changed while the run is in
# progress. When its send is purged, its figures are what they were.
use strict;
use warnings;
use POSIX qw(strftime);
use Runs;
use Test::More;
use Time::HiRes qw(sleep time);

my $n = 600;
my $saved = 1.25;	# seconds of the pace
my $o = Runs->up(conf => "instance = one\n");
$o->more_sendd('two');
ok $o->wait_for(60, sub {
	my %shares = $o->shares;
	return ($shares{one} // 0) == 32 && ($shares{two} // 0) == 32;
}), 'two sendd have half of the shards each';

# Look until all have got it, for five times as long as the pace takes, and tell
# by how many it was ahead at most. The time is looked at last: a machine that
# stands still makes it later.
sub ahead {
	my ($id, $mark, $since, $pace, $start) = @_;
	return (ahead_each($since, $pace, $start, [ $id, $mark ]))[0];
}

# Of several runs at once.
sub ahead_each {
	my ($since, $pace, $start, @runs) = @_;
	my @most = (-$n) x @runs;
	ok $o->wait_for(5 * $n / $pace, sub {
		my $all = 1;
		for my $i (0 .. $#runs) {
			my $got = keys %{ $o->got($runs[$i][1]) };
			my $may = $pace * (time - $since + $saved);
			my $over = $got - $start - ($may > 0 ? $may : 0);
			$most[$i] = $over if $over > $most[$i];
			$all &&= $got == $n;
		}
		return $all;
	}), 'all got it, and it did not take long';
	note "at most @most ahead of its pace";
	$o->comes_to($_->[0], 'done') for @runs;
	return @most;
}

sub run {
	my ($name, %timing) = @_;
	my $mark = $o->devices($name, $n);
	my $id = $o->campaign($name, $n);
	my $since = time;
	$o->call("send/live/$id", \%timing);
	return ($id, $mark, $since);
}

sub set {
	my ($id, %timing) = @_;
	my $r = $o->put("/push/campaign/$id/run",
	    { requestObject => \%timing });
	is $r->{status}, 200, 'it gets another pace' or diag $r->{body};
	my $run = $o->run_of($id);
	is_deeply { map { $_ => $run->{$_} } grep { defined $run->{$_} }
	    qw(rate spread) }, \%timing, 'which is told';
}

# --- quiet hours that end ----------------------------------------------------

# Nobody touches this run any more; how it went is seen at the end.
my $end = 60 * (1 + int +(time + 25) / 60);
my ($rests, $of_rests) = run('q', quiet => { zone => 'UTC', map {
    $_->[0] => strftime('%H:%M', gmtime $_->[1]) }
    [ from => $end - 6 * 3600 ], [ to => $end ] });
cmp_ok time, '<', $end, 'a run begins while it is quiet';

# --- rate -------------------------------------------------------------------

my ($id, $mark, $since) = run('r', rate => 100);
# one message of each sendd, where a second has no whole number of them
cmp_ok ahead($id, $mark, $since, 100, 0), '<=', 2,
    'a rate is that of both together';
my $figures = $o->agrees($id, $mark, 'paced by a rate');
is $figures->{counts}{sent}, $n, 'each got it';
my %by = map { $_ => scalar(() = $o->log_text($_) =~
    /settled message=$figures->{messageId} /g) } qw(sendd two);
cmp_ok $by{$_}, '>', 0, "$_ has sent of it" for sort keys %by;

# --- spread -----------------------------------------------------------------

# What has been sent is counted a moment later, by that the pace is higher.
($id, $mark, $since) = run('s', spread => '8s');
cmp_ok ahead($id, $mark, $since, $n / 8, 0), '<=', $n / 20,
    'so is a spread';
$o->agrees($id, $mark, 'spread');

# --- changed ----------------------------------------------------------------

# So slow that not all is sent before it is faster, and fast enough then.
($id, $mark, $since) = run('u', spread => '7200s');
$o->comes_to($id, 'sending');
my $before = keys %{ $o->got($mark) };
$since = time;
set($id, rate => 100);
cmp_ok ahead($id, $mark, $since, 100, $before), '<=', 2 + $n / 20,
    'a rate for a spread';
($id, $mark) = run('v', Runs::quiet());
$o->is_put_off($id, $n);
set($id, spread => '7200s');
ok $o->wait_for(60, sub { !$o->value('SELECT recall_at IS NOT NULL FROM'
    . " push_campaign WHERE id = $id") }), 'what was put off is recalled';
cmp_ok scalar(keys %{ $o->got($mark) }), '<', $n / 10, 'and spread';
set($id);
$o->comes_to($id, 'done');
$o->agrees($id, $mark, 'quiet, spread, then as fast as it can');
is $o->put("/push/campaign/$id/run", { requestObject => { spread => '1h' } })
    ->{status}, 409, 'a run that is over gets no other';

# --- a spread in mid-run -----------------------------------------------------

# It counts from then, though the run began three hours ago. At rest until it
# is set, as another run that began when it did: an earlier spread, which is
# over meanwhile, is caught up with at twice its pace. What was put off is
# recalled two seconds later, and is due two more seconds later.
($id, $mark) = run('w', Runs::quiet());
my ($over, $of_over) = run('y', spread => '24s', Runs::quiet());
$o->is_put_off($_, $n) for $id, $over;
$o->sql('UPDATE push_campaign_run SET start_at = start_at - INTERVAL 3 HOUR'
    . ' WHERE send_id = ' . $o->send_of($_)) for $id, $over;
$since = time;
set($over, spread => '24s');
set($id, spread => '20s');
my ($new, $old) = ahead_each($since + 4, $n / 10, 0, [ $id, $mark ],
    [ $over, $of_over ]);
cmp_ok time - $since, '>=', 17, 'a spread counts from when it is set';
cmp_ok $_, '<=', $n / 20, 'after a rest it goes at twice its pace at most'
    for $new, $old;
$o->agrees($id, $mark, 'spread in mid-run');
$o->agrees($over, $of_over, 'spread, and at rest');

# The message is valid for a day.
my $of = $o->campaign('w', 1);
$o->call("send/live/$of", {Runs::quiet()});
for ([ '3d', 400 ], [ '20h', 200 ], [ '3d', 400 ]) {
	my $r = $o->put("/push/campaign/$of/run",
	    { requestObject => { spread => $_->[0], Runs::quiet() } });
	is $r->{status}, $_->[1], "a spread of $_->[0]";
	like $r->{json}{responseObject}{message},
	    qr/not valid until the end of the spread/, 'and why'
	    if $_->[1] == 400;
}
is $o->run_of($of)->{spread}, '72000s', 'what is refused changes nothing';
$o->call("$of/cancel");
$o->comes_to($of, 'cancelled');
$o->call("send/live/$of", { again => 1, spread => '3d', Runs::quiet() });
is $o->put("/push/campaign/$of/run", { requestObject => { spread => '3d',
    rate => 7, Runs::quiet() } })->{status}, 200,
    'one that was spread so from its start is valid until then';
$o->call("$of/cancel");
$of = $o->call('create', { appId => 'mobile-app', message => { title => 'x',
    validUntil => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime time + 7200) } })->{id};
$o->call("send/live/$of", { spread => '2h' }, 400);
$o->call("send/live/$of", { spread => '1h' });

# --- quiet hours have ended --------------------------------------------------

$o->comes_to($rests, 'done');
is $o->agrees($rests, $of_rests, 'when the quiet hours end')->{counts}{sent},
    $n, 'it goes on by itself';
my $quiet_end = strftime '%Y-%m-%dT%H:%M:%S', gmtime $end;
is scalar(grep { $_->{token} =~ /^$of_rests/ && $_->{time} lt $quiet_end }
    $o->ledger), 0, 'nobody got it before';

# --- its figures, when its send is gone -------------------------------------

my $run = $o->run_of($id);
$o->sql("UPDATE push_send SET created = created - INTERVAL 3 YEAR"
    . " WHERE id = $run->{messageId}");
my ($status, $said) = $o->outpost('maintain');
is $status, 0, 'outpost maintain' or diag $said;
ok $o->wait_for(60, sub { !$o->value('SELECT COUNT(*) FROM push_send WHERE'
    . " id = $run->{messageId}") }), 'its send is purged';
is_deeply $o->run_of($id), $run, 'its figures stay';
is_deeply $o->get("/push/campaign/$id/status")->{json}{responseObject}{run},
    $run, 'also in its status';
is $o->get("/push/message/$run->{messageId}/status")->{status}, 400,
    'the message is not known any more';
done_testing;
