#!/usr/bin/perl
# Every statement of the product fits the schema that setup makes.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my $seed = "$o->{bin}/seed";
my $admin = getpwuid $>;
is system($seed, '-c', $o->{conf}, '-C', $admin), 0,
    'all statements are prepared';

# and the check is one: a column that is gone is found
$o->sql('ALTER TABLE push_send DROP COLUMN answered');
my $said = qx($seed -c $o->{conf} -C $admin 2>&1);
isnt $?, 0, 'a missing column is found out';
like $said, qr/SQL_\w+: .*answered/, 'by its statement';

done_testing;
