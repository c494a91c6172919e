#!/usr/bin/perl
# "User 123 did not get the campaign's message": on default settings the answer
# says what is known without a row for each device, and with [campaign] history
# what became of each.
use strict;
use warnings;
use Outpost;
use Test::More;

my ($o, $app, $id);

sub object { return { requestObject => $_[0] } }

sub call { my ($path, $in) = @_;
	my $r = $o->post($path, defined $in ? object($in) : '');
	is $r->{status}, 200, $path or diag $r->{body};
	return $r->{json}{responseObject} }

# The API and the command say the same.
sub why { my ($user) = @_;
	my $r = $o->get("/push/campaign/$id/user/why?userId=$user");
	is $r->{status}, 200, "why $user" or diag $r->{body};
	my ($status, $said) = $o->outpost('--json', 'campaign', 'why', $id,
	    $user);
	is $status, 0, 'outpost campaign why' or diag $said;
	my $told = $r->{json}{responseObject};
	is_deeply $o->json->decode($said), $told, 'says the same';
	return $told }

# "state: why" of each device
sub devices { my ($told) = @_;
	return [ map { join ': ', grep { defined } @$_{qw(state why)} }
	    @{ $told->{devices} } ] }

sub up { my ($conf) = @_;
	$o = Outpost->up(conf => $conf);
	$app = $o->app('shop');
	$o->device($app, 'fine', 'fcm', 'tok-fine');
	$o->device($app, 'fine', 'apns', Outpost::apns_token('fine'));
	$o->device($app, 'ill', 'fcm', 'tok-UNREGISTERED:1');
	$o->device($app, 'left', 'fcm', 'tok-left');
	$o->sql('UPDATE push_device_registration SET gone_at = UTC_TIMESTAMP(3)'
	    . " - INTERVAL 1 DAY, gone_reason = 'x' WHERE user_id = 'left'");
	$id = call('/push/campaign/create', { appId => $app,
	    message => { title => 'Hi', body => 'To all' } })->{id};
	$o->put("/push/campaign/$id/user/add", object([qw(fine ill left none
	    late)])) }

sub send_it {
	call("/push/campaign/send/live/$id");
	ok $o->wait_for(60, sub { ($o->sql('SELECT COUNT(*) FROM'
	    . " push_campaign WHERE id = $id AND state = 'done'"))[0][0] }),
	    'it is sent' }

# Of devices with the same token the run takes one of its users': the first one
# that is not of development.
sub states { return [ map { map { $_->{state} } @{ $_->{devices} } }
    map { why($_) } @_ ] }
sub device_of { my ($user, $set) = @_;
	$o->sql("UPDATE push_device_registration SET $set WHERE user_id ="
	    . " '$user' AND push_token = 'shared'") }
sub twins {
	$o->device($app, 'stranger', 'fcm', 'shared');
	$o->sql("INSERT INTO push_device_registration (activation_id, user_id,
	    app_id, platform, push_token, timestamp_last_registered, is_active)
	    SELECT UUID(), '$_', app_id, platform, push_token,
	    timestamp_last_registered, 1 FROM push_device_registration
	    WHERE user_id = 'stranger'") for qw(none late);
	is_deeply states(qw(none late)), [qw(addressed twin)],
	    'the first of two with a token, and none of a stranger';
	device_of('none', "platform = 'hms'");
	is_deeply states(qw(none late)), [ ('addressed') x 2 ],
	    'of another platform it is no twin';
	device_of('none', "platform = 'fcm', environment = 'development'");
	is_deeply states(qw(none late)), [qw(twin addressed)],
	    'that of development is the second';
	device_of('none', "environment = NULL, gone_at = UTC_TIMESTAMP(3)");
	is_deeply states(qw(none late)), [qw(quarantine addressed)],
	    'one in quarantine is no twin';
	device_of('none', 'gone_at = NULL, is_active = 0');
	$o->sql("UPDATE push_campaign SET everybody = 1 WHERE id = $id");
	is_deeply states(qw(none late stranger)),
	    [qw(inactive twin addressed)], 'to everybody: the first active';
	$o->sql("UPDATE push_campaign SET everybody = 0 WHERE id = $id");
	$o->sql('DELETE FROM push_device_registration'
	    . " WHERE push_token = 'shared'");
}

