#!/usr/bin/perl
# Files that are replaced while all runs: the password at a proxy, and whom
# MariaDB's certificate is checked against. Each is read when the manual says.
use strict;
use warnings;
use Fault;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Test::More;

# Where the service user gets at them.
my $dir = tempdir('outpost-files-XXXXXX', TMPDIR => 1);
chmod 0755, $dir or die "$dir: $!\n";
my $owner = $> ? '' : getpwnam('www-data') ? 'www-data' : 'nobody';
my @children;

END {
	my $status = $?;
	kill 'TERM', @children if @children;
	waitpid $_, 0 for @children;
	remove_tree($dir) if $dir;
	$? = $status;
}

# At one stroke, and its owner's alone.
sub put { my ($name, $text) = @_;
	open my $f, '>', "$dir/.new" or die "$dir/.new: $!\n";
	chmod 0600, "$dir/.new";
	chown((getpwnam $owner)[2, 3], "$dir/.new") if $owner;
	print $f $text;
	close $f;
	rename "$dir/.new", "$dir/$name" or die "$name: $!\n" }

sub take { my ($name) = @_;
	open my $f, '<', "$dir/$name" or die "$name: $!\n";
	local $/;
	return scalar <$f> }

# --- a proxy ----------------------------------------------------------------

# One connection: lets through whoever has the password of its file, as long
# as that stays.
sub tunnel { my ($client) = @_;
	my ($head, $want) = ('', take('wanted'));
	sysread $client, $head, 1, length $head or return
	    until $head =~ /\r\n\r\n/;
	my ($host, $port) = $head =~ /^CONNECT (\S+):(\d+) / or return;
	my ($said) = $head =~ /^Proxy-Authorization: Basic (\S+)/mi;
	if (decode_base64($said // '') ne "outpost:$want") {
		syswrite $client, "HTTP/1.1 407 Who are you\r\n"
		    . "Content-Length: 0\r\n\r\n";
		return;
	}
	my $server = IO::Socket::INET->new(PeerAddr => $host,
	    PeerPort => $port) or return;
	syswrite $client, "HTTP/1.1 200 Go\r\n\r\n";
	my $both = IO::Select->new($client, $server);
	while (take('wanted') eq $want) {
		for my $from ($both->can_read(0.1)) {
			sysread $from, my $data, 65536 or return;
			my $to = $from == $client ? $server : $client;
			while (length $data) {
				my $n = syswrite $to, $data or return;
				substr $data, 0, $n, '';
			}
		}
	} }

my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20)
    or die "listen: $!\n";
my $proxy = $listen->sockport;
my $pid = fork // die "fork: $!\n";
if (!$pid) {
	$SIG{CHLD} = $SIG{PIPE} = 'IGNORE';
	while (1) {
		my $client = $listen->accept or next;
		my $child = fork // POSIX::_exit(1);
		next if $child;
		eval { tunnel($client) };
		POSIX::_exit(0);
	}
}
push @children, $pid;
close $listen;

# --- the stack --------------------------------------------------------------

for my $name (qw(ca other)) {
	system "openssl req -x509 -newkey ec -pkeyopt"
	    . " ec_paramgen_curve:P-256 -nodes -keyout $dir/$name.key"
	    . " -out $dir/$name.pem -subj /CN=$name -days 2"
	    . ' -addext subjectAltName=DNS:localhost 2>/dev/null';
	put("$name.$_", take("$name.$_")) for qw(key pem);
}
put('server.pem', take('ca.pem'));	# which stays when the other goes
put('wanted', 'first');
put('proxy', "first\n");
my $port = Outpost::free_port();
my $through = join "\n", "proxy = http://127.0.0.1:$proxy",
    'proxy_user = outpost', "proxy_password_file = $dir/proxy", '';
my $o = Fault->up(conf => join('', map { "[$_]\n$through" } qw(apns fcm hms)),
    db => "--skip-networking=0 --bind-address=127.0.0.1,127.0.0.2 --port=$port"
	. " --ssl-cert=$dir/server.pem --ssl-key=$dir/ca.key");
$o->app('mobile-app');
my @devices = ([ apns => 'a1' x 32 ], [ fcm => 'of-fcm' ], [ hms => 'of-hms' ]);
$o->device('mobile-app', 'ann', @$_) for @devices;

my $arrived = 0;
sub say_it { my ($name) = @_;
	my $r = $o->send('mobile-app', 'ann', mode => 'ASYNCHRONOUS');
	is $r->{status}, 200, "$name: queued" or diag $r->{body} }
