#!/usr/bin/perl
# What each program's database user may do, tried as that user: each table,
# each column, and what only setup may. Then: it is enough for every statement
# that the program can come to, and there is no right that none of them needs.
use strict;
use warnings;
use File::Path qw(remove_tree);
use Outpost;
use Reach;
use Test::More;

# S, I, U, D: may select, insert, update, delete; s, u: certain columns, which
# stand below. A table that is missing here fails.
my @programs = qw(push inbox admin sendd cli maintain);
my $rights = <<'END';
push_activation          SIU   -     SIUD  -     SIUD  sD
push_app_credentials     s     s     SIU   S     SIUD  s
push_audit               -     -     SI    -     SI    SID
push_audit_key           -     -     sI    -     sIu   -
push_campaign            SIUD  -     -     Su    SIuD  sD
push_campaign_outcome    SIUD  -     SIU   SIU   SIUD  sD
push_campaign_run        SIUD  -     -     SIU   SIUD  sD
push_campaign_twin       SID   -     -     SID   SID   sD
push_campaign_user       SIUD  -     SD    S     SIUD  sD
push_check               -     -     SIU   Su    SIU   sD
push_counter             SIU   -     -     SIU   SIU   sD
push_device_registration SIUD  -     suD   SuD   SIUD  suD
push_device_turn         Su    -     -     -     Su    -
push_grant               -     -     -     SIU   SU    sD
push_health              S     -     S     SIUD  S     sD
push_history             sI    -     SD    sID   SID   sD
push_hold                S     -     SIUD  S     SIUD  -
push_idempotency         SID   SID   -     SD    -     sD
push_inbox               -     SIuD  SD    -     SIuD  sD
push_inbox_app           -     SID   SD    -     SID   sD
push_instance            S     s     s     SIUD  Su    sD
push_integration         Su    Su    SIUD  -     SIUD  sD
push_maintenance         -     -     s     Su    s     sU
push_message             sI    -     SD    SIUD  SID   sD
push_minute              -     -     S     SIUD  -     sD
push_outbox              sIu   -     suD   SIUD  SIUD  -
push_outbox_body         I     -     SD    SD    SID   sD
push_schema              S     S     S     S     S     S
push_send                SIU   -     SU    SUD   SIU   sD
push_send_delta          -     -     -     SID   -     -
push_session             Su    Su    SIUD  sD    -     sD
push_shard               S     -     S     SU    S     -
push_throttle            SIU   SIU   SIU   -     -     -
END
my $public = 'apns_bundle apns_environment apns_key_id apns_team_id app_id'
    . ' fcm_project_id has_apns has_fcm has_hms has_webpush hms_project_id id'
    . ' webpush_default_url webpush_public_key webpush_subject';
