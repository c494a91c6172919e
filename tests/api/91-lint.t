#!/usr/bin/perl
# tests/lint finds what it is there for: a small tree in which every rule is
# broken once, and the same tree without that.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;

my $lint = abs_path(dirname(__FILE__) . '/../lint');
my $spdx = "/* SPDX-License-Identifier: MIT */\n";
my $perl = "#!/usr/bin/perl\nuse strict;\nuse warnings;\n";

# --- words ------------------------------------------------------------------

# Writes files, path => text; what is C gets its licence line.
sub plant {
	my ($dir, %files) = @_;
	for my $path (sort keys %files) {
		make_path(dirname("$dir/$path"));
		open my $f, '>', "$dir/$path" or die "$dir/$path: $!\n";
		print $f $path =~ /\.[ch]$/ && $path !~ /bare/ ? $spdx : '',
		    $files{$path};
		close $f;
	}
}

# The offences, as "file: what", without lines; and the exit status.
sub offences {
	my ($dir) = @_;
	my @said = split /\n/, qx('$lint' '$dir' 2>&1);
	my $status = $? >> 8;
	pop @said;	# the summary
	return ($status, sort map { s/:\d+:/:/r } @said);
}

# One offence in each file. What it is called is only its beginning. A .c gets
# its header, unless that is the offence.
sub broken {
	my ($dir, $planted) = @_;
	for my $path (grep { /\.c$/ } keys %$planted) {
		my $header = $path =~ s/c$/h/r;
		$planted->{$header} //= [''] if ($planted->{$path}[1] // '')
		    ne 'no header of its own' && !-e "$dir/$header";
	}
	plant($dir, map { $_ => $planted->{$_}[0] } keys %$planted);
	my ($status, @got) = offences($dir);
	for my $path (sort keys %$planted) {
		my $what = $planted->{$path}[1] // next;
		my @here = grep { index($_, "$path: ") == 0 } @got;
		ok @here == 1 && index($here[0], "$path: $what") == 0,
		    "$path: $what" or diag explain \@here;
		@got = grep { index($_, "$path: ") != 0 } @got;
	}
	is_deeply \@got, [], 'and nothing else';
	unlink map { "$dir/$_" } keys %$planted;
	return $status;
}

# --- a good tree ------------------------------------------------------------

my %good = ('Makefile' => "all:\n", 'db/schema.sql' => "SELECT 1;\n",
    'db/migrations/0001-a.sql' => "SELECT 1;\n", '.ci/run' => "#!/bin/sh\n",
    'tools/good' => "#!/bin/sh\ntrue\n", 'tests/good' => $perl,
    'db/sql.c' => "#include \"db/sql.h\"\nint sql_sum;\n",
    'db/sql.h' => "extern int sql_sum;\n",
    map({ ("$_/${_}_good.h" => "int ${_}_good(int a);\n",
	"$_/${_}_good.c" => "#include \"$_/${_}_good.h\"\n\nint\n"
	. "${_}_good(int a)\n{\n\treturn a;\n}\n") }
	qw(lib push db core fcgi sendd cli)));
my $dir = tempdir('outpost-lint-XXXXXX', TMPDIR => 1, CLEANUP => 1);
plant($dir, %good);
is_deeply [ offences($dir) ], [0], 'a good tree has no offence';

# --- what stands in a line --------------------------------------------------

