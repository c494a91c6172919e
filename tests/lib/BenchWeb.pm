# Web servers of the bench beside the stack's own, each with one program
# behind it, and load on them by h2load.
#
#   use BenchWeb;
#   my ($rate, $ms) = load(bare() . '/select', 16, 10000);
#   my $p50 = part($ms, 0.5);
package BenchWeb;
use strict;
use warnings;
use Bench;
use Exporter qw(import);
use IO::Socket::INET;
use Outpost;

our @EXPORT = qw(web bare push_with load part child_of);

# A web server of the same kind with one program behind it, and what that
# needs in its environment.
my %web;
sub web {
	my ($name, $program, %env) = @_;
	return $web{$name} if $web{$name};
	my $o = stack();
	my $dir = "$root/build/bench/web-$name";
	my $w = $web{$name} = { port => Outpost::free_port(),
	    socket => "/tmp/outpost-bench-$$-$name.sock" };
	my $env = join ', ', map { qq("$_" => "$env{$_}") } sort keys %env;
	system 'mkdir', '-p', $dir;
	$o->write_file("$dir/lighttpd.conf", <<"END");
server.bind = "127.0.0.1"
server.port = $w->{port}
server.document-root = "$dir"
server.errorlog = "$dir/error.log"
server.max-fds = 4096
server.max-keep-alive-requests = 1000
server.modules += ( "mod_fastcgi" )
fastcgi.server = ( "/" => (( "socket" => "$w->{socket}",
    "bin-path" => "$ENV{BIN}/$program", "max-procs" => 1,
    "check-local" => "disable", "bin-environment" => ( $env ) )) )
END
	$w->{pid} = fork // die "fork: $!\n";
	if ($w->{pid} == 0) {
		$ENV{PATH} .= ':/usr/sbin';
		exec 'lighttpd', '-D', '-f', "$dir/lighttpd.conf";
		exit 127;
	}
	$o->wait_for(10, sub { IO::Socket::INET->new(
	    PeerAddr => "127.0.0.1:$w->{port}") })
	    or die "the web server of $name did not start\n";
	return $w;
}

END {
	my $status = $?;
	for my $pid (grep { $_ } map { $_->{pid} } values %web) {
		kill 'TERM', $pid;
		waitpid $pid, 0;
	}
	$? = $status;
}

sub bare {
	return $web{bare} if $web{bare};
	my $o = stack();
	$o->sql('CREATE TABLE bench_bare (id BIGINT AUTO_INCREMENT PRIMARY'
	    . ' KEY, user_id VARCHAR(255), body TEXT) ENGINE=InnoDB');
	$o->sql('CREATE TABLE bench_bare_read (id BIGINT PRIMARY KEY,'
	    . ' user_id VARCHAR(255), body TEXT, KEY (user_id))'
	    . ' ENGINE=InnoDB SELECT seq AS id, CONCAT("user-", seq) AS'
	    . ' user_id, REPEAT("x", 200) AS body FROM seq_1_to_10000');
	$o->sql("CREATE USER bench\@localhost IDENTIFIED BY 'bench';"
	    . ' GRANT ALL ON outpost.* TO bench@localhost');
	return web('bare', 'bare', BARE_SOCKET => "$o->{run}/mariadb.sock",
	    BARE_USER => 'bench', BARE_PASSWORD => 'bench');
}

# push.fcgi with that [api] auth.
sub push_with {
	my ($auth) = @_;
	my $o = stack();
	my $path = "$o->{run}/bench-$auth.conf";
	$o->write_file($path, $o->read_file($o->{conf})
	    . "\n[api]\nauth = $auth\n");
	return web($auth, 'push.fcgi', OUTPOST_CONF => $path);
}

# Load over HTTP/1.1 by h2load: requests a second, and the times of single
# requests in ms, sorted.
sub load {
	my ($url, $clients, $n, $data, @headers) = @_;
	my $o = stack();
	my $log = "$root/build/bench/load.log";
	unlink $log;
	my @d = map { ('-H', $_) } @headers;
	if (defined $data) {
		$o->write_file("$root/build/bench/request.json", $data);
		push @d, ('-d', "$root/build/bench/request.json", '-H',
		    'content-type: application/json');
	}
	open my $p, '-|', 'h2load', '--h1', '-c', $clients, '-n', $n,
	    "--log-file=$log", @d, $url or die "h2load: $!\n";
	local $/;
	my $out = <$p>;
	close $p;
	my ($rate) = $out =~ m{, ([\d.]+) req/s} or die "h2load: $out\n";
	my ($good) = $out =~ /status codes: (\d+) 2xx/;
	die "$url: $good of $n were answered well\n$out" if $good < $n;
	my @ms = sort { $a <=> $b } map { (split)[2] / 1000 }
	    split /\n/, $o->read_file($log);
	return ($rate, \@ms);
}

sub part { my ($ms, $share) = @_; return $ms->[ int(@$ms * $share) ] }

sub child_of {
	my ($pid) = @_;
	my $o = stack();
	return (split ' ', $o->read_file("/proc/$pid/task/$pid/children"))[0];
}

1;
