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

use constant ASSERTIONS => 53;

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
ok $c->see('without a device'), 'users are typed';
$c->see('in quarantine');
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
is_deeply [ $got{fcm}{message}{android}{notification}{image},
    $got{fcm}{message}{data}{navigate} ], [ 'https://my-shop.eu/sale.png',
    'https://my-shop.eu/sale' ], 'and so has Google';

# --- it is started ----------------------------------------------------------

sub start {
	$c->press('Start');
	my ($says) = @_;
	ok $c->see($says), "it is asked: $says";
	$c->press('Start');
}

# What the bar shows: how many are done of how many.
sub bar {
	return $c->wait_for(q{(() => {
		const bar = [...document.querySelectorAll('main progress')]
		    .find((p) => p.hasAttribute('aria-labelledby'));
		return bar && `${bar.value} of ${bar.max}: ` + document
		    .getElementById(bar.getAttribute('aria-labelledby'))
		    .textContent;
	})()});
}
sub bar_says {
	my ($wanted) = @_;
	return is $o->wait_for(60, sub { my $is = bar();
	    $is eq $wanted ? $is : undef }) // bar(), $wanted, "bar: $wanted";
}

my $tomorrow = 60 * (int(time / 60) + 24 * 60);
$c->when('When', $tomorrow * 1000);
$c->fill('Spread over', '30m');
$c->fill('Messages each second, at most', '7');
$c->fill('Quiet from', '22:00');
$c->fill('Quiet until', '07:30');
start('It begins at the time that you have set.');
ok $c->see('The campaign is started.'), 'it is started';
is_deeply row('SELECT TIMESTAMPDIFF(SECOND, "1970-01-01", start_at),'
    . ' spread_ms, rate, quiet_from, quiet_to, quiet_zone FROM'
    . " push_campaign_run WHERE campaign_id = $id"), [ $tomorrow, 1800000, 7,
    22 * 60, 7 * 60 + 30, $c->value(
    'Intl.DateTimeFormat().resolvedOptions().timeZone') ],
    'for then, spread, so fast, and quiet at night';
ok $c->wait_for(q{document.querySelector('[data-count=pending]')}),
    'which the page shows';
is fact('Spread over') . ', ' . fact('At most'), '1800s, 7 each second',
    'with how it is sent';
is scalar(ledger('Winter sale')), 2, 'nothing of it is sent yet';
$c->press('Delete');
$c->see('Delete the campaign?');
$c->press('Delete');
ok $c->see('The campaign is deleted.'), 'it is deleted';
$c->settle;
is row('SELECT COUNT(*) FROM push_campaign')->[0], 0, 'and gone';

# One of its two devices is held meanwhile.
$id = answer($o->post('/push/campaign/create', object({ appId => 'keys',
    message => { title => 'Held', body => 'for a while' } })))->{id};
answer($o->put("/push/campaign/$id/user/add", object(['ann'])));
answer($o->post('/admin/app/hold', object({ appId => 'keys',
    provider => 'fcm' })));
$o->wait_for(60, sub { @{ answer($o->get('/admin/app/health?appId=keys'
    . '&state=held'))->{health} } }) or die "not held\n";
$c->open("campaign/$id");
start('It begins at once.');
bar_says('1 of 2: 1 of 2 are done (50%)');
SKIP: {
	skip 'axe-core cannot be had', 1 if !Console::axe_script();
	is_deeply [ $c->all_violations ], [], 'under way: axe finds nothing';
}
$c->shot('state-under-way');

# A message that waits for the same reason is stopped on its page.
my $message = answer($o->send('keys', 'ann', mode => 'ASYNCHRONOUS'))
    ->{messageId};
ok $o->wait_for(60, sub { (row('SELECT COUNT(*) FROM push_send WHERE id ='
    . " $message AND apns_sent = 1"))->[0] }), 'a message waits for the other';
$c->open("message/$message");
$c->press('Stop what is not sent yet');
ok $c->see('1 is not sent any more.'), 'it is stopped';
answer($o->post('/admin/app/release', object({ appId => 'keys' })));
$c->open("campaign/$id");
bar_says('2 of 2: 2 of 2 are done (100%)');
is scalar(ledger('Held')), 2, 'as the ledger has it';
ok $o->wait_for(60, sub { !row('SELECT COUNT(*) FROM push_outbox')->[0] }),
    'nothing waits any more';
is scalar(grep { $_->{provider} eq 'fcm' } ledger('There')), 0,
    'and what was stopped was not sent';

