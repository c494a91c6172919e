#!/usr/bin/perl
# MariaDB is there and does not let us: a changed password, a file that is
# missing, a right that was taken away, a schema of a later release. No call has
# caused it, so each is answered 503 and the log tells the cause; when it is
# over all goes on, and nothing was restarted.
use strict;
use warnings;
use Fault;
use Test::More;

my $o = Fault->up;
$o->credentials('mobile-app');
$o->device('mobile-app', 'somebody', 'ios', 'ee' x 32);
my %pids = map { $_ => $o->pid($_) } qw(sendd web);
my %files = map { $_ => "$o->{run}/secrets/db-$_" } qw(push sendd);
my @owner = (stat $files{push})[4, 5];
my $ours = [ $o->outpost('version') ]->[1] =~ /schema (\d+)/ ? $1 : die;

sub ask {
	my ($body) = @_;
	return $o->send('mobile-app', 'somebody', mode => 'ASYNCHRONOUS',
	    body => { title => 'T', body => $body });
}

sub responders { return $o->log_text('web') . $o->log_text('responders') }

# Answered 503 by a published error, and told in the log by these words.
sub refused {
	my ($what, $words, $from) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = ask("refused: $what");
	is $r->{status}, 503, "$what: 503" or diag $r->{body};
	is eval { $r->{json}{responseObject}{code} }, 'ERROR_DATABASE',
	    'ERROR_DATABASE';
	ok $r->{headers}{'retry-after'}, 'with Retry-After';
	like substr(responders(), $from), $words, 'and its cause in the log';
}

sub served {
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $r = ask("served: $what");
	is $r->{status}, 200, "$what: served again" or diag $r->{body};
}

# --- the documented change of a password ------------------------------------

my $from = length responders();
my $sendd_from = length $o->log_text;
for my $program (qw(push sendd)) {
	rename $files{$program}, "$files{$program}.old" or die "rename: $!\n";
	$o->cut("outpost_$program");
}
refused('no password file', qr/503.*cannot read secret file/, $from);
is $o->get('/health')->{status}, 503, '/health: DOWN';
like substr(responders(), $from), qr/health id=.*cannot read secret file/,
    'and why';
ok $o->wait_for(60, sub { substr($o->log_text, $sendd_from) =~
    /^<3>database: cannot read secret file/m }), 'sendd says so too';

for my $program (qw(push sendd)) {
	$o->write_file($files{$program}, "not-the-password\n");
	chmod 0600, $files{$program};
	chown @owner, $files{$program};
}
refused('a wrong password', qr/503.*Access denied.*\(1045\)/, $from);
ok $o->wait_for(60, sub { substr($o->log_text, $sendd_from) =~
    /^<3>database: .*\(1045\)/m }), 'sendd says the new cause as well';

unlink values %files;
my ($status, $said) = $o->outpost('setup', '--no-doctor', '--admin-user',
    scalar getpwuid $>);
is $status, 0, 'setup gives new passwords' or diag $said;
like $said, qr/^set password of user outpost_$_$/m, "to $_"
    for qw(push sendd);
chown @owner, values %files;
served('with the new password');
ok $o->wait_for(60, sub { substr($o->log_text, $sendd_from) =~
    /database is back/ }), 'sendd is back';
for my $program (qw(push sendd)) {
	isnt $o->read_file($files{$program}),
	    $o->read_file("$files{$program}.old"), "$program has another one";
	unlink "$files{$program}.old";
}

# --- rights -----------------------------------------------------------------

my $right = "SELECT, INSERT, UPDATE ON outpost.push_send %s"
    . " 'outpost_push'\@localhost";
$from = length responders();
$o->sql('REVOKE ' . sprintf $right, 'FROM');
$o->cut('outpost_push');
refused('a right that was taken away', qr/503.*command denied.*\(1142\)/,
    $from);
$o->sql('GRANT ' . sprintf $right, 'TO');
served('with the right');

# sendd's reader alone fails: the rest of sendd goes well meanwhile
my $beats = 'SELECT beats FROM push_instance';
$right = "SELECT ON outpost.push_outbox %s 'outpost_sendd'\@localhost";
$sendd_from = length $o->log_text;
$o->sql('REVOKE ' . sprintf $right, 'FROM');
sub denied { return substr($o->log_text, $sendd_from) =~
    /^<3>(database: .*SELECT command denied.*\(1142\))$/mg }
ok $o->wait_for(60, sub { scalar(my @lines = denied()) }),
    'sendd tells of a right that was taken away';
my $beat = $o->value($beats);
ok $o->wait_for(60, sub { $o->value($beats) > $beat + 8 }), 'it goes on';
# a statement each, if several come to the table
my %times;
$times{$_}++ for denied();
is_deeply [ grep { $times{$_} > 1 } keys %times ], [], 'and tells of it once';
unlike substr($o->log_text, $sendd_from), qr/database is back/,
    'nor does it say that all is well again';
$o->sql('GRANT ' . sprintf $right, 'TO');
ok $o->wait_for(60, sub { substr($o->log_text, $sendd_from) =~
    /database is back/ }), 'until it is';

# --- sessions that only read, but for transactions that say they write --------

# Ours do; a database that takes no writes at all is in 22-database-readonly.t.
$o->sql('SET GLOBAL TRANSACTION READ ONLY');
$o->cut('outpost_push');
served('in sessions that read');
$o->sql('SET GLOBAL TRANSACTION READ WRITE');
$o->cut('outpost_push');

# --- the schema of a later release ------------------------------------------

# as setup of that release leaves it, while these programs run
$from = length responders();
$o->sql('INSERT INTO push_schema (version, oldest, applied) VALUES'
    . " (99, $ours, UTC_TIMESTAMP(3))");
$o->cut('outpost_push');
served('a later schema that serves this program');

$o->sql('UPDATE push_schema SET oldest = 99 WHERE version = 99;'
    . ' ALTER TABLE push_send RENAME COLUMN mode TO manner');
refused('one that does not', qr/503.*schema version 99, this program wants/,
    $from);
$o->cut('outpost_push');
refused('one that does not, on a new connection',
    qr/503.*schema version 99, this program wants/, $from);
unlike substr(responders(), $from), qr/ 500 /, 'never 500';
# a column that is missing and a schema that is ours: that is our fault
$o->sql('DELETE FROM push_schema WHERE version = 99');
is ask('fault')->{status}, 500, 'a schema that only claims to be ours: 500';
$o->sql('ALTER TABLE push_send RENAME COLUMN manner TO mode');
served('with the schema as it was');

# --- all goes on ------------------------------------------------------------

is $o->pid($_), $pids{$_}, "$_ was not restarted" for sort keys %pids;
ok kill(0, $pids{sendd}), 'and sendd lives';
$o->settled(120);
my %seen;
$seen{ $_->{payload}{aps}{alert}{body} }++ for $o->ledger;
is_deeply [ grep { /^served/ && $seen{$_} != 1 } keys %seen ], [],
    'what was accepted was sent once';
is scalar(grep { /^served/ } keys %seen), 5, 'all of it';
is scalar(grep { !/^served/ } keys %seen), 0, 'and nothing that was refused';

done_testing;
