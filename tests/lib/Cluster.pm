# A Galera cluster of three nodes on this machine: the stack's MariaDB is the
# first; the stack's sendd and web use it, and n2 and n3 when it does not serve.
#
#   use Cluster;
#   plan skip_all => Cluster::missing() if Cluster::missing();
#   my $o = Cluster->up;
#   $o->stop_node('n2', 'KILL');  $o->start_node('n2');  $o->synced('n2')
#   my $web2 = $o->web('web2', 'n2', 'n1', 'n3');     # a second web machine
#   my ($status, $json) = $web2->call('/push/message/send', {...});
#
# To join, a node wants rsync and wsrep_sst_rsync of the package mariadb-server,
# which "make check-cluster" unpacks into build/cluster.
package Cluster;
use strict;
use warnings;
use parent 'Fault';
use Cwd qw(abs_path);
use FastCgi qw(begin params record);
use File::Basename qw(dirname);
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep);

my $library = '/usr/lib/galera/libgalera_smm.so';
my $scripts = abs_path(dirname(__FILE__) . '/../..') . '/build/cluster/usr/bin';

sub missing {
	$ENV{PATH} = "$scripts:$ENV{PATH}:/usr/sbin" if -d $scripts;
	my %is = map { $_ => 1 } map { my $dir = $_; grep { -x "$dir/$_" }
	    qw(rsync wsrep_sst_rsync) } split /:/, $ENV{PATH};
	return -e $library ? join ', ', map { "no $_" } grep { !$is{$_} }
	    qw(rsync wsrep_sst_rsync) : "no $library: package galera-4";
}

sub provider_words {
	my ($self, $name, $address) = @_;
	my $port = $self->{ports}{$name};
	return '--wsrep-on=ON', "--wsrep-provider=$library",
	    '--binlog-format=ROW', '--innodb-autoinc-lock-mode=2',
	    "--wsrep-cluster-name=outpost-$$", "--wsrep-node-name=$name",
	    "--wsrep-cluster-address=gcomm://$address",
	    "--wsrep-node-address=127.0.0.1:$port", '--wsrep-sst-method=rsync',
	    '--wsrep-sst-receive-address=127.0.0.1:'
	    . $self->{ports}{"$name sst"},
	    "--wsrep-provider-options=base_port=$port;"
	    . "gmcast.listen_addr=tcp://127.0.0.1:$port;"
	    . "ist.recv_addr=127.0.0.1:$self->{ports}{\"$name ist\"};"
	    . 'evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;'
	    . 'evs.inactive_timeout=PT4S;evs.install_timeout=PT4S;'
	    . 'gcache.size=32M';
}

sub socket_of {
	my ($self, $name) = @_;
	return $name eq 'n1' ? "$self->{run}/sock/mariadb.sock"
	    : "$self->{run}/sock/$name.sock";
}

sub addresses {
	my ($self) = @_;
	return join ',', map { "127.0.0.1:$self->{ports}{$_}" } qw(n1 n2 n3);
}

# The options of the stack's MariaDB, which tools/database.sh has.
my @common = qw(--skip-networking --skip-name-resolve --skip-log-bin
    --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci
    --transaction-isolation=READ-COMMITTED
    --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=128M
    --max-connections=400 --performance-schema=OFF);

sub start_node {
	my ($self, $name) = @_;
	my $dir = "$self->{run}/mariadb/$name";
	my @words = ('--no-defaults', "--datadir=$dir", @common,
	    '--socket=' . $self->socket_of($name),
	    "--tmpdir=$self->{run}/tmp", "--pid-file=$dir.pid",
	    $self->provider_words($name, $self->addresses));
	push @words, '--user=' . getpwuid((stat $dir)[4]) if $> == 0;
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$dir.log";
		open STDERR, '>&', \*STDOUT;
		exec 'mariadbd', @words or POSIX::_exit(127);
	}
	$self->{node}{$name} = $pid;
}

# TERM, KILL; or STOP and CONT, which leave it where it is.
sub signal_node {
	my ($self, $name, $signal) = @_;
	kill $signal, $self->{node}{$name};
	waitpid delete $self->{node}{$name}, 0 if $signal =~ /TERM|KILL/;
}

# A query at a node; undef while it does not answer.
sub ask_node {
	my ($self, $name, $query) = @_;
	open my $p, '-|', 'timeout', 5, 'mariadb', '--no-defaults', '-u',
	    scalar getpwuid($>), '-S', $self->socket_of($name), '-N', '-B',
	    '-e', $query, 'outpost' or die "mariadb: $!\n";
	my $text = join '', <$p>;
	close $p or return;
	chomp $text;
	return $text;
}

