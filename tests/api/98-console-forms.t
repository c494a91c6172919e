#!/usr/bin/perl
# Each form of the console: a session that ends while it is filled loses nothing
# that was typed, and what is sent then is done once, also if the reader comes
# back as another integration, presses twice, or an answer is lost. Beyond 500
# applications one is named and not chosen; a user's many devices have pages.
use strict;
use utf8;
use warnings;
use Console;
use Outpost;
use Test::More;

use constant ASSERTIONS => 114;

Console::needed(ASSERTIONS);

my $o = Outpost->up(via => 'lighttpd', auth => 'basic');
my %who = map { $_ => $o->integration($_,
    'device,send,campaign,inbox,admin') } qw(anna berta);
$o->{headers} = { authorization => $who{anna}{basic} };
my $c = Console->new("http://127.0.0.1:$o->{port}$o->{prefix}/console/");
my $json = JSON::PP->new->allow_nonref->canonical;
my $now;	# who has signed in

$o->app($_) for qw(shop keys);
$o->device('shop', 'ann', 'apns', Outpost::apns_token('phone of ann'),
    environment => 'development');
sub campaign {
	my ($title) = @_;
	return $o->post('/push/campaign/create', { requestObject => {
	    appId => 'shop', message => { title => $title, body => 'all' } } })
	    ->{json}{responseObject}{id};
}
my ($filled, $tried) = (campaign('of the file'), campaign('to me'));
my @started = map { campaign("begun $_") } 1 .. 2;
$o->put("/push/campaign/$_/user/add", { requestObject => ['ann'] })
    for @started;
for (qw(one two)) {
	$o->write_file("$o->{run}/$_.csv", "$_-of-file\n");
	chmod 0644, "$o->{run}/$_.csv";
}

