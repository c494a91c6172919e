# Callers through the webs of a cluster, who go on while something happens to
# its machines, and the account of what they were told.
#
#   use Callers;
#   my $callers = Callers->new($o, \@webs, @users);
#   $callers->{pause} = 0.005;		# of each of four, between two calls
#   $callers->meanwhile('n2 is killed', sub { ... });  # asserts
#   $callers->account;                                  # asserts
#   $callers->statuses(100);		# of so many, as webs tell it; asserts
#   $callers->twice_in('n2 is killed')	# came more than once, after account
#   $callers->tell_twice('n2 is killed');	# how each came to that, of
#   			# that part as a note, else aloud (Stories.pm)
#
# Each user has one device. A message has a text of its own, which is looked
# for in the stand-in's ledger, and which is its Idempotency-Key, too: who is
# told that a COMMIT had no answer repeats the call, as the answer says.
package Callers;
use strict;
use warnings;
use POSIX ();
use Stories;
use Test::More;
use Time::HiRes qw(sleep time);

sub new {
	my ($class, $o, $webs, @users) = @_;
	return bless { o => $o, webs => $webs, users => \@users, runs => 0,
	    at_once => 4, pause => 0.03, accepted => [], others => {},
	    id => {} }, $class;
}

sub device {
	my ($web, $user, $token) = @_;
	return $web->call('/push/device/create', { appId => 'mobile-app',
	    userId => $user, platform => 'ios', token => $token,
	    activationId => Outpost::uuid() });
}

sub message {
	my ($web, $user, $word, $mode, %headers) = @_;
	return $web->call('/push/message/send', { appId => 'mobile-app',
	    mode => $mode // 'ASYNCHRONOUS', message => { userId => $user,
		body => { title => 'T', body => $word } } }, 'POST', %headers);
}

