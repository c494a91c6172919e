#!/usr/bin/perl
# Who may call what: every route, called by nobody, with a wrong secret, by
# an integration without the role, by one that is bound to another
# application, and by the right one. The table is complete or the test fails:
# each program tells its routes and their roles itself (-O).
use strict;
use warnings;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Outpost;
use POSIX qw(strftime);
use Test::More;

my $o = Outpost->up(auth => 'basic', conf => <<'END');
[registration]
multiple_activations = yes
[api]
body_max = 8k
END
my @roles = qw(device send campaign inbox admin status);
my $k = $o->{keys};

# Of each role: the right one, the same bound to another application, and
# one that has every role but this.
my (%right, %free, %elsewhere, %roleless);
for my $role (@roles) {
	$right{$role} = $o->integration("right-$role", $role, 'mine');
	$free{$role} = $o->integration("free-$role", $role);
	$elsewhere{$role} = $o->integration("elsewhere-$role", $role,
	    'theirs');
	$roleless{$role} = $o->integration("roleless-$role",
	    join(',', grep { $_ ne $role } @roles), 'mine');
}

# --- what there is ----------------------------------------------------------

my $all = $o->integration('all', join ',', @roles);
$right{any} = $all;
$o->{headers} = { authorization => $all->{basic} };
$o->app($_) for qw(mine theirs);
$o->device('mine', 'joe', 'fcm', 'tok-accept:mine',
    activationId => 'act-mine');

sub object { return { requestObject => $_[0] } }
sub id_of {
	my ($r, $name) = @_;
	my $id = $r->{json}{responseObject}{$name};
	die "$name: $r->{status} $r->{body}\n" if !defined $id;
	return $id;
}

my %send = (appId => 'mine', mode => 'ASYNCHRONOUS');
my $message = { userId => 'nobody', body => { title => 'Hi' } };
my %inbox = (userId => 'joe', type => 'text', subject => 'A subject',
    summary => 'A summary', body => 'All that there is to say',
    applications => ['mine']);
my $sent = id_of($o->post('/push/message/send', object({ %send,
    message => $message })), 'messageId');
my $campaign = id_of($o->post('/push/campaign/create', object({
    appId => 'mine', message => { title => 'Hi' } })), 'id');
my $post = id_of($o->post('/inbox/messages', object(\%inbox)), 'id');

# --- the table --------------------------------------------------------------

my %device = (appId => 'mine', platform => 'fcm', userId => 'joe');
my %gone = (appId => 'mine', token => 'none');
my $blocked = { activationId => 'act-mine', activationStatus => 'BLOCKED' };
my $file = sub { encode_base64($o->read_file($_[0]), '') };
my %mine = (appId => 'mine');
my %apns = (%mine, bundle => $k->{apns}{bundle}, keyId => $k->{apns}{key_id},
    teamId => $k->{apns}{team_id},
    privateKeyBase64 => $file->($k->{apns}{key_file}));
my %fcm = (%mine, projectId => $k->{fcm}{project_id},
    privateKeyBase64 => $file->($k->{fcm}{account_file}));
my $tomorrow = strftime '%Y-%m-%dT%H:%M:%SZ', gmtime time + 86400;
my %hms = (%mine, projectId => '1', clientId => '2', clientSecret => '3');
my %webpush = (%mine, subject => 'mailto:push@my-shop.eu', generate => \1);

