# A Galera cluster of three nodes: the stack's MariaDB is the first; the stack's
# sendd and web use it, and n2 and n3 when it does not serve.
#
#   use Cluster;
#   Cluster::begin();                 # or the test is skipped, and says why
#   my $o = Cluster->up;
#   $o->signal_node('n2', 'KILL');  $o->start_node('n2');  $o->synced('n2')
#   $o->whole                         # all three are one cluster again
#   $o->empty_node('n3')              # as a new machine: it has no files
#   $o->start_node('n2', clock => 20) # its clock is 20 s ahead
#   my $web2 = $o->web('web2', 'n2', 'n1', 'n3');     # a second web machine
#   my ($status, $json) = $web2->call('/push/message/send', {...});
#   $o->linked_sendd('sendd2', 'n2', 'n1', 'n3');
#   $o->cut_link('sendd2');  $o->mend_link('sendd2')  # not from the provider
#
# As root each node, web machine and sendd is on a machine of its own, but n1
# and the stack, which share the test's (Machines.pm). Where that cannot be, and
# with CLUSTER_NET=loopback, they have ports of 127.0.0.1, and relays are links.
#
# A web machine is a lighttpd and a push.fcgi.
#
# To join, a node wants rsync and wsrep_sst_rsync of the package mariadb-server,
# which "make check-cluster" unpacks into build/cluster.
package Cluster;
use strict;
use warnings;
use parent 'Fault';
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use IO::Socket::INET;
use Machines;
use POSIX ();
use Relay;
use Test::More ();
use Time::HiRes qw(sleep time);

my $library = '/usr/lib/galera/libgalera_smm.so';
my $scripts = abs_path(dirname(__FILE__) . '/../..') . '/build/cluster/usr/bin';

sub missing {
	$ENV{PATH} = "$scripts:$ENV{PATH}:/usr/sbin" if -d $scripts;
	my %is = map { $_ => 1 } map { my $dir = $_; grep { -x "$dir/$_" }
	    qw(rsync wsrep_sst_rsync) } split /:/, $ENV{PATH};
	return -e $library ? join ', ', map { "no $_" } grep { !$is{$_} }
	    qw(rsync wsrep_sst_rsync) : "no $library: package galera-4";
}

# Skips the test where it cannot run. Then it goes on in a network of its own,
# where that can be.
my $apart;

sub begin {
	my $missing = missing();
	Test::More::plan(skip_all => $missing) if $missing;
	$apart = Machines::enter();
	Test::More::note('ports of 127.0.0.1: ' . Machines::why_not())
	    if !$apart;
}

# The numbers of the machines in both networks.
my %number = (n1 => 1, n2 => 2, n3 => 3, sendd1 => 11, sendd2 => 12,
    sendd3 => 13, web1 => 21, web2 => 22, web3 => 23);

# Machine of this name, if machines there are; the words before a command there.
sub at {
	my ($self, $name, %o) = @_;
	my $m = $self->{machines};
	return () if !$m || $name eq 'n1';
	$m->add($name, $number{$name}, %o) if !$m->has($name);
	return $m->at($name);
}

# Where a program of that machine listens, for others; a port of its own.
sub address {
	my ($self, $name, $net) = @_;
	return '127.0.0.1' if !$apart;
	return Machines->address($net, $number{$name});
}

# The others soon notice that a node is dead.
my $quick = 'evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;'
    . 'evs.inactive_timeout=PT4S;evs.install_timeout=PT4S;';

sub provider_words {
	my ($self, $name, $address) = @_;
	my $port = $self->{ports}{$name};
	my $host = $self->address($name, 'db');
	return ($self->{machines} ? ('--skip-networking=0', '--port=3306',
	    "--bind-address=$host") : ()),
	    '--wsrep-on=ON', "--wsrep-provider=$library",
	    '--binlog-format=ROW', '--innodb-autoinc-lock-mode=2',
	    "--wsrep-cluster-name=outpost-$$", "--wsrep-node-name=$name",
	    "--wsrep-cluster-address=gcomm://$address",
	    "--wsrep-node-address=$host:$port", '--wsrep-sst-method=rsync',
	    "--wsrep-sst-receive-address=$host:"
	    . $self->{ports}{"$name sst"},
	    "--wsrep-provider-options=base_port=$port;"
	    . "gmcast.listen_addr=tcp://$host:$port;"
	    . "ist.recv_addr=$host:$self->{ports}{\"$name ist\"};"
	    . ($self->{usual} ? '' : $quick) . 'gcache.size=32M';
}

sub socket_of {
	my ($self, $name) = @_;
	return $name eq 'n1' ? "$self->{run}/sock/mariadb.sock"
	    : "$self->{run}/sock/$name.sock";
}

