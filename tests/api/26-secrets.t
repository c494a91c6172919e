#!/usr/bin/perl
# The key file and what is sealed under it: listing, rotating while messages
# are sent, kill -9 at any moment, pruning; columns that were tampered with;
# a database without its key.
use strict;
use warnings;
use Fault;
use Fcntl qw(:flock :mode);
use File::Find;
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $o = Fault->up(conf => "[log]\nlevel = notice\n");
my $file = "$o->{run}/secrets/secret.key";
my $table = 'push_app_credentials';
my %column = (apns => 'apns_private_key', fcm => 'fcm_private_key',
    hms => 'hms_client_secret');
my @platforms = qw(apns fcm hms);

sub keys_now { return split /\n/, $o->read_file($file) }
sub mode_of { my @s = stat $file; return sprintf '%d:%d %04o', @s[4, 5],
    S_IMODE($s[2]) }

sub put_keys { open my $f, '+<', $file or die "$file: $!\n";
	print $f map { "$_\n" } @_;
	truncate $f, tell $f;
	close $f }

sub run { my ($status, @words) = @_;
	my ($got, $text) = $o->outpost('secrets', @words);
	is $got, $status, "secrets @words" or diag $text;
	return $text }

sub listed { my ($status) = @_;
	my ($got, $text) = $o->outpost('--json', 'secrets', 'list');
	is $got, $status // 0, 'secrets list' or diag $text;
	return Outpost::json()->decode($text =~ /^(\{.*\})$/m ? $1 : $text) }

sub versions { return join ' ', map { @$_ }
    $o->sql("SELECT id, version FROM $table WHERE app_id <> 'app-3'"
    . ' ORDER BY id') }
sub ids { return join ' ', map { $_->[0] } $o->sql('SELECT DISTINCT'
    . " LOWER(HEX(SUBSTR(b, 4, 4))) FROM (SELECT apns_private_key b FROM $table"
    . " UNION SELECT fcm_private_key FROM $table UNION SELECT"
    . " hms_client_secret FROM $table UNION SELECT token FROM push_grant) t"
    . ' WHERE b IS NOT NULL ORDER BY 1') }

sub check { my ($app, $platform) = @_;
	return $o->post('/admin/app/check', { requestObject => {
	    appId => $app } })->{json}{responseObject}{$platform} }

# --- what there is ----------------------------------------------------------

my $app = $o->app('bank');
$o->app("app-$_") for 1 .. 5;
$o->credentials('seeded');
my $mode = mode_of();
my @keys = keys_now();
is @keys, 1, 'one key at first';
my $list = listed();
is scalar @{ $list->{keys} }, 1, 'listed';
my $first = $list->{keys}[0];
ok $first->{current}, 'it is current';
is $first->{boxes}, 21, 'all boxes are under it';
like $first->{key}, qr/^[0-9a-f]{8}$/, 'by its id';
unlike $keys[0], qr/$first->{key}/, 'which is no part of the key';
is ids(), $first->{key}, 'boxes name it';
like run(0, 'list'), qr/^$first->{key}  current +21$/m, 'in words';
is_deeply [ keys_now() ], \@keys, 'the file stays as it is';

# --- a rotation -------------------------------------------------------------

