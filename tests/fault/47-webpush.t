#!/usr/bin/perl
# Web Push from the API to the browser: a message arrives at each of the four
# services, at one that is none of them, and at one without HTTP/2, encrypted so
# that the browser can read it. Each documented refusal has the consequence that
# it must have; a fault of VAPID never costs a device; nothing is lost in storms
# of 429 and 503, nor when sendd is killed.
use strict;
use warnings;
use Digest::SHA qw(sha256);
use Fault;
use MIME::Base64 qw(encode_base64 encode_base64url);
use Test::More;

my %host = (google => 'fcm.googleapis.com',
    mozilla => 'updates.push.services.mozilla.com',
    apple => 'web.push.apple.com',
    windows => 'wns2-par02p.notify.windows.com',
    other => 'push.my-shop.eu', old => 'push.old-shop.eu');
my @services = sort keys %host;

my $o = Fault->up(conf => "[message]\nstorage = yes\n[webpush]\nhosts = "
    . join(', ', @host{@services}) . "\n");
my $keys = $o->{keys}{webpush};

sub app {
	my ($name) = @_;
	for my $c ([ POST => '/admin/app/create', { appId => $name } ],
	    [ PUT => '/admin/app/webpush', { appId => $name,
		subject => 'mailto:push@my-shop.eu',
		defaultUrl => 'https://my-shop.eu/', privateKeyBase64 =>
		encode_base64($o->read_file($keys->{key_file}), '') } ]) {
		my $r = $o->request(@$c[0, 1], { requestObject => $c->[2] });
		die "$c->[1]: $r->{body}\n" if $r->{status} != 200;
	}
	return $name;
}

# A browser of a user at a service, whose endpoint plays that scenario.
sub browser {
	my ($app, $user, $service, $scenario) = @_;
	$o->device($app, $user, 'webpush', {
	    endpoint => "https://$host{$service}/webpush/tok-$scenario:$user",
	    keys => { p256dh => $keys->{p256dh}, auth => $keys->{auth} } });
}

# What became of the user's message, and of the browser.
sub told {
	my ($user) = @_;
	my ($row) = $o->sql('SELECT m.state, COALESCE(m.reason, "-"), m.tries,'
	    . ' COALESCE(d.gone_reason, "-") FROM push_message m JOIN'
	    . ' push_device_registration d ON d.id = m.device_registration_id'
	    . " WHERE m.user_id = '$user'");
	return $row;
}
sub queue_for {
	my ($app, $user) = @_;
	my $r = $o->send($app, $user, mode => 'ASYNCHRONOUS');
	die "send: $r->{body}\n" if $r->{status} != 200;
}
sub gone { return $o->value('SELECT COUNT(*) FROM push_device_registration'
    . ' WHERE gone_at IS NOT NULL') }

# Whoever must wait for a minute or longer is due now. A deadlock with sendd is
# no harm: the next try comes.
sub hurry { eval { $o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3)'
    . ' WHERE attempts > 0 AND due > UTC_TIMESTAMP(3)') } }
sub settled_soon {
	my ($name) = @_;
	ok $o->wait_for(120, sub { hurry(); return $o->waiting == 0 }), $name
	    or diag $o->last_words;
}

# --- from end to end --------------------------------------------------------

app('site');
for my $service (@services) {
	browser('site', $service, $service, 'accept');
	my $r = $o->send('site', $service, body => { title => "To $service",
	    body => "P\x{159}i\x{161}lo 12 \x{20ac}", badge => 3,
	    collapseKey => 'payment' });
	is_deeply $r->{json}{responseObject}{webpush}, { sent => 1,
	    pending => 0, failed => 0, total => 1 }, "$service: delivered"
	    or diag $r->{body};
	my ($line) = grep { $_->{token} eq "tok-accept:$service" } $o->ledger;
	is_deeply $line->{payload}, { web_push => 8030, app_badge => 3,
	    notification => { title => "To $service",
		body => "P\x{159}i\x{161}lo 12 \x{20ac}", app_badge => '3',
		tag => 'payment', navigate => 'https://my-shop.eu/' } },
	    "$service: the browser reads it";
	my $h = $line->{headers};
	is_deeply [ @$h{$service eq 'old' ? 'host' : ':authority',
	    qw(urgency topic)} ], [ $host{$service}, 'high',
	    encode_base64url(substr sha256('payment'), 0, 24) ],
	    "$service: and it has its headers";
	cmp_ok $h->{ttl}, '>', 86000, "$service: a day to arrive";
	is $h->{'content-length'}, 86 + 256 + 1 + 16,
	    "$service: its length is hidden";
}
is $o->value('SELECT COUNT(*) FROM push_grant'), @services,
    'a token of VAPID for each origin';

# --- each refusal -----------------------------------------------------------