# What programs are told of a node: by TCP, if there are machines.
sub host_of {
	my ($self, $name) = @_;
	return $self->{machines} ? $self->address($name, 'db')
	    : $self->socket_of($name);
}

sub addresses {
	my ($self) = @_;
	return join ',', map { $self->address($_, 'db')
	    . ":$self->{ports}{$_}" } qw(n1 n2 n3);
}

# The options of the stack's MariaDB, which tools/database.sh has.
my @common = qw(--skip-networking --skip-name-resolve --skip-log-bin
    --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci
    --transaction-isolation=READ-COMMITTED
    --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=128M
    --max-connections=400 --performance-schema=OFF);

# clock: so many seconds its clock is ahead.
sub start_node {
	my ($self, $name, %o) = @_;
	my $dir = "$self->{run}/mariadb/$name";
	my @words = ('--no-defaults', "--datadir=$dir", @common,
	    '--socket=' . $self->socket_of($name),
	    "--tmpdir=$self->{run}/tmp", "--pid-file=$dir.pid",
	    $self->provider_words($name, $self->addresses));
	push @words, '--user=' . getpwuid((stat $dir)[4]) if $> == 0;
	my @at = $self->at($name);
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$dir.log";
		open STDERR, '>&', \*STDOUT;
		@ENV{qw(LD_PRELOAD CLOCK_SHIFT)} =
		    ("$self->{bin}/clock_shift.so", $o{clock}) if $o{clock};
		exec @at, 'mariadbd', @words or POSIX::_exit(127);
	}
	$self->{node}{$name} = $pid;
}

# TERM, KILL; or STOP and CONT, which leave it where it is.
sub signal_node {
	my ($self, $name, $signal) = @_;
	kill $signal, $self->{node}{$name};
	waitpid delete $self->{node}{$name}, 0 if $signal =~ /TERM|KILL/;
}

# The node answers, but what others write does not appear there until let_on of
# what this returns; nor can anybody write there.
sub hold_back {
	my ($self, $name) = @_;
	return $self->keep_locked('SET GLOBAL wsrep_desync = ON; FLUSH TABLES'
	    . ' WITH READ LOCK', $self->socket_of($name));
}

sub let_on {
	my ($self, $held) = @_;
	return $self->let_go($held, 'UNLOCK TABLES; SET GLOBAL wsrep_desync ='
	    . ' OFF');
}

# What a node that joins as a new machine has: nothing.
sub empty_node {
	my ($self, $name) = @_;
	remove_tree("$self->{run}/mariadb/$name", { keep_root => 1 });
}

# A query at a node; undef while it does not answer.
sub ask_node {
	my ($self, $name, $query) = @_;
	open my $p, '-|', 'sh', '-c', 'exec timeout 5 "$@" 2>&-', 'sh',
	    'mariadb', '--no-defaults', '-u', scalar getpwuid($>), '-S',
	    $self->socket_of($name), '-N', '-B', '-e', $query, 'outpost'
	    or die "mariadb: $!\n";
	my $text = join '', <$p>;
	close $p or return;
	chomp $text;
	return $text;
}

# At n1, and after all that the other nodes have written by now.
sub sql {
	my ($self, $query) = @_;
	return $self->SUPER::sql(($self->{alone} ? ''
	    : 'SET SESSION wsrep_sync_wait = 1; ') . $query);
}

# What each sendd has counted of a campaign is added up a moment after the last
# row has gone (db/send_delta.h).
sub settled {
	my ($self, @how) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $self->SUPER::settled(@how) && Test::More::ok(
	    $self->wait_for(60, sub { $self->value('SELECT COUNT(*) FROM'
	    . ' push_send_delta') == 0 }), 'and what was counted is added up');
}

sub synced {
	my ($self, $name, $seconds) = @_;
	return $self->wait_for($seconds // 120, sub {
		(ask_node($self, $name, 'SELECT variable_value FROM'
		    . ' information_schema.global_status WHERE variable_name'
		    . " = 'wsrep_local_state_comment'") // '') eq 'Synced';
	});
}

# All three are one cluster again. What one node tells of itself proves nothing:
# one that was stopped still says what was true before.
sub whole {
	my ($self) = @_;
	return $self->wait_for(120, sub {
		for my $name (qw(n1 n2 n3)) {
			my $size = ask_node($self, $name, 'SELECT'
			    . ' GROUP_CONCAT(variable_value ORDER BY'
			    . ' variable_name) FROM'
			    . ' information_schema.global_status WHERE'
			    . " variable_name IN ('wsrep_cluster_size',"
			    . " 'wsrep_cluster_status',"
			    . " 'wsrep_local_state_comment')") // '';
			return 0 if $size ne '3,Primary,Synced';
		}
		return 1;
	});
}

