#!/usr/bin/perl
# Runs that begin while callers wait for their messages, one after the other: to
# all devices, and to few of them. They are queued in small chunks with rests
# between them. Each caller is answered, and ledger and counts agree.
use strict;
use warnings;
use Runs;
use POSIX ();
use Test::More;

my $n = 8000;
my $o = Runs->up(conf => "[campaign]\nchunk = 200\n");
my $mark = $o->devices('all', $n);
$o->device('mobile-app', 'somebody', 'ios', 'c0de' x 16);
my $later = POSIX::strftime('%Y-%m-%dT00:00:00Z', gmtime time + 2 * 86400);

# each tenth of the users, and all of them
my $few = $o->campaign('all', 0);
$o->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
    . " timestamp_created) SELECT $few, CONCAT('all', seq * 10), NOW() FROM"
    . ' seq_1_to_' . $n / 10);
my $all = $o->campaign('all', $n);
for my $id ($few, $all) {
	$o->call("send/live/$id", { sendAt => $later });
}

my ($calls, $answered) = (0, 0);
sub one_call {
	my $r = $o->send('mobile-app', 'somebody');
	$calls++;
	$answered++ if ($r->{json}{responseObject}{apns}{sent} // 0) == 1;
}

one_call();	# so that callers come
for my $id ($few, $all) {
	$o->begins_now($id);
	one_call() while $calls < 20000 && $o->state_of($id) ne 'done';
	$o->comes_to($id, 'done');
}
cmp_ok $calls, '>', 10, "$calls calls beside the runs";
is $answered, $calls, 'each was answered: sent';
my %run = map { $_ => $o->run_of($_) } $few, $all;
is $run{$few}{counts}{sent}, $n / 10, 'the run to few is sent';
is $run{$all}{counts}{sent}, $n, 'and that to all';
my $got = $o->got($mark);
is scalar(grep { $got->{$_} == 2 } keys %$got), $n / 10,
    'the devices of both have two messages';
is scalar(grep { $got->{$_} == 1 } keys %$got), $n - $n / 10,
    'and the others one';
$o->accounts($n + $n / 10 + $calls);
done_testing;