my %columns = (
    'push s push_app_credentials' => $public,
    'inbox s push_app_credentials' => $public,
    'push u push_device_turn' => 'n',
    'cli u push_device_turn' => 'n',
    'push u push_integration' => 'last_used',
    'inbox u push_integration' => 'last_used',
    (map { ("$_ u push_session" => 'used') } qw(push inbox)),
    (map { ("$_ s push_session" => 'created') } qw(sendd maintain)),
    'maintain s push_minute' => 'minute',
    'push s push_message' => 'device_registration_id id platform provider_id'
	. ' reason send_id state timestamp_created timestamp_finished tries'
	. ' user_id',
    'push s push_outbox' => 'app_id attempts body_id device_id due environment'
	. ' generation id lane platform reason send_id shard token',
    'push u push_outbox' => 'due',
    'admin u push_outbox' => 'due',
    'inbox u push_inbox' => 'is_read timestamp_read',
    (map { ("$_ s push_audit_key" => 'id sealed') } qw(admin cli)),
    'cli u push_audit_key' => 'sealed',
    'admin s push_outbox' => 'app_id attempts body body_id device_id due id'
	. ' lane platform reason send_id shard user_id',
    'sendd s push_history' => 'finished',
    'push s push_history' => 'device_id outcome platform reason send_id tries'
	. ' user_id',
    'admin s push_device_registration' => 'activation_id app_id environment'
	. ' generation gone_at gone_reason id is_active platform'
	. ' timestamp_last_registered user_id',
    'admin u push_device_registration' => 'gone_at gone_reason is_active',
    'sendd u push_device_registration' => 'gone_at gone_reason',
    'sendd u push_campaign' => 'changes is_sent queue_end queued_id recall_at'
	. ' state timestamp_completed',
    'cli u push_campaign' => 'approved approved_by changed_by changes is_sent'
	. ' message queue_end queued_id recall_at send_id state'
	. ' timestamp_completed timestamp_sent',
    'cli u push_inbox' => 'is_read timestamp_read',
    'admin s push_instance' => 'draining figures host incarnation name seen'
	. ' started',
    'cli u push_instance' => 'draining',
    'sendd u push_check' => 'answer done owner',
    'maintain s push_app_credentials' => 'id',
    'maintain s push_device_registration' =>
	'activation_id gone_at id timestamp_last_registered',
    'maintain u push_device_registration' => 'gone_at gone_reason',
    'maintain s push_activation' =>
	'activation_id activation_status timestamp_changed',
    'maintain s push_message' => 'timestamp_created',
    'maintain s push_history' => 'finished',
    'maintain s push_send' => 'created done id scheduled total',
    'maintain s push_outbox_body' => 'id send_id',
    'maintain s push_campaign' =>
	'id send_id state timestamp_completed timestamp_sent',
    'maintain s push_campaign_user' => 'campaign_id',
    'maintain s push_campaign_run' => 'campaign_id',
    'maintain s push_campaign_outcome' => 'campaign_id',
    'maintain s push_campaign_twin' => 'campaign_id',
    'maintain s push_inbox' =>
	'id is_read timestamp_created timestamp_read',
    'maintain s push_inbox_app' => 'inbox_id',
    'maintain s push_idempotency' => 'created',
    'maintain s push_counter' => 'app_id',
    'maintain s push_health' => 'seen',
    (map { ("$_ s push_instance" => 'figures incarnation seen') }
	qw(inbox maintain)),
    'maintain s push_grant' => 'granted',
    'maintain s push_check' => 'asked',
    'maintain s push_integration' => 'created last_used',
    (map { ("$_ s push_maintenance" => 'ended program removed') }
	qw(admin cli)),
    'maintain s push_maintenance' => 'owner program until',
    'sendd u push_maintenance' => 'ended removed',
);

# What nobody but the administrator may; %d is sendd's connection.
my @forbidden = (
    'CREATE TABLE push_x (id INT)', 'DROP TABLE push_send',
    'ALTER TABLE push_send ADD COLUMN x INT', 'TRUNCATE TABLE push_send',
    'RENAME TABLE push_send TO push_x',
    'CREATE INDEX x ON push_send (mode)', 'DROP INDEX push_send_created'
	. ' ON push_send',
    'CREATE TRIGGER x BEFORE INSERT ON push_send FOR EACH ROW SET @x = 1',
    'CREATE VIEW push_x AS SELECT 1',
    'CREATE PROCEDURE push_x() SELECT 1',
    'CREATE FUNCTION push_x() RETURNS INT RETURN 1',
    'CREATE EVENT push_x ON SCHEDULE EVERY 1 DAY DO SELECT 1',
    'CREATE TEMPORARY TABLE push_x (id INT)', 'LOCK TABLES push_send READ',
    'CREATE DATABASE push_x', 'DROP DATABASE rights_db',
    'CREATE USER push_x', 'DROP USER rights_push@localhost',
    'GRANT SELECT ON push_send TO rights_inbox@localhost',
    "SET PASSWORD FOR outpost_push\@localhost = PASSWORD('x')",
    "SELECT 1 INTO OUTFILE '/tmp/push_x'",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE push_send",
    'SHOW GRANTS FOR outpost_sendd@localhost', 'SELECT * FROM mysql.user',
    'SELECT * FROM mysql.global_priv', 'SELECT * FROM mysql.proc',
    'SELECT * FROM outpost.push_send', 'USE outpost',
    'SHOW ENGINE INNODB STATUS', 'SET GLOBAL max_connections = 10',
    'SET GLOBAL general_log = 1', 'SET SESSION sql_log_bin = 0',
    'FLUSH TABLES', 'SHOW BINARY LOGS', "INSTALL SONAME 'push_x'",
    'RESET MASTER', 'KILL %d');

