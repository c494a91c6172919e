#!/usr/bin/perl
# What [api] dialect decides, difference by difference, and that it decides
# nothing else.
use strict;
use warnings;
use JSON::PP;
use Outpost;
use Test::More;

my @dialects = qw(published java java-1.4);
my %o = map { $_ => Outpost->up(conf => "[api]\ndialect = $_\n") } @dialects;
my $json = JSON::PP->new->canonical->allow_nonref;

sub object { return { requestObject => $_[0] } }
sub got { return $_[0]{json}{responseObject} }

# A value as JSON writes it: "10" or 10.
sub shown { return $json->encode($_[0]) }

# The answers under the name of the difference. java-1.4 is as java where
# nothing else is said.
sub differ {
	my ($name, $code, %want) = @_;
	for my $dialect (@dialects) {
		my $v = $code->($o{$dialect}, $dialect);
		my $want = $want{$dialect} // $want{java};
		ref $want eq 'Regexp'
		    ? like(shown($v), $want, "$name: $dialect")
		    : is_deeply($v, $want, "$name: $dialect");
	}
}

my (%sent, %open, %offered);
for my $dialect (sort keys %o) {
	my $o = $o{$dialect};
	$o->app('mobile-app');
	$o->post('/admin/app/create', object({ appId => 'empty' }));
	for my $name (qw(sent open)) {
		my $r = $o->post('/push/campaign/create', object({
		    appId => 'mobile-app', message => { title => $name } }));
		my $id = got($r)->{id};
		$offered{$dialect}{$name} = $id;
		$o->put("/push/campaign/$id/user/add", object(['joe']));
	}
	$o->post("/push/campaign/send/live/$offered{$dialect}{sent}");
	$o->wait_for(60, sub { my ($row) = $o->sql('SELECT is_sent FROM ' .
	    "push_campaign WHERE id = $offered{$dialect}{sent}");
	    $row->[0] }) or fail "$dialect: the campaign does not end";
	for my $n (1 .. ($dialect =~ /java/ ? 25 : 105)) {
		$o->post('/inbox/messages', object({ userId => 'joe',
		    type => 'text', subject => "Message $n",
		    summary => "Message $n", body => "Message $n",
		    applications => ['mobile-app'] }));
	}
}

sub at { my ($o, $dialect, $name) = @_;
	return "/push/campaign/$offered{$dialect}{$name}" }

# --- campaign ids -----------------------------------------------------------

my %id = (published => qr/^"\d+"$/, java => qr/^\d+$/);
differ 'id of a campaign created', sub { $offered{ $_[1] }{open} }, %id;
differ 'id in detail', sub {
	got($_[0]->get(at(@_, 'open') . '/detail'))->{id} }, %id;
differ 'id in list', sub {
	got($_[0]->get('/push/campaign/list?all=true'))->[0]{id} }, %id;
differ 'campaignId in the list of users', sub {
	got($_[0]->get(at(@_, 'open') . '/user/list'))->{campaignId} }, %id;

# --- sent -------------------------------------------------------------------

differ 'sent of one not sent', sub {
	shown(got($_[0]->get(at(@_, 'open') . '/detail'))->{sent}) },
    published => '"false"', java => 'false';
differ 'sent of one sent', sub {
	shown(got($_[0]->get(at(@_, 'sent') . '/detail'))->{sent}) },
    published => '"true"', java => 'true';
differ 'sent in list', sub {
	[ sort map { shown($_->{sent}) }
	    @{ got($_[0]->get('/push/campaign/list?all=true')) } ] },
    published => [ '"false"', '"true"' ], java => [ 'false', 'true' ];

# --- which campaigns --------------------------------------------------------

sub titles { my ($o, $query) = @_;
	return join ' ', sort map { $_->{message}{title} }
	    @{ got($o->get("/push/campaign/list$query")) } }

differ 'list without all', sub { titles($_[0], '') },
    published => 'sent', java => 'open';
