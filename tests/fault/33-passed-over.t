#!/usr/bin/perl
# A row that is due and that sendd does not take, although its turn has come,
# is an alarm: here one for a service that only a newer release knows. A
# campaign that waits for room and for its rate is none.
use strict;
use warnings;
use Fault;
use Test::More;

my $o = Fault->up(conf => <<'END');
room = 100
[apns]
rate = 5/s
END
$o->credentials('mobile-app');
sub log_lines { return grep { /$_[0]/ } split /\n/,
    $o->read_file("$o->{run}/logs/sendd.log") }
sub unread {
	return $o->get('/metrics')->{body} =~
	    /^outpost_sendd_unread\{instance="[^"]+"\} (\d+)$/m ? $1 : undef;
}

kill STOP => $o->pid('sendd');
$o->seed('-a', 'mobile-app', '-n', 1000);
$o->sql('UPDATE push_outbox SET lane = 1');
my ($send) = $o->queue(tokens => ['c0de' x 16]);
$o->sql("UPDATE push_outbox SET platform = 9 WHERE send_id = $send");
kill CONT => $o->pid('sendd');

ok $o->wait_for(60, sub { log_lines(qr/alarm lanes=/) }), 'an alarm';
my ($line) = log_lines(qr/alarm lanes=/);
like $line, qr/^<3>/, 'at the level of one';
like $line, qr/ platform=9 /, 'tells of the row';
like $line, qr/a service that this release does not know/, 'and the cause';
like $line, qr/lanes=1 /, 'no other lane has such a row';
cmp_ok $o->value('SELECT COUNT(*) FROM push_outbox WHERE lane = 1 AND due <='
    . ' UTC_TIMESTAMP(3)'), '>', 500, 'though the campaign waits';
ok $o->wait_for(60, sub { unread() }), 'the metric shows it';
my ($i) = @{ $o->get('/admin/queue')->{json}{responseObject}{instances} };
is $i->{figures}{unread}, 1, 'and the queue does';

$o->sql("UPDATE push_outbox SET platform = 0 WHERE send_id = $send");
ok $o->wait_for(60, sub { log_lines(qr/sent message=$send /) }),
    'the row is sent as soon as it can be read';
ok $o->wait_for(60, sub { log_lines(qr/that are due are read again/) }),
    'the alarm ends';
ok $o->wait_for(60, sub { defined unread() && unread() == 0 }),
    'in the metric too';
is scalar(log_lines(qr/alarm lanes=/)), 1, 'it was told once';

done_testing;
