#!/usr/bin/perl
# Every page of the console: what callers and providers have written is shown
# as text, axe-core finds nothing, none is wider than its window, on a phone as
# in the dark; and the same in German. OUTPOST_SHOTS: where to keep pictures.
use strict;
use utf8;
use warnings;
use Console;
use Outpost;
use Test::More;

use constant ASSERTIONS => 172;

Console::needed(ASSERTIONS);

my $o = Outpost->up(via => 'lighttpd', auth => 'basic');
my $c = Console->new("http://127.0.0.1:$o->{port}$o->{prefix}/console/");

# --- planted markup ---------------------------------------------------------

# %s: so that each place can be told apart.
my $markup = q{<img data-planted src=x onerror="window.planted=1">%s};
sub planted { return sprintf $markup, $_[0] }
my $boss = $o->integration(planted('boss'),
    'device,send,campaign,inbox,admin');
$o->{headers} = { authorization => $boss->{basic} };
sub ok_call {
	my ($r, $what) = @_;
	die "$what: $r->{status} $r->{body}\n" if $r->{status} != 200;
	return $r->{json}{responseObject};
}

# What stands in tables that no caller fills with just anything.
sub plant_rows {
	my $figures = Outpost::json()->encode({ node => planted('node') });
	my %is = map { $_ => quoted(planted($_)) } qw(gone machine why who
	    source object approver team bundle project host answer given
	    stop door outcome);
	my $detail = quoted(Outpost::json()->encode(
	    { planted('member') => planted('detail') }));
	$o->sql($_) for
	    "UPDATE push_history SET reason = $is{why}",
	    'INSERT INTO push_instance (name, host, started, seen, figures)'
	    . " SELECT $is{gone}, $is{machine}, t, t, " . quoted($figures)
	    . ' FROM (SELECT UTC_TIMESTAMP(3) - INTERVAL 1 HOUR t) hour',
	    'INSERT INTO push_audit (at, who, source, action, object, detail)'
	    . " VALUES (UTC_TIMESTAMP(3), $is{who}, $is{source}, '<i>act</i>',"
	    . " $is{object}, $detail)",
	    "UPDATE push_campaign SET approved_by = $is{approver}, approved ="
	    . ' UTC_TIMESTAMP(3)',
	    "UPDATE push_app_credentials SET apns_team_id = $is{team},"
	    . " apns_bundle = $is{bundle}, fcm_project_id = $is{project}",
	    'INSERT INTO push_health (app_id, platform, environment, instance,'
	    . ' state, reason, since, seen, accepted, suspects, gone, host)'
	    . " SELECT MIN(id), 3, 0, 'x', 'held', $is{answer},"
	    . ' UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 0, 0, 0,'
	    . " $is{host} FROM push_app_credentials",
	    "UPDATE push_device_registration SET gone_reason = $is{given}",
	    'INSERT INTO push_campaign_outcome (campaign_id, send_id, platform,'
	    . ' outcome, reason, n) SELECT campaign_id, send_id, 0, \'failed\','
	    . " $is{outcome}, 1 FROM push_campaign_run",
	    'INSERT INTO push_hold (app_id, platform, since, reason, host)'
	    . " SELECT id, 3, UTC_TIMESTAMP(3), $is{stop}, $is{door}"
	    . " FROM push_app_credentials WHERE app_id = 'plain'";
	return;
}
sub quoted { return "'" . $_[0] =~ s/([\\'])/\\$1/gr . "'" }

sub plant {
	my $app = planted('app');
	$o->app($app);
	$o->device($app, planted('user'), 'fcm', 'tok-UNREGISTERED');
	$o->device($app, 'fresh', 'fcm', 'tok-accept');
	my $said = ok_call($o->send($app, planted('user'), body => {
	    title => planted('title'), body => planted('text') }), 'send');
	my $campaign = ok_call($o->post('/push/campaign/create',
	    { requestObject => { appId => $app, message => {
		title => planted('title'), body => planted('text'),
		icon => planted('icon'), image => 'https://shop.eu/'
		    . planted('picture'),
		extras => { x => planted('extra') } } } }), 'campaign')->{id};
	ok_call($o->put("/push/campaign/$campaign/user/add",
	    { requestObject => [ planted('user') ] }), 'user/add');
	ok_call($o->post("/push/campaign/send/live/$campaign"), 'live');
	ok_call($o->post('/admin/integration/create', { requestObject => {
	    name => planted('name'), roles => ['send'], apps => [$app] } }),
	    'integration');
	$o->outpost('hold', $app, '--reason', planted('reason'));
	# the inbox takes no such name of an application
	ok_call($o->post('/inbox/messages', { requestObject => {
	    userId => planted('user'), type => 'html',
	    applications => [ $o->app('plain') ],
	    map { $_ => planted($_) } qw(subject summary body) } }), 'inbox');
	plant_rows();
	return ($said->{messageId}, $campaign);
}

my ($message, $campaign) = plant();
sub uri { return $_[0] =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger }
my $user = uri(planted('user'));

# Page, what it must show of what was planted.
my @pages = (
    [ 'overview', qw(boss app reason node gone machine given stop door) ],
    [ 'application/plain', qw(stop door) ],
    [ 'quarantine/' . uri(planted('app')), qw(app user given) ],
    [ 'applications', 'app' ],
    [ 'application/' . uri(planted('app')),
	qw(app reason team bundle project answer host said live) ],
    [ "users?userId=$user", qw(app why given) ],
    [ "message/$message", qw(user why) ],
    [ "send?userId=$user&appId=" . uri(planted('app')),
	qw(title text warned failed todo) ],
    [ 'campaigns', qw(title app) ],
    [ "campaign/$campaign", qw(title text user app boss approver csv
	given outcome device said todo) ],
    [ 'campaign-new', qw(typed key argument) ],
    [ 'inbox', qw(subject summary body) ],
    [ 'integrations', qw(name app boss) ],
    [ 'audit', qw(app name who source object member detail) ]);

# What the calls of that path are answered from now on: the providers' stand-ins
# say no markup.
sub answers {
	my ($path, $what) = @_;
	my $whole = { status => 'OK', responseObject => $what };
	my ($like, $said) = map { Outpost::json()->encode($_) } $path,
	    Outpost::json()->encode($whole);
	$c->value('window.asks ??= window.fetch; window.fetch = (url, how) =>'
	    . " String(url).includes($like)"
	    . " ? Promise.resolve(new Response($said))"
	    . ' : window.asks(url, how); true');
	return;
}

my $state = '<i data-planted>state';	# a word of ours: short

# What the reader does there before it is looked at.
my $csv = "$o->{run}/users.csv";
$o->write_file($csv, join "\n", planted('csv'), "bad\x01" . planted('line'));
chmod 0644, $csv;
my %first = ('campaign-new' => sub {
	$c->unfold;
	$c->fill('Title', planted('typed'));
	$c->fill('Localisation key of the text', planted('key'));
	$c->fill('Its arguments', planted('argument'));
    }, application => sub {
	answers('/admin/app/check', {
	    apns => { state => $state, reason => planted('said') },
	    fcm => { state => 'ok' }, live => { fcm => {
		result => 'refused', reason => planted('live') } } });
	$c->press('Ask the providers now');
	$c->see($state);
    }, send => sub {
	answers('/push/message/send', { messageId => 1,
	    warnings => [ { message => planted('warned') } ],
	    result => { fcm => { total => 1, sent => 0, failed => 1,
		pending => 0 } }, failures => [ { platform => 'fcm',
		state => $state, reason => planted('failed'),
		remedy => planted('todo') } ] });
	$c->fill('User', 'fresh');
	$c->fill('Title', planted('title'));
	$c->fill('Text', planted('text'));
	$c->see(' bytes');
	$c->to('Text');	# the menu has a Send, too
	$c->press('Send');
	$c->see($state);
    }, campaign => sub {
	answers('/push/campaign/send/test', { devices => [ { platform => 'fcm',
	    device => planted('device'), state => $state,
	    reason => planted('said'), remedy => planted('todo') } ] });
	$c->fill('User', 'me');
	$c->press('Send to me');
	$c->see($state);
	$c->file('Users from a CSV file', $csv);
	$c->see('1 line is left out.');
	$c->press('Add the users');
	$c->see('1 user was added.');
	$c->fill('User', planted('user')) for 1 .. 2;
	$c->press('Look');
	$c->see('The run is complete.');
    }, inbox => sub {
	$c->fill('User', planted('user'));
	$c->choose('Application', 'plain');
	$c->press('Show');
	$c->see(planted('subject'));
	$c->press('Show');
	$c->see(planted('body'));
    });

# --- each page --------------------------------------------------------------

$c->open;
my $axe = Console::axe_script();
sub inspect {
	my ($name, @planted) = @_;
	$c->unfold;
	ok eval { $c->see(planted($_)) }, "$name: the $_ is text"
	    or diag $@ for @planted;
	is $c->has_markup, 0, "$name: nothing became markup";
	is_deeply [ $c->shots($name) ], [],
	    "$name: none is wider than its window";
	SKIP: {
		skip 'axe-core cannot be had', 2 if !$axe;
		is_deeply [ $c->violations ], [], "$name: axe finds nothing";
		$c->size('phone', 'dark');
		is_deeply [ $c->violations('color-contrast') ], [],
		    "$name: in the dark one can read it, too";
		$c->size('wide');
	}
}

inspect('sign-in');
$c->fill('Token', $boss->{token});
$c->fill('Secret', $boss->{secret});
$c->press('Sign in');
$c->settle;
for (@pages) {
	my ($hash, @planted) = @$_;
	my ($name) = $hash =~ /^([\w-]+)/;
	$c->open($hash);
	($first{$name} // sub {})->();
	inspect($name, @planted);
}

# --- addresses of no page -----------------------------------------------------

for ('%', 'campaign/%', 'nowhere', 'overview/x', 'campaign', 'campaign/',
    'campaign/x', 'message/1/2', 'application', 'constructor', '/overview') {
	$c->open($_);
	is $c->value(q{document.querySelector('main h1').textContent}),
	    'There is no such page', "#/$_ is no page";
}
inspect('no-page');
$c->open('campaign/999999');
ok $c->see('This page cannot be shown'), 'a campaign that is gone is told';
$c->open('message/999999');
ok $c->see('Nothing is known of it any more.'),
    'a message whose counts are removed has its page';
$c->open('');
ok $c->see('What waits'), 'without a name it is the first page';

# --- what no page can be led to ----------------------------------------------

# The value of what a script of the console says, with its module as m.
sub module {
	my ($name, $does) = @_;
	return $c->value("import('./js/$name.js').then((m) => $does)");
}
is module('words', q{m.t('constructor')}), 'constructor',
    'a reason that every object has is a text';
is module('words', q{m.t('{constructor} of {n}', {n: 1})}),
    '{constructor} of 1', 'in the midst of one, too';
like module('chart', q{m.lineChart('', [0, 1, 2].map((n) => new Date(n)),
    [{name: '', kind: 'p50', values: [null, 3, null]}])
    .querySelector('path').getAttribute('d')}), qr/^ ?M[\d.]+ [\d.]+h\.1 ?$/,
    'a minute between two without an answer is a dot';
for ([ 'https://cdn.example/banner/', 'https://cdn.example/banner/' ],
    [ 'https://x/?', 'https://x/?' ], [ 'https://x/a.png?b=/c#d', 'a.png' ]) {
	my ($address, $name) = @$_;
	is module('phone', qq{{
	    const it = m.phone(['fcm']);
	    it.show('app', {body: 'b', image: '$address'});
	    return it.querySelector('.picture span').textContent;
	}}), $name, "a picture of $address";
}
is module('api', q{m.get('/admin/message/../session').then(() => 'led',
    (fault) => fault.status)}), 404, 'an id in an address leads nowhere else';

# In another window somebody else signs in: the cookie is his now.
my $other = $o->integration('other',
    'device,send,campaign,inbox,admin');
my $who = Outpost::json()->encode({ requestObject => {
    token => $other->{token}, secret => $other->{secret} } });
is $c->value("fetch('../admin/session', {method: 'POST', headers:"
    . " {'Content-Type': 'application/json'}, body: '$who'})"
    . '.then((answer) => answer.status)'), 200, 'another window signs in';
like module('api', q{m.send('POST', '/admin/app/create',
    {appId: 'begun before'}).catch((fault) => fault.message)}),
    qr/signed in as other now, and nothing was done/, 'which is told here';
ok $c->wait_for(q{document.querySelector('.who .mine').textContent
    === 'other'}), 'as the menu tells';
is_deeply [ $o->sql("SELECT * FROM push_audit WHERE object = 'begun before'") ],
    [], 'what was begun here is not done in its name';

# --- in German, and with the headers that keep a page to itself --------------

$c->value("localStorage.setItem('outpost-language', 'de')");
$c->open;
ok $c->see('Überblick'), 'the menu in German';
is $c->value('document.documentElement.lang'), 'de', 'says so';
for (@pages) {
	my ($hash) = @$_;
	my ($name) = $hash =~ /^([\w-]+)/;
	$c->open($hash);
	is_deeply [ $c->widths ], [], "$name in German fits";
}
SKIP: {
	skip 'axe-core cannot be had', 1 if !$axe;
	$c->open("campaign/$campaign");
	is_deeply [ $c->violations ], [], 'axe finds nothing in German';
}
my $r = $o->get('/console/');
like $r->{headers}{'content-security-policy'}, qr/script-src 'self'/,
    'only our scripts';
unlike $r->{headers}{'content-security-policy'}, qr/unsafe|https?:/,
    'no inline code, no other host';

done_testing(ASSERTIONS);