# Until it is known: the status, the answer, and how often it was in doubt.
sub surely {
	my ($web, $user, $word) = @_;
	for (my $doubts = 0;; $doubts++) {
		my ($status, $r) = message($web, $user, $word, undef,
		    'idempotency-key' => $word =~ tr/ /-/r);
		my $why = $r->{responseObject}{message} // '';
		return ($status, $why, $doubts,
		    $r->{responseObject}{messageId} // '')
		    if !is_doubt($status, $why) || $doubts == 20;
		sleep 0.5;
	}
}

# In a process of its own, as long as the file is there: a line for each call,
# in a file, for a pipe is soon full and would stop the caller.
sub call_on {
	my ($self, $k, $go) = @_;
	my $web = $self->{webs}[$k % @{ $self->{webs} }];
	my $users = $self->{users};
	open my $says, '>', "$go-$k" or die "$go-$k: $!\n";
	$says->autoflush;
	for (my $n = 0; -e $go; $n++) {
		my $word = "run $self->{runs} $k $n";
		my $begin = time;
		my ($status, $why, $doubts, $id) = surely($web,
		    $users->[$n % @$users], $word);
		printf $says "%d\t%.3f\t%s\t%s\t%d\t%s\n", $status,
		    time - $begin, $word, $why, $doubts, $id;
		sleep $self->{pause};
	}
}

# What the callers have said; in lines of the calls.
sub said {
	my ($self, $go) = @_;
	my @calls;
	for my $k (0 .. $self->{at_once} - 1) {
		open my $says, '<', "$go-$k" or next;
		while (my $line = <$says>) {
			chomp $line;
			push @calls, [ split /\t/, $line, -1 ];
		}
		close $says;
	}
	return @calls;
}

# least: so many calls, however soon the code returns.
sub run {
	my ($self, $code, $least) = @_;
	my $go = "$self->{o}{run}/go-" . ++$self->{runs};
	my @pids;
	$self->{o}->write_file($go, '');
	for my $k (0 .. $self->{at_once} - 1) {
		push @pids, fork // die "fork: $!\n";
		next if $pids[-1];
		$self->call_on($k, $go);
		POSIX::_exit(0);
	}
	sleep 1;
	$code->();
	sleep 1;
	$self->{o}->wait_for(240, sub { sleep 0.5;
	    $self->said($go) >= $least }) if $least;
	unlink $go;
	waitpid $_, 0 for @pids;
	my @calls = $self->said($go);
	unlink "$go-$_" for 0 .. $#pids;
	return @calls;
}

# A COMMIT that had no answer: the caller is told to repeat.
sub is_doubt { return $_[0] == 503 && $_[1] =~
    /^The database did not say whether this was done/ }

# refused: the database may refuse calls meanwhile, and must do it in words.
# least: of calls.
sub meanwhile {
	my ($self, $part, $code, %o) = @_;
	my @calls = $self->run($code, $o{least});
	my @doubt = grep { $_->[4] > 0 } @calls;
	my @failed = grep { $_->[0] != 200 } @calls;
	my @bad = grep { !($o{refused} && $_->[0] == 503) } @failed;
	my ($longest) = sort { $b <=> $a } map { $_->[1] } @calls;
	cmp_ok scalar(grep { $_->[0] == 200 } @calls), '>', 20,
	    "$part: callers were served";
	is scalar(@bad), 0, "$part: none of " . @calls . ' calls failed'
	    or diag join "\n", map { join ' ', @$_ }
	    @bad[0 .. ($#bad < 9 ? $#bad : 9)];
	is scalar(@doubt), 0, "$part: each was answered whether it is accepted"
	    if !$o{refused};
	note sprintf '%s: %d calls, %d refused; %d repeated, whose COMMIT had'
	    . ' no answer', $part, scalar @calls, scalar @failed, scalar @doubt;
	Fault::within("$part: the longest call", $longest, 7) if !$o{refused};
	push @{ $self->{accepted} }, map { $_->[2] }
	    grep { $_->[0] == 200 } @calls;
	$self->{others}{ $_->[2] } = $_->[4] > 0 ? 'doubt' : 'refused'
	    for @failed;
	$self->{id}{ $_->[2] } = $_->[5] for grep { $_->[0] == 200 } @calls;
	$self->{part}{$part} = $self->{runs};
	return $longest;
}

# How often each came, and how many of them came under several ids: a sendd
# repeats with the same, and a call that was done twice has two.
sub sent {
	my ($self) = @_;
	my (%seen, %id);
	open my $f, '<', "$self->{o}{run}/provider.ledger" or return ({}, 0);
	while (<$f>) {
		my ($id) = /"id":"([^"]*)"/;
		/"body":"(run \d+ \d+ \d+)"/ or next;
		$seen{$1}++;
		$id{$1}{$id} = 1;
	}
	close $f;
	return (\%seen, scalar grep { keys %$_ > 1 } values %id);
}

# At the end. Answers how many came more than once.
sub account {
	my ($self) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$self->{o}->settled(300);
	my ($seen, $done_twice) = $self->sent;
	my $all = $self->{accepted};
	my @lost = grep { !$seen->{$_} } @$all;
	is scalar(@lost), 0, 'each of ' . @$all
	    . ' accepted messages was sent'
	    or diag "@lost[0 .. ($#lost < 9 ? $#lost : 9)]";
	my @refused = grep { $self->{others}{$_} eq 'refused' }
	    keys %{ $self->{others} };
	is scalar(grep { $seen->{$_} } @refused), 0, 'none of ' . @refused
	    . ' that were refused was sent';
	my @twice = grep { ($seen->{$_} // 0) > 1 } @$all;
	my %in;
	$in{ (split ' ')[1] }++ for @twice;
	@$self{qw(twice words)} = (\%in, \@twice);
	note scalar(@twice) . ' came more than once';
	for my $part (sort keys %{ $self->{part} }) {
		my $n = $self->twice_in($part);
		note "$n of them: $part" if $n;
	}
	is $done_twice, 0, 'none of them under another id';
	is $self->{o}->value('SELECT COUNT(*) FROM push_send WHERE done <>'
	    . ' total'), 0, 'the accounts of all sends are complete';
	return scalar @twice;
}

# The stories of those that came more than once: of the parts where that is
# allowed a few as notes, all others as failures.
sub tell_twice {
	my ($self, @allowed) = @_;
	my %few = map { $self->{part}{$_} => 3 } grep { $self->{part}{$_} }
	    @allowed;
	return if !@{ $self->{words} };
	my $stories = Stories->new($self->{o}{run});
	for my $word (@{ $self->{words} }) {
		my $run = (split ' ', $word)[1];
		my $story = $stories->of($word, $self->{id}{$word});
		if (!exists $few{$run}) {
			diag $story;
		} elsif ($few{$run}-- > 0) {
			note $story;
		}
	}
}

sub twice_in { return $_[0]{twice}{ $_[0]{part}{ $_[1] } } // 0 }

# What a web tells of messages that the others have accepted.
sub statuses {
	my ($self, $n) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @all = @{ $self->{accepted} };
	my $exact = 0;
	for my $i (1 .. $n) {
		my $word = $all[rand @all];
		my $web = $self->{webs}[$i % @{ $self->{webs} }];
		my ($status, $r) = $web->call('/push/message/'
		    . "$self->{id}{$word}/status", undef, 'GET');
		my $of = $r->{responseObject}{result}{apns};
		if ($status == 200 && $of->{total} == 1 && $of->{sent} == 1) {
			$exact++;
		} else {
			diag "$word: $status "
			    . Outpost::json()->encode($r // {});
		}
	}
	is $exact, $n, "of $n messages each web says that they were sent";
}

1;
