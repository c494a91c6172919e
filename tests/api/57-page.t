#!/usr/bin/perl
# The page of docs/webpush: its PHP registers the user of the session and nobody
# else; a headless Chromium subscribes, shows what is pushed, tells the site on
# each visit and when it has another subscription, and takes it back. The
# subscription is injected, for no push service can be reached, and the push
# comes by the DevTools protocol: that which the stand-in for the service got.
# A picture of the page is kept in build/shots; OUTPOST_SHOTS is another
# directory.
use strict;
use warnings;
use Chromium;
use File::Path qw(make_path);
use HTTP::Tiny;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Outpost;
use Test::More;

$ENV{SITE} = 'site';
my $o = Outpost->up(via => 'lighttpd');
my $app = $o->app('site');
my $of = $o->{keys}{webpush};
my $key = $o->put('/admin/app/webpush', { requestObject => { appId => $app,
    subject => 'mailto:push@my-shop.eu', privateKeyBase64 =>
    encode_base64($o->read_file($of->{key_file}), ''),
    defaultUrl => 'https://my-shop.eu/' } })->{json}{responseObject}{publicKey};
my $base = "http://127.0.0.1:$o->{port}";
my $endpoint = 'https://fcm.googleapis.com/webpush/tok-accept:page';
my %keys = (p256dh => $of->{p256dh}, auth => $of->{auth});
my $json = JSON::PP->new->utf8->canonical;
sub users { return [ map { $_->[0] } $o->sql('SELECT user_id FROM'
    . ' push_device_registration ORDER BY user_id') ] }
# "user endpoint" of each browser, but for what all endpoints have.
sub browsers { return [ map { my ($user, $token) = @$_;
    $token =~ /\Q$endpoint\E(\S*)/ ? "$user $1" : $user } $o->sql('SELECT'
    . ' user_id, address FROM push_device_registration ORDER BY user_id') ] }

# --- the script in PHP ------------------------------------------------------

# By the stack's lighttpd and php-cgi, as a site runs it.
my $cookie = '';
sub ask {
	my ($method, $path, $body, $csrf) = @_;
	my $r = HTTP::Tiny->new(timeout => 60, max_redirect => 0)->request(
	    $method, "$base/site/$path", { headers => { Cookie => $cookie,
		defined $csrf ? ('X-CSRF-Token' => $csrf) : () },
		defined $body ? (content => $json->encode($body)) : () });
	my $set = $r->{headers}{'set-cookie'} // '';
	$cookie = $1 if (ref $set ? $set->[-1] : $set) =~ /^(PHPSESSID=[^;]+)/;
	return $r;
}
sub php {
	is ask('GET', 'subscribe.php')->{status}, 403, 'nobody has logged in';
	is ask('GET', 'login.php?user=joe')->{status}, 302, 'joe does';
	my $r = ask('GET', 'subscribe.php');
	my $told = eval { $json->decode($r->{content}) };
	is $told->{key}, $key, 'the page learns the key' or diag $r->{content};
	my $sent = { requestObject => { userId => 'eve', appId => 'other',
	    token => { endpoint => $endpoint, keys => \%keys } } };
	is ask('POST', 'subscribe.php', $sent)->{status}, 403,
	    'not without a token';
	is ask('POST', 'subscribe.php', $sent, 'x' x 32)->{status}, 403,
	    'nor with a wrong one';
	is_deeply users(), [], 'so nobody is registered';
	is ask('POST', $told->{save}, $sent, $told->{csrf})->{status}, 200,
	    'with it a browser is registered';
	is_deeply users(), ['joe'], 'of the user of the session';
	ask('GET', 'login.php?user=eve');
	is ask('POST', $told->{forget}, $sent, $told->{csrf})->{status}, 403,
	    'the token is of one session';
	my $eve = $json->decode(ask('GET', 'subscribe.php')->{content});
	is ask('POST', $eve->{forget}, $sent, $eve->{csrf})->{status}, 200,
	    'with its own the browser is taken back';
	is_deeply users(), [], 'it is gone';
	is ask('POST', $eve->{save}, { requestObject => { token => 'x' } },
	    $eve->{csrf})->{status}, 400, 'a text is no subscription';
	is ask('GET', '')->{status}, 200, 'the page is a file';
}
SKIP: {
	skip 'php-cgi is not installed', 13 if !-e "$o->{run}/web/site";
	php();
}

