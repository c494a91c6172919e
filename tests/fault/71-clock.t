#!/usr/bin/perl
# A machine whose clock is wrong decides as the others do: the database's
# clock says what has expired, what is due and how old a row is. Programs
# get another time of day through a library before libc; no setting of ours
# is for that.
use strict;
use warnings;
use Fault;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(time sleep);

my $o = Fault->up(conf => "[message]\nstorage = yes\ndefault_ttl = 1h\n");
$o->credentials('mobile-app');
my $day = 86400;

# Run the code with the time of day of what it starts so many seconds ahead.
sub shifted {
	my ($seconds, $code) = @_;
	local $ENV{LD_PRELOAD} = "$o->{bin}/clock_shift.so";
	local $ENV{CLOCK_SHIFT} = $seconds;
	# a sanitizer wants to come first; it may come second
	local $ENV{ASAN_OPTIONS} = join ':', 'verify_asan_link_order=0',
	    $ENV{ASAN_OPTIONS} // ();
	return $code->();
}

sub until_text { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $_[0])) }
sub expired {
	return $o->value('SELECT SUM(apns_expired + fcm_expired +'
	    . ' hms_expired) FROM push_send') // 0;
}
sub offset {
	my ($program, $instance) = @_;
	return $o->get('/metrics')->{body} =~ /^outpost_clock_offset_seconds
	    \{program="$program",instance="$instance"\}\ (\S+)$/mx
	    ? $1 : undef;
}

my $own = $o->value('SELECT name FROM push_instance');
my $before;
ok $o->wait_for(60, sub { defined($before = offset('sendd', $own)) }),
    'a sendd tells how far its clock is';
cmp_ok abs $before, '<', 5, 'not far';
ok abs offset('push', '') < 5, 'and so does a responder';
unlike $o->log_text, qr/alarm clock/, 'no alarm while it is right';
$o->kill_off('sendd');

# --- sendd is ahead ---------------------------------------------------------

shifted(2, sub { $o->more_sendd('little') });
ok $o->wait_for(60, sub { $o->log_text('little') =~
    /^<3>alarm clock=ahead by=[12]\.\ds/m }), 'two seconds are an alarm, too';
$o->end_sendd('little');

shifted(90, sub { $o->more_sendd('ahead') });
my @minute = map { "abcd000$_" } 1 .. 4;
$o->queue(tokens => \@minute, expires => int(time * 1000) + 60_000);
$o->settled(120, '90 s ahead: nothing waits');
is $o->seen(qr/^abcd/), 4, '4 of 4 that are valid for a minute arrived';
is expired(), 0, 'none was thought to have expired';
like $o->log_text('ahead'),
    qr/^<3>alarm clock=ahead by=(?:8[5-9]|9[0-5])\.\ds/m,
    'an alarm';
