#!/usr/bin/perl
# The connection to MariaDB is lost at the COMMIT of an administrative change:
# before it was done, or before anybody was told. The caller gets no success,
# and there are both the change and its row in the audit trail, or neither.
#
# Between admin.fcgi and MariaDB stands a relay, which spoils the next COMMIT
# when it is told to.
use strict;
use warnings;
use Cwd qw(abs_path);
use IO::Select;
use IO::Socket::UNIX;
use Outpost;
use Test::More;

my $o = Outpost->up;
# where the service user gets at it, even below a closed directory
my $path = abs_path($o->{run}) . '/sock/relay.sock';
my $order = "$o->{run}/relay.order";	# "lose" or "hide"; done, it is gone

sub relay {
	my ($listen) = @_;
	my $all = IO::Select->new($listen);
	my (%peer, %client, %hide);
	my $cut = sub {
		my @both = grep { $_ } $_[0], $peer{ $_[0] };
		for my $s (@both) {
			$all->remove($s);
			delete $_->{$s} for \%peer, \%client, \%hide;
			close $s;
		}
	};
	for (;;) {
		my @ready = $all->can_read;
		for my $s (@ready) {
			if ($s == $listen) {
				my $c = $listen->accept or next;
				my $db = IO::Socket::UNIX->new(
				    Peer => "$o->{run}/mariadb.sock");
				if (!$db) { close $c; next }
				($peer{$c}, $peer{$db}) = ($db, $c);
				$client{$c} = 1;
				$all->add($c, $db);
				next;
			}
			next if !$peer{$s};
			my $n = sysread $s, my $data, 1 << 20;
			my $what = $n && $client{$s} && -e $order &&
			    $data =~ /^...\0\x03COMMIT$/s
			    ? $o->read_file($order) : '';
			unlink $order if $what;
			$hide{ $peer{$s} } = 1 if $what eq 'hide';
			if (!$n || $what eq 'lose' || $hide{$s}) {
				$cut->($s);
				next;
			}
			my $to = $peer{$s};
			for (my $at = 0; $at < $n;) {
				my $w = syswrite $to, $data, $n - $at, $at;
				last if !$w;
				$at += $w;
			}
		}
	}
}

my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 50)
    or die "$path: $!\n";
chmod 0666, $path;
my $relay = fork // die "fork: $!\n";
if ($relay == 0) {
	$SIG{PIPE} = 'IGNORE';
	eval { relay($listen) };
	warn $@ if $@;
	require POSIX;
	POSIX::_exit(1);
}
close $listen;
END { my $s = $?; kill 'KILL', $relay if $relay; $? = $s }

my $direct = $o->{conf} . '.direct';
$o->write_file($direct, $o->read_file($o->{conf}));
$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[database]\nsocket = $path\n");
my $out = $o->stack('restart', 'web');
is $?, 0, 'the responders run through the relay' or diag $out;

# What there is of an application, and of its creation in the trail.
sub there {
	my ($app) = @_;
	my ($row) = $o->sql('SELECT (SELECT COUNT(*) FROM push_app_credentials'
	    . " WHERE app_id = '$app'), (SELECT COUNT(*) FROM push_audit"
	    . " WHERE action = 'app.create' AND object = '$app')");
	return "@$row";
}

sub spoil {
	my ($how) = @_;
	$o->write_file("$order.new", $how);
	rename "$order.new", $order or die "$order: $!\n";
}

sub create { return $o->post('/admin/app/create',
    { requestObject => { appId => $_[0] } }) }

is create('first')->{status}, 200, 'a change through the relay';
is there('first'), '1 1', 'with its row';
for (['lose', '0 0', 'was not done: neither of them'],
    ['hide', '1 1', 'was done and not told: both of them']) {
	my ($how, $want, $words) = @$_;
	spoil($how);
	my $r = create("app-$how");
	is $r->{status}, 503, "$how: no success" or diag $r->{body};
	is $r->{json}{responseObject}{code}, 'ERROR_DATABASE', 'by its code';
	ok !-e $order, 'the COMMIT was spoiled';
	is there("app-$how"), $want, "which $words";
}

# a secret of an integration that may not be is not told
spoil('lose');
my $r = $o->post('/admin/integration/create', { requestObject => {
    name => 'ghost', roles => ['send'] } });
is $r->{status}, 503, 'an integration that is not made';
unlike $r->{body}, qr/secret|token/, 'has no secret';

# the command, in the same way
{
	local $o->{conf} = $o->{conf};
	spoil('lose');
	my ($status, $said) = $o->outpost(qw(integration create --name ghost
	    --role send));
	is $status, 1, 'a command whose COMMIT is lost fails';
	like $said, qr/^outpost: database: /, 'says why';
	unlike $said, qr/^secret/m, 'and tells no secret';
	$o->{conf} = $direct;
	($status, $said) = $o->outpost(qw(integration list));
	unlike $said, qr/ghost/, 'there is none';
}
is scalar(() = $o->sql("SELECT 1 FROM push_audit WHERE object = 'ghost'")), 0,
    'nor a row of one';

done_testing;
