# Device list, and one indexed SELECT by a bare program.
use strict;
use warnings;
use Bench;
use BenchWeb;

sub {
	my $o = stack();
	$o->device('bench', "user-$_", 'ios', sprintf '%064x', $_)
	    for 498 .. 502;
	my @of = ([ 'device list of a user',
	    '/push/device/list?appId=bench&userId=user-500' ],
	    [ 'service status', '/push/service/status' ]);
	my $theirs = 'http://127.0.0.1:' . bare()->{port} . '/select';
	load($theirs, 16, 2000);
	for (@of) {
		my ($what, $path) = @$_;
		my $url = "http://127.0.0.1:$o->{port}$path";
		load($url, 16, 2000);
		# in turns, so that a disturbance strikes both
		my ($ours, $bare) = (0, 0);
		for (1 .. 3) {
			my ($x) = load($url, 16, 10000);
			my ($y) = load($theirs, 16, 10000);
			$ours = $x if $x > $ours;
			$bare = $y if $y > $bare;
		}
		result("reads, $what", per_second($ours),
		    per_second($bare), $ours / $bare, '0.7 of a bare SELECT',
		    $ours / $bare >= 0.7);
	}
}
