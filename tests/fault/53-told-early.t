#!/usr/bin/perl
# A row is told at the doorbell while its INSERT is under way. If that is
# refused, the message is sent once at most, its caller is told so, and the
# process tells no further row for a while; if it takes long, all is well. What
# has an Idempotency-Key is told after its COMMIT.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(clock_gettime);

use constant {
	SOON => 40,	# seconds: a minute after its start sendd polls
	DOUBT => 5000,	# ms: DOUBT_MS of core/together.c
};

# sendd waits for a refused row as long as a statement may take, at its end too
my $o = Fault->up(conf => "[sendd]\npoll = 1m\n[log]\nlevel = debug\n"
    . "[database]\ntimeout = 5s\n");
$o->credentials('mobile-app');
ok $o->wait_for(60, sub { my %s = $o->shares; ((values %s)[0] // 0) == 64 }),
    'sendd has all shards';
sub now_ms { return int(1000 * clock_gettime(7)) } # CLOCK_BOOTTIME
sub seen { return $o->seen(Outpost->apns_token($_[0])) }
sub done { return $o->value("SELECT done FROM push_send WHERE id = $_[0]") }
sub device {
	my ($user) = @_;
	$o->device('mobile-app', $user, 'ios', Outpost->apns_token($user));
}
sub answer {
	my ($user, %more) = @_;
	return $o->post('/push/message/send', { requestObject => {
	    appId => 'mobile-app', mode => 'SYNCHRONOUS', message => {
		userId => $user, body => { title => 'T', body => 'B' } } } },
	    %more);
}
sub call { return answer(@_)->{json}{responseObject} }
sub was_carried {
	return $o->log_text =~ /^<7>read message=$_[0] .* node=carried$/m;
}
sub are_carried {
	my ($what) = @_;
	ok $o->wait_for(SOON,
	    sub { was_carried(call('somebody')->{messageId}) }), $what;
}

device('somebody');
are_carried('rows are carried');
my @keyed = map { call('somebody', headers =>
    { 'Idempotency-Key' => "key-$_" }) } 1 .. 5;
is scalar(grep { $_->{result}{apns}{sent} == 1 } @keyed), 5,
    'calls with a key have theirs sent';
is scalar(grep { was_carried($_->{messageId}) } @keyed), 0,
    'and sendd has read their rows';

# --- an INSERT that is refused -----------------------------------------------

# The row has been told by then. A process that has seen this tells none for
# five seconds.
$o->sql('CREATE TRIGGER refuse BEFORE INSERT ON push_outbox FOR EACH ROW'
    . " SET NEW.shard = IF(NEW.user_id LIKE 'refused-%', 1000, NEW.shard)");
sub refused {
	my ($user) = @_;
	device($user);
	my $answer = answer($user);
	return ($answer, now_ms());
}
for (1 .. 20) {
	are_carried('before one is refused');
	my ($first, $ends) = refused("refused-$_");
	my ($next, $until) = refused("refused-next-$_");
	next if $first->{status} == 413 || $until - $ends > DOUBT;
	is $first->{status}, 503, 'a row is refused that may have been sent';
	like $first->{json}{responseObject}{message},
	    qr/did not say whether this was done/, 'so the caller is told';
	is $next->{status}, 413, 'the next one is merely refused';
	is seen("refused-next-$_"), 0, 'for it was not told';
	last if seen("refused-$_");
}
my %times;
$times{$_}++ for map { seen("refused-$_") } 1 .. 20;
ok $times{1}, 'one was sent';
is_deeply [ grep { $_ > 1 } keys %times ], [], 'none was sent twice';
$o->sql('DROP TRIGGER refuse');
is $o->value('SELECT COUNT(*) FROM push_outbox'), 0, 'none has a row';
is $o->value('SELECT COUNT(*) FROM push_history'
    . " WHERE user_id LIKE 'refused-%'"), 0, 'or stands in the history';

# One that takes long and is done well.
$o->sql('CREATE TRIGGER slow BEFORE INSERT ON push_outbox FOR EACH ROW'
    . " SET NEW.attempts = IF(NEW.user_id LIKE 'late-%', SLEEP(0.5), 0)");
are_carried('rows are carried again');
for (1 .. 20) {
	device("late-$_");
	my $sent = call("late-$_");
	is $sent->{result}{apns}{sent}, 1, 'a call has a slow row sent';
	is seen("late-$_"), 1, 'once';
	is done($sent->{messageId}), 1, 'and counted';
	last if was_carried($sent->{messageId});
}
$o->sql('DROP TRIGGER slow');

done_testing;