# --- files to take along ----------------------------------------------------

$o->sql('INSERT INTO push_campaign_outcome (campaign_id, send_id, platform,'
    . " outcome, reason, n) SELECT campaign_id, send_id, 0, 'failed',"
    . " '=1+1,\"x\"', 3 FROM push_campaign_run");
$c->open("campaign/$id");
is $c->download('Download as CSV', "campaign-$id.csv"), join("\r\n",
    'platform,outcome,reason,devices', 'apns,sent,,1', 'fcm,sent,,1',
    qq(apns,failed,"'=1+1,""x""",3), ''),
    'the results as a file, in which nothing is a formula';
$o->sql('INSERT INTO push_audit (at, who, source, action, object) VALUES'
    . " (UTC_TIMESTAMP(3), '+who', '\@127', '-act', '=1+1')");
$c->open('audit');
like $c->download('Download as CSV', 'audit.csv'),
    qr/^id,time,who,source,action,object,detail,call\r\n
    \d+,[^,]+,'\+who,'\@127,'-act,'=1\+1,,\r\n/x,
    'the audit trail, the newest first';
$c->fill('Who', 'boss');
$c->fill('Action', 'app.fcm.set');
$c->fill('Object', 'keys');
$c->when('Since', (time - 24 * 3600) * 1000);
$c->press('Filter');
sub audit { return $c->value(q{[...document.querySelectorAll(
    'main tbody tr')].map((r) => [1, 3, 4].map((i) =>
    r.cells[i].textContent).join(' ')).join(', ')}) }
ok $o->wait_for(60, sub { audit() eq 'boss app.fcm.set keys' }),
    'filtered: what was done to one application' or diag audit();
like $c->download('Download as CSV', 'audit.csv'),
    qr/^id,[^\n]*\n\d+,[^,]+,boss,[^,]+,app\.fcm\.set,keys,[^\n]*\n\z/,
    'and the file has what is shown';

# --- the inbox --------------------------------------------------------------

answer($o->post('/inbox/messages', object({ userId => 'ann', type => 'text',
    subject => 'Your bill', summary => 'Of this May', body =>
    'Dear customer', applications => ['keys'] })));
sub inbox {
	$c->press('Show');
	return $c->wait_for(q{(() => { const all = [...document
	    .querySelectorAll('main td .badge')].map((b) => b.textContent);
	    return all.length === 1 && all[0]; })()});
}
$c->open('inbox');
$c->fill('User', 'ann');
$c->choose('Application', 'keys');
is inbox(), 'unread', 'a message that nobody has read';
my ($inbox) = @{ row('SELECT inbox_id FROM push_inbox') };
is $o->put("/inbox/messages/read?userId=ann&messageId=$inbox")->{status}, 200,
    'is read';
$c->open('inbox');
$c->fill('User', 'ann');
$c->choose('Application', 'keys');
is inbox(), 'read', 'which is seen';
$c->open('inbox');
$c->fill('User', 'ann');
$c->choose('Application', 'keys');
$c->tick('only unread');
$c->press('Show');
ok $c->see('There is none.'), 'of those not read there is none';

# --- what is asked about ----------------------------------------------------

sub status_as { return $o->get('/push/device/list?userId=ann', headers => {
    authorization => Outpost::basic($gone->{token}, $_[0]) })->{status} }
$c->open('integrations');
press_in('gone', 'New secret');
$c->see('Make a new secret for gone?');
$c->press('Make a new secret');
ok $c->see('The secret is shown now and never again.'), 'a new secret';
my $new = $c->value('document.querySelector("dialog code").textContent');
isnt $new, $gone->{secret}, 'is another one';
is status_as($new), 403, 'by which it is known';
is status_as('wrong'), 401, 'as by no other';
$c->press('I have it');
press_in('gone', 'Remove');
$c->see('Remove gone?');
$c->press('Remove');
ok $c->see('gone is removed.'), 'an integration is removed';
is row("SELECT COUNT(*) FROM push_integration WHERE name = 'gone'")->[0], 0,
    'and is there no more';
$c->open('quarantine/keys');
press_in('cat', 'Restore');
ok $c->see('The device gets messages again.'), 'a device is restored';
is row('SELECT COUNT(*) FROM push_device_registration WHERE gone_at IS NOT'
    . ' NULL')->[0], 0, 'and in quarantine no more';
ok $c->see('No device is in quarantine.'), 'as its page tells';

done_testing(ASSERTIONS);
