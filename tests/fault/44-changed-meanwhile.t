#!/usr/bin/perl
# Nobody gets what was another's. Between the call and the push a device is
# removed, registered for somebody else, blocked, set aside or gets another
# token, while its message waits: for a service that asked for patience, for
# an operator, for its turn in sendd's hand, as a campaign's. What reached the
# providers is read from the stand-in's ledger.
use strict;
use warnings;
use Fault;
use Test::More;

my $o = Fault->up(conf => "[message]\nstorage = yes\n");
my $app = $o->credentials('mobile-app');
my $other = $o->credentials('other-app');
my $serial = 0;

sub token {
	my ($platform) = @_;
	my $token = 'tok-accept:' . ++$serial;
	return $platform eq 'ios' ? Outpost->apns_token($token) : $token;
}

# One user with one device.
sub person {
	my ($platform) = @_;
	my %p = (user => 'user-' . ++$serial, platform => $platform,
	    token => token($platform), activation => Outpost::uuid());
	$o->device($app, $p{user}, $platform, $p{token},
	    activationId => $p{activation});
	return \%p;
}

sub register {
	my ($p, %as) = @_;
	$o->device($as{app} // $app, $as{user} // $p->{user},
	    $as{platform} // $p->{platform}, $as{token} // $p->{token},
	    activationId => $as{activation} // $p->{activation});
}

sub becomes {
	my ($p, $status) = @_;
	my $r = $o->post('/push/device/status/update', { activationId =>
	    $p->{activation}, activationStatus => $status });
	die "status: $r->{status} $r->{body}\n" if $r->{status} != 200;
}

# What happens to a device, and what becomes of the message that waited: the
# state and reason in its account, and the token that got it, if any.
my @changes = (
	{ what => 'as it was', state => 'sent', gets => sub { $_[0]{token} } },
	{ what => 'removed', state => 'removed', change => sub {
		$o->post('/push/device/delete', { requestObject => {
		    appId => $app, token => $_[0]{token} } }) } },
	{ what => "another user's, of another activation",
	    state => 'removed', change => sub { register($_[0],
		user => 'thief', activation => Outpost::uuid()) } },
	{ what => "another user's, of the same activation",
	    state => 'removed',
	    change => sub { register($_[0], user => 'thief') } },
	{ what => "another application's", state => 'removed',
	    change => sub { register($_[0], app => $other) } },
	{ what => 'removed and registered again, as a new one',
	    state => 'removed', change => sub {
		$o->post('/push/device/delete', { requestObject => {
		    appId => $app, token => $_[0]{token} } });
		register($_[0]) } },
	{ what => "lent to another user and back", state => 'removed',
	    change => sub { register($_[0], user => 'thief');
		register($_[0]) } },
	{ what => 'of another platform', state => 'removed', change => sub {
		my ($p) = @_;
		my $new = $p->{platform} eq 'ios' ? 'android' : 'ios';
		register($p, platform => $new, token => token($new)) } },
	{ what => 'in quarantine', state => 'removed', change => sub {
		$o->sql('UPDATE push_device_registration SET gone_at ='
		    . " UTC_TIMESTAMP(3) WHERE user_id = '$_[0]{user}'") } },
	{ what => 'with another token', state => 'sent', change => sub {
		my ($p) = @_;
		$p->{fresh} = token($p->{platform});
		register($p, token => $p->{fresh}) },
	    gets => sub { $_[0]{fresh} } },
	{ what => 'registered again as it was', state => 'sent',
	    change => sub { register($_[0]) }, gets => sub { $_[0]{token} } },
	{ what => 'blocked', state => 'sent',
	    change => sub { becomes($_[0], 'BLOCKED') },
	    gets => sub { $_[0]{token} } },
	{ what => 'blocked, of a personal message', state => 'inactive',
	    personal => 1, change => sub { becomes($_[0], 'BLOCKED') } },
	{ what => 'blocked for a while, of a personal message',
	    state => 'sent', personal => 1, change => sub {
		becomes($_[0], 'BLOCKED'); becomes($_[0], 'ACTIVE') },
	    gets => sub { $_[0]{token} } },
);

sub got {
	my ($p) = @_;
	my %of = map { $_ => 1 } grep { defined } $p->{token}, $p->{fresh};
	return join ' ', grep { $of{$_} } map { $_->[2] } $o->lines;
}

sub status {
	my ($id) = @_;
	return $o->get("/push/message/$id/status")->{json}{responseObject};
}

my %named = (ios => 'apns', android => 'fcm', huawei => 'hms');

sub outcome_is {
	my ($case, $p, $id, $what) = @_;
	my $s = status($id);
	my $state = $case->{state};
	my $reason = $state eq 'sent' ? undef : $state;
	my $counts = $s->{result}{ $named{ $p->{platform} } };
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply [ $s->{state}, @$s{qw(removed inactive)},
	    @$counts{qw(sent failed pending total)},
	    map { $_->{state}, $_->{reason} } @{ $s->{devices} } ],
	    [ 'done', $state eq 'removed' ? 1 : 0,
		$state eq 'inactive' ? 1 : 0, $reason ? (0, 1) : (1, 0), 0, 1,
		$reason ? 'failed' : 'sent', $reason ], "$what: the account"
	    or diag explain $s;
	is got($p), $case->{gets} ? $case->{gets}->($p) : '',
	    "$what: who got it";
}

# One person and message for each change; wait: until their rows wait.
sub all_changes {
	my ($how, $platform, $wait, $go) = @_;
	my (@people, @ids);
	push @people, person($platform) for @changes;
	$wait->();
	for (0 .. $#changes) {
		my $r = $o->send($app, $people[$_]{user}, mode =>
		    'ASYNCHRONOUS', message => { attributes => { personal =>
		    $changes[$_]{personal} ? JSON::PP::true
			: JSON::PP::false } });
		push @ids, $r->{json}{responseObject}{messageId};
	}
	ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_outbox'
	    . ' WHERE due > UTC_TIMESTAMP(3) OR attempts > 0') == @changes }),
	    "$how: all of them wait" or diag $o->last_words;
	for (0 .. $#changes) {
		$changes[$_]{change}->($people[$_]) if $changes[$_]{change};
	}
	$go->();
	$o->settled(120, "$how: all is settled");
	outcome_is($changes[$_], $people[$_], $ids[$_],
	    "$how, $platform: $changes[$_]{what}") for 0 .. $#changes;
}

