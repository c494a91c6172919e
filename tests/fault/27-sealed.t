#!/usr/bin/perl
# Encrypting a message for a browser takes sendd a moment, in which it may come
# to stand still, as a machine does that is moved to other hardware. When it
# goes on, nothing that is encrypted goes out to a browser that is removed, or
# another user's, for an application that is held, or of a run that is paused;
# nor if sendd is to end then.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(sleep);

my $o = Fault->up(conf => "[webpush]\nhosts = any-public\n");
my $keys = $o->{keys}{webpush};
my @apps = qw(goes removed anothers held paused);
my %token;

for my $app (@apps) {
	$o->webpush_app($app);
	$token{$app} = { endpoint =>
	    "https://fcm.googleapis.com/webpush/tok-accept:$app",
	    keys => { p256dh => $keys->{p256dh}, auth => $keys->{auth} } };
	$o->device($app, 'joe', 'webpush', $token{$app});
}

sub call {
	my ($path, $what) = @_;
	my $r = $o->post("/push/$path", { requestObject => $what // {} });
	is $r->{status}, 200, $path or diag $r->{body};
	return $r->{json}{responseObject};
}
sub seen { return $o->seen(qr/accept:$_[0]$/) }

my $slow = "$o->{run}/slow";
$o->kill_off('sendd');
{
	local $ENV{LD_PRELOAD} = "$o->{bin}/slow_seal.so";
	local $ENV{SLOW_SEAL} = $slow;
	local $ENV{ASAN_OPTIONS} = join ':', 'verify_asan_link_order=0',
	    $ENV{ASAN_OPTIONS} // ();
	# a lease that outlasts the standstill: sendd may go on at once
	$o->more_sendd('slow', "[sendd]\nlease = 60s\n");
}
is $o->send($_, 'joe', mode => 'ASYNCHRONOUS')->{status}, 200,
    "a message of $_" for @apps;
$o->settled(60, 'they are sent');
is seen($_), 1, "$_: and arrive" for @apps;

# A message of each is being encrypted. Returns the run.
sub begin_all {
	$o->write_file($slow, '');
	is $o->send($_, 'joe', mode => 'ASYNCHRONOUS')->{status}, 200,
	    "a message of $_" for grep { $_ ne 'paused' } @apps;
	my $run = call('campaign/create', { appId => 'paused',
	    message => { title => 'T', body => 'B' } })->{id};
	call("campaign/$run/user/add", [ 'joe' ]);
	call("campaign/send/live/$run");
	ok $o->wait_for(60, sub { -s $slow }), 'they are being encrypted';
	ok $o->wait_for(60, sub { $o->waiting == @apps }),
	    'so is that of the run';
	sleep 2; # it is read by then, or goes the way of all others
	return $run;
}
sub halt_all {
	my ($run) = @_;
	call('device/delete', { appId => 'removed',
	    token => $token{removed} });
	$o->device('anothers', 'ann', 'webpush', $token{anothers});
	is +($o->outpost('hold', 'held', '--reason', 'mine'))[0], 0,
	    'one is held';
	call("campaign/$run/pause");
	sleep 3; # longer than a mark may be unknown
}
sub let_go {
	my ($run) = @_;
	is +($o->outpost('release', 'held'))[0], 0, 'the hold is released';
	call("campaign/$run/resume");
	$o->settled(60, 'the two are sent');
}

my $run = begin_all();
halt_all($run);
is $o->seen(qr/accept:/), @apps, 'nothing has gone out meanwhile';
unlink $slow or die "$slow: $!\n";

my $later = 'SELECT COUNT(*) FROM push_outbox WHERE due > UTC_TIMESTAMP(3)'
    . ' + INTERVAL 1 SECOND';
ok $o->wait_for(60, sub { $o->waiting == 2 && $o->value($later) == 2 }),
    'two are put off, and the others have their outcome';
is_deeply { map { $_ => seen($_) } @apps }, { goes => 2, removed => 1,
    anothers => 1, held => 1, paused => 1 }, 'one alone was sent';
let_go($run);
is_deeply { map { $_ => seen($_) } @apps }, { goes => 2, removed => 1,
    anothers => 1, held => 2, paused => 2 }, 'and arrive';

# --- it is to end ------------------------------------------------------------

$o->device($_, 'joe', 'webpush', $token{$_}) for qw(removed anothers);
$run = begin_all();
my $pid = $o->{more}{slow};
kill 'STOP', $pid;
halt_all($run);
my $before = { map { $_ => seen($_) } @apps };
unlink $slow or die "$slow: $!\n";
kill $_, $pid for qw(TERM CONT);
is $o->end_sendd('slow'), 0, 'sendd goes on, and ends';
# They are in flight still, or were looked at just before the end.
like $o->log_text('slow'), qr/stopping: \d+ in flight\n.*stopped: .* left=0$/ms,
    'with nothing left';
is_deeply { map { $_ => seen($_) } @apps }, $before, 'nothing was sent';
$o->again;
ok $o->wait_for(60, sub { $o->waiting == 2 && $o->value($later) == 2 }),
    'by another sendd two are put off, and the others have their outcome';
let_go($run);
is_deeply { map { $_ => seen($_) } @apps }, { goes => 3, removed => 1,
    anothers => 1, held => 3, paused => 3 }, 'and arrive';
$o->down;
done_testing;
