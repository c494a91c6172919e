#!/usr/bin/perl
# The audit trail: one row for each administrative change, whoever made it,
# and none for what was refused.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use MIME::Base64 qw(encode_base64);
use Outpost;
use POSIX ();
use Test::More;

my $o = Outpost->up;
my $me = getpwuid($>);
sub object { return $_[0]{json}{responseObject} }
sub rows { return $o->sql('SELECT action, object, who, source, call_id, detail'
    . ' FROM push_audit ORDER BY id') }
sub whole { return ref $_[0] ? $_[0] : qr/^\Q$_[0]\E$/ }
my $before = rows();

# What was added since the last look.
sub fresh {
	my @all = rows();
	my @new = @all[$before .. $#all];
	$before = @all;
	return @new;
}

my @first = $o->sql('SELECT action, who, detail FROM push_audit ORDER BY id'
    . ' LIMIT 1');
is $first[0][0], 'setup', 'setup has left its row';
is $first[0][1], $me, 'by its user';
like $first[0][2], qr/created tables/, 'with what it did';

# --- calls ------------------------------------------------------------------

my $k = $o->{keys};
my $key = encode_base64($o->read_file($k->{apns}{key_file}), '');
my $account = encode_base64($o->read_file($k->{fcm}{account_file}), '');
my %apns = (appId => 'a', bundle => $k->{apns}{bundle},
    keyId => $k->{apns}{key_id}, teamId => $k->{apns}{team_id},
    environment => 'development', privateKeyBase64 => $key);
my %fcm = (appId => 'a', projectId => $k->{fcm}{project_id},
    privateKeyBase64 => $account);
my %hms = (appId => 'a', projectId => 'p', clientId => 'client-7',
    clientSecret => 'planted-hms-secret');
my @calls = (
    [ POST => '/admin/app/create', { appId => 'a' }, 'app.create', 'a' ],
    [ PUT => '/admin/app/apns', \%apns, 'app.apns.set', 'a',
	$k->{apns}{bundle} ],
    [ PUT => '/admin/app/fcm', \%fcm, 'app.fcm.set', 'a',
	$k->{fcm}{project_id} ],
    [ PUT => '/admin/app/hms', \%hms, 'app.hms.set', 'a', 'client-7' ],
    [ PUT => '/admin/app/webpush', { appId => 'a', generate => \1,
	subject => 'mailto:push@my-shop.eu' }, 'app.webpush.set', 'a',
	'mailto:push@my-shop.eu' ],
    [ DELETE => '/admin/app/apns?appId=a', undef, 'app.apns.remove', 'a' ],
    [ DELETE => '/admin/app/fcm?appId=a', undef, 'app.fcm.remove', 'a' ],
    [ DELETE => '/admin/app/hms?appId=a', undef, 'app.hms.remove', 'a' ],
    [ DELETE => '/admin/app/webpush?appId=a', undef, 'app.webpush.remove',
	'a' ],
    [ POST => '/admin/app/ios/update', \%apns, 'app.apns.set', 'a' ],
    [ POST => '/admin/app/android/update', \%fcm, 'app.fcm.set', 'a' ],
    [ POST => '/admin/app/huawei/update', \%hms, 'app.hms.set', 'a' ],
    [ POST => '/admin/activation/update', { activationId => 'act-1',
	userId => 'joe', appId => 'a' }, 'activation.set', 'act-1',
	'ACTIVE' ],
    [ POST => '/admin/device/restore', { appId => 'a', device => 77 },
	'device.restore', 'a', '77' ],
    [ POST => '/admin/app/hold', { appId => 'a', provider => 'fcm',
	reason => 'a look' }, 'queue.hold', 'a', 'a look' ],
    [ POST => '/admin/app/release', { appId => 'a', provider => 'fcm' },
	'queue.release', 'a', 'fcm' ],
    [ POST => '/admin/integration/create', { name => 'bank',
	roles => ['send'] }, 'integration.create', 'bank', 'send' ],
    [ POST => '/admin/integration/rotate', { name => 'bank' },
	'integration.rotate', 'bank' ],
    [ POST => '/admin/integration/remove', { name => 'bank' },
	'integration.remove', 'bank' ],
    map({ [ POST => "/admin/user/$_", { userId => 'joe' }, "user.$_",
	qr/^user:[0-9a-f]{32}$/ ] } qw(export erase)));
my @secrets = ('planted-hms-secret', 'planted-title');
my $gone = 'INSERT INTO push_device_registration (id, app_id, platform,'
    . ' push_token, timestamp_last_registered, gone_at) SELECT 77, id,'
    . " 'fcm', 'gone', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)"
    . ' FROM push_app_credentials';
for (@calls) {
	my ($method, $path, $in, $action, $object, $told) = @$_;
	$o->sql($gone) if $action eq 'device.restore';
	my $r = $o->request($method, $path, $in && { requestObject => $in });
	is $r->{status}, 200, "$method $path";
	push @secrets, object($r)->{secret}
	    if ref object($r) eq 'HASH' && object($r)->{secret};
	my @new = fresh();
	is scalar(@new), 1, 'leaves one row';
	is $new[0][0], $action, "that tells $action";
	like $new[0][1], whole($object), 'of its object';
	is $new[0][2], 'NULL', 'by nobody known';
	isnt $new[0][3], 'NULL', 'from an address' if $o->{via} ne 'direct';
	is $new[0][4], $r->{headers}{'x-request-id'}, 'with the id of the log';
	like $new[0][5], qr/\Q$told\E/, 'and what it is now' if $told;
}
is scalar(@secrets), 4, 'secrets were there to be found';
my %tried = map { $_->[3] => 1 } @calls;
my @changes = map {
    $o->read_file("fcgi/${_}_routes.c") =~ /"(\w+(?:\.\w+)+)"\},$/mg }
    qw(push admin inbox);
