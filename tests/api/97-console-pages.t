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

use constant ASSERTIONS => 105;

Console::needed(ASSERTIONS);

my $o = Outpost->up(via => 'lighttpd', auth => 'basic');
my $boss = $o->integration('boss', 'device,send,campaign,inbox,admin');
$o->{headers} = { authorization => $boss->{basic} };
my $base = "http://127.0.0.1:$o->{port}$o->{prefix}/console/";
my $c = Console->new($base);

# --- planted markup ---------------------------------------------------------

# %s: so that each place can be told apart.
my $markup = q{<img data-planted src=x onerror="window.planted=1">%s};
sub planted { return sprintf $markup, $_[0] }
sub ok_call {
	my ($r, $what) = @_;
	die "$what: $r->{status} $r->{body}\n" if $r->{status} != 200;
	return $r->{json}{responseObject};
}

sub plant {
	my $app = planted('app');
	$o->app($app);
	$o->device($app, planted('user'), 'fcm', 'tok-UNREGISTERED');
	my $said = ok_call($o->send($app, planted('user'), body => {
	    title => planted('title'), body => planted('text') }), 'send');
	my $campaign = ok_call($o->post('/push/campaign/create',
	    { requestObject => { appId => $app, message => {
		title => planted('title'), body => planted('text'),
		extras => { x => planted('extra') } } } }), 'campaign')->{id};
	ok_call($o->put("/push/campaign/$campaign/user/add",
	    { requestObject => [ planted('user') ] }), 'user/add');
	ok_call($o->post("/push/campaign/send/live/$campaign"), 'live');
	ok_call($o->post('/admin/integration/create', { requestObject => {
	    name => planted('name'), roles => ['send'], apps => [$app] } }),
	    'integration');
	$o->outpost('hold', $app, '--reason', planted('reason'));
	$o->sql(q{UPDATE push_history SET reason = CONCAT('<img data-planted '
	    'src=x onerror="window.planted=1">why')});
	my $figures = Outpost::json()->encode({ node => planted('node') })
	    =~ s/\\/\\\\/gr;
	$o->sql('INSERT INTO push_instance (name, started, seen, figures)'
	    . " SELECT 'gone', t, t, '$figures' FROM (SELECT UTC_TIMESTAMP(3)"
	    . ' - INTERVAL 1 HOUR t) hour');
	return ($said->{messageId}, $campaign);
}

my ($message, $campaign) = plant();
sub uri { return $_[0] =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger }
my $user = uri(planted('user'));

# Page, what it must show of what was planted.
my @pages = (
    [ 'overview', qw(app reason node) ],
    [ 'quarantine/' . uri(planted('app')), qw(app user) ],
    [ 'applications', 'app' ],
    [ 'application/' . uri(planted('app')), qw(app reason) ],
    [ "users?userId=$user", qw(app why) ],
    [ "message/$message", qw(user why) ],
    [ "send?userId=$user&appId=" . uri(planted('app')) ],
    [ 'campaigns', qw(title app) ],
    [ "campaign/$campaign", qw(title text user app) ],
    [ 'campaign-new' ],
    [ 'inbox' ],
    [ 'integrations', qw(name app) ],
    [ 'audit', qw(app name) ]);

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
	$c->open($hash);
	inspect($hash =~ /^([\w-]+)/, @planted);
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
is module('api', q{m.get('/admin/message/../session').then(() => 'led',
    (fault) => fault.status)}), 404, 'an id in an address leads nowhere else';

# In another window somebody else signs in: the cookie is his now.
my $other = $o->integration('other', 'admin');
my $who = Outpost::json()->encode({ requestObject => {
    token => $other->{token}, secret => $other->{secret} } });
is $c->value("fetch('../admin/session', {method: 'POST', headers:"
    . " {'Content-Type': 'application/json'}, body: '$who'})"
    . '.then((answer) => answer.status)'), 200, 'another window signs in';
eval { module('api', q{m.send('POST', '/admin/app/create',
    {appId: 'begun before'}).catch((fault) => fault.status)}) };
$o->wait_for(60, sub { eval { $c->value(
    q{document.querySelector('.who .name')?.textContent ?? ''}) eq 'other' } });
is_deeply [ $o->sql("SELECT * FROM push_audit WHERE object = 'begun before'") ],
    [], 'what was begun here is not done in its name';

# --- in German, and with the headers that keep a page to itself --------------

$c->value("localStorage.setItem('outpost-language', 'de')");
$c->open;
ok $c->see('Überblick'), 'the menu in German';
is $c->value('document.documentElement.lang'), 'de', 'says so';
my $r = $o->get('/console/');
like $r->{headers}{'content-security-policy'}, qr/script-src 'self'/,
    'only our scripts';
unlike $r->{headers}{'content-security-policy'}, qr/unsafe|https?:/,
    'no inline code, no other host';

done_testing(ASSERTIONS);
