#!/usr/bin/perl
# The responders are killed with SIGKILL under load. A caller that got 200
# finds its message delivered; one that did not may or may not, and nothing
# is written by halves.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(time sleep);

my $callers = 4;
my $seconds = Fault->long(5, 30);
my $o = Fault->up(conf => "[log]\nlevel = notice\n");
$o->credentials('mobile-app');
$o->device('mobile-app', "user$_", 'ios', sprintf '%064x', $_)
    for 1 .. $callers;

# Each caller writes the number of a message before it asks, and the answer.
sub call {
	my ($user, $file) = @_;
	open my $log, '>', $file or die "$file: $!\n";
	$log->autoflush(1);
	my $until = time + 120;
	for (my $i = 0; !-e "$o->{run}/enough" && time < $until; $i++) {
		my $r = $o->send('mobile-app', "user$user",
		    mode => 'ASYNCHRONOUS', body => { title => 'Load',
			body => "m-$user-$i-" });
		print $log "m-$user-$i- $r->{status}\n";
		sleep 0.05 if $r->{status} != 200;
	}
	close $log;
}

my @pids;
for my $user (1 .. $callers) {
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		$SIG{ALRM} = 'DEFAULT';
		eval { call($user, "$o->{run}/caller.$user") };
		require POSIX;
		POSIX::_exit($@ ? 1 : 0);
	}
	push @pids, $pid;
}

# Whatever runs the stack's copy of push.fcgi.
sub responders {
	my $program = (-l $o->{run} ? readlink $o->{run} : $o->{run})
	    . '/bin/push.fcgi';
	return grep { (Outpost::words_of($_))[0] eq $program }
	    map { m{(\d+)$} } glob '/proc/[0-9]*';
}

sub answered {
	return scalar grep { $_ == 200 }
	    map { $o->read_file($_) =~ / (\d+)$/mg } glob "$o->{run}/caller.*";
}

# For some seconds, and on a busy machine until enough has happened.
my $killed = 0;
my ($begin, $last) = (time, time + 100);
while (time < $last && (time < $begin + $seconds - 1 || $killed < 3
	|| answered() <= 50)) {
	sleep 0.4 + rand 0.6;
	$killed += kill 'KILL', responders();
}
cmp_ok $killed, '>=', 3, "$killed responders were killed";
sleep 1;	# the last ones are answered by a new responder
$o->write_file("$o->{run}/enough", '');
waitpid $_, 0 for @pids;

my %answers;
for my $user (1 .. $callers) {
	my %of_user = $o->read_file("$o->{run}/caller.$user") =~
	    /^(\S+) (\d+)$/mg;
	@answers{ keys %of_user } = values %of_user;
}
my @yes = grep { $answers{$_} == 200 } keys %answers;
my @no = grep { $answers{$_} != 200 } keys %answers;
note scalar(@yes) . ' calls were answered 200, ' . scalar(@no)
    . ' were not';
cmp_ok scalar(@yes), '>', 50, 'the service went on in between';
ok $o->wait_for(60, sub { $o->get('/push/service/status')->{status} ==
    200 }), 'it answers in the end';

$o->settled(120);
my %seen;
for ($o->ledger) {
	$seen{$1}++ if ($_->{payload}{aps}{alert}{body} // '') =~ /^(m-\S+)/;
}
is scalar(grep { !$seen{$_} } @yes), 0, 'each 200 is in the ledger';
is scalar(grep { ($seen{$_} // 0) > 1 } keys %seen), 0, 'nothing is twice';
note scalar(grep { $seen{$_} } @no) . ' of those without an answer were'
    . ' accepted all the same';
is scalar(grep { !exists $answers{$_} } keys %seen), 0,
    'nothing is there that nobody sent';
# each send has its rows: nothing was written by halves
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'every send in the database is complete';
is $o->value('SELECT COALESCE(SUM(total), 0) FROM push_send'),
    scalar(keys %seen), 'and as many as were delivered';

done_testing;