differ 'list with all=false', sub { titles($_[0], '?all=false') },
    published => 'sent', java => 'open';
differ 'list with all=true', sub { titles($_[0], '?all=true') },
    published => 'open sent', java => 'open sent';
for my $c ([ sent => 'sent' ], [ unsent => 'open' ],
    [ all => 'open sent' ]) {
	differ "list with state=$c->[0]",
	    sub { titles($_[0], "?state=$c->[0]") },
	    published => $c->[1], java => $c->[1];
}

# --- the unconfigured list --------------------------------------------------

differ 'flags of the unconfigured list', sub {
	got($_[0]->get('/admin/app/unconfigured/list'))->{applicationList} },
    published => [ { appId => 'empty', apns => undef, fcm => undef,
	hms => undef } ], java => [ { appId => 'empty' } ];

# --- inbox ------------------------------------------------------------------

my $list = '/inbox/messages/list?userId=joe&applications=mobile-app';
for my $c ([ 'by default' => '' ], [ 'with size=0' => '&size=0' ],
    [ 'with a bad size' => '&size=many' ]) {
	differ "inbox page size $c->[0]", sub {
		my $r = $_[0]->get($list . $c->[1]);
		[ $r->{json}{size}, scalar @{ got($r) } ] },
	    published => [ 100, 100 ], java => [ 20, 20 ];
}
differ 'inbox page size that is given', sub {
	my $r = $_[0]->get("$list&size=3");
	[ $r->{json}{size}, scalar @{ got($r) } ] },
    published => [ 3, 3 ], java => [ 3, 3 ];
differ 'page size of campaign users', sub {
	$_[0]->get(at(@_, 'open') . '/user/list')->{json}{size} },
    published => 20, java => 20;

# --- times ------------------------------------------------------------------

for my $name (qw(timestamp buildTime)) {
	differ "offset of the status call's $name", sub {
		got($_[0]->get('/push/service/status'))->{$name} },
	    published => qr/\d\.\d{3}\+0000"$/,
	    java => qr/\d\.\d{3}\+00:00"$/;
}
my $iso = qr/\.\d{3}\+00:00"$/;
differ 'times of the inbox', sub {
	got($_[0]->get($list))->[0]{timestampCreated} },
    published => $iso, java => $iso;

# --- what is taken, and all the rest ----------------------------------------

for my $dialect (sort keys %o) {
	my $o = $o{$dialect};
	for my $user ('"joe"', '12', 'true') {
		is $o->put(at($o, $dialect, 'open') . '/user/add',
		    "{\"requestObject\":[$user]}")->{status}, 200,
		    "$dialect takes $user for a user";
	}
	is $o->post('/push/message/send', object({ appId => 'mobile-app',
	    message => { userId => 'joe', body => { badge => $_ } } }))
	    ->{status}, 200, "$dialect takes " . shown($_) . ' for a number'
	    for 3, '3';
}
# joe has no device
differ 'the answer to a send', sub {
	my $a = got($_[0]->send('mobile-app', 'joe'));
	[ sort keys %$a ] },
    published => [qw(apns fcm hms messageId mode result warnings)],
    java => [qw(apns fcm hms mode)],
    'java-1.4' => [qw(android huawei ios mode)];
differ 'the id of a send in a header', sub {
	my $r = $_[0]->send('mobile-app', 'joe', mode => 'ASYNCHRONOUS');
	$r->{headers}{'x-message-id'} },
    published => qr/^"\d+"$/, java => qr/^"\d+"$/;
differ 'and again when it is repeated', sub { my ($o) = @_;
	my @ids = map { $o->post('/push/message/send', object({
	    appId => 'mobile-app', message => { userId => 'joe',
		body => { title => 'Hi' } } }),
	    headers => { 'idempotency-key' => 'k' })
	    ->{headers}{'x-message-id'} } 1, 2;
	defined $ids[0] && $ids[0] eq $ids[1] ? 'same' : "@ids" },
    published => 'same', java => 'same';