# --- in a browser -----------------------------------------------------------

sub files {
	my $http = HTTP::Tiny->new(timeout => 60);
	for ([ '', 'text/html' ], [ 'sw.js', 'text/javascript' ],
	    [ 'webpush.js', 'text/javascript' ], [ 'page.css', 'text/css' ]) {
		my $r = $http->get("$base/webpush/$_->[0]");
		is "$r->{status} $r->{headers}{'content-type'}",
		    "200 $_->[1]", "/webpush/$_->[0] is a file";
	}
}
files();

# What a browser would have from its push service: it keeps a subscription until
# the next visit, and each has a number of its own.
my $inject = "const endpoint = '$endpoint', keys = " . $json->encode(\%keys)
    . <<'END';
;
const kept = sessionStorage;
function subscription(n = kept.n) {
	const given = {endpoint: `${endpoint}-${n}`, expirationTime: null,
	    keys};
	return {...given, toJSON: () => given, options: {applicationServerKey:
	    Uint8Array.from(JSON.parse(kept.of)).buffer},
	    unsubscribe: async () => {
		kept.left = n;
		delete kept.of;
		return true;
	}};
}
PushManager.prototype.getSubscription = async () =>
	kept.of ? subscription() : null;
PushManager.prototype.subscribe = async (options) => {
	window.asked = options;
	kept.n = Number(kept.n ?? 0) + 1;
	kept.of = JSON.stringify([...options.applicationServerKey]);
	return subscription();
};
// as a person has allowed it, which not every browser without a window knows
window.allowed = Notification.permission === 'granted';
Object.defineProperty(Notification, 'permission', {value: 'granted'});
END

sub deliver {
	my ($browser, $page, $message) = @_;
	my $event = $browser->event('ServiceWorker.workerRegistrationUpdated',
	    sub { @{ $_[0]{registrations} } });
	$browser->call('ServiceWorker.deliverPushMessage', {
	    origin => "$base/", data => $json->encode($message),
	    registrationId => $event->{registrations}[0]{registrationId} },
	    $page);
}

# What Outpost sends to the browser.
sub composed {
	my $r = $o->send($app, 'demo', body => { title => 'Balance update',
	    body => 'Your balance is $745.00', badge => 3,
	    category => 'balance', extras => { ref => '77',
		navigate => "$base/webpush/?order=7" } });
	is $r->{json}{responseObject}{webpush}{sent}, 1,
	    'a message to the browser is sent' or diag $r->{body};
	return ($o->ledger)[-1]{payload};
}

# As others may compose it: with a button, or leading nowhere.
sub pushed {
	my ($browser, $page, $navigate) = @_;
	deliver($browser, $page, { web_push => 8030,
	    mutable => JSON::PP::false,
	    notification => { title => 'Balance update',
		body => 'Your balance is $745.00',
		defined $navigate ? (navigate => $navigate) : (),
		actions => [ { action => 'pay', title => 'Pay',
		    navigate => "$base/webpush/?pay=7" } ] } });
}

# A session with the worker.
sub worker {
	my ($browser) = @_;
	my ($target) = grep { $_->{type} eq 'service_worker' }
	    @{ $browser->call('Target.getTargets')->{targetInfos} };
	return $browser->call('Target.attachToTarget', { targetId =>
	    $target->{targetId}, flatten => JSON::PP::true })->{sessionId};
}

# A browser without a window may have no notifications: then the worker gets
# some that are shown nowhere.
my $stand_in = <<'END';
const shown = [];
registration.showNotification = async (title, options) => {
	const one = {title, ...options, close() {
		shown.splice(shown.indexOf(one), 1);
	}};
	shown.push(one);
};
registration.getNotifications = async () => [...shown];
END

# There is nothing that could show a badge: Chromium without a window does not
# answer any more when a worker sets one.
my $badge = <<'END';
self.badges = [];
WorkerNavigator.prototype.setAppBadge = async (n) => {
	badges.push(n);
};
END

