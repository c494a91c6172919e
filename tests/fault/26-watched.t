#!/usr/bin/perl
# What hangs, and who notices. /health answers while the calls wait for a
# MariaDB that hangs. Of two nodes, one that is silent, read-only, behind or
# apart is left while the other one serves, long before [database] timeout; and
# returned to. When the node is behind and there is no other, it is used.
#
# The nodes are two relays to one MariaDB: the nearer one tells whoever asks for
# its state what the test wants.
use strict;
use warnings;
use Fault;
use POSIX ();
use Relay;
use Test::More;

# far longer than a call takes that does not wait for that
my $o = Fault->up(conf => "[api]\nworkers = 4\n[database]\ntimeout = 4m\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);

sub responders { return $o->log_text('web') . $o->log_text('responders') }

sub ask {
	my ($word) = @_;
	return $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS',
	    body => { title => 'T', body => $word })->{status};
}

# A call whose answer comes later; true while there is none.
my $answer = "$o->{run}/answer";
my $caller;
sub ask_later {
	my ($word) = @_;
	unlink $answer;
	$caller = fork // die "fork: $!\n";
	return if $caller;
	my $status = ask($word);
	$o->write_file("$answer.new", $status);
	rename "$answer.new", $answer;
	POSIX::_exit(0);
}
sub waits { return !-e $answer }
sub answered {
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $o->wait_for(60, sub { !waits() }), $what;
	waitpid $caller, 0;
	is waits() ? 'none' : $o->read_file($answer), 200, 'by 200';
}

# --- one MariaDB -------------------------------------------------------------

sub by_cgi {
	local %ENV = (PATH => $ENV{PATH}, OUTPOST_CONF => $o->{conf},
	    REQUEST_METHOD => 'GET', REQUEST_URI => "$o->{prefix}/health",
	    GATEWAY_INTERFACE => 'CGI/1.1', SERVER_PROTOCOL => 'HTTP/1.1');
	return scalar qx($o->{bin}/push.fcgi 2>&1 </dev/null);
}

is ask('before'), 200, 'a call before';
# As soon as the watcher has asked again; a call does not wait for that.
sub up {
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok $o->wait_for(60, sub {
		$o->get('/health')->{status} == 200 }), $what // '/health: UP';
}

like by_cgi(), qr/\{"status":"UP"\}\z/, '/health by CGI: UP';
kill 'STOP', $o->pid('mariadbd');
ask_later('hung');
for my $n (1 .. 3) {
	my $since = Time::HiRes::time();
	my $r = $o->get('/health');
	Fault::within('/health', Time::HiRes::time() - $since, 1);
	is $r->{status}, 503, 'MariaDB hangs, /health answers';
	is_deeply $r->{json}, { status => 'DOWN' }, 'DOWN';
}
my $since = Time::HiRes::time();
my $text = by_cgi();
Fault::within('/health by CGI', Time::HiRes::time() - $since, 1);
like $text, qr/^Status: 503 .*\{"status":"DOWN"\}/ms, 'by CGI too';
ok waits(), 'while the call still waits';
like responders(),
    qr/<4>health id=\w+ error="database: no answer for \d+ ms"/,
    'the log says why';
kill 'CONT', $o->pid('mariadbd');
answered('MariaDB goes on, and so does the call');
up();

# It takes no more connections, and serves those it has.
my $limit = "ALTER USER outpost_push\@localhost WITH MAX_USER_CONNECTIONS";
$o->sql("$limit 1");
$o->cut('outpost_push');
is ask('the only one'), 200, 'a call has the only connection there may be';
up('there is none for /health: UP');
like by_cgi(), qr/^Status: 503 .*\{"status":"DOWN"\}/ms,
    'DOWN by CGI, where a call would need one';
is ask('the only one again'), 200, 'a call';
is $o->value('SELECT COUNT(*) FROM information_schema.processlist WHERE user'
    . ' = "outpost_push"'), 1, 'by that connection';
$o->sql("$limit 0");

# Its statements of an hour are used up. A connection that is open then keeps
# the old limit when there is none any more: it gives way to a new one, whether
# it was to begin a transaction or to end one of before.
my $hour = 'ALTER USER outpost_push@localhost WITH MAX_QUERIES_PER_HOUR';
sub read_devices { return $o->get('/push/device/list?appId=mobile-app'
    . '&userId=somebody')->{status} }