# Methods, path with its query, what is sent; the status for the right one,
# and for one bound to another application: 403 where the call names an
# application that is not theirs; what is asked for by an id is as if it were
# not there. '-': the call is not about an application that it names.
# free: by an integration that is not bound.
my @table = (
    [ 'get', '/push/service/status', undef, 200 ],
    [ 'get post put delete', '/push/service/echo', undef, 200 ],
    [ 'get', '/health', undef, 200 ],
    [ 'get', '/actuator/health', undef, 200 ],
    [ 'get', '/openapi.json', undef, 200 ],
    [ 'get', '/v3/api-docs', undef, 200 ],
    [ 'get', '/metrics', undef, 200, 403, 'free' ],
    [ 'get', '/actuator/prometheus', undef, 200, 403, 'free' ],

    [ 'post', '/push/device/create', { %device, token => 't1',
	activationId => 'act-1' }, 200, 403 ],
    [ 'post', '/push/device/create/multi', { %device, token => 't2',
	activationIds => ['act-2'] }, 200, 403 ],
    [ 'post delete', '/push/device/remove', \%gone, 200, 403 ],
    [ 'post delete', '/push/device/delete', \%gone, 200, 403 ],
    [ 'post put', '/push/device/status/update', $blocked, 200, 200 ],
    [ 'get', '/push/device/list?userId=joe&appId=mine', undef, 200, 403 ],

    [ 'post', '/push/message/send', { %send, message => $message },
	200, 403 ],
    [ 'post', '/push/message/batch/send', { %send, batch => [$message] },
	200, 403 ],
    [ 'post', '/push/message/preview', { %mine, message => $message },
	200, 403 ],
    [ 'get', "/push/message/$sent/status", undef, 200, 400 ],
    [ 'post', "/push/message/$sent/cancel", undef, 200, 400 ],

    [ 'post', '/push/campaign/create', { %mine, message => {} }, 200, 403 ],
    [ 'get', "/push/campaign/$campaign/detail", undef, 200, 400 ],
    [ 'get', '/push/campaign/list', undef, 200, 200 ],
    [ 'post put', "/push/campaign/$campaign/user/add", ['joe'], 200, 400 ],
    [ 'get', "/push/campaign/$campaign/user/list", undef, 200, 200 ],
    [ 'get', "/push/campaign/$campaign/user/why?userId=joe", undef, 200,
	400 ],
    [ 'get', "/push/campaign/$campaign/audience", undef, 200, 400 ],
    [ 'get', "/push/campaign/$campaign/preview", undef, 200, 400 ],
    [ 'post', "/push/campaign/$campaign/approve", undef, 403, 400 ],
    [ 'post', "/push/campaign/send/test/$campaign", { userId => 'nobody' },
	200, 400 ],
    [ 'post', "/push/campaign/send/live/$campaign", { sendAt => $tomorrow },
	200, 400 ],
    [ 'get', "/push/campaign/$campaign/runs", undef, 200, 400 ],
    [ 'get', "/push/campaign/$campaign/status", undef, 200, 400 ],
    (map { [ 'post', "/push/campaign/$campaign/$_", undef, 200, 400 ] }
	qw(pause resume)),
    [ 'put', "/push/campaign/$campaign/run", {}, 200, 400 ],
    [ 'post', "/push/campaign/$campaign/cancel", undef, 200, 400 ],
    [ 'post delete', "/push/campaign/$campaign/user/delete", ['joe'],
	200, 200 ],
    [ 'post delete', "/push/campaign/$campaign/delete", undef, 200, 200 ],

    [ 'post', '/inbox/messages', \%inbox, 200, 403 ],
    [ 'get', '/inbox/messages/list?userId=joe&applications=mine', undef,
	200, 403 ],
    [ 'get', '/inbox/messages/count?userId=joe&appId=mine', undef,
	200, 403 ],
    [ 'get', "/inbox/messages/detail?messageId=$post", undef, 200, 400 ],
    [ 'post put', '/inbox/messages/read', { messageId => $post }, 200, 400 ],
    [ 'post put', '/inbox/messages/read-all', { userId => 'joe', %mine },
	200, 403 ],
    [ 'post delete', '/inbox/messages/delete', { messageId => $post }, 200,
	200 ],

    [ 'get', '/admin/app/list', undef, 200, 200 ],
    [ 'get', '/admin/app/unconfigured/list', undef, 200, 200 ],
    [ 'get', '/admin/app/health', undef, 200, 200 ],
    [ 'get', '/admin/queue', undef, 200, 200 ],
    [ 'get', '/admin/doctor', undef, 200, 403, 'free' ],
    [ 'get', '/admin/minutes', undef, 200, 403, 'free' ],
    [ 'get', '/admin/upkeep', undef, 200, 200 ],
    [ 'get', '/admin/device/quarantine', undef, 200, 200 ],
    [ 'post', '/admin/device/restore', { %mine, device => 1 }, 400, 403 ],
    [ 'post', '/admin/app/create', \%mine, 400, 403 ],	# it exists
    [ 'post', '/admin/app/detail', \%mine, 200, 403 ],
    [ 'post', '/admin/app/check', \%mine, 200, 403 ],
    [ 'post', '/admin/app/hold', \%mine, 200, 403 ],
    [ 'post', '/admin/app/release', \%mine, 200, 403 ],
    [ 'post put', '/admin/app/apns', \%apns, 200, 403 ],
    [ 'post put', '/admin/app/fcm', \%fcm, 200, 403 ],
    [ 'post put', '/admin/app/hms', \%hms, 200, 403 ],
    [ 'post put', '/admin/app/webpush', \%webpush, 200, 403 ],
    [ 'get', '/push/webpush/key?appId=mine', undef, 200, 403 ],
    [ 'post put', '/admin/app/ios/update', \%apns, 200, 403 ],
    [ 'post put', '/admin/app/android/update', \%fcm, 200, 403 ],
    [ 'post put', '/admin/app/huawei/update', \%hms, 200, 403 ],
    [ 'delete', '/admin/app/apns?appId=mine', undef, 200, 403 ],
    [ 'delete', '/admin/app/fcm?appId=mine', undef, 200, 403 ],
    [ 'delete', '/admin/app/hms?appId=mine', undef, 200, 403 ],
    [ 'delete', '/admin/app/webpush?appId=mine', undef, 200, 403 ],
    [ 'post delete', '/admin/app/ios/remove', \%mine, 200, 403 ],
    [ 'post delete', '/admin/app/android/remove', \%mine, 200, 403 ],
    [ 'post delete', '/admin/app/huawei/remove', \%mine, 200, 403 ],
    [ 'post put', '/admin/activation/update', { %mine, userId => 'joe',
	activationId => 'act-3' }, 200, 403, 'free' ],
    [ 'post get', '/admin/activation/detail?activationId=act-3', undef,
	200, 403, 'free' ],

    [ 'post', '/admin/session', {}, 400 ],
    [ 'get delete', '/admin/session', undef, 200, 200 ],
    [ 'post', '/admin/integration/create', {}, 400, 403, 'free' ],
    [ 'post', '/admin/integration/rotate', {}, 400, 403, 'free' ],
    [ 'post', '/admin/integration/remove', {}, 400, 403, 'free' ],
    [ 'get', '/admin/integration/list', undef, 200, 403, 'free' ],
    [ 'get', '/admin/message/list?userId=joe', undef, 200, 403, 'free' ],
    [ 'get', '/admin/message/1', undef, 200, 403, 'free' ],
    (map { [ 'post', "/admin/user/$_", { userId => 'nobody' }, 200, 403,
	'free' ] } qw(show export erase)),
    [ 'get', '/admin/audit', undef, 200, 403, 'free' ],
);