$o->device($app, 'alice', 'apns', Outpost->apns_token('tok-accept:a'));
$o->device($app, 'alice', 'fcm', 'tok-accept:f');
$o->device($app, 'alice', 'hms', 'tok-accept:h');
sub sent { my ($what) = @_;
	my $r = $o->send($app, 'alice');
	my $got = $r->{json}{responseObject};
	is join(' ', map { $got->{$_}{sent} // '?' } @platforms),
	    '1 1 1', "$what: sent to all three" or diag $r->{body} }
sent('before');
my $versions = versions();
my $said = run(0, 'rotate');
like $said, qr/^added key ([0-9a-f]{8})/m, 'a new key';
like $said, qr/^sealed anew: 22 of 22 boxes/m, 'all is under it, with the'
    . ' token of APNs';
is scalar(keys_now()), 2, 'the older key stays';
is((keys_now())[1], $keys[0], 'behind the new one');
is mode_of(), $mode, 'owner, group and mode are kept';
is versions(), $versions, 'no credential has changed by it';
$list = listed();
is $list->{keys}[0]{boxes}, 22, 'all is under the current key';
is $list->{keys}[1]{boxes}, 0, 'nothing under the older one';
is ids(), $list->{keys}[0]{key}, 'boxes name it';
$o->app('later');	# of admin.fcgi it is the first call since
is ids(), $list->{keys}[0]{key}, 'admin.fcgi seals under the new key';
sent('after');
is check($app, $_)->{state}, 'ok', "admin.fcgi opens $_" for @platforms;
like run(0, 'reseal'), qr/^sealed anew: 0 of 25/m, 'nothing to seal anew';
is scalar(keys_now()), 2, 'reseal adds no key';

# A box of the version before, which names no key: a secret of HMS, of row 1
# and under the key 00 01 02 ... 1f.
my $ancient = join '', map { sprintf '%02x', $_ } 0 .. 31;
my ($row) = $o->sql("SELECT id, HEX(hms_client_secret), hms_client_id FROM"
    . " $table WHERE id = 1");
$o->sql("UPDATE $table SET hms_client_secret = UNHEX('"
    . '4f42310707070707070707070707076e048633036bf787a3fe61e5f41bf58da92f8922'
    . "2110b2314ad131ab7b') WHERE id = 1");
like run(1, 'list'), qr/bank: hms_client_secret: .* does not open/,
    'a box of the old form, without its key';
put_keys(keys_now(), $ancient);
is check($app, 'hms')->{state}, 'ok', 'with its key it opens';
like run(0, 'rotate'), qr/was not finished.*^sealed anew: 1 of 25/ms,
    'and is sealed anew';
like $o->value("SELECT hms_client_secret FROM $table WHERE id = 1"), qr/^OB2/,
    'in the new form';
is check($app, 'hms')->{state}, 'ok', 'it opens';
$o->sql("UPDATE $table SET hms_client_secret = UNHEX('$row->[1]') WHERE"
    . ' id = 1');
like run(0, 'prune'), qr/dropped key 42acfb7a/, 'its key can go';

# A change that is committed between our reading a box and replacing it: the
# row is locked until we wait for it. Two secrets, told apart by length.
sub hms { my ($secret) = @_;
	$o->put('/admin/app/hms', { requestObject => { appId => 'app-4',
	    projectId => 'p', clientId => 'c', clientSecret => $secret } });
	return $o->value("SELECT HEX(hms_client_secret) FROM $table WHERE"
	    . " app_id = 'app-4'") }
my $short = hms('short');
hms('much longer');
my $change = $o->keep_locked('START TRANSACTION; UPDATE push_app_credentials'
    . " SET hms_client_secret = UNHEX('$short') WHERE app_id = 'app-4'");
my $rotation = fork // die "fork: $!\n";
POSIX::_exit(($o->outpost('secrets', 'rotate'))[0]) if !$rotation;
ok $o->wait_for(60, sub { scalar $o->transactions('1',
    "t.trx_state = 'LOCK WAIT'") }), 'a rotation waits for a change';
$o->let_go($change, 'COMMIT');
waitpid $rotation, 0;
is $?, 0, 'and ends well';
is $o->value("SELECT LENGTH(hms_client_secret) FROM $table WHERE app_id ="
    . " 'app-4'"), 35 + length 'short', 'the change has won';
is ids(), listed()->{keys}[0]{key}, 'and is under the new key';
$versions = versions();

# A box that is written and not committed is seen by nobody who counts: its
# key stays. The trail is what the call still waits for.
sub is_held {
	open my $f, '<', $file or die "$file: $!\n";
	return !flock $f, LOCK_EX | LOCK_NB }
my $waiting = sub { $o->value('SELECT COUNT(*) FROM'
    . " information_schema.processlist WHERE state LIKE 'Waiting for table%'"
    . " AND info LIKE 'INSERT INTO push_audit%'") };
ok !is_held(), 'the key file is free';
my $trail = $o->keep_locked('LOCK TABLES push_audit WRITE');
my $caller = fork // die "fork: $!\n";
if (!$caller) {
	hms('a third one');
	POSIX::_exit(0);
}
ok $o->wait_for(60, $waiting), 'a box is written, its row in the trail is not';
ok is_held(), 'the key file is held meanwhile';
$o->let_go($trail);
waitpid $caller, 0;
ok !is_held(), 'and free afterwards';
$versions = versions();

# --- killed at any moment ---------------------------------------------------

# Sends go on all the while, in a process of their own.
my $n = Fault->long(1500, 20000);
my $sender = fork // die "fork: $!\n";
if (!$sender) {
	for my $i (1 .. $n / 100) {
		$o->seed('-a', $_->[0], '-n', 100, '-p', $_->[1], '-t',
		    sprintf "%s%04x", $_->[1] eq 'apns' ? 'ab' x 10
			: "kill-$_->[1]-", $i)
		    for [ $app, 'apns' ], [ 'app-1', 'fcm' ],
			[ 'app-2', 'hms' ];
		sleep 0.05;
	}
	POSIX::_exit(0);
}
# And so do changes of a credential, told apart by their length.
my $changes = 60;
my $changer = fork // die "fork: $!\n";
if (!$changer) {
	my $refused = 0;
	for my $i (1 .. $changes) {
		$refused += $o->put('/admin/app/hms', { requestObject => {
		    appId => 'app-3', projectId => 'p', clientId => 'c',
		    clientSecret => 'x' x $i } })->{status} != 200;
		sleep 0.02;
	}
	POSIX::_exit($refused);
}
my $begin = time;
$o->outpost('secrets', 'rotate');
my $whole = time - $begin;
my ($killed, $finished, $most) = (0, 0, 0);
for my $round (1 .. Fault->long(40, 400)) {
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		$ENV{OUTPOST_CONF} = $o->{conf};
		exec "$o->{bin}/outpost", 'secrets', 'rotate'
		    or POSIX::_exit(127);
	}
	sleep rand 1.3 * $whole;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	$? & 127 ? $killed++ : $finished++;
	my $count = keys_now();
	$most = $count if $count > $most;
	$o->outpost('secrets', 'reseal') if $count > 5;
	$o->outpost('secrets', 'prune') if $count > 5 || $round % 4 == 0;
}
note "$killed killed, $finished finished, at most $most keys";
cmp_ok $killed, '>', 0, 'some were killed';
is mode_of(), $mode, 'owner, group and mode are kept';
waitpid $changer, 0;
is $?, 0, 'every change of a credential was taken';
$list = listed();
is_deeply $list->{shut}, [], 'every box opens';
is $o->value("SELECT LENGTH(hms_client_secret) FROM $table WHERE app_id ="
    . " 'app-3'"), 35 + $changes, 'the latest change has won';
my $before = keys_now();
run(0, 'reseal');
is scalar(keys_now()), $before, 'finished without another key';
waitpid $sender, 0;
is $?, 0, 'all messages were queued';
$o->settled(120);
$o->nothing_lost($n, match => qr/^(?:ab){10}/, of => 'APNs');
$o->nothing_lost($n, match => qr/^kill-fcm/, of => 'FCM', any_id => 1);
$o->nothing_lost($n, match => qr/^kill-hms/, of => 'HMS', any_id => 1);
is versions(), $versions, 'no other credential has changed';

# Stopped behind its first step: a key, and nothing under it. The next run
# finishes that and adds none; so does each after a kill.
my $new = join '', map { sprintf '%02x', int rand 256 } 1 .. 32;
run(0, 'prune');
@keys = keys_now();
is @keys, 1, 'pruned';
put_keys($new, @keys);
$said = run(0, 'rotate');
like $said, qr/was not finished/, 'a rotation that was stopped is finished';
is scalar(keys_now()), 2, 'without another key';
$said = run(0, 'rotate');
like $said, qr/^added key/m, 'and then there is a new one';
is scalar(keys_now()), 3, 'three';

# --- no more than there is room for -----------------------------------------

run(0, 'rotate') for 4 .. 8;
is scalar(keys_now()), 8, 'eight keys';
like run(1, 'rotate'), qr/holds 8 keys.*prune/, 'the ninth is refused';
is scalar(keys_now()), 8, 'they stay';

# --- pruning ----------------------------------------------------------------

my $back = $o->value("SELECT HEX(apns_private_key) FROM $table WHERE"
    . " app_id = 'app-1'");
like run(0, 'prune'), qr/(dropped key [0-9a-f]{8}\n){7}/, 'seven go';
is scalar(keys_now()), 1, 'one is left';
is mode_of(), $mode, 'owner, group and mode are kept';
like run(0, 'prune'), qr/nothing to do/, 'and stays';
sent('pruned');
$o->stack('restart', 'sendd');
sent('sendd started with the pruned file');
is check('bank', $_)->{state}, 'ok', "admin.fcgi opens $_" for @platforms;

# A key that a box is under is kept, even when that box does not open.
my $only = (keys_now())[0];
run(0, 'rotate');
$o->sql("UPDATE $table SET apns_private_key = UNHEX('$back') WHERE"
    . " app_id = 'app-1'");
my ($a, $b) = map { $_->{key} } @{ listed()->{keys} };
like run(1, 'prune'), qr/^kept key $b: 1 boxes/m, 'a key in use is kept';
$o->sql("UPDATE $table SET apns_private_key = INSERT(apns_private_key, 30, 1,"
    . " CHAR(ASCII(SUBSTR(apns_private_key, 30)) ^ 1)) WHERE"
    . " app_id = 'app-1'");
like run(1, 'prune'), qr/^kept key $b/m, 'also under one tampered with';
like run(1, 'rotate'), qr/app-1: apns_private_key: .*does not open/,
    'which a rotation tells, with app and column';
is ids() =~ tr/ //, 1, 'the others are under the new key';
$o->sql("UPDATE $table SET apns_private_key = UNHEX('$back') WHERE"
    . " app_id = 'app-1'");
like run(0, 'reseal'), qr/^sealed anew: 1 of/m, 'repaired, it is sealed anew';
run(0, 'prune');

# --- what cannot be done ----------------------------------------------------

$o->sql('SET GLOBAL read_only = 1');
@keys = keys_now();
like run(1, 'rotate'), qr/database/, 'a database that only reads';
is_deeply [ keys_now() ], \@keys, 'no key is added then';
$o->sql('SET GLOBAL read_only = 0');
my $own = S_IMODE((stat $file)[2]);
chmod 0644, $file;
like run(1, 'list'), qr/open to everybody: chmod o=/,
    'a key file for everybody';
chmod $own, $file;
SKIP: {
	skip 'root writes everywhere', 2 if $> == 0;
	my $dir = "$o->{run}/secrets";
	chmod 0500, $dir;
	like run(1, 'rotate'), qr/cannot replace the key file/, 'no place';
	chmod 0700, $dir;
	is_deeply [ keys_now() ], \@keys, 'no key is added';
}
put_keys(@keys, 'x');
like run(1, 'list'), qr/secret\.key:2: not 32 bytes in hex/, 'a bad line';
put_keys(@keys);

# --- columns tampered with --------------------------------------------------

my $other = $o->credentials('other');
my %box = map { $_ => $o->value("SELECT HEX($column{$_}) FROM $table"
    . " WHERE app_id = 'bank'") } @platforms;
my $foreign = "(SELECT b FROM (SELECT %s b FROM $table WHERE app_id ="
    . " 'other') t)";
# what, the new content of column %s, a part of the sentence
my @tampers = (
    [ 'a bit flipped', 'INSERT(%s, 25, 1, CHAR(ASCII(SUBSTR(%s, 25)) ^ 4))',
	qr/does not open: tampered with/ ],
    [ 'truncated', 'LEFT(%s, 30)', qr/is not sealed|does not open/ ],
    [ 'empty', "''", qr/is not sealed/ ],
    [ 'huge', "CONCAT(LEFT(%s, 7), REPEAT('x', 900))", qr/does not open/ ],
    [ 'of another row', $foreign, qr/does not open: tampered with, or moved/ ],
    [ 'another key id', "INSERT(%s, 4, 4, 'abcd')",
	qr/under key 61626364, which is not in the key file/ ],
    [ 'no box', "'-----BEGIN PRIVATE KEY-----'", qr/is not sealed/ ]);
my $round = 0;
my $queued = 0;
for my $p (@platforms) {
	for my $t (@tampers) {
		my ($what, $sql, $why) = @$t;
		$sql =~ s/%s/$column{$p}/g;
		$o->sql("UPDATE $table SET $column{$p} = $sql, version ="
		    . " version + 1 WHERE app_id = 'bank'");
		my $c = check('bank', $p);
		is $c->{state}, 'error', "$p: $what: told by check";
		like $c->{reason}, $why, 'with a sentence';
		$o->sql("UPDATE $table SET $column{$p} = UNHEX('$box{$p}')"
		    . " WHERE app_id = 'bank'");
	}
}
# setup seals what lies open: not what was a box
$o->sql("UPDATE $table SET apns_private_key = INSERT(apns_private_key, 1, 1,"
    . " 'X') WHERE app_id = 'bank'");
my ($status, $words) = $o->outpost('setup', '--no-doctor', '--admin-user',
    scalar getpwuid($>));
like $words, qr/apns_private_key of application bank does not open/,
    'setup tells a broken box, and does not seal it';
$o->sql("UPDATE $table SET apns_private_key = UNHEX('$box{apns}') WHERE"
    . " app_id = 'bank'");
# two columns swapped, while messages are queued
$o->sql("UPDATE $table a SET apns_private_key = UNHEX('$box{fcm}'),"
    . " fcm_private_key = UNHEX('$box{apns}'), hms_client_secret = '',"
    . " version = version + 1 WHERE app_id = 'bank'");
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_health h JOIN'
    . " $table a ON a.id = h.app_id WHERE a.app_id = 'bank' AND h.state ="
    . " 'held' AND h.reason LIKE 'push_app_credentials.%'") >= 3 }),
    'sendd holds each, and says why';