# All of them once. later: it is sent again. held: so are the others of the
# application there, until a probe is accepted. again: at once, because a new
# token of VAPID may help. Neither of these two uses up a try.
my @refusals = (
	[ google => 'expired', 'gone', 'Expired' ],
	[ google => '404', 'gone', 'HTTP 404' ],
	[ google => 'UnauthorizedRegistration', 'held' ],
	[ google => 'invalid-jwt', 'again' ],
	[ google => '401', 'again' ],
	[ google => 'mismatch', 'later' ],
	[ google => 'invalid-ttl', 'failed', 'InvalidTtl' ],
	[ google => 'InvalidRegistration', 'failed', 'InvalidRegistration' ],
	[ google => 'invalid-endpoint', 'failed', 'InvalidRegistration' ],
	[ google => '413', 'failed', 'HTTP 413' ],
	[ google => '500', 'later' ],
	[ mozilla => '102', 'gone', '102' ],
	[ mozilla => '103', 'gone', '103' ],
	[ mozilla => '105', 'gone', '105' ],
	[ mozilla => '106', 'gone', '106' ],
	[ mozilla => '109', 'again' ],
	[ mozilla => '109-mismatch', 'later' ],
	(map { [ mozilla => $_, 'failed', $_ ] } 104, 108, 110 .. 114),
	(map { [ mozilla => $_, 'later' ] } 201, 202, 901 .. 903),
	[ apple => 'ExpiredSubscription', 'gone', 'ExpiredSubscription' ],
	[ apple => 'Unregistered', 'gone', 'Unregistered' ],
	[ apple => 'VapidPkHashMismatch', 'later' ],
	[ apple => 'BadJwtToken', 'again' ],
	[ apple => 'BadVapidPublicKey', 'held' ],
	[ apple => 'BadAuthorizationHeader', 'held' ],
	[ apple => 'TooManyRequests', 'later' ],
	(map { [ apple => $_, 'failed', $_ ] } qw(BadWebPushTopic BadTtl
	    BadUrgency BadWebPushRequest BadPath PayloadTooLarge)),
	[ windows => '410', 'gone', 'HTTP 410' ],
	[ windows => 'dropped', 'failed', 'dropped' ],
	(map { [ windows => $_, 'later' ] } qw(channelthrottled 401 403 406
	    429)),
	[ old => '410', 'gone', 'HTTP 410' ],
	[ old => '413', 'failed', 'HTTP 413' ],
	[ old => '307', 'later' ],
	[ other => '410', 'gone', 'HTTP 410' ],
	[ other => '400', 'failed', 'HTTP 400' ],
	(map { [ other => $_, 'later' ] } qw(301 307 401 403 429 503)),
);
my %after = (gone => 1, failed => 1, later => 2, held => 1, again => 1);
for my $case (@refusals) {
	my ($service, $name, $becomes) = @$case;
	my $user = "$service-$name";
	my $app = $becomes =~ /^(held|again)$/ ? app($user) : 'site';
	browser($app, $user, $service, "once-$name");
	queue_for($app, $user);
}
settled_soon('all are settled');
for my $case (@refusals) {
	my ($service, $name, $becomes, $reason) = @$case;
	my $sent = !defined $reason;
	is_deeply told("$service-$name"), [ $sent ? 'sent' : 'failed',
	    $reason // '-', $after{$becomes},
	    $becomes eq 'gone' ? $reason : '-' ],
	    "$service: $name: $becomes";
	next if $becomes !~ /^(held|again)$/;
	is scalar(() = $o->log_text =~
	    /^<3>hold provider=webpush app=$service-$name /mg),
	    $becomes eq 'held' ? 1 : 0, "$service: $name: holds";
}
is scalar(grep { $_->{token} eq 'other' } $o->ledger), 0,
    'no redirection is followed';
my $before = $o->control->{by}{webpush};
is $o->send('site', 'other-410')->{status}, 200,
    'to a browser that is gone';
is $o->control->{by}{webpush}, $before, 'nothing is sent';

# --- when to come again -----------------------------------------------------

browser('site', 'patient', 'other', 'once-429@600');
queue_for('site', 'patient');
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_outbox WHERE'
    . ' attempts = 1 AND due > UTC_TIMESTAMP(3) + INTERVAL 5 MINUTE') }),
    'Retry-After is obeyed';
settled_soon('and the message repeated');
is_deeply told('patient'), [ 'sent', '-', 2, '-' ], 'with success';

# --- VAPID ------------------------------------------------------------------

