#!/usr/bin/perl
# Many rows by one statement (db_exec_rows): nulls, none, more than a packet
# takes, and all or none of them when one is refused. tests/bench/rows.c has
# the cases.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my @cases = (
    # case, what is said, rows affected
    [ none => qr/^ok$/, 0 ],
    [ one => qr/^ok$/, 1 ],
    [ some => qr/^ok$/, 5 ],
    [ 'no-body' => qr/SQL_OUTBOX_BODY_ADD.*null/, 0 ],
    [ 'no-bodies' => qr/SQL_OUTBOX_BODY_ADD.*null/, 0 ],
    [ twice => qr/already/, 0 ],
    [ unlike => qr/^SQL_OUTBOX_BODY_ADD: values of different types/, 0 ],
    [ many => qr/^ok$/, 70000 ],
    [ 'twice-of-many' => qr/already/, 0 ],
    [ pieces => qr/^ok$/, 9 ],
    [ 'twice-of-pieces' => qr/already/, 0 ],
    [ 'too-large' => qr/^SQL_OUTBOX_BODY_ADD: a row is too large/, 0 ],
    # after all the refusals
    [ 'one' => qr/already/, 0 ],
);
my @said = map { chomp; [ split /\t/ ] }
    qx($o->{bin}/rows -c $o->{conf} @{[ map { $_->[0] } @cases ]});
is $?, 0, 'all cases were run';
for my $i (0 .. $#cases) {
	my ($name, $say, $affected) = @{ $cases[$i] };
	like $said[$i][1], $say, $name;
	is $said[$i][2], $affected, "$name: rows affected";
}
is_deeply [ $o->sql('SELECT id, send_id, body FROM push_outbox_body'
    . ' WHERE id < 100 ORDER BY id') ],
    [ [ 1, 0, 0 ], map { [ 10 + $_, $_ % 3, $_ ] } 0 .. 4 ], 'some rows';
is_deeply [ $o->sql('SELECT COUNT(*), SUM(id - 100000 = body),'
    . ' SUM(send_id = body % 3) FROM push_outbox_body'
    . ' WHERE id BETWEEN 100000 AND 299999') ],
    [ [ 70000, 70000, 70000 ] ], 'many rows, each with its values';
is_deeply [ $o->sql('SELECT COUNT(*), SUM(LENGTH(body) = 4194304)'
    . ' FROM push_outbox_body WHERE id >= 300000') ], [ [ 9, 9 ] ],
    'rows in several packets';
$o->sql('DELETE FROM push_outbox_body');
done_testing;