$o->seed('-a', 'bank', '-n', 100, '-t', 'cd' x 20);
$o->seed('-a', 'bank', '-n', 100, '-p', 'fcm', '-t', 'tampered-fcm-');
$o->seed('-a', 'bank', '-n', 100, '-p', 'hms', '-t', 'tampered-hms-');
$o->seed('-a', 'other', '-n', 100, '-t', 'ce' x 20);
ok $o->wait_for(60, sub { $o->waiting == 300 }), 'others go on';
like run(1, 'list'), qr/bank: $_: /, "$_ is told" for values %column;
is $o->value('SELECT COUNT(*) FROM push_device_registration WHERE gone_at IS'
    . ' NOT NULL'), 0, 'no device is lost';
my $pid = $o->pid('sendd');
ok kill(0, $pid), 'sendd lives';
# repaired without a word to anybody
$o->sql("UPDATE $table SET $column{$_} = UNHEX('$box{$_}') WHERE app_id ="
    . " 'bank'") for @platforms;
$o->settled(120, 'delivery resumes by itself');
is $o->pid('sendd'), $pid, 'with the same sendd';
$o->nothing_lost(100, match => qr/^cdcd/, of => 'APNs');
$o->nothing_lost(200, match => qr/^tampered-/, of => 'FCM, HMS', any_id => 1);
sent('repaired');

