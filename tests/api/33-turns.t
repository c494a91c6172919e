#!/usr/bin/perl
# Two who register one token at once leave what they would leave one after
# the other: the last has the row, and the phone can register again.
use strict;
use warnings;
use Outpost;
use POSIX ();
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC);
use Test::More;

my $couples = 4;
my $rounds = 16;	# tokens of a couple

sub object { return { requestObject => $_[0] } }

my $o;
sub create {
	my ($token, $activation, $path, %more) = @_;
	return $o->post($path // '/push/device/create', object({
	    appId => 'mobile-app', platform => 'fcm', token => $token,
	    userId => "user-" . ($activation // ""),
	    activationId => $activation, %more }))->{status};
}

# Runs what($couple, $who, $round) for both of each couple, each round at
# the same moment; the answers that are not 200.
sub together {
	my ($what) = @_;
	my @pids;
	for my $c (1 .. $couples) {
		my @ends;
		socketpair $ends[0], $ends[1], AF_UNIX, SOCK_STREAM, PF_UNSPEC
		    or die "socketpair: $!\n";
		for my $who (0, 1) {
			my $pid = fork // die "fork: $!\n";
			push @pids, $pid;
			next if $pid;
			my $bad = 0;
			for my $round (1 .. $rounds) {
				syswrite $ends[$who], 'x' or POSIX::_exit(99);
				sysread $ends[$who], my $x, 1
				    or POSIX::_exit(99);
				$bad++ if $what->($c, $who, $round) != 200;
			}
			POSIX::_exit($bad);
		}
	}
	my $bad = 0;
	for my $pid (@pids) {
		waitpid $pid, 0;
		$bad += $? >> 8 || ($? ? 99 : 0);
	}
	return $bad;
}

# Which activations each token of that name has, as texts.
sub owners {
	my ($name) = @_;
	return { map { @$_ } $o->sql('SELECT push_token,'
	    . ' GROUP_CONCAT(activation_id ORDER BY activation_id)'
	    . ' FROM push_device_registration'
	    . " WHERE push_token LIKE '$name-%' GROUP BY push_token") };
}

# One row a token, of either of the two; then a third has it.
sub each_has_one {
	my ($name, $third) = @_;
	my $of = owners($name);
	is scalar keys %$of, $couples * $rounds, "$name: every token has a row";
	is_deeply [ grep { $of->{$_} !~ /^\Q$_\E-[01]$/ } sort keys %$of ], [],
	    "$name: of one of the two, who came last";
	is_deeply [ grep { create($_, "$_-2") != 200 } sort keys %$of ], [],
	    "$name: a third registers it";
	$of = owners($name);
	is_deeply [ grep { $of->{$_} ne "$_-2" } sort keys %$of ], [],
	    "$name: and has it";
}

$o = Outpost->up;
$o->post('/admin/app/create', object({ appId => 'mobile-app' }));

is together(sub { my ($c, $who, $round) = @_;
	return create("new-$c-$round", "new-$c-$round-$who") }), 0,
    'two activations without devices: all are successes';
each_has_one('new');

# each has a device already, and comes to the same token with it
for my $c (1 .. $couples) {
	create("old$_->[1]-$c-$_->[0]", "had-$c-$_->[0]-$_->[1]")
	    for map { [ $_, 0 ], [ $_, 1 ] } 1 .. $rounds;
}
is together(sub { my ($c, $who, $round) = @_;
	return create("had-$c-$round", "had-$c-$round-$who") }), 0,
    'two activations with devices: all are successes';
each_has_one('had');

# one comes, another goes on to the next token
is together(sub { my ($c, $who, $round) = @_;
	return create('walk-' . ($who ? $round : $round + 1), "walk-$c-$who")
    }), 0, 'couples that walk over the same tokens: all are successes';
is_deeply [ grep { /,/ } values %{ owners('walk') } ], [],
    'and no token has two rows';

# --- a deadlock while the rows are read -------------------------------------

# Someone locks the row of a token; who registers it waits for that row, with
# its turn taken; then someone wants that turn. InnoDB gives up the lighter
# one, ours, which begins again.
is create('locked', 'locked-0'), 200, 'a device';
open my $other, '|-', 'mariadb', '--no-defaults', '-u', scalar getpwuid($>),
    '-S', "$o->{run}/mariadb.sock", 'outpost' or die "mariadb: $!\n";
$other->autoflush;
sub until_one {
	my ($where) = @_;
	return $o->wait_for(60, sub { $o->transactions('1', $where) });
}
print $other <<'SQL';
START TRANSACTION;
INSERT INTO push_campaign_user (campaign_id, user_id, timestamp_created)
    SELECT 0, seq, UTC_TIMESTAMP() FROM seq_1_to_500;
SELECT id FROM push_device_registration WHERE push_token = 'locked' FOR UPDATE;
UPDATE push_campaign_user SET user_id = CONCAT('x', user_id)
    WHERE campaign_id = 0;
SQL
ok until_one('t.trx_rows_modified >= 1000'), 'a heavy transaction has the row';
my $caller = fork // die "fork: $!\n";
POSIX::_exit(create('locked', 'locked-1') == 200 ? 0 : 1) if !$caller;
ok until_one("t.trx_state = 'LOCK WAIT'"), 'the call waits for it';
print $other "UPDATE push_device_turn SET n = n + 1;\nROLLBACK;\n";
close $other;
is $?, 0, 'one who wants the turn gets it';
waitpid $caller, 0;
is $?, 0, 'and the call succeeds all the same';
is_deeply [ $o->sql('SELECT activation_id FROM push_device_registration'
    . " WHERE push_token = 'locked'") ], [ ['locked-1'] ],
    'the row is the caller\'s';
$o->down;

# --- several activations of one token ---------------------------------------

$o = Outpost->up(conf =>
    "[registration]\nmultiple_activations = yes\n");
$o->post('/admin/app/create', object({ appId => 'mobile-app' }));
is together(sub { my ($c, $who, $round) = @_;
	my $token = "multi-$c-$round";
	return create($token, undef, '/push/device/create/multi',
	    userId => 'user', activationId => undef,
	    activationIds => [ "$token-$who-a", "$token-$who-b" ]) }), 0,
    'create/multi by two at once: all are successes';
my $of = owners('multi');
is_deeply [ grep { $of->{$_} !~ /^\Q$_\E-([01])-a,\Q$_\E-\g1-b$/ }
    sort keys %$of ], [], 'each token has the rows of one call';
is scalar keys %$of, $couples * $rounds, 'and every one has some';

done_testing;