# --- on default settings ----------------------------------------------------

up('');
is why('stranger')->{why}, "The user is none of the campaign's users.",
    'not one of its users';
is why('none')->{why}, 'The user has no device of the application.',
    'without a device';
my $told = why('fine');
is $told->{why}, 'The campaign was not sent yet.', 'before it is sent';
is_deeply devices($told), [ ('addressed') x 2 ], 'whom it would reach';
ok !exists $told->{run}, 'and no run';
twins();
is $o->get("/push/campaign/$id/user/why")->{status}, 400, 'of nobody: 400';
send_it();
$o->device($app, 'late', 'fcm', 'tok-late');
$told = why('fine');
is $told->{why}, 'The run is complete.', 'after it';
ok $told->{run}{completed}, 'with its end';
is_deeply devices($told), [ ('addressed') x 2 ], 'addressed';
is $told->{kept}, JSON::PP::false, 'what became of them is not kept';
like $told->{note}, qr/history = yes.*\[campaign\]/, 'which says how to';
is_deeply devices(why('left')), [ 'quarantine: the provider had given the'
    . ' device up: it must register again' ], 'in quarantine before';
is why('left')->{devices}[0]{reason}, 'x', 'with the reason';
is_deeply devices(why('ill')), [ 'quarantine: the provider has given the'
    . ' device up since the run began, perhaps because of its message' ],
    'in quarantine since';
is_deeply devices(why('late')), [ 'too late: it was registered after the run'
    . ' had begun' ], 'registered since';
is_deeply [ $o->sql('SELECT (SELECT COUNT(*) FROM push_history), COUNT(*)'
    . ' FROM push_message') ], [[ 0, 0 ]],
    'no row of a device is kept';
$o->device($app, 'added', 'fcm', 'tok-added');
# so that it was there when the run began
$o->sql("UPDATE push_device_registration SET id = -1 WHERE user_id = 'added'");
$o->put("/push/campaign/$id/user/add", object(['added']));
is_deeply devices(why('added')), [ 'too late: its user was added after the run'
    . ' had begun: it was left out, unless the run was still being prepared, or'
    . " the user was one of the campaign's before, too" ], 'added since';
$o->post("/push/campaign/$id/user/delete", object(['fine']));
$told = why('fine');
is $told->{why}, "The user is none of the campaign's users now. Whether the"
    . ' user was when the run began is not kept.', 'removed since';
is_deeply devices($told), [ ('not addressed: unless its user was removed from'
    . ' the campaign since the run began') x 2 ], 'nor is it known of a device';
$o->put("/push/campaign/$id/user/add", object(['fine']));
like +($o->outpost('campaign', 'why', $id, 'late'))[1],
    qr/^The run is complete\.\nIt ended at .*too late/ms, 'in words';
isnt +($o->outpost('campaign', 'why', 4711, 'late'))[0], 0,
    'no such campaign';
$o->sql("UPDATE push_campaign_run SET state = 'cancelled'");
like why('fine')->{why}, qr/^The run was cancelled/, 'a run that was cancelled';
$o->down;

# --- with the history -------------------------------------------------------

up("[campaign]\nhistory = yes\n");
send_it();
$told = why('fine');
is_deeply devices($told), [ ('sent') x 2 ], 'both devices have it';
is $told->{kept}, JSON::PP::true, 'which is kept';
ok !exists $told->{note}, 'and nothing to say about it';
$told = why('ill')->{devices}[0];
is $told->{state}, 'failed', 'this one has not';
like $told->{reason}, qr/UNREGISTERED/, 'with the reason of the provider';
ok $told->{remedy}, 'and what to do';
is_deeply [ map { @$_{qw(userId state)} } @{ $o->get('/admin/message/list?'
    . 'userId=ill')->{json}{responseObject} } ], [qw(ill failed)],
    'the history of the user has it, too';
is_deeply [ $o->sql('SELECT COUNT(*), COUNT(DISTINCT device_id) FROM'
    . ' push_history') ], [[ 3, 3 ]], 'a row for each device';
$o->down;

done_testing;
