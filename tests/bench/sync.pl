# SYNCHRONOUS send, and one durable INSERT by a bare program.
use strict;
use warnings;
use Bench;
use BenchWeb;
use Outpost;

sub {
	my $o = stack();
	$o->device('bench', 'somebody', 'ios', 'ab' x 32);
	my $data = Outpost::json()->encode({ requestObject => {
	    appId => 'bench', mode => 'SYNCHRONOUS', message => {
		userId => 'somebody', body => { title => 'Code',
		    body => 'Your code is 123456' } } } });
	my $ours = ours('/push/message/send');
	my $theirs = bare('/insert');
	load($_, 4, n => 500, data => $data) for $ours, $theirs;	# warm
	for my $callers (1, 8) {
		my $n = few(2000, 500) * ($callers > 1 ? 2 : 1);
		my ($a, $b) = map { load($_, $callers, n => $n,
		    data => $data) } $ours, $theirs;
		for my $at ([ 'p50', 3 ], [ 'p99', 6 ]) {
			my ($what, $most) = @$at;
			my ($x, $y) = ($a->{$what}, $b->{$what});
			result("SYNCHRONOUS send, $callers callers, $what",
			    milliseconds($x), milliseconds($y), $x / $y,
			    "$most times one INSERT", $x / $y <= $most);
		}
	}
}
