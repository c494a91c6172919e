#!/usr/bin/perl
# Persons: what is held of a user is told whole, and erased whole, whatever is
# under way: a user whose id is planted wherever it may stand is in no row of
# any table afterwards, and from then on in no line of our logs.
use strict;
use warnings;
use Outpost;
use POSIX qw(strftime);
use Test::More;

my $o = Outpost->up(conf => "[message]\nstorage = yes\n");
my $u = 'planted-person-7f3';
my $json = Outpost::json();
$o->app($_) for qw(shop bank);

sub call { my ($path, $in, %more) = @_;
	my $r = $o->post($path, { requestObject => $in }, %more);
	is $r->{status}, 200, $path or diag $r->{body};
	return $r->{json}{responseObject} }

sub run { my (@words) = @_;
	my ($status, $said) = $o->outpost(@words);
	is $status, 0, "outpost @words" or diag $said;
	return $said }

# {table} = rows with that text, of all columns of all tables.
sub holders { my ($text) = @_;
	my %of;
	push @{ $of{$_->[0]} }, "INSTR(CONVERT(COALESCE(`$_->[1]`, '') USING"
	    . " utf8mb4), '$text') > 0" for $o->sql('SELECT table_name,'
	    . ' column_name FROM information_schema.columns WHERE'
	    . " table_schema = 'outpost'");
	return { map { $_->[1] ? ($_->[0] => $_->[1]) : () }
	    map { $o->sql("SELECT '$_', COUNT(*) FROM $_ WHERE "
	    . join ' OR ', @{ $of{$_} }) } sort keys %of } }

sub sends { return $o->sql('SELECT total, done, scheduled, fcm_sent,'
    . ' fcm_failed, removed FROM push_send ORDER BY id') }

# --- a user everywhere ------------------------------------------------------

# sendd has read the hold when it puts off what it finds.
sub hold_shop {
	my ($last) = map { @$_ } $o->sql('SELECT COALESCE(MAX(id), 0) FROM'
	    . ' push_send');
	run('hold', 'shop');
	ok $o->wait_for(60, sub { $o->send('shop', 'probe',
	    mode => 'ASYNCHRONOUS'); $o->sql('SELECT 1 FROM push_outbox WHERE'
	    . " send_id > $last AND reason IS NOT NULL") }), 'sendd holds it';
}

sub fill {
	$o->device('shop', 'probe', 'fcm', 'tok-accept:4',
	    activationId => 'act-probe');
	$o->device('shop', $u, 'fcm', "tok-accept:1", activationId => 'act-1');
	$o->device('shop', $u, 'fcm', "tok-accept:2", activationId => 'act-2');
	$o->device('shop', 'other', 'fcm', "tok-accept:3",
	    activationId => 'act-3');
	call('/admin/activation/update', { activationId => 'act-blocked',
	    userId => $u, appId => 'shop', activationStatus => 'BLOCKED' });
	my %text = (body => { title => 'Hi', body => "Dear $u" });
	is $o->send('shop', $u, %text)->{status}, 200, 'a message is sent';
	hold_shop();
	my @two = map { { userId => $_, body => { title => 'Hi',
	    body => 'to both' } } } $u, 'other';
	call('/push/message/batch/send', { appId => 'shop', batch => [ @two,
	    { userId => $u, %text } ] },
	    headers => { 'idempotency-key' => $u });
	my $later = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime time + 86400);
	call('/push/message/send', { appId => 'shop', mode => 'ASYNCHRONOUS',
	    message => { userId => $u, %text, sendAt => $later } });
	my $campaign = call('/push/campaign/create', { appId => 'shop',
	    message => { title => 'Hi', body => 'all' } })->{id};
	is $o->request(PUT => "/push/campaign/$campaign/user/add",
	    { requestObject => [ $u, 'other' ] })->{status}, 200, 'a campaign';
	is $o->post("/push/campaign/send/live/$campaign")->{status}, 200,
	    'which begins';
	call('/inbox/messages', { userId => $_, type => 'text',
	    subject => 'A letter', summary => 'It is long', body => "Dear $_",
	    applications => ['shop'] }) for $u, 'other';
	run('send', '--app', 'shop', '--user', $u, '--title', 'x', '--mode',
	    'async');
	$o->sql('UPDATE push_device_registration SET gone_at = NOW() WHERE'
	    . " activation_id = 'act-2'");
	run('device', 'restore', '--app', 'shop', '--user', $u);
	# with its first outcome a message of a campaign is stored
	ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_outbox q'
	    . ' JOIN push_device_registration d ON d.id = q.device_id WHERE'
	    . " q.lane = 1 AND q.reason IS NOT NULL AND d.user_id = '$u'"))
	    [0][0] == 2 }), 'and waits';
}

