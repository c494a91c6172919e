#!/usr/bin/perl
# Where there is no daemon: a call that waits has its send delivered, and no
# other; outpost deliver does sendd's work for a time, shares it with a second
# one, goes on for a killed one, ends in its time although a provider is
# silent, and leaves everything to a daemon as soon as there is one.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(sleep);

my $o = Fault->up(via => 'apache-cgi', conf => "[sendd]\nlease = 300s\n"
    . "[api]\ndeliver = auto\n[apns]\nresponse_timeout = 300s\n");
my $service = getpwuid((stat "$o->{run}/logs")[4]);
$o->app('a');
$o->device('a', 'joe', 'fcm', 'tok-joe');
$o->device('a', 'hung', 'apns', Outpost->apns_token('tok-hang:0'));

# A program of the stack as its user, in the background. The errand's name.
sub begin {
	my ($name, @words) = @_;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$o->{run}/$name.log";
		open STDERR, '>&', \*STDOUT;
		my @as = $> == 0 ? ('setpriv', "--reuid=$service",
		    '--regid=' . (getpwnam $service)[3], '--clear-groups', '--')
		    : ();
		exec @as, "$o->{run}/bin/$words[0]", '-c', $o->{conf},
		    @words[1 .. $#words];
		exit 127;
	}
	return $o->{more}{$name} = $pid;
}

# Its exit status, when it has ended by itself.
sub over {
	my ($name) = @_;
	my $pid = $o->{more}{$name};
	$o->wait_for(120, sub { waitpid($pid, 1) == $pid })
	    or die "$name does not end\n";
	delete $o->{more}{$name};
	return $? & 127 ? "signal $?" : $? >> 8;
}