# --- words ------------------------------------------------------------------

my $o = Outpost->up;
my $dir = "$o->{run}.rights";
my $admin = getpwuid $>;
my %denied = map { $_ => 1 } 1044, 1045, 1095, 1142, 1143, 1227, 1370;

# A database of its own, which nobody is at work in.
sub set_up {
	$o->write_file("$dir/outpost.conf", <<"END");
[database]
socket = $o->{run}/mariadb.sock
name = rights_db
user = rights_%p
password_file = $dir/db-%p
[secrets]
key_file = $dir/secret.key
END
	local $o->{conf} = "$dir/outpost.conf";
	my ($status, $said) = $o->outpost('setup', '--no-doctor',
	    '--admin-user', $admin);
	BAIL_OUT("setup: $said") if $status != 0;
}

sub forget {
	$o->sql('DROP DATABASE IF EXISTS rights_db;' . join '', map {
	    "DROP USER IF EXISTS 'rights_$_'\@localhost;" } @programs);
	remove_tree($dir);
}

# What the program's user is told to each query, in one session: 0, or the
# error's number.
sub attempts {
	my ($program, @queries) = @_;
	my $password = $o->read_file("$dir/db-$program");
	chomp $password;
	$o->write_file("$dir/queries", join '', map { "$_;\n" } @queries);
	local $ENV{MYSQL_PWD} = $password;
	my $said = qx(mariadb --no-defaults --force -u rights_$program \\
	    -S $o->{run}/mariadb.sock --init-command="SET sql_mode = ''" \\
	    rights_db <$dir/queries 2>&1 >/dev/null);
	my @got = (0) x @queries;
	$got[$2 - 1] = $1
	    while $said =~ /^ERROR (\d+) \(\w+\) at line (\d+)/mg;
	BAIL_OUT("$program: $said") if $said =~ /^ERROR (?!.*at line)/m;
	return @got;
}

sub columns {
	my ($table) = @_;
	return map { { name => $_->[0], made => $_->[1] } } $o->sql('SELECT'
	    . " column_name, is_generated = 'ALWAYS' FROM"
	    . " information_schema.columns WHERE table_schema = 'rights_db'"
	    . " AND table_name = '$table'");
}

# Those of the columns that it may do this to; all: S, some: s.
sub summary {
	my ($program, $table) = @_;
	my @columns = columns($table);
	my @set = grep { !$_->{made} } @columns;
	my @queries = ((map { "SELECT `$_->{name}` FROM $table LIMIT 0" }
	    @columns), (map { "INSERT INTO $table (`$_->{name}`) SELECT NULL"
	    . ' FROM DUAL WHERE 0' } @set), (map { "UPDATE $table SET"
	    . " `$_->{name}` = NULL WHERE 0" } @set),
	    "DELETE FROM $table WHERE 0");
	my @got = attempts($program, @queries);
	my @strange = grep { $_ && !$denied{$_} } @got;
	diag "$program, $table: errors @strange" if @strange;
	my ($letters, %some) = ('');
	for my $part ([ S => @columns ], [ I => @set ], [ U => @set ], [ 'D',
	    { name => '' } ]) {
		my ($letter, @of) = @$part;
		my @may = map { $_->{name} } grep { !shift @got } @of;
		$letters .= !@may ? '' : @may == @of ? $letter : lc $letter;
		$some{lc $letter} = join ' ', sort @may if @may < @of;
	}
	return ($letters || '-', \%some);
}

remove_tree($dir);
mkdir $dir or die "$dir: $!\n";
set_up();

# --- tables and columns -----------------------------------------------------

