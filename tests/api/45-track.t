#!/usr/bin/perl
# What became of a message: status, cancel, preview, sendAt, a user's devices,
# and sends that are repeated under an Idempotency-Key.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use Outpost;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(time sleep);

my $o = Outpost->up(conf => "[message]\nstorage = yes\n");
my $app = $o->app('mobile-app');
my $none = { sent => 0, failed => 0, pending => 0, expired => 0, total => 0 };

sub count { return { %$none, @_ } }
sub rows { my ($r) = $o->sql('SELECT COUNT(*) FROM push_outbox'); $r->[0] }
sub sends { my ($r) = $o->sql('SELECT COUNT(*) FROM push_send'); $r->[0] }
sub status { return $o->get("/push/message/$_[0]/status") }
sub object { return $_[0]{json}{responseObject} }
sub instant { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }

sub message {
	my ($user, %more) = @_;
	return { requestObject => { appId => $app, mode => 'SYNCHRONOUS',
	    message => { userId => $user, body => { title => 'Hi',
		body => 'There' }, %more } } };
}

$o->device($app, 'joe', 'apns', Outpost->apns_token('tok-accept:1'));
$o->device($app, 'joe', 'fcm', 'tok-accept:2');
$o->device($app, 'joe', 'hms', 'tok-80100016:3');

# --- status -----------------------------------------------------------------

my $r = $o->send($app, 'joe');
my $id = object($r)->{messageId};
like $id, qr/^\d+$/, 'a send has a message id';
$r = status($id);
is $r->{status}, 200, 'its status';
my $s = object($r);
is $s->{messageId}, $id, 'told as a text';
is $s->{mode}, 'SYNCHRONOUS', 'mode';
is $s->{appId}, $app, 'application';
is $s->{state}, 'done', 'state';
like $s->{created}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'created';
ok !exists $s->{cancelled}, 'not cancelled';
is_deeply $s->{result}, { apns => count(sent => 1, total => 1),
    fcm => count(sent => 1, total => 1),
    hms => count(failed => 1, total => 1) }, 'counts by platform';
is scalar(@{ $s->{devices} }), 3, 'and each device';
my %of = map { $_->{platform} => $_ } @{ $s->{devices} };
is $of{apns}{state}, 'sent', 'apns sent';
like $of{apns}{providerId}, qr/^[0-9A-Fa-f-]{36}$/, 'under a provider id';
is $of{apns}{tries}, 1, 'in one try';
is $of{apns}{userId}, 'joe', 'to the user';
like $of{apns}{finished}, qr/Z$/, 'finished';
is $of{hms}{state}, 'failed', 'hms failed';
is $of{hms}{reason}, '80100016', 'for its reason';
unlike $r->{body}, qr/tok-accept/, 'no token is told';

$r = $o->send($app, 'nobody');
is object(status(object($r)->{messageId}))->{state}, 'done',
    'nothing to do is done';
is_deeply object(status(object($r)->{messageId}))->{devices}, [],
    'and has no devices';

for my $path ('/push/message/999/status', '/push/message/999/cancel') {
	$r = $o->request($path =~ /cancel/ ? 'POST' : 'GET', $path);
	is $r->{status}, 400, "$path: unknown id";
	is object($r)->{code}, 'ERROR_GENERIC', 'code';
	is object($r)->{message}, 'Message with entered ID does not exist',
	    'words';
}
is status('12x')->{status}, 400, 'the id is digits';
is status('-1')->{status}, 400, 'without a sign';

# --- sendAt and cancel ------------------------------------------------------

my $before = $o->ledger;
my $begin = time;
$r = $o->post('/push/message/send', message('joe',
    sendAt => instant(time + 3600)));
is $r->{status}, 200, 'sendAt in an hour';
cmp_ok time - $begin, '<', 25, 'nobody waits for it'; # 30: sync_timeout
is object($r)->{$_}{total}, 0, "no device of $_ is counted yet"
    for qw(apns fcm hms);
