#!/usr/bin/perl
# The connection to MariaDB is lost while COMMIT is under way: it has
# happened, but nobody was told; or it has not. No outcome may be counted
# twice or never, no call that was answered 200 may be lost or sent twice.
#
# Between our programs and MariaDB stands a relay that swallows the answer of
# some COMMITs, and of others the COMMIT itself.
use strict;
use warnings;
use Cwd qw(abs_path);
use Fault;
use IO::Select;
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(sleep);

my $o = Fault->up(conf => "[api]\nworkers = 4\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);

# where the service user gets at it, even below a closed directory
my $path = abs_path($o->{run}) . '/sock/relay.sock';
my $tally = "$o->{run}/relay.tally";

# One relay, all connections; $odds: one COMMIT in so many is spoiled.
sub relay {
	my ($listen, $odds) = @_;
	my $all = IO::Select->new($listen);
	my (%peer, %client, %spoil);
	open my $log, '>>', $tally or die "$tally: $!\n";
	$log->autoflush(1);
	my $cut = sub {
		my ($one) = @_;
		my $other = $peer{$one};
		for my $s (grep { $_ } $one, $other) {
			$all->remove($s);
			delete $_->{$s} for \%peer, \%client, \%spoil;
			close $s;
		}
	};
	for (;;) {
		for my $s ($all->can_read) {
			if ($s == $listen) {
				my $c = $listen->accept or next;
				my $db = IO::Socket::UNIX->new(
				    Peer => "$o->{run}/mariadb.sock");
				if (!$db) { close $c; next }
				$peer{$c} = $db;
				$peer{$db} = $c;
				$client{$c} = 1;
				$all->add($c, $db);
				next;
			}
			next if !$peer{$s};
			my $n = sysread $s, my $data, 1 << 20;
			if (!$n) { $cut->($s); next }
			if ($client{$s} && $data =~ /^...\0\x03COMMIT$/s &&
			    rand() < 1 / $odds) {
				if (rand() < 0.3) {
					print $log "not done\n";
					$cut->($s);
					next;
				}
				$spoil{ $peer{$s} } = 1;
			} elsif (delete $spoil{$s}) {
				print $log "done, not told\n";
				$cut->($s);
				next;
			}
			my $to = $peer{$s};
			$to->blocking(1);
			for (my $at = 0; $at < length $data;) {
				my $w = syswrite $to, $data,
				    length($data) - $at, $at;
				last if !$w;
				$at += $w;
			}
		}
	}
}

my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 50)
    or die "$path: $!\n";
chmod 0666, $path;
my $relay = fork // die "fork: $!\n";
if ($relay == 0) {
	$SIG{PIPE} = 'IGNORE';
	srand;
	eval { relay($listen, 8) };
	warn $@ if $@;
	require POSIX;
	POSIX::_exit(1);
}
close $listen;
END { my $s = $?; kill 'KILL', $relay if $relay; $? = $s }

$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[database]\nsocket = $path\n");
for my $name (qw(sendd web)) {
	my $out = $o->stack('restart', $name);
	is $?, 0, "$name runs through the relay" or diag $out;
}

# the seeder goes straight to MariaDB
my $direct = "$o->{run}/direct.conf";
$o->write_file($direct, $o->read_file($o->{conf})
    . "\n[database]\nsocket = $o->{run}/mariadb.sock\n");
my $rounds = Fault->long(15, 60);
my (@yes, @no);
my $other = 0;
for my $round (1 .. $rounds) {
	system "$o->{bin}/seed", '-c', $direct, '-a', 'mobile-app', '-n',
	    200, '-t', sprintf '%08x', $round;
	for my $k (1 .. 4) {
		my $r = $o->send('mobile-app', 'somebody',
		    mode => 'ASYNCHRONOUS', body => { title => 'T',
			body => "call-$round-$k" });
		push @{ $r->{status} == 200 ? \@yes : \@no },
		    "call-$round-$k";
		$other++ if $r->{status} != 200 && $r->{status} != 503;
	}
}
is $other, 0, 'a call is answered 200 or 503';
$o->settled(60);
my ($told, $undone) = (0, 0);
for (split /\n/, $o->read_file($tally)) {
	$_ eq 'not done' ? $undone++ : $told++;
}
cmp_ok $told, '>', 0, "$told COMMITs were done and not told,"
    . " $undone were not done";
note scalar(@yes) . ' calls were answered 200, ' . scalar(@no)
    . ' were not';
my $n = $rounds * 200;
$o->nothing_lost($n, match => qr/^000000/,
    why => 'the transaction of their outcome was not done');
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }{ $_->{id} } = 1 for $o->ledger;
is scalar(grep { !$seen{$_} } @yes), 0, 'each 200 is in the ledger';
is scalar(grep { keys %{ $seen{$_} } > 1 } @yes), 0,
    'and was queued once only';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'no outcome was counted twice or never';
is $o->value('SELECT COUNT(*) FROM push_send WHERE apns_sent <> total'), 0,
    'each as sent';

done_testing;