my %rights = map { my ($t, @r) = split; $t => { map {
    $programs[$_] => $r[$_] } 0 .. $#r } } split /\n/, $rights;
my @tables = sort map { $_->[0] } $o->sql('SELECT table_name FROM'
    . " information_schema.tables WHERE table_schema = 'rights_db'");
is_deeply [ sort keys %rights ], \@tables, 'every table is in the list';
for my $table (@tables) {
	for my $program (@programs) {
		my ($letters, $some) = summary($program, $table);
		is $letters, $rights{$table}{$program}, "$program, $table";
		is $some->{$_}, $columns{"$program $_ $table"} // '',
		    "$program, $table: columns of $_"
		    for grep { $letters =~ /$_/ } qw(s i u);
	}
}

# --- what nobody may --------------------------------------------------------

my ($sendd) = map { $_->[0] } $o->sql('SELECT id FROM'
    . " information_schema.processlist WHERE user = 'outpost_sendd' LIMIT 1");
s/%d/$sendd/ for @forbidden;
for my $program (@programs) {
	my @got = attempts($program, @forbidden);
	ok $denied{$got[$_]}, "$program may not: $forbidden[$_]"
	    or diag "got: $got[$_]" for 0 .. $#forbidden;
}
is_deeply [ $o->sql('SELECT DISTINCT privilege_type, is_grantable FROM'
    . ' information_schema.user_privileges WHERE grantee LIKE'
    . " '\\'rights\\_%'") ], [ [ 'USAGE', 'NO' ] ],
    'none has a right on everything';
my @given = map { [ @$_ ] } $o->sql(
    "SELECT SUBSTRING_INDEX(SUBSTRING(grantee, 9), '\\'', 1), table_name,"
    . " privilege_type, '', is_grantable FROM"
    . ' information_schema.table_privileges WHERE table_schema ='
    . " 'rights_db' UNION ALL SELECT"
    . " SUBSTRING_INDEX(SUBSTRING(grantee, 9), '\\'', 1), table_name,"
    . ' privilege_type, column_name, is_grantable FROM'
    . ' information_schema.column_privileges WHERE table_schema ='
    . " 'rights_db'");
is_deeply [ grep { $_->[4] ne 'NO' } @given ], [],
    'none may hand its rights on';

# --- enough, and no more ----------------------------------------------------

my %statements = Reach::statements();
my %text = Reach::texts("$o->{bin}/seed");
delete @$_{grep /^SQL_ADMIN_/, keys %$_} for values %statements;
# what the command sends has no Idempotency-Key
delete @{ $statements{cli} }{qw(SQL_IDEMPOTENCY_FORGET SQL_IDEMPOTENCY_PUT)};
# the call of the doctor looks at credentials alone: SEALED_CHECK
delete @{ $statements{admin} }{qw(SQL_ACCESS_TOKEN_LIST
    SQL_SEALED_REPLACE_ACCESS_TOKEN SQL_SEALED_REPLACE_AUDIT_KEY)};

# Run, for some rights are asked for only then; without values, in a database
# that is empty, and undone.
sub denials {
	my ($program, @names) = @_;
	my @queries;
	for my $name (@names) {
		my $t = $text{$name};
		my $values = join ', ', ('NULL') x ($t =~ tr/?//);
		$t =~ s/(['\\])/\\$1/g;
		push @queries, "START TRANSACTION; EXECUTE IMMEDIATE '$t'"
		    . ($values && " USING $values") . '; ROLLBACK';
	}
	my @got = attempts($program, @queries);
	return map { $denied{$got[$_]} ? "$names[$_]: error $got[$_]" : () }
	    0 .. $#names;
}

for my $program (@programs) {
	my @names = sort keys %{ $statements{$program} };
	cmp_ok scalar @names, '>', 10, "$program has statements";
	is_deeply [ denials($program, @names) ], [],
	    "$program may run all of its " . @names;
}

# A right is needed when some statement fails without it. Ahead of its
# statements is:
my %ahead = map { $_ => 1 } 'admin push_device_registration SELECT app_id';
for my $g (@given) {
	my ($program, $table, $right, $column) = @$g;
	next if $ahead{"$program $table $right $column"};
	my @names = grep { $text{$_} =~ /\b$table\b/ }
	    sort keys %{ $statements{$program} };
	my $what = $right . ($column ne '' ? " (`$column`)" : '')
	    . " ON rights_db.$table";
	$o->sql("REVOKE $what FROM rights_$program\@localhost");
	ok scalar denials($program, @names), "$program needs $right"
	    . ($column ne '' ? " ($column)" : '') . " on $table";
	$o->sql("GRANT $what TO rights_$program\@localhost");
}

forget();
done_testing;