sub arrives { my ($name) = @_;
	$arrived += @devices;
	ok $o->wait_for(60, sub { $o->ledger >= $arrived }),
	    "$name: all three arrive";
	$o->settled(120, "$name: and are known to have");
	is scalar(() = $o->ledger), $arrived, "$name: once" }

# --- the password at the proxy: at SIGHUP -----------------------------------

say_it('the right password');
arrives('the right password');
put('wanted', 'second');
# what flies through a tunnel that ends may have arrived, and goes again
ok $o->wait_for(60, sub { $o->read_file("/proc/$pid/task/$pid/children")
    eq '' }), 'the tunnels of the first end';
say_it('another is wanted');
ok $o->wait_for(60, sub { $o->log_text =~ /origin=\S+ why="[^"]*407/ }),
    'the proxy refuses, which is told';
is $o->waiting, 3, 'and all three wait';
unlink "$dir/proxy";
kill 'HUP', $o->pid('sendd');
ok $o->wait_for(60, sub { 3 == (() = $o->log_text =~
    /hold provider=\w+ app=\S+ why="cannot read secret file/g) }),
    'a SIGHUP without the file: told of each service';
is $o->waiting, 3, 'and they wait on';
put('proxy', "second\n");
kill 'HUP', $o->pid('sendd');
arrives('a SIGHUP with it');

# --- MariaDB's certificate: at each connection ------------------------------

# Who comes by TCP has another password than by the socket, and needs TLS.
for my $program (qw(sendd cli)) {
	put("db-$program", "by-tcp-$program\n");
	$o->sql("CREATE USER outpost_$program\@127.0.0.1 IDENTIFIED BY"
	    . " 'by-tcp-$program' REQUIRE SSL; GRANT ALL ON outpost.* TO"
	    . " outpost_$program\@127.0.0.1");
}
my $socket = $o->read_file($o->{conf});
sub by_tcp { my ($host, $ca, $more) = @_;
	$o->write_file($o->{conf}, "$socket\n[database]\nsocket =\n"
	    . "host = $host\nport = $port\ntls_ca = $dir/$ca.pem\n"
	    . "password_file = $dir/db-%p\n" . ($more // '') . "\n") }
# Connector/C 3.4, of MariaDB 11.8, believes any name of 127.0.0.1, and
# compares that of another address whatever it is told.
my $compares = $o->value('SELECT VERSION()') !~ /^10\./;
for my $case ([ 'localhost', 'other', '', 1 ], [ '127.0.0.2', 'ca', '', 1 ],
    [ '127.0.0.2', 'ca', "tls_verify = no", $compares ? 1 : 0 ],
    [ 'localhost', 'ca', '', 0 ]) {
	my ($host, $ca, $more, $wanted) = @$case;
	by_tcp($host, $ca, $more);
	my ($status, $said) = $o->outpost('queue');
	is $status, $wanted, "host $host, tls_ca $ca.pem $more: "
	    . ($wanted ? 'refused' : 'let in') or diag $said;
}

# sendd does not wait at its start for what waiting does not mend
by_tcp('localhost', 'other', "[sendd]\ndoorbell = $o->{run}/sock/early.sock");
my $early = fork // die "fork: $!\n";
if (!$early) {
	open STDOUT, '>', "$o->{run}/early.log";
	open STDERR, '>&', \*STDOUT;
	exec "$o->{run}/bin/sendd", '-c', $o->{conf};
	exit 127;
}
$o->{more}{early} = $early;
ok $o->wait_for(60, sub { waitpid($early, 1) == $early }),
    'sendd, with another authority, ends';
is $?, 1 << 8, 'with 1';
delete $o->{more}{early};
like $o->read_file("$o->{run}/early.log"), qr/cannot connect: TLS/, 'says why';
by_tcp('localhost', 'ca');

$o->stack('restart', 'sendd');
is $?, 0, 'sendd at localhost with TLS';
my @of_sendd = (' FROM information_schema.processlist WHERE user ='
    . " 'outpost_sendd'");
cmp_ok $o->value("SELECT COUNT(*) @of_sendd"), '>', 0, 'is there';
is $o->value("SELECT COUNT(*) @of_sendd AND host NOT LIKE '127.0.0.1:%'"), 0,
    'by TCP';
say_it('by TCP');
arrives('by TCP');

my $good = take('ca.pem');
put('ca.pem', take('other.pem'));
$o->cut('outpost_sendd');
ok $o->wait_for(60, sub { $o->log_text =~ /database: cannot connect: TLS/ }),
    'another authority: the next connection is refused, which is told';
say_it('meanwhile');
put('ca.pem', $good);
arrives('the right one is back');
ok $o->wait_for(60, sub { $o->log_text =~ /database is back/ }),
    'which is told';

$o->write_file($o->{conf}, $socket);
done_testing;