$id = object($r)->{messageId};
is rows(), 1, 'one row of the user is queued';
is object(status($id))->{state}, 'scheduled', 'state scheduled';
is object(status($id))->{scheduled}, 1, 'of one user';
is_deeply object(status($id))->{devices}, [], 'and of no device yet';
my ($due) = $o->sql('SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(),'
    . ' MIN(due)), MIN(id >> 31) - UNIX_TIMESTAMP() FROM push_outbox');
cmp_ok abs($due->[0] - 3600), '<=', 60, 'due in an hour';
cmp_ok abs($due->[1] - 3600), '<=', 60, 'and aged from then on';
my ($expires) = $o->sql("SELECT JSON_VALUE(body, '\$.expires') / 1000"
    . " - UNIX_TIMESTAMP() FROM push_outbox_body WHERE send_id = $id");
cmp_ok abs($expires->[0] - 90000), '<=', 60, 'its validity begins then too';

$r = $o->post("/push/message/$id/cancel");
is_deeply object($r), { cancelled => JSON::PP::true, pending => 1 },
    'cancelled';
is object(status($id))->{state}, 'cancelled', 'state cancelled';
like object(status($id))->{cancelled}, qr/Z$/, 'since';
ok $o->wait_for(60, sub { rows() == 0 }), 'the rows are dropped';
$r = $o->post("/push/message/$id/cancel");
is_deeply object($r), { cancelled => JSON::PP::true, pending => 0 },
    'cancelled again: the same';
is scalar($o->ledger), $before, 'nothing was sent';
$r = $o->send($app, 'joe');
$r = $o->post('/push/message/' . object($r)->{messageId} . '/cancel');
is_deeply object($r), { cancelled => JSON::PP::false, pending => 0 },
    'too late to cancel';

$r = $o->post('/push/message/send', message('joe',
    sendAt => instant(time + 2)));
$id = object($r)->{messageId};
ok $o->wait_for(60, sub { object(status($id))->{state} eq 'done' }),
    'sendAt in two seconds is sent';
is object(status($id))->{result}{fcm}{sent}, 1, 'to fcm';
$r = $o->post('/push/message/send', message('joe',
    sendAt => '2020-01-01T00:00:00Z'));
is object($r)->{apns}{sent}, 1, 'sendAt in the past is now';
$r = $o->post('/push/message/send', message('joe',
    sendAt => instant(time + 29 * 86400)));
is $r->{status}, 400, 'not more than 28 days ahead';
like object($r)->{message}, qr/28 days/, 'it says so';
$r = $o->post('/push/message/send', message('joe', sendAt => 'tomorrow'));
is $r->{status}, 400, 'an instant and nothing else';
$r = $o->post('/push/message/send', message('joe',
    sendAt => instant(time + 7200), body => { title => 'x',
	validUntil => instant(time + 3600) }));
is $r->{status}, 400, 'valid only until before it is sent';

$r = $o->post('/push/message/batch/send', { requestObject => {
    appId => $app, mode => 'ASYNCHRONOUS', batch => [
	{ userId => 'joe', body => { title => 'now' } },
	{ userId => 'joe', body => { title => 'later' },
	    sendAt => instant(time + 3600) } ] } });
is $r->{status}, 200, 'a batch with one for now and one for later';
$id = object($r)->{messageId};
ok $o->wait_for(60, sub { object(status($id))->{result}{apns}{sent} == 1 }),
    'the first is sent';
$s = object(status($id));
is $s->{scheduled}, 1, 'the second waits';
is $s->{state}, 'partly', 'state partly';
$o->post("/push/message/$id/cancel");
ok $o->wait_for(60, sub { rows() == 0 }), 'and is cancelled';
is object(status($id))->{scheduled}, 0, 'no user is left';
is object(status($id))->{result}{apns}{total}, 1,
    'and none of their devices was counted';

# --- Idempotency-Key --------------------------------------------------------

sub keyed {
	my ($key, $body, $path) = @_;
	return $o->post($path // '/push/message/send', $body,
	    headers => { 'idempotency-key' => $key });
}

