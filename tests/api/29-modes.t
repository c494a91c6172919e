#!/usr/bin/perl
# Files and sockets of a running stack: who may read, who may connect. And
# that what is open to everybody is refused. (28-units.t looks at a machine
# that was set up by the manual.)
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my $secrets = "$o->{run}/secrets";
my @programs = qw(push inbox admin sendd cli maintain);

sub others { return (stat $_[0])[2] & 07 }
sub owner { return (stat $_[0])[4] }

# --- as the stack made them -------------------------------------------------

my $service = owner("$o->{run}/sock/sendd.sock");
for my $file ('secret.key', map { "db-$_" } @programs) {
	is others("$secrets/$file"), 0, "$file: not for others";
	is owner("$secrets/$file"), $service, "$file: of the service";
}
is others($secrets), 0, 'their directory: closed to others';
is others("$o->{run}/mariadb"), 0, "the database's directory: too";
is others($o->{conf}) & 02, 0, 'settings: others may not write';
is((stat "$o->{run}/sock/sendd.sock")[2] & 07777, 0660, 'the doorbell');
my @sockets = grep { -S } glob "$o->{run}/sock/fcgi-*";
cmp_ok scalar @sockets, '>=', 3, 'sockets of the responders';
is others($_) & 02, 0, "$_: others cannot connect" for @sockets;
is others($_) & 02, 0, "$_: others cannot write"
    for glob("$o->{run}/logs/*"), glob("$o->{run}/bin/*");

# --- open to everybody ------------------------------------------------------

sub says {
	my ($program, @words) = @_;
	my $said = qx($o->{run}/bin/$program -c $o->{conf} @words 2>&1);
	return ($? >> 8, $said);
}

my ($status, $said) = $o->outpost('app', 'list');
is $status, 0, 'the command works' or diag $said;
chmod 0644, "$secrets/db-cli" or die "chmod: $!\n";
($status, $said) = $o->outpost('app', 'list');
is $status, 1, 'a password that everybody may read is refused';
like $said, qr{/secrets/db-cli is open to everybody: chmod o= it},
    'by a sentence';
chmod 0640, "$secrets/db-cli" or die "chmod: $!\n";
is +($o->outpost('app', 'list'))[0], 0, 'one that its group may read is not';

chmod 0644, "$secrets/secret.key" or die "chmod: $!\n";
($status, $said) = says('admin.fcgi', '-s', "$o->{run}/other.sock");
is $status, 1, 'so is the key file';
like $said, qr/secret\.key.* everybody/, 'by a sentence';
chmod 0600, "$secrets/secret.key" or die "chmod: $!\n";

chmod 0646, $o->{conf} or die "chmod: $!\n";
for my $program (qw(sendd push.fcgi admin.fcgi inbox.fcgi)) {
	($status, $said) = says($program, '-n');
	is $status, 1, "$program: no settings that everybody may write";
	like $said, qr/everybody may change settings \Q$o->{conf}\E/,
	    "$program: says so";
}
chmod 0644, $o->{conf} or die "chmod: $!\n";
is +(says('sendd', '-n'))[0], 0, 'reading them is fine: they hold no secret';

# --- settings that do not go together ---------------------------------------

# Four eyes, and callers who have no names.
my $good = $o->read_file($o->{conf});
$o->write_file($o->{conf}, "$good\n[api]\nauth = none\n[campaign]\n"
    . "approval = yes\n");
for my $program (qw(sendd push.fcgi admin.fcgi inbox.fcgi)) {
	($status, $said) = says($program, '-n');
	is $status, 1, "$program -n: an approval needs callers with names";
	like $said, qr/campaign\.approval needs two integrations/,
	    'and says so';
}
$o->write_file($o->{conf}, $good);
is +(says('sendd', '-n'))[0], 0, 'without it all is well';

done_testing;
