#!/usr/bin/perl
# What comes above and beside the pages of the console: each dialog, each state
# of a page (it waits, it has nothing, it failed, it is not for this role, the
# server is away), faults at fields. axe-core finds nothing, at both widths, in
# the light and in the dark, and what is planted in a name is shown as text.
use strict;
use warnings;
use Console;
use Outpost;
use Test::More;

use constant ASSERTIONS => 65;

Console::needed(ASSERTIONS);

my $o = Outpost->up(via => 'lighttpd', auth => 'basic', conf => <<'END');
[campaign]
approval = yes
END
my $boss = $o->integration('boss', 'device,send,campaign,inbox,admin');
my $clerk = $o->integration('clerk', 'campaign');
$o->{headers} = { authorization => $boss->{basic} };
my $c = Console->new("http://127.0.0.1:$o->{port}$o->{prefix}/console/");
my $axe = Console::axe_script();
my $markup = q{<img data-planted src=x onerror="window.planted=1">};

# As it stands: what is wrong with it?
sub inspect {
	my ($name) = @_;
	$c->shot("state-$name");
	is $c->has_markup, 0, "$name: nothing became markup";
	SKIP: {
		skip 'axe-core cannot be had', 1 if !$axe;
		is_deeply [ $c->all_violations ], [],
		    "$name: axe finds nothing";
	}
	return;
}
sub sign_in {
	my ($who) = @_;
	$c->fill('Token', $who->{token});
	$c->fill('Secret', $who->{secret});
	$c->press('Sign in');
}
sub dialog {
	my ($name, $button, $says) = @_;
	$c->press($button);
	$c->wait_for('document.querySelector("dialog[open]")');
	ok $c->see($says), "$name: a dialog asks";
	inspect($name);
	return;
}

# What fetch answers to what is read, from now on; undef: what the server does.
sub answers {
	my ($what) = @_;
	$c->value('window.asks ??= window.fetch; window.fetch = '
	    . (defined $what ? "(url, how) => how?.method === 'GET' ?"
	    . " $what : window.asks(url, how)" : 'window.asks') . '; true');
	return;
}

# --- states -----------------------------------------------------------------

$c->open;
$c->press('Sign in');
ok $c->see('Please fill this in.'), 'an empty field is told';
inspect('sign-in-faults');
sign_in($boss);
$c->see('What waits');
for ([ 'applications', 'There is none yet' ], [ 'campaigns', 'There is none.' ],
    [ 'overview', 'Nothing waits.' ], [ 'quarantine/none', 'No device' ]) {
	my ($page, $says) = @$_;
	$c->open($page);
	$c->unfold;
	ok $c->see($says), "$page: empty";
	inspect('empty-' . $page =~ s{/.*}{}r);
}
answers('new Promise(() => {})');
$c->value('location.hash = "#/message/1"');
ok $c->see('One moment'), 'a page that waits says so';
inspect('waiting');
answers('Promise.resolve(new Response("{}", {status: 500}))');
$c->value('location.hash = "#/application/x"');
ok $c->see('The server answers 500.'), 'a page that failed says so';
inspect('failed');
answers('Promise.reject(new TypeError("away"))');
$c->open('overview');
ok $c->see('No answer since'), 'a server that is away is told';
inspect('away');
answers(undef);

# --- dialogs ----------------------------------------------------------------

my $app = "${markup}app";
$o->app($app);
$o->device($app, 'ann', 'fcm', 'token-of-ann');
$o->post('/admin/integration/create', { requestObject => {
    name => "${markup}old", roles => ['send'] } });
my $campaign = $o->post('/push/campaign/create', { requestObject => {
    appId => $app, message => { title => "${markup}title" } } })
    ->{json}{responseObject}{id};
$o->put("/push/campaign/$campaign/user/add", { requestObject => ['ann'] });

$c->open('application/' . $app =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger);
dialog('stop', 'Stop sending', "Stop sending ${markup}app?");
$c->press('Leave it');
$c->press('Change');
$c->press('Check and save');
$c->see('Please fill this in.');
inspect('credentials');
dialog('remove-credentials', 'Remove', 'Remove the credentials?');
$c->press('Leave it');
$c->open('integrations');
dialog('new-secret', 'New secret', 'Make a new secret for');
$c->press('Leave it');
dialog('remove-integration', 'Remove', 'Remove ');
$c->press('Leave it');
$c->fill('Name', "${markup}new");
$c->tick('send: send messages');
$c->press('Create');
ok $c->see('The secret is shown now and never again.'), 'a secret is shown';
ok $c->see("${markup}new"), 'with its name';
inspect('secret');
$c->press('I have it');
$c->open("campaign/$campaign");
dialog('start', 'Start', 'Send it to all its users?');
$c->press('Start');
ok $c->see('Campaign is not approved'), 'a fault above a form';
inspect('fault');
dialog('delete-campaign', 'Delete', 'Delete the campaign?');
$c->press('Leave it');
$o->sql('DELETE FROM push_session');
$c->fill('User', 'ann');
$c->press('Send to me');
ok $c->see('Your session has ended'), 'a session that ends is told';
inspect('session');
sign_in($clerk);
ok $c->see('You are signed in as clerk now'), 'somebody else comes';
inspect('other');
$c->press('Approve');
ok $c->see('The campaign is approved.'), 'and does';
inspect('approved');
$c->open('audit');
ok $c->see('Nothing for you here'), 'a page for another role';
inspect('forbidden');
$c->size('phone', 'dark');
$c->press('Menu');
ok $c->wait_for('document.querySelector(".entries.open")'), 'the menu opens';
$c->shot('state-menu');
SKIP: {
	skip 'axe-core cannot be had', 1 if !$axe;
	is_deeply [ $c->violations ], [], 'menu: axe finds nothing';
}

done_testing(ASSERTIONS);
