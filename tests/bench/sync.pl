# SYNCHRONOUS send, and one durable INSERT by a bare program.
#
# Beside it the floor: what the same bare program takes for the least that any
# server must do for such a message, an INSERT, a request to the provider and a
# DELETE. No server can be nearer to one INSERT than that.
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
	my ($theirs, $floor) = (bare('/insert'), bare('/push'));
	load($_, 4, n => 500, data => $data)	# warm
	    for $ours, $theirs, $floor;
	for my $callers (1, 8) {
		my $n = few(2000, 500) * ($callers > 1 ? 2 : 1);
		my ($a, $b, $c) = map { load($_, $callers, n => $n,
		    data => $data) } $ours, $theirs, $floor;
		for my $at ([ 'p50', 3 ], [ 'p99', 6 ]) {
			my ($what, $most) = @$at;
			my ($x, $y) = ($a->{$what}, $b->{$what});
			result("SYNCHRONOUS send, $callers callers, $what",
			    milliseconds($x), milliseconds($y), $x / $y,
			    "$most times one INSERT", $x / $y <= $most);
			result("its floor, $callers callers, $what",
			    milliseconds($c->{$what}), milliseconds($y),
			    $c->{$what} / $y, 'one INSERT');
		}
	}
}
