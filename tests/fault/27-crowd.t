#!/usr/bin/perl
# Many callers change the same rows at once. Each is answered as if it had
# come alone, because what meets another in the database is repeated; one who
# is in the way all the time is told of in words of their own.
use strict;
use warnings;
use HTTP::Tiny;
use Outpost;
use POSIX ();
use Test::More;
use Time::HiRes qw(time sleep);

my $callers = 64;
my $o = Outpost->up(conf => "[api]\nworkers = $callers\n");
$o->app('mobile-app');

# What MariaDB is doing while a crowd takes long: told when a call of it fails.
sub watch_database {
	my ($file) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	for (1 .. 30) {
		sleep 4;
		my $text = join "\n", map { join ' | ', map { $_ // '-' } @$_ }
		    $o->sql('SELECT id, user, command, time, state, info'
			. ' FROM information_schema.processlist'), $o->sql(
		    'SELECT trx_mysql_thread_id, trx_state, trx_started,'
			. ' trx_rows_modified, trx_rows_locked,'
			. ' trx_tables_locked, trx_query'
			. ' FROM information_schema.innodb_trx'), $o->sql(
		    'SHOW ENGINE INNODB STATUS');
		$text =~ s/(.{200}).*/$1/g;
		$o->write_file($file, $text);
	}
	POSIX::_exit(0);
}

# So many processes, each with its number; how often was each status? What a
# refusal says is told. A call that is refused as busy is repeated up to so
# often, when it says.
sub crowd {
	my ($n, $code, $repeats) = (@_, 0);
	my ($seen, $refused) = map { "$o->{run}/crowd.$_" } qw(seen refused);
	unlink $seen, $refused;
	my $watcher = watch_database($seen);
	pipe my $out, my $in or die "pipe: $!\n";
	my @pids;
	for my $me (1 .. $n) {
		my $pid = fork // die "fork: $!\n";
		push @pids, $pid;
		next if $pid;
		close $out;
		my $http = HTTP::Tiny->new(timeout => 120);
		my %told;
		$code->(sub {
			my ($path, $object) = @_;
			my $body = Outpost::json()->encode(
			    { requestObject => $object });
			my ($r, $at);
			for (0 .. $repeats) {
				$at = time;
				$r = $http->request('POST', "http://127.0.0.1:"
				    . "$o->{port}$o->{prefix}$path",
				    { headers => { 'content-type' =>
					'application/json' },
				    content => $body });
				last if $r->{status} < 500;
				diag sprintf '%s after %.1f s: %s', $path,
				    time - $at, substr $r->{content}, 0, 300;
				$o->write_file($refused, '');
				sleep $r->{headers}{'retry-after'} // 1;
			}
			$told{ $r->{status} }++;
			return $r;
		}, $me);
		syswrite $in, join(' ', %told) . "\n";
		POSIX::_exit(0);
	}
	close $in;
	my %all;
	while (my $line = <$out>) {
		my %told = split ' ', $line;
		$all{$_} += $told{$_} for keys %told;
	}
	waitpid $_, 0 for @pids;
	kill 'KILL', $watcher;
	waitpid $watcher, 0;
	diag $o->read_file($seen) if -e $seen && -e $refused;
	return \%all;
}

sub told { my ($all) = @_; return join ', ', map { "$_: $all->{$_}" }
    sort keys %$all }

# --- two devices, registered and removed ------------------------------------

my @phones = map { { appId => 'mobile-app', platform => 'ios', token =>
    sprintf('%064x', $_), activationId => Outpost::uuid(), userId =>
    "user-$_" } } 1, 2;
my $all = crowd($callers, sub {
	my ($post, $me) = @_;
	for my $round (1 .. 12) {
		my $p = $phones[($me + $round) % 2];
		$post->('/push/device/create', $p);
		$post->('/push/device/remove', { appId => $p->{appId},
		    token => $p->{token} });
	}
});
is_deeply $all, { 200 => $callers * 24 }, "$callers callers register and"
    . ' remove two devices: each is answered 200' or diag told($all);

# --- the status of one activation -------------------------------------------

$all = crowd(16, sub {
	my ($post, $me) = @_;
	for my $round (1 .. 10) {
		$post->('/push/device/create', $phones[0]);
		$post->('/push/device/status/update', { activationId =>
		    $phones[0]{activationId}, activationStatus =>
		    $round % 2 ? 'BLOCKED' : 'ACTIVE' });
	}
});
is_deeply $all, { 200 => 320 }, 'so are changes of one activation'
    or diag told($all);

# --- users of a campaign ----------------------------------------------------

my $r = $o->post('/push/campaign/create', { requestObject => {
    appId => 'mobile-app', message => { title => 'T', body => 'B' } } });
my $campaign = $r->{json}{responseObject}{id};
$all = crowd(8, sub {
	my ($post, $me) = @_;
	for my $round (1, 2) {
		# the same ones for all, from another place on
		$post->("/push/campaign/$campaign/user/add", [
		    map { 'user-' . ($_ + $me * 700) % 6000 } 1 .. 6000 ]);
		# and some of one's own
		$post->("/push/campaign/$campaign/user/add", [
		    map { "own-$me-$_" } 1 .. 3000 ]);
		$post->("/push/campaign/$campaign/user/delete", [
		    map { "own-$me-$_" } 1 .. 1500 ]);
	}
}, 4);
is_deeply $all, { 200 => 48 }, 'and users of a campaign, added and removed'
    or diag told($all);
is [ $o->sql("SELECT COUNT(*) FROM push_campaign_user WHERE campaign_id ="
    . " $campaign") ]->[0][0], 6000 + 8 * 1500, 'none of them is missing';

# Each so many of one's own that the others wait for the table's next number
# longer than MariaDB lets one statement wait: five seconds from now on.
$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[database]\ntimeout = 10s\n");
$o->stack('restart', 'web');
is $?, 0, 'the responders have less time';
my $many = 50000;
$r = $o->post('/push/campaign/create', { requestObject => {
    appId => 'mobile-app', message => { title => 'T', body => 'B' } } });
$campaign = $r->{json}{responseObject}{id};
$all = crowd(8, sub {
	my ($post, $me) = @_;
	$post->("/push/campaign/$campaign/user/add", [
	    map { "large-$me-$_" } 1 .. $many ]);
}, 4);
is_deeply $all, { 200 => 8 }, "and $many users of each of eight callers"
    or diag told($all);
sub users { return ($o->sql('SELECT COUNT(*) FROM push_campaign_user WHERE'
    . " campaign_id = $campaign"))[0][0] }
is users(), 8 * $many, 'none of them is missing';
$all = crowd(8, sub {
	my ($post, $me) = @_;
	$post->("/push/campaign/$campaign/user/delete", [
	    map { "large-$me-$_" } 1 .. $many ]);
}, 4);
is_deeply $all, { 200 => 8 }, 'and as many removed by each of them'
    or diag told($all);
is users(), 0, 'none of them is left';

# --- integrations -----------------------------------------------------------

$all = crowd(16, sub {
	my ($post, $me) = @_;
	for my $round (1 .. 4) {
		$post->('/admin/integration/create', { name => "i-$me-$round",
		    roles => ['send'] });
		$post->('/admin/integration/remove', { name =>
		    "i-$me-$round" });
	}
});
is_deeply $all, { 200 => 128 }, 'and integrations, made and removed'
    or diag told($all);

# --- one who is in the way all the time -------------------------------------

$o->post('/push/device/create', { requestObject => $phones[0] });
my $locks = $o->keep_locked('START TRANSACTION; SELECT COUNT(*) FROM'
    . ' push_device_registration FOR UPDATE');
$r = $o->post('/push/device/remove', { requestObject => {
    appId => 'mobile-app', token => $phones[0]{token} } });
is $r->{status}, 503, 'a row that somebody holds for long: 503';
is $r->{headers}{'retry-after'}, 1, 'with Retry-After';
like $r->{json}{responseObject}{message}, qr/^Others were changing the same/,
    'and words of its own';
is $r->{json}{responseObject}{code}, 'ERROR_DATABASE', 'under the code';
$o->let_go($locks);
$r = $o->post('/push/device/remove', { requestObject => {
    appId => 'mobile-app', token => $phones[0]{token} } });
is $r->{status}, 200, 'when it is let go, 200';

done_testing;
