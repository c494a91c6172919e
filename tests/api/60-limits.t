#!/usr/bin/perl
# Sizes a stranger chooses, through each web server: refused, and nothing is
# left behind. 61-hostile.t tries each limit by itself.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
$o->post('/admin/app/create', { requestObject => { appId => 'mobile-app' } });

sub refused { my ($r, $status, $text, $name) = @_;
	is $r->{status}, $status, "$name: $status" or diag $r->{body};
	is $r->{json}{status}, 'ERROR', "$name: in the envelope";
	like $r->{json}{responseObject}{message} // '', $text, $name }

my $limit = 1024 * 1024;
sub of_size { my ($size) = @_;
	my ($head, $tail) = ('{"activationId":"a","x":"', '"}');
	return $head . 'x' x ($size - length($head . $tail)) . $tail }

my $before = $o->contents;
my $r = $o->post('/push/device/status/update', of_size($limit));
is $r->{status}, 200, 'a body as large as may be';
refused($o->post('/push/device/status/update', of_size($limit + 1)), 413,
    qr/larger than 1048576 bytes/, 'one byte more');
refused($o->post('/push/device/status/update', of_size(5 * $limit)), 413,
    qr/larger than/, 'five times as much');
refused($o->delete('/push/device/remove', of_size($limit + 1)), 413,
    qr/larger than/, 'in a DELETE');
$r = $o->get('/push/service/status');
is $r->{status}, 200, 'the next call is answered as ever';

refused($o->get('/push/service/status?' . 'x=1&' x 41), 400,
    qr/more than 40 parameters/, 'forty-one parameters');
refused($o->get('/' . join '/', 1 .. 20), 404, qr/no such path/,
    'a deep path');
refused($o->post('/push/device/status/update',
    '{"activationId":' . '[' x 31 . ']' x 31 . '}'), 400,
    qr/activationId must be a text/, 'nested as deep as may be');
refused($o->post('/push/device/status/update',
    '{"activationId":' . '[' x 32 . ']' x 32 . '}'), 400,
    qr/nested deeper than 32/, 'one level more');
refused($o->post('/push/device/status/update',
    '[' x 10000 . ']' x 10000), 400, qr/nested deeper/, 'ten thousand');
refused($o->post('/push/device/status/update',
    '[' x 500000 . ']' x 500000), 400, qr/nested deeper/,
    'half a million');
refused($o->post('/push/device/status/update', '{"activationId":"a\u0000b"}'),
    400, qr/NUL/, 'NUL in a text');
is $o->contents, $before, 'nothing is written';

$r = $o->post('/push/device/status/update',
    '{"activationId":"a","activationId":"b"}');
is $r->{status}, 200, 'a key given twice: the last counts';
$r = $o->post('/push/device/status/update', '{"activationId":"a"} trailing');
is $r->{status}, 200, 'text behind the value is ignored';

# what looks like SQL, HTML or a header is a text
for my $evil ("' OR 1=1 --", '<script>', "a\r\nX: y", '%00', '${jndi:x}') {
	my $r = $o->post('/admin/app/detail',
	    { requestObject => { appId => $evil } });
	is $r->{status}, 400, "appId $evil" =~ s/[\r\n]/?/gr;
	is $r->{headers}{x}, undef, 'no header of theirs';
}
is $o->contents, $before, 'nothing is written';

# a crowd: more at once than there are threads
my @pids;
for my $i (1 .. 40) {
	defined(my $pid = fork) or die "fork: $!\n";
	if ($pid == 0) {
		my $good = 0;
		for (1 .. 10) {
			my $r = $o->post('/push/device/create', {
			    requestObject => { appId => 'mobile-app',
				token => "crowd-$i", platform => 'fcm',
				activationId => "crowd-$i",
				userId => "user-$i" } });
			$good++ if $r->{status} == 200;
		}
		require POSIX;
		POSIX::_exit($good == 10 ? 0 : 1);
	}
	push @pids, $pid;
}
my $good = 0;
for (@pids) {
	waitpid $_, 0;
	$good++ if $? == 0;
}
is $good, 40, '400 calls of 40 callers at once are all answered';
is(($o->sql("SELECT COUNT(*) FROM push_device_registration
    WHERE push_token LIKE 'crowd-%'"))[0][0], 40, 'and each left its row');

done_testing;
