# SYNCHRONOUS send, and one durable INSERT by a bare program.
use strict;
use warnings;
use Bench;
use BenchWeb;
use Outpost;

sub {
	my $o = stack();
	my $bare = bare();
	$o->device('bench', 'somebody', 'ios', 'ab' x 32);
	my $data = Outpost::json()->encode({ requestObject => {
	    appId => 'bench', mode => 'SYNCHRONOUS', message => {
		userId => 'somebody', body => { title => 'Code',
		    body => 'Your code is 123456' } } } });
	my $ours = "http://127.0.0.1:$o->{port}/push/message/send";
	my $theirs = "http://127.0.0.1:$bare->{port}/insert";
	load($_, 4, 500, $data) for $ours, $theirs;	# warm
	for my $clients (1, 8) {
		my $n = 2000 * ($clients > 1 ? 2 : 1);
		my (undef, $a) = load($ours, $clients, $n, $data);
		my (undef, $b) = load($theirs, $clients, $n, $data);
		for my $at ([ 'p50', 0.5, 3 ], [ 'p99', 0.99, 6 ]) {
			my ($x, $y) = (part($a, $at->[1]), part($b, $at->[1]));
			result("SYNCHRONOUS send, $clients callers, $at->[0]",
			    sprintf('%.2f ms', $x), sprintf('%.2f ms', $y),
			    $x / $y, "$at->[2] times one INSERT",
			    $x / $y <= $at->[2]);
		}
	}
}