my %patience = (
	# for longer than all the changes take: none meets one half done
	'after a 503' => [ sub { $o->control({ mode => '503',
	    retry_after => 3600 }) }, sub { $o->control({ mode => 'normal' });
	    $o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3)') } ],
	'held' => [ sub { my $from = length $o->log_text;
	    $o->outpost('hold', $app);
	    $o->wait_for(60, sub { my $new = substr $o->log_text, $from;
		return !grep { $new !~ /hold provider=$_ app=$app by/ }
		    qw(apns fcm hms) }) or die "no hold\n" },
	    sub { $o->outpost('release', $app) } ],
);

# each service has a credential by then, so that a hold is in the log
for my $platform (qw(ios android huawei)) {
	my $p = person($platform);
	$o->send($app, $p->{user});
	is got($p), $p->{token}, "$platform: it is delivered at once";
}
all_changes('after a 503', $_, @{ $patience{'after a 503'} })
    for qw(ios android huawei);
all_changes('held', 'ios', @{ $patience{held} });

like $o->get('/metrics')->{body}, qr/outcome="failed",reason="removed"\} \d/,
    'the metrics tell what was removed';
like $o->get('/metrics')->{body}, qr/outcome="failed",reason="inactive"\} \d/,
    'and what was inactive';
like $o->log_text, qr/^<6>reject message=\d+ row=\d+ .* why="$_"$/m,
    "$_: it has its line in the log" for qw(removed inactive);

# --- a campaign -------------------------------------------------------------

my @people = map { person('android') } 1 .. 3;
my $r = $o->post('/push/campaign/create', { requestObject => {
    appId => $app, message => { title => 'To all', body => 'of you' } } });
my $campaign = $r->{json}{responseObject}{id};
$o->put("/push/campaign/$campaign/user/add",
    { requestObject => [ map { $_->{user} } @people ] });
$patience{held}[0]->();
$o->post("/push/campaign/send/live/$campaign", '');
ok $o->wait_for(60, sub { $o->value('SELECT COUNT(*) FROM push_outbox WHERE'
    . ' lane = 1 AND due > UTC_TIMESTAMP(3)') == 3 }),
    'campaign: its rows wait';
