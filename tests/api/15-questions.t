#!/usr/bin/perl
# outpost setup at a terminal: what it asks, wrong answers, no answer; and by
# flags, without a question. What it writes into the settings; the first
# integration; the doctor at its end.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use File::Path qw(remove_tree);
use Outpost;
use Setup;
use Terminal;
use Test::More;

my $port = Outpost::free_port();
my $o = Outpost->up(db => '--skip-networking=0 --bind-address=127.0.0.1'
    . " --port=$port");
my $dir = Setup::begin($o);
my @admin = ('--admin-user', scalar getpwuid $>);
my $socket = "$o->{run}/mariadb.sock";
my ($status, $said);

# What each question ends with.
my %ask = (where => qr/^Socket of MariaDB.* \[[^\]]*\]: \z/m,
    admin => qr/administrator \[root\]: \z/, password => qr/^Password: \z/m,
    key => qr/^File for the key .*: \z/m,
    web => qr/^User of a web server .* \[none\]: \z/m,
    name => qr/^Name of .* \[none\]: \z/m,
    roles => qr/^What it may do.* \[device,send\]: \z/m);

# At a terminal. The flag is for a question that only root is asked, and only
# where our group is.
sub at_terminal {
	my ($name, $flags, @dialogue) = @_;
	return Terminal::talk([ "$o->{bin}/outpost", '-c', "$dir/$name.conf",
	    'setup', '--web-user', 'none', @$flags ], @dialogue);
}

sub conf { return $o->read_file("$dir/$_[0].conf") }

# There is nothing of it: neither database, user nor file.
sub is_nothing_of {
	my ($name, $conf, $when) = @_;
	is_deeply [ $o->sql("SHOW DATABASES LIKE '$name%'"),
	    $o->sql("SELECT user FROM mysql.user WHERE user LIKE '$name%'"),
	    glob "$dir/$name/*" ], [], "$when: nothing was made";
	is conf($name), $conf, 'nor set';
}

# --- asked ------------------------------------------------------------------

my $asked = place('setup_asked');
my $before = conf($asked);
($status, $said) = at_terminal($asked, \@admin, $ask{where} => "\004");
is $status, 1, 'no answer to the first question';
like $said, qr/^outpost: no answer: nothing was changed$/m, 'is told';
is_nothing_of($asked, $before, 'then');
($status, $said) = at_terminal($asked, \@admin, $ask{where} => "\n",
    $ask{key} => "$dir/a.key\n", $ask{name} => "\003");
is $status, 130, 'Ctrl-C at a later one';
is_nothing_of($asked, $before, 'then');
($status, $said) = at_terminal($asked, \@admin,
    map { $ask{where} => "no place\n" } 1 .. 5);
is $status, 1, 'only wrong answers';
like $said, qr/^outpost: give an absolute path, HOST or HOST:PORT$/m,
    'end with the last';

($status, $said) = at_terminal($asked, \@admin,
    $ask{where} => "no place\n", $ask{where} => "localhost:0\n",
    $ask{where} => "/tmp/a;b\n", $ask{where} => "/nowhere.sock\n",
    $ask{where} => "\n",
    $ask{key} => "a.key\n", $ask{key} => "/nowhere/at/all.key\n",
    $ask{key} => "$dir/$asked.conf\n", $ask{key} => "$dir/a.key\n",
    $ask{name} => 'x' x 65 . "\n", $ask{name} => "my-backend\n",
    $ask{roles} => "device,king\n", $ask{roles} => "\n");
is $status, 0, 'setup with answers' or diag $said;
like $said, qr/^Enter takes what is in brackets/, 'it says how';
like $said, $_, 'a wrong answer is told' for qr/^a port is a number from 1/m,
    qr/^at most 160 characters, none of them ';'/m,
    qr/^as \S+: database: cannot connect: .*nowhere\.sock/m,
    qr/^give an absolute path$/m,
    qr{^there is no directory for /nowhere/at/all\.key$}m,
    qr/^secret file .* is open to |^\S+: not 32 bytes in hex/m,
    qr/^a name has 1 to 64 bytes/m, qr/^there is no role "king"; these are/m;