my $used_up = qr/max_queries_per_hour.*\(1226\)/;
sub use_up {
	my ($open) = @_;
	my $from = length responders();
	$o->sql('FLUSH USER_RESOURCES');
	$o->sql("$hour 60");
	$o->cut('outpost_push');
	is $open->(), 200, 'a call has opened a connection';
	ok $o->wait_for(60, sub { $o->get('/health')->{status} == 503 &&
	    substr(responders(), $from) =~ /<4>health .*$used_up/ }),
	    'the statements of an hour are used up: DOWN';
}
sub more { $o->sql("$hour 0"); up('there are more: UP') }
my $n = 0;
for ([ 'a write', \&read_devices, sub { ask('more ' . ++$n) } ],
    [ 'a read', sub { ask('the last') }, \&read_devices ]) {
	my ($what, $open, $call) = @$_;
	use_up($open);
	more();
	is $call->(), 200, "$what by the connection of before" for 1 .. 2;
}
use_up(\&read_devices);
my $from = length responders();
is ask('used up'), 503, 'a write meanwhile';
like substr(responders(), $from), $used_up, 'the log says why';
more();
is ask('many more'), 200, 'and a write';

# --- two nodes ---------------------------------------------------------------

my $state = "$o->{run}/state";
my %said = ('read-only' => 'is read-only', apart => 'is not part of');
my %words = ('read-only' => [ 1, 0, '4,ON' ], behind => [ 0, 1, '2,ON' ],
    apart => [ 0, 1, '0,OFF' ]);

# The packet stays as long as it was.
sub put {
	my ($at, $is) = @_;
	return $is . ' ' x (length($at) - length $is);
}
sub tell_state {
	my ($data) = @_;
	return $data if $data !~ /SELECT \@\@GLOBAL\.read_only, .*global_st/s;
	if (open my $count, '>>', "$state.asked") { print $count 'x' }
	open my $f, '<', $state or return $data;
	my $word = <$f> // '';
	unlink $state if $word =~ s/ once\z//;
	my $words = $words{$word} or return $data; # half written
	my ($read_only, $galera, $what) = @$words;
	$data =~ s/\@\@GLOBAL\.read_only/put($&, $read_only)/e;
	$data =~ s/\@\@GLOBAL\.wsrep_on/put($&, $galera)/e;
	$data =~ s/\(SELECT GROUP_CONCAT.*\)/put($&, "'$what'")/se;
	return $data;
}
my $near = Relay->new($o, sub { '' }, \&tell_state, 'near');
my $far = Relay->new($o, sub { '' }, undef, 'far');
$o->write_file($o->{conf}, $o->read_file($o->{conf}) . "\n[database]\n"
    . 'socket =' . "\nhost = " . $near->path . ', ' . $far->path . "\n");
for my $name (qw(sendd web)) {
	my $out = $o->stack('restart', $name);
	is $?, 0, "$name runs with two nodes" or diag $out;
}

sub at_near {
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $o->wait_for(60, sub {
		ask('to the nearer one');
		return $near->taken > 0 && $far->taken == 0;
	}), $what;
}
sub left {
	my ($from, $what, $why) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $o->wait_for(60, sub { $near->taken == 0 && $far->taken > 0 }),
	    $what;
	my $left = '^<4>database node=' . quotemeta($near->path)
	    . qq( why="[^"]*${why}[^"]*": another is used\$);
	like substr(responders(), $from), qr/$left/m, 'and the log says why';
}
sub new_state {
	my ($how) = @_;
	my $from = length responders();
	$o->write_file("$state.new", $how);
	rename "$state.new", $state;
	return $from;
}

at_near('all connections are at the nearer one');
ask_later('silent');
answered('a call through it');
kill 'STOP', $near->pid;
ask_later('hung at the nearer one');
answered('it is silent: who waits there goes to the other one');
up();
ok $o->wait_for(60, sub { by_cgi() =~ /\{"status":"UP"\}\z/ }),
    'UP for a process that knows nothing yet, too';
is ask('meanwhile'), 200, 'a call meanwhile';
# without the watcher it waits for 60 s, as long as a statement over many rows
$since = Time::HiRes::time();
$o->settled(300, 'sendd has left it, too');
Fault::within('sendd has left it', Time::HiRes::time() - $since, 45);
kill 'CONT', $near->pid;
at_near('it answers, and all connections return');

# It takes no more connections: who is refused goes to the other one, and who is
# there stays.
$o->write_file($near->path . '.full', '');
$from = length responders();
$o->cut('outpost_push');
is ask('full'), 200, 'the nearer one is full: a call goes to the other one';
cmp_ok $far->taken, '>', 0, 'by a connection there';
cmp_ok $near->taken, '>', 0, 'those of sendd stay';
up();
is ask("full $_"), 200, 'further calls' for 1 .. 3;
unlike substr(responders(), $from), qr/another is used/, 'it was not left';
unlink $near->path . '.full';
at_near('it has room, and all connections return');

