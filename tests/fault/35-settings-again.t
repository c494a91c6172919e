#!/usr/bin/perl
# Settings that are read again and again while messages are delivered: the old
# ones are gone when nobody uses them any more, and what was made by them goes
# on.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(sleep);

my $o = Fault->up(conf => "[service]\ndisplay_name = " . 'n' x 150 . "\n");
$o->credentials('mobile-app');
$o->seed('-a', 'mobile-app', '-n', 50);
$o->settled(120);
my $pid = $o->pid('sendd');

sub rss_kb {
	return $o->read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m
	    ? $1 : die "no VmRSS\n";
}

sub times_read {
	return scalar(() = $o->log_text =~ /settings read again/g);
}

# Signals that come together are one.
sub read_again {
	my ($n) = @_;
	my $until = times_read() + $n;
	return $o->wait_for(60, sub {
		for (1 .. 100) {
			kill 'HUP', $pid;
			sleep 0.002;
		}
		return times_read() >= $until;
	});
}

ok read_again(200), 'the settings are read again';
$o->seed('-a', 'mobile-app', '-n', 50);
$o->settled(120);
my $before = rss_kb();
ok read_again(1500), 'and again';
my $after = rss_kb();
SKIP: {
	# who looks for errors of memory keeps what was freed
	skip 'memory under a sanitizer or valgrind', 1 if $ENV{PATIENCE}
	    || $o->read_file("$o->{bin}/sendd") =~ /__[al]san_init/;
	cmp_ok $after - $before, '<', 500,
	    'memory does not grow by them: old ones are not kept';
}
note "RSS $before kB, $after kB";

# a credential that cannot be loaded again has no text of settings that went
$o->sql("DELETE FROM push_app_credentials WHERE app_id = 'mobile-app'");
$o->credentials('other-app');
ok read_again(50), 'an application is removed';
$o->seed('-a', 'other-app', '-n', 50);
$o->settled(120, 'another one is served');
ok kill(0, $pid), 'by the same sendd';
done_testing;
