#!/usr/bin/perl
# Registrations that come at the same time, of few tokens and activations in two
# applications: the rows that they leave are those that some order leaves, one
# after the other. Those of callers bound to applications share nothing.
use strict;
use warnings;
use Crowd;
use Fault;
use List::Util qw(shuffle);
use Test::More;

my ($rounds, $n) = (6, 6);
my $o = Fault->up(auth => 'basic', conf => "[api]\nworkers = 20\n");
my $all = $o->integration('all', 'device');
$o->{headers} = { authorization => $all->{basic} };
$o->credentials($_) for qw(one two);
$o->kill_off('sendd');	# it would commit, too

# --- what an order leaves -----------------------------------------------------

# A device and a registration: application, activation, token, user. An
# activation's device is changed, else that with the token; it is the only one
# of its application that has the token then.
sub register {
	my ($devices, $r) = @_;
	my ($app, $activation, $token) = @$r;
	my @found = grep { $_->[1] eq $activation } @$devices;
	@found = grep { $_->[0] eq $app && $_->[2] eq $token } @$devices
	    if !@found;
	return ($r, grep { $_->[1] ne $activation && $_ != ($found[0] // 0)
	    && ($_->[0] ne $app || $_->[2] ne $token) } @$devices);
}

sub text { return join "\n", sort map { "@$_" } @_ }

# The states that the orders of those leave, as texts.
my %known;
sub ends {
	my ($devices, @left) = @_;
	return { text(@$devices) => 1 } if !@left;
	return $known{ text(@$devices) . '|' . text(@left) } //= { map {
		my $r = $_;
		%{ ends([ register($devices, $r) ], grep { $_ != $r } @left) }
	    } @left };
}

sub devices {
	return $o->sql('SELECT a.app_id, d.activation_id, d.push_token,'
	    . ' d.user_id FROM push_device_registration d'
	    . ' JOIN push_app_credentials a ON a.id = d.app_id');
}

# --- what they leave together -------------------------------------------------

# Each generation that stays although its device changes hands.
$o->sql('CREATE TABLE kept (id BIGINT)');
$o->sql('CREATE TRIGGER keep AFTER UPDATE ON push_device_registration'
    . ' FOR EACH ROW INSERT INTO kept SELECT NEW.id FROM DUAL'
    . ' WHERE OLD.generation = NEW.generation AND NOT (OLD.app_id = NEW.app_id'
    . ' AND OLD.user_id = NEW.user_id'
    . ' AND OLD.activation_id = NEW.activation_id)');

sub commits { return ($o->sql("SHOW GLOBAL STATUS LIKE 'Com_commit'"))[0][1] }

# Send them while the turns are locked, so that all but the first one gather;
# how many commits they needed, and their answers.
my $waits = 'SELECT COUNT(*) FROM information_schema.processlist WHERE'
    . " state LIKE 'Waiting for table%' AND db = 'outpost'";
sub meet {
	my ($wanted, @list) = @_;
	my $locks = $o->keep_locked('LOCK TABLES push_device_turn WRITE');
	my $begin = commits();
	my $crowd = Crowd->new($o, scalar @list, '/push/device/create', sub {
		my ($app, $activation, $token, $user) = @{ $list[$_[0] - 1] };
		return { appId => $app, activationId => $activation,
		    platform => 'ios', token => $token, userId => $user };
	});
	ok $o->wait_for(60, sub { $o->value($waits) >= $wanted }),
	    'they have met';
	$o->let_go($locks);
	my @answers = map { $_->{status} } $crowd->answers(60);
	return (commits() - $begin, @answers);
}

# Of eight activations and tokens, of which few come twice; every other time,
# for a device that exists its activation with a new token, and its token with a
# new activation.
my $new = 100;
sub token { return sprintf '%064x', $_[0] }
sub some { return map { int rand 9 ? $_ : int rand 8 } shuffle(0 .. 7) }
sub any {
	my @activation = some();
	my @token = some();
	return map { [ (qw(one one one two))[rand 4], "a-$activation[$_]",
	    token($token[$_]) ] } 1 .. $n;
}
sub pairs {
	return shuffle(map {
		$new++;
		([ @$_[0, 1], token($new) ], [ $_->[0], "a-$new", $_->[2] ])
	    } (shuffle(devices()))[0 .. $n / 2 - 1]);
}

srand(7);
for my $round (1 .. $rounds) {
	my @list = $round % 2 ? any() : pairs();
	$list[$_][3] = "user-$round-$_" for 0 .. $#list;
	my $ends = ends([ devices() ], @list);
	my ($made, @answers) = meet(2, @list);
	is_deeply \@answers, [ (200) x $n ], "round $round: all are accepted";
	ok $ends->{ text(devices()) }, 'one of ' . keys(%$ends) . ' ends'
	    or diag text(@list), "\nleft\n", text(devices());
	note "$made commits";
}
is $o->value('SELECT COUNT(*) FROM kept'), 0,
    'who gets a device has a generation of his own';
is $o->value('SELECT COUNT(*) FROM push_device_registration d'
    . ' JOIN push_app_credentials a ON a.id = d.app_id'
    . ' LEFT JOIN push_activation b ON b.activation_id = d.activation_id'
    . ' AND b.user_id = d.user_id AND b.app_id = a.app_id'
    . ' WHERE b.activation_id IS NULL'), 0,
    'each activation is of the user of its device';

# --- of bound callers ---------------------------------------------------------

my $bound = $o->integration('bound', 'device', 'one');
$o->{headers} = { authorization => $bound->{basic} };
$o->device('one', 'bound-0', 'ios', token(9));	# its first use
my ($made, @answers) = meet($n, map { [ 'one', "b-$_", token(9 + $_),
    "bound-$_" ] } 1 .. $n);
is_deeply \@answers, [ (200) x $n ], 'of bound callers: all are accepted';
is $made, $n, 'by a transaction each, and no other';

done_testing;
