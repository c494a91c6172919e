# A stack of its own for a test, and the words to talk to it.
#
#   use Outpost;
#   my $o = Outpost->up;                      # VIA, BIN from the environment
#   my $r = $o->post('/push/device/create', { requestObject => {...} });
#   is $r->{status}, 200;  is $r->{json}{status}, 'OK';
#   $o->app('mobile-app');                    # with the stand-in's credentials
#   my @lines = $o->ledger;                   # what the providers accepted
#   my @rows = $o->sql('SELECT ...');         # arrays of columns
#
# VIA: lighttpd (default), apache-fcgid, apache-proxy, apache-cgi, direct
# (FastCGI over the unix socket, no web server between). OUTPOST_RUN: use the
# stack that runs there and leave it running. The stack goes down at the end,
# and is searched for secrets that leaked (LeakScan.pm): one fails the test.
package Outpost;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use Getopt::Std qw(getopts);
use HTTP::Tiny;
use IO::Socket::INET;
use IO::Socket::UNIX;
use IPC::Open2;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use LeakScan;
use Time::HiRes qw(time sleep);

my $root = abs_path(dirname(__FILE__) . '/../..');
my $patience = $ENV{PATIENCE} // 1;	# everything is slow under valgrind
my (@open, @leaks, @ports);
my $count = 0;

sub json { JSON::PP->new->utf8->canonical->allow_nonref }

# Below those that the system gives to whoever connects somewhere: one of
# them could be taken before the server begins to listen. Nor does another
# test take it, as long as this one has the name.
sub free_port {
	for (1 .. 200) {
		my $port = 15000 + int rand 17000;
		my $name = IO::Socket::UNIX->new(Listen => 1,
		    Local => "\0outpost-test-port-$port") or next;
		my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
		    LocalPort => $port, Listen => 1) or next;
		push @ports, $name;
		return $port;
	}
	die "no free port: $!\n";
}