# Past HTTP::Tiny, which refuses such a header itself.
sub raw_keyed {
	my ($key, $body) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $o->{port}) or die "connect: $!\n";
	my $text = JSON::PP->new->canonical->encode($body);
	print $s "POST $o->{prefix}/push/message/send HTTP/1.1\r\nHost: x\r\n"
	    . "Connection: close\r\nContent-Type: application/json\r\n"
	    . "Content-Length: " . length($text)
	    . "\r\nIdempotency-Key: $key\r\n\r\n$text";
	return <$s> =~ m{^HTTP/1\.. (\d+)} ? $1 : 0;
}

my $n = sends();
my $first = keyed('key-1', message('joe'));
is $first->{status}, 200, 'a send with a key';
ok !exists $first->{headers}{'idempotency-replayed'}, 'is the first';
$before = $o->ledger;
$r = keyed('key-1', message('joe'));
is_deeply $r->{json}, $first->{json}, 'again: the same answer';
is $r->{headers}{'idempotency-replayed'}, 'true', 'and a header says so';
is scalar($o->ledger), $before, 'nothing is sent';
is sends(), $n + 1, 'nothing is queued';
$r = keyed('key-1', message('mary'));
is $r->{status}, 409, 'the same key with another body';
is object($r)->{code}, 'ERROR_DATA_INTEGRITY', 'code';
is object($r)->{message}, 'Idempotency-Key was used with another request',
    'words';
is keyed('key-1', message('joe'), '/push/message/batch/send')->{status}, 400,
    'another call with that body is refused as ever';
is keyed('key-2', message('joe'))->{status}, 200, 'another key sends again';
is sends(), $n + 2, 'once';
is keyed('k' x 256, message('joe'))->{status}, 400, 'a key too long';
is raw_keyed("caf\xe9", message('joe')), 400, 'a key that is not ASCII';
is keyed('k' x 255, message('joe'))->{status}, 200, 'the longest key';
$r = keyed('key-3', message(''));
is $r->{status}, 400, 'what is refused';
is keyed('key-3', message('joe'))->{status}, 200, 'does not use up its key';
$n = sends();
$o->sql('UPDATE push_idempotency SET created = created - INTERVAL 25 HOUR');
is keyed('key-1', message('mary'))->{status}, 200,
    'after a day the key is free';
is sends(), $n + 1, 'and sends';

# Eight at once: one send, eight times the same message id.
$n = sends();
my @pipes;
for (1 .. 8) {
	my $pid = open(my $p, '-|') // die "fork: $!\n";
	if ($pid == 0) {
		my $m = message('joe');
		$m->{requestObject}{mode} = 'ASYNCHRONOUS';
		my $got = keyed('key-many', JSON::PP->new->canonical
		    ->encode($m));
		print "$got->{status} ", object($got)->{messageId} // '-';
		close STDOUT;
		POSIX::_exit(0);
	}
	push @pipes, $p;
}
my %answers = map { my $p = $_; scalar(<$p>) => 1 } @pipes;
is scalar(keys %answers), 1, 'eight at once have one answer';
like((keys %answers)[0], qr/^200 \d+$/, 'a good one');
is sends(), $n + 1, 'and one send';

# --- preview ----------------------------------------------------------------

ok $o->wait_for(60, sub { rows() == 0 }), 'all is sent';
$before = $o->contents;
my $ledger = $o->ledger;
$r = $o->post('/push/message/preview', message('joe',
    attributes => { personal => JSON::PP::true },
    body => { title => 'Hi', badge => -1, sound => 'bell',
	collapseKey => 'mail', extras => { deal => 7 } }));
is $r->{status}, 200, 'preview';
is object($r)->{userId}, 'joe', 'of the user';
%of = map { $_->{platform} => $_ } @{ object($r)->{devices} };
is join(' ', sort keys %of), 'apns fcm hms', 'all three devices';
my $p = $of{apns};
is $p->{environment}, 'development', 'environment';
is $p->{token}, substr(Outpost->apns_token('tok-accept:1'), 0, 6) . '...',
    'masked token';
