#!/usr/bin/perl
# Time limits: a message whose validity is over is not sent, a caller does
# not wait for a dead sendd, an outcome that comes late is told later, and
# settings read again take effect.
use strict;
use warnings;
use Fault;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(time sleep);

my $o = Fault->up(conf => "[api]\nsync_timeout = 2s\n");
$o->credentials('mobile-app');
my %token = (ios => 'ab' x 32, android => 'fcm-token', huawei => 'hms-token');
$o->device('mobile-app', "user-$_", $_, $token{$_}) for sort keys %token;
my %key = (ios => 'apns', android => 'fcm', huawei => 'hms');

sub until_text { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $_[0])) }
sub counts {
	my ($id) = @_;
	my ($row) = $o->sql('SELECT total, done, apns_sent + fcm_sent +'
	    . ' hms_sent, apns_expired + fcm_expired + hms_expired FROM'
	    . " push_send WHERE id = $id");
	return $row;
}

# already over when it is sent
for my $platform (sort keys %token) {
	my ($id) = $o->queue(platform => $key{$platform},
	    tokens => [$token{$platform}],
	    expires => int(time * 1000) - 1000);
	ok $o->wait_for(60, sub { counts($id)->[1] == 1 }),
	    "$platform: validity over: done";
	is_deeply counts($id), [1, 1, 0, 1], 'as expired, not sent';
}
is scalar($o->lines), 0, 'the providers have seen nothing';

# over while it waits for the provider
$o->control({ mode => '503', provider => 'apns' });
my $r = $o->send('mobile-app', 'user-ios', mode => 'ASYNCHRONOUS',
    message => { body => { title => 'T', body => 'short',
	validUntil => until_text(10) } });
is $r->{status}, 200, 'a message for ten seconds' or diag $r->{body};
my $id = $r->{json}{responseObject}{messageId};
ok $o->wait_for(60, sub { counts($id)->[1] == 1 }), 'ends';
is_deeply counts($id), [1, 1, 0, 1], 'as expired, not tried for ever';
$o->control({ mode => 'normal' });
is $o->seen, 0, 'and is not sent after';

# a retryable first answer is pending for the caller, and goes on
$o->control({ mode => '503', provider => 'apns', count => 1,
    retry_after => 3 });
$r = $o->send('mobile-app', 'user-ios');
is $r->{json}{responseObject}{apns}{pending}, 1,
    'SYNCHRONOUS: a 503 is told as pending' or diag $r->{body};
$id = $r->{json}{responseObject}{messageId};
ok $o->wait_for(60, sub { counts($id)->[2] == 1 }), 'and is sent later';

# nobody delivers: the caller has an answer in time
$o->kill_off('sendd');
my $begin = time;
$r = $o->send('mobile-app', 'user-ios');
my $took = time - $begin;
is $r->{status}, 200, 'sendd dead: the send is accepted';
is $r->{json}{responseObject}{apns}{pending}, 1, 'as pending';
# less than the 30 s that sync_timeout is by default
cmp_ok $took, '<', 25, 'the caller has not waited for ever';
note sprintf 'after %.2f s with sync_timeout 2 s', $took;
$id = $r->{json}{responseObject}{messageId};
$o->again;
ok $o->wait_for(60, sub { counts($id)->[2] == 1 }),
    'and is sent when sendd is back';

# a sendd that stands still is as good as dead
my $pid = $o->pid('sendd');
kill 'STOP', $pid;
$begin = time;
$r = $o->send('mobile-app', 'user-ios');
is $r->{json}{responseObject}{apns}{pending}, 1,
    'sendd stopped: pending' or diag $r->{body};
cmp_ok time - $begin, '<', 25, 'in bounded time';
kill 'CONT', $pid;
$o->settled(120);

# settings read again: a rate of one a second, then none
my $good = $o->read_file($o->{conf});
$o->write_file($o->{conf}, "$good\n[apns]\nrate = 1/s\n");
kill 'HUP', $pid;
ok $o->wait_for(60, sub { $o->log_text =~ /settings read again/ }),
    'SIGHUP: the settings are read again';
$o->seed('-a', 'mobile-app', '-n', 100);
sleep 2;
cmp_ok $o->waiting, '>', 50, 'and obeyed: a rate of one a second';
$o->write_file($o->{conf}, "$good\n[apns]\nrate = nonsense\n");
kill 'HUP', $pid;
ok $o->wait_for(60, sub { $o->log_text =~ /settings stay as they are/ }),
    'what cannot be read changes nothing';
ok kill(0, $pid), 'and ends nothing';
$o->write_file($o->{conf}, $good);
kill 'HUP', $pid;
$o->settled(120, 'the old rate again');
$o->nothing_lost(100, match => qr/^abcdef01/);

# told to end with messages in flight: it finishes them
$o->seed('-a', 'mobile-app', '-n', 300, '-t',
    Outpost->apns_token('tok-slow-700:'));
$o->wait_for(60, sub { $o->seen(qr/^746f6b/) > 100 });
kill 'TERM', $pid;
ok $o->wait_for(60, sub { !-e "/proc/$pid/exe" }), 'SIGTERM: it ends';
$o->again;
$o->settled(120);
is $o->nothing_lost(300, match => qr/^746f6b/), 0,
    'what was in flight was finished and not repeated';

done_testing;