cmp_ok scalar(@changes), '>', 10, 'changes in the tables of routes';
is_deeply [ grep { !$tried{$_} } @changes ], [], 'each of them is tried';

# --- what changes nothing ---------------------------------------------------

for ([ POST => '/admin/app/create', { appId => 'a' }, 400 ],
    [ POST => '/admin/app/create', { appId => '' }, 400 ],
    [ PUT => '/admin/app/apns', { %apns, privateKeyBase64 => 'eA==' }, 400 ],
    [ PUT => '/admin/app/apns', { %apns, appId => 'none' }, 400 ],
    [ POST => '/admin/integration/remove', { name => 'bank' }, 400 ],
    [ POST => '/admin/app/detail', { appId => 'a' }, 200 ],
    [ POST => '/admin/app/check', { appId => 'a' }, 200 ],
    [ GET => '/admin/queue', undef, 200 ],
    [ GET => '/admin/doctor', undef, 200 ],
    [ GET => '/admin/audit', undef, 200 ]) {
	my ($method, $path, $in, $status) = @$_;
	is $o->request($method, $path, $in && { requestObject => $in })
	    ->{status}, $status, "$method $path";
	is scalar(fresh()), 0, 'leaves none';
}

# --- without a row no change ------------------------------------------------

$o->sql('RENAME TABLE push_audit TO push_audit_away');
my $r = $o->post('/admin/app/create', { requestObject => { appId => 'b' } });
is $r->{status}, 500, 'a trail that cannot be written';
my ($status) = $o->outpost(qw(app create c));
is $status, 1, 'by the command too';
$o->sql('RENAME TABLE push_audit_away TO push_audit');
is_deeply [ $o->sql("SELECT app_id FROM push_app_credentials WHERE app_id"
    . " IN ('b', 'c')") ], [], 'is no change';
is scalar(fresh()), 0, 'and no row';

# --- a deadlock is no refusal -----------------------------------------------

# The row is refused twice as InnoDB refuses who loses; tries are counted
# where a rollback takes nothing back.
$o->sql('CREATE TABLE tries (n INT) ENGINE=Aria TRANSACTIONAL=0');
$o->sql(<<'END');
INSERT INTO tries VALUES (0);
DELIMITER //
CREATE TRIGGER lose BEFORE INSERT ON push_audit FOR EACH ROW
BEGIN
	UPDATE tries SET n = n + 1;
	IF (SELECT n FROM tries) < 3 THEN
		SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213,
		    MESSAGE_TEXT = 'Deadlock found';
	END IF;
END//
END
sub tries { my ($n) = map { $_->[0] } $o->sql('SELECT n FROM tries');
	$o->sql('UPDATE tries SET n = 0');
	return $n }
$r = $o->post('/admin/integration/create', { requestObject => {
    name => 'stubborn', roles => ['send'] } });