# A sendd of that name has all shards.
sub owned {
	my ($self, $name, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return Test::More::ok($self->wait_for(60, sub {
	    my %s = eval { $self->shares };
	    ($s{$name} // 0) == 64 }), $what);
}

sub copy_files {
	my ($self) = @_;
	for my $name (qw(n2 n3)) {
		system('cp', '-a', "$self->{run}/mariadb/data",
		    "$self->{run}/mariadb/$name") == 0 or die "cp failed\n";
	}
}

# The tables are made by one MariaDB alone. It ends, and the other nodes begin
# with its files, so that what they have is known to be the same. alone => 1: it
# stays alone, and is no node. usual => 1: nodes miss one as soon as Galera's
# defaults say, after 5 s.
sub up {
	my ($class, %o) = @_;
	# before any program wants an address
	my $machines = $apart ? Machines->new : undef;
	my $self = $class->SUPER::up(conf => "[api]\nworkers = 8\n"
	    . ($apart ? '[database]' . "\nuser_hosts = localhost, "
	    . Machines->address('db', '%') . "\n" : '') . ($o{conf} // ''));
	return $self if $self->{alone} = $o{alone};
	@$self{qw(machines usual)} = ($machines, $o{usual});
	$self->{ports} = { map { $_ => Outpost::free_port() }
	    map { ($_, "$_ ist", "$_ sst") } qw(n1 n2 n3) };
	$self->{db} = join ' ', $self->provider_words('n1', ''),
	    '--wsrep-new-cluster';
	for my $word (qw(down up down)) {
		my $out = $self->stack($word);
		die "stack $word: $out\n" if $?;
	}
	$self->copy_files;
	# the settings are made anew from this file; setup comes as root, which
	# only the socket lets in
	$self->use_hosts($self->{extra}, $self->{extra},
	    $self->socket_of('n1'), map { $self->host_of($_) } qw(n2 n3));
	$self->again;
	$self->start_node($_) for qw(n2 n3);
	for my $name (qw(n1 n2 n3)) {
		next if $self->synced($name);
		print STDERR $self->read_file("$self->{run}/mariadb/$name.log")
		    if $name ne 'n1';
		die "$name did not join\n";
	}
	# when it is started again, it joins the others
	$self->{db} = join ' ', $self->provider_words('n1', $self->addresses);
	return $self;
}

sub down {
	my ($self) = @_;
	for my $name (keys %{ $self->{node} // {} }) {
		kill 'CONT', $self->{node}{$name};
		$self->signal_node($name, 'KILL');
	}
	$_->end for values %{ $self->{webs} // {} };
	return $self->SUPER::down;
}

# --- programs at other machines ----------------------------------------------

# The settings of another file, at these hosts.
sub use_hosts {
	my ($self, $conf, $before, @hosts) = @_;
	$self->write_file($conf, $self->read_file($before)
	    . "\n[database]\nsocket =\ntimeout = 8s\nhost = "
	    . join(', ', @hosts) . "\n");
}

# A web machine whose programs go to these nodes, the nearest first.
sub web {
	my ($self, $name, @nodes) = @_;
	my $conf = "$self->{run}/$name.conf";
	my $web = bless { prefix => $self->{prefix}, pids => [],
	    at => [ $self->at($name) ], host => $self->address($name, 'out'),
	    port => Outpost::free_port(),
	    socket => "$self->{run}/sock/$name.sock" }, 'Cluster::Web';
	@nodes = ('n1') if $self->{alone};
	$self->use_hosts($conf, $self->{conf},
	    map { $self->host_of($_) } @nodes);
	$self->write_file("$self->{run}/$name.lighttpd", <<"END");
server.bind = "$web->{host}"
server.port = $web->{port}
server.document-root = "$self->{run}/web"
server.max-keep-alive-requests = 100000
server.max-keep-alive-idle = 600
server.modules += ( "mod_fastcgi" )
fastcgi.server = ( "/" => (( "socket" => "$web->{socket}",
    "check-local" => "disable" )) )
END
	$self->{webs}{$name} = $web;
	$web->start("$self->{run}/logs/$name.log", "$self->{bin}/push.fcgi",
	    '-c', $conf, '-s', $web->{socket});
	$self->wait_for(60, sub { -S $web->{socket} })
	    or die "$name did not start\n";
	$web->start("$self->{run}/logs/$name.log", 'lighttpd', '-D', '-f',
	    "$self->{run}/$name.lighttpd");
	$self->wait_for(60, sub { IO::Socket::INET->new(
	    PeerAddr => "$web->{host}:$web->{port}") })
	    or die "the web server of $name did not start\n";
	return $web;
}

# A sendd that goes to these nodes.
sub sendd {
	my ($self, $name, @nodes) = @_;
	@nodes = ('n1') if $self->{alone};
	return $self->sendd_at($name, map { $self->host_of($_) } @nodes);
}

sub sendd_at {
	my ($self, $name, @hosts) = @_;
	return $self->more_sendd($name, "[database]\nsocket =\nhost = "
	    . join(', ', @hosts) . "\n", $self->at($name, far => 1));
}

# Two web machines, and two sendd beside the stack's own; each has another node
# for its nearest. Answers the web machines.
sub machines_beside {
	my ($self) = @_;
	my @web = ($self->web('web1', qw(n1 n2 n3)),
	    $self->web('web2', qw(n2 n1 n3)));
	$self->sendd('sendd2', qw(n2 n3 n1));
	$self->sendd('sendd3', qw(n3 n2 n1));
	return @web;
}

# A sendd over a link that can be cut: that of its machine to the databases, or
# to each node a relay.
sub linked_sendd {
	my ($self, $name, @nodes) = @_;
	return $self->sendd($name, @nodes) if $self->{machines};
	# short names: a line of the settings has at most 200 bytes
	my @links = map { Relay->new($self, sub { '' }, undef,
	    "$name$_" =~ tr/0-9//cdr, $self->socket_of($_)) } @nodes;
	$self->{links}{$name} = \@links;
	return $self->sendd_at($name, map { $_->path } @links);
}

sub cut_link {
	my ($self, $name) = @_;
	return $self->{machines}->cut($name, 'db') if $self->{machines};
	kill 'STOP', map { $_->pid } @{ $self->{links}{$name} };
}

sub mend_link {
	my ($self, $name) = @_;
	return $self->{machines}->mend($name, 'db') if $self->{machines};
	kill 'CONT', map { $_->pid } @{ $self->{links}{$name} };
}

# Cut it from its database until so many others have all, and then for longer
# than a lease, or while the code runs; asserts that it says when its database
# is back, and how soon.
sub cut_for_long {
	my ($self, $name, $left, $code) = @_;
	my $log = length $self->log_text($name);
	$self->cut_link($name);
	Test::More::ok($self->wait_for(60, sub {
	    my %s = eval { $self->shares }; keys %s == $left }),
	    "$name is cut off: the others have all");
	$code ? $code->() : sleep 3;
	$self->mend_link($name);
	my $mended = time;
	Test::More::ok($self->wait_for(60, sub {
	    substr($self->log_text($name), $log) =~
	    /^<5>(?:\S+Z\ )?cut\ off\ from\ the\ database\ for\ [\d.]+\ s:
		\ it\ is\ back$/mx }),
	    "$name says that its database is back");
	Fault::within("$name is back after its link", time - $mended, 5);
}

package Cluster::Web;
use HTTP::Tiny;
use Outpost;
use POSIX ();
use Socket qw(IPPROTO_TCP TCP_NODELAY);

sub start {
	my ($self, $log, @words) = @_;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		$ENV{PATH} .= ':/usr/sbin';
		open STDIN, '<', '/dev/null';
		open STDERR, '>>', $log;
		open STDOUT, '>&', \*STDERR;
		exec @{ $self->{at} }, @words or POSIX::_exit(127);
	}
	push @{ $self->{pids} }, $pid;
}

# A call: the status, and the answer as a tree; 0 and why, if there was none.
sub call {
	my ($self, $path, $object, $method, %headers) = @_;
	# a connection of its own for each process
	my $http = $self->{http}{$$} //= HTTP::Tiny->new(timeout => 120);
	# head and body are two writes: the second would wait 40 ms for the ACK
	# of the first
	setsockopt $http->{handle}{fh}, IPPROTO_TCP, TCP_NODELAY, 1
	    if $http->{handle};
	my $r = $http->request($method // 'POST',
	    "http://$self->{host}:$self->{port}$self->{prefix}$path",
	    { headers => { 'content-type' => 'application/json', %headers },
		$object ? (content => Outpost::json()->encode(
		    { requestObject => $object })) : () });
	return (0, { unanswered => $r->{content} }) if $r->{status} == 599;
	return ($r->{status}, eval { Outpost::json()->decode($r->{content}) });
}

sub end {
	my ($self) = @_;
	kill 'TERM', @{ $self->{pids} };
	waitpid $_, 0 for @{ $self->{pids} };
}

1;