sub said {
	my $log = "$o->{run}/$_[0].log";
	return -e $log ? $o->read_file($log) : "";
}
sub owned { return $o->value('SELECT COUNT(*) FROM push_shard WHERE'
    . " incarnation <> 0 AND owner LIKE '" . ($_[0] // '%') . "'") }
sub counts {
	my ($r) = @_;
	return [ map { $r->{json}{responseObject}{fcm}{$_} }
	    qw(sent pending failed) ];
}
sub seen { return scalar grep { $_->[2] eq 'tok-joe' } $o->lines }
sub has { my ($name, $n) = @_; return $o->wait_for(60, sub {
    owned("%/$name") == $n }) }

# --- with a daemon, and without ---------------------------------------------

is_deeply counts($o->send('a', 'joe')), [ 1, 0, 0 ], 'a daemon sends';
kill 'TERM', $o->pid('sendd');
$o->wait_for(60, sub { owned() == 0 }) or die "sendd does not end\n";
my $early = $o->send('a', 'joe', mode => 'ASYNCHRONOUS');
is_deeply counts($o->send('a', 'joe')), [ 1, 0, 0 ],
    'without it the call has its send delivered';
is seen(), 2, 'that one';
is $o->waiting, 1, 'and not the one that waits';
is owned(), 0, 'the shard is given back';
is $o->value('SELECT COUNT(*) FROM push_instance'), 1,
    'and no name was taken';
is $o->value('SELECT n FROM push_counter WHERE outcome = "sent"'), 2,
    'what it sent is counted';
my $batch = $o->post('/push/message/batch/send', { requestObject => {
    appId => 'a', mode => 'SYNCHRONOUS', batch => [ map {
    { userId => 'joe', body => { title => "Hi $_" } } } 1 .. 70 ] } });
is_deeply counts($batch), [ 70, 0, 0 ], 'a batch in many shards, too';
my ($status, $text) = $o->outpost('send', '--app', 'a', '--user', 'joe',
    '--title', 'Hi', '--json');
like $text, qr/"fcm":\{[^}]*"sent":1/, 'and outpost send';
is seen(), 73, 'each once';

my $id = $early->{json}{responseObject}{messageId};
begin('one', 'sendd', '--send', $id + 1, '--for', '10s');
is over('one'), 0, 'a send that is not there is no work';
is $o->waiting, 1, 'the row still waits';

# --- a program that does not start ------------------------------------------

rename "$o->{run}/bin/sendd", "$o->{run}/bin/away" or die "rename: $!\n";
my $r = $o->send('a', 'joe');
is $r->{status}, 200, 'without the sending program the send is accepted';
is_deeply counts($r), [ 0, 1, 0 ], 'and pending';
like $o->log_text('web'), qr/^<4>deliver send=\d+ error="there is no/m,
    'which the log tells';
symlink '/bin/false', "$o->{run}/bin/sendd" or die "symlink: $!\n";
is_deeply counts($o->send('a', 'joe')), [ 0, 1, 0 ],
    'nor is it lost with a program that fails';
rename "$o->{run}/bin/away", "$o->{run}/bin/sendd" or die "rename: $!\n";
is $o->waiting, 3, 'they wait for the next run';

# --- for a time -------------------------------------------------------------

begin('first', 'outpost', 'deliver', '--for', '600s');
$o->settled(60, 'outpost deliver sends them');
is seen(), 76, 'each once';
ok has('deliver-1', 64), 'it has all shards';
is_deeply counts($o->send('a', 'joe')), [ 1, 0, 0 ], 'a call rings it';
unlike $o->log_text('web'), qr/"[^"]+\/send".*"[^"]+\/deliver/s,
    'and starts nothing';
my $second = begin('second', 'outpost', 'deliver', '--for', '600s');
ok has('deliver-2', 32) && has('deliver-1', 32), 'a second one shares';
# what comes in the same 10 ms lies in one shard
for (1 .. 20) {
	$o->send('a', 'joe', mode => 'ASYNCHRONOUS');
	sleep 0.02;
}
$o->settled(60, 'both send');
like said($_), qr/^<6>sent message=/m, "the $_ one, too" for qw(first second);
kill 'KILL', $second;
waitpid $second, 0;
delete $o->{more}{second};
begin('third', 'outpost', 'deliver', '--for', '600s');
ok $o->wait_for(60, sub { said('third') =~ /started as ".*deliver-2"/ }),
    'after a kill the next one has the name';
ok has('deliver-2', 32), 'and its shards';

# --- beside a daemon --------------------------------------------------------

$o->again;
is over($_), 0, "a daemon comes, and the $_ one ends" for qw(first third);
like said($_), qr/works as a daemon: this errand ends/, 'saying why'
    for qw(first third);
ok $o->wait_for(60, sub { owned() == 64 && owned('%/%') == 0 }),
    'the daemon has all';
is_deeply counts($o->send('a', 'joe')), [ 1, 0, 0 ], 'and its doorbell';
ok -S "$o->{run}/sock/sendd.sock", 'which the others have left alone';
begin('late', 'outpost', 'deliver', '--for', '600s');
is over('late'), 0, 'beside a daemon one ends at once';
unlike said('late'), qr/started as/, 'before it begins';
kill 'TERM', $o->pid('sendd');
$o->wait_for(60, sub { owned() == 0 }) or die "sendd does not end\n";
is seen(), 98, 'nothing was sent twice';

# --- a provider that does not answer ----------------------------------------

$o->send('a', 'hung', mode => 'ASYNCHRONOUS');
begin('brief', 'outpost', 'deliver', '--for', '10s');
is over('brief'), 0, 'a provider is silent: the run ends all the same';
like said('brief'), qr/^<5>stopping: 1 in flight$/m, 'with a request under way';
is owned(), 0, 'the shards are given back';
is $o->waiting, 1, 'the message is not';
is $o->value('SELECT attempts FROM push_outbox'), 0, 'it is as it was';
is +($o->outpost('deliver', '--for', '1s'))[0], 1,
    'a time must be long enough';

done_testing;
