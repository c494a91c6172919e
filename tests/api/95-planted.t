#!/usr/bin/perl
# No secret in a log, an argv, an environment, an answer or a core file. That
# every other test is searched for them is done by Outpost.pm; here is shown
# that the search finds what is there, then programs are led into the
# temptation to say too much, and looked at from outside.
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Outpost;
use Test::More;

# what may have core files has them, if it does not see to it itself
system 'prlimit', "--pid=$$", '--core=unlimited:unlimited';

my $o = Outpost->up(auth => 'basic', conf => "[message]\nstorage = yes\n");
my $p = $o->{planted};
my ($said, $status);
($status, $said) = $o->outpost('integration', 'create', '--name', 'planted',
    '--role', 'device,send,campaign,inbox,admin,status', '--json');
my $caller = Outpost::json()->decode($said);
my $pair = encode_base64("$caller->{token}:$caller->{secret}", '');
my %as = (headers => { authorization => "Basic $pair" });
my $k = $o->{keys};

sub object { return { requestObject => $_[0] } }
sub call { my ($method, $path, $object) = @_;
	return $o->request($method, $path, object($object), %as) }
sub file64 { return encode_base64($o->read_file($_[0]), '') }

my $device = 'f00dfeed' x 8;
my $title = 'LeakScan: your balance is 745';
sub set_apns { return call(PUT => '/admin/app/apns', {
    appId => 'planted-app', bundle => $k->{apns}{bundle},
    keyId => $k->{apns}{key_id}, teamId => $k->{apns}{team_id},
    privateKeyBase64 => file64($_[0]) }) }
is call(POST => '/admin/app/create', { appId => 'planted-app' })->{status},
    200, 'an application';
is set_apns($k->{apns}{key_file})->{status}, 200, 'with a key of APNs';
is call(PUT => '/admin/app/fcm', { appId => 'planted-app',
    projectId => $k->{fcm}{project_id},
    privateKeyBase64 => file64($k->{fcm}{account_file}) })->{status}, 200,
    'of FCM';
is call(PUT => '/admin/app/hms', { appId => 'planted-app',
    projectId => $k->{hms}{project_id}, clientId => $k->{hms}{client_id},
    clientSecret => $k->{hms}{client_secret} })->{status}, 200, 'of HMS';
my %token = (apns => $device, fcm => 'planted:fcm-0123456789abcdef0123456789',
    hms => 'planted-hms-0123456789abcdef0123456789');
sub add_device { my ($platform, $token, %more) = @_;
	return call(POST => '/push/device/create', {
	    appId => 'planted-app', userId => 'planted-user',
	    activationId => Outpost::uuid(), platform => $platform,
	    token => $token, %more }) }
is add_device($_, $token{$_})->{status}, 200, "a device of $_"
    for sort keys %token;
sub send_one { my ($mode, %body) = @_;
	return call(POST => '/push/message/send', { appId => 'planted-app',
	    mode => $mode, message => { userId => 'planted-user', body => {
		title => $title, body => 'LeakScan: 0815', extras => {
		    account => 'CZ00-planted-account' }, %body } } }) }
is send_one('SYNCHRONOUS')->{status}, 200, 'a message to all';
$p->logs;
$p->processes;
is_deeply [ $p->found ], [], 'all that went well, and nothing is said of it';

# --- the search finds what is there -----------------------------------------

my $log = "$o->{run}/logs/planted.log";

sub finds { my ($name, $line, $kind) = @_;
	$o->write_file($log, "<6>first line\n<6>here: $line.\n");
	$p->logs;
	unlink $log;
	my @found = $p->found;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like $found[0] // 'nothing', qr/planted\.log:2: \Q$kind\E, /,
	    "found: $name";
	my ($long) = $line =~ /(\S{20,})/;
	unlike "@found", qr/\Q$long\E/, '... and not told whole' if $long }