my $long = "int\nlong_one(int a)\n{\n" . "\ta++;\n" x 81 . "\treturn a;\n}\n";
my %planted = (
    'lib/upward.c' => [ "#include \"db/sql.h\"\n",
	'lib/ may include only lib' ],
    'core/sideways.c' => [ "#include \"fcgi/fcgi_good.h\"\n",
	'core/ may include only lib, push, db, core' ],
    'cli/other_half.c' => [ "#include \"sendd/sendd_good.h\"\n",
	'cli/ may include only lib, push, db, core, cli' ],
    'push/library.c' => [ "#include <curl/curl.h>\n",
	'only lib/http\.c|sendd/http/.* may include this' ],
    'lib/banned.c' => [ "int x = strcpy(a, b);\n", 'banned function' ],
    'lib/typedef.h' => [ "typedef struct a {\n\tint b;\n} c;\n",
	'no typedef of structs' ],
    'lib/slashes.c' => [ "int a; // one\n", 'no // comments' ],
    'lib/later.c' => [ '/* TO' . "DO: this */\n", 'an issue, not a note' ],
    'fcgi/sql.c' => [ "char *a = \"SELECT 1\";\n",
	'SQL belongs into db/sql.c' ],
    'db/clock.c' => [ "char *a = \"NOW FROM_UNIXTIME(1)\";\n",
	'MS and AT_MS know every time' ],
    'db/table.sql' => [ "a VARCHAR(3) COLLATE utf8mb4_general_ci\n",
	'texts compare byte by byte' ],
    'db/sql.c' => [ "char *a = \"a VARCHAR(3)\";\n",
	'a text of a list is TEXT(n)' ],
    'lib/blank.c' => [ "int a; \n", 'trailing blanks' ],
    'cli/sentence.c' => [ "int a = strcmp(e->text, \"several\") == 0;\n",
	'an error has a code' ],
    'sendd/layout.c' => [ "long a = id >> 31;\n",
	'only lib/id.h knows' ],
    'sendd/pace.c' => [ "#include \"lib/clock.h\"\n",
	'no I/O, and time is an argument' ],
    'sendd/policy.h' => [ "int a = clock_now_ms();\n",
	'no I/O, and time is an argument' ],
    'lib/wide.c' => [ 'int ' . 'a' x 90 . ";\n", 'wider than 80 columns' ],
    'lib/tall.c' => [ "int a;\n" x 501, 'a file of more than 500 lines' ],
    'lib/long.c' => [ $long, 'a function of more than 80 lines' ],
    'lib/bare.c' => [ "int a;\n", 'no SPDX line' ],
    'tools/tall' => [ "#!/bin/sh\n" . "true\n" x 500,
	'a file of more than 500 lines' ],
    'tools/torn' => [ "#!/bin/sh\nif true\n", 'does not parse' ],
    'tests/wide' => [ $perl . '# ' . 'a' x 90 . "\n",
	'wider than 80 columns' ],
    'tests/tall.t' => [ $perl . "# one\n" x 500,
	'a file of more than 500 lines' ],
    'tests/lib/Long.pm' => [ "package Long;\nuse strict;\nuse warnings;\n"
	. "sub long_one {\n" . "\tprint 'a';\n" x 81 . "}\n1;\n",
	'a sub of more than 80 lines' ],
    'README.md' => [ "a line: `db/db_good.c`, `db/db_*.h`\nread `db/gone.c`\n",
	'there is no db/gone.c' ],
    'ARCHITECTURE.md' => [ "`sql_sum`, and in `db_good.c` `sql_gone`\n",
	'there is no sql_gone' ],
    'SECURITY.md' => [ "shown by 99-gone\n", 'there is no 99-gone' ],
    'tests/torn' => [ $perl . "my \$a = (1;\n", 'syntax error' ]);
is broken($dir, \%planted), 1, 'with any the status is 1';
plant($dir, %good);

SKIP: {
	skip 'no compiler', 1 if system 'cc --version >/dev/null 2>&1';
	my $object = "$dir/build/x/obj/fcgi/state.o";
	make_path(dirname($object));
	plant($dir, 'state.c' => "int count = 3;\n");
	system 'cc', '-c', '-o', $object, "$dir/state.c";
	my ($status, @got) = offences($dir);
	is_deeply \@got, [ 'build/x/obj/fcgi/state.o: mutable data: count' ],
	    'a responder with state';
	unlink $object, "$dir/state.c";
}

# --- what holds between files -----------------------------------------------

sub with_header {
	my ($name, $body) = @_;
	return ("$name.h" => ['int a;'], "$name.c" => [ $body ]);
}