is $r->{status}, 200, 'a call that loses twice';
is tries(), 3, 'is tried three times';
is scalar(fresh()), 1, 'and leaves one row';
is scalar(() = $o->sql("SELECT 1 FROM push_integration WHERE name ="
    . " 'stubborn' AND secret_hash = '"
    . sha256_hex(object($r)->{secret}) . "'")), 1,
    'what it has told is what there is';
is $o->post('/admin/integration/create', { requestObject => {
    name => 'stubborn', roles => ['send'] } })->{status}, 400,
    'a refusal is not tried again';
is tries(), 0, 'for it comes to no row';
($status, my $told_once) = $o->outpost(qw(integration rotate stubborn));
is $status, 0, 'a command that loses twice' or diag $told_once;
is tries(), 3, 'is tried three times too';
is scalar(() = $told_once =~ /^secret /mg), 1, 'and tells one secret';
is scalar(() = $o->sql("SELECT 1 FROM push_integration WHERE secret_hash = '"
    . sha256_hex($told_once =~ /^secret (\S+)/m) . "'")), 1, 'the right one';
is scalar(fresh()), 1, 'and leaves one row';
$o->outpost(qw(integration remove stubborn));
fresh();
$o->sql('DROP TRIGGER lose');

# --- commands ---------------------------------------------------------------

$o->write_file("$o->{run}.hms", "planted-hms-secret\n");
my ($daemon) = map { $_->[0] } $o->sql('SELECT name FROM push_instance');
my @commands = (
    [ [qw(app create d)], 'app.create', 'd' ],
    [ [ qw(app apns d --key-file), $k->{apns}{key_file},
	qw(--key-id KEY1 --team-id TEAM1 --bundle com.example) ],
	'app.apns.set', 'd', 'com.example' ],
    [ [ qw(app fcm d --key-file), $k->{fcm}{account_file} ], 'app.fcm.set',
	'd' ],
    [ [ qw(app hms d --project p --client-id c9 --client-secret-file),
	"$o->{run}.hms" ], 'app.hms.set', 'd', 'c9' ],
    [ [qw(app remove-apns d)], 'app.apns.remove', 'd' ],
    [ [qw(app remove-fcm d)], 'app.fcm.remove', 'd' ],
    [ [qw(app remove-hms d)], 'app.hms.remove', 'd' ],
    [ [qw(app create brief)], 'app.create', 'brief' ],
    [ [qw(app delete brief --yes)], 'app.delete', 'brief' ],
    [ [qw(activation set act-2 --user joe --status BLOCKED)],
	'activation.set', 'act-2', 'BLOCKED' ],
    [ [ qw(integration create --name shop --app d --role), 'send,inbox' ],
	'integration.create', 'shop', 'send,inbox' ],
    [ [qw(integration rotate shop)], 'integration.rotate', 'shop' ],
    [ [qw(integration remove shop)], 'integration.remove', 'shop' ],
    [ [qw(inbox delete inbox-1)], 'inbox.delete', 'inbox-1' ],
    [ [qw(hold d --reason tests)], 'queue.hold', 'd', 'tests' ],
    [ [qw(release d)], 'queue.release', 'd' ],
    [ [ qw(sendd resume), $daemon ], 'sendd.resume', $daemon ],
    [ [ qw(send --app d --user joe --title), 'planted-title', '--mode',
	'async' ], 'message.send', 'd', 'user:' ],
    [ [qw(user export joe)], 'user.export', qr/^user:/ ],
    [ [qw(user erase joe --yes)], 'user.erase', qr/^user:/ ],
    [ [qw(retry --app d)], 'queue.retry', 'd' ],
    [ [qw(secrets rotate)], 'secrets.rotate' ],
    [ [qw(secrets reseal)], 'secrets.reseal' ],
    [ [qw(secrets prune)], 'secrets.prune' ],
    [ [qw(drop --app d --yes)], 'queue.drop', 'd' ]);
$o->sql('INSERT INTO push_inbox (id, inbox_id, user_id, message_type, subject,'
    . " summary, body, timestamp_created) VALUES (1, 'inbox-1', 'joe', 'text',"
    . " '', '', '', NOW())");
