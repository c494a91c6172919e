#!/usr/bin/perl
# What the console's overview asks for besides the queue: what was sent in each
# minute, when the tables were maintained, what is in quarantine, and how a
# device comes out of it; and how an application is held, and released.
use strict;
use warnings;
use List::Util qw(sum0);
use Outpost;
use Test::More;

my $o = Outpost->up(auth => 'basic');
my $all = $o->integration('all', 'device,send,admin,status');
my $some = $o->integration('some', 'device,send,admin', 'other');
$o->{headers} = { authorization => $all->{basic} };
$o->app($_) for qw(shop other);

sub answer { return $_[0]{json}{responseObject} }
sub as { return (headers => { authorization => $_[0]{basic} }) }

# --- minutes ----------------------------------------------------------------

my $accepted = Outpost->apns_token('tok-accept:one');
$o->device('shop', 'joe', 'apns', $accepted);
$o->device('shop', 'joe', 'fcm', 'tok-accept:two');
$o->device('shop', 'eve', 'fcm', 'tok-UNREGISTERED:three');
$o->device('other', 'eve', 'fcm', 'tok-UNREGISTERED:four');
$o->send('shop', 'joe') for 1 .. 3;
$o->send($_, 'eve') for qw(shop other);

sub minutes { return answer($o->get('/admin/minutes' . ($_[0] // ''))) }
sub all_of {
	my ($provider, $what) = @_;
	return sum0 @{ minutes()->{providers}{$provider}{$what} // [] };
}
$o->wait_for(60, sub { all_of(fcm => 'sent') == 3 &&
    all_of(fcm => 'failed') == 2 && all_of(apns => 'sent') == 3 });
my $m = minutes();
is sum0(@{ $m->{providers}{apns}{sent} }), 3, 'what was sent';
is sum0(@{ $m->{providers}{fcm}{failed} }), 2, 'what failed';
is sum0(@{ $m->{providers}{fcm}{expired} }), 0, 'what expired';
is sum0(@{ $m->{providers}{fcm}{answered} }), 5, 'what was answered';
is_deeply [ sort keys %{ $m->{providers} } ], [qw(apns fcm)],
    'of providers that did something';
my @fast = grep { $m->{providers}{apns}{answered}[$_] } 0 .. $m->{steps} - 1;
my ($half, $most) = map { $m->{providers}{apns}{$_}[$fast[0]] }
    qw(p50Ms p95Ms);
ok $half >= 0 && $most >= $half, 'and how fast';
is_deeply [ map { scalar @$_ } values %{ $m->{providers}{apns} } ],
    [ (181) x 6 ], 'a number for each step';

# What is cancelled ends before the next one, which is counted no sooner.
$o->outpost('hold', 'shop');
ok $o->wait_for(60, sub { $o->read_file("$o->{run}/logs/sendd.log")
    =~ /hold provider=apns app=shop\b.* by an operator/ }), 'it is held';
my $id = answer($o->send('shop', 'joe', mode => 'ASYNCHRONOUS'))->{messageId};
is $o->post("/push/message/$id/cancel")->{status}, 200, 'cancelled';
ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM push_outbox'))[0][0]
    == 0 }), 'and ended, without its credential';
$o->outpost('release', 'shop');
$o->send('shop', 'joe');
$o->wait_for(60, sub { all_of(apns => 'sent') == 4 });
is all_of(apns => 'sent'), 4, 'what is sent after that';
is all_of(apns => 'failed'), 0, 'and what was cancelled has not failed';
my $metrics;
ok $o->wait_for(60, sub { ($metrics = $o->get('/metrics')->{body}) =~
    /outcomes_total\{[^}]*"apns",outcome="cancelled",[^}]*\} 1$/m }),
    'nor has it in the metrics, which count it by its name';
unlike $metrics, qr/outcomes_total\{[^}]*"apns",outcome="failed"/,
    'and not as failed';
like $metrics, qr/^outpost_sendd_cancelled_total\{[^}]*\} [12]$/m,
    'as those of its sendd do';

for ([ '', 60, 181 ], [ '?hours=1', 60, 61 ], [ '?hours=4', 300, 49 ],
    [ '?hours=24', 600, 145 ], [ '?hours=168', 3600, 169 ],
    [ '?hours=9999', 3600, 169 ], [ '?hours=x', 60, 181 ]) {
	my ($query, $step, $n) = @$_;
	$m = minutes($query);
	is "$m->{stepSeconds} $m->{steps}", "$step $n", "steps of '$query'";
}
$o->sql('UPDATE push_minute SET minute = minute - INTERVAL 5 HOUR');
is all_of(apns => 'sent'), 0, 'what is older is not told';
is sum0(@{ minutes('?hours=12')->{providers}{apns}{sent} }), 4,
    'but when it is asked for';
