#!/usr/bin/perl
# The Debian package, and the README: on a booted machine with MariaDB, Apache
# and lighttpd that has a site of its own, the README's very commands lead from
# the package to a push received through each web server, over an upgrade, to
# the machine as it was; then the same by make install. Takes root and
# namespaces.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use POSIX qw(strftime);
use Test::More;

my $bin = abs_path($ENV{BIN} // 'build/release');
my $dir = abs_path('.') . "/build/test/install-$$";

plan skip_all => 'only root can make a machine' if $> != 0;

sub slurp {
	open my $f, '<', $_[0] or return '';
	local $/;
	return scalar <$f>;
}

sub run {
	my ($what, $command) = @_;
	my $said = qx($command 2>&1);
	is $?, 0, $what or diag $said;
	return $said;
}

# --- the machine is made meanwhile ------------------------------------------

make_path("$dir/stage/next");
my ($release) = slurp('/etc/os-release') =~ /^VERSION_CODENAME=(\w+)/m;
pipe my $end, my $stage or die "pipe: $!\n";
my $machine = fork // die "fork: $!\n";
if ($machine == 0) {
	open STDIN, '<&', $end or die "stdin: $!\n";
	open STDOUT, '>', "$dir/boot" or die "stdout: $!\n";
	open STDERR, '>&', \*STDOUT or die "stderr: $!\n";
	close $stage;
	exec 'tests/machine/debian', $dir, $release or die "debian: $!\n";
}
close $end;

# --- the package ------------------------------------------------------------

run('make deb', "tools/deb $dir/deb");
my ($deb) = glob "$dir/deb/outpost_*.deb";
die "no package\n" if !defined $deb;
my ($version) = slurp('Makefile') =~ /^version\s*:=\s*(\S+)/m;
is run('its version', "dpkg-deb -f $deb Version"), "$version-1\n",
    'is that of the programs';
run('the package of a later release', "cd $dir && dpkg-deb -R $deb next &&"
    . " sed -i 's/^Version: .*/Version: $version-2/' next/DEBIAN/control &&"
    . " dpkg-deb -b next stage/next/outpost_$version-2_next.deb");

# --- make install, by default -----------------------------------------------

run('make install', "make -s install O=$bin DESTDIR=$dir/root");
ok -f "$dir/root/etc/outpost/outpost.conf.example",
    'settings where the programs look';
like slurp("$dir/root/usr/local/lib/systemd/system/outpost-push.service"),
    qr{^ExecStart=/usr/local/libexec/outpost/push\.fcgi$}m,
    'units name the programs where they are';
run('for the machine', "cp -a $dir/root $dir/stage/default &&"
    . " make -ns uninstall O=$bin >$dir/stage/uninstall");

copy($_, "$dir/stage/" . s{.*/}{}r) or die "$_: $!\n" for $deb, 'README.md',
    'tests/machine/reader', 'tests/api/schema-2.sql', "$bin/provider";
chmod 0755, "$dir/stage/reader", "$dir/stage/provider";
close $stage;

# --- and boots while the rest is looked at ----------------------------------

# A second build.
open my $again, '-|', "tools/deb $dir/again 2>&1" or die "tools/deb: $!\n";
is run('lintian', "lintian --fail-on error,warning"
    . " --allow-root $dir/deb/*.changes"), '', 'has nothing to say';
run('make uninstall', "make -s uninstall O=$bin DESTDIR=$dir/root");
is qx(find $dir/root -type f), '', 'leaves no file';
my @files = qx(dpkg-deb -c $deb | awk '{ print \$6 }');
chomp @files;
my %has = map { $_ => 1 } @files;
ok $has{"./$_"}, "the package has $_" for qw(
    usr/share/bash-completion/completions/outpost
    usr/share/man/man7/outpost-api.7.gz
    usr/share/man/man7/outpost-console.7.gz usr/share/outpost/network.conf
    usr/share/outpost/htdocs/index.html
    usr/share/outpost/outpost.cron usr/share/outpost/webpush/index.html
    usr/share/outpost/webpush/sw.js usr/share/outpost/webpush/subscribe.php
    usr/lib/sysusers.d/outpost.conf usr/lib/tmpfiles.d/outpost.conf),
    map { "usr/share/doc/outpost/examples/$_" } qw(outpost-site.conf
    outpost.conf.example outpost-alerts.yml outpost-dashboard.json);
is_deeply [ grep { /-enabled/ } @files ], [], 'and enables no file';
waitpid $machine, 0;
my $forbidden = $? >> 8 == 77;
my $boot = slurp("$dir/boot");
my $log = slurp("$dir/log");
my %told = $log =~ /^([^ :][^:\n]*): (.*)$/mg;

sub told {
	my ($name, $want, $what) = @_;
	return is $told{$name}, $want, $what // "$name: $want";
}

# A push arrived, and the site is as it was.
sub served {
	my ($name) = @_;
	told("$name, send", 0, "$name: its calls");
	like $told{"$name, answer"} // '', qr/"sent":1/, "$name: sent";
	told("$name, pushes", 1, "$name: received");
	told("$name, doctor", '0 ', "$name: and the doctor likes it");
	own_site($name);
}

sub way {
	my ($name) = @_;
	told($name, 0, "$name: the README's commands");
	served($name);
}

sub own_site {
	my ($when) = @_;
	told("$when, page", 'my own site', "$when: the site is there");
	told("$when, part", 'site', "$when: and a part of it");
	told("$when, elsewhere", '404 0', "$when: and its other paths");
}

# https by a web server, for a name.
sub secure {
	my ($name) = @_;
	told($name, 0, "$name: the README's commands");
	like $told{"$name, answer"} // '', qr/"status":"OK"/, "$name: serves";
	told("$name, http", 404, "$name: and nothing without it");
	own_site($name);
}

# From the tables of an earlier release and the package before to these.
sub upgraded {
	my ($schema) = slurp('db/sql.h') =~ /^#define SQL_SCHEMA_NOW (\d+)/m;
	told("upgrade, $_", 'new', "an upgrade restarts $_") for qw(sendd push);
	told('upgrade, state', 'active active ');
	told('upgrade, meanwhile', 503, 'calls wait for outpost setup');
	told('upgrade, version before', 2);
	told('upgrade, version', $schema);
	told('upgrade, rows before', '1 1 integration.create 1');
	told('upgrade, rows after', '1 1 integration.create 0');
	told('upgrade, waited', 1, 'what waited is sent');
	told('upgrade, package', "$version-2");
	my $path = '/powerauth-push-server';
	told('upgrade, settings', qq(prefix = $path workers = 1)
	    . qq( var.outpost_prefix = "$path" ));
	served('upgraded');
}

sub removed {
	told('remove, state', 'inactive inactive ');
	told('remove, settings', '/etc/outpost/outpost.conf');
	like $told{'purge, says'} // '', qr/these stay/,
	    'purge says what it leaves';
	told('purge, site', 'Syntax OK', 'the virtual host does not miss it');
	like $told{'purge, kept'} // '', qr/secret\.key/, 'the key';
	told('purge, left', '', 'and nothing else');
	told('purge, database', 1, 'the devices');
	told('uninstall, left', '', 'make uninstall leaves nothing');
}

sub check {
	own_site($_) for qw(before installed removed purged uninstalled);
	told($_, 0) for qw(install setup maintain backup restore upgrade remove
	    purge uninstall), 'upgrade setup', 'by hand, setup';
	told('setup, asks', '[/run/mysqld/mysqld.sock]'
	    . ' [/etc/outpost/secret.key] [none] [none] ',
	    'setup asks on a terminal');
	told('installed, enabled', '', 'nothing is enabled by itself');
	told('installed, state', 'inactive inactive ', 'nothing is started');
	told('installed, users', 'outpost-sendd outpost '
	    . 'outpost-push outpost-admin outpost-inbox ', 'users are made');
	like $told{'installed, conffiles'} // '', qr{/$_ }, "a conffile: $_" for
	    'etc/outpost/outpost.conf', 'conf-available/50-outpost.conf',
	    'conf-available/outpost-proxy-fcgi.conf';
	way($_) for qw(proxy_fcgi fcgid cgi spawn lighttpd path), 'by hand';
	told('by hand, called doctor', '0 ', 'and /admin/doctor likes it');
	secure($_) for qw(https.Apache https.lighttpd);
	told('https.lighttpd, other hosts', 404);
	my $built = strftime('%Y-%m-%dT%T',
	    gmtime qx(dpkg-parsechangelog -S Timestamp));
	like $told{'https.Apache, answer'} // '', qr/"buildTime":"$built/,
	    'built at the time of its changelog';
	like $log, qr/fcgid says warning: whoever controls .* as www-data/,
	    'what --web-user means is said';
	told('web user', 'www-data outpost');
	told('password file', 'outpost-push www-data 640');
	told('secret of sendd', 'outpost-sendd root 600');
	told('maintain, at night', '0 ');
	served('restored');
	upgraded();
	removed();
	note map { "$_: $told{$_}\n" } grep { /seconds$/ } sort keys %told;
}

my @said = <$again>;
ok close $again, 'a second build' or diag @said;
is run('its sums', "cd $dir/again; sha256sum *.deb"),
    run('and those of the first', "cd $dir/deb; sha256sum *.deb"),
    'are the same';

SKIP: {
	skip "no machine within this one: $boot", 1 if $forbidden;
	ok defined $told{'all, seconds'}, 'the machine came to its end'
	    or diag $boot;
	check();
	diag $log if !Test::More->builder->is_passing;
}
remove_tree($dir) if !$ENV{KEEP};
done_testing;
