#!/usr/bin/perl
# A blank at the end counts, everywhere: "Joe " is not "Joe", for callers as
# for the database.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up(auth => 'basic');
my $boss = $o->integration('boss',
    'admin,device,send,campaign,inbox,status');
$o->{headers} = { authorization => $boss->{basic} };

sub object { return { requestObject => $_[0] } }
sub url { return $_[0] =~ s/ /%20/gr }

sub answer {
	my ($r, $name) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	return $r->{json}{responseObject};
}

sub texts {
	return [ map { $_->[0] } $o->sql($_[0]) ];
}

# --- applications, activations, users ---------------------------------------

$o->app($_) for 'mobile-app', 'mobile-app ';
is_deeply texts('SELECT CONCAT("<", app_id, ">") FROM push_app_credentials'
    . ' ORDER BY id'), [ '<mobile-app>', '<mobile-app >' ],
    'two applications';
my %device = (platform => 'fcm', appId => 'mobile-app');
for my $end ('', ' ', '  ') {
	answer($o->post('/push/device/create', object({ %device,
	    activationId => "padact$end", userId => "Joe$end",
	    token => 'tok-' . length $end })), "a device of <Joe$end>");
}
is_deeply texts('SELECT CONCAT("<", activation_id, ">", push_token)'
    . ' FROM push_device_registration ORDER BY id'),
    [ '<padact>tok-0', '<padact >tok-1', '<padact  >tok-2' ],
    'each activation has its device';
is_deeply texts('SELECT CONCAT("<", activation_id, ">", user_id, ".")'
    . ' FROM push_activation ORDER BY 1'), [ '<padact  >Joe  .',
    '<padact >Joe .', '<padact>Joe.' ], 'and its row';
is answer($o->post('/admin/activation/detail', object({
    activationId => 'padact ' })), 'detail')->{userId}, 'Joe ',
    'an activation is shown by its whole id';
for my $end ('', ' ', '  ') {
	my $list = answer($o->get('/push/device/list?userId='
	    . url("Joe$end")), "devices of <Joe$end>");
	is_deeply [ map { $_->{activationId} } @{ $list->{devices} } ],
	    [ "padact$end" ], 'its own only';
	is answer($o->send('mobile-app', "Joe$end"), "send to <Joe$end>")
	    ->{result}{fcm}{total}, 1, 'reaches its own only';
}
is_deeply answer($o->send('mobile-app ', 'Joe'), 'the other application')
    ->{result}{fcm}{total}, 0, 'has no device of theirs';
answer($o->post('/push/device/status/update', { activationId => 'padact ',
    activationStatus => 'BLOCKED' }), 'a status');
is_deeply texts('SELECT is_active FROM push_device_registration'
    . ' ORDER BY id'), [ 1, 0, 1 ], 'is that of one';

# --- campaigns --------------------------------------------------------------

my $campaign = answer($o->post('/push/campaign/create', object({
    appId => 'mobile-app', message => { body => 'Hello' } })),
    'a campaign')->{id};
answer($o->put("/push/campaign/$campaign/user/add",
    object([ 'Joe ', 'Joe', 'Joe ' ])), 'two users, one twice');
sub users {
	return answer($o->get("/push/campaign/$campaign/user/list"),
	    'its users')->{users};
}
is_deeply users(), [ 'Joe', 'Joe ' ], 'are two';
answer($o->post("/push/campaign/$campaign/user/delete",
    object([ 'Joe' ])), 'one is deleted');
is_deeply users(), [ 'Joe ' ], 'the other stays';
answer($o->post("/push/campaign/send/live/$campaign", object({})),
    'it is sent');
$o->wait_for(60, sub { $o->get("/push/campaign/$campaign/detail")
    ->{json}{responseObject}{sent} eq 'true' });
is_deeply texts("SELECT total FROM push_send WHERE campaign_id = $campaign"),
    [ 1 ], 'to one';

# --- inbox ------------------------------------------------------------------

for my $end ('', ' ') {
	answer($o->post('/inbox/messages', object({ userId => "Joe$end",
	    type => 'text', subject => 'A subject', summary => 'A summary',
	    body => 'A body of it', applications => ['mobile-app'] })),
	    "a message for <Joe$end>");
}
for my $end ('', ' ') {
	is answer($o->get('/inbox/messages/count?appId=mobile-app&userId='
	    . url("Joe$end")), 'count')->{countUnread}, 1,
	    "<Joe$end> has one message";
}
my ($id) = @{ texts("SELECT inbox_id FROM push_inbox WHERE user_id = 'Joe'"
    . ' AND LENGTH(user_id) = 3') };
is $o->get("/inbox/messages/detail?id=$id")->{status}, 200, 'its id';
is $o->get("/inbox/messages/detail?id=$id%20")->{status}, 400,
    'and a blank is none';
answer($o->put('/inbox/messages/read-all?appId=mobile-app&userId=Joe%20'),
    'read all');
is_deeply texts('SELECT is_read FROM push_inbox ORDER BY id'), [ 0, 1 ],
    'of one user';

# --- callers ----------------------------------------------------------------

my $bank = $o->integration('bank', 'send', 'mobile-app');
my $bank_ = $o->integration('bank ', 'send', 'mobile-app ');
for my $case ([ $bank, 'mobile-app', 200 ], [ $bank, 'mobile-app ', 403 ],
    [ $bank_, 'mobile-app ', 200 ], [ $bank_, 'mobile-app', 403 ]) {
	my ($who, $app, $status) = @$case;
	local $o->{headers} = { authorization => $who->{basic} };
	is $o->send($app, 'Joe')->{status}, $status,
	    "<$who->{name}> on <$app>: $status" for 1 .. 2;
}
answer($o->post('/admin/integration/remove', object({ name => 'bank ' })),
    'one is removed');
is_deeply [ grep { /^bank/ } map { $_->{name} } @{ answer($o->get(
    '/admin/integration/list'), 'list')->{integrations} } ], ['bank'],
    'the other stays';
is_deeply [ map { $_->{action} } @{ answer($o->get(
    '/admin/audit?object=bank%20'), 'the trail') } ],
    [ 'integration.remove', 'integration.create' ],
    'is searched for the whole name';

# --- in the tables ----------------------------------------------------------

is_deeply [ $o->sql('SELECT table_name, column_name FROM'
    . ' information_schema.columns WHERE table_schema = "outpost"'
    . ' AND collation_name <> "utf8mb4_nopad_bin"') ], [],
    'no text of any table is compared otherwise';

done_testing;