# --- is it complete? --------------------------------------------------------

my %role_of;
for my $program (qw(push admin inbox)) {
	my $about = Outpost::json()->decode(
	    scalar qx('$o->{bin}/$program.fcgi' -O));
	for my $path (keys %{ $about->{paths} }) {
		my $item = $about->{paths}{$path};
		$role_of{"$_ $path"} = $item->{$_}{'x-role'} for keys %$item;
	}
}

my (@rows, %seen);
for my $t (@table) {
	my ($methods, $target, $in, $right, $other, $how) = @$t;
	(my $path = $target) =~ s/\?.*//;
	$path =~ s#/(?:$sent|$campaign)(?=/|\z)#/{id}#;
	for my $method (split ' ', $methods) {
		my $route = "$method $path";
		my $role = $role_of{$route};
		push @rows, { route => $route, method => uc $method,
		    target => $target, role => $role // '?',
		    body => defined $in ? object($in) : undef,
		    right => $right, other => $other,
		    free => ($how // '') eq 'free' };
		$seen{$route}++;
	}
}
is_deeply [ grep { !$seen{$_} } sort keys %role_of ], [],
    'every route has a row';
is_deeply [ grep { !$role_of{$_} } sort keys %seen ], [],
    'every row has a route';
is_deeply [ grep { $seen{$_} > 1 } sort keys %seen ], [], 'only one';

# --- the calls --------------------------------------------------------------

# What an answer is: its status, and whether it is as it must be.
sub verdict {
	my ($r) = @_;
	my $s = $r->{status};
	my $is = $r->{json} // {};
	return $s if $s == 200;
	return "$s without the envelope" if ($is->{status} // '') ne 'ERROR'
	    || !$is->{responseObject}{code} || !$is->{responseObject}{message};
	my $challenge = $r->{headers}{'www-authenticate'};
	if ($s != 401) {
		return defined $challenge ? "$s with a challenge" : $s;
	}
	return '401 without the challenge' if ($challenge // '') ne
	    'Basic realm="outpost", charset="UTF-8"';
	return $r->{body} eq '{"status":"ERROR","responseObject":{'
	    . '"code":"ERROR_GENERIC","message":"Unauthorized"}}' ? 401
	    : '401 that tells more';
}

sub try {
	my ($row, $who, $wanted, $body, %more) = @_;
	my $r = $o->request($row->{method}, $row->{target}, $body,
	    headers => { authorization => $who, %{ $more{headers} // {} } },
	    from => $more{from});
	is verdict($r), $wanted, "$row->{route}, $more{name}: $wanted"
	    or diag $r->{body};
}

# A body that no call takes: who may not call is not told so.
sub rubbish { return $_[0]{method} eq 'GET' ? undef : '{"no JSON' }
my $plain = { 'content-type' => 'text/plain' };

# Failures are counted by address; none of these has two.
my $n = 0;
sub address { $n++; return sprintf '127.%d.%d.1', 1 + $n / 250, $n % 250 }
sub spoilt {
	my ($i) = @_;
	my $wrong = $i->{secret};
	substr($wrong, 20, 1) = substr($wrong, 20, 1) eq 'A' ? 'B' : 'A';
	return Outpost::basic($i->{token}, $wrong);
}

my $before = $o->contents;
for my $row (@rows) {
	my ($role, $open) = ($row->{role}, $row->{role} eq 'open');
	my $body = $open ? $row->{body} : rubbish($row);
	my @more = $open ? () : (headers => $plain);
	try($row, undef, $open ? $row->{right} : 401, $body, @more,
	    name => 'nobody');
	try($row, spoilt($open ? $all : $right{$role}),
	    $open ? $row->{right} : 401, $body, @more, from => address(),
	    name => 'wrong secret');
	next if $open || $role eq 'any';
	try($row, $roleless{$role}{basic}, 403, $body, @more,
	    name => 'wrong role');
	try($row, $elsewhere{$role}{basic}, $row->{other}, $row->{body},
	    name => 'bound elsewhere') if $row->{other} ne '-';
}
is $o->contents, $before, 'none of them has changed anything';

for my $row (@rows) {
	my $i = $row->{role} eq 'open' ? undef
	    : ($row->{free} ? \%free : \%right)->{ $row->{role} };
	try($row, $i && $i->{basic}, $row->{right}, $row->{body},
	    name => 'the right one');
}
isnt $o->contents, $before, 'but the right ones have';

# --- a run of a campaign by the number of its message -----------------------

# Who may not cancel the campaign may not cancel its run that way.
$o->sql("INSERT INTO push_send (id, app_id, campaign_id, mode, created, total)"
    . " SELECT 7, id, 1, 'CAMPAIGN', UTC_TIMESTAMP(3), 1"
    . " FROM push_app_credentials WHERE app_id = 'mine'");
my $run = { route => 'post a run', method => 'POST',
    target => '/push/message/7/cancel' };
try($run, $right{send}{basic}, 403, undef, name => 'role send alone');
try($run, $all->{basic}, 200, undef, name => 'campaign, too');

# --- the body comes last ----------------------------------------------------

my $large = '{"requestObject":"' . 'x' x 9000 . '"}';
my $row = { route => 'a body too large', method => 'POST',
    target => '/push/message/send' };
try($row, undef, 401, $large, name => 'nobody');
try($row, $roleless{send}{basic}, 403, $large, name => 'wrong role');
try($row, $right{send}{basic}, 413, $large, name => 'the right one');
my $r = $o->request('HEAD', '/push/campaign/list', undef,
    headers => { authorization => undef });
is $r->{status}, 401, 'HEAD is as GET';

done_testing;
