#!/usr/bin/perl
# The console as people use it, in a headless Chromium with the keyboard alone:
# sign in, credentials, a message, a campaign from a CSV file that another
# integration approves of, a stop, quarantine; a session that ends and a server
# that is away lose nothing that was typed.
use strict;
use utf8;
use warnings;
use Console;
use Outpost;
use Test::More;

use constant {ASSERTIONS => 67, USERS => 5000};

Console::needed(ASSERTIONS);

my $o = Outpost->up(via => 'lighttpd', auth => 'basic', conf => <<'END');
[campaign]
approval = yes
END
my $boss = $o->integration('boss', 'device,send,campaign,inbox,admin');
my $clerk = $o->integration('clerk', 'campaign');
$o->{headers} = { authorization => $boss->{basic} };
my $c = Console->new("http://127.0.0.1:$o->{port}$o->{prefix}/console/");

sub sign_in {
	my ($who, $secret) = @_;
	$c->fill('Token', $who->{token});
	$c->fill('Secret', $secret // $who->{secret});
	$c->press('Sign in');
}
sub ledger { return grep { $_->{payload}{aps}{alert}{title} eq $_[0] }
    grep { ref $_->{payload}{aps}{alert} } $o->ledger }
sub rows { my ($sql) = @_; return ($o->sql($sql))[0][0] }

# --- signing in -------------------------------------------------------------

$c->open;
ok $c->see('Sign in with the token'), 'who comes is asked to sign in';
sign_in($boss, 'wrong');
ok $c->see('There is no such token and secret.'), 'a wrong secret is told';
sign_in($clerk);
ok $c->see('Campaigns'), 'who may only run campaigns';
unlike $c->text, qr/Applications|Audit trail/, 'sees nothing else';
$c->open('audit');
ok $c->see('Nothing for you here'), 'nor by the address';
$c->press('Sign out');
ok $c->see('Sign in with the token'), 'signs out';
is rows('SELECT COUNT(*) FROM push_session'), 0, 'and the session is over';
sign_in($boss);
ok $c->see('What waits'), 'who may all sees the overview';
ok $c->see('Nothing: all that is sent is on its way.'), 'with no trouble';

# --- an application ---------------------------------------------------------

$c->open('applications');
$c->fill('Name', 'shop');
$c->press('Create');
ok $c->see('not configured'), 'an application is made';

sub set_apns {
	my ($path) = @_;
	$c->file('Key (AuthKey_….p8)', $path);
	$c->fill('Key id', $o->{keys}{apns}{key_id});
	$c->fill('Team id', $o->{keys}{apns}{team_id});
	$c->fill('Bundle of the app', $o->{keys}{apns}{bundle});
	$c->choose('Environment', 'development');
	$c->press('Check and save');
}

# sendd may have the key of before, or be too busy to answer in time.
sub asked {
	my ($wanted) = @_;
	for (1 .. 10) {
		$c->press('Ask the providers now');
		my $says = $c->wait_for(q{document.querySelector(
		    '[role=status] .badge')?.parentNode.textContent});
		return 1 if $says =~ /\b$wanted\b/;
	}
	return;
}
$o->write_file("$o->{run}/none.p8", 'this is no key');
chmod 0644, "$o->{run}/none.p8";
$c->press('Configure');
set_apns("$o->{run}/none.p8");
$c->wait_for(q{[...document.querySelectorAll('.fault')]
    .some((f) => f.textContent !== '')});
pass 'a file that is no key is refused';
ok !$o->get('/admin/app/list')->{json}{responseObject}{applicationList}[0]
    {apns}, 'and nothing is kept';
set_apns($o->{keys}{apns}{wrong_key_file});
$c->see('Saved.');
ok asked('InvalidProviderToken'), "a key of somebody else's is told";
$c->press('Change');
set_apns($o->{keys}{apns}{key_file});
$c->see('Saved.');
ok asked('ok'), 'the right one is accepted';

# --- a message --------------------------------------------------------------

$c->open('users');
$c->press('Register a device');
$c->choose('Application', 'shop');
$c->fill('User', 'ann');
$c->choose('Platform', 'Apple');
$c->fill('Push token', 'a phone');
$c->choose('Environment', 'development');
$c->press('Register');
ok $c->see('token must consist of hex digits'), 'a token that is none is told';
$c->fill('Push token', Outpost::apns_token('phone of ann'));
$c->press('Register');
ok $c->see('The device is registered.'), "ann's device is registered";
$c->open('users');
$c->fill('User', 'ann');
$c->press('Find');
ok $c->see('active'), 'and found';
$c->press('Send a message');
$c->settle;
$c->fill('Title', "Ann's order");
$c->fill('Text', 'It is on its way 🚚');
ok $c->see('"title": "Ann\'s order"'), 'the preview has the exact payload';
ok $c->see('of 4,096 bytes'), 'and its size';
is $c->value(q{document.querySelector('.phone .text').textContent}),
    'It is on its way 🚚', 'a phone shows it';
$c->press('Huawei');
is $c->value(q{document.querySelector('.phone .note.hms .title').textContent}),
    "Ann's order", 'as one of Huawei shows it, too';
$c->to('Text');	# the menu has a Send, too
$c->press('Send');
ok $c->see('The message is sent.'), 'it is sent';
is scalar(ledger("Ann's order")), 1, 'the provider has it once';
$c->open('overview');
ok $c->wait_for(q{document.querySelector('svg rect.sent title')?.textContent
    .endsWith(' sent: 1')}), 'the overview draws it';
ok $c->wait_for(q{/^ *M[\d.]+ [\d.]+/.test(document.querySelector(
    'svg path.line.p50')?.getAttribute('d'))}), 'and how soon it was answered';

# --- a campaign -------------------------------------------------------------

my ($app) = rows("SELECT id FROM push_app_credentials WHERE app_id = 'shop'");
$o->sql('INSERT INTO push_device_registration (activation_id, user_id, app_id,'
    . ' platform, environment, push_token, timestamp_last_registered,'
    . " is_active) SELECT CONCAT('a', seq), CONCAT('u', seq), $app, 'apns',"
    . " 'development', CONCAT('abcdef01', LPAD(HEX(seq), 8, '0')),"
    . ' UTC_TIMESTAMP(3), 1 FROM seq_1_to_' . USERS);
my $csv = "$o->{run}/users.csv";
$o->write_file($csv, join "\r\n", 'userId;name', map({ "u$_;\"A, B\"" }
    1 .. USERS), 'x' x 300, 'u1;twice', '');
chmod 0644, $csv;

sub figure { return $c->value("document.querySelector("
    . "'[data-count=$_[0]]').textContent.replace(/\\D/g, '')") }
sub state_is { return $c->wait_for("document.querySelector('[role=status]"
    . " > .badge')?.textContent === '$_[0]'") }

$c->open('campaigns');
$c->press('Write one');
$c->settle;
$c->choose('Application', 'shop');
$c->fill('Title', 'Winter sale');
$c->fill('Text', 'All of it for half the price');
ok $c->see('28 characters'), 'its length is shown';
$o->sql('DELETE FROM push_session');
$c->press('Save and go on');
ok $c->see('Your session has ended'), 'a session that ends meanwhile is told';
$c->press('Later');
ok $c->see('You are signed out.'), 'one may look at it again';
is $c->value(q{document.querySelector('[name=title]').value}), 'Winter sale',
    'what was written is there';
$c->press('Save and go on');
sign_in($boss);
ok $c->see('Whom it reaches'), 'and is kept after all';
is rows('SELECT COUNT(*) FROM push_campaign'), 1, 'once';
$c->file('Users from a CSV file', $csv);
ok $c->see('5,000 users are in the file. 1 line names one again.'),
    'the file is read';
ok $c->see('1 line is left out.'), 'and its fault told';
ok $c->see('it is longer than 255 characters'), 'with its reason';
$c->press('Add the users');
ok $c->see('5,000 users were added.'), 'its users are added';
is rows('SELECT COUNT(*) FROM push_campaign_user'), USERS, 'each once';
$c->fill('User', 'ann');
$c->press('Send to me');
ok $c->wait_for(q{[...document.querySelectorAll('td .badge')]
    .some((b) => b.textContent === 'sent')}), 'a test reaches me';
is scalar(ledger('Winter sale')), 1, 'and nobody else';
# so few that it goes on while the keyboard is worked on a slow machine
$c->fill('Messages each second, at most', '100');
$c->press('Start');
$c->press('Start');
ok $c->see('Campaign is not approved'), 'who has written it cannot start it';
unlike $c->text, qr/^Approve$/m, 'nor approve of it';
my $at = $c->value('location.hash') =~ s{^#/}{}r;
sub as {
	$c->press('Sign out');
	$c->see('Sign in with the token');
	sign_in(@_);
	$c->see('Campaigns');
	$c->open($at);
}
as($clerk);
$c->press('Approve');
ok $c->see('The campaign is approved.'), 'another integration does';
ok $c->see('Approved by'), 'as the page tells';
as($boss);
$c->fill('Messages each second, at most', '100');
$c->press('Start');
$c->press('Start');
state_is('sending');
$c->wait_for(q{document.querySelector('[data-count=sent]')
    .textContent !== '0'});
pass 'it is started, and its figures grow';
$c->press('Pause');
state_is('paused');
$c->press('Go on');
state_is('sending');
pass 'paused, and resumed';
$c->press('Cancel the rest');
$c->press('Cancel the rest');
state_is('cancelled');
cmp_ok figure('cancelled'), '>', 0, 'the rest is cancelled';
is figure('sent') + figure('cancelled'), USERS, 'all are accounted for';
is scalar(ledger('Winter sale')), figure('sent') + 1,
    'the figures are those of the ledger';

is $c->value(q{[...document.querySelectorAll('[aria-label=Results] tbody tr')]
    .find((row) => row.cells[0].textContent === 'sent').textContent
    .replace(/[^\w]/g, '')}), 'sentApple' . figure('sent'),
    'the results have what was sent by provider';
$c->fill('User', 'ann');
$c->fill('User', 'ann');
$c->press('Look');
ok $c->see("The user is none of the campaign's users now."),
    'why somebody did not get it';
$c->fill('User', 'u1');
$c->fill('User', 'u1');
$c->press('Look');
ok $c->see('The run was cancelled: what was not sent by then never will be.'),
    'and how it stands for one who is';

# --- a stop -----------------------------------------------------------------

$c->open('application/shop');
$c->press('Stop sending');
ok $c->see('Stop sending shop?'), 'a stop is asked about';
$c->press('Stop sending');
ok $c->see('everything is stopped since'), 'and told';
# what comes before sendd knows of it still goes out
ok $o->wait_for(60, sub { grep { $_->{state} eq 'held' } @{ $o->get(
    '/admin/app/health')->{json}{responseObject}{health} } }), 'sendd knows';
$o->send('shop', 'ann', mode => 'ASYNCHRONOUS');
ok $o->wait_for(60, sub { rows('SELECT COUNT(*) FROM push_outbox'
    . ' WHERE due > UTC_TIMESTAMP(3) + INTERVAL 5 SECOND') }), 'so it waits';
# for as long as a slow browser takes
$o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR');
$c->open('overview');
ok $c->see('held by an operator'), 'the overview tells, too';
$c->press('Send again');
ok $c->see('1 message goes out now.'), 'and lets it go on';
ok $o->wait_for(60, sub { !rows('SELECT COUNT(*) FROM push_outbox') }),
    'as it does';

# --- quarantine -------------------------------------------------------------

$o->device('shop', 'bob', 'apns', Outpost::apns_token('tok-Unregistered'),
    environment => 'development');
$o->send('shop', 'bob');
$c->open('users?userId=bob');
ok $c->see('in quarantine'), "a device that Apple has given up";
ok $c->see('the app must register its token again'), 'and what to do';
$c->press('Restore');
ok $c->see('The device gets messages again.'), 'is restored';
$c->wait_for(q{document.querySelector('main .badge.good')});
is rows("SELECT COUNT(*) FROM push_device_registration WHERE user_id = 'bob'"
    . ' AND gone_at IS NULL'), 1, 'in the database';

# --- the session ends, the server is away -----------------------------------

$c->open('inbox');
$c->fill('Users', "ann\nbob");
$c->fill('Subject', 'Your bill of May');
$c->fill('Summary', 'It is in the inbox');
$c->fill('Text', 'Dear customer');
$o->sql('DELETE FROM push_session');
$c->press('Post');
ok $c->see('Your session has ended'), 'a session that ends is told';
sign_in($boss);
ok $c->see('Posted to 2 users.'), 'and what was typed is sent after all';
is rows("SELECT COUNT(*) FROM push_inbox WHERE subject = 'Your bill of May'"),
    2, 'once to each';
$o->sql('DELETE FROM push_session');
$c->press('Sign out');
ok $c->see('Sign in with the token'), 'one can sign out of it, too';
sign_in($boss);
$c->see('What waits');
$c->open('overview');
$c->see('What waits');
kill TERM => $o->pid('web');
ok $c->see('No answer since'), 'a server that is away is told';
$o->stack('up');
$c->wait_for(q{document.querySelector('.away') === null});
pass 'and that it is back';

done_testing(ASSERTIONS);
