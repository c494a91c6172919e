#!/usr/bin/perl
# How a run finds its devices: by its users or by all devices, on both sides of
# the turn; and what a run does about devices that are registered, given up, or
# another user's while it is queued. Its users come from a file.
use strict;
use warnings;
use Outpost;
use Test::More;

use constant N => 1500;		# devices, and more users than FEW

my $o = Outpost->up;
my $app = $o->app('mobile-app');

sub object { return { requestObject => $_[0] } }

sub campaign {
	my $r = $o->post('/push/campaign/create', object({ appId => $app,
	    message => { body => 'All' } }));
	return $r->{json}{responseObject}{id};
}

sub number { return ($o->sql($_[0]))[0][0] }

$o->sql("INSERT INTO push_device_registration (activation_id, user_id, app_id,
    platform, push_token, timestamp_last_registered, is_active)
    SELECT UUID(), CONCAT('u', seq), a.id, 'fcm', CONCAT('t-', seq),
    UTC_TIMESTAMP(3), 1 FROM seq_1_to_@{[ N ]} JOIN push_app_credentials a
    ON a.app_id = '$app'");

# --- users of a file --------------------------------------------------------

my $file = "$o->{run}.users";

sub load {
	my ($id, $text, @more) = @_;
	$o->write_file($file, $text);
	my ($status, $said) = $o->outpost('campaign', 'users', 'load', $file,
	    '--campaign', $id, @more);
	return ($status, $said =~ s/\Q$file\E/FILE/gr);
}

