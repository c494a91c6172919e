#!/usr/bin/perl
# The COMMIT that several calls share is refused, is lost, or is done and nobody
# is told; SYNCHRONOUS calls, which wait for sendd, meet others, and some of the
# callers hang up. Each caller gets its own answer: 200 with the counts of its
# own devices, or 503; each message that was answered 200 goes to each device of
# its user once, and none goes to a device twice, also when a call in doubt is
# repeated with its key. What was done and not told is found to be done.
#
# Between the responders and MariaDB stands a relay that spoils COMMITs.
use strict;
use warnings;
use Crowd;
use Fault;
use List::Util qw(sum);
use Relay;
use Test::More;

my ($n, $leaving) = (12, 3);
# sendd keeps its shards while it stands still: else it may send again
my $o = Fault->up(conf => "[database]\ntimeout = 6s\n[sendd]\nlease = 1m\n"
    . "[api]\nsync_timeout = 4m\n"
    . 'workers = ' . 2 * ($n + $leaving) . "\n");
$o->credentials('mobile-app');

# The devices of a user: 1 or 2 of Apple, 0 to 2 of others.
sub ios { return 1 + $_[0] % 2 }
sub android { return $_[0] % 3 }
for my $i (1 .. $n) {
	$o->device('mobile-app', "user-$i", 'ios', sprintf '%04x%060x', $_, $i)
	    for 1 .. ios($i);
	$o->device('mobile-app', "user-$i", 'android', "accept-$_-$i")
	    for 1 .. android($i);
}

# --- what becomes of a COMMIT -------------------------------------------------

# A conflict, as Galera refuses one: the transaction can be repeated.
$o->sql("CREATE PROCEDURE x() SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213");
for my $row ($o->sql("SELECT CONCAT(QUOTE(user), '\@', QUOTE(host))"
    . " FROM mysql.user WHERE user LIKE '%push%'")) {
	$o->sql("GRANT EXECUTE ON PROCEDURE x TO $row->[0]");
}

# As the word in the file says, of the responders' COMMITs: the first four are
# refused; all are lost; all are done and not told; every second one is.
my $word = "$o->{run}/relay.word";
my ($last, $count, $refuse) = ('', 0, 0);
sub judge {
	my $now = -e $word ? $o->read_file($word) : '';
	$count = 0 if $now ne $last;
	$last = $now;
	$count++;
	$refuse = $now eq 'refused' && $count <= 4;
	return $now eq 'lost' ? 'lose' : $now eq 'untold' ? 'hide' :
	    $now eq 'some' && $count % 2 == 0 ? 'hide' : '';
}
my $relay = Relay->new($o, \&judge, sub {
	my ($data) = @_;
	$data =~ s/\x03COMMIT$/\x03CALL x/ if $refuse;
	return $data;
});
my $conf = $o->read_file($o->{conf});
$o->write_file($o->{conf}, "$conf\n[database]\nsocket = " . $relay->path
    . "\n");
my $out = $o->stack('restart', 'web');
is $?, 0, 'the responders run through the relay' or diag $out;
$o->write_file($o->{conf}, $conf);

# --- callers that meet --------------------------------------------------------

# How many devices were found by their user.
$o->sql('SET GLOBAL userstat = 1');
sub found {
	return $o->value('SELECT COALESCE(SUM(rows_read), 0)'
	    . ' FROM information_schema.index_statistics'
	    . " WHERE index_name = 'push_device_user_app'");
}

sub crowd {
	my ($size, $round) = @_;
	return Crowd->new($o, $size, '/push/message/send', sub { return {
	    appId => 'mobile-app', message => { userId => "user-$_[0]",
		body => { title => 'T', body => "$round-$_[0]." } },
	    mode => $_[0] % 2 ? 'SYNCHRONOUS' : 'ASYNCHRONOUS' } });
}

