#!/usr/bin/perl
# A wrong VAPID key never costs a browser or a message. A push service that
# refuses it for several browsers, and accepts nothing, is held for that
# application alone; an operator is told what to do; with the right key, all
# that has waited arrives, once, whatever other wrong key was set meanwhile and
# however often sendd was restarted. A browser that alone is refused stops
# nobody.
use strict;
use warnings;
use Fault;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;

my %host = (google => 'fcm.googleapis.com',
    mozilla => 'updates.push.services.mozilla.com',
    apple => 'web.push.apple.com',
    windows => 'wns2-par02p.notify.windows.com',
    other => 'push.my-shop.eu');
my %why = (google => 'KeyMismatch', mozilla => '109 mismatch',
    apple => 'VapidPkHashMismatch', windows => 'HTTP 401',
    other => 'HTTP 403');
my @services = sort keys %host;

# Whatever has used up a try is given up when it is a second old.
my $o = Fault->up(conf => "retry_max = 30m\ngive_up = 1s\n[message]\n"
    . "storage = yes\n[webpush]\nhosts = " . join(', ', @host{@services})
    . "\n");
my $keys = $o->{keys}{webpush};

sub put_key {
	my ($app, %key) = @_;
	my $r = $o->put('/admin/app/webpush', { requestObject => {
	    appId => $app, subject => 'mailto:push@my-shop.eu',
	    defaultUrl => 'https://my-shop.eu/', %key } });
	die "webpush: $r->{body}\n" if $r->{status} != 200;
	return $r->{json}{responseObject}{publicKey};
}
sub wrong { return (generate => JSON::PP::true, force => JSON::PP::true) }
sub right { return (privateKeyBase64 =>
    encode_base64($o->read_file($keys->{key_file}), '')) }
sub app {
	my ($app) = @_;
	my $r = $o->post('/admin/app/create', { requestObject => {
	    appId => $app } });
	die "create: $r->{body}\n" if $r->{status} != 200;
	return $app;
}
sub browser {
	my ($app, $user, $service, $scenario, %told) = @_;
	$o->device($app, $user, 'webpush', {
	    endpoint => "https://$host{$service}/webpush/tok-$scenario:$app",
	    keys => { p256dh => $keys->{p256dh}, auth => $keys->{auth} },
	    %told });
}
sub queue_for {
	my ($app, $user) = @_;
	my $r = $o->send($app, $user, mode => 'ASYNCHRONOUS');
	die "send: $r->{body}\n" if $r->{status} != 200;
}
sub waits { return $o->value('SELECT COUNT(*) FROM push_outbox WHERE app_id ='
    . " (SELECT id FROM push_app_credentials WHERE app_id = '$_[0]')") }
sub lost { return $o->value('SELECT COUNT(*) FROM push_device_registration'
    . ' WHERE gone_at IS NOT NULL') }
sub seen { my ($app) = @_; return $o->seen(qr/:$app$/) }
sub held_lines {
	my ($app, $host) = @_;
	return scalar(() = $o->log_text =~
	    /^<3>hold provider=webpush app=$app host=\Q$host\E for=/mg);
}
# Whatever waits for its next try is due now.
sub hurry { eval { $o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3)'
    . ' WHERE due > UTC_TIMESTAMP(3)') } }

# --- a wrong key ------------------------------------------------------------

# Half of its browsers are there before it has a key. The others are taken for
# ones that have subscribed with the wrong key, for their page says nothing of
# the right one.
my $each = 20;
app('shop');
for my $half (1, 2) {
	for my $service (@services) {
		browser('shop', 'joe', $service, "accept:$service$half-$_")
		    for 1 .. $each / 2;
	}
	put_key('shop', wrong()) if $half == 1;
}
my $n = $each * @services;
put_key(app('good'), right());
browser('good', 'ann', $_, "accept:$_") for @services;

my $rejected = $o->control->{rejected};
queue_for('shop', 'joe');
for my $service (@services) {
	ok $o->wait_for(60, sub { held_lines('shop', $host{$service}) }),
	    "$service: is held";
	like $o->log_text, qr/^<3>hold\ provider=webpush\ app=shop
	    \ host=\Q$host{$service}\E\ for=15s\ why="\Q$why{$service}\E"$/mx,
	    "$service: for as long as any other, and why";
}
queue_for('good', 'ann');
ok $o->wait_for(60, sub { seen('good') == @services }),
    'another application goes on at these hosts';