like $p->{url}, qr{^https://.*/3/device/[0-9a-f]{6}$}, 'url';
is $p->{headers}{'apns-push-type'}, 'alert', 'push type';
is $p->{headers}{'apns-priority'}, '10', 'priority';
is $p->{headers}{'apns-topic'}, $o->{keys}{apns}{bundle}, 'topic';
is $p->{headers}{'apns-collapse-id'}, 'mail', 'collapse id';
is $p->{headers}{authorization}, 'bearer (not shown)', 'no authorization';
like $p->{headers}{'apns-expiration'}, qr/^\d{10}$/, 'expiration';
is $p->{payload}{aps}{alert}{title}, 'Hi', 'the alert';
is $p->{payload}{deal}, 7, 'the extras';
is $p->{limit}, 4096, 'limit';
is $p->{size}, length(JSON::PP->new->canonical->encode($p->{payload})),
    'size';
like $p->{warning}, qr/badge left out/, 'warning';
is $of{fcm}{payload}{message}{android}{notification}{title}, 'Hi',
    'the notification for FCM';
like $of{fcm}{url}, qr{/v1/projects/[^/%]+/messages:send$}, 'its url';
is $of{hms}{payload}{message}{token}[0], 'tok-80...', 'a masked token for HMS';
is $o->contents, $before, 'nothing was written';
is scalar($o->ledger), $ledger, 'nothing was sent';
unlike $r->{body}, qr/tok-accept/, 'no token is told';

$r = $o->post('/push/message/preview', message('joe',
    body => { title => 'x' x 5000 }));
is $r->{status}, 200, 'a preview of what is too large';
for my $d (@{ object($r)->{devices} }) {
	like $d->{refusal}, qr/4096/, "$d->{platform}: refused for its size";
	cmp_ok $d->{size}, '>', 5000, 'size';
	ok !exists $d->{payload}, 'no payload';
}
$r = $o->post('/push/message/preview', message('joe', body => {
    title => 'x', validUntil => '2020-01-01T00:00:00Z' }));
like object($r)->{devices}[0]{refusal}, qr/validity is over/, 'expired';
is_deeply object($o->post('/push/message/preview', message('nobody')))
    ->{devices}, [], 'a user without devices';
$r = $o->post('/push/message/preview', { requestObject => {
    appId => 'unknown', message => { userId => 'joe', body => {} } } });
is object($r)->{message}, 'AppCredentials not found: unknown',
    'an unknown application, in the words of a send';

my ($project) = map { $_->[0] } $o->sql('SELECT fcm_project_id FROM'
    . " push_app_credentials WHERE app_id = '$app'");
$o->sql('UPDATE push_app_credentials SET fcm_project_id = NULL'
    . " WHERE app_id = '$app'");
$r = $o->post('/push/message/preview', message('joe'));
%of = map { $_->{platform} => $_ } @{ object($r)->{devices} };
is $of{fcm}{refusal}, 'the project id is missing', 'FCM without a project';
ok !exists $of{fcm}{url}, 'and no URL';
ok exists $of{hms}{url}, 'HMS has its own';
$o->sql("UPDATE push_app_credentials SET fcm_project_id = '$project'"
    . " WHERE app_id = '$app'");

$o->post('/admin/app/create', { requestObject => { appId => 'bare' } });
$o->device('bare', 'joe', 'fcm', 'tok-accept:bare');
$r = $o->post('/push/message/preview', { requestObject => {
    appId => 'bare', message => { userId => 'joe', body => {} } } });
like object($r)->{devices}[0]{refusal}, qr/no credentials/,
    'an application without credentials';

# --- a user's devices -------------------------------------------------------

$o->device($app, 'ann', 'ios', Outpost->apns_token('tok-Unregistered:a'),
    environment => 'development');
$o->sql('UPDATE push_device_registration SET timestamp_last_registered ='
    . " timestamp_last_registered - INTERVAL 1 DAY WHERE user_id = 'ann'");
$o->send($app, 'ann');
$r = $o->get("/push/device/list?userId=ann&appId=$app");
is $r->{status}, 200, 'devices of a user';
is scalar(@{ object($r)->{devices} }), 1, 'one';
my $d = object($r)->{devices}[0];
is $d->{platform}, 'apns', 'platform';
is $d->{environment}, 'development', 'environment';
is $d->{token}, substr(Outpost->apns_token('tok-U'), 0, 6) . '...', 'token';
is $d->{appId}, $app, 'application';
ok $d->{active}, 'active';
like $d->{activationId}, qr/^[0-9a-f-]{36}$/, 'activation';
like $d->{registered}, qr/Z$/, 'registered';
is $d->{quarantine}{reason}, 'Unregistered', 'in quarantine';
like $d->{quarantine}{since}, qr/Z$/, 'since';
is scalar(@{ object($o->get('/push/device/list?userId=joe'))->{devices} }),
    4, 'of all applications';
is_deeply object($o->get('/push/device/list?userId=nobody'))->{devices}, [],
    'of nobody';
is $o->get('/push/device/list')->{status}, 400, 'whose?';

# --- what is not the caller's does not exist --------------------------------

$o->down;
$o = Outpost->up(conf => "[api]\nauth = basic\n");
$o->sql("INSERT INTO push_app_credentials (id, app_id) VALUES (1, 'a'),"
    . " (2, 'b')");
$o->sql('INSERT INTO push_send (id, app_id, mode, created, total)'
    . " VALUES (5, 1, 'ASYNCHRONOUS', UTC_TIMESTAMP(3), 1),"
    . " (6, 9, 'ASYNCHRONOUS', UTC_TIMESTAMP(3), 1)");
$o->sql('INSERT INTO push_device_registration (user_id, app_id, platform,'
    . " push_token, timestamp_last_registered) VALUES ('joe', 1, 'fcm',"
    . " 'token-a', UTC_TIMESTAMP(3)), ('joe', 2, 'fcm', 'token-b',"
    . ' UTC_TIMESTAMP(3))');

sub caller_of {
	my ($name, @more) = @_;
	my ($status, $text) = $o->outpost('--json', 'integration', 'create',
	    '--name', $name, '--role', 'device,send', @more);
	die "integration: $text\n" if $status != 0;
	my $j = JSON::PP->new->decode($text);
	return { headers => { authorization =>
	    "Bearer $j->{token}.$j->{secret}" } };
}

my ($of_a, $of_b) = map { caller_of("of-$_", '--app', $_) } qw(a b);
my $of_all = caller_of('of-all');
is $o->get('/push/message/5/status')->{status}, 401, 'a stranger';
is $o->get('/push/message/5/status', %$of_a)->{status}, 200, 'the owner';
$r = $o->get('/push/message/5/status', %$of_b);
is $r->{status}, 400, 'another caller';
is object($r)->{message}, 'Message with entered ID does not exist',
    'is told what is told of none';
is $o->post('/push/message/5/cancel', undef, %$of_b)->{status}, 400,
    'nor may it cancel';
my ($row) = $o->sql('SELECT cancelled IS NULL FROM push_send WHERE id = 5');
is $row->[0], 1, 'it is not cancelled';
is $o->get('/push/message/6/status', %$of_a)->{status}, 400,
    'of an application that is gone';
is $o->get('/push/message/6/status', %$of_all)->{status}, 200,
    'seen by who may see all';
is $o->get('/metrics', %$of_all)->{status}, 403, 'metrics have their role';
my @seen = map { $_->{appId} }
    @{ object($o->get('/push/device/list?userId=joe', %$of_b))->{devices} };
is_deeply \@seen, ['b'], 'devices of its own applications';
is $o->get('/push/device/list?userId=joe&appId=a', %$of_b)->{status}, 403,
    'and of no other';

done_testing;