$o->sql('INSERT INTO push_inbox_app VALUES (1, 1)');
for (@commands) {
	my ($words, $action, $object, $told) = @$_;
	my ($failed, $said) = $o->outpost(@$words);
	is $failed, 0, "outpost @$words" or diag $said;
	push @secrets, $1 if $said =~ /^secret (\S+)/m;
	my @new = fresh();
	is scalar(@new), 1, 'leaves one row';
	is $new[0][0], $action, "that tells $action";
	like $new[0][1], whole($object // 'NULL'), 'of its object';
	is $new[0][2], $me, 'by the user';
	like $new[0][5], qr/\Q$told\E/, 'with what was said' if $told;
}
unlink "$o->{run}.hms";
for ([qw(app create d)], [qw(app list)], [qw(integration remove shop)],
    [qw(drop)], [qw(drop --app d)], [qw(drop --message 12345)],
    [qw(user erase joe)], [qw(user show joe)],
    [qw(activation show act-2)], [qw(send --app d --user joe)],
    [qw(send --app nix --user joe --title x)], [qw(queue)], [qw(audit)],
    [qw(secrets list)], [qw(secrets prune)],
    [qw(integration create --name x --role root)], [qw(hold nobody)],
    [qw(device restore --app d --user nobody)]) {
	$o->outpost(@$_);
	is scalar(fresh()), 0, "outpost @$_ leaves none";
}

# --- setup: what it did, also when it did not come to its end -----------------

$o->write_file("$o->{run}.file", '');
$o->write_file("$o->{run}.half.conf", $o->read_file($o->{conf}) . <<"END");
[database]
user = halfway_%p
password_file = $o->{run}.file/db-%p
[secrets]
key_file = $o->{run}.half.key
END
{
	local $o->{conf} = "$o->{run}.half.conf";
	my ($failed, $said) = $o->outpost('setup', '--no-doctor',
	    '--admin-user', $me);
	is $failed, 1, 'a setup that fails' or diag $said;
	like $said, qr/^outpost: .*\Q$o->{run}.file\E/m, 'tells why';
	my @new = fresh();
	is scalar(@new), 1, 'leaves one row';
	is $new[0][0], 'setup', 'of what it did';
	like $new[0][5], qr/created key file/, 'before';
}
unlink glob "$o->{run}.half.* $o->{run}.file";
$o->outpost('setup', '--no-doctor', '--admin-user', $me);
is scalar(fresh()), 0, 'one with nothing to do leaves none';

# --- looking ----------------------------------------------------------------

$r = $o->get('/admin/audit?size=2');
is $r->{json}{size}, 2, 'a page';
is_deeply [ map { $_->{action} } @{ object($r) } ],
    [qw(setup queue.drop)], 'the newest first';
$r = $o->get('/admin/audit?size=2&page=1');
is_deeply [ map { $_->{action} } @{ object($r) } ],
    [qw(secrets.prune secrets.reseal)], 'the next page';
$r = $o->get('/admin/audit?object=a&action=app.create');
is scalar(@{ object($r) }), 1, 'chosen by action and object';
is ref object($o->get('/admin/audit?action=app.apns.set&object=a&size=1'))
    ->[0]{detail}, 'HASH', 'detail is JSON';
is scalar(@{ object($o->get('/admin/audit?since=2100-01-01T00:00:00Z')) }),
    0, 'since';
is $o->get('/admin/audit?since=once')->{status}, 400, 'no time';
is $o->get('/admin/audit?who=' . 'x' x 65)->{status}, 400, 'too long a name';
($status, my $said) = $o->outpost(qw(audit --limit 3 --json --who), $me);
is_deeply [ map { $_->{action} } @{ Outpost::json()->decode($said) } ],
    [qw(setup queue.drop secrets.prune)], 'the command, as JSON';
($status, $said) = $o->outpost(qw(audit --action integration.create));
like $said, qr/integration\.create\s+shop\s+\Q$me\E/, 'in words';
is scalar(() = $said =~ /\n/g), 1 + 3, 'headings, and as many as there were';
is [ $o->outpost(qw(audit --limit none)) ]->[0], 2, 'a limit that is none';

# --- users: by a keyed hash --------------------------------------------------

my @told = map { @$_ } $o->sql('SELECT JSON_VALUE(detail, "$.user") FROM'
    . " push_audit WHERE action = 'message.send'");
like $told[0], qr/^user:[0-9a-f]{32}$/, 'the trail does not say which user';
my ($missed, $found) = $o->outpost(qw(audit --json --user joe));
is_deeply [ map { $_->{detail}{user} // $_->{object} }
    @{ Outpost::json()->decode($found) } ], [ ($told[0]) x 5 ],
    'and finds who is asked for';
is_deeply Outpost::json()->decode(($o->outpost(qw(audit --json --user jo)))[1]),
    [], 'and nobody else';
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_audit_key WHERE sealed LIKE'
    . " 'OB2%'") ], [[1]], 'its key is sealed';
