#!/usr/bin/perl
# A host without a daemon, as the README of the tarball has it: the account of a
# stranger with 20 processes and 1 GB, one database user who may make nothing
# outside of its database, Apache with plain CGI, and lines for cron. A login
# code is there before its call is answered; what waits for cron is delivered
# although runs are killed: all of it, and twice at most what a killed run had
# in hand.
use strict;
use warnings;
use Cwd qw(abs_path);
use Fault;
use POSIX ();
use Test::More;
use Time::HiRes qw(time sleep);

my $n = Fault->long(600, 10000);	# messages for cron
my $rate = Fault->long(60, 100);	# a second
my $minute = Fault->long(0, 60);	# between two starts of cron's line
my $long = $minute > 0;
my $o = Fault->up(via => 'direct');
kill 'TERM', $o->pid('sendd');

# --- the account ------------------------------------------------------------

my $root = $> == 0;
my $uid = $root ? 21000 + $$ % 30000 : $>;
my $home = abs_path($o->{run}) . '/home';
my $tree = "$home/outpost";
mkdir $home or die "$home: $!\n";
my ($kept, $port) = ("$home/.password", Outpost::free_port());
$o->write_file($kept, "a password\n");

# Everything of the account runs in this: its words, at most 20 processes and
# threads, 1 GB of memory each (what all of them have is counted below), and no
# environment but what cron gives.
sub jailed {
	my (@words) = @_;
	return ('env', '-i', "HOME=$home", 'PATH=/usr/bin:/bin',
	    'SHELL=/bin/sh', $root ? ('prlimit', '--nproc=20:20',
	    '--as=1073741824:1073741824', '--core=0', 'setpriv',
	    "--reuid=$uid", "--regid=$uid", '--clear-groups',
	    '--no-new-privs', '--') : (), @words);
}

sub begin {
	my ($name, @words) = @_;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		POSIX::setsid();
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$o->{run}/$name.log";
		open STDERR, '>&', \*STDOUT;
		chdir $home;
		exec jailed(@words) or POSIX::_exit(127);
	}
	return $o->{more}{$name} = $pid;
}

# Exit status and what was said.
sub run {
	my (@words) = @_;
	my $pid = begin('said', @words);
	waitpid $pid, 0;
	delete $o->{more}{said};
	my $status = $? >> 8;
	my $said = $o->read_file("$o->{run}/said.log");
	unlink "$o->{run}/said.log";
	return ($status, $said);
}

