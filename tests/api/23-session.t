#!/usr/bin/perl
# Sessions of the console: signing in, what the cookie opens and for how long,
# what ends it, what a page of somebody else cannot do with it, and that
# guessing is slowed, under plain CGI too.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up(auth => 'basic');
my $roles = 'device,send,campaign,inbox,admin';
my $all = $o->integration('all', $roles);
$o->{headers} = { authorization => $all->{basic} };
$o->app($_) for qw(mine other);
my $some = $o->integration('some', 'campaign,inbox', 'mine');

sub object { return $_[0]{json}{responseObject} }
sub sign_in {
	my ($who, %more) = @_;
	my $secret = $more{secret} // $who->{secret};
	return $o->post('/admin/session', { requestObject => {
	    token => $more{token} // $who->{token}, secret => $secret } },
	    headers => { authorization => undef, %{ $more{headers} // {} } },
	    from => $more{from});
}
# A signed-in page: its cookie and token.
sub page {
	my $r = sign_in(@_);
	my ($cookie) = ($r->{headers}{'set-cookie'} // '') =~
	    /^(outpost_session=[^;]*)/;
	return { cookie => $cookie, csrf => object($r)->{csrfToken} };
}
sub call {
	my ($p, $method, $path, $body, %headers) = @_;
	return $o->request($method, $path,
	    defined $body ? { requestObject => $body } : undef,
	    headers => { authorization => undef, cookie => $p->{cookie},
	    defined $p->{csrf} ? ('x-csrf-token' => $p->{csrf}) : (),
	    %headers });
}
sub status { return call(@_)->{status} }
sub me { return status($_[0], 'GET', '/admin/session') }
sub count { return ($o->sql("SELECT COUNT(*) FROM $_[0]"))[0][0] }

# --- signing in -------------------------------------------------------------

my $r = sign_in($some);
is $r->{status}, 200, 'the right secret' or diag $r->{body};
my $it = object($r);
is $it->{name}, 'some', 'says who it is';
is_deeply $it->{roles}, [qw(campaign inbox)], 'its roles';
is_deeply $it->{apps}, ['mine'], 'its applications';
is $it->{auth}, 'basic', 'that it is needed';
is $it->{idleSeconds}, 1800, 'how long it may rest';
like $it->{csrfToken}, qr/\A[0-9a-f]{64}\z/, 'and the token for changes';
like $it->{expires}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/, 'its end';
like $r->{headers}{'set-cookie'}, qr{\Aoutpost_session=[\w-]{43};
    \ Path=\Q$o->{prefix}\E/;\ Max-Age=28800;\ HttpOnly;\ SameSite=Strict\z}x,
    'the cookie';
my $p = page($some);
unlike join("\n", map { "@$_" } $o->sql('SELECT * FROM push_session')),
    qr/\Q@{[ $p->{cookie} =~ s{.*=}{}r ]}\E/, 'whose value is nowhere';
is_deeply object(call($p, 'GET', '/admin/session')),
    { %$it, csrfToken => $p->{csrf}, expires =>
	object(call($p, 'GET', '/admin/session'))->{expires} },
    'a page that is loaded again';

for ([ 'a wrong secret', secret => 'x' x 43 ],
    [ 'a wrong token', token => '0' x 32 ], [ 'no token', token => 'all' ]) {
	my ($what, @with) = @$_;
	$r = sign_in($all, @with);
	is $r->{status}, 401, "$what: 401";
	ok !$r->{headers}{'set-cookie'}, 'without a cookie';
}
is $o->post('/admin/session', { requestObject => {} })->{status}, 400,
    'nothing at all';
is $o->post('/admin/session', 'token=x&secret=y', headers =>
    { 'content-type' => 'application/x-www-form-urlencoded' })->{status}, 415,
    "a form of somebody else's page";

# --- what it opens ----------------------------------------------------------

my $ops = page($all);
for (['GET', '/admin/app/list'], ['GET', '/push/campaign/list'],
    ['GET', '/inbox/messages/count?userId=joe&appId=mine']) {
	is status($ops, @$_), 200, "the cookie opens $_->[1]";
	is status({ cookie => $ops->{cookie} }, @$_), 200,
	    'without the token, since it reads';
}
is status($p, 'GET', '/admin/app/list'), 403, 'not without the role';
is status($p, 'POST', '/push/campaign/create', { appId => 'other',
    message => {} }), 403, 'nor another application';
is status($p, 'POST', '/push/campaign/create', { appId => 'mine',
    message => {} }), 200, 'but its own';
my $made = call($ops, 'POST', '/admin/app/create', { appId => 'new' });
is $made->{status}, 200, 'a change' or diag $made->{body};
is_deeply [ $o->sql("SELECT who FROM push_audit WHERE object = 'new'") ],
    [['all']], 'is of the integration, in the trail too';

for ([ 'no token', undef ], [ 'the token of another', $p->{csrf} ],
    [ 'a part of it', substr $ops->{csrf}, 0, 63 ],
    [ 'more than it', "$ops->{csrf}0" ], [ 'an empty one', '' ]) {
	my ($what, $csrf) = @$_;
	my %with = (cookie => $ops->{cookie}, csrf => $csrf);
	is status(\%with, 'POST', '/admin/app/create', { appId => 'evil' }),
	    403, "$what: no change";
	is status(\%with, 'POST', '/push/campaign/77/pause'), 403,
	    'also without a body';
}
is status($ops, 'POST', '/admin/app/detail', { appId => 'evil' }), 400,
    'nothing was made';

is $o->get('/admin/app/list', headers => { cookie => 'outpost_session=x' })
    ->{status}, 200, 'a secret wins over a cookie';
is status($ops, 'GET', '/admin/app/list', undef,
    authorization => 'Basic eDp5'), 401, 'also a wrong one';
is status($ops, 'POST', '/admin/app/detail', { appId => 'mine' },
    authorization => $all->{basic}, 'x-csrf-token' => 'other'), 200,
    'and needs no token';

# --- cookies ----------------------------------------------------------------

my $none = 'outpost_session=' . 'A' x 43;
for ([ 'that nobody has', $none ], [ 'of another form', 'outpost_session=x' ],
    [ 'twice', "$ops->{cookie}; $none" ],
    [ 'the other way round', "$none; $ops->{cookie}" ]) {
	my ($what, $cookie) = @$_;
	$r = call({ cookie => $cookie }, 'GET', '/admin/app/list');
	is $r->{status}, 401, "a cookie $what: 401";
	like $r->{headers}{'www-authenticate'}, qr/^Basic/, 'to a program';
	is call({ cookie => $cookie }, 'GET', '/admin/app/list', undef,
	    'x-console' => 'user')->{headers}{'www-authenticate'}, 'Session',
	    'to a page';
}
my $long = 'a=' . 'x' x 5000;
is me({ cookie => "$long; $ops->{cookie}; b=2" }), 200,
    'among cookies of others';
is me({ cookie => "xoutpost_session=1;$ops->{cookie}" }), 200,
    'whatever their names';
is me({ cookie => undef }), 401, 'none';

# --- its end ----------------------------------------------------------------

sub age {
	my ($column, $minutes) = @_;
	$o->sql("UPDATE push_session SET $column = $column"
	    . " - INTERVAL $minutes MINUTE");
}
sub used { return ($o->sql('SELECT MAX(used) FROM push_session'))[0][0] }

age(used => 29);
my $before = used();
is status($ops, 'GET', '/admin/app/list', undef, 'x-console' => 'timer'), 200,
    'a page that rests';
is used(), $before, 'is not used by its timer';
is status($ops, 'GET', '/admin/app/list', undef, 'x-console' => 'user'), 200,
    'but by a person';
cmp_ok used(), 'gt', $before, 'as is stored';
$before = used();
me($ops);
is used(), $before, 'once a minute';
age(used => 2);
is me($ops), 200, 'what was used lasts on';
is me($p), 401, 'what was not is over';
age(used => 31);
is me($ops), 401, 'half an hour later this one is, too';

$ops = page($all);
age(created => 479);
is me($ops), 200, 'nearly eight hours';
age(created => 2);
is me($ops), 401, 'and no longer';

$ops = page($all);
my $twin = page($all);
is status({ cookie => $ops->{cookie} }, 'DELETE', '/admin/session'), 403,
    'nobody else signs out';
$r = call($ops, 'DELETE', '/admin/session');
is $r->{status}, 200, 'sign out';
like $r->{headers}{'set-cookie'}, qr/^outpost_session=; .*Max-Age=0;/,
    'takes the cookie away';
is me($ops), 401, 'and ends the session';
is me($twin), 200, 'that one alone';

my $anew = page($some, headers => { cookie => $twin->{cookie} });
is me($anew), 200, 'who signs in anew';
is me($twin), 401, 'leaves no session behind';
sign_in($some, secret => 'x' x 43, headers => { cookie => $anew->{cookie} });
is me($anew), 200, 'which a wrong secret does not end';
$twin = page($all);

$p = page($some);
my (undef, $said) = $o->outpost('--json', 'integration', 'rotate', 'some',
    '--keep', '1h');
is me($p), 200, 'a new secret, while the old one is valid';
$o->sql("UPDATE push_integration SET old_until = UTC_TIMESTAMP(3)"
    . " - INTERVAL 1 SECOND WHERE name = 'some'");
is me($p), 401, 'and then';
$some->{secret} = Outpost::json()->decode($said)->{secret};
$p = page($some);
is me($p), 200, 'the new secret opens one';
$o->outpost('integration', 'remove', 'some');
is me($p), 401, 'an integration that is removed';
$o->sql("UPDATE push_integration SET roles = 'send' WHERE name = 'all'");
is status($twin, 'GET', '/admin/app/list'), 403, 'a role that is taken away';

# --- REMOTE_USER, https -----------------------------------------------------

# A call as under plain CGI: a process of its own.
my $stderr = "$o->{run}/cgi.stderr";
sub cgi {
	my ($program, $method, $path, $body, %env) = @_;
	my $file = "$o->{run}/body";
	$o->write_file($file, $body // '');
	local %ENV = (OUTPOST_CONF => $o->{conf}, GATEWAY_INTERFACE =>
	    'CGI/1.1', REQUEST_METHOD => $method, REMOTE_ADDR => '192.0.2.1',
	    REQUEST_URI => "$o->{prefix}$path", CONTENT_TYPE =>
	    'application/json', CONTENT_LENGTH => -s $file,
	    map { ($_ => $ENV{$_}) } grep { /SAN_OPTIONS|LD_/ } keys %ENV);
	@ENV{keys %env} = values %env;
	my $text = qx('$o->{bin}/$program.fcgi' <'$file' 2>>'$stderr');
	my ($status) = $text =~ /^Status: (\d+)/;
	my ($cookie) = $text =~ /^Set-Cookie: (.*?)\r?$/m;
	my ($wait) = $text =~ /^Retry-After: (\d+)/m;
	return { status => $status, cookie => $cookie, wait => $wait };
}
sub right { return Outpost::json()->encode({ requestObject => {
    token => $all->{token}, secret => $all->{secret} } }) }

is cgi('admin', 'GET', '/admin/session', undef, REMOTE_USER => 'all',
    AUTH_TYPE => 'Basic')->{status}, 401, 'REMOTE_USER is not believed';
is cgi('admin', 'POST', '/admin/session', right(), HTTPS => 'on')->{cookie}
    =~ /; Secure$/, 1, 'by https, the cookie is for https';
unlike cgi('admin', 'POST', '/admin/session', right(),
    HTTP_X_FORWARDED_PROTO => 'https')->{cookie}, qr/Secure/,
    'which a stranger cannot say';

# --- guessing ---------------------------------------------------------------

sub guess { return cgi('admin', 'POST', '/admin/session',
    right() =~ s/secret":"./secret":"_/r, REMOTE_ADDR => $_[0]) }
my ($begun) = map { @$_ } $o->sql('SELECT UTC_TIMESTAMP(3)');
my @first = map { guess('192.0.2.7')->{status} } 1 .. 10;
is "@first", '401 ' x 9 . '401', 'ten wrong secrets';
is_deeply [ $o->sql('SELECT MAX(empty) >='
    . " '$begun' + INTERVAL 60 SECOND FROM push_throttle") ], [[1]],
    'count for a minute';
# as if they had just come at once, however slow this machine is
$o->sql('UPDATE push_throttle SET empty = UTC_TIMESTAMP(3) + INTERVAL 59 SECOND'
    . ' ORDER BY empty DESC LIMIT 1');
$r = guess('192.0.2.7');
is $r->{status}, 429, 'one more is told to wait, though nothing runs';
ok $r->{wait} > 0 && $r->{wait} <= 60, 'for some seconds';
is cgi('push', 'GET', '/push/campaign/list', undef, REMOTE_ADDR =>
    '192.0.2.7', HTTP_AUTHORIZATION => 'Basic eDp5')->{status}, 429,
    'at every call, by every program';
is cgi('inbox', 'GET', '/inbox/messages/list', undef, REMOTE_ADDR =>
    '192.0.2.7', HTTP_AUTHORIZATION => 'Basic eDp5')->{status}, 429,
    'this one too';
is guess('192.0.2.8')->{status}, 401, 'not from elsewhere';
is cgi('admin', 'POST', '/admin/session', right(), REMOTE_ADDR =>
    '192.0.2.7')->{status}, 200, 'the right one is taken at any time';
is sign_in($all, secret => 'x' x 43, from => '127.0.0.7')->{status}, 401,
    'a process that stays counts in the same table';
is count('push_throttle'), 4, 'a row for each group of addresses';
is scalar(() = $o->read_file($stderr) =~ /slow id=\S+ from=192\.0\.2\.7 /g), 1,
    'it is logged once';

done_testing;
