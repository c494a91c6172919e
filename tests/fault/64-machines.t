#!/usr/bin/perl
# Three sendd, of which two are as if on other machines: the responder rings
# each at its own address and waits there. With a poll of a minute whatever is
# delivered sooner was rung for. Then one of them is killed.
use strict;
use warnings;
use Fault;
use Test::More;

use constant SOON => 40;	# seconds

my %at = map { $_ => '127.0.0.1:' . Outpost::free_port() } qw(one two three);
my $key = Outpost::doorbell_key();
my $o = Fault->up(conf => <<"END");
[sendd]
instance = one
poll = 1m
listen = $at{one}
listen_key_file = $key
END
$o->credentials('mobile-app');
$o->device('mobile-app', "user-$_", 'fcm', "token-$_") for 1 .. 8;
$o->more_sendd($_, "listen = $at{$_}\n") for qw(two three);

sub even {
	my ($n) = @_;
	return $o->wait_for(60, sub {
		my %s = $o->shares;
		return keys %s == $n && !grep { $_ < 64 / $n - 2 } values %s;
	});
}

sub message {
	my ($mode, $n) = @_;
	return $o->post('/push/message/send', { requestObject => {
	    appId => 'mobile-app', mode => $mode, message => {
		userId => 'user-' . (1 + $n % 8), body => { body => "M $n" } }
	    } });
}

# So many calls that wait: how many were told that their message was sent.
sub answered {
	my ($n) = @_;
	return scalar grep {
		my $r = message('SYNCHRONOUS', $_);
		$r->{status} == 200 &&
		    $r->{json}{responseObject}{fcm}{sent} == 1
		    or diag $r->{body};
	} 1 .. $n;
}

ok even(3), 'three share the queue';
is answered(30), 30, 'each of 30 calls is told that its message was sent';
message('ASYNCHRONOUS', $_) for 1 .. 30;
$o->settled(SOON, 'so are 30 of calls that do not wait');
is $o->post('/push/message/batch/send', { requestObject => {
    appId => 'mobile-app', mode => 'ASYNCHRONOUS', batch => [ map { {
	userId => 'user-1', body => { body => "B $_" } } } 1 .. 100 ] } })
    ->{status}, 200, 'a batch';
$o->settled(SOON, 'and it goes before the poll');
for my $n (1 .. 12) {
	my ($status, $said) = $o->outpost('send', '--app', 'mobile-app',
	    '--user', 'user-1',
	    '--mode', 'async', '--title', "C $n");
	is $status, 0, "outpost send $n" or diag $said;
}
$o->settled(SOON, 'a command rings, too, that waits for nothing');
my @idle = $o->sql('SELECT name FROM push_instance'
    . ' WHERE JSON_VALUE(figures, "$.doorbell") IS NULL');
is_deeply \@idle, [], 'each has told where it listens';
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_instance'
    . ' WHERE JSON_VALUE(figures, "$.sent") > 0') == 3 }),
    'each has sent some';

my (undef, $said) = $o->outpost('doctor');
like $said, qr/3 sendds answer at their addresses/, 'the doctor reaches all';

{
	local $o->{conf} = "$o->{run}/other.conf";
	$o->write_file("$o->{run}/other.key", 'ab' x 32);
	chmod 0600, "$o->{run}/other.key";
	$o->write_file($o->{conf}, $o->read_file("$o->{run}/outpost.conf")
	    . "\n[sendd]\nlisten_key_file = $o->{run}/other.key\n");
	(undef, $said) = $o->outpost('doctor');
	like $said, qr/listens at \Q$at{two}\E is not reached/,
	    'and none with another key';
}

$o->end_sendd('two', 'KILL');
is answered(20), 20, 'one is killed: its part is taken over, and told of';
ok even(2), 'two share the queue';
is answered(20), 20, 'and they are rung';
is $o->seen, 30 + 30 + 100 + 12 + 20 + 20, 'all arrived once';

done_testing;