sub rows { return ($o->sql("SELECT COUNT(*) FROM $_[0]"))[0][0] }
sub ledger { my ($title) = @_; return scalar grep { ($_ // '') eq $title }
    map { $_->{payload}{aps}{alert}{title} } grep {
	ref $_->{payload}{aps}{alert} } $o->ledger }
sub audit { return rows("push_audit WHERE action = '$_[0]'") }

# --- a form of the page -----------------------------------------------------

# The form with these fields and that button, as a script.
sub form_of {
	my ($action, @names) = @_;
	return sprintf '[...document.forms].find((f) => !f.closest("dialog") &&'
	    . ' f.querySelector("[type=submit]").textContent === %s &&'
	    . ' %s.every((name) => f.elements[name]))', $json->encode($action),
	    $json->encode([ sort @names ]);
}

sub fill {
	my ($form, $values, $files) = @_;
	$c->value("(() => { const f = $form; for (const [name, value] of"
	    . ' Object.entries(' . $json->encode($values) . ')) {'
	    . ' const [it] = f.elements[name] instanceof RadioNodeList ?'
	    . ' f.elements[name] : [f.elements[name]];'
	    . ' if (it.type === "checkbox") it.checked = value;'
	    . ' else it.value = value; it.dispatchEvent(new Event("input",'
	    . ' {bubbles: true})); } })()');
	for (sort keys %$files) {
		my $input = $c->call('Runtime.evaluate', { expression =>
		    "$form.elements." . $_ })->{result}{objectId};
		$c->call('DOM.setFileInputFiles', { files => [ $files->{$_} ],
		    objectId => $input });
		$c->wait_for("$form.elements.$_.taken");
	}
	return;
}

# What the form has; a file is its name.
sub held {
	my ($form, $values, $files) = @_;
	return $json->decode($c->value("(() => { const f = $form, has = {};"
	    . ' for (const name of ' . $json->encode(
	    [ sort keys %$values, keys %$files ]) . ') {'
	    . ' const [it] = f?.elements[name] instanceof RadioNodeList ?'
	    . ' f.elements[name] : [f?.elements[name]];'
	    . ' has[name] = it?.taken?.name ?? (it?.type === "checkbox" ?'
	    . ' it.checked : it?.value); } return JSON.stringify(has); })()'));
}

sub wanted {
	my ($values, $files) = @_;
	return { %$values,
	    map { $_ => $files->{$_} =~ s{.*/}{}r } keys %$files };
}

sub send_form {
	my ($form, $confirm) = @_;
	$c->value("$form.querySelector('[type=submit]').click()");
	return if !$confirm;
	$c->wait_for('document.querySelector("dialog .danger")');
	return $c->value('document.querySelector("dialog .danger").click()');
}

# In the dialog that a session which has ended shows, or on the first page.
sub sign_in {
	($now) = @_;
	$c->wait_for('document.querySelector("[name=secret]")');
	$c->value('(() => { const f = document.querySelector("[name=secret]")'
	    . ".form; f.elements.token.value = '$who{$now}{token}';"
	    . " f.elements.secret.value = '$who{$now}{secret}';"
	    . ' f.querySelector("[type=submit]").click(); })()');
	return $c->wait_for('document.querySelector("[name=secret]") === null');
}

# --- the table --------------------------------------------------------------

# Page, button, fields, how often it was done. %s: of which pass. confirm: it is
# asked about. next: what the page shows when it is done.
my @forms = (
    { page => 'applications', does => 'Create', has => { appId => 'app-%s' },
	done => sub { rows("push_app_credentials WHERE app_id ="
	    . " 'app-$_[0]'") } },
    { page => 'application/keys', does => 'Check and save',
	has => { keyId => 'K3Y1D0000%d', teamId => $o->{keys}{apns}{team_id},
	    bundle => $o->{keys}{apns}{bundle} },
	files => { key => $o->{keys}{apns}{key_file} },
	done => sub { audit('app.apns.set') } },
    { page => 'application/keys', does => 'Check and save',
	has => { projectId => 'project-%s' },
	files => { key => $o->{keys}{fcm}{account_file} },
	done => sub { audit('app.fcm.set') } },
    { page => 'application/keys', does => 'Check and save',
	has => { projectId => 'p%s', clientId => '10020030%d',
	    clientSecret => 'secret' },
	done => sub { audit('app.hms.set') } },
    { page => 'application/keys', does => 'Check and save',
	has => { subject => 'mailto:push@%s.eu', generate => JSON::PP::true,
	    force => JSON::PP::true },
	done => sub { audit('app.webpush.set') } },
    { page => 'users', does => 'Register',
	has => { appId => 'shop', userId => 'user-%s', platform => 'fcm',
	    token => 'token-of-%s' },
	done => sub { rows("push_device_registration WHERE user_id ="
	    . " 'user-$_[0]'") } },
    { page => 'send', does => 'Send',
	has => { appId => 'shop', userId => 'ann', title => 'Hello %s' },
	done => sub { ledger("Hello $_[0]") } },
    { page => 'campaign-new', does => 'Save and go on',
	has => { appId => 'shop', title => 'Sale %s', extras => '{"a": 1}' },
	done => sub { rows("push_campaign WHERE message LIKE"
	    . " '%Sale $_[0]%'") } },
    { page => "campaign/$filled", does => 'Add the users', has => {},
	files => { file => "$o->{run}/%s.csv" },
	done => sub { rows("push_campaign_user WHERE user_id ="
	    . " '$_[0]-of-file'") } },
    { page => "campaign/$filled", does => 'Add the users',
	has => { users => 'typed-%s' },
	done => sub { rows("push_campaign_user WHERE user_id ="
	    . " 'typed-$_[0]'") } },
    { page => "campaign/$tried", does => 'Send to me',
	has => { userId => 'ann' }, done => sub { ledger('to me') } },
    { page => 'campaign/%c', does => 'Start', confirm => 1,
	has => { spread => '1s', rate => '%d' },
	done => sub { rows("push_campaign_run WHERE campaign_id ="
	    . " $started[$_[1] - 1]") } },
    { page => 'inbox', does => 'Post', has => { users => "ann\nbob",
	    appId => 'shop', subject => 'Your bill %s',
	    summary => 'Of this May',
	    body => 'Dear customer' },
	done => sub { rows("push_inbox WHERE subject ="
	    . " 'Your bill $_[0]'") / 2 } },
    { page => 'integrations', does => 'Create',
	has => { name => 'caller-%s', roles => JSON::PP::true,
	    apps => 'shop' }, close => 1,
	done => sub { rows("push_integration WHERE name = 'caller-$_[0]'") } });

sub of_pass {
	my ($text, $n) = @_;
	my %is = (s => (qw(zero one two))[$n], d => $n, c => $started[$n - 1]);
	return ref $text ? $text : $text =~ s/%([sdc])/$is{$1}/gr;
}

# --- a session that ends ----------------------------------------------------

# An action's own dialog, as the one with a new secret, is closed.
sub close_dialog {
	$c->wait_for('document.querySelector("dialog")');
	return $c->value('document.querySelector("dialog").close()');
}

sub pass_of {
	my ($form, $n, $as) = @_;
	my ($word) = of_pass('%s', $n);
	my %has = map { $_ => of_pass($form->{has}{$_}, $n) }
	    keys %{ $form->{has} };
	my %files = map { $_ => of_pass($form->{files}{$_}, $n) }
	    keys %{ $form->{files} };
	my $page = of_pass($form->{page}, $n);
	my $it = form_of($form->{does}, keys %has, keys %files);
	my $name = "$page, $form->{does}, $word";
	my $before = $form->{done}->($word, $n);
	my $is_done = sub { $form->{done}->($word, $n) == $before + 1 };

	$c->open($page);
	$c->unfold;
	fill($it, \%has, \%files);
	$o->sql('DELETE FROM push_session');
	send_form($it, $form->{confirm});
	$c->see('Your session has ended');
	is_deeply held($it, \%has, \%files), wanted(\%has, \%files),
	    "$name: is there when the session has ended";
	my $is_other = $as ne $now;
	sign_in($as);
	if ($is_other) {
		$c->see("You are signed in as $as now");
		is $form->{done}->($word, $n), $before,
		    "$name: nothing is done in another's name";
		is_deeply held($it, \%has, \%files), wanted(\%has, \%files),
		    "$name: what was typed is still there";
		send_form($it, $form->{confirm});
	}
	close_dialog() if $form->{close};
	ok $o->wait_for(60, $is_done), "$name: is done once"
	    or diag $form->{done}->($word, $n) - $before, $c->text;
	return;
}

$c->open;
sign_in('anna');
$c->see('What waits');
for my $form (@forms) {
	pass_of($form, 1, $now);
	pass_of($form, 2, $now eq 'anna' ? 'berta' : 'anna');
}

# What only looks something up is looked up after all.
for ([ 'users', 'Find', { userId => 'ann' }, 'active' ],
    [ 'inbox', 'Show', { userId => 'ann', appId => 'shop' }, 'Your bill two' ],
    [ 'audit', 'Filter', { object => 'app-two' }, 'app.create' ]) {
	my ($page, $does, $has, $sees) = @$_;
	$c->open($page);
	fill(form_of($does, keys %$has), $has);
	$o->sql('DELETE FROM push_session');
	send_form(form_of($does, keys %$has));
	$c->see('Your session has ended');
	sign_in($now);
	ok $c->see($sees), "$page, $does: is done";
	is_deeply held(form_of($does, keys %$has), $has), $has,
	    "$page, $does: what was typed is there";
}

# --- twice ------------------------------------------------------------------

# The first change reaches the server, and its answer nobody.
my $lose = <<'END';
(() => {
	const asks = window.fetch;
	window.lost = null;
	window.fetch = async (url, how) => {
		const answer = await asks(url, how);
		if (how.method === 'GET' || /preview$/.test(url.pathname))
			return answer;
		window.fetch = asks;
		window.lost = answer.status;
		throw new TypeError('lost');
	};
})()
END

sub twice {
	my ($form) = @_;
	my ($word, $n) = ('three', 3);
	my %has = map { my $v = $form->{has}{$_};
	    $_ => ref $v ? $v : $v =~ s/%s/three/gr } keys %{ $form->{has} };
	my $it = form_of($form->{does}, keys %has);
	$c->open($form->{page});
	$c->unfold;
	fill($it, \%has);
	$c->value($lose);
	send_form($it) for 1 .. 2;
	$c->see('The server does not answer.');
	is $c->value('window.lost'), 200, "$form->{page}: an answer is lost";
	send_form($it);
	$c->wait_for("!document.body.innerText.includes('does not answer')"
	    . ' && !document.querySelector(".busy")');
	is $form->{done}->('three', 3), 1, "$form->{page}: is done once";
	return;
}
twice($_) for grep { $_->{page} =~ /^(?:users|send|campaign-new|inbox)$/ }
    @forms;

# --- many applications ------------------------------------------------------

$o->sql("INSERT INTO push_app_credentials (app_id) SELECT CONCAT('many-',"
    . " LPAD(seq, 3, '0')) FROM seq_1_to_501");
my $all = rows('push_app_credentials');
for (qw(send campaign-new users inbox)) {
	$c->open($_);
	is $c->value('[...document.querySelectorAll("main [name=appId]")]'
	    . '.every((it) => it.type === "text")'), 1,
	    "$_: of so many none is chosen from a list";
	ok $c->see('There are more than 500: write its name.'), 'as is told'
	    if $_ ne 'users';
}
$c->open('applications');
my $seen = 0;
do {
	my $page = $c->value('document.querySelector(".pager span")'
	    . '.textContent');
	$seen += $c->value('document.querySelectorAll("main tbody tr").length');
	$c->press('Next') if $seen < $all;
	$c->wait_for('document.querySelector(".pager span").textContent !== '
	    . $json->encode($page)) if $seen < $all;
} while $seen < $all && $seen > 0;
is $seen, $all, 'page by page all applications are seen';
ok $c->see('many-501'), 'up to the last';

# --- many devices of a user -------------------------------------------------

$o->sql("INSERT INTO push_device_registration (activation_id, user_id, app_id,
    platform, push_token, timestamp_last_registered, is_active)
    SELECT UUID(), 'many', a.id, 'fcm', CONCAT(LPAD(seq, 6, '0'), '-token'),
    '2026-01-01', 1 FROM seq_1_to_51 JOIN push_app_credentials a
    WHERE a.app_id = 'shop'");
$c->open('users?userId=many');
my $devices = 'document.querySelectorAll("main tbody tr").length';
ok $c->see('Google) 000051...'), 'the newest device of 51 is shown';
is $c->value($devices), 50, 'on a page of 50';
$c->press('Next');
ok $c->see('Google) 000001...'), 'the oldest is on the next page';
is $c->value($devices), 1, 'alone';
$c->press('Back');
ok $c->see('Google) 000051...'), 'and back';
is $c->value($devices), 50, 'to the 50';
$o->sql("DELETE FROM push_device_registration WHERE user_id = 'many'"
    . " AND push_token = '000001-token'");
$c->press('Next');
ok $c->wait_for('[...document.querySelectorAll("main .pager button")]'
    . '.every((it) => it.hidden) && ' . "$devices === 50"),
    'of 50 the first page is the last, though it is full';

done_testing(ASSERTIONS);
