#!/usr/bin/perl
# Statements that are sent before the answers to earlier ones are read
# (db_post): more than there is room for, and failures in the middle. Of a
# transaction that fails nothing is written, and no answer is taken for
# another's. The same of statements that MariaDB gets as one (db_bundle.c).
# tests/bench/posts.c has the cases.
use strict;
use warnings;
use Outpost;
use Relay;
use Test::More;

my $o = Outpost->up;

# How many compound statements the server has had.
sub as_one {
	return ($o->sql("SHOW GLOBAL STATUS LIKE 'Com_compound_sql'"))[0][1];
}

my @cases = (
    # case, what is said, the request of its key, 77 and the rows told
    [ equal => qr/already, key PRIMARY.*, of PRIMARY$/, '-', 77 ],
    [ missed => qr/no row, or several/, '-', 77 ],
    [ found => qr/^ok$/, '-', 77 ],
    [ 'deadlock-one' => qr/Deadlock/, '-', 78 ],
    [ closed => qr/^ok$/, '-', 77 ],
    [ changed => qr/^ok$/, '-', 77 ],
    [ often => qr/^ok$/, '-', 77 ],
    [ twice => qr/already, key PRIMARY.*, of PRIMARY$/, '-', 78 ],
    [ 'twice-read' => qr/already, key PRIMARY.*, of PRIMARY$/, '-', 78 ],
    [ ignored => qr/was rolled back/, '-', 78 ],
    [ fails => qr/^another failure$/, '-', 77 ],
    [ deadlock => qr/Deadlock/, '-', 78 ],
    [ many => qr/^ok$/, 'first', 78 ],
    [ unsent => qr/was rolled back/, 'first', 77 ],
);
my $before = as_one();
# Over TCP, where what is sent to a server that has closed is not refused.
my $relay = Relay->new($o, sub { '' }, undef, 'tcp');
my $conf = "$o->{run}/tcp.conf";
$o->write_file($conf, $o->read_file($o->{conf}) . "\n[database]\nsocket =\n"
    . 'host = ' . $relay->path . "\n");
my @said = map { chomp; [ split /\t/ ] } qx($o->{bin}/posts -c $conf);
is $?, 0, 'all cases were run';
for my $i (0 .. $#cases) {
	my ($name, $say, $request, $told) = @{ $cases[$i] };
	like $said[$i][1], $say, $name;
	is $said[$i][2], $request, "$name: what is there afterwards";
	is $said[$i][3], $told, "$name: rows that matched";
}
# Each has two descriptors (db/node.h).
is $said[-1][0], '6 of 6', 'each connection gives up a line that is cut';
my $made = as_one() - $before;
cmp_ok $made, '>=', 120, "what comes often is sent as one: $made";
is_deeply [ $o->sql('SELECT REGEXP_SUBSTR(name, "^[a-z]+"), COUNT(*)'
    . ' FROM push_idempotency GROUP BY 1') ],
    [ [ another => 100 ], [ changed => 16 ], [ closed => 3 ],
	[ found => 4 ], [ k => 1 ], [ many => 100 ], [ other => 100 ],
	[ pair => 8 ], [ shape => 349 ], [ turn => 4 ], [ warm => 8 ] ],
    'only what is good';
done_testing;
