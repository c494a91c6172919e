#!/usr/bin/perl
# outpost import devices: what comes in, what is refused with its line, and that
# a second time changes nothing. IMPORT_DEVICES=100000 says how many there are
# for the figure; it is told, and nothing depends on it.
use strict;
use warnings;
use Outpost;
use Test::More;
use Time::HiRes qw(time);

my $o = Outpost->up;
my $app = $o->app('mobile-app');
my $file = "$o->{run}/devices.csv";
my $names = 'user,platform,token,activation,application,environment';
my $hex = 'ab' x 32;

sub write_rows { $o->write_file($file, join '', map { "$_\n" } @_) }
sub import { return $o->outpost('import', 'devices', $file, @_) }

# The counts of the account, by the names of --json.
sub counts {
	my ($status, $text) = import('--json', @_);
	my ($json) = $text =~ /^(\{.*\})$/m or diag $text;
	my $all = Outpost::json()->decode($json // '{}');
	my $of = $all->{devices} // {};
	return ($status, join ' ', map { "$_=$of->{$_}" } grep { $of->{$_} }
	    sort keys %$of);
}

sub rows { return [ map { join '|', @$_ } $o->sql('SELECT user_id, platform,'
    . ' push_token, activation_id, environment, is_active, generation,'
    . " timestamp_last_registered < '2024-06-01' FROM"
    . ' push_device_registration ORDER BY id') ] }

# --- what comes in ----------------------------------------------------------

write_rows($names, "joe,ios,<\U$hex\E>,act-1,$app,Production",
    qq("Ann ""A"" Ä,\n2",android,fcm-1,act-2,$app,),
    "joe,hms,hms-1,,$app,");
my @want = ("joe|ios|$hex|act-1|production|1|0|0",
    qq(Ann "A" Ä,\\n2|android|fcm-1|act-2|NULL|1|0|0),
    'joe|hms|hms-1|NULL|NULL|1|0|0');
is_deeply [ counts('--dry-run') ], [ 0, 'new=3' ], 'a rehearsal';
is_deeply rows(), [], 'writes nothing';
is_deeply [ counts() ], [ 0, 'new=3' ], 'imported';
is_deeply rows(), \@want, 'as they are to be';
is_deeply [ counts() ], [ 0, 'same=3' ], 'once more: nothing to do';
is_deeply rows(), \@want, 'and nothing was done';
is $o->send($app, 'joe')->{json}{responseObject}{result}{apns}{total}, 1,
    'a message goes there';

# --- what has changed -------------------------------------------------------

write_rows("$names,active,registered",
    "eva,ios,$hex,act-1,$app,Production,t,2031-01-01 00:00:00",
    "eve,fcm,fcm-1,act-9,$app,,f,2031-01-01 00:00:00",
    "joe,hms,hms-1,,$app,,1,2024-01-01 10:00:00");
is_deeply [ counts() ], [ 0, 'changed=1 new=1 same=1' ], 'only what changed';
is_deeply rows(), [ "eva|ios|$hex|act-1|production|1|1|0",
    'joe|hms|hms-1|NULL|NULL|1|0|0', 'eve|fcm|fcm-1|act-9|NULL|0|0|0' ],
    'a phone that has changed hands leaves its earlier user';
write_rows("$names,active,registered",
    "eva,ios,$hex,act-1,$app,,0,2024-01-01 00:00:00");
is_deeply [ counts() ], [ 0, 'kept=1' ], 'what is here is later, and stays';

# --- rows that are refused, with their line ---------------------------------

my $long = 'x' x 256;
write_rows($names, "joe,ios,no-token,a-1,$app,", "joe,ios,$hex,a-2,nowhere,",
    "joe,palm,t,a-3,$app,", "$long,fcm,t,a-4,$app,",
    "joe,fcm,fine-1,a-5,$app,", "joe,fcm,fine-2,a-5,$app,",
    "joe,fcm,,a-6,$app,", "joe,ios,$hex,a-7,$app,sandbox",
    qq("jo\ne",fcm,fine-3,$long,$app,), "joe,fcm,fine-4,a-8,$app,");
my ($status, $text) = import();
is $status, 1, 'rows are refused';
my %why = (2 => qr/not a token|token/, 3 => qr/application is not there/,
    4 => qr/platform/, 5 => qr/user is longer than 255/,
    7 => qr/activation is in line 6 already/, 8 => qr/token is empty/,
    9 => qr/environment/, 10 => qr/activation is longer than 37/);
like $text, qr/^\Q$file\E:$_: refused: .*$why{$_}/m, "line $_"
    for sort { $a <=> $b } keys %why;
unlike $text, qr/fine-|\Q$long\E/, 'no value is told';
is_deeply [ map { $_->[0] } $o->sql('SELECT push_token FROM'
    . " push_device_registration WHERE activation_id LIKE 'a-_' ORDER BY 1") ],
    [ 'fine-1', 'fine-4' ], 'the others are there';
my $report = "$o->{run}/report.csv";
import('--dry-run', '--report', $report);
like $o->read_file($report), qr/^"\Q$file\E",4,"devices","refused","a-3",/m,
    'the report has them';
is sprintf('%o', (stat $report)[2] & 07777), '600', "it is its owner's only";

# --- files that are refused as such: nothing of them comes in ---------------

my $good = "joe,fcm,cut-1,c-1,$app,\n";
my %broken = (
    'a line that is cut' => ["$names\n${good}joe,fcm,cut-2,c-2,$app",
	qr/:3: the last line does not end/],
    'a quote that is never closed' => [qq($names\n${good}joe,"fcm,t,c-2\n),
	qr/:3: the quote that opens/],
    'another encoding' => ["$names\n${good}J\xf6rg,fcm,t,c-2,$app,\n",
	qr/:3: this is not UTF-8/],
    'a row too narrow' => ["$names\n${good}joe,fcm\n", qr/:3: the row has 2/],
    'a line feed without quotes' => ["$names\n${good}jo\ne,fcm,t,c-2,$app,\n",
	qr/:3: the row has 1/],
    'text behind quotes' => [qq($names\n$good"joe"x,fcm,t,c-2,$app,\n),
	qr/:3: text behind a closing quote/],
    'no such column' => ["user,platform,token,activation\n",
	qr/:1: there is no column application/],
    'no line at all' => ['', qr/:1: there is no line that names/]);
my $before = $o->contents;
for my $what (sort keys %broken) {
	$o->write_file($file, $broken{$what}[0]);
	($status, $text) = import();
	is $status, 1, $what;
	like $text, $broken{$what}[1], "$what: file and line";
}
is $o->contents, $before, 'nothing of any of them was written';
is +($o->outpost('import', 'devices', $file, '--tz', 'Nowhere/Atall'))[0], 2,
    'an unknown time zone is a mistake of usage';

# --- how many a minute ------------------------------------------------------

my $n = $ENV{IMPORT_DEVICES} // 2000;
write_rows($names, map { sprintf 'user-%d,fcm,token-%d,act-%d,%s,', $_, $_,
    $_ + 100, $app } 1 .. $n);
my $from = time;
is_deeply [ counts() ], [ 0, "new=$n" ], "$n devices";
note sprintf '%.0f a minute', 60 * $n / (time - $from);
is_deeply [ counts() ], [ 0, "same=$n" ], 'and again';
is_deeply [ $o->sql("SELECT detail, object FROM push_audit WHERE action ="
    . " 'import.devices' LIMIT 1") ], [ [ 'NULL', $file ] ],
    'the audit trail knows of it';
done_testing;
