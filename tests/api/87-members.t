#!/usr/bin/perl
# In the Java dialects no answer has a member that the Java edition lacks,
# and each member that it has is there: over all routes, answered well and
# refused. A route is the Java edition's or is named here as one of ours.
use strict;
use warnings;
use JavaEdition;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Outpost;
use Test::More;

my @ours = ('GET /actuator/health', 'GET /actuator/prometheus',
    'GET /v3/api-docs', 'GET /health', 'GET /metrics',
    (map { "$_ /push/service/echo" } qw(GET POST PUT DELETE)),
    'GET /openapi.json', 'GET /push/device/list',
    'POST /push/message/preview', 'GET /push/message/{id}/status',
    'POST /push/message/{id}/cancel',
    (map { "POST /push/campaign/{id}/$_" } qw(pause resume cancel)),
    'PUT /push/campaign/{id}/run', 'GET /push/campaign/{id}/runs',
    'GET /push/campaign/{id}/audience', 'GET /push/campaign/{id}/user/why',
    'GET /push/campaign/{id}/preview', 'POST /push/campaign/{id}/approve',
    'GET /push/campaign/{id}/status',
    'GET /admin/app/health',
    'PUT /admin/app/webpush', 'POST /admin/app/webpush',
    'DELETE /admin/app/webpush', 'GET /push/webpush/key',
    'POST /admin/app/hold', 'POST /admin/app/release',
    'POST /admin/app/check', 'GET /admin/queue', 'GET /admin/doctor',
    'POST /admin/activation/update', 'PUT /admin/activation/update',
    'GET /admin/activation/detail', 'POST /admin/activation/detail',
    'POST /admin/integration/create', 'POST /admin/integration/rotate',
    'POST /admin/integration/remove', 'GET /admin/integration/list',
    'GET /admin/message/list', 'GET /admin/message/{id}',
    (map { "POST /admin/user/$_" } qw(show export erase)),
    (map { "$_ /admin/session" } qw(POST GET DELETE)),
    'GET /admin/minutes', 'GET /admin/upkeep',
    'GET /admin/device/quarantine', 'POST /admin/device/restore',
    'GET /admin/audit', 'POST /inbox/messages/delete',
    'DELETE /inbox/messages/delete');

sub object { return { requestObject => $_[0] } }

# --- every route is known ---------------------------------------------------

my $bin = $ENV{BIN} // 'build/release';
my %there;
for my $program (qw(push admin inbox)) {
	my $about = Outpost::json()->decode(scalar qx('$bin/$program.fcgi' -O));
	for my $path (keys %{ $about->{paths} }) {
		$there{ uc($_) . " $path" } = 1
		    for keys %{ $about->{paths}{$path} };
	}
}
my %known = map { $_ => 1 } JavaEdition::routes(), @ours;
is_deeply [ grep { !$known{$_} } sort keys %there ], [],
    'every route is one of the Java edition or one of ours';
is_deeply [ grep { !$there{$_} } sort keys %known ], [],
    'and each of those is there';

# --- every call of the Java edition -----------------------------------------

# Route, query, what is sent, the members that must be there. {id} is the
# campaign made before.
my %mine = (appId => 'mobile-app');
my $message = { userId => 'joe', body => { title => 'Hi' } };
my @counts = map { ("$_.sent", "$_.failed", "$_.pending", "$_.total") }
    qw(apns fcm hms);
my @inbox = qw(id type subject summary read timestampCreated);
my @whole = (@inbox, qw(userId body applications));

sub first_calls {
	return (
	    [ 'GET /push/service/status', '', undef, qw(applicationName
		applicationDisplayName applicationEnvironment version
		timestamp) ],
	    [ 'POST /admin/app/create', '', { appId => 'other' }, 'appId' ],
	    [ 'GET /admin/app/unconfigured/list', '', undef,
		'applicationList.0.appId' ],
	);
}

