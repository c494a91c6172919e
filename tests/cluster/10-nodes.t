#!/usr/bin/perl
# Three nodes, two web machines, three sendd. A node is killed and comes back,
# another hangs, while callers call through both webs: calls are answered, but
# for those whose COMMIT had no answer, which say so; nothing that was accepted
# is lost or counted twice; what was written through one web is seen through the
# other at once.
use strict;
use warnings;
use Cluster;
use Test::More;
use Time::HiRes qw(time sleep);

plan skip_all => Cluster::missing() if Cluster::missing();

my $o = Cluster->up;
$o->credentials('mobile-app');
my @web = ($o->web('web1', qw(n1 n2 n3)), $o->web('web2', qw(n2 n1 n3)));
$o->sendd('sendd2', qw(n2 n3 n1));
$o->sendd('sendd3', qw(n3 n2 n1));

sub device {
	my ($web, $user, $token) = @_;
	return $web->call('/push/device/create', { appId => 'mobile-app',
	    userId => $user, platform => 'ios', token => $token,
	    activationId => Outpost::uuid() });
}

sub message {
	my ($web, $user, $word, $mode) = @_;
	return $web->call('/push/message/send', { appId => 'mobile-app',
	    mode => $mode // 'ASYNCHRONOUS', message => { userId => $user,
		body => { title => 'T', body => $word } } });
}

# --- one's own writes --------------------------------------------------------

my $pairs = Fault->long(100, 1000);
my ($created, $reached) = (0, 0);
for my $n (1 .. $pairs) {
	my ($first, $second) = @web[$n % 2, 1 - $n % 2];
	my ($status) = device($first, "pair-$n", sprintf '%064x', $n);
	$created++ if $status == 200;
	($status, my $r) = message($second, "pair-$n", "pair $n",
	    'SYNCHRONOUS');
	if ($status == 200 && $r->{responseObject}{apns}{total} == 1) {
		$reached++;
	} else {
		diag "pair $n: $status " . JSON::PP::encode_json($r // {});
	}
}
is $created, $pairs, 'devices are created through one web';
is $reached, $pairs, 'and a message through the other finds each at once';

# --- nodes that die and hang -------------------------------------------------

my $run = 0;

# Callers through both webs until the code has done its part: [status, word]
# and the longest call.
sub meanwhile {
	my ($part, $code) = @_;
	my (@pipes, @calls);
	my $longest = 0;
	$run++;
	my $go = "$o->{run}/go-$run";
	$o->write_file($go, '');
	for my $k (0 .. 3) {
		open $pipes[$k], '-|' and next;
		my $n = 0;
		$| = 1;
		while (-e $go) {
			my $word = "run $run $k " . $n++;
			my $begin = time;
			my ($status, $r) = message($web[$k % 2],
			    'pair-' . (1 + $n % $pairs), $word);
			$word = $r->{responseObject}{message} // $word
			    if $status != 200;
			printf "%d\t%.3f\t%s\n", $status, time - $begin,
			    $word;
		}
		POSIX::_exit(0);
	}
	sleep 1;
	$code->();
	sleep 1;
	unlink $go;
	for my $pipe (@pipes) {
		while (my $line = <$pipe>) {
			chomp $line;
			my ($status, $took, $word) = split /\t/, $line;
			push @calls, [ $status, $word ];
			$longest = $took if $took > $longest;
		}
		close $pipe;
	}
	my @doubt = grep { $_->[0] == 503 && $_->[1] =~
	    /^The database did not say whether this was done/ } @calls;
	my @bad = grep { $_->[0] != 200 } @calls;
	@bad = grep { my $c = $_; !grep { $_ == $c } @doubt } @bad;
	cmp_ok scalar(@calls), '>', 20, "$part: callers were served";
	is scalar(@bad), 0, "$part: none of " . @calls . ' calls failed'
	    or diag join "\n", map { "$_->[0] $_->[1]" }
	    @bad[0 .. ($#bad < 9 ? $#bad : 9)];
	note sprintf '%s: %d of %d calls got no answer to their COMMIT; the'
	    . ' longest took %.1f s', $part, scalar @doubt, scalar @calls,
	    $longest;
	return map { $_->[1] } grep { $_->[0] == 200 } @calls;
}

my @accepted;
push @accepted, meanwhile('quiet', sub { sleep 2 });
push @accepted, meanwhile('n2 is killed', sub {
	$o->signal_node('n2', 'KILL');
	sleep 6;
	$o->start_node('n2');
	ok $o->synced('n2'), 'n2 is back';
});
push @accepted, meanwhile('n2 hangs', sub {
	$o->signal_node('n2', 'STOP');
	sleep Fault->long(10, 20);
	$o->signal_node('n2', 'CONT');
	ok $o->synced('n2'), 'n2 is back';
});
push @accepted, meanwhile('n3 is killed', sub {
	$o->signal_node('n3', 'KILL');
	sleep 4;
	$o->start_node('n3');
	ok $o->synced('n3'), 'n3 is back';
});

$o->settled(180);
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
my @lost = grep { !$seen{$_} } @accepted;
is scalar(@lost), 0, 'each of ' . @accepted . ' accepted messages was sent'
    or diag "@lost[0 .. ($#lost < 9 ? $#lost : 9)]";
note scalar(grep { $seen{$_} > 1 } @accepted) . ' came more than once';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'the accounts of all sends are complete';

done_testing;
