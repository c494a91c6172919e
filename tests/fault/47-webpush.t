#!/usr/bin/perl
# Web Push from the API to the browser: a message arrives at each of the four
# services, at one that is none of them, and at one without HTTP/2, encrypted so
# that the browser can read it. Each documented refusal has the consequence that
# it must have; a fault of VAPID never costs a device; nothing is lost in storms
# of 429 and 503, which slow a host down for all applications, nor when sendd is
# killed; a campaign tells what became of it, and which browser is gone.
use strict;
use warnings;
use Digest::SHA qw(sha256);
use Fault;
use MIME::Base64 qw(encode_base64url);
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

sub app { return $o->webpush_app($_[0],
    defaultUrl => 'https://my-shop.eu/') }

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
    . ' WHERE due > UTC_TIMESTAMP(3) AND (attempts > 0'
    . ' OR due > UTC_TIMESTAMP(3) + INTERVAL 40 SECOND)') } }
sub settled_soon {
	my ($name) = @_;
	ok $o->wait_for(120, sub { hurry(); return $o->waiting == 0 }), $name
	    or diag $o->last_words;
}

# --- from end to end --------------------------------------------------------

# Every member that push/webpush.c can write.
my %loc = (titleLocKey => 'pay.title', titleLocArgs => ['Ann'],
    bodyLocKey => 'pay.body', bodyLocArgs => ['12 EUR']);
my %pictures = (icon => 'https://my-shop.eu/icon.png',
    image => 'https://my-shop.eu/picture.png');
app('site');
for my $service (@services) {
	browser('site', $service, $service, 'accept');
	my $r = $o->send('site', $service, body => { title => "To $service",
	    body => "P\x{159}i\x{161}lo 12 \x{20ac}", badge => 3,
	    collapseKey => 'payment', %loc, %pictures,
	    extras => { ref => '77' } });
	is_deeply $r->{json}{responseObject}{webpush}, { sent => 1,
	    pending => 0, failed => 0, total => 1 }, "$service: delivered"
	    or diag $r->{body};
	my ($line) = grep { $_->{token} eq "tok-accept:$service" } $o->ledger;
	is_deeply $line->{payload}, { web_push => 8030, app_badge => 3,
	    notification => { title => "To $service",
		body => "P\x{159}i\x{161}lo 12 \x{20ac}", app_badge => '3',
		tag => 'payment', navigate => 'https://my-shop.eu/',
		%pictures, data => { ref => '77', %loc } } },
	    "$service: the browser reads it";
	my $h = $line->{headers};
	is_deeply [ @$h{$service eq 'old' ? 'host' : ':authority',
	    qw(urgency topic)} ], [ $host{$service}, 'high',
	    encode_base64url(substr sha256('payment'), 0, 24) ],
	    "$service: and it has its headers";
	cmp_ok $h->{ttl}, '>', 86000, "$service: a day to arrive";
	is $h->{'content-length'}, 86 + 512 + 1 + 16,
	    "$service: its length is hidden";
}
is $o->value('SELECT COUNT(*) FROM push_grant'), @services,
    'a token of VAPID for each origin';

# --- a campaign -------------------------------------------------------------

sub admin {
	my ($method, $path, $object) = @_;
	my $r = $o->request($method, $path,
	    defined $object ? { requestObject => $object } : '');
	is $r->{status}, 200, "$method $path" or diag $r->{body};
	return $r->{json}{responseObject};
}
app('fair');
browser('fair', 'here', 'mozilla', 'accept');
browser('fair', 'left', 'google', 'expired');
my $campaign = '/push/campaign/' . admin(POST => '/push/campaign/create',
    { appId => 'fair', message => { title => 'Sale' } })->{id};
my ($id) = $campaign =~ /(\d+)$/;
admin(PUT => "$campaign/user/add", [qw(here left)]);
admin(POST => "/push/campaign/send/live/$id");
my $told;
ok $o->wait_for(60, sub {
	$told = $o->get("$campaign/status")->{json}{responseObject};
	return $told->{state} eq 'done';
}), 'a campaign to two browsers ends' or diag explain $told;
is_deeply $told->{run}{providers}, { webpush => { total => 2, sent => 1,
    failed => 1, expired => 0, cancelled => 0, pending => 0 } },
    'with the counts of Web Push';
is_deeply $told->{outcomes}, [ { platform => 'webpush',
    outcome => 'failed', reason => 'Expired', count => 1 } ],
    'and why one is not reached';
is_deeply [ map { [ $_->{payload}{notification}{title},
    $_->{headers}{urgency} ] } grep { $_->{token} eq 'tok-accept:here' }
    $o->ledger ], [ [ 'Sale', 'high' ] ],
    'the other one is, as urgently as a message';
