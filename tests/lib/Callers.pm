# Callers through the webs of a cluster, who go on while something happens to
# its machines, and the account of what they were told.
#
#   use Callers;
#   my $callers = Callers->new($o, \@webs, @users);
#   $callers->meanwhile('n2 is killed', sub { ... });  # asserts
#   $callers->account;                                  # asserts
#
# Each user has one device. A message has a text of its own, which is looked
# for in the stand-in's ledger, and which is its Idempotency-Key, too: who is
# told that a COMMIT had no answer repeats the call, as the answer says.
package Callers;
use strict;
use warnings;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $at_once = 4;

sub new {
	my ($class, $o, $webs, @users) = @_;
	return bless { o => $o, webs => $webs, users => \@users, runs => 0,
	    accepted => [], others => {} }, $class;
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
		return ($status, $why, $doubts)
		    if !is_doubt($status, $why) || $doubts == 20;
		sleep 0.5;
	}
}

# In a process of its own, as long as the file is there: a line for each call.
sub call_on {
	my ($self, $k, $go) = @_;
	my $web = $self->{webs}[$k % @{ $self->{webs} }];
	my $users = $self->{users};
	$| = 1;
	for (my $n = 0; -e $go; $n++) {
		my $word = "run $self->{runs} $k $n";
		my $begin = time;
		my ($status, $why, $doubts) = surely($web,
		    $users->[$n % @$users], $word);
		printf "%d\t%.3f\t%s\t%s\t%d\n", $status, time - $begin,
		    $word, $why, $doubts;
	}
}

sub run {
	my ($self, $code) = @_;
	my $go = "$self->{o}{run}/go-" . ++$self->{runs};
	my (@pipes, @calls);
	$self->{o}->write_file($go, '');
	for my $k (0 .. $at_once - 1) {
		next if open $pipes[$k], '-|';
		$self->call_on($k, $go);
		POSIX::_exit(0);
	}
	sleep 1;
	$code->();
	sleep 1;
	unlink $go;
	for my $pipe (@pipes) {
		while (my $line = <$pipe>) {
			chomp $line;
			push @calls, [ split /\t/, $line, -1 ];
		}
		close $pipe;
	}
	return @calls;
}

# A COMMIT that had no answer: the caller is told to repeat.
sub is_doubt { return $_[0] == 503 && $_[1] =~
    /^The database did not say whether this was done/ }

# refused: the database may refuse calls meanwhile, and must do it in words.
sub meanwhile {
	my ($self, $part, $code, %o) = @_;
	my @calls = $self->run($code);
	my @doubt = grep { $_->[4] > 0 } @calls;
	my @failed = grep { $_->[0] != 200 } @calls;
	my @bad = grep { !($o{refused} && $_->[0] == 503) } @failed;
	my ($longest) = sort { $b <=> $a } map { $_->[1] } @calls;
	cmp_ok scalar(grep { $_->[0] == 200 } @calls), '>', 20,
	    "$part: callers were served";
	is scalar(@bad), 0, "$part: none of " . @calls . ' calls failed'
	    or diag join "\n", map { join ' ', @$_ }
	    @bad[0 .. ($#bad < 9 ? $#bad : 9)];
	note sprintf '%s: %d calls, %d refused; %d repeated, whose COMMIT had'
	    . ' no answer; the longest took %.1f s', $part, scalar @calls,
	    scalar @failed, scalar @doubt, $longest;
	push @{ $self->{accepted} }, map { $_->[2] }
	    grep { $_->[0] == 200 } @calls;
	$self->{others}{ $_->[2] } = $_->[4] > 0 ? 'doubt' : 'refused'
	    for @failed;
	$self->{longest} = $longest;
	$self->{doubt} = @doubt;
}

sub sent {
	my ($self) = @_;
	my %seen;
	open my $f, '<', "$self->{o}{run}/provider.ledger" or return {};
	while (<$f>) {
		$seen{$1}++ if /"body":"(run \d+ \d+ \d+)"/;
	}
	close $f;
	return \%seen;
}

# At the end. Answers how many came more than once.
sub account {
	my ($self) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$self->{o}->settled(300);
	my $seen = $self->sent;
	my $all = $self->{accepted};
	my @lost = grep { !$seen->{$_} } @$all;
	is scalar(@lost), 0, 'each of ' . @$all
	    . ' accepted messages was sent'
	    or diag "@lost[0 .. ($#lost < 9 ? $#lost : 9)]";
	my @refused = grep { $self->{others}{$_} eq 'refused' }
	    keys %{ $self->{others} };
	is scalar(grep { $seen->{$_} } @refused), 0, 'none of ' . @refused
	    . ' that were refused was sent';
	my $twice = grep { ($seen->{$_} // 0) > 1 } @$all;
	note "$twice came more than once";
	is $self->{o}->value('SELECT COUNT(*) FROM push_send WHERE done <>'
	    . ' total'), 0, 'the accounts of all sends are complete';
	return $twice;
}

1;
