#!/usr/bin/perl
# Two nodes in [database] host. When the nearer one hangs or dies, calls are
# answered by the other one, none with 503; when it is back, it is used again.
use strict;
use warnings;
use Fault;
use Relay;
use Test::More;

my $o = Fault->up(conf => "[api]\nworkers = 4\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);

# two ways to one MariaDB
my ($near, $far) = map { Relay->new($o, sub { '' }, undef, $_) } qw(near far);
my $plain = $o->read_file($o->{conf});
$o->write_file($o->{conf}, "$plain\n[database]\nsocket =\nhost = "
    . $near->path . ', ' . $far->path . "\ntimeout = 2s\n");
for my $name (qw(sendd web)) {
	my $out = $o->stack('restart', $name);
	is $?, 0, "$name runs with two nodes" or diag $out;
}

my @yes;
sub ask {
	my ($word) = @_;
	my $r = $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS',
	    body => { title => 'T', body => $word });
	push @yes, $word if $r->{status} == 200;
	return $r->{status};
}

is ask("first $_"), 200, 'a call' for 1 .. 4;
cmp_ok $near->taken, '>', 0, 'goes to the nearer node';
is $far->taken, 0, 'and none to the other one';

# --- it hangs -----------------------------------------------------------------

kill 'STOP', $near->pid;
is ask("hung $_"), 200, "the nearer node hangs: call $_ is answered"
    for 1 .. 6;
cmp_ok $far->taken, '>', 0, 'by the other one';
ok $o->wait_for(60, sub { $o->get('/health')->{status} == 200 }),
    '/health: UP';
ok $o->wait_for(60, sub { $o->log_text =~
    /^<4>database node=\Q@{[$near->path]}\E why=".*": another is used$/m }),
    'the log names the node and says why';
$o->settled(120);
is $o->value('SELECT COUNT(*) FROM push_outbox'), 0, 'sendd goes on, too';
kill 'CONT', $near->pid;
my $n = 0;
ok $o->wait_for(90, sub {
	ask('back ' . $n++);
	return $near->taken > 0 && $far->taken == 0;
}), 'it goes on, and all connections return to it';
like $o->log_text, qr/^<5>database node=\Q@{[$near->path]}\E serves again$/m,
    'the log says so';

# --- it dies ------------------------------------------------------------------

$near->end;
is ask("dead $_"), 200, "it is dead: call $_ is answered" for 1 .. 6;
$far->end;
is ask('none'), 503, 'both are dead: 503';
is $o->get('/health')->{status}, 503, '/health: DOWN';
$far->begin;
ok $o->wait_for(60, sub { ask('one is back') == 200 }),
    'one is back: calls are served';
$o->settled(120);

my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is scalar(grep { ($seen{$_} // 0) != 1 } grep { !/^one/ } @yes), 0,
    'what was accepted was sent, once';
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'and the accounts are complete';

# --- settings -----------------------------------------------------------------

$o->write_file("$o->{run}/wrong.conf",
    "$plain\n[database]\nsocket =\nhost = db1, db 2\n");
my $out = qx('$o->{bin}/sendd' -n -c $o->{run}/wrong.conf 2>&1);
isnt $?, 0, 'a host with a blank is refused';
like $out, qr/database\.host: "db 2" is not a host, nor host:port/,
    'and named';

done_testing;