sub users { my ($id) = @_;
	return join ' ', map { $_->[0] } $o->sql("SELECT user_id FROM
	    push_campaign_user WHERE campaign_id = $id ORDER BY user_id") }

{
	my $id = campaign();
	is_deeply [ load($id, "ann\nbob\n\nann\n") ],
	    [ 0, "3 users, 0 lines refused\n" ], 'one user a line';
	is users($id), 'ann bob', 'each once';
	is_deeply [ load($id, qq{Town,userId\n"A, B",eve\n}
	    . qq{C,"j ""o"""\n}) ], [ 0, "2 users, 0 lines refused\n" ],
	    'CSV with the names of its columns';
	is users($id), 'ann bob eve j "o"', 'its column of users';
	my $long = 'x' x 256;
	is_deeply [ load($id, "kim,1\n$long,2\n,3\nlea,4\n") ], [ 1,
	    "FILE:2: the user is longer than 255 characters\n"
	    . "FILE:3: there is no user\n2 users, 2 lines refused\n" ],
	    'lines that are wrong, by their numbers';
	is users($id), 'ann bob eve j "o" kim lea', 'the others are added';
	is_deeply [ load($id, "no\nno\nyes\n", '--from', 3) ],
	    [ 0, "1 users, 0 lines refused\n" ], 'from a line on';
	is users($id), 'ann bob eve j "o" kim lea yes', 'and no earlier one';

	# a file that is cut, far behind what is durable by then
	my $text = join '', map { "many-$_\n" } 1 .. 5001;
	my ($status, $said) = load($id, "$text\"cut");
	is $status, 1, 'a file that is cut';
	like $said, qr/before line 5001 are added, go on with --from 5001/,
	    'says where to go on';
	is number("SELECT COUNT(*) FROM push_campaign_user
	    WHERE campaign_id = $id"), 5007, 'those are there';
	($status, $said) = load($id, "${text}whole\n", '--from', 5001);
	is "$status $said", "0 2 users, 0 lines refused\n", 'and goes on';
	is number("SELECT COUNT(*) FROM push_campaign_user
	    WHERE campaign_id = $id"), 5009, 'to its end';
	isnt +(load(999999, "ann\n"))[0], 0, 'there must be a campaign';
	is +($o->outpost('campaign', 'users', 'drop', $file, '--campaign',
	    $id))[0], 2, 'there is nothing but load';
}

# --- both sides of the turn -------------------------------------------------

# The statements that write rows into the outbox, meanwhile.
sub ways {
	my ($do) = @_;
	$o->sql('TRUNCATE TABLE mysql.general_log;'
	    . " SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1");
	$do->();
	$o->sql('SET GLOBAL general_log = 0');
	my %way = map { $_->[0] => 1 } $o->sql("SELECT
	    IF(argument LIKE '%FROM push_campaign c%push_device_user_app%',
	    'by users', 'by devices') FROM mysql.general_log
	    WHERE command_type = 'Execute'
	    AND argument LIKE 'INSERT INTO push_outbox%push_campaign%'");
	return join ', ', sort keys %way;
}

sub done { my ($id) = @_;
	ok $o->wait_for(120, sub { number("SELECT state = 'done'
	    FROM push_campaign WHERE id = $id") }), 'it is done';
	return join ' ', @{ ($o->sql("SELECT s.total, s.fcm_sent, s.removed,
	    s.total - s.done FROM push_send s JOIN push_campaign c
	    ON c.send_id = s.id WHERE c.id = $id"))[0] } }

my $last = number('SELECT MAX(id) FROM push_device_registration');
my $turn = 1000 + int($last / 10);
cmp_ok $turn, '<', N, 'there are users on both sides';
for my $case ([ $turn, 'by users' ], [ $turn + 1, 'by devices' ]) {
	my ($n, $way) = @$case;
	my $id = campaign();
	load($id, join '', map { "u$_\n" } 1 .. $n);
	is ways(sub { $o->post("/push/campaign/send/live/$id", '') }), $way,
	    "$n users among $last devices: $way";
	is done($id), "$n $n 0 0", 'all of them are sent';
}

# --- devices that change while a run is queued ------------------------------

sub arrived { my %seen;
	$seen{ $_->{token} }++ for $o->ledger;
	return \%seen }

{
	my $id = campaign();
	load($id, join '', map { "u$_\n" } 1 .. N);
	my $before = arrived();
	my ($sendd) = $o->pid('sendd');
	kill 'STOP', $sendd;
	is $o->post("/push/campaign/send/live/$id", '')->{status}, 200, 'live';
	my $rows = 'SELECT COUNT(*) FROM push_outbox o JOIN push_campaign c'
	    . " ON c.send_id = o.send_id WHERE c.id = $id";
	is number($rows), N, 'each device has a row';
	is number("$rows AND o.body IS NOT NULL"), 0,
	    'none of which carries the body';
	is number('SELECT COUNT(DISTINCT o.body_id) FROM push_outbox o JOIN'
	    . ' push_campaign c ON c.send_id = o.send_id JOIN push_outbox_body'
	    . " b ON b.id = o.body_id WHERE c.id = $id"), 1,
	    'which is there once';
	# as if who queues it had come to the middle only
	my $first = number('SELECT MIN(id) FROM push_device_registration');
	my $middle = $first + 699;
	$o->sql("DELETE o FROM push_outbox o JOIN push_campaign c
	    ON c.send_id = o.send_id WHERE c.id = $id
	    AND o.device_id > $middle");
	$o->sql("UPDATE push_send s JOIN push_campaign c ON c.send_id = s.id
	    SET s.total = 700, s.fcm_total = 700, c.state = 'queueing',
	    c.queued_id = $middle WHERE c.id = $id");
	my ($gone_1, $gone_2) = ($first + 10, $first + 1010);
	$o->sql("UPDATE push_device_registration SET gone_at = UTC_TIMESTAMP(3),
	    gone_reason = 'UNREGISTERED' WHERE id IN ($gone_1, $gone_2)");
	for my $n (21, 1021) { # of somebody else, queued before and not yet
		$o->sql("UPDATE push_device_registration SET user_id = 'else',
		    generation = generation + 1 WHERE user_id = 'u$n'");
	}
	$o->post('/push/device/delete', object({ appId => $app,
	    token => $_ })) for 't-31', 't-1031';
	$o->device($app, 'u41', 'fcm', 'new-of-u41');
	kill 'CONT', $sendd;
	is done($id), '1497 1494 3 0',
	    'what had a row is dropped, of the others there is none';
	my $now = arrived();
	is_deeply { map { $_ => 1 } grep { ($now->{$_} // 0)
	    == ($before->{$_} // 0) } map { "t-$_" } 1 .. N },
	    { map { ("t-$_" => 1) } 11, 1011, 21, 1021, 31, 1031 },
	    'neither who was given up nor who is another user gets it';
	is_deeply [ grep { $now->{$_} - ($before->{$_} // 0) > 1 }
	    keys %$now ], [], 'nobody twice';
	is $now->{'new-of-u41'}, undef,
	    'a device that is new is not in the run';
}

$o->down;
done_testing;