# --- a database without its key ---------------------------------------------

my $k = $o->{keys};
my $account = Outpost::json()->decode($o->read_file($k->{fcm}{account_file}));
my ($made, $secret) = $o->outpost('--json', 'integration', 'create', '--name',
    'caller', '--role', 'send');
$secret = Outpost::json()->decode($secret)->{secret};
ok length $secret, 'a caller with a secret';

sub body_of { my ($pem) = @_;
	$pem =~ s/-----.*?-----|\s//g;
	return $pem }
my %secrets = (apns => $o->read_file($k->{apns}{key_file}),
    fcm => $account->{private_key}, hms => $k->{hms}{client_secret},
    integration => $secret);
# All files of the database, logs and all, as a thief of the disk has them.
$o->sql('FLUSH TABLES');
my $files = '';
find({ wanted => sub { $files .= $o->read_file($_) if -f && !-l },
    no_chdir => 1 }, "$o->{run}/mariadb");
like $files, qr/\Q$k->{hms}{client_id}\E/, 'the database: copied';
for my $name (sort keys %secrets) {
	my $text = $secrets{$name};
	my @forms = ($text, encode_base64($text, ''), unpack('H*', $text),
	    uc unpack('H*', $text));
	push @forms, map { substr body_of($text), $_ * 40, 40 } 0 .. 2
	    if $text =~ /BEGIN/;
	push @forms, encode_base64(substr($text, $_), '') =~ s/.{4}=*$//r
	    for 0 .. 2;
	is scalar(grep { index($files, $_) >= 0 } @forms), 0,
	    "no secret of $name is in it";
}