queue_for('shop', 'joe');
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_health WHERE'
    . " state = 'held' AND host <> ''") == @services }), 'each has a state';
is waits('shop'), 2 * $n, 'no message is given up';
is seen('shop'), 0, 'none was accepted';
is lost(), 0, 'no browser is given up';
my $asked = $o->control->{rejected} - $rejected;
cmp_ok $asked, '<=', $n + 4 * @services,
    "the services are not asked for each message ($asked)";
sub tries { return $o->value('SELECT SUM(attempts) FROM push_outbox') }
is tries(), 0, 'no try is used up';

# --- what an operator sees --------------------------------------------------

my (undef, $doctor) = $o->outpost('doctor');
my (undef, $queue) = $o->outpost('queue');
my $metrics = $o->get('/metrics')->{body};
for my $service (@services) {
	my ($host, $why) = ($host{$service}, $why{$service});
	my ($h) = grep { $_->{appId} eq 'shop' && ($_->{host} // '') eq $host }
	    @{ $o->get('/admin/app/health')->{json}{responseObject}{health} };
	is_deeply [ @$h{qw(state reason)} ], [ 'held', $why ],
	    "$service: the API tells that it is held";
	like $h->{remedy}, qr/set the VAPID key/, "$service: and what to do";
	like $doctor, qr/\Q$host\E does not accept application shop: \Q$why\E/,
	    "$service: doctor";
	like $queue, qr/^held: shop \(webpush at \Q$host\E\) .*\Q$why\E/m,
	    "$service: outpost queue";
	like $metrics, qr/^outpost_hold\{app="shop",provider="webpush",
	    host="\Q$host\E"\}\ 1$/mx, "$service: the metric";
	like $metrics, qr/^outpost_hold\{app="good",provider="webpush",
	    host="\Q$host\E"\}\ 0$/mx, "$service: not of the other application";
}
like $doctor, qr/outpost app webpush shop/, 'doctor names the command';

# --- another wrong one, and a restart ----------------------------------------

# Nothing of the hold is known then. A message that had used up a try would be
# given up when the key is wrong for long.
for my $again ([ 'another wrong key', sub { put_key('shop', wrong(), @_) } ],
    [ 'sendd is restarted', sub { $o->stack('restart', 'sendd') } ]) {
	my ($name, $does) = @$again;
	my %before = map { $_ => held_lines('shop', $host{$_}) } @services;
	$does->();
	for my $service (@services) {
		ok $o->wait_for(60, sub { hurry();
		    held_lines('shop', $host{$service}) > $before{$service} }),
		    "$name: $service is held again";
	}
	is waits('shop'), 2 * $n, 'nothing has failed';
	is tries(), 0, 'still no try is used up';
}

# --- the right one ----------------------------------------------------------

put_key('shop', right(), force => JSON::PP::true);
ok $o->wait_for(120, sub { hurry(); return waits('shop') == 0 }),
    'all go with the right key' or diag $o->last_words;
is seen('shop'), 2 * $n, 'each arrives once';
is $o->value("SELECT COUNT(*) FROM push_message WHERE user_id = 'joe'"
    . " AND state = 'sent'"), 2 * $n, 'and is told so';
is lost(), 0, 'no browser is lost after all';
my ($sums) = $o->sql('SELECT SUM(total), SUM(done), SUM(webpush_sent),'
    . ' SUM(webpush_failed) FROM push_send');
is_deeply $sums, [ (2 * $n + @services) x 3, 0 ], 'the accounts agree';
ok $o->wait_for(60, sub { $o->get('/metrics')->{body} !~
    /^outpost_hold\{app="shop".*\} 1$/m }), 'nothing is held any more';

# --- a fault that passes ----------------------------------------------------

# The service's own fault: its end is found by a probe, and at once when an
# operator ends a hold.
$o->control({ trust => 'vapid-2' });
app('passing');
put_key('passing', right());
browser('passing', 'eve', 'other', "accept:$_") for 1 .. 5;
queue_for('passing', 'eve');
ok $o->wait_for(60, sub { held_lines('passing', $host{other}) }),
    'a fault of the service: held';
$o->control({ trust => 'vapid' });
for my $verb ('hold', 'release') {
	my ($code, $said) = $o->outpost($verb, 'passing', '--provider',
	    'webpush', '--host', $host{other});
	is $code, 0, $verb or diag $said;
	ok $o->wait_for(60, sub { $o->log_text =~ /^<5>$verb\ provider=webpush
	    \ app=passing\ host=\S+\ by\ an\ operator$/mx }), "$verb is seen";
}
ok $o->wait_for(60, sub { hurry(); return waits('passing') == 0 }),
    'it is asked again';
is seen('passing'), 5, 'and all arrives';

# --- a browser that alone is refused ----------------------------------------

app('odd');
put_key('odd', right());
browser('odd', 'kim', 'mozilla', 'mismatch');
browser('odd', 'lee', 'mozilla', 'accept');
queue_for('odd', 'kim') for 1 .. 5;
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_outbox o JOIN'
    . ' push_app_credentials a ON a.id = o.app_id WHERE a.app_id = '
    . "'odd' AND due > UTC_TIMESTAMP(3) + INTERVAL 40 SECOND") == 5 }),
    'five messages to it are refused, and wait for a minute';
