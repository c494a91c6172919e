# Device list with auth = basic, and with none.
use strict;
use warnings;
use Bench;
use BenchWeb;

sub {
	my $o = stack();
	my $i = $o->integration("bench-auth-$$", 'device');
	$o->device('bench', "user-$_", 'ios', sprintf '%064x', $_)
	    for 498 .. 502;
	my %server = map { ($_ => push_with($_)) } qw(none basic);
	my %url = map { ($_ => "http://127.0.0.1:$server{$_}{port}"
	    . '/push/device/list?appId=bench&userId=user-500') } keys %server;
	my $rate = sub {
		my ($auth, $n) = @_;
		return load($url{$auth}, 16, n => $n,
		    headers => [ "Authorization: $i->{basic}" ])->{rate};
	};
	$rate->($_, 2000) for qw(none basic);
	my %pid = map { ($_ => child_of($server{$_}{pid})) } qw(none basic);
	my %cpu = map { ($_ => -cpu($pid{$_})) } qw(none basic);
	my ($rounds, $n, %rates, @ratio) = (few(101, 5), 1500);
	for my $round (1 .. $rounds) {
		my %got = map { ($_ => $rate->($_, $n)) }
		    $round % 2 ? qw(none basic) : qw(basic none);
		push @{ $rates{$_} }, $got{$_} for keys %got;
		push @ratio, $got{basic} / $got{none};
	}
	my $ratio = median(@ratio);
	result('auth, device list',
	    (map { per_second(median(@{ $rates{$_} })) } qw(basic none)),
	    $ratio, '0.95 of auth = none', $ratio >= 0.95);
	$cpu{$_} = ($cpu{$_} + cpu($pid{$_})) / $rounds / $n * 1e6
	    for qw(none basic);
	result('auth, CPU of push.fcgi a call',
	    (map { sprintf '%.1f us', $cpu{$_} } qw(basic none)),
	    $cpu{basic} / $cpu{none}, 'auth = none');
}
