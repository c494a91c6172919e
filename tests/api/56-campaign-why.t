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
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_history') ], [[0]],
    'no row of a device is kept';
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