my $right = $o->read_file($file);
put_keys(map { tr/0-9a-f/f0-9a-e/r } keys_now());	# another machine's
$o->stack('restart', 'sendd');
$o->seed('-a', 'bank', '-n', 50, '-t', 'cf' x 20);
$o->seed('-a', 'bank', '-n', 50, '-p', 'fcm', '-t', 'elsewhere-');
$o->seed('-a', 'bank', '-n', 50, '-p', 'hms', '-t', 'elsewhere-h-');
my $devices = $o->value('SELECT COUNT(*) FROM push_device_registration');
ok $o->wait_for(60, sub { $o->value("SELECT COUNT(*) FROM push_health h JOIN"
    . " $table a ON a.id = h.app_id WHERE a.app_id = 'bank' AND h.state ="
    . " 'held' AND h.reason LIKE '%not in the key file%'") >= 3 }),
    'under another key file no credential opens';
sleep 1;
is $o->waiting, 150, 'messages wait';
is $o->value('SELECT COUNT(*) FROM push_device_registration WHERE gone_at IS'
    . ' NULL'), $devices, 'devices stay';
like run(1, 'list'), qr/(\d+) of \1 boxes do not open/, 'no box opens';
like run(1, 'prune'), qr/do not open/, 'prune finds so too';
put_keys(split /\n/, $right);
$o->settled(120, 'with the right key file they go out');
$o->nothing_lost(50, match => qr/^cfcf/, of => 'APNs');
$o->nothing_lost(100, match => qr/^elsewhere/, of => 'FCM, HMS', any_id => 1);

