#!/usr/bin/perl
# A node that lives, takes connections and does not serve: it takes no writes,
# or it has lost the others. The web machine and the sendd that prefer it go to
# another one, no call is refused, and they return to it. A COMMIT that was on
# the way when it lost the others is done once or not at all.
use strict;
use warnings;
use Callers;
use Cluster;
use Test::More;
use Time::HiRes qw(sleep);

Cluster::begin();

my $o = Cluster->up(conf => "[sendd]\nlease = 10s\n[log]\ntime = yes\n");
$o->credentials('mobile-app');
my @web = ($o->web('web1', qw(n1 n2 n3)), $o->web('web2', qw(n2 n1 n3)));
$o->sendd('sendd2', qw(n2 n3 n1));
my @users = map { "user-$_" } 1 .. 50;
Callers::device($web[0], $users[$_], sprintf '%064x', $_ + 1)
    for 0 .. $#users;
ok $o->wait_for(60, sub { my %s = $o->shares;
    keys %s == 2 && !grep { $_ != 32 } values %s }), 'two sendd share';

my $callers = Callers->new($o, \@web, @users);
$callers->{pause} = 0.002;	# so that a COMMIT is always under way
my $n2 = $o->host_of('n2');

# How often a program has left n2, and found that it serves again.
sub moves {
	my ($name) = @_;
	my $log = $o->log_text($name);
	return (scalar(() = $log =~
	    /^<4>\S+ database node=\Q$n2\E\S* why=.*: another is used$/mg),
	    scalar(() = $log =~
	    /^<5>\S+ database node=\Q$n2\E\S* serves again$/mg));
}

sub meanwhile {
	my ($what, $begin, $end, $left) = @_;
	my %had = map { $_ => [ moves($_) ] } qw(web2 sendd2);
	$callers->meanwhile($what, sub {
		$begin->();
		for my $name (qw(web2 sendd2)) {
			ok $o->wait_for(60, sub {
			    (moves($name))[0] > $had{$name}[0] }),
			    "$what: $name leaves it";
		}
		$left->() if $left;
		sleep $o->long(5, 20);
		$end->();
		ok $o->whole, "$what no more";
		for my $name (qw(web2 sendd2)) {
			ok $o->wait_for(90, sub {
			    (moves($name))[1] > $had{$name}[1] }),
			    "$name returns to it";
		}
	});
}

meanwhile('n2 is read-only', sub {
	$o->ask_node('n2', 'SET GLOBAL read_only = ON');
}, sub {
	$o->ask_node('n2', 'SET GLOBAL read_only = OFF');
}, sub {
	# what is read there while it is settled elsewhere waits each time
	ok $o->wait_for(60, sub { ($o->ask_node('n2', 'SELECT COUNT(*) FROM'
	    . ' information_schema.processlist WHERE user LIKE'
	    . " 'outpost\\_%' AND time_ms < 2000") // 1) == 0 }),
	    'nobody reads there either';
});

# Its cluster does not hear it, but programs do.
sub isolate {
	my ($on) = @_;
	return $o->ask_node('n2', 'SET GLOBAL wsrep_provider_options ='
	    . " 'gmcast.isolate = $on'");
}

for my $round (1 .. Fault->long(1, 5)) {
	meanwhile("n2 has lost the others ($round)", sub {
		isolate(1);
		ok $o->wait_for(60, sub { ($o->ask_node('n2', 'SHOW STATUS'
		    . " LIKE 'wsrep_cluster_status'") // '') =~
		    /non-Primary/ }), 'n2 lives, and is in no cluster';
		is $o->ask_node('n2', 'SELECT COUNT(*) FROM push_send'),
		    undef, 'it answers nothing else';
	}, sub { isolate(0) });
}
note scalar(() = $o->log_text('web2') =~ /\(1180\)/g)
    . ' times a COMMIT had no other answer than that the others are lost';

my $twice = $callers->account;
is $twice, 0, 'nothing came twice';
$callers->tell_twice;
unlike $o->log_text($_), qr/taken over/, "$_ has lost no shard"
    for qw(sendd sendd2);

done_testing;