my ($left, @more) = @{ admin(GET =>
    '/admin/device/quarantine?appId=fair')->{devices} };
is_deeply [ @$left{qw(appId userId platform)}, $left->{quarantine}{reason},
    scalar @more ], [ 'fair', 'left', 'webpush', 'Expired', 0 ],
    'the quarantine has the browser that is gone, and no other';

# --- each refusal -----------------------------------------------------------

# All of them once. later: it is sent again. held: so are the others of the
# application there, until a probe is accepted. again: at once, because a new
# token of VAPID may help. key: later, because the key may be wrong. None of
# these three uses up a try.
my @refusals = (
	[ google => 'expired', 'gone', 'Expired' ],
	[ google => '404', 'gone', 'HTTP 404' ],
	[ google => 'UnauthorizedRegistration', 'held' ],
	[ google => 'invalid-jwt', 'again' ],
	[ google => '401', 'again' ],
	[ google => 'mismatch', 'key' ],
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
	[ mozilla => '109-mismatch', 'key' ],
	(map { [ mozilla => $_, 'failed', $_ ] } 104, 108, 110 .. 114),
	(map { [ mozilla => $_, 'later' ] } 201, 202, 901 .. 903),
	[ apple => 'ExpiredSubscription', 'gone', 'ExpiredSubscription' ],
	[ apple => 'Unregistered', 'gone', 'Unregistered' ],
	[ apple => 'VapidPkHashMismatch', 'key' ],
	[ apple => 'BadJwtToken', 'again' ],
	[ apple => 'BadVapidPublicKey', 'held' ],
	[ apple => 'BadAuthorizationHeader', 'held' ],
	[ apple => 'TooManyRequests', 'later' ],
	(map { [ apple => $_, 'failed', $_ ] } qw(BadWebPushTopic BadTtl
	    BadUrgency BadWebPushRequest BadPath PayloadTooLarge)),
	[ windows => '410', 'gone', 'HTTP 410' ],
	[ windows => 'dropped', 'failed', 'dropped' ],
	(map { [ windows => $_, 'later' ] } qw(channelthrottled 406 429)),
	(map { [ windows => $_, 'key' ] } 401, 403),
	[ old => '410', 'gone', 'HTTP 410' ],
	[ old => '413', 'failed', 'HTTP 413' ],
	[ old => '307', 'later' ],
	[ other => '410', 'gone', 'HTTP 410' ],
	[ other => '400', 'failed', 'HTTP 400' ],
	(map { [ other => $_, 'later' ] } qw(301 307 429 503)),
	(map { [ other => $_, 'key' ] } 401, 403),
);
my %after = (gone => 1, failed => 1, later => 2, held => 1, again => 1,
    key => 1);
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

# Every service is busy, for more requests than there are messages of two
# applications, which both have browsers at each.
app('shop');
for my $n (0 .. 23) {
	browser($n % 2 ? 'site' : 'shop', 'storm', $services[$n / 2 %
	    @services], "accept:$n");
}
for my $mode (qw(429 503)) {
	my $seen = $o->seen(qr/:storm$/);
	my $rejected = $o->control->{rejected};
	$o->control({ mode => $mode, provider => 'webpush', count => 30 });
	queue_for($_, 'storm') for qw(site shop);
	settled_soon("$mode: all go when the storm is over");
	is $o->control->{rejected} - $rejected, 30, "$mode: it was met";
	is $o->seen(qr/:storm$/) - $seen, 24, "$mode: each arrives once";
}
is gone(), $was, 'storms cost no device';

