#!/usr/bin/perl
# The clock of one node is 20 s ahead of the others'. A sendd and a web machine
# use that node: no message is late for it, nor what is for later; none expires
# early; no shard is taken from an owner that lives, nothing comes twice; and
# operators are told.
use strict;
use warnings;
use Callers;
use Cluster;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

Cluster::begin();

my $o = Cluster->up;
$o->credentials('mobile-app');
$o->signal_node('n3', 'TERM');
$o->start_node('n3', clock => 20);
ok $o->synced('n3'), 'n3 is back with another clock';
cmp_ok $o->ask_node('n3', 'SELECT UNIX_TIMESTAMP()') - time, '>', 15,
    'it is ahead';
my @web = ($o->web('web1', qw(n1 n2 n3)), $o->web('web3', qw(n3 n1 n2)));
my @users = map { "user-$_" } 1 .. 50;
Callers::device($web[0], $users[$_], sprintf '%064x', $_ + 1)
    for 0 .. $#users;
$o->sendd('sendd2', qw(n2 n3 n1));

sub shared {
	my ($n, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my %owners;
	ok $o->wait_for(60, sub {
		%owners = map { @$_ } $o->sql('SELECT owner, COUNT(*) FROM'
		    . ' push_shard GROUP BY owner');
		keys %owners == $n && !grep { $_ < 20 } values %owners;
	}), $what or diag explain \%owners;
}
shared(2, 'two share');

my $callers = Callers->new($o, \@web, @users);
$callers->meanwhile('one arrives at the node that is ahead', sub {
	$o->sendd('sendd3', qw(n3 n2 n1));
	shared(3, 'three share, each has its part');
	my $longest = 0;
	for my $n (0 .. 19) {
		my $begin = time;
		my ($status, $r) = Callers::message($web[$n % 2],
		    $users[$n], "now $n", 'SYNCHRONOUS');
		my $took = time - $begin;
		is $r->{responseObject}{apns}{sent}, 1,
		    "call $n: sent ($status)";
		# late by the clock would be 20 s
		cmp_ok $took, '<', 15, 'and not late';
		$longest = $took if $took > $longest;
	}
	Fault::within('the slowest SYNCHRONOUS call', $longest, 2);
});
unlike $o->log_text($_), qr/taken over/, "$_ has lost no shard"
    for qw(sendd sendd2 sendd3);

# --- what is for later, and what expires -------------------------------------

sub instant {
	my ($at) = @_;
	return strftime('%Y-%m-%dT%H:%M:%S', gmtime int $at)
	    . sprintf '.%03dZ', 1000 * ($at - int $at);
}

sub later {
	my ($web, $user, $word, $mode, %members) = @_;
	my ($status, $r) = $web->call('/push/message/send', {
	    appId => 'mobile-app', mode => $mode, message => {
		userId => $user, body => { title => 'T', body => $word },
		%members } });
	is $status, 200, "$word is accepted" or diag explain $r;
	return $r->{responseObject};
}

# When it was sent, after that instant.
sub sent_after {
	my ($word, $at) = @_;
	my ($line) = grep { $_->{payload}{aps}{alert}{body} eq $word }
	    grep { ref $_->{payload}{aps}{alert} } $o->ledger;
	return unless $line;
	my ($got) = map { @$_ } $o->sql('SELECT TIMESTAMPDIFF(MICROSECOND,'
	    . " '1970-01-01', LEFT(REPLACE('$line->{time}', 'T', ' '), 23))"
	    . ' / 1000000');
	return $got - $at;
}

# by each sendd, for a program goes by that which has told last: one that has
# not noticed the return of n3 goes by its old clock for some seconds
ok $o->wait_for(60, sub { $o->value('SELECT MIN(COALESCE(CAST(JSON_VALUE('
    . "figures, '\$.clocks.n3') AS SIGNED), 0)) FROM push_instance")
    > 15_000 }), 'the clocks are measured';
sleep 3;	# each process looks every two seconds
ok $o->wait_for(60, sub {
	for my $n (0 .. 7) {
		later($web[$n % 2], $users[$n], "until $n", 'SYNCHRONOUS',
		    validUntil => instant(time + 15))->{apns}{sent} == 1
		    or return 0;
	}
	return 1;
}), 'what is valid for 15 s does not expire at once';
my @for_later;
for my $n (0 .. 15) {
	my $at = time + 8;
	later($web[$n % 2], $users[$n], "later $n", 'ASYNCHRONOUS',
	    sendAt => instant($at));
	push @for_later, [ "later $n", $at ];
}
my $latest = 0;
for my $l (@for_later) {
	my ($word, $at) = @$l;
	my $after;
	ok $o->wait_for(60, sub { defined($after = sent_after($word, $at)) }),
	    "$word is sent" or next;
	cmp_ok $after, '>', -1, "$word is not early";
	# late by the clock would be 20 s
	cmp_ok $after, '<', 15, 'and not late';
	$latest = $after if $after > $latest;
}
Fault::within('what is for later, after its instant', $latest, 2);

is $callers->account, 0, 'nothing came twice';

# --- operators are told -------------------------------------------------------

my %figures = map { $_->{name} => $_->{figures} }
    @{ $o->get('/admin/queue')->{json}{responseObject}{instances} };
my ($ours) = grep { !/^sendd\d/ } keys %figures;
my $words = ($o->outpost('queue'))[1];
for ([ $ours, 'n1', 0 ], [ 'sendd2', 'n2', 0 ], [ 'sendd3', 'n3', 20 ]) {
	my ($name, $node, $ahead) = @$_;
	my $at = $node eq 'n1' ? $o->socket_of('n1') : $o->host_of($node);
	my $is = $figures{$name};
	like $is->{node}, qr/^\Q$at\E(?::\d+)?$/, "/admin/queue: $name, $node";
	cmp_ok abs($is->{nodeAheadMs} - 1000 * $ahead), '<', 2000,
	    "the clock of which is $ahead s ahead";
	my $clock = $ahead ? qr/, the clock of which is (?:19|20|21)\.\ds ahead/
	    : qr/$/m;
	like $words, qr/^sendd \Q$name\E: .*, database \Q$is->{node}\E$clock/m,
	    'outpost queue has both';
}
my ($status, $said) = $o->outpost('doctor');
like $said, qr/the\ clock\ of\ node\ n3\ is\ (?:19|20|21)\.\ds\ ahead\ of
    \ that\ of\ node\ n[12]/x, 'the doctor tells of the clock';
like $o->log_text('sendd3'), qr/^<3>alarm\ node="n3"\ clock=ahead
    \ by=(?:19|20|21)\.\ds\ /mx, 'an alarm, in the log of the one at that node';
unlike $o->log_text($_), qr/^<3>alarm node=/m, "none of $_"
    for qw(sendd sendd2);

done_testing;