# --- names ------------------------------------------------------------------

my @now = qw(apnsBundle apnsEnvironment apnsKeyId apnsTeamId application
    fcmProjectId hmsProjectId);
my @before = qw(androidProjectId application huaweiProjectId iosBundle
    iosEnvironment iosKeyId iosTeamId);
sub detail { my ($o, @include) = @_;
	return got($o->post('/admin/app/detail', object({
	    appId => 'mobile-app', map { $_ => JSON::PP::true } @include }))) }
for my $include ([qw(includeApns includeFcm includeHms)],
    [qw(includeIos includeAndroid includeHuawei)]) {
	differ "members of the detail by @$include",
	    sub { [ sort keys %{ detail($_[0], @$include) } ] },
	    published => \@now, java => \@now, 'java-1.4' => \@before;
}
differ 'one of two names that are both given', sub { [ sort keys %{
    got($_[0]->post('/admin/app/detail', object({ appId => 'mobile-app',
	includeIos => JSON::PP::true, includeApns => JSON::PP::false }))) } ] },
    published => ['application'], java => ['application'];
for my $call ([ 'application of the detail', sub {
    detail($_[0])->{application} } ], [ 'list of applications', sub {
    got($_[0]->get('/admin/app/list'))->{applicationList}[1] } ]) {
	differ "flags in the $call->[0]",
	    sub { [ sort keys %{ $call->[1]->(@_) } ] },
	    published => [qw(apns appId fcm hms webpush)],
	    java => [qw(apns appId fcm hms)],
	    'java-1.4' => [qw(android appId huawei ios)];
}
# --- an application with browsers -------------------------------------------

for my $dialect (@dialects) {
	my $o = $o{$dialect};
	is $o->put('/admin/app/webpush', object({ appId => 'mobile-app',
	    subject => 'mailto:push@my-shop.eu', generate => JSON::PP::true,
	    defaultUrl => 'https://my-shop.eu/' }))->{status}, 200,
	    "a key for Web Push: $dialect";
	# RFC 8291, appendix A
	$o->device('mobile-app', 'ann', 'webpush', {
	    endpoint => 'https://fcm.googleapis.com/fcm/send/1', keys => {
		p256dh => 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AY'
		    . 'WXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
		auth => 'BTBZMqHH6r4Tts7J_aSIgg' } });
}
# what has expired is sent to nobody, and counted
differ 'the answer to a send to a browser', sub {
	my $a = got($_[0]->send('mobile-app', 'ann', body => { title => 'Hi',
	    validUntil => '2017-12-11T21:22:29.923Z' }));
	return [ (sort keys %$a), map { "result.$_" }
	    sort keys %{ $a->{result} // {} } ] },
    published => [ qw(apns failures fcm hms messageId mode result webpush),
	map { "result.$_" } qw(apns fcm hms webpush) ],
    java => [qw(apns fcm hms mode)],
    'java-1.4' => [qw(android huawei ios mode)];
differ 'members of the detail by includeWebpush',
    sub { [ sort keys %{ detail($_[0], 'includeWebpush') } ] },
    published => [qw(application webpushDefaultUrl webpushPublicKey
	webpushSubject)],
    java => ['application'];
differ 'flags of an application with Web Push',
    sub { [ sort keys %{ detail($_[0])->{application} } ] },
    published => [qw(apns appId fcm hms webpush)],
    java => [qw(apns appId fcm hms)],
    'java-1.4' => [qw(android appId huawei ios)];
differ 'countUnread', sub { shown(got($_[0]->get('/inbox/messages/count' .
    '?userId=nobody&appId=mobile-app'))->{countUnread}) },
    published => '0', java => '0';
differ 'deleted', sub { shown(got($_[0]->delete(at(@_, 'open') . '/delete'))
    ->{deleted}) }, published => 'true', java => 'true';

done_testing;
