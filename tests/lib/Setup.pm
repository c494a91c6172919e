# Several databases on one MariaDB, for tests of outpost setup: each has its own
# name, users, secrets and settings.
#
#   use Setup;
#   my $o = Outpost->up;
#   my $dir = Setup::begin($o);     # their files
#   my $new = place('setup_new');   # no database yet
#   my ($status, $said) = setup($new);
package Setup;

use strict;
use warnings;
use Exporter qw(import);
use File::Path qw(remove_tree);

our @EXPORT = qw(@programs place forget outpost setup load attempt shape given
    content rows);
our @programs = qw(push inbox admin sendd cli maintain);
my ($o, $dir);
my $admin = getpwuid($>);

sub begin {
	($o) = @_;
	$dir = "$o->{run}.setup";
	remove_tree($dir);
	mkdir $dir or die "$dir: $!\n";
	return $dir;
}

# A database of that name: its own users, secrets and settings.
sub place {
	my ($name, %o) = @_;
	$o->write_file("$dir/$name.conf", <<"END");
[database]
socket = $o->{run}/mariadb.sock
name = $name
user = ${name}_%p
password_file = $dir/$name/db-%p

[secrets]
key_file = $dir/$name/secret.key
END
	forget($name);
	return $name;
}

sub forget {
	my ($name) = @_;
	remove_tree("$dir/$name");
	$o->sql("DROP DATABASE IF EXISTS `$name`;"
	    . "DROP DATABASE IF EXISTS `${name}_being_set_up`;"
	    . join '', map { "DROP USER IF EXISTS '${name}_$_'\@localhost;" }
	    @programs);
}

sub outpost {
	my ($name, @words) = @_;
	local $o->{conf} = "$dir/$name.conf";
	return $o->outpost(@words);
}

sub setup {
	my ($name, @more) = @_;
	return outpost($name, 'setup', '--no-doctor', '--admin-user', $admin,
	    @more);
}

sub load {
	my ($name, $file) = @_;
	$o->sql("CREATE DATABASE `$name`");
	system 'sh', '-c', 'exec mariadb --no-defaults -u "$1" -S "$2" "$3"'
	    . ' <"$4"', 'sh', $admin, "$o->{run}/mariadb.sock", $name, $file;
	die "$file does not load\n" if $?;
}

# What a program's user is told when it tries: '' for success, else the error
# number.
sub attempt {
	my ($name, $program, $query) = @_;
	my $password = $o->read_file("$dir/$name/db-$program");
	chomp $password;
	local $ENV{MYSQL_PWD} = $password;
	open my $p, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', 'mariadb',
	    '--no-defaults', '-u', "${name}_$program", '-S',
	    "$o->{run}/mariadb.sock", '-e', $query, $name or die;
	local $/;
	my $text = <$p> // '';
	close $p;
	return $? == 0 ? '' : $text =~ /^ERROR (\d+)/m ? $1 : $text;
}

# Columns, indexes and tables, as text without the database's name.
sub shape {
	my ($name) = @_;
	my @rows = ($o->sql("SELECT 'column', table_name, ordinal_position,"
	    . ' column_name, column_type, is_nullable, column_default,'
	    . ' collation_name, extra, generation_expression'
	    . " FROM information_schema.columns WHERE table_schema = '$name'"
	    . " AND table_name LIKE 'push%' ORDER BY 2, 3"),
	    $o->sql("SELECT 'index', table_name, index_name, non_unique,"
	    . ' seq_in_index, column_name FROM information_schema.statistics'
	    . " WHERE table_schema = '$name' AND table_name LIKE 'push%'"
	    . ' ORDER BY 2, 3, 5'),
	    $o->sql("SELECT 'table', table_name, engine, table_collation"
	    . " FROM information_schema.tables WHERE table_schema = '$name'"
	    . " AND table_name LIKE 'push%' ORDER BY 2"));
	return join "\n", map { join ' ', @$_ } @rows;
}

# All rights of the programs' users on it, without its name.
sub given {
	my ($name) = @_;
	return [ sort map { "@$_" =~ s/'${name}_/'/r } map {
	    $o->sql("SELECT grantee, $_ FROM information_schema."
	    . ($_ =~ /column/ ? 'column' : $_ =~ /table/ ? 'table' : 'schema')
	    . "_privileges WHERE table_schema = '$name' ORDER BY 1, 2, 3") }
	    'table_name, privilege_type, column_name',
	    'table_name, privilege_type', 'privilege_type, 1' ];
}

# All rows as checksums; ids of tables that change by themselves left out.
sub content {
	my ($name) = @_;
	my @tables = map { "`$name`.`$_->[0]`" } $o->sql('SELECT table_name'
	    . " FROM information_schema.tables WHERE table_schema = '$name'"
	    . ' ORDER BY 1');
	return '' if !@tables;
	return join "\n", map { "@$_" }
	    $o->sql('CHECKSUM TABLE ' . join ', ', @tables);
}

sub rows {
	my ($name, $query) = @_;
	return [ $o->sql("USE `$name`; $query") ];
}

1;
