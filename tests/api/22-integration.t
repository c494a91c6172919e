#!/usr/bin/perl
# /admin/integration/*: who may call, made and unmade over the API.
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Outpost;
use Test::More;

my $o = Outpost->up;
$o->app($_) for qw(mine other);
sub object { return $_[0]{json}{responseObject} }
sub create { return $o->post('/admin/integration/create',
    { requestObject => { @_ } }) }
sub rotate { return $o->post('/admin/integration/rotate',
    { requestObject => { @_ } }) }
sub remove { return $o->post('/admin/integration/remove',
    { requestObject => { name => $_[0] } }) }
sub listed { return { map { $_->{name} => $_ }
    @{ object($o->get('/admin/integration/list'))->{integrations} } } }

# --- made -------------------------------------------------------------------

my $r = create(name => 'bank', roles => [qw(device send device)],
    apps => ['mine']);
is $r->{status}, 200, 'created';
my $bank = object($r);
like $bank->{token}, qr/\A[0-9a-f]{32}\z/, 'a token';
like $bank->{secret}, qr/\A[\w-]{43}\z/, 'a secret';
is_deeply $bank->{roles}, [qw(device send)], 'its roles, each once';
is_deeply $bank->{apps}, ['mine'], 'its applications';
like $r->{headers}{'content-type'}, qr{^application/json}, 'as JSON';

my $list = listed();
is_deeply [ sort keys %$list ], ['bank'], 'listed';
is $list->{bank}{token}, $bank->{token}, 'with its token';
ok !exists $list->{bank}{secret}, 'without its secret';
unlike $o->get('/admin/integration/list')->{body}, qr/$bank->{secret}/,
    'nowhere in the list';
is_deeply $list->{bank}{apps}, ['mine'], 'its applications';
ok !$list->{bank}{rotating}, 'no other secret';
my $dump = join "\n", map { "@$_" }
    $o->sql('SELECT * FROM push_integration');
unlike $dump, qr/\Q$bank->{secret}\E/, 'the table has no secret';

# --- refused ----------------------------------------------------------------

my @refused = (
    [ {}, 'Name must not be empty.' ],
    [ { name => '', roles => ['send'] }, 'Name must not be empty.' ],
    [ { name => 'x' }, 'Roles must not be null.' ],
    [ { name => 'x', roles => [] }, 'give at least one role of these: device,'
	. ' send, campaign, inbox, admin, status' ],
    [ { name => 'x', roles => ['root'] }, 'there is no role "root"; these are:'
	. ' device, send, campaign, inbox, admin, status' ],
    [ { name => 'x', roles => ['send,admin'] }, 'there is no role' ],
    [ { name => 'x' x 65, roles => ['send'] }, 'a name has 1 to 64 bytes' ],
    [ { name => 'x', roles => ['send'], apps => [] },
	'a list of applications without any' ],
    [ { name => 'x', roles => ['send'], apps => [''] },
	'apps[0] must not be empty' ],
    [ { name => 'x', roles => ['send'], apps => ['a' x 256] },
	"an application's name has 1 to 255" ]);
for (@refused) {
	my ($in, $why) = @$_;
	$r = create(%$in);
	is $r->{status}, 400, "refused: $why";
	like object($r)->{message}, qr/\Q$why\E/, 'by its sentence';
}
$r = create(name => 'bank', roles => ['send']);
is $r->{status}, 400, 'a name that is taken';
like object($r)->{message}, qr/already/, 'is told';
is_deeply [ sort keys %{ listed() } ], ['bank'], 'none of them was made';

# --- rotated, removed -------------------------------------------------------

$r = rotate(name => 'nobody');
is $r->{status}, 400, 'nobody to rotate';
like object($r)->{message}, qr/no integration "nobody"/, 'is told';
for my $keep ('soon', '-1h', '31d', '') {
	$r = rotate(name => 'bank', keep => $keep);
	is $r->{status}, 400, "keep \"$keep\"";
	like object($r)->{message}, qr/keep is a duration/, 'by its sentence';
}
$r = rotate(name => 'bank', keep => '1h');
is $r->{status}, 200, 'rotated';
isnt object($r)->{secret}, $bank->{secret}, 'another secret';
ok listed()->{bank}{rotating}, 'the old one is valid for a while';
for my $keep ('soon', '31d', '9999999d') {
	my ($status, $said) = $o->outpost(qw(integration rotate bank --keep),
	    $keep);
	is $status, 2, "the command: keep \"$keep\"";
	like $said, qr/keep is a duration/, 'by the same sentence';
}
is create(name => 'wide', roles => ['send'], apps => [
    map { sprintf 'app-%05d', $_ } 1 .. $_->[0] ])->{status}, $_->[1],
    "$_->[0] applications: $_->[1]" for [ 1300, 200 ], [ 1400, 400 ];
remove('wide');
is remove('nobody')->{status}, 400, 'nobody to remove';
is remove('bank')->{status}, 200, 'removed';
is_deeply listed(), {}, 'gone';

# --- by those who may -------------------------------------------------------

sub basic { my ($i) = @_; return { authorization => 'Basic '
    . encode_base64("$i->{token}:$i->{secret}", '') } }

$o->down;
$o = Outpost->up(auth => 'basic');
my (undef, $said) = $o->outpost(qw(integration create --name boss --role admin
    --json));
my $boss = basic(Outpost::json()->decode($said));
sub as { my ($headers, $method, $path, $body) = @_;
    return $o->request($method, $path, $body, headers => $headers) }
for (qw(mine other)) {
	is as($boss, 'POST', '/admin/app/create',
	    { requestObject => { appId => $_ } })->{status}, 200, "app $_";
}
my ($clerk, $sender) = map { my ($name, @more) = @$_;
    basic(object(as($boss, 'POST', '/admin/integration/create',
	{ requestObject => { name => $name, @more } }))) }
    [ 'clerk', roles => ['admin'], apps => ['mine'] ],
    [ 'sender', roles => ['send'] ];

for (qw(create rotate remove)) {
	my %in = (name => 'boss', roles => ['admin']);
	is as($sender, 'POST', "/admin/integration/$_",
	    { requestObject => \%in })->{status}, 403, "$_: no admin";
	is as($clerk, 'POST', "/admin/integration/$_",
	    { requestObject => \%in })->{status}, 403,
	    "$_: bound to applications";
}
is as($clerk, 'GET', $_)->{status}, 403, "$_: bound to applications"
    for qw(/admin/integration/list /admin/audit
    /admin/activation/detail?activationId=x);
is_deeply [ map { $_->{appId} } @{ object(as($clerk, 'GET',
    '/admin/app/list'))->{applicationList} } ], ['mine'],
    'who is bound sees its applications';
is as($clerk, 'POST', '/admin/app/detail',
    { requestObject => { appId => 'other' } })->{status}, 403,
    'and no other';
$r = as($boss, 'POST', '/admin/integration/remove',
    { requestObject => { name => 'boss' } });
is $r->{status}, 400, 'nobody removes itself';
is as($boss, 'POST', '/admin/integration/remove',
    { requestObject => { name => 'clerk' } })->{status}, 200, 'but others';
ok $o->wait_for(60, sub {
    as($clerk, 'GET', '/admin/app/list')->{status} == 401 }),
    'who is removed is not let in any more';

done_testing;
