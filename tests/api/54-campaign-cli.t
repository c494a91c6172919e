#!/usr/bin/perl
# The command's hand on a campaign: send with a time and a pace, set, pause,
# resume, cancel, runs; status, watched on a terminal and elsewhere; and the
# progress of a load of users.
use strict;
use warnings;
use Outpost;
use POSIX qw(strftime);
use Terminal;
use Test::More;
use Time::HiRes qw(sleep time);

my $o = Outpost->up;
my $app = $o->app('mobile-app');
my $json = Outpost::json();
$o->device($app, "u$_", 'fcm', "token-$_") for 1 .. 8;

sub campaign {
	my (@users) = @_;
	my $id = $o->post('/push/campaign/create', { requestObject => {
	    appId => $app, message => { title => 'Hi' } } })
	    ->{json}{responseObject}{id};
	$o->put("/push/campaign/$id/user/add", { requestObject => \@users })
	    if @users;
	return $id;
}

sub command { return $o->outpost('campaign', @_) }

sub says {
	my ($want, $said, @words) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($status, $text) = command(@words);
	is $status, $want, "campaign @words: $want" or diag $text;
	like $text, $said, 'with words';
}

sub runs { return $json->decode((command('runs', $_[0], '--json'))[1]) }

sub comes_to {
	my ($id, $state) = @_;
	ok $o->wait_for(60, sub { ($o->sql('SELECT state FROM push_campaign'
	    . " WHERE id = $id"))[0][0] eq $state }), "it comes to $state";
}

# --- send, set --------------------------------------------------------------

my $at = strftime '%Y-%m-%dT00:00:00Z', gmtime time + 2 * 86400;
my $later = strftime '%Y-%m-%dT12:00:00Z', gmtime time + 2 * 86400;
my @quiet = ('--quiet', '22:00-07:30', '--zone', 'Europe/Prague');
my $id = campaign(qw(u1 u2 u3));
for ([ 1, qr/in the past/, '--at', '2020-01-01T00:00:00Z' ],
    [ 2, qr/a time with its zone/, '--at', 'tomorrow' ],
    [ 2, qr/a time with its zone/, '--at', '2030-01-01T00:00:00' ],
    [ 1, qr/spread must be a duration/, '--spread', 'long' ],
    [ 2, qr/a number from 1 to/, '--rate', 0 ],
    [ 2, qr/FROM-TO/, '--quiet', '22:00', '--zone', 'UTC' ],
    [ 1, qr/need from, to and zone/, '--quiet', '22:00-07:00' ],
    [ 1, qr/quiet hours/, '--quiet', '22:00-07:00', '--zone', 'No/Where' ]) {
	my ($status, $said, @options) = @$_;
	says($status, $said, 'send', $id, @options);
	says($status, $said, 'set', $id, @options);
}
is_deeply runs($id), [], 'nothing is started';
says(0, qr/^no runs$/, 'runs', $id);
says(0, qr/^created *$/, 'status', $id);
says(1, qr/is created, it has no run/, 'set', $id, '--rate', 7);
says(1, qr/is created, it cannot be paused/, 'pause', $id);
says(0, qr/it is being sent$/, 'send', $id, '--at', $at, '--spread', '2h',
    '--rate', 50, @quiet);
my ($run) = @{ runs($id) };
is_deeply { map { $_ => $run->{$_} } qw(state sendAt spread rate quiet) },
    { state => 'queueing', sendAt => $at, spread => '7200s', rate => 50,
	quiet => { from => '22:00', to => '07:30', zone => 'Europe/Prague' } },
    'when and how fast, as it was said';
says(0, qr/it is being sent already$/, 'send', $id);
says(0, qr/^$/, 'set', $id, '--rate', 7);
($run) = @{ runs($id) };
is_deeply [ @$run{qw(sendAt rate spread quiet)} ], [ $at, 7, undef, undef ],
    'what is not said is taken away, but the time';
says(0, qr/^$/, 'set', $id, '--at', $later, '--spread', '1h');
($run) = @{ runs($id) };
is_deeply [ @$run{qw(sendAt rate spread)} ], [ $later, undef, '3600s' ],
    'another time, and a spread';

# --- pause, resume, cancel --------------------------------------------------

says(0, qr/^campaign $id is paused$/, 'pause', $id) for 1, 2;
says(0, qr/^campaign $id is queueing$/, 'resume', $id) for 1, 2;
is_deeply $json->decode((command('pause', $id, '--json'))[1]),
    { state => 'paused' }, 'as JSON';
says(0, qr/^campaign $id is cancell(?:ing|ed)$/, 'cancel', $id) for 1, 2;
comes_to($id, 'cancelled');
says(1, qr/is cancelled, it cannot be $_->[1]/, $_->[0], $id)
    for [qw(pause paused)], [qw(resume resumed)];
says(1, qr/is cancelled, it has no run/, 'set', $id, '--rate', 7);
says(1, qr/no campaign 999999/, $_, 999999) for qw(pause resume cancel set
    runs status);
says(2, qr/is a number/, $_, 'x') for qw(pause resume cancel set runs status);
says(0, qr/it is being sent$/, 'send', $id, '--again');
comes_to($id, 'done');
says(1, qr/is done, it cannot be cancelled/, 'cancel', $id);
is_deeply [ map { [ @$_{qw(state)}, $_->{counts}{sent} ] } @{ runs($id) } ],
    [ [ 'done', 3 ], [ 'cancelled', 0 ] ], 'both runs, the newest first';
says(0, qr/^ +MESSAGE .* CANCELLED
 *\d+ +done .* 3 +3 +0 +0 +0
 *\d+ +cancelled .* 0 +0 +0 +0 +0$/, 'runs', $id);