# The most of processes with threads, and of memory in MB, that the account had
# at a time.
my ($most, $memory) = (0, 0);
sub look {
	my ($tasks, $kb) = (0, 0);
	for my $dir (grep { ((stat)[4] // -1) == $uid } glob '/proc/[0-9]*') {
		open my $f, '<', "$dir/status" or next;
		my $text = join '', <$f>;
		$tasks += $1 if $text =~ /^Threads:\s+(\d+)/m;
		$kb += $1 if $text =~ /^RssAnon:\s+(\d+)/m;
	}
	$most = $tasks if $tasks > $most;
	$memory = $kb / 1024 if $kb / 1024 > $memory;
}

# --- unpacked ---------------------------------------------------------------

my $bin = $o->{bin};
my ($kind) = $bin =~ m{([^/]+)\z};
my $san = $kind =~ /address|thread|undefined/
    ? 'SAN=' . $kind =~ tr/-/,/r : "O=$bin";
my $made = do {
	local @ENV{qw(MAKEFLAGS MAKELEVEL)};
	delete @ENV{qw(MAKEFLAGS MAKELEVEL)};
	`make -s tarball $san TARBALL=$o->{run}/tarball 2>&1`;
};
is $?, 0, 'make tarball' or BAIL_OUT($made);
my ($tarball) = glob "$o->{run}/tarball/*.tar.gz";
is system('tar', 'xzf', $tarball, '-C', $home), 0, 'it is unpacked';
my ($inside) = glob "$home/outpost-*";
symlink $inside, $tree or die "symlink: $!\n";
is sprintf('%o', (stat "$tree/etc")[2] & 07777), '700',
    'the place of the secrets is closed';
system 'chown', '-R', "$uid:$uid", $home if $root;
my ($status, $said) = run("$tree/check");
is $status, 0, 'the host has what it takes' or diag $said;
like $said, qr/^ok +20 processes are allowed$/m, 'which is little' if $root;
like $said, qr/^warning +cron does not deliver yet/m,
    'the check says what is to do';

# --- set up -----------------------------------------------------------------

$o->sql("CREATE DATABASE shared; CREATE USER me\@localhost IDENTIFIED BY"
    . " 'a password'; GRANT ALL ON shared.* TO me\@localhost");
my ($stand_in) = $o->read_file($o->{conf}) =~ /(# The providers.*)/s;
$o->write_file("$inside/etc/outpost.conf", <<"END" . $stand_in);
[api]
prefix = /push-api
[apns]
rate = $rate/s
END
system 'chown', "$uid:$uid", "$inside/etc/outpost.conf" if $root;
my @setup = ("$tree/bin/outpost", 'setup', '--single-user', '--no-doctor');
($status, $said) = run(@setup);
is $status, 2, 'setup must be told the database' or diag $said;
push @setup, '--socket', abs_path($o->{run}) . '/mariadb.sock', '--database',
    'shared', '--admin-user', 'me', '--admin-password-file', $kept;

# tables of another program, then those of a setup that was killed
$o->sql('CREATE TABLE shared.push_notes (id INT)');
($status, $said) = run(@setup);
is $status, 1, 'tables with names like ours are left alone';
like $said, qr/database shared has tables of another program/, 'and said';
$o->sql('DROP TABLE shared.push_notes; CREATE TABLE shared.push_schema (version'
    . ' INT, oldest INT); CREATE TABLE shared.push_send (id INT)');
$o->sql('CREATE TABLE shared.push_app_credentials (id INT,'
    . " app_id VARCHAR(255)) SELECT 1 AS id, 'shop' AS app_id");
($status, $said) = run(@setup);
is $status, 1, 'a restored copy without its versions is not removed';
like $said, qr/shared holds applications, and its table push_schema/,
    'and said';
is +($o->sql('SELECT app_id FROM shared.push_app_credentials'))[0][0],
    'shop', 'nothing is lost';
$o->sql('DELETE FROM shared.push_app_credentials');
($status, $said) = run(@setup, '--integration', 'shop', '--role',
    'device,send,campaign,inbox,admin,status', '--secret-file',
    "$home/shop");
is $status, 0, 'setup goes on where one was killed' or diag $said;
like $said, qr/^removed what a setup that was stopped has left$/m,
    'and says so';
like $said, qr/^created tables, schema version \d+$/m, 'the tables are made';
like $said, qr/^warning: all programs have one database user: .* audit trail/m,
    'it says plainly what is lost';
is sprintf('%o', (stat "$inside/etc/$_")[2] & 07777), '600',
    "$_ is its owner's only" for qw(secret.key db-password);
like $o->read_file("$inside/etc/outpost.conf"), qr/^deliver = auto$/m,
    'calls deliver';
($status, $said) = run("$tree/bin/outpost", 'setup', '--single-user',
    '--no-doctor');
is "$status $said", "0 nothing to do\n", 'a second run knows all';
is_deeply [ $o->sql("SELECT user FROM mysql.user WHERE user LIKE 'outpost%'"
    . " AND user NOT IN (SELECT user FROM mysql.user WHERE user REGEXP"
    . " '^outpost_(push|inbox|admin|sendd|cli|maintain)\$')") ], [],
    'no user was made';

# --- the web server ---------------------------------------------------------

($status, $said) = run("$tree/install-web", "$home/public_html/push-api");
is $status, 0, 'the programs are put where the web server finds them';
my $modules = '/usr/lib/apache2/modules';

# Settings of an Apache whose files are in that directory.
sub apache_conf {
	my ($at, $more, @modules) = @_;
	$o->write_file("$at/apache.conf", <<"END");
LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
${\ join '', map { "LoadModule ${_}_module $modules/mod_$_.so\n"
    } qw(authz_core mime cgi rewrite), @modules }
ServerRoot "$at"
ServerName 127.0.0.1
Listen 127.0.0.1:$port
PidFile "$at/apache.pid"
DefaultRuntimeDir "$at"
Mutex file:$at default
ErrorLog "$at/apache.log"
StartServers 1
MinSpareServers 1
MaxSpareServers 2
MaxRequestWorkers 3
TypesConfig /dev/null
DocumentRoot "$home/public_html"
<Directory "$home/public_html">
	Require all granted
	AllowOverride All
</Directory>
$more
END
	chmod 0644, "$at/apache.conf";
}
apache_conf($home, '');
my $apache = begin('apache', '/usr/sbin/apache2', '-f', "$home/apache.conf",
    '-DFOREGROUND');
$o->{via} = 'apache-cgi';
$o->{port} = $port;
$o->{prefix} = '/push-api';
ok $o->wait_for(60, sub { $o->get('/push/service/status')->{status} == 200 }),
    'it serves' or diag $o->read_file("$home/apache.log");
my %shop = $o->read_file("$home/shop") =~ /^(\w+) +(.*)$/mg;
is $o->get("/push/service/status?$_")->{json}{status}, 'OK',
    "a stranger's $_ is no option" for '-V', '-T', '-O';
is $o->post('/push/message/send', {})->{status}, 401, 'who calls logs in';
$o->{headers} = { authorization => Outpost::basic(@shop{qw(token secret)}) };
$o->app('bank');
$o->device('bank', 'joe', 'fcm', 'tok-joe');

# --- a login code -----------------------------------------------------------

my @times;
sub code {
	my ($what) = @_;
	my $since = time;
	my $r = $o->send('bank', 'joe');
	push @times, time - $since;
	note sprintf 'a SYNCHRONOUS send, %s: %.0f ms', $what,
	    1000 * $times[-1];
	my $counts = $r->{json}{responseObject}{fcm} // {};
	is "@$counts{qw(sent pending failed total)}", '1 0 0 1',
	    "a login code is sent, $what" or diag $r->{body};
	look();
}
code('before cron has run') for 1 .. 3;

# --- for cron ---------------------------------------------------------------

$o->sql_text("INSERT INTO shared.push_device_registration (activation_id,"
    . ' user_id, app_id, platform, push_token, timestamp_last_registered,'
    . " is_active) SELECT CONCAT('a', seq), CONCAT('u', seq), a.id, 'apns',"
    . " LOWER(HEX(CONCAT('tok-accept:', LPAD(seq, 6, '0')))), UTC_TIMESTAMP(3),"
    . " 1 FROM seq_1_to_$n JOIN shared.push_app_credentials a");
my $accepted = 0;
for (my $i = 0; $i < $n; $i += 500) {
	my $last = $i + 500 < $n ? $i + 500 : $n;
	my $r = $o->post('/push/message/batch/send', { requestObject => {
	    appId => 'bank', mode => 'ASYNCHRONOUS', batch => [ map {
	    { userId => "u$_", body => { title => 'Hi', body => "It is $_" } }
	    } $i + 1 .. $last ] } });
	$accepted += $last - $i if $r->{status} == 200;
}
is $accepted, $n, "$n messages are accepted";
sub waits { return map { $_->[0] } $o->sql('SELECT token FROM'
    . " shared.push_outbox WHERE user_id LIKE 'u%'") }
is scalar(waits()), $n, 'and wait';

my ($line) = $o->read_file("$tree/crontab") =~ /^(?:\* ){5}(.*deliver.*)$/m;
like $line, qr/--for 55s$/, 'the line for cron is there';
my $apns = qr/^@{[ Outpost->apns_token('tok-accept:') ]}/;
my ($runs, $kills, %in_hand) = (0, 0);
my $began = time;
while (waits() > 0 && time - $began < 1200) {
	my $since = time;
	my $had = $o->seen($apns);
	my $pid = begin('run' . ++$runs, 'sh', '-c', $line);
	my $until = $long ? 70 : 600;
	if ($kills < 3) {
		# at a random moment of its work
		$o->wait_for(60, sub { $o->seen($apns) > $had + 20 });
		code('while a run works') if $long && $kills == 1;
		sleep rand($long ? 20 : 0.4);
		kill 'KILL', -$pid;
		$kills++;
	} else {
		# in the short test it is not waited for its 55 seconds
		$o->wait_for($until, sub { look(); waitpid($pid, 1) == $pid
		    || !$long && !waits() });
		code('while the last run works') if !$long;
		kill 'TERM', -$pid;
	}
	waitpid $pid, 0;
	delete $o->{more}{"run$runs"};
	my %open = map { $_ => 1 } waits();
	$in_hand{$_} = 1 for grep { $open{$_} }
	    map { $_->[2] } $o->lines($apns);
	sleep 0.1 while $long && waits() > 0 && time - $since < $minute;
}
note sprintf '%d messages by %d runs, %d of them killed, in %.0f s', $n, $runs,
    $kills, time - $began;
is $kills, 3, 'three runs were killed';
cmp_ok time - $began, '<', 600, 'all within ten minutes of cron' if $long;
my %seen;
$seen{ $_->[2] }++ for $o->lines($apns);
is scalar(keys %seen), $n, 'none is lost';
my @twice = grep { $seen{$_} > 1 } keys %seen;
note scalar(@twice) . ' came twice, ' . scalar(keys %in_hand)
    . ' were in hand when a run was killed';
is_deeply [ grep { !$in_hand{$_} } @twice ], [],
    'none came twice but what a killed run had in hand';
is_deeply [ $o->sql('SELECT SUM(total), SUM(done), SUM(apns_sent) FROM'
    . ' shared.push_send WHERE apns_total > 0') ], [ [ $n, $n, $n ] ],
    'the accounts are complete';
code('when cron rests');
look();

# --- what it took -----------------------------------------------------------

($status, $said) = run(($o->read_file("$tree/crontab")
    =~ /(\S+) maintain/m)[0] =~ s/\$HOME/$home/r, 'maintain', '--dry-run');
is $status, 0, 'outpost maintain runs, too' or diag $said;
note sprintf 'at most %d processes and threads, %.0f MB of memory', $most,
    $memory;
if ($root) {
	cmp_ok $most, '<=', 20, 'within 20 processes';
	cmp_ok $memory, '<', 1024, 'within 1 GB';
}
sub end_apache {
	kill 'TERM', $apache;
	waitpid $apache, 0;
	delete $o->{more}{apache};
}
end_apache();
unlike $o->read_file("$home/apache.log"), qr/\bfork\b|cannot start/i,
    'no call wanted for a process';

# --- suEXEC -----------------------------------------------------------------

# A host's Apache runs as another user and starts programs as the account. What
# the machine must know of the account is laid over its files in a namespace.
my $laid = "$o->{run}/suexec";
sub lay_over {
	my ($file, $text) = @_;
	my $ours = "$laid/" . $file =~ tr{/}{-}r;
	$o->write_file($ours, $text);
	chmod 0644, $ours;
	return "mount --bind $ours $file";
}

SKIP: {
	my $lays = '/etc/apache2/suexec/www-data';
	skip 'suEXEC needs root, namespaces and apache2-suexec-custom', 3
	    unless $root && -u '/usr/lib/apache2/suexec' && -e $lays
	    && system('unshare --mount true') == 0;
	mkdir $laid or die "$laid: $!\n";
	my @lay = (lay_over('/etc/passwd', $o->read_file('/etc/passwd')
	    . "account:x:${uid}:${uid}::$home:/bin/sh\n"),
	    lay_over('/etc/group', $o->read_file('/etc/group')
	    . "account:x:$uid:\n"), lay_over($lays, "$home\npublic_html\n"));
	apache_conf($laid, "User www-data\nGroup www-data\n"
	    . "SuexecUserGroup account account", 'suexec');
	chmod 0755, $laid;
	$apache = fork // die "fork: $!\n";
	if ($apache == 0) {
		POSIX::setsid(); # it ends its whole group
		open STDERR, '>>', "$laid/said";
		exec 'unshare', '--mount', 'sh', '-c', join ' && ', @lay,
		    "exec /usr/sbin/apache2 -f $laid/apache.conf -DFOREGROUND"
		    or POSIX::_exit(127);
	}
	$o->{more}{apache} = $apache;
	ok $o->wait_for(60, sub {
		$o->get('/push/service/status')->{status} == 200 }),
	    'an Apache of www-data starts the programs as the account'
	    or diag map { -e && $o->read_file($_) } glob "$laid/{said,*.log}";
	code('by suEXEC');
	unlike $o->read_file("$laid/apache.log"), qr/\[error\]|\bfork\b/i,
	    'and nobody complains';
	end_apache();
}

done_testing;
