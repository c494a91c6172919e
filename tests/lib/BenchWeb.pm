# Web servers of the bench like the stack's own, each with one program
# behind it, and load on them by tests/bench/load.c.
#
#   use BenchWeb;
#   my $r = load(bare('/select'), 16, n => 10000);
#   result('...', per_second($r->{rate}), ...);
package BenchWeb;
use strict;
use warnings;
use Bench;
use Exporter qw(import);
use IO::Socket::INET;
use Outpost;

our @EXPORT = qw(web bare ours push_with load load_begin load_end beside
    milliseconds child_of);

# What makes the web server of our stack send calls to push.fcgi, with another
# program there, and no other one. Who has that program in the place of ours has
# all else alike.
sub same_settings {
	my ($w, $program, $conf) = @_;
	my $o = stack();
	my $text = $o->read_file("$o->{run}/web/50-outpost.conf");
	my $more = qr/^\s+var\.outpost_prefix\ \+\ "\/\w+\/"
	    \s=>\s.*?^\s+\)\ \),\n/msx;
	$text =~ s/$more//g == 2 or die "inbox and admin are not found\n";
	for ([ qr/var\.outpost_sockets \+ "\/fcgi-push\.sock"/, $w->{socket} ],
	    [ qr/var\.outpost_bin \+ "\/push\.fcgi"/,
		"$ENV{BIN}/$program" ],
	    [ qr/(?<=^var\.outpost_conf = )".*"/m, $conf // 'none' ]) {
		my ($what, $other) = @$_;
		$text =~ s/$what/"$other"/ == 1 or die "no $what\n";
	}
	return $text;
}

# A web server like the stack's own with one program behind it, and what that
# needs in its environment.
my %web;
sub web {
	my ($name, $program, %env) = @_;
	return $web{$name} if $web{$name};
	my $o = stack();
	my $dir = "$root/build/bench/web-$name";
	my $w = $web{$name} = { port => Outpost::free_port(),
	    socket => "/tmp/outpost-bench-$$-$name.sock" };
	system 'mkdir', '-p', $dir;
	$o->write_file("$dir/50-outpost.conf",
	    same_settings($w, $program, $env{OUTPOST_CONF}));
	$o->write_file("$dir/lighttpd.conf", <<"END");
server.bind = "127.0.0.1"
server.port = $w->{port}
server.document-root = "$dir"
server.errorlog = "$dir/error.log"
server.max-keep-alive-requests = 1000
include "$dir/50-outpost.conf"
include "$o->{run}/web/60-alone.conf"
END
	$w->{pid} = fork // die "fork: $!\n";
	if ($w->{pid} == 0) {
		@ENV{ keys %env } = values %env;
		$ENV{PATH} .= ':/usr/sbin';
		exec 'lighttpd', '-D', '-f', "$dir/lighttpd.conf";
		exit 127;
	}
	$o->wait_for(60, sub { IO::Socket::INET->new(
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

# The bare program (tests/bench/bare.c): the URL of one of its paths.
sub bare {
	my ($path) = @_;
	bare_start() if !$web{bare};
	return "http://127.0.0.1:$web{bare}{port}$path";
}

sub bare_start {
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
	    BARE_USER => 'bench', BARE_PASSWORD => 'bench',
	    bare_provider());
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

# The stack's own web server.
sub ours {
	my ($path) = @_;
	return 'http://127.0.0.1:' . stack()->{port} . $path;
}

# Load on a URL. n: how many calls, or s: for how many seconds; w, r, g, m as
# tests/bench/load.c has them; data: a text to POST; headers: a list; may_fail:
# other answers than 200 are no reason to end the part. What it measured comes
# as a hash by its names there.
sub load { return load_end(load_begin(@_)) }

my $loads = 0;
sub load_begin {
	my ($url, $callers, %o) = @_;
	my @words = ('-c', $callers, map { defined $o{$_} ? ("-$_", $o{$_})
	    : () } qw(n s w r g m));
	if (defined $o{data}) {
		my $file = "$root/build/bench/request-$loads.json";
		$loads = ($loads + 1) % 10;
		stack()->write_file($file, $o{data});
		push @words, '-d', $file;
	}
	push @words, map { ('-H', $_) } @{ $o{headers} // [] };
	open my $pipe, '-|', "$ENV{BIN}/load", @words, $url
	    or die "load: $!\n";
	return { url => $url, pipe => $pipe, may_fail => $o{may_fail} };
}

sub load_end {
	my ($load) = @_;
	my $pipe = $load->{pipe};
	my %r = map { split /[\t\n]/ } <$pipe>;
	close $pipe or die "load on $load->{url} failed\n";
	my $bad = $r{refused} + $r{failed} + $r{late};
	die "$load->{url}: $bad calls were not answered well\n"
	    if ($bad || !$r{good}) && !$load->{may_fail};
	return \%r;
}

# Ours beside a bare program, in so many turns: functions that return what load
# returns; program: which of our responders answers. A disturbance of seconds
# strikes both, for the turns are short; a shorter one does not move the median
# of the turns' ratios. Each begins every other turn, so that none has always
# the warmer machine. A line for the rates, and one for the CPU time that a call
# costs the program and MariaDB, which other work disturbs less.
sub beside {
	my ($what, $program, $turns, $ours, $bare, $statement, $share) = @_;
	my $o = stack();
	my @of = map { { load => $_->[0], cpu => 0, calls => 0,
	    pids => [ $o->pid('mariadbd'), child_of(@$_[1, 2]) ] } }
	    [ $ours, $o->pid('web'), $program ],
	    [ $bare, $web{bare}{pid}, 'bare' ];
	for my $turn (1 .. $turns) {
		take_turn($_) for $turn % 2 ? @of : reverse @of;
	}
	my ($x, $y) = map { $_->{rates} } @of;
	my $ratio = median(map { $x->[$_] / $y->[$_] } 0 .. $turns - 1);
	result($what, per_second(median(@$x)), per_second(median(@$y)), $ratio,
	    "$share of a bare $statement", $ratio >= $share);
	my @us = map { $_->{cpu} * 1e6 / $_->{calls} } @of;
	result("$what, CPU a call", map({ sprintf '%.1f us', $_ } @us),
	    $us[0] / $us[1], "a bare $statement");
}

sub take_turn {
	my ($of) = @_;
	$of->{cpu} -= cpu($_) for @{ $of->{pids} };
	my $r = $of->{load}->();
	$of->{cpu} += cpu($_) for @{ $of->{pids} };
	$of->{calls} += $r->{good};
	push @{ $of->{rates} }, $r->{rate};
}

sub milliseconds { return sprintf '%.2f ms', $_[0] }

# The child of a process that runs that program; any if there is but one.
sub child_of {
	my ($pid, $program) = @_;
	my $o = stack();
	my @children = split ' ',
	    $o->read_file("/proc/$pid/task/$pid/children");
	return $children[0] if !defined $program;
	return (grep { (Outpost::words_of($_))[0] =~ m{/\Q$program\E$} }
	    @children)[0] // die "no $program\n";
}

1;
