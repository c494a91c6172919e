# Which statements of db/sql.c each program can come to, by its source: the
# functions, tables and macros that its main() names, those that these name,
# and so on. A name that two things have may count for both, but the tag of a
# struct counts for none, so it finds rather too much than too little. It leans
# on the form of our files: what is at the top level begins in column 0 and ends
# with a brace or semicolon.
package Reach;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);

my $root = abs_path(dirname(__FILE__) . '/../..');
my @names = text('db/sql.h') =~ /^\t(SQL_\w+),/mg;
my %is_statement = map { $_ => 1 } @names;
my %main = (push => 'fcgi/push_routes.c', inbox => 'fcgi/inbox_routes.c',
    admin => 'fcgi/admin_routes.c', sendd => 'sendd/sendd.c',
    cli => 'cli/outpost.c', maintain => 'cli/cmd_maintain.c');
# A command with a database user of its own begins by itself, and no other
# program comes to it.
my %begin = (maintain => 'run_maintain');

sub text {
	my ($file) = @_;
	open my $f, '<', "$root/$file" or die "$file: $!\n";
	local $/;
	my $text = <$f>;
	$text =~ s{/\*.*?\*/}{ }gs;
	$text =~ s{"(?:[^"\\\n]|\\.)*"}{ }g;
	return $text;
}

# The top level of a file, piece by piece. What a line ends: a function or a
# struct by its brace in column 0, a table also by one at a line's end.
sub pieces {
	my ($text) = @_;
	my $piece = '';
	my $end;
	my @pieces;
	for my $line (split /\n/, $text) {
		$piece .= "$line\n";
		$end //= $line =~ /^\{/ ? qr/^\}/
		    : $line =~ /^\S.*=(\s*\{)?$/ ? qr/^\}|\};$|^[^{]*;$/
		    : $line =~ /^\S.*\{$/ ? qr/^\}/ : undef;
		next if $line =~ /\\$/;
		next if $line !~ ($end // qr/^#|;\s*$|^\s*$/);
		push @pieces, $piece;
		$piece = '';
		undef $end;
	}
	return @pieces;
}

sub name_of {
	my ($piece) = @_;
	return $1 if $piece =~ /^#define (\w+)/m;
	return $1 if $piece =~ /^(\w+)\([^;]*\)\s*\{/m;
	return $1 if $piece =~ /^[\w\s*]*?(\w+)(?:\[[^\]]*\])*\s*=/;
	return;
}

# A name that a macro makes for each platform, as all the names that it makes.
sub one_each {
	my ($text) = @_;
	$text =~ s{\b(SQL_\w+)##id\b}
	    {join ' ', grep { /^\Q$1\E[A-Z]+$/ } @names}ge;
	return $text;
}

# Of the age rules (db/purge.c), those that programs beside maintain apply.
sub common {
	my ($rules) = @_;
	$rules =~ s/^\t\{\s*, PURGE_MAINTAIN.*?\},$//smg;
	return $rules;
}

# {program}{statement} = 1
sub statements {
	my (%here, %there);
	for my $file (map { s{^\Q$root\E/}{}r } map { glob "$root/$_/*.[ch]" }
	    qw(lib push db core fcgi sendd cli)) {
		next if $file eq 'db/sql.c' || $file eq 'db/sql.h';
		for my $piece (pieces(one_each(text($file)))) {
			my $name = name_of($piece) // next;
			$piece =~ s/\b(struct|enum|union) \w+/$1/g;
			my $node = { file => $file,
			    names => [ $piece =~ /\b([A-Za-z_]\w*)\b/g ] };
			$node->{common} = [ common($piece)
			    =~ /\b([A-Za-z_]\w*)\b/g ]
			    if $name eq 'purge_rules';
			push @{ $here{$file}{$name} }, $node;
			push @{ $there{$name} }, $node
			    if $file =~ /h$/ || $piece !~ /^(static|#)/m;
		}
	}
	return map { my $begin = $begin{$_} // 'main';
	    $_ => walk(\%here, \%there, $main{$_}, $begin) } keys %main;
}

sub walk {
	my ($here, $there, $main, $begin) = @_;
	my %others = map { $_ => 1 } grep { $_ ne $begin } values %begin;
	my (%found, %seen);
	my @todo = @{ $here->{$main}{$begin}
	    // die "no $begin() in $main\n" };
	while (my $node = pop @todo) {
		next if $seen{$node}++;
		my $names = $begin eq 'main' ? $node->{common} : undef;
		for my $name (grep { !$others{$_} }
		    @{ $names // $node->{names} }) {
			$found{$name} = 1 if $is_statement{$name};
			push @todo, @{ $here->{ $node->{file} }{$name}
			    // $there->{$name} // [] };
		}
	}
	return \%found;
}

# Every statement: name => { params, columns, index, text }.
sub table {
	my ($seed) = @_;
	my %table;
	for (split /\n/, qx($seed -S)) {
		my ($name, $params, $columns, $index, $text) =
		    split /\t/, $_, 5;
		$table{$name} = { params => [ split /,/, $params ],
		    columns => $columns, index => [ split /,/, $index ],
		    text => $text };
	}
	return %table;
}

# Every statement: name => text.
sub texts {
	my %table = table(@_);
	return map { $_ => $table{$_}{text} } keys %table;
}

1;