is $o->get('/admin/minutes', as($some))->{status}, 403,
    'of all applications: not for who is bound to some';

# --- quarantine -------------------------------------------------------------

my $upkeep = answer($o->get('/admin/upkeep'));
is_deeply [ map { "$_->{appId} $_->{platform} $_->{devices}" }
    @{ $upkeep->{quarantine} } ], [ 'other fcm 1', 'shop fcm 1' ],
    'what is in quarantine, by application';
like $upkeep->{quarantine}[0]{reason}, qr/\w/, 'and reason';
is_deeply [ map { $_->{program} } @{ $upkeep->{maintenance} } ],
    [qw(maintain sendd)], 'and who removes old rows';
is_deeply [ map { $_->{appId} } @{ answer($o->get('/admin/upkeep',
    as($some)))->{quarantine} } ], ['other'], 'of its own applications';

sub quarantine {
	my ($query, @as) = @_;
	my $r = $o->get("/admin/device/quarantine$query", @as);
	return { page => $r->{json}{page}, size => $r->{json}{size},
	    list => answer($r)->{devices} };
}
my $q = quarantine('');
is_deeply [ map { $_->{appId} } @{ $q->{list} } ], [qw(other shop)],
    'the devices, the last first';
is "$q->{page} $q->{size}", '0 20', 'a page of them';
my $it = $q->{list}[1];
is "$it->{userId} $it->{platform}", 'eve fcm', 'whose each is';
ok $it->{quarantine}{since} && $it->{quarantine}{reason}, 'since when, why';
ok !exists $it->{token}, 'without the token';
is_deeply [ map { $_->{appId} } @{ quarantine('?appId=shop')->{list} } ],
    ['shop'], 'of one application';
is_deeply [ map { $_->{appId} }
    @{ quarantine('?size=1&page=1')->{list} } ], ['shop'], 'page by page';
is_deeply quarantine('?page=9')->{list}, [], 'to the end';
is_deeply [ map { $_->{appId} } @{ quarantine('', as($some))->{list} } ],
    ['other'], 'of its own';

sub restore {
	my ($app, $device, @as) = @_;
	return $o->post('/admin/device/restore', { requestObject => {
	    appId => $app, device => $device } }, @as);
}
is restore('other', $it->{device})->{status}, 400, 'not of another';
is restore('shop', $it->{device}, as($some))->{status}, 403, 'nor by it';
my $r = restore('shop', $it->{device});
is $r->{status}, 200, 'a device is taken back' or diag $r->{body};
is answer($r)->{restored}, 1, 'one';
is_deeply [ map { $_->{appId} } @{ quarantine('')->{list} } ], ['other'],
    'and is there no more';
is restore('shop', $it->{device})->{status}, 400, 'once';
is answer($o->send('shop', 'eve'))->{fcm}{total}, 1,
    'messages go to it again';
$o->sql("UPDATE push_device_registration SET gone_reason = 'not a token'"
    . ' WHERE gone_at IS NOT NULL');
is restore('other', quarantine('?appId=other')->{list}[0]{device})
    ->{status}, 400, 'what is no token stays';

# --- a hold -----------------------------------------------------------------

sub hand { my ($verb, $object, @as) = @_;
    return $o->post("/admin/app/$verb", { requestObject => $object }, @as) }