# --- bad credentials are refused, and leave nothing -------------------------

sub set { my ($p, %in) = @_;
	return $o->put("/admin/app/$p", { requestObject => { appId => 'bank',
	    %in } }) }
my $contents = $o->contents;
my %apns = (bundle => 'b', keyId => 'k', teamId => 't');
my $p8 = $secrets{apns};
for my $bad ([ 'two keys', "$p8$p8", qr/not the only one/ ],
    [ 'something behind', "${p8}x", qr/behind its END/ ],
    [ 'a password', "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA\n",
	qr/password/ ],
    [ 'not PEM', "\x30\x81\x87", qr/\(DER\)/ ]) {
	my $r = set('apns', %apns, privateKeyBase64 =>
	    encode_base64($bad->[1], ''));
	is $r->{status}, 400, "apns: $bad->[0]: refused";
	like $r->{json}{responseObject}{message}, $bad->[2], 'with a sentence';
}
for my $bad ([ { type => 'authorized_user' }, 'another type', qr/authorized/ ],
    [ { token_uri => 'https://127.0.0.1:1/token' }, 'tokens of a host of'
	. ' the caller\'s choice', qr/token_uri/ ],
    [ { private_key => $p8 }, 'an EC key', qr/not an RSA key/ ]) {
	my $r = set('fcm', projectId => $account->{project_id},
	    privateKeyBase64 => encode_base64(Outpost::json()->encode(
		{ %$account, %{ $bad->[0] } }), ''));
	is $r->{status}, 400, "fcm: $bad->[1]: refused";
	like $r->{json}{responseObject}{message}, $bad->[2], 'with a sentence';
}
my $good = encode_base64(Outpost::json()->encode($account), '');
my $r = set('fcm', appId => 'nowhere', projectId => '../x',
    privateKeyBase64 => 'no key');
is $r->{status}, 400, 'fcm: of an application that is not there';
like $r->{json}{responseObject}{message}, qr/ID: nowhere does not exist/,
    'told before all else';
$r = set('hms', projectId => 'p', clientId => 'c', clientSecret => 's ');
is $r->{status}, 400, 'hms: blanks around the secret';
isnt set('apns', %apns, privateKeyBase64 => $_)->{status}, 200, 'no text'
    for 5, JSON::PP::true(), undef;
is $o->contents, $contents, 'nothing was written';
ok !-s "$o->{run}/logs/admin.log"
    || $o->log_text('admin') !~ /PRIVATE KEY|MII/, 'no key is logged';

done_testing;