is tries(), 0, 'which uses up no try';
my $odd = "app_id = (SELECT id FROM push_app_credentials WHERE app_id = 'odd')";
$o->sql("UPDATE push_outbox SET id = id - (7200 << 31) WHERE $odd"
    . ' ORDER BY id');
ok $o->wait_for(60, sub { $o->sql('UPDATE push_outbox SET due ='
    . " UTC_TIMESTAMP(3) WHERE $odd AND due < UTC_TIMESTAMP(3) + INTERVAL 5"
    . ' MINUTE'); sleep 1; $o->value("SELECT COUNT(*) FROM push_outbox WHERE"
    . " $odd AND due > UTC_TIMESTAMP(3) + INTERVAL 20 MINUTE") == 5 }),
    'when they are two hours old they wait longer';
is $o->send('odd', 'lee')->{json}{responseObject}{webpush}{sent}, 1,
    'what goes to another one arrives';
is held_lines('odd', $host{mozilla}), 0, 'nothing is held';
is lost(), 0, 'and that browser stays';

# --- a key that was replaced ------------------------------------------------

# The service says what their page has told: nothing will reach these browsers,
# and that is no reason to hold what goes to others.
app('moved');
my $key = put_key('moved', right());
browser('moved', 'zoe', 'apple', "accept:$_", applicationServerKey => $key)
    for 1 .. 5;
put_key('moved', wrong());
is_deeply $o->send('moved', 'zoe')->{json}{responseObject}{webpush},
    { sent => 0, pending => 0, failed => 5, total => 5 },
    'what goes to browsers of an earlier key fails at once';
is_deeply [ $o->sql("SELECT DISTINCT reason FROM push_message WHERE user_id ="
    . " 'zoe'") ], [ ['the browser subscribed with another VAPID key'] ],
    'for that reason';
is held_lines('moved', $host{apple}), 0, 'and nothing is held';
is lost(), 0, 'nor is a browser lost';

# --- a key that was taken for theirs ----------------------------------------

# The present key is right for one browser. Of the others we have taken another
# one for theirs: where the service says that in so many words they fail alone.
# Where it may mean the token as well, they wait.
app('taken');
put_key('taken', wrong());
my %named = (mozilla => '109-mismatch', windows => '401');
for my $service (sort keys %named) {
	browser('taken', "new-$service", $service, 'accept');
	browser('taken', "old-$service", $service, "$named{$service}:$_")
	    for 1 .. 5;
}
put_key('taken', right(), force => JSON::PP::true);
for my $service (sort keys %named) {
	is $o->send('taken', "new-$service")->{json}{responseObject}{webpush}
	    {sent}, 1, "$service: the key is right";
	queue_for('taken', "old-$service");
}
ok $o->wait_for(60, sub { held_lines('taken', $host{windows}) }),
    'where it may mean all: held';
ok $o->wait_for(60, sub { waits('taken') == 5 }), 'and kept';
is_deeply [ $o->sql("SELECT user_id, state, reason, COUNT(*) FROM push_message"
    . " WHERE user_id LIKE 'old-%' AND state = 'failed' GROUP BY 1, 2, 3") ],
    [ [ 'old-mozilla', 'failed', '109 mismatch', 5 ] ],
    'where it means theirs: they fail';
is held_lines('taken', $host{mozilla}), 0, 'and nothing is held';
is tries(), 0, 'no try is used up';
is lost(), 0, 'no browser is lost';

done_testing;
