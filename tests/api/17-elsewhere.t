#!/usr/bin/perl
# EXTRA_CONF points the providers of outpost.conf at another address, and the
# messages really go there: a second stand-in at another port.
use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use Outpost;
use Test::More;
use Time::HiRes qw(sleep);

my $bin = $ENV{BIN} // 'build/release';
my $dir = "build/test/elsewhere-$$";
make_path($dir);

# The stack's own stand-in cannot be told apart by its name, so the other one
# has keys, an authority and a ledger of its own.
my $pid = fork // die "fork: $!\n";
if (!$pid) {
	open STDERR, '>', "$dir/log";
	exec "$bin/provider", '-d', $dir, '-p', 0, '-l', "$dir/ledger";
	die "provider: $!\n";
}
my $other = bless {}, 'Outpost';
my $keys = $other->wait_for(60, sub {
	-e "$dir/provider.json" && eval {
		Outpost::json()->decode($other->read_file(
		    "$dir/provider.json")) };
});
BAIL_OUT('the second stand-in did not come up') if !$keys;

my $o = Outpost->up(conf => <<"END");
[apns]
development_url = $keys->{url}
ca_file = $keys->{ca_file}
[fcm]
send_url = $keys->{url}/v1/projects/%s/messages:send
ca_file = $keys->{ca_file}
[hms]
send_url = $keys->{url}/v2/%s/messages:send
token_url = $keys->{url}/oauth2/v3/token
ca_file = $keys->{ca_file}
END
isnt $o->{keys}{port}, $keys->{port}, 'there are two stand-ins';

my $theirs = $o->{keys};
$o->{keys} = $keys;	# the app's credentials are the other one's
$o->app('mobile-app');
$o->{keys} = $theirs;
$o->device('mobile-app', 'user-1', 'apns', 'a1' x 32);
$o->device('mobile-app', 'user-1', 'fcm', 'fcm-elsewhere');
$o->device('mobile-app', 'user-1', 'hms', 'hms-elsewhere');
my $r = $o->send('mobile-app', 'user-1');
is $r->{status}, 200, 'a message is sent';
is $r->{json}{responseObject}{result}{$_}{sent}, 1, "$_: sent 1"
    for qw(apns fcm hms);

my @lines = map { Outpost::json()->decode($_) } split /\n/,
    $other->read_file("$dir/ledger");
is_deeply [ sort map { $_->{provider} } @lines ], [ qw(apns fcm hms) ],
    'all three arrived at the other address';
is_deeply [ $o->ledger ], [], 'and none at the first one';

kill 'TERM', $pid;
waitpid $pid, 0;
$o->down;
remove_tree($dir) if !$ENV{KEEP};
done_testing;
