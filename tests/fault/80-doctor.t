#!/usr/bin/perl
# outpost doctor names each fault and its remedy, and nothing else; the call
# /admin/doctor says the same.
use strict;
use warnings;
use Fault;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX ();
use Test::More;

# Libraries are loaded before those of sanitizers.
$ENV{ASAN_OPTIONS} = join ':', 'verify_asan_link_order=0',
    $ENV{ASAN_OPTIONS} // ();

# MariaDB listens on TCP too, with a certificate that soon expires.
my $dir = tempdir('outpost-doctor-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my %db = (port => Outpost::free_port(), map { $_ => "$dir/db.$_" } qw(key pem));
system "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    . " -keyout $db{key} -out $db{pem} -subj /CN=db -days 5 -addext"
    . ' subjectAltName=DNS:localhost 2>/dev/null';
chmod 0755, $dir;
chmod 0644, $db{key};

my $room = 100;
my $o = Fault->up(via => 'apache-proxy', conf => "room = $room\n",
    db => '--log-bin=binlog --sync-binlog=1 --skip-networking=0'
	. " --bind-address=127.0.0.1 --port=$db{port} --ssl-cert=$db{pem}"
	. " --ssl-key=$db{key}");
our $url = "http://127.0.0.1:$o->{port}";
our @network = '--offline';	# quicker
$o->app('mobile-app');
$o->device('mobile-app', 'alice', 'apns', Outpost::apns_token('alice'));
$o->send('mobile-app', 'alice');

# The findings of the command that are no "ok", as hashes.
sub look {
	my ($status, $text) = $o->outpost('--json', 'doctor', '--url', $url,
	    @network);
	$text =~ s/^[^{].*\n//mg;	# lines of the log
	my $got = Outpost::json()->decode($text);
	return { status => $status, worst => $got->{worst},
	    all => $got->{findings},
	    bad => [ grep { $_->{level} ne 'ok' } @{ $got->{findings} } ] };
}

# Is there a finding of that check and level, with these words?
sub names {
	my ($check, $level, $seen, $remedy) = @_;
	my $got;
	my $found = $o->wait_for(60, sub {
		$got = look();
		return grep { $_->{check} eq $check && $_->{level} eq $level
		    && $_->{seen} =~ $seen && ($_->{remedy} // '') =~ $remedy
		    } @{ $got->{bad} };
	});
	ok $found, "$check: $seen" or diag explain $got->{bad};
	is $got->{status}, { note => 0, warning => 1, error => 2 }
	    ->{$got->{worst}}, "$check: the exit status is that of the worst";
	return $got;
}

# With more settings for the command alone.
sub with_settings {
	my ($more, $code) = @_;
	my $conf = "$o->{run}/more.conf";
	$o->write_file($conf, $o->read_file($o->{conf}) . $more);
	local $o->{conf} = $conf;
	$code->();
}

sub healthy {
	my ($when) = @_;
	my $got;
	ok $o->wait_for(60, sub { !@{ ($got = look())->{bad} } }),
	    "nothing is wrong $when" or diag explain $got->{bad};
	is $got->{status}, 0, 'exit status 0';
	return $got;
}

my $never = look();
is_deeply [ map { $_->{seen} } @{ $never->{bad} } ],
    ['outpost maintain has never removed old rows here'],
    'a machine whose cron has not been there yet';
is $never->{status}, 0, 'is well';
$o->outpost('maintain');
my $good = do { local @network; healthy('at first') };
diag explain $good if $ENV{SHOW};
my ($status, $text) = $o->outpost('doctor', '--quiet', '--url', $url);
is "$status $text", "0 all is well\n", 'nor does the table say so';

# --- the database -----------------------------------------------------------

for my $t ([ innodb_flush_log_at_trx_commit => 2, 1 ],
    [ sync_binlog => 0, 1 ], [ max_allowed_packet => 1 << 20, 16 << 20 ],
    [ max_connections => 50, 151 ]) {
	my ($name, $bad, $good) = @$t;
	$o->sql("SET GLOBAL $name = $bad");
	names('server', 'warning', qr/^$name is $bad\b/, qr/^Set $name = \d+/);
	$o->sql("SET GLOBAL $name = $good");
}

my $password = "SET PASSWORD FOR outpost_cli\@localhost = PASSWORD('%s')";
my $true = $o->read_file("$o->{run}/secrets/db-cli");
chomp $true;
$o->sql(sprintf $password, 'another');
my $got = names('database', 'error', qr/Access denied/,
    qr{^Put the password of this MariaDB user into \S+/db-cli, or remove});
is_deeply [ map { $_->{check} } @{ $got->{bad} } ], ['database'],
    'what needs the database is left out';
($status, $text) = $o->outpost('queue');
is $status, 1, 'another command fails';
is $text, 'outpost: MariaDB does not let the command in: run "outpost setup",'
    . qq( if it has run already "outpost doctor"\n), 'and points there';
$o->sql(sprintf $password, $true);
healthy('with the old password');

$o->sql('REVOKE DELETE ON outpost.push_outbox FROM outpost_sendd@localhost');
names('rights', 'error',
    qr/^MariaDB user outpost_sendd lacks 1 .* DELETE on push_outbox$/,
    qr/^Run "outpost setup"/);
$o->sql('GRANT DELETE ON outpost.push_outbox TO outpost_sendd@localhost');
$o->sql('REVOKE INSERT ON outpost.push_audit FROM outpost_admin@localhost');
my ($wrong) = grep { $_->{check} eq 'rights' } @{ $o->get('/admin/doctor')
    ->{json}{responseObject}{findings} };
like $wrong->{seen}, qr/^MariaDB user outpost_admin lacks 1 /,
    'the call looks at the rights of its own user';
$o->sql('GRANT INSERT ON outpost.push_audit TO outpost_admin@localhost');
healthy('with all rights');

# --- this machine -----------------------------------------------------------

{
	local $ENV{LD_PRELOAD} = "$o->{bin}/clock_shift.so";
	local $ENV{CLOCK_SHIFT} = 3600;
	names('clock', 'error', qr/^the clock of this .* is 3\d\d\ds ahead/,
	    qr/timedatectl/);
}

{
	local $ENV{LD_PRELOAD} = "$o->{bin}/disk_full.so";
	local $ENV{DISK_FULL} = $o->value('SELECT @@datadir');
	names('disk', 'error',
	    qr/^2 MB of 1024 are free at \Q$ENV{DISK_FULL}\E$/,
	    qr/^Make room, or give the database a larger disk/);
}

# --- files and sockets ------------------------------------------------------

for my $t ([ 'secrets/db-push', 'error', qr/^every user may open \S+db-push /,
	qr/^Close it: chmod o= \S+db-push, and change/ ],
    [ 'sendd.sock', 'warning', qr/^every user may talk to \S+sendd.sock /,
	qr/^Close it: chmod 0660 \S+sendd.sock/ ]) {
	my ($name, $level, @words) = @$t;
	my $file = $name eq 'sendd.sock' ? $o->read_file($o->{conf}) =~
	    /^doorbell\s*=\s*(\S+)/m && $1 : "$o->{run}/$name";
	my $mode = 07777 & (stat $file)[2];
	chmod $mode | 4, $file;
	names('files', $level, $words[0], $words[1]);
	chmod $mode, $file;
}
my ($web) = grep { $_->{check} eq 'files' && $_->{seen} =~ /^www-data/ }
    @{ healthy('with modes as they were')->{all} };
like $web->{seen}, qr/^www-data may read (no secret|.*db-push.*secret\.key)/,
    'what the user of the web server may read';

# --- the key file -----------------------------------------------------------

my ($key) = $o->read_file($o->{conf}) =~ /^key_file\s*=\s*(\S+)/m;
rename $key, "$key.kept" or die "$key: $!\n";
names('keys', 'error', qr/\Q$key\E: No such file/, qr/bring it back/);
$o->write_file($key, 'ab' x 32 . "\n");
chmod 0600, $key;
names('keys', 'error', qr/^not one of 3 sealed credentials opens: the key file/,
    qr/^Bring back the key file that belongs to this database/);
rename "$key.kept", $key or die "$key: $!\n";
healthy('with the right key file');

# --- the web server ---------------------------------------------------------

# Its settings, changed by the code, and those of Outpost's command.
sub web {
	my ($change) = @_;
	local $_ = my $before = $o->read_file("$o->{run}/web/outpost.conf");
	$change->();
	$o->write_file("$o->{run}/web/outpost.conf", $_);
	kill USR1 => $o->pid('web');	# Apache reads them again
	return sub { $_ = $before };
}

my $back = web(sub { s/^\s*CGIPassAuth On\n//mg });
names('web', 'note', qr/^\Q$url\E does not pass Authorization: that matters/,
    qr/^Set CGIPassAuth On for this path in Apache/);
with_settings("[api]\nauth = basic\n", sub { names('web', 'error',
    qr/not pass Authorization: every caller is answered 401/,
    qr/^Set CGIPassAuth On for this path in Apache/) });
web($back);
healthy('when Apache passes Authorization');

$back = web(sub { s{^\s*(Require all) granted$}
    {<LimitExcept DELETE>\n$1 granted\n</LimitExcept>
    <Limit DELETE>\n$1 denied\n</Limit>}m });
names('web', 'warning', qr/^\Q$url\E answers DELETE with 403, not as/,
    qr/^Let the web server.* pass DELETE with its body, or/);
web($back);

kill TERM => $o->pid('push');
names('web', 'error', qr/^\Q$url\E answers GET with 503, not as Outpost does/,
    qr/^Start the responders: systemctl start outpost-push\.socket /);
$o->stack('up');
kill TERM => $o->pid('inbox');
names('web', 'error',
    qr{^\Q$url\E/inbox/messages does not come to Outpost: it answers 503},
    qr/^Start the responders: systemctl start outpost-push\.socket /);
$o->stack('up');
healthy('when the responders run');
$back = web(sub { s{^(.*admin.*\n)}{#$1}mg });
names('web', 'note',
    qr{^\Q$url\E/admin/app/create does not come to Outpost: it answers 404},
    qr/^Enable Outpost's file for the web server/);
web($back);

# A responder of a release before, for as long as the test runs.
sub earlier_responder {
	my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1')
	    or die "a socket: $!\n";
	my $pid = fork // die "fork: $!\n";
	return ($pid, $s->sockport) if $pid;
	alarm 600;
	while (my $c = $s->accept) {
		while (defined(my $line = <$c>)) { last if $line !~ /\S/ }
		print $c "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		    '{"responseObject":{"version":"0.0.1"}}';
	}
	POSIX::_exit(0);
}
{
	my ($pid, $port) = earlier_responder();
	local $url = "http://127.0.0.1:$port";
	names('web', 'warning',
	    qr/^push\.fcgi is version 0\.0\.1, this program \d/,
	    qr/^Restart the responders: systemctl restart outpost-push /);
	kill TERM => $pid;
	waitpid $pid, 0;
}
{
	local $url = "http://127.0.0.1:$o->{port}/elsewhere/";
	names('web', 'error', qr{/elsewhere answers GET with 404, not as },
	    qr/^Enable Outpost's file for the web server/);
	local $url = 'http://127.0.0.1:1';
	names('web', 'error', qr{:1/push/service/status: \w.*connect},
	    qr/^Start the web server/);
}
($status, $text) = $o->outpost('doctor', '--url', 'example.com');
is $status, 2, 'an address without its scheme is refused';

# --- sendd ------------------------------------------------------------------

kill STOP => $o->pid('sendd');
names('sendd', 'error', qr/^no sendd runs/, qr/^Start it: systemctl start/);
kill CONT => $o->pid('sendd');
healthy('when sendd runs again');

# One of a release before, as its row tells.
$o->sql('INSERT INTO push_instance (name, started, seen, figures) VALUES'
    . " ('earlier', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 HOUR,"
    . q{ '{"version":"0.0.1"}')});
names('sendd', 'warning', qr/^sendd earlier is version 0\.0\.1, this program /,
    qr/^Restart it: systemctl restart outpost-sendd/);

# Another one, that reads not all and keeps none of the shards which the first
# gave back.
kill TERM => $o->pid('sendd');
ok $o->wait_for(60, sub { !$o->sql('SELECT 1 FROM push_shard'
    . " WHERE owner <> '' LIMIT 1") }), 'sendd has ended';
my ($version) = $o->read_file('Makefile') =~ /^version\s*:=\s*(\S+)/m;
$o->sql(qq(UPDATE push_instance SET figures = '{"version":"$version",)
    . q("unread":7,"clockAheadMs":-90000,"node":"db3","nodeAheadMs":20000}')
    . " WHERE name = 'earlier'");
names('sendd', 'error', @$_) for [ qr/^7 due rows are not read by sendd ear/,
    qr/^Restart it: systemctl restart outpost-sendd, and report/ ],
    [ qr/^64 of 64 shards have no owner: what lies there is not delivered$/,
    qr/raise \[sendd\] shards_max, or start the sendd that is missing/ ],
    [ qr/^the clock of sendd earlier is 90s behind the database's$/,
    qr/timedatectl/ ],
    [ qr/^the clock of the database's node db3 is 20\.0s ahead of that of the/,
    qr/^Let that node keep time/ ];
for my $t ([ 'sendd', '20 MINUTE', 'warning',
	qr/^sendd has removed old rows last 2\d minutes ago$/,
	qr/^Read its log, journalctl -u outpost-sendd/ ],
    [ 'maintain', '3 DAY', 'note',
	qr/^outpost maintain has removed old rows last 43\d\d minutes ago$/,
	qr/^Let cron run "outpost maintain" every day/ ]) {
	my ($program, $ago, $level, @words) = @$t;
	$o->sql("UPDATE push_maintenance SET ended = UTC_TIMESTAMP(3) -"
	    . " INTERVAL $ago WHERE program = '$program'");
	names('maintenance', $level, @words);
}
$o->sql("UPDATE push_maintenance SET ended = NULL WHERE program = 'sendd'");
names('maintenance', 'warning', qr/^sendd has never removed old rows here$/,
    qr/^Start sendd, which does so at once/);
$o->outpost('maintain');
$o->sql("DELETE FROM push_instance WHERE name = 'earlier'");
$o->stack('up');
healthy('without it');

# Of many devices that may be gone, the guard keeps those that are suspected;
# what another sendd saw.
sub another_saw {
	my ($accepted, $suspects, $gone) = @_;
	$o->sql('REPLACE INTO push_health (app_id, platform, environment,'
	    . ' instance, state, since, seen, accepted, suspects, gone)'
	    . " SELECT id, 1, 0, 'another', 'ok', UTC_TIMESTAMP(3),"
	    . " UTC_TIMESTAMP(3), $accepted, $suspects, $gone"
	    . " FROM push_app_credentials WHERE app_id = 'mobile-app'");
}
another_saw(3, 1, 0);
healthy('when one of a few is refused');
another_saw(30, 5, 5);
names('credentials', 'warning',
    qr/^the guard keeps the devices of application mobile-app: \w+ refuses/,
    qr/^Check bundle and environment of the application/);
$o->sql("DELETE FROM push_health WHERE instance = 'another'");
healthy('without these');

# A provider that does not answer leaves all in memory.
kill STOP => $o->pid('provider');
$o->seed('-a', 'mobile-app', '-n', 3 * $room);
names('sendd', 'warning',
    qr/^the queue of sendd \S+ is full: $room messages in memory$/,
    qr/^See "outpost queue" for what is slow or held; raise \[sendd\] room/);
kill CONT => $o->pid('provider');
$o->settled(120);
healthy('when the provider answers again');

# --- the network ------------------------------------------------------------

# The stand-in gets a certificate that was made so many days ago for so many, in
# the place of its own, which put_back brings back.
sub certify {
	my ($ago, $days) = @_;
	my $p = "$o->{run}/provider";
	rename "$p/server.pem", "$p/server.good" if !-e "$p/server.good";
	$o->write_file("$p/ext", 'subjectAltName=DNS:localhost,IP:127.0.0.1');
	local $ENV{LD_PRELOAD} = "$o->{bin}/clock_shift.so";
	local $ENV{CLOCK_SHIFT} = -86400 * $ago;
	system "openssl req -new -key $p/server.key -subj /CN=localhost |"
	    . " openssl x509 -req -CA $p/ca.pem -CAkey $p/ca.key -days $days"
	    . " -CAcreateserial -extfile $p/ext -out $p/server.pem"
	    . ' 2>/dev/null';
	$o->stack('restart', 'provider');
}
sub put_back {
	my $p = "$o->{run}/provider";
	rename "$p/server.good", "$p/server.pem" or die "$p: $!\n";
	$o->stack('restart', 'provider');
}

{
	local @network;
	my ($apns) = map { $_->{seen} } grep { $_->{check} eq 'network' &&
	    $_->{seen} =~ /^apns/ } @{ $good->{all} };
	like $apns, qr{^apns\ at\ https://127\.0\.0\.1:\d+/\ is\ reached\ in
	    \ \d+ms,\ certificate\ valid\ for\ 36\d\d\ days;
	    \ the\ last\ push\ was\ answered\ 200,\ \d+s\ ago\z}x,
	    'how APNs is reached, and what it has answered';
	$o->control({ ahead => 3600 });
	names('network', 'error',
	    qr/^the clock of apns at \S+ is 3\d\d\ds ahead/, qr/timedatectl/);
	kill TERM => $o->pid('provider');
	names('network', 'error', qr/^apns at \S+ is not reached: .*connect/i,
	    qr/^Let the firewall pass .* or name a proxy, in \[apns\]/);
	$o->stack('up');
	certify(40, 10);
	names('network', 'error',
	    qr/^the certificate of apns at \S+ expired (29|30) days ago$/,
	    qr/^Let whoever runs that server renew it/);
	with_settings("[apns]\nca_file = $o->{run}/provider/server.pem\n",
	    sub { names('certificates', 'error',
		qr/^the CA in \S+server\.pem expired (29|30) days ago$/,
		qr/^Put the CA's present .* \[apns\] ca_file name another/) });
	certify(0, 5);
	names('network', 'warning',
	    qr/^the certificate of apns at \S+ expires in 4 days$/,
	    qr/^Let whoever runs that server renew it/);
	my $conf = $o->read_file($o->{conf});
	my ($ca) = $conf =~ /^(ca_file = .*)/m;
	my ($address) = $conf =~ m{^send_url = (https://[^/]+)}m;
	$o->write_file($o->{conf},
	    $conf . "[powerauth]\nurl = $address/rest\n$ca\n"
	    . "[hms]\nproxy = http://127.0.0.1:1\n");
	$o->stack('restart', 'sendd');
	names('network', 'warning', qr{^the\ certificate\ of\ powerauth\ at
	    \ \Q$address\E/rest\ expires\ in\ 4\ days\z}x,
	    qr/^Let whoever runs that server renew it/);
	# nothing was sent by HMS since that sendd has started
	names('network', 'warning',
	    qr{^hms\ at\ \S+\ through\ http://127\.0\.0\.1:1\ is\ not
	    \ reached:\ .}x, qr/^Let the proxy pass CONNECT .* in \[hms\]\.$/);
	$o->write_file($o->{conf}, $conf);
	$o->stack('restart', 'sendd');
	put_back();
	healthy('with a certificate for years');
	kill STOP => $o->pid('sendd');
	names('network', 'note', qr/^not looked at: no sendd runs/,
	    qr/^Start sendd/);
	kill CONT => $o->pid('sendd');
}

# MariaDB's, which is seen by TCP.
$o->write_file("$o->{run}/db-tcp", "by-tcp\n");
$o->sql("CREATE USER outpost_cli\@127.0.0.1 IDENTIFIED BY 'by-tcp'"
    . ' REQUIRE SSL; GRANT ALL ON outpost.* TO outpost_cli@127.0.0.1');
with_settings("[database]\nsocket =\nhost = localhost\nport = $db{port}\n"
    . "tls_ca = $db{pem}\npassword_file = $o->{run}/db-tcp\n",
    sub { names('certificates', 'warning',
	qr/^MariaDB's certificate expires in 4 days$/,
	qr/^Renew it \(ssl_cert .* FLUSH SSL/) });
healthy('by the socket');

# --- providers and applications ---------------------------------------------

$o->app('wrong-app', wrong_apns => 1);
$o->device('wrong-app', 'bob', 'apns', Outpost::apns_token('bob'));
$o->send('wrong-app', 'bob', mode => 'ASYNCHRONOUS');
names('credentials', 'error',
    qr/^apns does not accept application wrong-app: InvalidProviderToken/,
    qr/^Correct the credential with "outpost app apns wrong-app"/);
$o->credentials('wrong-app');
healthy('with the right key');

$o->app('other-app', bundle => 'com.example.another');
$o->device('other-app', 'carol', 'apns', Outpost::apns_token('carol'));
$o->send('other-app', 'carol', mode => 'ASYNCHRONOUS');
names('credentials', 'error',
    qr/^apns does not accept application other-app: TopicDisallowed/,
    qr/^Correct the credential with "outpost app apns other-app"/);
$o->credentials('other-app');
healthy('with the right bundle');

$o->outpost('hold', 'mobile-app', '--reason', 'a try');
names('holds', 'note', qr/^mobile-app .* held by an operator: a try/,
    qr/^End it with "outpost release mobile-app"/);
$o->outpost('release', 'mobile-app');
healthy('after the release');

# --- the call ---------------------------------------------------------------

# What each check finds; but for those that see less from there.
sub levels {
	return [ map { "$_->{check} $_->{level}" }
	    grep { $_->{check} !~ /^(rights|files)$/ } @{ $_[0] } ];
}

my $all = do { local @network; look()->{all} };
is_deeply levels($o->get('/admin/doctor')->{json}{responseObject}{findings}),
    levels($all), 'the call finds what the command finds';

done_testing;