is scalar(() = $o->log_text('ahead') =~ /alarm clock/g), 1, 'one';
ok $o->wait_for(60, sub { abs((offset('sendd', 'ahead') // 0) - 90) < 5 }),
    'and a metric';
my (undef, $words) = $o->outpost('queue');
my $far = qr{its clock \d+s ahead of the database's};
like $words, qr{^sendd ahead: .*$far, database \S+/mariadb\.sock$}m,
    'and outpost queue says so';
$o->end_sendd('ahead');

shifted(400 * $day, sub { $o->more_sendd('year') });
my @later = map { sprintf 'bcde%04d', $_ } 1 .. 50;
$o->queue(tokens => \@later, expires => int(time * 1000) + 3_600_000);
$o->settled(120, '400 days ahead: nothing waits');
is $o->seen(qr/^bcde/), 50, 'and nothing was thrown away';
is expired(), 0, 'nor counted as expired';
like $o->log_text('year'), qr/alarm clock=ahead/, 'with an alarm';
$o->end_sendd('year');

# --- sendd is behind --------------------------------------------------------

shifted(-90, sub { $o->more_sendd('behind') });
my ($over) = $o->queue(tokens => ['cdef0001'],
    expires => int(time * 1000) - 30_000);
$o->settled(120, '90 s behind: nothing waits');
is_deeply [ ($o->outcome($over))[0, 1] ], [ 'expired', 'validity is over' ],
    'what has expired is not sent';
is $o->seen(qr/^cdef/), 0, 'certainly not';
like $o->log_text('behind'), qr/^<6>expired\ message=$over\ row=\d+
    \ provider=apns\ app=mobile-app\ device=\d+\ token=cdef00\S*\ try=1
    \ why="validity\ is\ over"$/mx, 'and a line tells of it';
like $o->log_text('behind'), qr/alarm clock=behind by=/, 'an alarm again';
$o->end_sendd('behind');

# --- responders -------------------------------------------------------------

# A responder of its own, and a call to it.
sub responder {
	my ($seconds, $calls) = @_;
	my $socket = "$o->{run}/shifted$seconds.sock";
	my $pid = shifted($seconds, sub {
		my $child = fork // die "fork: $!\n";
		return $child if $child;
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$o->{run}/logs/shifted.log";
		open STDERR, '>&', \*STDOUT;
		exec "$o->{run}/bin/push.fcgi", '-c', $o->{conf}, '-s',
		    $socket;
		exit 127;
	});
	my $listens = $o->wait_for(60, sub { -S $socket });
	eval { $calls->(sub {
		my ($message) = @_;
		my $json = Outpost::json()->encode({ requestObject => {
		    appId => 'mobile-app', mode => 'ASYNCHRONOUS',
		    message => { userId => 'joe', %$message } } });
		open my $p, '-|', "$o->{bin}/fcgi_client", '-s', $socket,
		    '-X', 'POST', '-H', 'Content-Type: application/json',
		    '-d', $json, '/push/message/send' or die "$!\n";
		local $/;
		my $text = <$p>;
		return $text =~ /"messageId":"(\d+)"/ ? $1
		    : die "refused: $text\n";
	}) } if $listens;
	my $why = $listens ? $@ : 'no responder';
	kill 'TERM', $pid;
	waitpid $pid, 0;
	die $why if $why;
}

# Of a send's row, in seconds from now of the database: due, expiry, and the
# second of its id.
sub row {
	my ($send) = @_;
	my ($row) = $o->sql('SELECT UNIX_TIMESTAMP(o.due) -'
	    . ' UNIX_TIMESTAMP(UTC_TIMESTAMP(3)),'
	    . " JSON_VALUE(COALESCE(o.body, b.body), '\$.expires') / 1000 -"
	    . ' UNIX_TIMESTAMP(UTC_TIMESTAMP(3)),'
	    . ' (o.id >> 31) - UNIX_TIMESTAMP(UTC_TIMESTAMP(3))'
	    . ' FROM push_outbox o LEFT JOIN push_outbox_body b'
	    . " ON b.id = o.body_id WHERE o.send_id = $send");
	return @$row;
}

sub near { return abs($_[0] - $_[1]) < 30 }

$o->device('mobile-app', 'joe', 'apns', 'abcdef77');
for my $shift (7200, -7200, 400 * $day) {
	my $name = sprintf 'a responder %d h %s', abs $shift / 3600,
	    $shift > 0 ? 'ahead' : 'behind';
	responder($shift, sub {
		my ($call) = @_;
		my ($due, $expires, $born) = row($call->({ sendAt =>
		    until_text(3600), body => { title => 'later' } }));
		ok near($due, 3600), "$name: due at sendAt" or diag $due;
		ok near($expires, 7200), 'valid for an hour from then'
		    or diag $expires;
		ok near($born, 3600), 'as old as it is due' or diag $born;
		($due, $expires, $born) = row($call->({
		    body => { title => 'now', validUntil =>
			until_text(600) } }));
		ok near($due, -600), "$name: due at once" or diag $due;
		ok near($expires, 600), 'until validUntil' or diag $expires;
		ok near($born, 0), 'and young' or diag $born;
	});
	like $o->log_text('shifted'), qr/alarm clock=${\($shift > 0 ?
	    'ahead' : 'behind')} by=/, 'with an alarm';
}

# the command goes by the same clock
my ($status, $text) = shifted(7200, sub { $o->outpost('--json', 'send',
    '--app', 'mobile-app', '--user', 'joe', '--title', 'T', '--mode',
    'async') });
my ($send) = $text =~ /"messageId":\s*"(\d+)"/;
my ($due, $expires, $born) = row($send);
ok near($expires, 3600), 'outpost send: valid for an hour' or diag $text;
ok near($born, 0), 'and young';

done_testing;