is conf($asked), $before =~ s/^key_file = .*/key_file = $dir\/a.key/mr,
    'the settings have the key file, and nothing else is changed';
like $said, qr{^set secrets\.key_file in \Q$dir/$asked\E\.conf$}m,
    'it says so';
like $o->read_file("$dir/a.key"), qr/^[0-9a-f]{64}\n\z/, 'the key is there';

my ($token, $secret) = $said =~ /^token  (\S+)\nsecret (\S+)$/m;
$o->{planted}->answer($said, 'outpost setup') if $o->{planted};
is_deeply rows($asked, 'SELECT name, token, secret_hash, roles, apps IS NULL'
    . ' FROM push_integration'), [ [ 'my-backend', $token // '',
    sha256_hex($secret // ''), 'device,send', 1 ] ],
    'the integration has the token and the secret that were shown';
is_deeply rows($asked, 'SELECT object, detail FROM push_audit WHERE action ='
    . " 'integration.create'"), [ [ 'my-backend',
    '{"name":"my-backend","role":"device,send"}' ] ],
    'the audit trail tells of it';
is rows($asked, "SELECT COUNT(*) FROM push_audit WHERE detail LIKE '%$token%'")
    ->[0][0], 0, 'but neither token nor secret';
like $said, qr/\n\nThe doctor:\n.*^error +sendd +no sendd runs/ms,
    'the doctor has the last word, and is not what decides';

($status, $said) = at_terminal($asked, [ @admin, '--no-doctor' ]);
is "$status $said", "0 nothing to do\n", 'a second run asks nothing';
$before = conf($asked);
($status, $said) = outpost($asked, 'setup', @admin, '--key-file',
    "$dir/b.key");
is $status, 1, 'another key file, when there is one, is refused';
like $said, qr/^outpost: --key-file: \S+a\.key is the key file already/,
    'by a sentence';
is conf($asked), $before, 'and the settings stay';

# --- nobody is asked --------------------------------------------------------

my $yes = place('setup_yes');
$before = conf($yes);
($status, $said) = at_terminal($yes, [ @admin, '--yes', '--no-doctor' ]);
is $status, 0, 'setup --yes' or diag $said;
unlike $said, qr/\]: /, 'asks nothing';
is conf($yes), $before, 'and changes no setting';
is rows($yes, 'SELECT COUNT(*) FROM push_integration')->[0][0], 0,
    'nor makes an integration';

my $flags = place('setup_flags');
my @all = (@admin, '--socket', $socket, '--key-file', "$dir/c.key",
    '--doorbell-key', "$dir/ring.key",
    '--integration', 'first', '--role', 'inbox', '--no-doctor');
($status, $said) = at_terminal($flags, \@all);
is $status, 0, 'all flags' or diag $said;
unlike $said, qr/\]: /, 'and no question';
like $said, qr/^token  \S+\nsecret \S+\n$/m, 'the secret is shown';
$o->{planted}->answer($said, 'outpost setup') if $o->{planted};
is rows($flags, 'SELECT roles FROM push_integration')->[0][0], 'inbox',
    'its roles are those of the flag';
like conf($flags), qr{^listen_key_file = \Q$dir\E/ring\.key$}m,
    'the key of the doorbell is set';
my $ring = $o->read_file("$dir/ring.key");
like $ring, qr/^[0-9a-f]{64}\n\z/, 'and made';
is +(stat "$dir/ring.key")[2] & 07, 0, 'for nobody else';
($status, $said) = at_terminal($flags, \@all);
is "$status $said", "0 nothing to do\n", 'the same flags again';
is $o->read_file("$dir/ring.key"), $ring, 'leave it as it is';
unlink "$dir/ring.key";
($status, $said) = outpost($flags, 'setup', @admin, '--no-doctor');
like $said, qr{^warning: \S+/ring\.key is missing: copy it from another}m,
    'one that is missing is not made again unasked';
ok !-e "$dir/ring.key", 'for it would be another key';

# --- without a terminal -----------------------------------------------------

my $plain = place('setup_plain');
$before = conf($plain);
for my $t ([ qr/--secret-file must say/, '--integration', 'first' ],
    [ qr/give --socket or --host/, '--socket', $socket, '--host', 'here' ],
    [ qr/--socket takes an absolute path/, '--socket', 'here' ],
    [ qr/--host takes HOST/, '--host', $socket ],
    [ qr/are for an --integration/, '--role', 'send' ],
    [ qr/are for an --integration/, '--secret-file', "$dir/none" ]) {
	my ($like, @flags) = @$t;
	($status, $said) = outpost($plain, 'setup', @admin, @flags);
	is $status, 2, "@flags: wrong usage";
	like $said, $like, 'with a sentence';
}
for my $t ([ qr/--integration: a name has/, '--integration', 'x' x 65 ],
    [ qr/--host: a port is/, '--host', 'here:0' ],
    [ qr/--integration: \S+ exists/, '--integration', 'first', '--secret-file',
	"$dir/$plain.conf" ],
    [ qr/--doorbell-key: secret file \S+\.conf/, '--doorbell-key',
	"$dir/setup_plain.conf" ],
    [ qr/--role: there is no role/, '--integration', 'first', '--secret-file',
	"$dir/first", '--role', 'king' ],
    [ qr/--admin-password-file: cannot read/, '--admin-password-file',
	'/nowhere/boss' ]) {
	my ($like, @flags) = @$t;
	($status, $said) = outpost($plain, 'setup', @admin, @flags);
	isnt $status, 0, "@flags[0 .. 1]: refused";
	like $said, $like, 'with a sentence';
}
is_nothing_of($plain, $before, 'by none of these');
my @first = ('--integration', 'first', '--secret-file', "$dir/first");
($status, $said) = setup($plain, @first);
is $status, 0, 'an integration by flags' or diag $said;
unlike $said, qr/secret +\S{20}|\]: /, 'its secret is not shown';
is sprintf('%o', (stat "$dir/first")[2] & 07777), '600',
    'the file is its owner\'s only';