is_deeply [ map { $_->[0] } $o->sql('SELECT DISTINCT action FROM push_audit'
    . " WHERE object = '$id' ORDER BY 1") ], [ map { "campaign.$_" }
    qw(cancel pause resume send set) ], 'each is in the audit trail';

# --- status, watched --------------------------------------------------------

my $full = '[########################] 100%';
says(0, qr/^done +\Q$full\E  3 of 3  sent 3 failed 0 expired 0 cancelled 0
  fcm: 3 of 3, sent 3 /, 'status', $id);

# Elsewhere than on a terminal: a line for each change, the last one tells the
# end.
sub lines_of {
	my ($id) = @_;
	my ($status, $said) = command('status', $id, '--watch');
	is $status, 0, 'watched to its end' or diag $said;
	unlike $said, qr/[\r\033]/, 'in plain lines';
	return $said;
}
$id = campaign(map { "u$_" } 1 .. 8);
command('send', $id, '--rate', 4);
my $said = lines_of($id);
my @lines = $said =~ /^(\w+ +\[.*)$/mg;
cmp_ok scalar(@lines), '>', 1, 'a line for each change' or diag $said;
my $line = qr/^(?:queueing|sending|done)\ +\[[#.]{24}\]\ +\d+%\ \ \d\ of\ \d
    (?:\ \ \d+\/s)?(?:\ \ \d+\ s\ left)?\ \ sent\ \d\ failed\ 0/x;
is scalar(grep { !/$line/ } @lines), 0, 'each with its bar' or diag $said;
like $lines[-1], qr/^done +\Q$full\E  8 of 8 .* sent 8 /, 'and its end';
like lines_of($id), qr/^done .*\n  fcm: 8 of 8, .*\n\z/,
    'one that is over is told once';

# How fast, and how long it takes still: of a run so slow that it is watched in
# its middle, and that may go as it can when both were told.
{
	my $slow = campaign(map { "u$_" } 1 .. 8);
	command('send', $slow, '--rate', 1);
	open my $watch, '-|', 'env', "OUTPOST_CONF=$o->{conf}",
	    "$o->{bin}/outpost", 'campaign', 'status', $slow, '--watch'
	    or die "outpost: $!\n";
	my $both = 0;
	while (my $line = <$watch>) {
		$both++ or command('set', $slow)
		    if $line =~ m{ of \d  \d+/s  \d+ s left  sent \d };
	}
	close $watch;
	cmp_ok $both, '>', 0, 'the rate, and the time that is left';
	comes_to($slow, 'done');
}

# Outcomes by reason, of one whose message the provider does not take.
$o->device($app, 'large', 'ios', Outpost->apns_token('tok-PayloadTooLarge'));
my $refused = campaign(qw(u1 u2 large));
command('send', $refused);
my $outcomes = qr/^\ \ apns:\ 1\ of\ 1,\ sent\ 0\ failed\ 1\ .*\n
    \ \ fcm:\ 2\ of\ 2,\ sent\ 2\ failed\ 0\ .*\n
    \ +1\ apns\ failed:\ PayloadTooLarge\n\z/mx;
like lines_of($refused), qr/^done .* sent 2 failed 1 .*\n$outcomes/m,
    'watched, it ends with the outcomes by reason';
says(0, $outcomes, 'status', $refused);

# On a terminal it is one line, written again and again.
my $again = campaign(map { "u$_" } 1 .. 8);
command('send', $again, '--rate', 4);
my ($status, $seen) = Terminal::talk([ 'env', "OUTPOST_CONF=$o->{conf}",
    "$o->{bin}/outpost", 'campaign', 'status', $again, '--watch' ]);
is $status, 0, 'on a terminal' or diag $seen;
my ($first, @more) = split /\n/, $seen;
my @written = split /\033\[K/, $first;
cmp_ok scalar(@written), '>', 2, 'one line, written again and again'
    or diag $seen;
like $written[-1], qr/^done +\Q$full\E  8 of 8 /, 'ended by its end';
is "@more", '  fcm: 8 of 8, sent 8 failed 0 expired 0 cancelled 0',
    'then the outcomes';

# --- users of a file --------------------------------------------------------

# The second portion waits for a row that is locked longer than work without a
# progress takes.
$id = campaign('u-07000');
my $file = "$o->{run}.users";
$o->write_file($file, join '', map { sprintf "u-%05d\n", $_ } 1 .. 15000);
my $lock = $o->keep_locked('BEGIN; SELECT 1 FROM push_campaign_user WHERE'
    . " campaign_id = $id AND user_id = 'u-07000' FOR UPDATE");
my $child = fork // die "fork: $!\n";
if ($child == 0) {
	my $waits = $o->wait_for(60, sub { $o->transactions('1',
	    "t.trx_state = 'LOCK WAIT'") });
	sleep 1.5;
	$o->let_go($lock, 'COMMIT');
	POSIX::_exit($waits ? 0 : 1);	# its end ends no stack
}
($status, $seen) = Terminal::talk([ 'env', "OUTPOST_CONF=$o->{conf}",
    "$o->{bin}/outpost", 'campaign', 'users', 'load', $file, '--campaign',
    $id ]);
waitpid $child, 0;
is $?, 0, 'the load waits for a user';
is $status, 0, 'and ends' or diag $seen;
like $seen, qr/\d+ users, \d+%/, 'it shows how far it is';
like $seen, qr/15000 users, 0 lines refused\n\z/, 'and what it has done';
is +($o->sql('SELECT COUNT(*) FROM push_campaign_user WHERE campaign_id ='
    . " $id"))[0][0], 15000, 'each user is there once';
unlink $file;

$o->down;
done_testing;
