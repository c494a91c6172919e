#!/usr/bin/perl
# A batch is looked up and written as a whole. Each of its messages has the same
# rows as when it is sent alone, also when users occur several times.
use strict;
use warnings;
use Outpost;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(clock_gettime);

my $o = Outpost->up(conf => "[api]\nbatch_max = 300\n");
my $app = $o->app('mobile-app');
my $other = $o->app('other-app');

# user, platform, activation, active, application
my ($first, $second) = map { "activation-$_" } 1, 2;
my @devices = ([ 'joe', 'apns', $first, 1 ], [ 'joe', 'fcm', $second, 0 ],
    [ 'joe', 'hms', 'activation-3', 1 ], [ 'ann', 'fcm', 'activation-4', 1 ],
    [ 'ann', 'fcm', 'activation-5', 1, $other ],
    [ 'joe ', 'fcm', 'activation-6', 1 ], [ 'JOE', 'fcm', 'activation-7', 1 ],
    [ q(o"ne\\'s), 'fcm', 'activation-8', 1 ],
    [ "\x{1f600}\x{e9}", 'fcm', 'activation-9', 1 ],
    [ 'two', 'apns', 'activation-10', 1 ],
    [ 'two', 'apns', 'activation-11', 1 ]);
for my $d (@devices) {
	my ($user, $platform, $activation, $active, $of) = @$d;
	my $token = $platform eq 'apns' ? Outpost->apns_token($activation)
	    : "token-$activation";
	$o->device($of // $app, $user, $platform, $token,
	    activationId => $activation);
	$o->sql('UPDATE push_device_registration SET is_active ='
	    . " $active WHERE activation_id = '$activation'");
}
kill 'STOP', my $sendd = $o->pid('sendd');

sub message {
	my ($user, %more) = @_;
	my $title = delete $more{title} // "for $user";
	return { userId => $user, body => { title => $title,
	    body => "Text", extras => { n => 1 } }, %more };
}

# Messages in a batch, so that each of them lies in a shard of its own: 16
# neighbours share one.
sub apart {
	return [ map { ($_, (message('nobody')) x 15) } @_ ];
}

# The rows of a send, message by message, if they lie apart; a single message
# lies wherever the moment has it. When a message expires is left out.
sub rows_of {
	my ($r) = @_;
	my $send = $r->{json}{responseObject}{messageId};
	die "$r->{status} $r->{body}\n" if !$send;
	my %by;
	for ($o->sql("SELECT (q.shard + 64 - $send % 64) % 64, q.device_id,
	    q.platform, q.environment, q.token, q.generation, q.personal,
	    q.user_id, q.activation_id, COALESCE(q.body, b.body)
	    FROM push_outbox q LEFT JOIN push_outbox_body b
	    ON b.id = q.body_id WHERE q.send_id = $send ORDER BY q.id")) {
		my ($at, @row) = @$_;
		$row[-1] =~ s/"expires":\d+//;
		push @{ $by{$at} }, join '|', @row;
	}
	return \%by;
}

sub send_now {
	my ($path, %what) = @_;
	return $o->post("/push/message/$path", { requestObject => {
	    appId => $app, mode => 'ASYNCHRONOUS', %what } });
}

my $later = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 86400));
my @messages = (message('joe'), message('ann'), message('nobody'),
    message('joe', title => 'again'), message('joe'),
    message('joe', activationId => $second),
    message('joe', activationId => 'activation-4'),
    message('joe', attributes => { personal => \1 }), message('joe '),
    message('JOE'), message(q(o"ne\\'s)), message("\x{1f600}\x{e9}"),
    message('two', attributes => { silent => \1 }),
    message('ann', sendAt => $later),
    message('two', activationId => 'activation-11', priority => 'NORMAL'),
    message('joe', title => 'x' x 3000));
my %alone;
for my $i (0 .. $#messages) {
	my ($rows, @more) = values %{ rows_of(send_now('send',
	    message => $messages[$i])) };
	$alone{$i} = $rows if $rows && !@more;
}
is_deeply [ map { scalar @{ $alone{$_} // [] } } 0 .. $#messages ],
    [ 3, 1, 0, 3, 3, 1, 0, 2, 1, 1, 1, 1, 2, 1, 1, 2 ],
    'so many rows has each message alone';
is_deeply rows_of(send_now('batch/send', batch => apart(@messages))), \%alone,
    'and the same rows in a batch';

# Single messages of the same moment share a shard, which changes all the time.
sub turn { return int(1000 * clock_gettime(7) / 10) } # CLOCK_BOOTTIME
my $before = turn();
my $single = send_now('send', message => message('ann'))
    ->{json}{responseObject}{messageId};
my %turns = map { $_ % 64 => 1 } $before .. turn();
ok $turns{ ($o->sql('SELECT shard FROM push_outbox WHERE send_id = '
    . $single))[0][0] }, 'a single message lies where others of its moment do';

# --- equal bodies -----------------------------------------------------------

my @same = map { message($_, title => 'same') } 'ann', 'ann', 'nobody', 'JOE';
my $r = send_now('batch/send', batch => apart(@same, message('ann')));
my $send = $r->{json}{responseObject}{messageId};
is_deeply [ $o->sql('SELECT COUNT(DISTINCT body_id), SUM(body IS NULL),'
    . ' COUNT(*), (SELECT COUNT(*) FROM push_outbox_body WHERE send_id ='
    . " $send) FROM push_outbox WHERE send_id = $send") ], [ [ 2, 3, 4, 1 ] ],
    'a body of several messages is stored once';
is_deeply [ map { /"title":"(.*?)"/ } map { @{ rows_of($r)->{$_} } } 0, 1, 3,
    4 ], [ ('same') x 3, 'for ann' ], 'and each message has its own';

# --- the number of devices --------------------------------------------------

my $app_id = ($o->sql('SELECT id FROM push_app_credentials'
    . " WHERE app_id = '$app'"))[0][0];
$o->sql('INSERT INTO push_device_registration (activation_id, user_id,'
    . ' app_id, platform, push_token, timestamp_last_registered, is_active)'
    . " SELECT CONCAT('m-', seq), 'many', $app_id, IF(seq % 2, 'fcm', 'none'),"
    . " CONCAT('many-', seq), UTC_TIMESTAMP(3), 1 FROM seq_1_to_100000");
$r = send_now('batch/send', batch => [ message('many'), message('joe') ]);
is scalar(map { @$_ } values %{ rows_of($r) }), 50003,
    'users with more devices in all than one statement reads';
$o->sql('DELETE FROM push_outbox WHERE send_id = '
    . $r->{json}{responseObject}{messageId});
$r = send_now('batch/send', batch => [ message('many'), message('joe'),
    message('many') ]);
is $r->{status}, 413, 'too many devices in all';
like $r->{json}{responseObject}{message}, qr/^the call sends to more than /,
    'and why';
$o->sql("UPDATE push_device_registration SET user_id = 'most'"
    . " WHERE user_id = 'many';"
    . " UPDATE push_device_registration SET user_id = 'most', app_id = $app_id"
    . " WHERE user_id = 'two'");
$r = send_now('batch/send', batch => [ message('joe'), message('most') ]);
is $r->{status}, 413, 'too many devices of one user';
like $r->{json}{responseObject}{message},
    qr/^Push message at index: 1 is .* error is: a user has more than /,
    'and which one it is';

# --- in part ----------------------------------------------------------------

my @mixed = (message('joe'), undef, message('ann', sendAt => 'soon'),
    message('nobody'), { userId => 'joe' }, message(''),
    message('ann', body => { badge => 'x' }), message('most'),
    message('ann', sendAt => '2999-01-01T00:00:00Z'),
    { userId => 'ann', body => {} }, message('ann'));
my @why = ([ 1, qr/^Push message must not be null\.$/ ],
    [ 2, qr/^batch\[2\]\.sendAt must be a moment/ ],
    [ 4, qr/^Push message payload \(body\) must not be null\.$/ ],
    [ 5, qr/^No userId was specified$/ ],
    [ 6, qr/^batch\[6\]\.body\.badge must be a number$/ ],
    [ 7, qr/^a user has more than / ], [ 8, qr/^sendAt must be at most / ],
    [ 9, qr/\S/ ]);
sub in_part {
	my ($key, @batch) = @_;
	return $o->post('/push/message/batch/send', { requestObject => {
	    appId => $app, mode => 'ASYNCHRONOUS', partial => \1,
	    batch => \@batch } }, headers =>
	    { 'idempotency-key' => $key });
}
$r = send_now('batch/send', batch => \@mixed);
is $r->{status}, 400, 'without partial the whole batch is refused';
like $r->{json}{responseObject}{message}, qr/^Push message at index: 1 is not/,
    'by its first fault';
$r = in_part('part-1', @mixed);
is $r->{status}, 200, 'with partial it is accepted';
my $refused = $r->{json}{responseObject}{refused};
is_deeply [ map { $_->{index} } @$refused ], [ map { $_->[0] } @why ],
    'those that are not valid are listed';
like $refused->[$_]{reason}, $why[$_][1], "why message $why[$_][0] is"
    for 0 .. $#why;
is_deeply rows_of($r), { 0 => [ map { @{ $alone{$_} } } 0, 1 ] },
    'the others have their rows, and nothing else has';
my $again = in_part('part-1', @mixed);
delete $_->{json}{responseObject}{warnings} for $r, $again;
is_deeply [ $again->{headers}{'idempotency-replayed'},
    $again->{json}{responseObject} ], [ 'true', $r->{json}{responseObject} ],
    'with the key the same answer comes again, but for warnings';
is_deeply in_part(undef, message('joe'))->{json}{responseObject}{refused}, [],
    'an empty list when all are good';
$r = in_part(undef, undef, message(''));
is $r->{status}, 400, 'none is good';
is $r->{json}{responseObject}{message}, 'Push message at index: 0 is not valid.'
    . ' Nested error is: Push message must not be null.', 'and why';
is in_part('part-1', message('joe'))->{status}, 409,
    'the key with another batch';

$o->sql('DELETE FROM push_outbox; DELETE FROM push_device_registration'
    . " WHERE user_id = 'most'");
kill 'CONT', $sendd;

# An answer that is not short, behind a wait.
$r = $o->post('/push/message/batch/send', { requestObject => {
    appId => $app, mode => 'SYNCHRONOUS', partial => \1,
    batch => [ message('ann'), (undef) x 299 ] } });
is $r->{status}, 200, 'a batch that is waited for is accepted in part';
cmp_ok length $r->{body}, '>', 16384, 'the answer is long';
is scalar @{ $r->{json}{responseObject}{refused} }, 299, 'and whole';
done_testing;
