#!/usr/bin/perl
# More of what people do in the console, with the keyboard alone: credentials of
# every provider, a key that is dropped, a campaign with emoji, link and picture
# that starts at a time, its audience and its bar, files to take along, what a
# user has read, and each button that asks before it does something.
use strict;
use utf8;
use warnings;
use Console;
use JSON::PP;
use Outpost;
use Test::More;

use constant ASSERTIONS => 67;

Console::needed(ASSERTIONS);

my $o = Outpost->up(via => 'lighttpd', auth => 'basic');
my $boss = $o->integration('boss', 'device,send,campaign,inbox,admin');
my $gone = $o->integration('gone', 'send');
$o->{headers} = { authorization => $boss->{basic} };
my $c = Console->new("http://127.0.0.1:$o->{port}$o->{prefix}/console/");
my $json = JSON::PP->new->allow_nonref;

sub object { return { requestObject => $_[0] } }
sub answer {
	my ($r) = @_;
	die "$r->{status} $r->{body}\n" if $r->{status} != 200;
	return $r->{json}{responseObject};
}
sub row { return ($o->sql($_[0]))[0] }
sub ledger { return grep { $json->encode($_->{payload}) =~ /\Q$_[0]\E/ }
    $o->ledger }

# The text beside that name.
sub fact {
	my ($name) = @_;
	return $c->value('[...document.querySelectorAll("main dt")].find((d) =>'
	    . ' d.textContent === ' . $json->encode($name)
	    . ')?.nextSibling.textContent');
}
# The control of that name in the n-th place of the page.
sub press_nth {
	my ($n, $name) = @_;
	$c->to($name) for 1 .. $n;
	$c->key('Enter');
}
# The row of that head: its n-th button of the name.
sub press_in {
	my ($head, $name) = @_;
	my ($h, $b) = map { $json->encode($_) } $head, $name;
	press_nth($c->wait_for("(() => { const row = [...document"
	    . ".querySelectorAll('main tbody tr')].find((r) => r.cells[0]"
	    . ".textContent === $h); const all = [...document.querySelectorAll("
	    . "'main tbody button')].filter((b) => b.textContent === $b);"
	    . ' return row && 1 + all.findIndex((b) => row.contains(b)); })()'),
	    $name);
}

$c->open;
$c->fill('Token', $boss->{token});
$c->fill('Secret', $boss->{secret});
$c->press('Sign in');
$c->see('What waits');

# --- credentials ------------------------------------------------------------

answer($o->post('/admin/app/create', object({ appId => 'keys' })));
sub has {
	my ($provider) = @_;
	return $o->wait_for(60, sub { answer($o->post('/admin/app/detail',
	    object({ appId => 'keys' })))->{application}{$provider} });
}
my $k = $o->{keys};

$c->open('application/keys');
$c->press('Configure');
ok $c->drop('Key (AuthKey_….p8)', "AuthKey_$k->{apns}{key_id}.p8",
    $o->read_file($k->{apns}{key_file})), 'a key is dropped on its place';
ok $c->see("AuthKey_$k->{apns}{key_id}.p8, "), 'which says so';
is $c->value('document.querySelector("[name=keyId]").value'),
    $k->{apns}{key_id}, 'and has its id of its name';
$c->fill('Team id', $k->{apns}{team_id});
$c->fill('Bundle of the app', $k->{apns}{bundle});
$c->choose('Environment', 'development');
$c->press('Check and save');
ok has('apns'), 'Apple is configured';

# The first one that is not configured yet.
sub configure {
	my ($provider, %fields) = @_;
	$c->open('application/keys');
	$c->press('Configure');
	if (my $file = delete $fields{file}) {
		$c->file('Service account (JSON)', $file);
		$c->see($file =~ s{.*/}{}r . ', ');	# it is read
	}
	$c->fill($_, $fields{$_}) for sort { $b cmp $a } keys %fields;
	$c->press('Check and save');
	ok has($provider), "$provider is configured";
}
configure(fcm => file => $k->{fcm}{account_file},
    'Project id' => $k->{fcm}{project_id});
configure(hms => 'Project id' => $k->{hms}{project_id},
    'Client secret' => $k->{hms}{client_secret},
    'Client id' => $k->{hms}{client_id});
configure(webpush => 'Who may be written to' => 'mailto:push@my-shop.eu');
# sendd may have had no time to answer
ok $o->wait_for(60, sub {
	$c->press('Ask the providers now');
	$c->wait_for(q{document.querySelector('[role=status] .badge')});
	return 3 == (() = $c->text =~
	    /^(?:Apple|Android \(Google\)|Huawei): ok$/mg);
}), 'and each of the three accepts its key';

# --- a campaign is written --------------------------------------------------

$o->device('keys', 'ann', 'apns', Outpost::apns_token('phone of ann'),
    environment => 'development');
$o->device('keys', 'ann', 'fcm', 'android-of-ann');
$o->device('keys', 'cat', 'fcm', 'tok-UNREGISTERED');
$o->send('keys', 'cat');
$c->open('campaign-new');
$c->choose('Application', 'keys');
$c->fill('Title', 'Winter sale');
$c->fill('Text', 'On its way ');
$c->press('Emoji');
$c->press('🚚');
is $c->value('document.querySelector("[name=body]").value'), 'On its way 🚚',
    'an emoji is put where the text ends';
ok $c->see('12 characters'), 'and counts as one character';
$c->fill('Link', 'my-shop');
$c->fill('Picture', 'http://my-shop.eu/sale.png');
$c->press('Save and go on');
is $c->wait_for(q{[...document.querySelectorAll('.field .fault')].filter((f) =>
    f.textContent === 'This is no address: https://…').length}), 2,
    'an address that is none is told at its field';
$c->fill('Link', 'https://my-shop.eu/sale');
$c->fill('Picture', 'https://my-shop.eu/sale.png');
ok $c->see('sale.png'), 'the picture has its place on the phone';
$c->press('Save and go on');
ok $c->see('Whom it reaches'), 'it is kept';
$c->settle;
my ($id) = $c->value('location.hash') =~ /(\d+)$/;
$c->press('Or type some');
$c->fill('Users', "ann\nbob\n\ncat");
$c->press('Add the users');
ok $c->wait_for(q{document.querySelector('[aria-labelledby] .facts')
    && document.body.innerText.includes('In quarantine') ||
    document.body.innerText.includes('in quarantine')}), 'users are typed';
is_deeply [ map { fact($_) } 'Users', 'without a device', 'Devices reached',
    'in quarantine' ], [qw(3 1 2 1)], 'the figures of its audience';
is $c->value(q{[...document.querySelectorAll(
    '[aria-label="Devices reached"] tbody tr')].map((r) =>
    [...r.cells].map((d) => d.textContent).join(' ')).join(', ')}),
    'Apple 1, Android (Google) 1', 'by platform';
$c->fill('User', 'ann');
$c->press('Send to me');
ok $o->wait_for(60, sub { 2 == ledger('Winter sale') }), 'a test is sent';
my %got = map { $_->{provider} => $_->{payload} } ledger('Winter sale');
is_deeply [ $got{apns}{image}, $got{apns}{navigate},
    $got{apns}{aps}{alert}{body} ], [ 'https://my-shop.eu/sale.png',
    'https://my-shop.eu/sale', 'On its way 🚚' ],
    'Apple has picture, link and emoji';
diag $json->pretty->encode($got{fcm});
done_testing;