my $written = $o->read_file("$dir/first");
($token, $secret) = $written =~
    /^integration first\ntoken  (\S+)\nsecret (\S+)\n\z/;
is_deeply rows($plain, 'SELECT token, secret_hash, roles FROM'
    . ' push_integration'), [ [ $token // '', sha256_hex($secret // ''),
    'device,send' ] ], 'and has what it takes';
is [ setup($plain, @first) ]->[1], "nothing to do\n", 'once';
is $o->read_file("$dir/first"), $written, 'the file stays';
($status, $said) = setup($plain, '--integration', 'second', '--secret-file',
    "$dir/first");
is $status, 1, 'a file that is there is not overwritten';
is rows($plain, 'SELECT COUNT(*) FROM push_integration')->[0][0], 1,
    'and without its file there is no integration';

($status, $said) = outpost($plain, 'setup', @admin, '--json');
is $status, 0, 'setup --json with the doctor';
$said =~ s/^[^{].*\n//mg;	# lines of the log
my $told = Outpost::json()->decode($said);
is $told->{doctor}{worst}, 'error', 'whose findings are a member';
ok scalar(grep { $_->{check} eq 'sendd' } @{ $told->{doctor}{findings} }),
    'with each';

# --- by a host, as an administrator with a password -------------------------

my $password = 'correct horse';
$o->sql("CREATE USER boss\@'%' IDENTIFIED BY '$password';"
    . " GRANT ALL ON *.* TO boss\@'%' WITH GRANT OPTION");
my $host = place('setup_host');
$before = conf($host);
($status, $said) = at_terminal($host, [], $ask{where} => "127.0.0.1:$port\n",
    $ask{admin} => "boss\n", $ask{password} => "\003");
is $status, 1, 'Ctrl-C instead of a password';
is_nothing_of($host, $before, 'then');
($status, $said) = outpost($host, 'setup', '--host', "127.0.0.1:$port");
is $status, 1, 'without a terminal, who is not let in';
like $said, qr/^outpost: --host: as root: .*; --admin-user and /,
    'is told of the flags';

# Behind it, the terminal is as before.
($status, $said) = Terminal::talk([ 'sh', '-c', '"$@"; echo "status $?";'
    . ' stty -a', 'sh', "$o->{bin}/outpost", '-c', "$dir/$host.conf", 'setup',
    '--web-user', 'none', '--no-doctor' ],
    $ask{where} => "127.0.0.1:$port\n", $ask{admin} => "boss\n",
    $ask{password} => "wrong\n", $ask{password} => "$password\n",
    $ask{key} => "\n", $ask{name} => "none\n");
like $said, qr/^status 0$/m, 'setup over a host' or diag $said;
like $said, qr/^as boss: database: .*Access denied/m,
    'a wrong password is told';
unlike $said, qr/wrong$|correct|horse/m, 'no password is shown';
like $said, qr/(?<!-)\b$_\b/, "the terminal has $_ again" for qw(isig echo);
is conf($host), $before =~ s/^socket = .*/socket = /mr
    =~ s/^password_file = .*\n\K/host = 127.0.0.1\nport = $port\n/mr,
    'the settings have the host and no socket';
is [ outpost($host, 'app', 'list') ]->[0], 0, 'and other commands use it';
$o->write_file("$dir/boss", "$password\n");
chmod 0600, "$dir/boss";
is [ outpost($host, 'setup', '--admin-user', 'boss', '--admin-password-file',
    "$dir/boss", '--no-doctor') ]->[1], "nothing to do\n",
    'without a terminal, a file has the password';
($status, $said) = at_terminal($host, [ '--admin-user', 'boss',
    '--no-doctor' ], $ask{password} => "$password\n");
is $status, 0, 'a second run asks for what is nowhere written' or diag $said;
unlike $said, qr/\]: /, 'and for nothing else';