fill();
$o->sql("INSERT INTO push_audit (at, action, object, detail) VALUES (NOW(),"
    . qq{ 'message.send', 'shop', '{"app":"shop","user":"$u"}')});
my $held = holders($u);
is_deeply [ sort keys %$held ], [ map { "push_$_" } qw(activation audit
    campaign_user device_registration history inbox message outbox
    outbox_body) ], 'the user is in these tables';
is $held->{push_audit}, 1, 'of the trail in a row of before alone';

# --- told -------------------------------------------------------------------

my %rows = (devices => 2, activations => 3, waiting => 9, history => 2,
    messages => 10, campaigns => 1, inbox => 1);
is_deeply $json->decode(run('user', 'show', $u, '--json')),
    { rows => \%rows, plainChanges => 1 }, 'how much is held';
like run('user', 'show', $u), qr/^waiting +9\n.*^1 lines of the audit trail/ms,
    'in words';
is_deeply call('/admin/user/show', { userId => $u }),
    { rows => \%rows, plainChanges => 1 }, 'and by the call';
my $all = $json->decode(run('user', 'export', $u));
is_deeply { map { $_ => scalar @{ $all->{$_} } } keys %rows }, \%rows,
    'all of it is exported';
is $all->{userId}, $u, 'as one document';
is $all->{inbox}[0]{body}, "Dear $u", 'with the texts of the inbox';
# in no order of ours: messages of one second have random ids
is scalar(grep { ($_->{message}{body} // '') eq "Dear $u" }
    @{ $all->{messages} }), 4, 'of stored messages';
is scalar(grep { ($_->{message}{body} // '') eq "Dear $u" }
    @{ $all->{waiting} }), 3, 'and of those that wait';
is_deeply [ sort map { $_->{action} } @{ $all->{changes} } ],
    [qw(device.restore message.send user.export)],
    'and what was done to the user';
unlike $json->encode($all), qr/tok-accept/, 'without a token';
my $page = $o->post('/admin/user/export', { requestObject => {
    userId => $u, size => 2, page => 1 } })->{json};
is scalar(@{ $page->{responseObject}{waiting} }), 2, 'the call has pages';
is $page->{responseObject}{more}, JSON::PP::true, 'says that there are more';
my @first = map { delete $_->{changes}; delete $_->{more}; $_ }
    call('/admin/user/export', { userId => $u });
delete $all->{changes};
is_deeply $first[0], $all, 'and tells the same';

# --- erased, while a provider has a message in hand --------------------------

$o->device('bank', $u, 'fcm', 'tok-slow-60000:1', activationId => 'act-4');
my $asked = $o->control->{requests};
is $o->send('bank', $u, mode => 'ASYNCHRONOUS')->{status}, 200, 'a message';
ok $o->wait_for(60, sub { $o->control->{requests} > $asked }),
    'that a provider has';
my ($status, $said) = $o->outpost('user', 'erase', $u);
is $status, 2, 'without --yes nothing is erased';
unlike $said, qr/\Q$u\E/, 'nor is it told who';
is_deeply [ sort keys %{ holders($u) } ], [ sort keys %$held ], 'all is there';
is_deeply $json->decode(run('user', 'erase', $u, '--yes', '--json')),
    { erased => { devices => 3, activations => 4, waiting => 10,
	history => 2, messages => 11, campaigns => 1, inbox => 2 },
	plainChanges => 1 }, 'then all is';
is_deeply holders($u), { push_audit => 1 }, 'no row holds the user';
is_deeply [ $o->sql('SELECT activation_status, user_id FROM push_activation'
    . " WHERE activation_id = 'act-blocked'") ], [[ 'BLOCKED', 'NULL' ]],
    'who is blocked stays so, as nobody';
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_outbox WHERE device_id NOT IN'
    . ' (SELECT id FROM push_device_registration)') ], [[0]],
    'no row waits for such a device';
$o->control({ prompt => JSON::PP::true });
run('release', 'shop');
ok $o->wait_for(60, sub { !grep { $_->[0] != $_->[1] || $_->[2] } sends() }),
    'what waited for others is sent' or diag map { "@$_\n" } sends();
is_deeply [ grep { $_->[3] + $_->[4] != $_->[0] } sends() ], [],
    'and nothing is counted twice';
ok $o->wait_for(60, sub { ($o->sql('SELECT ended IS NOT NULL FROM'
    . ' push_campaign_run'))[0][0] }), 'the run of the campaign ends';
is_deeply [ $o->sql('SELECT outcome, n FROM push_campaign_outcome'
    . ' ORDER BY outcome') ], [ [ 'removed', 2 ], [ 'sent', 1 ] ],
    'and its results tell of the devices that were removed';
is scalar(() = $o->sql('SELECT 1 FROM push_history WHERE user_id'
    . " = 'other'")), 1, 'others have their history';
is_deeply holders($u), { push_audit => 1 }, 'and the user none';
is_deeply $json->decode(run('user', 'erase', $u, '--yes', '--json'))->{erased},
    { map { $_ => 0 } keys %rows }, 'a second run finds nothing';
is run('user', 'show', 'nobody'), "nothing is held of this user\n",
    'as of somebody who never was';

# --- erased, while more comes -----------------------------------------------

sub begin {
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	open STDOUT, '>', '/dev/null' or die;
	$ENV{OUTPOST_CONF} = $o->{conf};
	exec "$o->{bin}/outpost", qw(user erase), $u, '--yes'
	    or die "outpost: $!\n";
}

fill();
my $lock = $o->keep_locked('BEGIN; SELECT * FROM push_inbox WHERE user_id ='
    . " '$u' FOR UPDATE");
my $pid = begin();
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM'
    . " push_device_registration WHERE gone_reason = 'erased'"))[0][0] == 2 }),
    'devices get nothing any more';