# The stand-in wants another key than the application has, or thinks that the
# token is over.
my $was = gone();
for my $fault ([ key => { trust => 'vapid-2' }, { trust => 'vapid' } ],
    [ clock => { ahead => 100000 }, { ahead => 0 } ]) {
	my ($name, $on, $off) = @$fault;
	$o->control($on);
	my $rejected = $o->control->{rejected};
	app("site-$name");
	for my $service (@services) {
		browser("site-$name", "$name-$service", $service, 'accept');
		queue_for("site-$name", "$name-$service");
	}
	ok $o->wait_for(60, sub { $o->control->{rejected} >= $rejected
	    + @services }),
	    "$name: each service refuses";
	is $o->waiting, @services, "$name: no message is given up";
	$o->control($off);
	settled_soon("$name: all go when the fault is gone");
	is_deeply [ map { told("$name-$_")->[0] } @services ],
	    [ ('sent') x @services ], "$name: none is lost";
}
is gone(), $was, 'a fault of VAPID costs no device';

# --- storms -----------------------------------------------------------------

# Every service is busy, for more requests than there are messages.
browser('site', 'storm', $services[$_ % @services], "accept:$_") for 1 .. 20;
for my $mode (qw(429 503)) {
	my $seen = $o->seen(qr/:storm$/);
	my $rejected = $o->control->{rejected};
	$o->control({ mode => $mode, provider => 'webpush', count => 30 });
	queue_for('site', 'storm');
	settled_soon("$mode: all go when the storm is over");
	is $o->control->{rejected} - $rejected, 30, "$mode: it was met";
	is $o->seen(qr/:storm$/) - $seen, 20, "$mode: each arrives once";
}
is gone(), $was, 'storms cost no device';

# --- sendd is killed --------------------------------------------------------

my $n = 40;
browser('site', 'crowd', $services[$_ % @services], "slow-60000:$_")
    for 1 .. $n;
queue_for('site', 'crowd');
ok $o->wait_for(60, sub { $o->seen(qr/^tok-slow/) >= 5 }),
    'messages are under way';
# as they are sealed: one that is signed anew is another one
sub tokens { return $o->value('SELECT GROUP_CONCAT(SHA1(token) ORDER BY token)'
    . ' FROM push_grant') }
my $tokens = tokens();
like $tokens, qr/,/, 'the tokens of VAPID are kept';
$o->kill_off('sendd');
is $o->waiting, $n, 'none is settled when sendd dies';
$o->control({ prompt => JSON::PP::true() });
$o->again;
$o->settled(120);
$o->nothing_lost($n, match => qr/^tok-slow/, any_id => 1,
    why => 'in flight when sendd was killed');
my ($sums) = $o->sql('SELECT SUM(total) = SUM(done), SUM(webpush_sent)'
    . ' >= ' . $n . ' FROM push_send');
is_deeply $sums, [ 1, 1 ], 'the accounts are complete';
is tokens(), $tokens, 'no token was signed again after the restart';
unlike join('', map { $o->read_file($_) } glob "$o->{run}/logs/*.log"),
    qr/\Q$keys->{auth}\E|webpush\/tok-/, 'no log has a secret';


# --- by other hands ---------------------------------------------------------

# What we encrypt opens with http_ece, and py_vapid accepts who we are. They are
# installed if that is possible, once for all runs.
my $modules = 'build/python';
sub have_modules {
	local $ENV{PYTHONPATH} = $modules;
	return system('python3 -c "import http_ece, py_vapid" 2>/dev/null')
	    == 0;
}
sub independent {
	my $port = Outpost::free_port();
	local $ENV{PYTHONPATH} = $modules;
	my $pid = open my $said, '-|', 'python3', 'tests/lib/push_service.py',
	    $port, map { "$o->{run}/provider/server.$_" } qw(pem key)
	    or die "python3: $!\n";
	$keys = Outpost::json()->decode(scalar <$said>);
	$o->kill_off('sendd');
	$o->more_sendd('other',
	    "[webpush]\nproxy = http://127.0.0.1:$port\n");
	browser('site', 'independent', 'apple', 'accept');
	my $r = $o->send('site', 'independent', body => {
	    title => "Zpr\x{e1}va", body => 'x' x 2500 });
	is $r->{json}{responseObject}{webpush}{sent}, 1, 'it is accepted'
	    or diag $r->{body}, $o->log_text('other');
	my $got = Outpost::json()->decode(scalar <$said>);
	is_deeply [ @$got{qw(host vapid)} ], [ $host{apple},
	    Outpost::json()->decode('true') ], 'its sender is verified';
	is_deeply [ @{ $got->{claims} }{qw(aud sub)} ],
	    [ "https://$host{apple}", 'mailto:push@my-shop.eu' ],
	    'with the claims of this service';
	is_deeply $got->{message}{notification}, { title => "Zpr\x{e1}va",
	    body => 'x' x 2500, navigate => 'https://my-shop.eu/' },
	    'and it is read';
	$o->end_sendd('other');
	kill TERM => $pid;
	close $said;
}
have_modules() or system('timeout 60 python3 -m pip install -q --target'
    . " $modules http_ece py_vapid >/dev/null 2>&1");
SKIP: {
	skip 'http_ece and py_vapid cannot be installed', 4 if !have_modules();
	independent();
}

done_testing;