$o->outpost(qw(secrets rotate));
fresh();
like +($o->outpost(qw(secrets prune)))[1], qr/^dropped key/m,
    'and is sealed anew';
fresh();
$o->outpost(qw(send --app d --user joe --title x --mode async));
is +(fresh())[0][5], qq({"app":"d","user":"$told[0]"}),
    'so the user keeps its name';

# --- what is not in it ------------------------------------------------------

my $all = join "\n", map { "@$_" } rows();
cmp_ok scalar(@secrets), '>=', 5, 'secrets were planted';
is index($all, $_), -1, 'no secret' for @secrets,
    grep { length > 20 } split /\n/, $o->read_file($k->{apns}{key_file});

# --- nobody of ours can change it -------------------------------------------

my $conf = $o->read_file($o->{conf});
my ($file) = $conf =~ /^password_file\s*=\s*(\S+)/m;
my ($user) = $conf =~ /^user\s*=\s*(\S+)/m;
for my $program (qw(push inbox admin sendd cli maintain)) {
	(my $path = $file) =~ s/%p/$program/;
	(my $name = $user // 'outpost_%p') =~ s/%p/$program/;
	local $ENV{MYSQL_PWD} = $o->read_file($path);
	chomp $ENV{MYSQL_PWD};
	for my $query ('DELETE FROM push_audit', 'TRUNCATE push_audit',
	    "UPDATE push_audit SET who = 'x'", 'DROP TABLE push_audit') {
		# by its age, and nothing younger: 74-maintain.t
		next if $program eq 'maintain' && $query =~ /^DELETE/;
		my $told = qx{mariadb --no-defaults -u $name \\
		    -S $o->{run}/mariadb.sock -e "$query" outpost 2>&1};
		like $told, qr/denied/, "$program: $query";
	}
}
is scalar(rows()), $before, 'all rows are there';

# --- who, when callers are known --------------------------------------------

$o->down;
$o = Outpost->up(auth => 'basic', conf => "[api]\nworkers = 2\n");
my %admin = map { $_ => $o->integration($_, 'admin') } qw(boss ann bob);
sub as { my ($who, $method, $path, $in) = @_;
	return $o->request($method, "/admin/$path",
	    $in && { requestObject => $in },
	    headers => { authorization => $admin{$who}{basic} }) }
is as('boss', POST => 'app/create', { appId => 'a' })->{status}, 200,
    'as an integration';
is [ rows() ]->[-1][2], 'boss', 'its name stands there';
is $o->post('/admin/app/create', { requestObject => { appId => 'b' } })
    ->{status}, 401, 'as nobody';
is [ rows() ]->[-1][1], 'a', 'no row';

# Each thread knows it by now; for a change that does not count.
as('boss', GET => 'app/list') for 1 .. 20;
$o->outpost(qw(integration remove boss));
is as('boss', POST => 'integration/create', { name => 'back',
    roles => ['admin'] })->{status}, 401,
    'who was removed a moment ago makes itself no way back';
is_deeply [ map { $_->[0] } $o->sql('SELECT name FROM push_integration'
    . " WHERE name NOT LIKE 'make-up-%' ORDER BY name") ], [qw(ann bob)],
    'nor another way in';

# Two who remove each other at once: both wait for the same moment.
sub child { my ($code) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	POSIX::_exit($code->()) }
my $rows_of_both = 'SELECT * FROM push_integration FOR UPDATE';
my $locks = $o->keep_locked("START TRANSACTION; $rows_of_both");
my @calls_of_both = map { my ($who, $whom) = @$_; child(sub {
	as($who, POST => 'integration/remove', { name => $whom })
	    ->{status} == 200 ? 0 : 1 }) } [qw(ann bob)], [qw(bob ann)];
ok $o->wait_for(60, sub { 2 <= $o->transactions('1',
    "t.trx_state = 'LOCK WAIT'") }), 'two wait for the same rows';
$o->let_go($locks);
waitpid $_, 0 for @calls_of_both;
is scalar(() = $o->sql("SELECT 1 FROM push_integration WHERE name IN"
    . " ('ann', 'bob')")), 1, 'of two who remove each other one remains';
is scalar(grep { $_->[0] eq 'integration.remove' && $_->[3] ne 'NULL' }
    rows()), 1, 'and one row tells of it';

done_testing;
