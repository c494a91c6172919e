#!/usr/bin/perl
# Statements that are sent before the answers to earlier ones are read
# (db_post): more than there is room for, and failures in the middle. Of a
# transaction that fails nothing is written, and no answer is taken for
# another's. tests/bench/posts.c has the cases.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my @cases = (
    # case, what is said, the request of its key, 77 and the rows told
    [ twice => qr/already, key PRIMARY.*, of PRIMARY$/, '-', 78 ],
    [ 'twice-read' => qr/already, key PRIMARY.*, of PRIMARY$/, '-', 78 ],
    [ ignored => qr/was rolled back/, '-', 78 ],
    [ fails => qr/^another failure$/, '-', 77 ],
    [ deadlock => qr/Deadlock/, '-', 78 ],
    [ many => qr/^ok$/, 'first', 78 ],
);
my @said = map { chomp; [ split /\t/ ] }
    qx($o->{bin}/posts -c $o->{conf});
is $?, 0, 'all cases were run';
for my $i (0 .. $#cases) {
	my ($name, $say, $request, $told) = @{ $cases[$i] };
	like $said[$i][1], $say, $name;
	is $said[$i][2], $request, "$name: what is there afterwards";
	is $said[$i][3], $told, "$name: rows that matched";
}
is_deeply [ $o->sql('SELECT REGEXP_SUBSTR(name, "^[a-z]+"), COUNT(*)'
    . ' FROM push_idempotency GROUP BY 1') ],
    [ [ k => 1 ], [ many => 100 ], [ other => 100 ] ], 'only what is good';
done_testing;