sub first_line { return (split /\n/, $o->read_file($_[0]))[$_[1] // 0] }

my $pem = first_line($k->{apns}{key_file}, 2);
my $rsa = (split /\n/, Outpost::json()->decode($o->read_file(
    $k->{fcm}{account_file}))->{private_key})[3];
my $secret = $k->{hms}{client_secret};
(my $url = $secret) =~ s/(\W)/sprintf '%%%02X', ord $1/ge;
my $box = first_line("$o->{run}/secrets/secret.key");
finds 'a line of an APNs key', $pem, 'private key';
finds 'a whole key in base64', file64($k->{apns}{key_file}), 'private key';
finds 'a part of a service account', $rsa, 'private key';
finds 'the head of a key', '-----BEGIN PRIVATE KEY-----', 'private key';
finds 'a client secret', $secret, 'client secret';
finds 'one in a form', "client_secret=$url&x=1", 'client secret';
finds 'one in hex', unpack('H*', $secret), 'client secret';
finds 'the key of the boxes', $box, 'secret of a file';
finds "a program's password at the database",
    first_line("$o->{run}/secrets/db-push"), 'secret of a file';
finds "a caller's secret", $caller->{secret}, 'secret of a caller';
finds 'a token and secret in base64', $pair, 'Authorization';
finds 'a header', 'Authorization: Basic dGVzdDp0ZXN0', 'Authorization';
finds 'a JWT', 'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0.c2ln', 'JWT';
finds 'an access token', 'ya29.0123456789abcdef', 'access token';
finds 'a device token', $device, 'device token';
finds 'the start of any token', 'token=0123456 try=1',
    'more of a token than 6 characters';
finds 'a title', "error=\"$title\"", 'text of a message';
finds 'an extra', 'CZ00-planted-account', 'extras';
$o->write_file($log, "<6>sent token=f00dfe... try=1\n");
$p->logs;
is_deeply [ $p->found ], [], 'six characters of a token may be seen';
unlink $log;

sub child { my ($variable, @words) = @_;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		$ENV{PLANTED} = $variable;
		exec 'sh', '-c', 'read x', "$o->{run}/planted", @words;
	}
	return $pid }
sub finds_in { my ($name, $file, @child) = @_;
	pipe my $read, my $write or die "pipe: $!\n";
	open my $stdin, '<&', \*STDIN;
	open STDIN, '<&', $read;
	my $pid = child(@child);
	my ($said) = $o->wait_for(60, sub { $p->processes;
	    return join ' ', $p->found });
	close $write;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	open STDIN, '<&', $stdin;
	like $said // '', qr{^/proc/$pid/$file:\d+: client secret}, $name }
finds_in('found: a word of a command', 'cmdline', '', $secret);
finds_in('found: a variable of the environment', 'environ', $secret);
$p->answer(qq({"secret":"$caller->{secret}"}), 'GET /somewhere');
like join(' ', $p->found), qr{GET /somewhere:1: secret of a caller},
    'found: a secret that is told a second time';

# and a finding fails its test: one of a line
my $test = qq{use Outpost; use Test::More; my \$o = Outpost->up; ok 1;}
    . qq{ \$o->write_file("\$o->{run}/logs/x.log", \$o->read_file(}
    . qq{"\$o->{run}/secrets/secret.key")); done_testing;};
my $out = do { local $ENV{VIA} = 'direct'; qx($^X -e '$test' 2>&1) };
isnt $?, 0, 'a finding fails the test that left it';
like $out, qr{^leaked: \S+/logs/x\.log:1: secret of a file, }m,
    'which says where';
unlike $out, qr/\Q$box\E/, 'and not what';

# --- temptations ------------------------------------------------------------

sub raw { my ($method, $path, $body) = @_;
	return $o->request($method, $path, $body, %as) }
sub refused { my ($name, $r) = @_;
	cmp_ok $r->{status}, '>=', 400, "refused: $name" }

refused 'JSON that ends early', raw(POST => '/push/device/create',
    qq({"requestObject":{"appId":"planted-app","token":"$device"));
refused 'JSON with a stray word', raw(PUT => '/admin/app/hms',
    qq({"requestObject":{"clientSecret":"$url" $url}}));
refused 'a secret of a wrong type', call(PUT => '/admin/app/hms', {
    appId => 'planted-app', projectId => '1', clientId => '2',
    clientSecret => { is => $secret } });
refused 'a key that is none', call(PUT => '/admin/app/apns', {
    appId => 'planted-app', bundle => 'b', keyId => 'k', teamId => 't',
    privateKeyBase64 => encode_base64("-----BEGIN PRIVATE KEY-----\n"
    . "$box\n-----END PRIVATE KEY-----\n", '') });
refused 'a service account that is none', call(PUT => '/admin/app/fcm', {
    appId => 'planted-app', projectId => 'p', privateKeyBase64 =>
    encode_base64(qq({"type":"$box","private_key":"$box"}), '') });
refused 'an account cut short', call(PUT => '/admin/app/fcm', {
    appId => 'planted-app', projectId => 'p', privateKeyBase64 =>
    encode_base64(substr($o->read_file($k->{fcm}{account_file}), 0, 900),
    '') });
refused 'a token as an application', call(POST => '/push/message/send', {
    appId => $device, message => { userId => 'u',
	body => { title => $title } } });
refused 'a token as a path', raw(GET => "/push/device/$device");
refused 'a token as a method', raw(POST => "/$device?token=$device", '');
refused 'a token in a query', raw(GET =>
    "/push/campaign/99/detail?token=$device");
refused 'a secret in a query', raw(GET => "/push/$url?secret=$url");
refused 'a platform that is none', add_device($device, $device);
refused 'a token that is too long', add_device('fcm', $device x 600);
refused 'a text that is too long', send_one('ASYNCHRONOUS',
    extras => { text => "$title " x 40000 });
refused 'a wrong secret', $o->get('/push/campaign/list', headers => {
    authorization => 'Basic ' . encode_base64("$caller->{token}:$box", '')
    });
refused 'a header that is none', $o->get('/push/campaign/list',
    headers => { authorization => "Basic $caller->{secret}" });
refused 'a bearer of something else', $o->get('/push/campaign/list',
    headers => { authorization => "Bearer $pair" });

# MariaDB quotes values in its errors
$o->sql('ALTER TABLE push_device_registration'
    . ' ADD UNIQUE KEY planted_key (push_token)');
call(POST => '/admin/app/create', { appId => 'other-app' });
my $r = call(POST => '/push/device/create', { appId => 'other-app',
    userId => 'u', activationId => Outpost::uuid(), platform => 'apns',
    token => $device });
is $r->{status}, 409, 'a device of a key that is there';
$o->sql('ALTER TABLE push_device_registration DROP KEY planted_key');
$o->sql('ALTER TABLE push_message MODIFY message_body TEXT'
    . ' CHARACTER SET ascii NOT NULL');
is send_one('ASYNCHRONOUS', title => "$title \x{1f600}")->{status}, 500,
    'a text that does not fit its column';
$o->sql('ALTER TABLE push_message MODIFY message_body TEXT'
    . ' CHARACTER SET utf8mb4 NOT NULL');
my $logs = join '', map { $o->read_file($_) } glob "$o->{run}/logs/*";
like $logs, qr/there is such a row already, key planted_key \(1062\)/,
    'the log names the key';
like $logs, qr/a value does not fit its column or type \(1366\)/,
    'and that a value did not fit';

# providers that say back what they were sent
for my $provider (qw(apns fcm hms)) {
	$o->control({ mode => 'echo', provider => $provider });
	is send_one('SYNCHRONOUS')->{status}, 200,
	    "$provider says back what it was sent";
}
$o->control({ mode => 'normal' });
for my $pair ([ google => 'fcm' ], [ huawei => 'hms' ]) {
	my ($server, $provider) = @$pair;
	$o->control({ mode => 'echo', provider => $server });
	$o->control({ revoke => JSON::PP::true() });
	# a new credential asks for a token
	$o->sql('UPDATE push_app_credentials SET version = version + 1');
	ok $o->wait_for(60, sub { send_one('ASYNCHRONOUS');
	    $o->read_file("$o->{run}/logs/sendd.log") =~
		/hold provider=$provider .*token server: .*HTTP 400/ }),
	    "the token server of $server says back what it was sent";
}
$o->control({ mode => 'normal' });
is set_apns($k->{apns}{wrong_key_file})->{status}, 200, 'a wrong key';
ok $o->wait_for(60, sub { send_one('ASYNCHRONOUS');
    $o->read_file("$o->{run}/logs/sendd.log") =~
	/hold provider=apns .*InvalidProviderToken/ }), 'is told as one';

# the command
for my $words ([ 'app', 'list', '--json' ], [ 'app', 'show', 'planted-app',
    '--json' ], [ 'integration', 'list', '--json' ], [ 'queue', '--json' ],
    [ 'device', 'list', 'planted-user', '--json' ],
    [ 'app', 'hms', 'planted-app', "--client-secret=$secret" ],
    [ 'app', 'apns', 'planted-app', '--key-id', 'k', '--team-id', 't',
	'--bundle', 'b', '--key-file', "$o->{run}/secrets/secret.key" ]) {
	($status, $said) = $o->outpost(@$words);
	isnt $said, '', "outpost @$words[0, 1] says something";
}
for my $program (qw(push.fcgi admin.fcgi inbox.fcgi sendd)) {
	$said = qx($o->{bin}/$program -c $o->{conf} -T);
	like $said, qr/^password_file = /m, "$program -T names files";
	$p->answer($said, "$program -T");
}

# --- from outside -----------------------------------------------------------

my $sanitized = $o->read_file("$o->{bin}/sendd") =~ /__[al]san_init/;
my @as_service = $> ? () : (qw(setpriv --reuid=www-data --regid=www-data
    --clear-groups --));

sub ours { return grep { (Outpost::words_of($_))[0] =~
    m{/bin/(?:sendd|\w+\.fcgi)$} } $p->pids }
# One more sendd, aborted in a directory where it may leave a core file.
# Answers what its own user may read of it, its limit, and the core files.
# By its real name: the way to the link may be closed to the service's user.
my $run = readlink($o->{run}) // $o->{run};
my $cores = "$run/tmp";
sub core_limit { return $o->read_file("/proc/$_[0]/limits") =~
    /^Max core file size +(\w+)/m ? $1 : '' }
my $pattern = $o->read_file('/proc/sys/kernel/core_pattern');

sub aborted { my ($setting) = @_;
	my $conf = "$run/cores.conf";
	my $bell = "$run/sock/cores.sock";
	$o->write_file($conf, $o->read_file($o->{conf}) . "\n[secrets]\n"
	    . "core_dumps = $setting\n[sendd]\ninstance = cores\n"
	    . "doorbell = $bell\n");
	chmod 0644, $conf;
	unlink $bell;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDERR, '>>', "$run/logs/cores.log";
		chdir $cores;
		exec @as_service, "$run/bin/sendd", '-c', $conf;
		exit 127;
	}
	$o->wait_for(60, sub { -S $bell }) or die "no sendd\n";
	my $seen = qx(@as_service head -c 1 /proc/$pid/environ 2>&1);
	my $limit = core_limit($pid);
	kill 'ABRT', $pid;
	waitpid $pid, 0;
	my @left = glob "$cores/core*";
	unlink @left;
	return ($seen, $limit, scalar @left) }

SKIP: {
	skip 'a sanitizer looks at itself', 1 if $sanitized;
	my @pids = ours();
	# under CGI no responder outlives its call
	cmp_ok scalar(@pids), '>=', $o->{via} eq 'apache-cgi' ? 1 : 2,
	    'sendd and responders run';
	for my $pid (@pids) {
		my $name = (Outpost::words_of($pid))[0] =~ s{.*/}{}r;
		ok qx(@as_service head -c 1 /proc/$pid/environ 2>&1) =~
		    /denied/, "$name: no look at it for its own user";
		like $o->read_file("/proc/$pid/limits"),
		    qr/^Max core file size +0 +0 /m, "$name: no core file";
	}
	my ($seen, $limit, $left) = aborted('no');
	like $seen, qr/denied/, 'another sendd keeps to itself';
	is $left, 0, 'and leaves no core file when it aborts';
	($seen, $limit, $left) = aborted('yes');
	is length $seen, 1, 'unless core_dumps is set';
	is $limit, core_limit($$), 'which leaves the limit alone';
	cmp_ok $left, '>', 0, 'and the file is there'
	    if $pattern !~ m{[|/]} && -w $cores && $limit ne '0';
}

done_testing;
