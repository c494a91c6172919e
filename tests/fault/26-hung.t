#!/usr/bin/perl
# MariaDB hangs: it takes connections and says nothing. A call is answered
# 503 after [database] timeout, not after minutes; what needs no database is
# served; and all goes on when MariaDB does. A COMMIT that had no answer may
# have been done, and the caller is told so.
use strict;
use warnings;
use Fault;
use Test::More;
use Time::HiRes qw(time);

my $o = Fault->up(conf => "[api]\nworkers = 4\n[database]\ntimeout = 2s\n");
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);
# before the end of time, which was a minute once
my %soon = (timeout => 45);

sub ask {
	my ($body, %headers) = @_;
	return $o->request(POST => '/push/message/send', { requestObject => {
	    appId => 'mobile-app', mode => 'ASYNCHRONOUS', message => {
		userId => 'somebody', body => { title => 'T',
		    body => $body } } } }, headers => \%headers, %soon);
}

is ask("before $_")->{status}, 200, 'a call before' for 1 .. 4;
$o->settled(120);

# --- stopped ----------------------------------------------------------------

my $pid = $o->pid('mariadbd');
kill 'STOP', $pid;
my $from = length $o->log_text;
for my $n (1 .. 6) {	# on old connections, and on none
	my $r = ask("hung $n");
	is $r->{status}, 503, "hung, call $n: 503" or diag $r->{content};
	is eval { $r->{json}{responseObject}{code} }, 'ERROR_DATABASE',
	    'ERROR_DATABASE';
}
my $since = time;
my $r = $o->get('/health', %soon);
Fault::within('/health', time - $since, 1);
is $r->{status}, 503, '/health tells a balancer';
is_deeply $r->{json}, { status => 'DOWN' }, 'that it is DOWN';
is $o->get('/push/service/status', %soon)->{status}, 200,
    'what needs no database is served';
$r = $o->get('/openapi.json', %soon);
is $r->{status}, 200, 'so is the description of the calls';
ok $r->{json}{paths}{'/push/message/send'}, 'whole';
ok $o->wait_for(60, sub { substr($o->log_text, $from) =~ /^<3>database: /m }),
    'sendd says it';
ok kill(0, $o->pid('sendd')), 'and lives on';
kill 'CONT', $pid;

ok $o->wait_for(60, sub { ask('after')->{status} == 200 }),
    'MariaDB goes on, and calls are served';
# as soon as the watcher has asked again, which a call need not wait for
ok $o->wait_for(60, sub { $o->get('/health', %soon)->{status} == 200 }),
    '/health: UP';
$o->settled(120);
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is scalar(grep { /^hung/ } keys %seen), 0, 'what was refused was not sent';
is $seen{"before $_"}, 1, 'what was accepted was, once' for 1 .. 4;

# --- a table that is locked -------------------------------------------------

# Its reader waits, the heartbeat goes on: sendd must wait too, not turn round
# and round to ask whether reading is due. Rounds a second, by the database.
my $locks = $o->keep_locked('LOCK TABLES push_outbox WRITE');
sub rounds {
	my ($row) = $o->sql('SELECT beats, UNIX_TIMESTAMP(seen),'
	    . ' JSON_VALUE(figures, "$.loops") FROM push_instance');
	return @$row;
}
my @begin = rounds();
my @end;
ok $o->wait_for(60, sub { @end = rounds(); return $end[0] > $begin[0] + 4 }),
    'the heartbeat goes on';
cmp_ok +($end[2] - $begin[2]) / ($end[1] - $begin[1]), '<', 400,
    'and sendd rests meanwhile';
$o->let_go($locks);
is ask('unlocked')->{status}, 200, 'all goes on';
$o->settled(120);

# --- very many rows that wait ------------------------------------------------

# To count them takes its time, and that is when it is asked for. Rows that
# take a second each stand for them.
$o->kill_off('sendd');
is ask("waits $_")->{status}, 200, 'a call' for 1 .. 4;
my $count = 'SELECT COUNT(*) FROM push_outbox';
is $o->value($count), 4, 'waits';
$o->sql('RENAME TABLE push_outbox TO many; CREATE VIEW push_outbox AS SELECT *'
    . ' FROM many WHERE SLEEP(1) = 0');
$r = $o->get('/metrics', %soon);
is $r->{status}, 200, '/metrics takes longer than [database] timeout';
like $r->{body}, qr/^outpost_queue_depth\{.*\} 4$/m, 'and has all';
$r = $o->get('/admin/queue', %soon);
is $r->{status}, 200, 'so does /admin/queue';
is eval { $r->{json}{responseObject}{rows} }, 4, 'and has them too';
$o->sql('DROP VIEW push_outbox; RENAME TABLE many TO push_outbox');
$o->again;
$o->settled(120);

# --- a COMMIT without an answer ---------------------------------------------

# a backup holds all commits back, and lets everything else go on
$locks = $o->keep_locked('BACKUP STAGE START; BACKUP STAGE FLUSH;'
    . ' BACKUP STAGE BLOCK_DDL; BACKUP STAGE BLOCK_COMMIT');
my @key = ('Idempotency-Key' => 'one-and-the-same');
$r = ask('doubt', @key);
is $r->{status}, 503, 'no answer to a COMMIT: 503' or diag $r->{content};
like eval { $r->{json}{responseObject}{message} } // '',
    qr/did not say whether this was done/, 'which does not say: not done';
$o->let_go($locks, 'BACKUP STAGE END');
ok $o->wait_for(60, sub { ($r = ask('doubt', @key))->{status} == 200 }),
    'it can be sent again with its key';
$o->settled(120);
%seen = ();
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is $seen{doubt}, 1, 'and is sent once';

done_testing;