# A person clicks, which no protocol does: the worker gets the event as a
# browser gives it, and what it asks the browser for is written down, because
# without a person no window may be opened or come to the front.
my $click = <<'END';
(async (action) => {
	const did = [];
	Clients.prototype.openWindow = async (url) => {
		did.push(`open ${url}`);
	};
	WindowClient.prototype.focus = async function () {
		did.push(`focus ${this.url}`);
	};
	const [notification] = await registration.getNotifications();
	const event = new ExtendableEvent('notificationclick');
	let until = Promise.reject(new Error('nothing is waited for'));
	until.catch(() => {});
	Object.defineProperties(event, {
		notification: {value: notification}, action: {value: action},
		waitUntil: {value: (promise) => {
			until = promise;
		}}});
	dispatchEvent(event);
	await until;
	did.push((await registration.getNotifications()).length);
	return JSON.stringify(did);
})
END
sub clicked {
	my ($browser, $page, $worker, $navigate, $action) = @_;
	pushed($browser, $page, $navigate);
	$browser->wait_for($worker,
	    q{registration.getNotifications().then(n => n.length === 1)});
	return $json->decode($browser->value($worker, "($click)('$action')"));
}
sub clicks {
	my ($browser, $page, $worker) = @_;
	is_deeply clicked($browser, $page, $worker, "$base/webpush/?order=7",
	    ''), [ "open $base/webpush/?order=7", 0 ],
	    'a click closes it, and opens where it leads';
	is_deeply clicked($browser, $page, $worker, "$base/webpush/", ''),
	    [ "focus $base/webpush/", 0 ], 'or shows the window that is there';
	is_deeply clicked($browser, $page, $worker, "$base/webpush/?order=7",
	    'pay'), [ "open $base/webpush/?pay=7", 0 ],
	    'a button leads elsewhere';
	is_deeply clicked($browser, $page, $worker, undef, ''),
	    [ "focus $base/webpush/", 0 ], 'without a link, to the site';
}

# The service ends a subscription while no page is there: the worker gets
# another one, and tells the site.
my $ended = <<'END';
(async (old, next, key) => {
	const asked = [];
	PushManager.prototype.getSubscription = async () => null;
	PushManager.prototype.subscribe = async (options) => {
		asked.push(options.userVisibleOnly,
		    options.applicationServerKey.length);
		return {toJSON: () => next};
	};
	const event = new ExtendableEvent('pushsubscriptionchange');
	let until = Promise.reject(new Error('nothing is waited for'));
	until.catch(() => {});
	Object.defineProperties(event, {
		oldSubscription: {value: old && {toJSON: () => old}},
		waitUntil: {value: (promise) => {
			until = promise;
		}}});
	dispatchEvent(event);
	await until;
	return JSON.stringify(asked);
})
END
sub changes {
	my ($browser, $worker) = @_;
	$o->device($app, 'before', 'webpush', { endpoint => "$endpoint-8",
	    keys => \%keys });
	my ($old, $next) = map { $json->encode({ endpoint => "$endpoint-$_",
	    keys => \%keys }) } 8, 9;
	is $browser->value($worker, "($ended)($old, $next)"), '[true,65]',
	    'a worker whose subscription has ended asks for one';
	is_deeply browsers(), ['demo -9'],
	    'the site has that one, and the ended one no more';
	$browser->value($worker, "($ended)(null, $old)");
	is_deeply browsers(), ['demo -8'],
	    'also where the browser does not say which has ended';
}