sub push_calls {
	my %device = (%mine, platform => 'fcm', userId => 'joe');
	my @campaign = qw(id appId sent message);
	return (
	    [ 'POST /push/device/create', '', { %device, token => 't1',
		activationId => 'act-1' } ],
	    [ 'POST /push/device/create/multi', '', { %device, token => 't2',
		activationIds => [qw(act-2 act-3)] } ],
	    (map { [ "$_ /push/device/status/update", '',
		{ activationId => 'act-1', activationStatus => 'ACTIVE' } ] }
		qw(POST PUT)),
	    [ 'POST /push/message/send', '', { %mine, message => $message },
		'mode', @counts ],
	    [ 'POST /push/message/send', '', { %mine, mode => 'ASYNCHRONOUS',
		message => $message }, 'mode' ],
	    [ 'POST /push/message/send', '', { %mine, mode => undef,
		message => $message } ],
	    [ 'POST /push/message/send', '', { %mine, message =>
		{ %$message, userId => 'nobody', body => { titel => 1 } } },
		'mode', @counts ],
	    [ 'POST /push/message/batch/send', '', { %mine,
		batch => [ $message, $message ] }, 'mode', @counts ],
	    (map { my $path = $_; map { [ "$_ /push/device/$path", '',
		{ %mine, token => 'no' } ] } qw(POST DELETE) }
		qw(remove delete)),
	    [ 'POST /push/campaign/create', '', { %mine,
		message => { title => 'Hi', extras => { a => 1 } } }, 'id' ],
	    (map { [ "$_ /push/campaign/{id}/user/add", '', ['joe'] ] }
		qw(POST PUT)),
	    [ 'GET /push/campaign/{id}/user/list', '', undef,
		qw(campaignId users.0) ],
	    [ 'GET /push/campaign/{id}/detail', '', undef, @campaign ],
	    [ 'GET /push/campaign/list', '?all=true', undef,
		map { "0.$_" } @campaign ],
	    [ 'POST /push/campaign/send/test/{id}', '',
		{ userId => 'joe' } ],
	    [ 'POST /push/campaign/send/live/{id}', '', undef ],
	    (map { [ "$_ /push/campaign/{id}/user/delete", '', ['joe'] ] }
		qw(POST DELETE)),
	    (map { [ "$_ /push/campaign/{id}/delete", '', undef,
		'deleted' ] } qw(POST DELETE)),
	);
}

sub inbox_calls {
	my %inbox = (userId => 'joe', type => 'text', subject => 'A subject',
	    summary => 'A summary', body => 'All that there is to say',
	    applications => ['mobile-app']);
	return (
	    [ 'POST /inbox/messages', '', \%inbox, @whole ],
	    [ 'GET /inbox/messages/list',
		'?userId=joe&applications=mobile-app', undef,
		map { "0.$_" } @inbox ],
	    [ 'GET /inbox/messages/count', '?userId=joe&appId=mobile-app',
		undef, 'countUnread' ],
	    [ 'GET /inbox/messages/detail', '?id={message}', undef, @whole ],
	    (map { [ "$_ /inbox/messages/read", '',
		{ inboxId => '{message}' }, @whole, 'timestampRead' ] }
		qw(POST PUT)),
	    (map { [ "$_ /inbox/messages/read-all", '', { %mine,
		userId => 'joe' } ] } qw(POST PUT)),
	);
}

sub admin_calls {
	my ($o) = @_;
	my $k = $o->{keys};
	my $file = sub { encode_base64($o->read_file($_[0]), '') };
	my %apns = (%mine, bundle => $k->{apns}{bundle},
	    keyId => $k->{apns}{key_id}, teamId => $k->{apns}{team_id},
	    environment => 'development',
	    privateKeyBase64 => $file->($k->{apns}{key_file}));
	my %fcm = (%mine, projectId => $k->{fcm}{project_id},
	    privateKeyBase64 => $file->($k->{fcm}{account_file}));
	my %hms = (%mine, map { $_->[0] => $k->{hms}{$_->[1]} }
	    [ projectId => 'project_id' ], [ clientId => 'client_id' ],
	    [ clientSecret => 'client_secret' ]);
	return (
	    [ 'GET /admin/app/list', '', undef, map { "applicationList.0.$_" }
		qw(appId apns fcm hms) ],
	    [ 'POST /admin/app/detail', '', { %mine, map { $_ => JSON::PP::true
		} qw(includeApns includeFcm includeHms) },
		qw(application.appId application.apns application.fcm
		application.hms apnsBundle apnsKeyId apnsTeamId
		apnsEnvironment fcmProjectId hmsProjectId) ],
	    (map { my ($path, $in) = @$_; map { [ "$_ /admin/app/$path", '',
		$in ] } qw(POST PUT) } [ apns => \%apns ], [ fcm => \%fcm ],
		[ hms => \%hms ], [ 'ios/update' => \%apns ],
		[ 'android/update' => \%fcm ], [ 'huawei/update' => \%hms ]),
	    [ 'PUT /admin/app/fcm', '', { %fcm, projectId => 'elsewhere' } ],
	    (map { [ "DELETE /admin/app/$_", '?appId=mobile-app', undef ] }
		qw(apns fcm hms)),
	    (map { my $name = $_; map { [ "$_ /admin/app/$name/remove", '',
		\%mine ] } qw(POST DELETE) } qw(ios android huawei)),
	);
}