# What stands in the settings is taken as it is, an address of IPv6 too.
my $six = place('setup_six');
$o->write_file("$dir/$six.conf", $before = conf($six)
    =~ s/^socket = .*/socket =\nhost = ::1\nport = 1/mr);
($status, $said) = outpost($six, 'setup');
is $status, 1, 'a host of the settings that does not answer';
like $said, qr/^outpost: as root: .* '::1'/, 'is the one that is meant';
is_nothing_of($six, $before, 'then');

# --- the web server's user ---------------------------------------------------

# Where /etc is one of its own, with our group.
my $web = place('setup_web');
SKIP: {
	my $etc = "$dir/etc";
	skip 'only root gives rights', 7 if $> != 0;
	skip 'no mounts of our own here', 7
	    if system "unshare -m true 2>/dev/null";
	mkdir $etc or die "$etc: $!\n";
	system 'cp', '-a', (map { "/etc/$_" } qw(passwd login.defs
	    nsswitch.conf ld.so.cache)), $etc;
	$o->write_file("$etc/group", $o->read_file('/etc/group')
	    =~ s/^outpost:.*\n//mr . "outpost:x:4711:\n");
	my @there = ('unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc &&'
	    . ' exec "$@"', $etc, "$o->{bin}/outpost", '-c', "$dir/$web.conf",
	    'setup', '--no-doctor', @admin, '--integration', 'none');
	($status, $said) = Terminal::talk(\@there, $ask{where} => "\n",
	    $ask{key} => "\n", $ask{web} => "no-such-user\n",
	    $ask{web} => "nobody\n");
	is $status, 0, 'setup for a web server of a user' or diag $said;
	like $said, qr/^there is no user no-such-user on this machine$/m,
	    'who must be there';
	like $said, qr/^added nobody to the group outpost: restart /m,
	    'it gives the rights';
	like $o->read_file("$etc/group"), qr/^outpost:x:4711:nobody$/m,
	    'so it is';
	is +(stat "$dir/$web/db-push")[2] & 07777, 0640, 'with the passwords';
	($status, $said) = Terminal::talk(\@there);
	is $status, 0, 'a second run';
	unlike $said, qr/\]: /, 'does not ask again';
}

$o->sql("DROP USER boss\@'%'");
$o->sql("DROP USER ${host}_$_\@'%'") for @programs;
forget($_) for $asked, $yes, $flags, $plain, $host, $six, $web;
remove_tree($dir);
done_testing;