my $function = "int\n%s(void)\n{\n\treturn 1;\n}\n";
broken($dir, {
    'lib/one.h' => [ "struct body {\n\tint a;\n};\n",
	'tag body is also at push/two.h' ],
    'push/two.h' => ["struct body {\n\tlong a;\n};\n"],
    with_header('db/first', sprintf $function, 'take'),
    with_header('sendd/second', sprintf $function, 'take'),
    'db/first.c' => [ sprintf($function, 'take'),
	'function take is also at sendd/second.c' ],
    with_header('fcgi/left', ''),
    'fcgi/left.c' => [ 'static ' . sprintf($function, 'find'),
	'static function of fcgi/, find is also at fcgi/right.c' ],
    with_header('fcgi/right', 'static ' . sprintf $function, 'find'),
    with_header('cli/mine', ''),
    'cli/mine.c' => [ 'static ' . sprintf($function, 'take'),
	'static function take is exported at db/first.c' ],
    'core/alone.c' => [ '', 'no header of its own' ],
    'push/on_table.c' => [''],
    'push/a.h' => [''], 'push/b.h' => [''], 'push/c.h' => [''],
    'push/a.c' => [ "#include \"push/b.h\"\n",
	'a circle of files: push/a -> push/b -> push/c -> push/a' ],
    'push/b.c' => ["#include \"push/c.h\"\n"],
    'push/c.c' => ["#include \"push/a.h\"\n"],
    'sendd/h2/part.h' => [''],
    'sendd/h2/d.c' => [
	"#include \"sendd/h2/part.h\"\n#include \"sendd/h2/e.h\"\n"],
    'sendd/h2/d.h' => [''], 'sendd/h2/e.h' => [''],
    'sendd/h2/e.c' => [
	"#include \"sendd/h2/part.h\"\n#include \"sendd/h2/d.h\"\n"],
    'sendd/named.c' => [ "int a = PLATFORM_FCM;\n",
	'a provider is a descriptor' ],
    'fcgi/asked.c' => [ "int a = PLATFORM_WEBPUSH;\n",
	'a provider is a descriptor' ],
    'sendd/named.h' => [''],
    'tests/fuzz/db_stand.h' => [ "bool\ndb_one(void)\n{\n}\n" ],
    'db/db.h' => [ "bool db_one(void);\nconst struct err *db_two(int a);\n",
	'db_two is missing in tests/fuzz/db_stand.h' ],
});

# --- pages ------------------------------------------------------------------

my $html = '<!-- SPDX-License-Identifier: MIT -->';
broken($dir, {
    'htdocs/js/long.js' => [ $spdx . '/* ' . 'x' x 80 . " */\n",
	'wider than 80 columns' ],
    'htdocs/js/markup.js' => [ "${spdx}a.innerHTML = b;\n",
	'text becomes markup' ],
    'htdocs/js/made.js' => [ "${spdx}const f = new Function('a', b);\n",
	'text becomes markup' ],
    'htdocs/js/words.js' => [ "${spdx}t('Known'); t('Not' +\n    ' known');\n",
	'has no German: Not known' ],
    'htdocs/js/many.js' => [ "${spdx}tn(a(b), '{n} one', '{n} known');\n",
	'has no German: {n} one' ],
    'htdocs/click.html' => [ "$html\n<p onclick=\"x()\">\n",
	'code, style or another host' ],
    'htdocs/code.html' => [ "$html\n<script>x()</script>\n",
	'code, style or another host' ],
    'htdocs/host.html' => [ "$html\n<img src=\"https://x/y.png\">\n",
	'code, style or another host' ],
    'htdocs/none.css' => [ "p { color: red; }\n", 'no SPDX line' ],
    'htdocs/lang/de.json' => [ "{\"Known\": \"\", \"{n} known\": \"\"}\n" ],
});
my $big = "$dir/htdocs/big.svg";
plant($dir, 'htdocs/big.svg' => 'x' x (301 * 1024));
is_deeply [ offences($dir) ], [ 1, 'htdocs: ' . 301 * 1024
    . ' bytes in all, more than ' . 300 * 1024 ], 'too much in all';
unlink $big;

done_testing;