register($people[1], user => 'thief');
$people[2]{fresh} = token('android');
register($people[2], token => $people[2]{fresh});
$patience{held}[1]->();
$o->settled(120, 'campaign: all is settled');
is got($people[0]), $people[0]{token}, 'campaign: who stayed gets it';
is got($people[1]), '', "campaign: another user's phone gets nothing";
is got($people[2]), $people[2]{fresh}, 'campaign: by the token of now';
my ($account) = $o->sql('SELECT fcm_total, fcm_sent, fcm_failed, removed FROM'
    . " push_send WHERE campaign_id = $campaign");
is_deeply $account, [ 3, 2, 1, 1 ], 'campaign: its account';

# --- in sendd's hand --------------------------------------------------------

# Slowly, so that a row is in hand for seconds. With a short poll it is read
# again meanwhile; with a long one only compared. A user's devices go in the
# order of their rows.
sub in_hand {
	my ($poll) = @_;
	$o->down;
	$o = Fault->up(conf => "poll = $poll\n[message]\nstorage = yes\n"
	    . "[campaign]\nhistory = yes\n[apns]\nrate = 2/s\n");
	$o->credentials($_) for $app, $other;
	my $many = 'many-devices';
	my @last = qw(kept removed given refreshed);
	my %last = map { $_ => { user => $many, platform => 'ios',
	    token => token('ios'), activation => Outpost::uuid() } } @last;
	$o->device($app, $many, 'ios', token('ios')) for 1 .. 20;
	$o->device($app, $many, 'ios', $last{$_}{token}, activationId =>
	    $last{$_}{activation}) for @last;
	my $r = $o->send($app, $many, mode => 'ASYNCHRONOUS');
	my $id = $r->{json}{responseObject}{messageId};
	ok $o->wait_for(60, sub { $o->value('SELECT COALESCE(MAX(JSON_VALUE('
	    . 'figures, "$.inHand")), 0) FROM push_instance') >= 8 }),
	    "in hand, poll $poll: they are";
	is $o->value('SELECT COUNT(*) FROM push_outbox WHERE attempts > 0 OR'
	    . ' due > UTC_TIMESTAMP(3)'), 0, 'and none was put off';
	$o->post('/push/device/delete', { requestObject => { appId => $app,
	    token => $last{removed}{token} } });
	register($last{given}, user => 'thief');
	$last{refreshed}{fresh} = token('ios');
	register($last{refreshed}, token => $last{refreshed}{fresh});
	$o->settled(120, 'in hand: all is settled');
	is got($last{kept}), $last{kept}{token}, 'who stayed gets it';
	is got($last{removed}), '', 'what was removed gets nothing';
	is got($last{given}), '', "nor does another user's phone";
	is got($last{refreshed}), $last{refreshed}{fresh},
	    'by the token of now';
	is status($id)->{removed}, 2, 'both are told';
}
in_hand($_) for qw(100ms 60s);

# A campaign's row has no user but that of its device. When that is another's
# now, the user may be erased already: the history must not begin anew.
sub campaign_in_hand {
	my ($lent, $many) = ({ user => 'lends', platform => 'ios',
	    token => token('ios'), activation => Outpost::uuid() }, 'crowd');
	$o->device($app, $many, 'ios', token('ios')) for 1 .. 8;
	$o->device($app, 'lends', 'ios', $lent->{token}, activationId =>
	    $lent->{activation});
	my $id = $o->post('/push/campaign/create', { requestObject => {
	    appId => $app, message => { body => 'To all' } } })
	    ->{json}{responseObject}{id};
	$o->put("/push/campaign/$id/user/add",
	    { requestObject => [ $many, 'lends' ] });
	$o->post("/push/campaign/send/live/$id", '');
	ok $o->wait_for(60, sub { $o->value('SELECT MAX(JSON_VALUE(figures,'
	    . ' "$.inHand")) FROM push_instance') >= 4 }),
	    'in hand: rows of a campaign';
	register($lent, user => 'thief');
	$o->settled(120, 'in hand: the campaign is settled');
	is_deeply [ $o->sql('SELECT apns_sent, removed FROM'
	    . " push_send WHERE campaign_id = $id") ], [ [ 8, 1 ] ],
	    'in hand: one of its devices is told as removed';
	is_deeply [ $o->sql('SELECT user_id, COUNT(*) FROM push_history WHERE'
	    . " user_id IN ('$many', 'lends', 'thief') GROUP BY user_id") ],
	    [ [ $many, 8 ] ], 'and stands in the history of nobody';
}
campaign_in_hand();

done_testing;