kill 9, $pid;
waitpid $pid, 0;
$pid = begin();
$o->device('shop', $u, 'fcm', 'tok-accept:9', activationId => 'act-9');
is $o->send('shop', $u, mode => 'ASYNCHRONOUS')->{status}, 200,
    'meanwhile somebody writes to the user';
$o->let_go($lock, 'COMMIT');
waitpid $pid, 0;
is $?, 0, 'a killed run is continued';
is_deeply holders($u), { push_audit => 1 }, 'and takes what has come';
run('release', 'shop');

# --- erased, while sendd settles what came late ------------------------------

# As sendd does it: a row that a late call has made is deleted, and then stands
# in the history.
sub waits_for { my ($lock) = @_;
	ok $o->wait_for(60, sub { $o->transactions('1', "t.trx_state ="
	    . " 'LOCK WAIT' AND p.info LIKE '%$lock%'") }), "it waits: $lock" }

run('hold', 'shop');
$o->device('shop', $u, 'fcm', 'tok-accept:9', activationId => 'act-9');
$lock = $o->keep_locked('BEGIN; SELECT * FROM push_activation WHERE user_id ='
    . " '$u' FOR UPDATE");
$pid = begin();
waits_for('DELETE FROM push_activation');
$o->sql('INSERT INTO push_outbox (shard, lane, due, id, send_id, body_id,'
    . ' app_id, device_id, platform, environment, token, user_id) VALUES (0,'
    . " 0, '2099-01-01', 1, 1, 0, 1, 1, 1, 0, '', '$u')");
my $settling = $o->keep_locked('BEGIN; DELETE FROM push_outbox WHERE shard = 0'
    . " AND lane = 0 AND due = '2099-01-01' AND id = 1");
$o->let_go($lock, 'COMMIT');
waits_for('FOR UPDATE');
$o->let_go($settling, 'INSERT INTO push_history (finished, id, device_id,'
    . ' user_id, send_id, app_id, platform, outcome, tries) VALUES'
    . " (UTC_TIMESTAMP(3), 1, 1, '$u', 1, 1, 1, 3, 0); COMMIT");
waitpid $pid, 0;
is $?, 0, 'an erasure waits for sendd';
is_deeply holders($u), { push_audit => 1 }, 'and takes what sendd has left';
run('release', 'shop');

# --- by the call, and no line of our logs ------------------------------------

my @ours = grep { !/lighttpd|apache|access|error|mariadb|provider/ }
    glob "$o->{run}/logs/*";
my %size = map { $_ => -s $_ } @ours;
fill();
is_deeply call('/admin/user/erase', { userId => $u })->{erased}{inbox}, 2,
    'the call erases too';
is_deeply holders($u), { push_audit => 1 }, 'as the command does';
$o->get("/admin/message/list?userId=$u");
$o->send('shop', $u);
is_deeply [ grep { index(substr($o->read_file($_), $size{$_}), $u) >= 0 }
    @ours ], [], 'no line of a log holds the user';
cmp_ok scalar(@ours), '>', 1, 'of ' . @ours . ' logs';
is_deeply [ $o->sql("SELECT COUNT(*), COUNT(DISTINCT object) FROM push_audit"
    . " WHERE action = 'user.erase' AND object LIKE 'user:%'") ], [[6, 1]],
    'each erasure left its row, of one name';
run('release', 'shop');

done_testing;