# So many calls that meet: while the table is locked, the first is under way,
# and the others gather when each has found its devices. sendd stands still
# then, and looks for none.
sub meet {
	my ($round) = @_;
	my $locks = $o->keep_locked('LOCK TABLES push_send WRITE');
	kill 'STOP', $o->pid('sendd');
	my $wanted = found() + sum(map { ios($_) + android($_) } 1 .. $n,
	    1 .. $leaving);
	my $leave = crowd($leaving, "gone-$round");
	my $stay = crowd($n, $round);
	ok $o->wait_for(60, sub { found() >= $wanted }),
	    "$round: they have come";
	close $_ for @{ $leave->{sockets} };
	$o->write_file($word, $round);
	$o->let_go($locks);
	kill 'CONT', $o->pid('sendd');
	my @answers = $stay->answers(240);
	unlink $word;
	return @answers;
}

# How often each device got the message with that text.
sub arrived {
	my ($text) = @_;
	my %times;
	$times{ $_->{token} }++ for grep {
	    index(Outpost::json()->encode($_), "\"$text\"") >= 0 } $o->ledger;
	return %times;
}

sub its_own {
	my ($i, $answer) = @_;
	my $r = $answer->{json}{responseObject};
	my $send = ($o->sql('SELECT total, apns_total, fcm_total FROM'
	    . " push_send WHERE id = $r->{messageId}"))[0];
	my @own = (ios($i) + android($i), ios($i), android($i));
	return 'of another' if "@own" ne "@$send";
	return 'right' if $i % 2 == 0;
	my ($apns, $fcm) = @{ $r->{result} }{qw(apns fcm)};
	return $apns->{sent} == ios($i) && $apns->{total} == ios($i) &&
	    $fcm->{sent} == android($i) && $fcm->{total} == android($i)
	    ? 'right' : Outpost::json()->encode($r);
}

# The answers of a round: 503 where one may be in doubt, and then whether it
# was sent.
sub check {
	my ($round, $doubt, $sent) = @_;
	my @answers = meet($round);
	$o->settled(120, "$round: sendd has delivered what there is");
	my (%ids, @wrong);
	my $doubts = 0;
	for my $i (1 .. $n) {
		my $a = $answers[$i - 1];
		my $all = ios($i) + android($i);
		my %times = arrived("$round-$i.");
		my $own = $a->{status} == 200 ? its_own($i, $a) : 'right';
		$doubts += $a->{status} == 503;
		$all = 0 if $a->{status} == 503 && !$sent;
		$ids{ $a->{json}{responseObject}{messageId} // "-$i" } = 1;
		push @wrong, "$i: $a->{status} $own, to "
		    . join(' ', %times) if $own ne 'right' ||
		    $a->{status} != 200 && $a->{status} != 503 ||
		    keys %times != $all || grep { $_ != 1 } values %times;
	}
	is_deeply \@wrong, [], "$round: each has its answer, each device"
	    . ' its message' or diag explain \@wrong;
	is scalar(keys %ids), $n, "$round: each has an id of its own";
	my @twice = grep { my %t = arrived("gone-$round-$_.");
	    grep { $_ > 1 } values %t } 1 .. $leaving;
	is_deeply \@twice, [], "$round: of those who left, none twice";
	is $doubts, $doubt, "$round: $doubt are in doubt";
}

check('refused', 0);
check('lost', $n, 0);
check('untold', 0, 1);
check('some', 0, 1);

# --- a call in doubt is repeated with its key ---------------------------------

sub keyed {
	my ($round) = @_;
	return $o->post('/push/message/send', { requestObject => {
	    appId => 'mobile-app', mode => 'SYNCHRONOUS', message => {
		userId => 'user-1', body => { title => 'T',
		    body => "keyed-$round." } } } },
	    headers => { 'idempotency-key' => "key-$round" });
}

for (['lost', 503, undef, 'it sends'],
    ['untold', 200, 'true', 'it sends nothing']) {
	my ($round, $status, $replayed, $what) = @$_;
	$o->write_file($word, $round);
	is keyed($round)->{status}, $status, "with a key, $round: $status";
	unlink $word;
	my $r = keyed($round);
	is $r->{status}, 200, "repeated, $what";
	is $r->{headers}{'idempotency-replayed'}, $replayed, '... and says so';
	$o->settled(120);
	my %times = arrived("keyed-$round.");
	is_deeply [ values %times ], [ (1) x (ios(1) + android(1)) ],
	    'each device has it once';
}
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'the accounts are complete';

done_testing;