sub synced {
	my ($self, $name, $seconds) = @_;
	return $self->wait_for($seconds // 120, sub {
		(ask_node($self, $name, 'SELECT variable_value FROM'
		    . ' information_schema.global_status WHERE variable_name'
		    . " = 'wsrep_local_state_comment'") // '') eq 'Synced';
	});
}

sub copy_files {
	my ($self) = @_;
	for my $name (qw(n2 n3)) {
		system('cp', '-a', "$self->{run}/mariadb/data",
		    "$self->{run}/mariadb/$name") == 0 or die "cp failed\n";
	}
}

# The tables are made by one MariaDB alone. It ends, and the other nodes begin
# with its files, so that what they have is known to be the same.
sub up {
	my ($class, %o) = @_;
	my $self = $class->SUPER::up(conf => "[api]\nworkers = 8\n"
	    . ($o{conf} // ''));
	$self->{ports} = { map { $_ => Outpost::free_port() }
	    map { ($_, "$_ ist", "$_ sst") } qw(n1 n2 n3) };
	$self->{db} = join ' ', $self->provider_words('n1', ''),
	    '--wsrep-new-cluster';
	for my $word (qw(down up down)) {
		my $out = $self->stack($word);
		die "stack $word: $out\n" if $?;
	}
	$self->copy_files;
	$self->use_nodes($self->{conf}, qw(n1 n2 n3));
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

sub use_nodes {
	my ($self, $conf, @nodes) = @_;
	$self->write_file($conf, $self->read_file($self->{conf})
	    . "\n[database]\nsocket =\ntimeout = 8s\nhost = "
	    . join(', ', map { $self->socket_of($_) } @nodes) . "\n");
}

# A push.fcgi that goes to these nodes, the nearest first.
sub web {
	my ($self, $name, @nodes) = @_;
	my $conf = "$self->{run}/$name.conf";
	$self->use_nodes($conf, @nodes);
	my $web = bless { socket => "$self->{run}/sock/$name.sock",
	    prefix => $self->{prefix} }, 'Cluster::Web';
	$web->{pid} = fork // die "fork: $!\n";
	if ($web->{pid} == 0) {
		open STDIN, '<', '/dev/null';
		open STDERR, '>>', "$self->{run}/logs/$name.log";
		open STDOUT, '>&', \*STDERR;
		exec "$self->{bin}/push.fcgi", '-c', $conf, '-s',
		    $web->{socket} or POSIX::_exit(127);
	}
	$self->{webs}{$name} = $web;
	$self->wait_for(60, sub { -S $web->{socket} })
	    or die "$name did not start\n";
	return $web;
}

# A sendd that goes to these nodes.
sub sendd {
	my ($self, $name, @nodes) = @_;
	return $self->more_sendd($name, "[database]\nsocket =\nhost = "
	    . join(', ', map { $self->socket_of($_) } @nodes) . "\n");
}

package Cluster::Web;
use FastCgi qw(begin params record);

# A call: the status, and the answer as a tree. 0: the connection was lost.
sub call {
	my ($self, $path, $object) = @_;
	my $body = JSON::PP::encode_json({ requestObject => $object });
	my $s = IO::Socket::UNIX->new(Peer => $self->{socket}) or return (0);
	print $s begin(), record($FastCgi::PARAMS, params(
	    REQUEST_URI => $self->{prefix} . $path,
	    SCRIPT_NAME => $self->{prefix} . $path, PATH_INFO => '',
	    QUERY_STRING => '', REMOTE_ADDR => '127.0.0.1',
	    SERVER_PROTOCOL => 'HTTP/1.1',
	    CONTENT_LENGTH => length $body)), record($FastCgi::PARAMS, ''),
	    record($FastCgi::STDIN, $body), record($FastCgi::STDIN, '');
	local $/;
	my ($got, $text) = (<$s> // '', '');
	while (length $got >= 8) {
		my (undef, $type, undef, $n, $pad) = unpack 'CCnnC', $got;
		$text .= substr $got, 8, $n if $type == $FastCgi::STDOUT;
		$got = substr $got, 8 + $n + $pad;
	}
	my ($head, $content) = split /\r\n\r\n/, $text, 2;
	return (0) if !defined $content;
	return ($head =~ /^Status: (\d+)/m ? $1 : 200,
	    eval { JSON::PP::decode_json($content) });
}

sub end {
	my ($self) = @_;
	kill 'TERM', $self->{pid};
	waitpid $self->{pid}, 0;
}

1;
