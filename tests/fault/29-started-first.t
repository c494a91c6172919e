#!/usr/bin/perl
# sendd is started before its database is: it waits for it and says so, and
# delivers when it is there; so it does when the database goes away while sendd
# starts. A signal ends it while it waits, also when MariaDB takes connections
# and says nothing. A wrong password and a doorbell that
# cannot be opened are no reason to wait, and a right that is missing one for a
# few seconds only. Responders that are started then answer 503 until their
# database is there.
use strict;
use warnings;
use Fault;
use Relay;
use Test::More;
use Time::HiRes qw(sleep);

my $o = Fault->up;
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);
my $conf = $o->read_file($o->{conf});

# A sendd by these settings, which logs into a file of its own.
my $starts = 0;
my ($log, $relay);
sub start {
	my ($more, @words) = @_;
	my $name = 'first' . ++$starts;
	$log = $name;
	my $path = "$o->{run}/$name.conf";
	# a name of its own: the stack's may live when the database is back
	$o->write_file($path, "$conf\n[sendd]\ninstance = $name\n"
	    . "doorbell = $o->{run}/sock/$name.sock\n" . ($more // ''));
	my $pid = fork // die "fork: $!\n";
	return $o->{more}{$name} = $pid if $pid;
	open STDIN, '<', '/dev/null';
	open STDOUT, '>>', "$o->{run}/logs/$name.log";
	open STDERR, '>&', \*STDOUT;
	exec "$o->{run}/bin/sendd", '-c', $path, @words;
	exit 127;
}

sub said {
	my ($words, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $o->wait_for(60, sub { $o->log_text($log) =~ $words }), $what
	    or diag $o->log_text($log);
}

sub ended {
	my ($pid, $signal, $status, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	kill $signal, $pid if $signal;
	ok $o->wait_for(60, sub { waitpid($pid, 1) == $pid }), $what;
	is $? >> 8, $status, "with $status" or diag $o->log_text($log);
	is $? & 127, 0, 'of itself';
	delete $o->{more}{$log};
}

# --- nobody is there ---------------------------------------------------------

my $waiting = qr/^<3>database: cannot connect: .*: waiting for it$/m;
$o->kill_off('mariadbd');
my $pid = start();
said($waiting, 'without MariaDB, sendd waits and says so');
sleep 2.5;
is scalar(() = $o->log_text($log) =~ /^<3>/mg), 1, 'once';
is kill(0, $pid), 1, 'and lives';
ended($pid, 'TERM', 0, 'SIGTERM ends it');

$pid = start();
said($waiting, 'another one waits');
$o->again;
said(qr/^<5>database is there, after \d+ s$/m, 'MariaDB comes: it goes on');
$o->kill_off('sendd');	# the stack's
is $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS', body =>
    { title => 'T', body => 'first' })->{status}, 200, 'a message';
$o->settled(120, 'is delivered');
is scalar(grep { $_->{payload}{aps}{alert}{body} eq 'first' } $o->ledger), 1,
    'once';
like $o->log_text($log), qr/^<6>sent /m, 'by that sendd';
kill 'TERM', $pid;
waitpid $pid, 0;
delete $o->{more}{$log};

# --- it hangs ----------------------------------------------------------------

kill 'STOP', $o->pid('mariadbd');
$pid = start("[database]\ntimeout = 4m\n");
ok $o->wait_for(60, sub { my $fd = readlink "/proc/$pid/exe" // '';
    $fd =~ /sendd/ && grep { (readlink($_) // '') =~ /^socket:/ }
	glob "/proc/$pid/fd/*" }), 'MariaDB hangs, and so does a connect';
ended($pid, 'TERM', 0, 'SIGTERM ends it all the same');
kill 'CONT', $o->pid('mariadbd');

# --- it is not let in --------------------------------------------------------

$o->write_file("$o->{run}/wrong-password", "wrong\n");
chmod 0600, "$o->{run}/wrong-password";
$pid = start("[database]\npassword_file = $o->{run}/wrong-password\n");
ended($pid, undef, 1, 'with a wrong password sendd ends');
like $o->log_text($log), qr/^<[23]>.*Access denied/m, 'and says why';
unlike $o->log_text($log), qr/waiting for it/, 'and does not wait';

my $right = "SELECT ON outpost.push_schema %s outpost_sendd\@localhost";
$o->sql('REVOKE ' . sprintf $right, 'FROM');
$pid = start();
ended($pid, undef, 1, 'so it does when a right is missing');
like $o->log_text($log), qr/^<[23]>.*command denied.*\(1142\)/m, 'says why';
like $o->log_text($log), qr/\(1142\): waiting for it$/m,
    'at once, and tries a few times more';
$o->sql('GRANT ' . sprintf $right, 'TO');

# --- it goes away again ------------------------------------------------------

# A sendd whose name is written by its second COMMIT, for it is new.
sub start_by {
	my ($name, $judge) = @_;
	my $commits = 0;
	my $relay = Relay->new($o, sub { ++$commits == 2 ? $judge->() : '' },
	    undef, $name);
	return ($relay, start("[database]\nsocket = " . $relay->path . "\n"));
}
sub delivers {
	my ($pid, $body) = @_;
	$o->queue(body => qq({"title":"T","body":"$body"}),
	    tokens => [ 'ee' x 32 ]);
	$o->settled(120, 'it delivers');
	is scalar(grep { $_->{payload}{aps}{alert}{body} eq $body }
	    $o->ledger), 1, 'once';
	ended($pid, 'TERM', 0, 'SIGTERM ends it');
}

my $daemon = $o->pid('sendd');
kill 'TERM', $daemon;
ok $o->wait_for(60, sub { !kill 0, $daemon }), 'no other daemon works';

($relay, $pid) = start_by('hiding', sub { 'hide' });
said(qr/^<3>.*: connecting again$/m, 'a sendd is not told that it has its '
    . 'name');
said(qr/^<5>sendd .* started as/m, 'and starts all the same');
unlike $o->log_text($log), qr/looking whether it lives/, 'as the one it was';
delivers($pid, 'hidden');

($relay, $pid) = start_by('filling', sub {
	$o->write_file("$o->{run}/sock/filling.sock.full", '');
	return '';
});
said(qr/^<5>sendd .* started as/m, 'a sendd starts, whose database takes no '
    . 'more connections');
said(qr/^<3>.*Too many connections/m, 'and says so');
unlink $relay->path . '.full' or die "the relay was not full: $!\n";
delivers($pid, 'full');
$relay->end;

# --- its doorbell cannot be opened -------------------------------------------

my $taken = "$o->{run}/sock/directory";
my $long = "$o->{run}/" . 'x' x 108;
mkdir $taken or die "$taken: $!\n";
my $cannot = "cannot listen on $taken: Address already in use";
# an errand leaves the work to a daemon, and takes none of these for one
for ([ $taken, $cannot ], [ $taken, $cannot, '--for', '10s' ],
    [ $long, "$long is too long for a socket" ],
    [ $taken, $cannot, '--for', '10s' ]) {
	my ($path, $words, @errand) = @$_;
	$pid = start("doorbell = $path\n", @errand);
	ended($pid, undef, 1, "without its doorbell sendd @errand ends");
	like $o->log_text($log), qr/^<[23]>\Q$words\E$/m, 'and says why';
}

# --- responders --------------------------------------------------------------

# The relay is their database: it dies, and comes back.
$o->again;	# sendd, which has its own way
$relay = Relay->new($o, sub { '' });
$relay->end;
$o->write_file($o->{conf}, "$conf\n[database]\nsocket = " . $relay->path
    . "\n");
my $out = $o->stack('restart', 'web');
is $?, 0, 'responders are started without their database' or diag $out;
my $web = $o->pid('web');
sub ask {
	return $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS',
	    body => { title => 'T', body => $_[0] });
}
my $r = ask('early');
is $r->{status}, 503, 'a call is answered 503' or diag $r->{body};
is eval { $r->{json}{responseObject}{code} }, 'ERROR_DATABASE',
    'of the database';
ok $r->{headers}{'retry-after'}, 'with Retry-After';
like $o->log_text('responders'), qr/^<4>call .* 503 .*error="database:/m,
    'and the log says why';
$relay->begin;
ok $o->wait_for(60, sub { ask('late')->{status} == 200 }),
    'MariaDB is there: calls are served';
is $o->pid('web'), $web, 'without a restart';

done_testing;