sub holds { return map { "$_->{appId} $_->{provider} " . ($_->{reason} // '-')
    . ($_->{host} // '') } @{ answer($o->get('/admin/app/health'))->{holds} } }
sub outbox { return ($o->sql('SELECT COUNT(*), SUM(due > UTC_TIMESTAMP(3)'
    . ' + INTERVAL 5 SECOND) FROM push_outbox'))[0] }

is hand(hold => { appId => 'shop' }, as($some))->{status}, 403,
    "another's application is not held";
is hand(hold => { appId => 'nobody' })->{status}, 400, 'nor one that is none';
is_deeply [ holds() ], [], 'so nothing is';
$r = hand(hold => { appId => 'shop', provider => 'fcm', reason => 'a look' });
is_deeply answer($r), { appId => 'shop', provider => 'fcm',
    reason => 'a look' }, 'one provider is held' or diag $r->{body};
$r = hand(hold => { appId => 'shop' });
is_deeply answer($r), { appId => 'shop', provider => 'all' },
    'and the whole application';
is_deeply [ holds() ], [ 'shop fcm a look', 'shop all -' ], 'both are told';
for ([ 'an unknown provider', provider => 'carrier' ],
    [ 'a host without a provider', host => 'web.push.apple.com' ],
    [ 'a host of one that has one', provider => 'fcm', host => 'a.example' ],
    [ 'a host that is none', provider => 'webpush', host => 'A b' ],
    [ 'a reason that steers a terminal', reason => "a\e[2J" ],
    [ 'a long reason', reason => "\x{e9}" x 101 ]) {
	my ($what, %more) = @$_;
	is hand(hold => { appId => 'shop', %more })->{status}, 400, $what;
}
is scalar(holds()), 2, 'and nothing of it is held';
# what comes before sendd knows of it still goes out
ok $o->wait_for(60, sub { 2 == grep { "$_->{appId} $_->{state}" eq 'shop held' }
    @{ answer($o->get('/admin/app/health'))->{health} } }), 'sendd knows';
sub health {
	my ($query, @as) = @_;
	my $is = answer($o->get("/admin/app/health?$query", @as));
	return [ map { my $what = $_; join ' ', $what, sort map { $_->{appId} }
	    @{ $is->{$what} } } qw(health holds) ];
}
is_deeply health('state=held'), [ 'health shop shop', 'holds shop shop' ],
    'of all, only what is held';
is_deeply health('appId=other'), [ 'health other', 'holds' ],
    'all that is of one application';
is_deeply health('appId=other&state=held'), [ 'health', 'holds' ],
    'of which nothing is held';
is_deeply health('state=ok&appId=shop'), [ 'health', 'holds shop shop' ],
    'a hold is told whatever state is asked for';
is_deeply health('appId=shop', as($some)), [ 'health', 'holds' ],
    "nothing of another's";
is $o->get('/admin/app/health?state=good')->{status}, 400,
    'a state that is none is refused';
$o->send('shop', 'joe', mode => 'ASYNCHRONOUS');
ok $o->wait_for(60, sub { my $row = outbox(); "@$row" eq '2 2' }),
    'what comes in waits';
# for as long as a slow machine takes
$o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR');
$r = hand(release => { appId => 'shop', provider => 'apns' });
is $r->{status}, 409, 'a part of the whole is not released';
like answer($r)->{message}, qr/held as a whole/, 'and told why';
is hand(release => { appId => 'shop' }, as($some))->{status}, 403,
    "nor by another's integration";
$r = hand(release => { appId => 'shop' });
is_deeply answer($r), { appId => 'shop', provider => 'all', released => 2,
    messages => 2 }, 'all is released' or diag $r->{body};
ok $o->wait_for(60, sub { outbox()->[0] == 0 }), 'and goes out';
is_deeply [ holds() ], [], 'nothing is held any more';
is answer(hand(release => { appId => 'shop' }))->{released}, 0,
    'once more: nothing was held';

# --- a long queue -----------------------------------------------------------

# {lane} = [ rows, more ] of the application
sub depths { my $j = answer($o->get('/admin/queue'));
	my %got = map { $_->{lane} => [ $_->{rows}, $_->{more} ? 1 : 0 ] }
	    @{ $j->{queue} };
	return ($j, \%got) }

$o->sql('INSERT INTO push_outbox (shard, lane, due, id, send_id, body_id,'
    . ' app_id, device_id, platform, environment, token) SELECT seq % 64,'
    . " seq <= 20000, '2037-01-01', ((UNIX_TIMESTAMP() - 100) << 30) + seq, 1,"
    . ' 1, a.id, seq, 1, 0, seq FROM seq_1_to_20100 JOIN push_app_credentials'
    . " a ON a.app_id = 'shop'");
my ($told, $depths) = depths();
is_deeply $depths, { 0 => [ 100, 0 ], 1 => [ 64 * 200, 1 ] },
    'of a long queue the first rows of each shard are counted';
is_deeply [ @$told{qw(rows more)} ], [ 12900, JSON::PP::true ],
    'and it says that there are more';
cmp_ok $told->{queue}[0]{oldestSeconds}, '>=', 100, 'with the oldest';
$o->sql('DELETE FROM push_outbox WHERE id % 3 = 0');
($told, $depths) = depths();
is $depths->{0}[0] + $depths->{1}[0], $told->{rows}, 'all of another';
is $told->{rows}, 13400, 'is counted';
ok !exists $told->{more}, 'and no more is told';

done_testing;