sub calls {
	return (first_calls(), push_calls(), inbox_calls(), admin_calls(@_));
}

# The members of one call, answered and refused.
sub check {
	my ($o, $dialect, $call, $id) = @_;
	my ($route, $query, $in, @wanted) = @$call;
	my ($method, $path) = split ' ', $route;
	my $body = defined $in ? Outpost::json()->encode(object($in)) : undef;
	s/\{id\}/$id->{campaign}/, s/\{message\}/$id->{message}/
	    for grep { defined } $path, $query, $body;
	my $r = $o->request($method, "$path$query", $body);
	is $r->{status}, 200, "$dialect, $route" or diag $r->{body};
	is_deeply [ JavaEdition::unknown($dialect, $route, $r) ], [],
	    "$dialect, $route: no member more" or diag $r->{body};
	is_deeply [ grep { !defined JavaEdition::value(
	    $r->{json}{responseObject}, $_) } map { join '.', map {
	    JavaEdition::name($dialect, $_) } split /\./ } @wanted ], [],
	    "$dialect, $route: nor less" or diag $r->{body};
	return $r;
}

sub check_refusal {
	my ($o, $dialect, $route) = @_;
	my ($method, $path) = split ' ', $route;
	my $said = 0;
	$path =~ s/\{id\}/no-number/;
	for my $body ($method eq 'GET' ? undef : ('{', object(undef),
	    object({ appId => {}, platform => 'x', type => 3 }))) {
		my $r = $o->request($method, "$path?appId=nowhere&userId=",
		    $body);
		next if $r->{status} == 200;
		$said++;
		is_deeply [ JavaEdition::unknown($dialect, $route, $r) ], [],
		    "$dialect, $route refused: no member more"
		    or diag $r->{body};
		like $r->{json}{responseObject}{code}, qr/^ERROR_/,
		    "$dialect, $route refused: its code";
	}
	return $said;
}

for my $dialect (qw(java java-1.4)) {
	my $o = Outpost->up(conf => <<"END");
[api]
dialect = $dialect
[registration]
multiple_activations = yes
[message]
storage = yes
END
	my (%id, %called);
	$o->app('mobile-app');
	for my $call (calls($o)) {
		my $r = check($o, $dialect, $call, \%id);
		my $new = $r->{json}{responseObject};
		$id{campaign} = $new->{id}
		    if $call->[0] eq 'POST /push/campaign/create';
		$id{message} = $new->{id}
		    if $call->[0] eq 'POST /inbox/messages';
		like $r->{headers}{'x-message-id'} // '', qr/^[0-9]+$/,
		    "$dialect, $call->[0]: its id in a header"
		    if $call->[0] =~ m{/send$|send/test};
		$called{ $call->[0] } = 1;
	}
	is_deeply [ grep { !$called{$_} } JavaEdition::routes() ], [],
	    "$dialect: every call was made";
	my $refused = 0;
	$refused += check_refusal($o, $dialect, $_)
	    for JavaEdition::routes(), @ours;
	cmp_ok $refused, '>', 60, "$dialect: and refused";
	my $r = $o->get('/no/such/path');
	is_deeply [ JavaEdition::unknown($dialect, '', $r) ], [],
	    "$dialect: a path that is not there";
}

done_testing;