# What a host says to one application slows another one down there, to which it
# has said nothing: not all of its messages are under way, though what was
# queued behind them has arrived.
app('calm');
browser('calm', 'first', 'google', 'accept');
browser('site', 'busy', 'google', 'once-429@0');
browser('calm', 'many', 'google', "slow-60000:$_") for 1 .. 20;
browser('calm', 'else', 'mozilla', 'accept');
queue_for('calm', 'first');
settled_soon('another application is at that host');
queue_for('site', 'busy');
settled_soon('one application was asked to slow down');
is_deeply told('busy'), [ 'sent', '-', 2, '-' ], 'by one answer';
my $asked = $o->control->{by}{webpush};
queue_for('calm', 'many');
queue_for('calm', 'else');
ok $o->wait_for(60, sub { (told('else') // [''])->[0] eq 'sent' }),
    'what goes to another host arrives';
cmp_ok $o->control->{by}{webpush} - $asked, '<=', 10,
    'the first host gets few at a time from the other application, too';
$o->control({ prompt => JSON::PP::true() });
settled_soon('then they go');
$o->control({ prompt => JSON::PP::false() });

# --- sendd is killed --------------------------------------------------------

my $n = 40;
browser('site', 'crowd', $services[$_ % @services], "slow-60000:$_")
    for 1 .. $n;
queue_for('site', 'crowd');
ok $o->wait_for(60, sub { $o->seen(qr/^tok-slow.*:crowd$/) >= 5 }),
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
$o->nothing_lost($n, match => qr/^tok-slow.*:crowd$/, any_id => 1,
    why => 'in flight when sendd was killed');
my ($sums) = $o->sql('SELECT SUM(total) = SUM(done), SUM(webpush_sent)'
    . ' >= ' . $n . ' FROM push_send');
is_deeply $sums, [ 1, 1 ], 'the accounts are complete';
is tokens(), $tokens, 'no token was signed again after the restart';
unlike join('', map { $o->read_file($_) } glob "$o->{run}/logs/*.log"),
    qr/\Q$keys->{auth}\E|webpush\/tok-/, 'no log has a secret';

# --- what the services check ------------------------------------------------

# A request made by hand, for its token of VAPID alone: the next thing that
# Google misses in it is a TTL.
sub signed {
	my ($text) = @_;
	$o->write_file("$o->{run}/claims", $text);
	my $file = "$o->{run}/claims";
	my $der = qx(openssl dgst -sha256 -sign $keys->{key_file} $file);
	return join '', map { substr "\0" x 32 . $_, -32 }
	    unpack 'x3 C/a x C/a', $der;
}
sub public_key {
	my ($file) = @_;
	return encode_base64url(substr
	    qx(openssl ec -in $file -pubout -outform DER 2>/dev/null), -65);
}
my $url = $o->{keys}{url};
sub by_hand {
	my ($change, %claims) = @_;
	%claims = (aud => "https://$host{google}", exp => time + 3600,
	    sub => 'mailto:push@my-shop.eu', %claims);
	my $text = join '.', map { encode_base64url(Outpost::json()->encode(
	    $_)) } { typ => 'JWT', alg => 'ES256' }, \%claims;
	my $vapid = $change->("vapid t=$text." . encode_base64url(
	    signed($text)) . ', k=' . public_key($keys->{key_file}));
	open my $p, '-|', 'curl', '-sS', '--http1.1', '--cacert',
	    $o->{keys}{ca_file}, '-H', "Host: $host{google}", '-H',
	    "Authorization: $vapid", '-d', 'x', "$url/webpush/tok-accept:hand"
	    or die "curl: $!\n";
	local $/;
	my $said = <$p>;
	my ($why) = $o->log_text('provider') =~
	    /.*^\S*webpush fault=(.*)/ms;
	return [ $said, (split /\n/, $why)[0] ];
}
sub as_it_is { return $_[0] }
system("openssl ecparam -name prime256v1 -genkey -noout -out $o->{run}/k") == 0
    or die "openssl\n";
my $other_key = public_key("$o->{run}/k");
my $jwt = 'permission denied: invalid JWT provided';
for my $case ([ 'the token as it is', 'bad request: invalid TTL header',
	'ttl why="no TTL"', \&as_it_is ],
    [ 'aud of another service', $jwt, 'bad-jwt why="aud is not the origin"',
	\&as_it_is, aud => "https://$host{apple}" ],
    [ 'aud with a path', $jwt, 'bad-jwt why="aud is not the origin"',
	\&as_it_is, aud => "https://$host{google}/" ],
    (map { [ "sub $_", $jwt, 'bad-jwt why="sub is nobody"', \&as_it_is,
	sub => $_ ] } 'push@my-shop.eu', 'mailto:push@localhost',
	'mailto: <push@my-shop.eu>'),
    (map { [ "exp in $_ s", $jwt, 'bad-jwt why="exp is not within a day"',
	\&as_it_is, exp => time + $_ ] } -60, 90000),
    [ 'exp as a text', $jwt, 'bad-jwt why="exp is not within a day"',
	\&as_it_is, exp => time + 3600 . '' ],
    [ 'a signature of other claims', $jwt,
	'bad-jwt why="Invalid JWT Signature."',
	sub { $_[0] =~ s/\.[^.,]+,/'.' . encode_base64url(signed('x'))
	    . ','/er } ],
    [ 'another key', 'the VAPID credentials in the authorization header do '
	. 'not correspond to the credentials used to create the '
	. 'subscriptions.', 'mismatch why="k is another key"',
	sub { $_[0] =~ s/k=.*/k=$other_key/r } ],
    [ 'no VAPID', '<HTML><TITLE>UnauthorizedRegistration</TITLE></HTML>',
	'no-vapid why="no VAPID"', sub { 'Bearer x' } ]) {
	my ($name, $said, $why, @made) = @$case;
	is_deeply by_hand(@made), [ $said, $why ], "refused: $name";
}
is scalar(grep { $_->{token} eq 'tok-accept:hand' } $o->ledger), 0,
    'none of these is accepted';

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
