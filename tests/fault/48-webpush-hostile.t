#!/usr/bin/perl
# A push service that means harm costs nothing: one that leads elsewhere, one
# whose name leads to this machine when it is connected to, one that never
# answers, and one that sends 5 MB. What goes to others arrives meanwhile, no
# browser is lost, and an operator can stop one host alone.
use strict;
use warnings;
use Fault;
use IO::Select;
use IO::Socket::INET;
use Test::More;

my %host = (good => 'fcm.googleapis.com', bad => 'push.my-shop.eu',
    old => 'push.old-shop.eu', # has no HTTP/2
    worse => 'trap.rebound.eu');
my $o = Fault->up(conf => "[message]\nstorage = yes\n[webpush]\n"
    . "hosts = any-public\nresponse_timeout = 2s\n");
my $keys = $o->{keys}{webpush};

# Of the application of that name, which has a pace of its own.
sub browser {
	my ($app, $host, $scenario) = @_;
	$o->device($app, 'joe', 'webpush', {
	    endpoint => "https://$host{$host}/webpush/tok-$scenario:$app",
	    keys => { p256dh => $keys->{p256dh}, auth => $keys->{auth} } });
}
sub queue_for { my ($app) = @_; is $o->send($app, 'joe',
    mode => 'ASYNCHRONOUS')->{status}, 200, "a message of $app" }
my $of = 'app_id = (SELECT id FROM push_app_credentials WHERE app_id =';
sub tried { return $o->value('SELECT COUNT(*) FROM push_outbox WHERE'
    . " $of '$_[0]') AND attempts > 0") }
sub waits { return $o->value('SELECT COUNT(*) FROM push_outbox WHERE'
    . " $of '$_[0]')") }
sub gone { return $o->value('SELECT COUNT(*) FROM push_device_registration'
    . ' WHERE gone_at IS NOT NULL') }
my $sent = 0;
sub others_arrive {
	my ($while) = @_;
	queue_for('good');
	$sent += 20;
	ok $o->wait_for(60, sub { $o->seen(qr/:good\d*$/) == $sent }),
	    "what goes to another service arrives: $while";
}
sub sendd_peak { return $o->read_file('/proc/' . $o->pid('sendd') . '/status')
    =~ /^VmHWM:\s+(\d+)/m ? $1 : 0 }

$o->webpush_app($_) for qw(good silent flood led held trapped);
browser('good', 'good', "accept:$_") for 1 .. 20;
others_arrive('nothing is wrong');

# --- one that never answers -------------------------------------------------

my $n = 20;
browser('silent', $_ % 2 ? 'bad' : 'old', "hang:$_") for 1 .. $n;
queue_for('silent');
others_arrive('one never answers');
ok $o->wait_for(120, sub { tried('silent') == $n }),
    'each is given up for now';
others_arrive('they are tried again');
is waits('silent'), $n, 'and none is thrown away';

# --- one that sends 5 MB ----------------------------------------------------

my $peak = sendd_peak();
browser('flood', $_ % 2 ? 'bad' : 'old', "huge:$_") for 1 .. 20;
queue_for('flood');
ok $o->wait_for(120, sub { tried('flood') == 20 }),
    'each is refused by its status';
others_arrive('100 MB are on their way');
cmp_ok sendd_peak() - $peak, '<', 50_000, 'of which sendd keeps nothing'
    if !$ENV{SAN};

# --- one that leads elsewhere -----------------------------------------------

for my $status (301, 302, 303, 307, 308) {
	browser('led', $_, $status) for qw(bad old);
}
queue_for('led');
ok $o->wait_for(120, sub { tried('led') == 10 }),
    'redirections are no answers';
is scalar(grep { $_->{token} eq 'other' } $o->ledger), 0,
    'and none is followed';
others_arrive('redirections come');

# --- an operator stops the one host -----------------------------------------

my $app = 'held';
browser($app, $_, 'accept') for qw(good bad);
queue_for($app);
ok $o->wait_for(60, sub { $o->seen(qr/accept:$app/) == 2 }), 'both are in use';
my ($status, $said) = $o->outpost('hold', $app, '--provider', 'webpush',
    '--host', $host{bad}, '--reason', 'hostile');
is "$status $said", "0 $app: held (webpush at $host{bad})\n",
    'one host is held';
ok $o->wait_for(60, sub { $o->log_text =~ /hold\ provider=webpush\ app=$app
    \ host=\Q$host{bad}\E\ by\ an\ operator/x }), 'which sendd hears';
queue_for($app);
ok $o->wait_for(60, sub { $o->seen(qr/accept:$app/) == 3 }),
    'what goes to the other host arrives';
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_outbox WHERE'
    . " $of '$app') AND reason = 'held by an operator'") }),
    'what goes there waits';
my $health = $o->get('/admin/app/health')->{json}{responseObject};
is_deeply [ map { [ @$_{qw(appId provider host reason)} ] }
    @{ $health->{holds} } ], [ [ $app, 'webpush', $host{bad}, 'hostile' ] ],
    'the API tells which';
($status, $said) = $o->outpost('queue');
like $said, qr/^held: $app \(webpush at \Q$host{bad}\E\) since .*: hostile$/m,
    'and so does the command';
for ([ qr/--host goes with --provider webpush/, '--host', $host{bad} ],
    [ qr/--host goes with/, '--provider', 'apns', '--host', $host{bad} ],
    [ qr/full name of a host/, '--provider', 'webpush', '--host', 'X' ]) {
	my ($words, @options) = @$_;
	($status, $said) = $o->outpost('hold', $app, @options);
	is $status, 2, "hold @options";
	like $said, $words, 'is no use';
}
$o->outpost('hold', $app, '--provider', 'webpush');
($status, $said) = $o->outpost('release', $app, '--provider', 'webpush',
    '--host', $host{bad});
is $status, 1, 'a part is not released while the whole is held';
like $said, qr/release it without --host/, 'with a sentence';
($status, $said) = $o->outpost('release', $app, '--provider', 'webpush');
is $status, 0, 'the whole is' or diag $said;
is $o->value('SELECT COUNT(*) FROM push_hold'), 0, 'and its parts';
ok $o->wait_for(60, sub { $o->seen(qr/accept:$app/) == 4 }),
    'what waited goes';

# --- one whose name leads to this machine -----------------------------------

my $trap = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5)
    or die "listen: $!\n";
$o->kill_off('sendd');
$o->sql('DELETE FROM push_outbox');
{
	local $ENV{LD_PRELOAD} = "$o->{bin}/rebound.so";
	local $ENV{REBOUND_PORT} = $trap->sockport;
	local $ENV{ASAN_OPTIONS} = join ':', 'verify_asan_link_order=0',
	    $ENV{ASAN_OPTIONS} // ();
	# no proxy: it would be the one to look the name up
	$o->more_sendd('direct', "[webpush]\nproxy =\n");
}
browser('trapped', 'worse', 'accept');
queue_for('trapped');
ok $o->wait_for(60, sub { $o->log_text('direct') =~
    /disconnected origin=\Q$host{worse}\E / }), 'it is not connected to';
ok !IO::Select->new($trap)->can_read(0), 'nobody has come here';
is waits('trapped'), 1, 'the message waits';
is tried('trapped'), 0, 'and has used up no try';
is gone(), 0, 'no browser is lost';
unlike join('', map { $o->read_file($_) } glob "$o->{run}/logs/*.log"),
    qr/\Q$keys->{auth}\E|webpush\/tok-/, 'no log has a secret';
$o->end_sendd('direct');
done_testing;