# The page again, as at the next visit.
sub visit {
	my ($browser, $page, $says, $what) = @_;
	$browser->value($page, 'window.isOld = true');
	$browser->call('Page.reload', {}, $page);
	$what //= 'messages';
	$browser->wait_for($page,
	    "!window.isOld && $says === 'This browser gets $what.'");
}
sub visits {
	my ($browser, $page, $says) = @_;
	$o->sql('DELETE FROM push_device_registration');
	visit($browser, $page, $says);
	is_deeply browsers(), ['demo -1'],
	    'a browser that the site has lost is told again on the next visit';
	is $browser->value($page, 'sessionStorage.left'), undef,
	    'with the subscription that it has';
	$browser->value($page,
	    q{sessionStorage.of = JSON.stringify(Array(65).fill(4))});
	visit($browser, $page, $says);
	is $browser->value($page, 'sessionStorage.left'), '1',
	    'one of another key is given up';
	is_deeply browsers(), ['demo -2'], 'for one of the key of now';
	is $browser->value($page, q{webPush.isOf({options: {
	    applicationServerKey: Uint8Array.from(JSON.parse(
	    sessionStorage.of))}}, '} . $key . q{')}), JSON::PP::true,
	    'which is the key that the site tells';
}

sub browse {
	my $browser = Chromium->new;
	$browser->call('Browser.grantPermissions', { origin => $base,
	    permissions => ['notifications'] });
	my $page = $browser->page;
	$browser->call("$_.enable", {}, $page)
	    for qw(Page Runtime ServiceWorker);
	$browser->call('Page.addScriptToEvaluateOnNewDocument',
	    { source => $inject }, $page);
	$browser->call('Page.navigate', { url => "$base/webpush/" }, $page);
	my $says = q{document.getElementById('status')?.textContent};
	$browser->wait_for($page, "$says === 'This browser gets no messages.'");
	pass 'the page registers its worker';
	my $worker = worker($browser);
	$browser->value($worker, $badge);
	if (!$browser->value($page, 'allowed')) {
		diag 'this browser shows no notifications';
		$browser->value($worker, $stand_in);
	}
	$browser->value($page, q{document.getElementById('subscribe').click()});
	$browser->wait_for($page, "$says === 'This browser gets messages.'");
	is_deeply browsers(), ['demo -1'], 'a click registers the browser';
	is $browser->value($page, q{window.asked.userVisibleOnly &&
	    window.asked.applicationServerKey.length}), 65, 'with the key';
	deliver($browser, $page, composed());
	is $browser->wait_for($page,
	    q{document.querySelector('#arrived li')?.textContent}),
	    'Balance update Your balance is $745.00', 'the page shows a push';
	is_deeply $json->decode($browser->value($worker,
	    q{registration.getNotifications().then(n =>
	    JSON.stringify(n.map(x =>
	    [x.title, x.body, x.tag, x.data.data])))})),
	    [ [ 'Balance update', 'Your balance is $745.00', 'balance',
		{ ref => '77' } ] ], 'and the worker a notification';
	is $browser->value($page, q{document.querySelector('#arrived a').href}),
	    "$base/webpush/?order=7", 'which leads where it said';
	is $browser->value($worker, 'JSON.stringify(badges)'), '[3]',
	    'the site has a badge';
	$browser->value($worker, q{registration.getNotifications()
	    .then(n => n[0].close())});
	clicks($browser, $page, $worker);
	my $shots = $ENV{OUTPOST_SHOTS} // 'build/shots';
	make_path($shots);
	$browser->screenshot($page, "$shots/webpush-page.png");
	cmp_ok -s "$shots/webpush-page.png", '>', 5000, 'a screenshot';
	visits($browser, $page, $says);
	changes($browser, $worker);
	visit($browser, $page, $says);
	$browser->value($page, q{document.getElementById('leave').click()});
	$browser->wait_for($page, "$says === 'This browser gets no messages.'");
	is $browser->value($page, 'sessionStorage.left'), '2',
	    'another click gives the subscription up';
	is_deeply users(), [], 'and takes it back';
	visit($browser, $page, $says, 'no messages');
	is_deeply users(), [], 'the next visit does not bring it back';
}

SKIP: {
	skip 'chromium is not installed', 24 if !defined Chromium::program();
	$o->write_file("$o->{run}/web/webpush/site.json", $json->encode({
	    key => $key, save => '/push/device/create',
	    forget => '/push/device/remove', request => { appId => $app,
		platform => 'webpush', activationId => 'demo-browser',
		userId => 'demo' } }));
	chmod 0644, "$o->{run}/web/webpush/site.json";
	browse();
}

done_testing;