# options: conf => lines for outpost.conf, db => words for mariadbd, via,
# name, auth
sub up {
	my ($class, %o) = @_;
	my $via = $o{via} // $ENV{VIA} // 'lighttpd';
	my $self = bless { via => $via, auth => $o{auth} // 'none',
	    db => $o{db} // '',
	    bin => abs_path($ENV{BIN} // "$root/build/release") }, $class;
	if ($ENV{OUTPOST_RUN} && !$o{conf} && !$o{db}) {
		$self->{run} = abs_path($ENV{OUTPOST_RUN});
		$self->{port} = $ENV{PORT} // 8080;
		return $self->ready;
	}
	$self->{owned} = 1;
	$self->{run} = ($ENV{OUTPOST_STACKS_IN} // "$root/build/test") . '/' .
	    ($o{name} // "run-$$-" . $count++);
	$self->{port} = free_port();
	$self->down_quietly if -e $self->{run};
	$self->remove;
	make_path(dirname($self->{run}));
	# all is said, so that all is searched; and nobody runs out of time for
	# a busy machine: who waits for ever still does
	$self->{extra} = "$self->{run}.conf";
	$self->write_file($self->{extra},
	    "[log]\nlevel = debug\ntime = no\n[database]\ntimeout = 30s\n" .
	    "[api]\nqueue_timeout = 60s\n" .
	    ($o{conf} // ''));
	push @open, $self;
	my $out = $self->stack('up');
	if ($? != 0) {
		print STDERR "$out\n";
		die "the stack did not come up\n";
	}
	$self->note_stack;
	$self->{planted} = LeakScan->new($self->{run});
	$self->{planted}->answer($out, 'tools/stack up');
	return $self->ready;
}

sub ready {
	my ($self) = @_;
	$self->{conf} = "$self->{run}/outpost.conf";
	$self->{keys} = json()->decode($self->read_file(
	    "$self->{run}/provider/provider.json"));
	$self->{prefix} = $self->read_file($self->{conf}) =~
	    /^prefix\s*=\s*(\S+)\s*\z/m ? $1 : '';
	return $self;
}

# tests/run looks for what a stack has left behind by its directory.
sub note_stack {
	my ($self) = @_;
	open my $f, '>>', $ENV{OUTPOST_STACKS} // return
	    or die "$ENV{OUTPOST_STACKS}: $!\n";
	print $f abs_path($self->{run}), "\n";
}

sub stack {
	my ($self, @words) = @_;
	my $web = $self->{via} eq 'direct' ? 'lighttpd' : $self->{via};
	local %ENV = (%ENV, PORT => $self->{port}, RUN => $self->{run},
	    WEB => $web, BIN => $self->{bin}, AUTH => $self->{auth},
	    DB_OPTIONS => $self->{db}, DB_KEPT => $ENV{OUTPOST_DB_KEPT} // '',
	    EXTRA_CONF => $self->{extra} // '');
	return scalar qx($root/tools/stack @words 2>&1);
}

# RUN may be a link to a place that the service user can reach.
sub remove {
	my ($self) = @_;
	my $there = readlink $self->{run};
	remove_tree($there) if defined $there && $there =~ m{/outpost-\w+$};
	unlink $self->{run} if defined $there;
	remove_tree($self->{run});
}

sub down_quietly { $_[0]->stack('down') }

sub down {
	my ($self) = @_;
	return if !$self->{owned} || $self->{is_down}++;
	my $planted = $self->{planted};
	$planted->processes if $planted;
	$self->stack('down');
	if ($planted) {
		$planted->logs;
		push @leaks, $planted->found;
	}
	@open = grep { $_ != $self } @open;
	return if $ENV{KEEP};
	$self->remove;
	unlink glob "$self->{run}.conf $self->{run}.body.*";
}

END {
	my $status = $?;
	$_->down for my @all = @open;	# each takes itself out
	print STDERR "leaked: $_\n" for @leaks;
	$? = $status || (@leaks ? 1 : 0);
}

sub read_file {
	my ($self, $path) = @_;
	open my $f, '<', $path or die "$path: $!\n";
	local $/;
	return scalar <$f>;
}

# Not for everybody: many a file that tests write is a secret.
sub write_file {
	my ($self, $path, $text) = @_;
	my $umask = umask 027;
	open my $f, '>', $path or die "$path: $!\n";
	umask $umask;
	print $f $text;
	close $f or die "$path: $!\n";
}

# --- requests ---------------------------------------------------------------

# body: a reference is sent as JSON, a text as it is. from: another address
# of this machine (127.x.y.z). Answers a hash with status, headers (lower
# case), body, json (undef when it is none). $o->{headers} go with every call.
sub request {
	my ($self, $method, $path, $body, %o) = @_;
	my %headers = (%{ $self->{headers} // {} }, %{ $o{headers} // {} });
	delete @headers{ grep { !defined $headers{$_} } keys %headers };
	if (defined $body) {
		$body = json()->encode($body) if ref $body;
		$headers{'content-type'} //= 'application/json';
	}
	delete $headers{'content-type'} if $o{no_type};
	$self->{planted}->request($body, \%headers) if $self->{planted};
	my $r = $self->{via} eq 'direct' && !$o{web}
	    ? $self->direct($method, $self->{prefix} . $path, $body,
		\%headers, $o{from})
	    : HTTP::Tiny->new(timeout => $o{timeout} // 60 * $patience,
		local_address => $o{from})->request($method,
		"http://127.0.0.1:$self->{port}$self->{prefix}$path",
		{ headers => \%headers,
		    defined $body ? (content => $body) : () });
	$r->{body} = $r->{content};
	$r->{json} = eval { json()->decode($r->{content}) };
	$self->{planted}->answer($r->{body}, "$method $path")
	    if $self->{planted};
	return $r;
}

sub get { my ($s, @a) = @_; return $s->request('GET', $a[0], undef,
    @a[1 .. $#a]) }
sub post { my ($s, @a) = @_; return $s->request('POST', @a) }
sub put { my ($s, @a) = @_; return $s->request('PUT', @a) }
sub delete { my ($s, @a) = @_; return $s->request('DELETE', @a) }

# The same through FastCGI alone.
sub direct {
	my ($self, $method, $path, $body, $headers, $from) = @_;
	my ($program) = $path =~
	    m{^\Q$self->{prefix}\E/(admin|inbox)(?:/|\?|$)};
	my @h = map { ('-H', "$_: $headers->{$_}") } keys %$headers;
	my @b = defined $from ? ('-r', $from) : ();
	if (defined $body) {
		my $file = "$self->{run}.body.$$";
		$self->write_file($file, $body);
		push @b, '-d', "\@$file";
	}
	open my $p, '-|', "$self->{bin}/fcgi_client", '-i', '-s',
	    "$self->{run}/fcgi-" . ($program // 'push') . '.sock', '-X',
	    $method, @h, @b, $path or die "fcgi_client: $!\n";
	local $/;
	my $text = <$p> // '';
	close $p;
	my ($head, $content) = split /\r?\n\r?\n/, $text, 2;
	my ($first, @lines) = split /\r?\n/, $head // '';
	my %got = map { /^([^:]+):\s*(.*)$/ ? (lc $1, $2) : () } @lines;
	return { status => ($first // '') =~ m{^HTTP/1.1 (\d+)} ? $1 : 599,
	    headers => \%got, content => $content // '' };
}

# --- what tests need --------------------------------------------------------

# An application with the stand-in's credentials of all three providers.
sub app {
	my ($self, $name, %o) = @_;
	my $k = $self->{keys};
	my $file = sub { encode_base64($self->read_file($_[0]), '') };
	my @calls = (
	    [ POST => '/admin/app/create', { appId => $name } ],
	    [ PUT => '/admin/app/apns', { appId => $name,
		bundle => $o{bundle} // $k->{apns}{bundle},
		keyId => $k->{apns}{key_id},
		teamId => $k->{apns}{team_id}, environment => 'development',
		privateKeyBase64 => $file->($o{wrong_apns}
		    ? $k->{apns}{wrong_key_file} : $k->{apns}{key_file}) } ],
	    [ PUT => '/admin/app/fcm', { appId => $name,
		projectId => $k->{fcm}{project_id},
		privateKeyBase64 => $file->($k->{fcm}{account_file}) } ],
	    [ PUT => '/admin/app/hms', { appId => $name,
		projectId => $k->{hms}{project_id},
		clientId => $k->{hms}{client_id},
		clientSecret => $k->{hms}{client_secret} } ]);
	for my $c (@calls) {
		my $r = $self->request($c->[0], $c->[1],
		    { requestObject => $c->[2] });
		die "$c->[1]: $r->{status} $r->{body}\n"
		    if $r->{status} != 200;
	}
	return $name;
}

# An integration, made by the command: name, token, secret, and the value of
# Authorization that goes with it.
sub integration {
	my ($self, $name, $roles, @apps) = @_;
	my ($status, $text) = $self->outpost('--json', 'integration',
	    'create', '--name', $name, '--role', $roles,
	    @apps ? ('--app', join ',', @apps) : ());
	die "integration: $text\n" if $status != 0;
	my $i = json()->decode($text);
	$i->{basic} = basic($i->{token}, $i->{secret});
	return $i;
}

sub basic { return 'Basic ' . encode_base64("$_[0]:$_[1]", '') }

# A device of a user; token: any text (APNs: given in hex by apns_token).
sub device {
	my ($self, $app, $user, $platform, $token, %more) = @_;
	my $r = $self->post('/push/device/create', { requestObject => {
	    appId => $app, userId => $user, platform => $platform,
	    token => $token, activationId => $more{activationId} // uuid(),
	    %more } });
	die "device: $r->{status} $r->{body}\n" if $r->{status} != 200;
	return $r;
}

# The stand-in reads an APNs token that is text in hex as a scenario.
sub apns_token { return unpack 'H*', $_[-1] }

# A key file of the doorbell over machines, in a directory that goes with the
# test.
sub doorbell_key {
	my $file = tempdir('outpost-far-XXXXXX', TMPDIR => 1, CLEANUP => 1)
	    . '/doorbell.key';
	Outpost->write_file($file, unpack('H*', join '', map { chr rand 256 }
	    1 .. 32) . "\n");
	chmod 0600, $file;
	return $file;
}

sub uuid {
	my @h = map { sprintf '%04x', int rand 65536 } 1 .. 8;
	return "$h[0]$h[1]-$h[2]-4" . substr($h[3], 1) . "-a" .
	    substr($h[4], 1) . "-$h[5]$h[6]$h[7]";
}

sub send {
	my ($self, $app, $user, %o) = @_;
	my $mode = $o{mode} // 'SYNCHRONOUS';
	return $self->post('/push/message/send', { requestObject => {
	    appId => $app, mode => $mode, message => { userId => $user,
		body => $o{body} // { title => 'Hi', body => 'There' },
		%{ $o{message} // {} } } } });
}

# Lines of the provider's ledger, decoded: whole ones, for it may be written
# just now.
sub ledger {
	my ($self) = @_;
	my $path = "$self->{run}/provider.ledger";
	return () if !-e $path;
	return map { json()->decode($_) }
	    $self->read_file($path) =~ /^(.*)\n/mg;
}

# The stand-in's switch: $o->control({ mode => '503', count => 5 }), and
# without an argument its counters.
sub control {
	my ($self, $what) = @_;
	my @d = $what ? ('-d', json()->encode($what)) : ();
	open my $p, '-|', 'curl', '-sS', '--cacert', $self->{keys}{ca_file},
	    @d, "$self->{keys}{url}/control" or die "curl: $!\n";
	local $/;
	my $text = <$p>;
	close $p;
	return json()->decode($text);
}

# Rows of a query as administrator, each an array of texts.
sub sql {
	my ($self, $query) = @_;
	my $user = getpwuid($>);
	open my $p, '-|', 'mariadb', '--no-defaults', '-u', $user, '-S',
	    "$self->{run}/mariadb.sock", '-N', '-B',
	    '--default-character-set=utf8mb4', '-e', $query, 'outpost'
	    or die "mariadb: $!\n";
	my @rows = map { chomp; [ split /\t/, $_, -1 ] } <$p>;
	close $p or die "query failed: $query\n";
	return @rows;
}

# An administrator's session that has done these statements, and has what they
# lock until let_go. At another MariaDB than the stack's: by its socket.
sub keep_locked {
	my ($self, $statements, $socket) = @_;
	my $pid = open2(my $from, my $to, 'mariadb', '--no-defaults', '-u',
	    scalar getpwuid($>), '-S', $socket // "$self->{run}/mariadb.sock",
	    '-N', '-B', '-n', 'outpost');
	print $to "$statements; SELECT 'locked now';\n";
	$to->flush;
	while (my $line = <$from>) {
		return { pid => $pid, from => $from, to => $to }
		    if $line eq "locked now\n";
	}
	die "not locked: $statements\n";
}

# The session ends, after the last statements if any: COMMIT, or nothing, which
# takes back what was not committed.
sub let_go {
	my ($self, $session, $statements) = @_;
	# said, for a process that was forked meanwhile has the pipe too
	print { $session->{to} } $statements ? "$statements;" : '', "\\q\n";
	close $session->{to};
	waitpid $session->{pid}, 0;
}

# The open transactions that $where names (t: innodb_trx, p: processlist), a row
# of $columns each. MariaDB shows a copy, and it renews this copy only when
# nobody has read it for a tenth of a second: who asks more often than that sees
# the same picture for ever.
sub transactions {
	my ($self, $columns, $where) = @_;
	sleep 0.3;
	return $self->sql("SELECT $columns FROM information_schema.innodb_trx t"
	    . ' JOIN information_schema.processlist p'
	    . " ON p.id = t.trx_mysql_thread_id WHERE $where");
}

# All rows of all our tables as one text: to show that nothing was written. A
# body that nothing waits for any more is swept away at any moment; that of a
# call that is new comes with its row of push_send.
sub contents {
	my ($self) = @_;
	my @tables = qw(push_app_credentials push_device_registration
	    push_activation push_campaign push_campaign_user push_inbox
	    push_inbox_app push_send push_outbox push_outbox_body
	    push_message);
	my %of = (push_outbox_body => ' b WHERE EXISTS (SELECT 1 FROM'
	    . ' push_outbox q WHERE q.body_id = b.id) OR NOT EXISTS (SELECT 1'
	    . ' FROM push_send s WHERE s.id = b.send_id)');
	return join "\n", map { my $t = $_; map { join "\t", $t, @$_ }
	    $self->sql("SELECT * FROM $t" . ($of{$t} // '')) } @tables;
}

sub pid {
	my ($self, $name) = @_;
	my $text = $self->read_file("$self->{run}/$name.pid");
	return $text =~ /^(\d+)/ ? $1 : die "no pid of $name\n";
}

# The words that a process was started with.
sub words_of {
	my ($pid) = @_;
	open my $f, '<', "/proc/$pid/cmdline" or return ('');
	local $/;
	my @words = split /\0/, <$f> // '';
	return @words ? @words : ('');
}

# Wait until the code answers true, at most so many seconds. The last look is
# when they are over, however long a machine that does too much slept before.
sub wait_for {
	my ($self, $seconds, $code) = @_;
	my $until = time + $seconds * $patience;
	for (;;) {
		my $over = time >= $until;
		my $got = $code->();
		return $got if $got;
		return if $over;
		sleep 0.05;
	}
}

# The outpost command on this stack: (exit status, output).
sub outpost {
	my ($self, @words) = @_;
	local $ENV{OUTPOST_CONF} = $self->{conf};
	open my $p, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh',
	    "$self->{bin}/outpost", @words or die "outpost: $!\n";
	local $/;
	my $text = <$p> // '';
	close $p;
	my $status = $?;
	$self->{planted}->answer($text, join ' ', 'outpost',
	    grep { defined } @words[0, 1]) if $self->{planted};
	return ($status & 127 ? 128 + ($status & 127) : $status >> 8, $text);
}

# Queue n messages straight through the data model (tests/bench/seed), each to
# a device that is registered for it. seed_conf: other settings for it.
sub seed {
	my ($self, @words) = @_;
	local @ARGV = @words;
	getopts('k:a:n:p:t:fw', \my %o) && !@ARGV or die "seed: @words\n";
	if ($o{n}) {
		$self->seed_words('-k', $o{k}, '-a', $o{a}) if $o{k};
		push @words, '-d', $self->seed_devices(%o);
	}
	return $self->seed_words(@words);
}

sub seed_words {
	my ($self, @words) = @_;
	system "$self->{bin}/seed", '-c', $self->{seed_conf} // $self->{conf},
	    @words;
	die "seed failed\n" if $?;
}

# As many devices as messages, with the tokens that seed makes; the first id.
sub seed_devices {
	my ($self, %o) = @_;
	my ($app, $first) = @{ ($self->sql('SELECT id, (SELECT'
	    . ' COALESCE(MAX(id), 0) + 1 FROM push_device_registration) FROM'
	    . " push_app_credentials WHERE app_id = '$o{a}'"))[0] };
	my $platform = $o{p} // 'apns';
	my $token = $o{t} // 'abcdef0123456789' x 3;
	$self->sql('INSERT INTO push_device_registration (id, activation_id,'
	    . ' user_id, app_id, platform, push_token,'
	    . " timestamp_last_registered, is_active) SELECT $first + seq,"
	    . " CONCAT('seed-', $first + seq), 'bench', $app, '$platform',"
	    . " CONCAT('$token', LOWER(LPAD(HEX(seq), 16, '0'))),"
	    . " UTC_TIMESTAMP(3), 1 FROM seq_0_to_" . ($o{n} - 1));
	return $first;
}

1;