# It hangs, and refuses whoever comes: only those that are there can tell.
ask_later('before it hangs');
answered('a call through it');
$o->write_file($near->path . "$_", '') for '.full', '.hung';
ask_later('hung and full');
answered('it hangs and is full: who waits there goes to the other one');
unlink map { $near->path . $_ } '.full', '.hung';
at_near('it goes on and has room, and all connections return');

# It is full, and the other one hangs with all of our connections.
$o->write_file($near->path . '.full', '');
$o->cut('outpost_push');
is ask('full again'), 200, 'the nearer one is full again: a call';
kill 'STOP', $far->pid;
ok $o->wait_for(60, sub { $o->get('/health')->{status} == 503 }),
    'the other one hangs, where all connections are: DOWN';
kill 'CONT', $far->pid;
up('it goes on: UP');
unlink $near->path . '.full';
at_near('the nearer one has room again, and all connections return');

for my $how (qw(read-only apart)) {
	left(new_state($how), "it is $how: all leave it", $said{$how});
	is ask($how), 200, 'a call goes to the other one';
	up();
	unlink $state;
	at_near("it is $how no more: all return");
}

sub waiting_ids { return join ' ', sort map { $_->[0] } $o->sql('SELECT id FROM'
    . ' information_schema.processlist WHERE user = "outpost_push"'
    . ' AND state LIKE "Waiting for table%"') }

# who waits there for an answer is cut
my $locks = $o->keep_locked('LOCK TABLES push_outbox WRITE');
ask_later('behind');
ok $o->wait_for(60, \&waiting_ids), 'a call waits there';
left(new_state('behind'), 'it is behind: all leave it', 'has not caught up');
ok waits(), 'also those that waited for an answer';
$o->let_go($locks);
answered('which they get from the other one');
unlink $state;
at_near('it is behind no more: all return');

# So they are if a new connection has found it out before the watcher.
$locks = $o->keep_locked('LOCK TABLES push_outbox WRITE');
ask_later('left before');
my $waiting;
ok $o->wait_for(60, sub { $waiting = waiting_ids() }), 'a call waits there';
$from = new_state('apart');
is read_devices(), 200, 'a read finds out that it is apart';
left($from, 'all leave it', $said{apart});
ok waits(), 'also the one that waited for an answer';
$o->let_go($locks);
answered('which it gets from the other one');
unlink $state;
$o->cut('outpost_push'); # idle ones return when there is a call for them
at_near('all return');

$from = new_state('behind');
left($from, 'it is behind again', 'has not caught up');
$far->end;
is ask("behind $_"), 200, 'the other one is dead: it is used all the same'
    for 1 .. 3;
up();
$from = length responders();
$far->begin;
left($from, 'until the other one is back', 'has not caught up');
unlink $state;
at_near('it is behind no more: all return');

# Who waits there is not cut if it is well again when that is due. Only the
# responders ask meanwhile.
kill 'STOP', $o->pid('sendd');
$locks = $o->keep_locked('LOCK TABLES push_outbox WRITE');
ask_later('not cut');
ok $o->wait_for(60, sub { $waiting = waiting_ids() }), 'a call waits again';
$from = new_state('behind once');
ok $o->wait_for(60, sub { substr(responders(), $from) =~
    /has not caught up.*: another is used\n.* serves again$/ms }),
    'it is behind for a moment';
# MariaDB lets a statement wait whose connection was cut, and the call waits by
# another one as well. Each of the three programs asks once a second, and
# whoever has left asks a second later whether the cut is still right.
my $asked = -s "$state.asked";
ok $o->wait_for(60, sub { waiting_ids() ne $waiting ||
    -s "$state.asked" >= $asked + 10 }), 'it is asked several times more';
is waiting_ids(), $waiting, 'which cuts nobody';
kill 'CONT', $o->pid('sendd');
$o->let_go($locks);
answered('the call goes on');
$o->settled(120);
$o->settled(120);

my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is_deeply [ grep { $seen{$_} != 1 } grep { !/^to the/ } keys %seen ], [],
    'no message was sent twice';
is $seen{$_}, 1, "\"$_\" was sent" for 'hung', 'hung at the nearer one',
    'meanwhile', 'full', 'read-only', 'apart', 'behind', 'left before',
    'not cut', 'the last', 'more 1', 'more 2', 'many more';

done_testing;
