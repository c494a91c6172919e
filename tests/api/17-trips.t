#!/usr/bin/perl
# How many round trips to MariaDB each call costs, and each delivered message:
# where a program has sent something and waits for the server
# (tests/preload/trips.c). Statements are prepared at their first use, and each
# program asks for the time and the state of the world now and then, whatever
# it does: a call is made several times, and the least is its price.
#
# A call that has become cheaper gets a lower number here. One that costs more
# fails.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use Outpost;
use Test::More;
use Time::HiRes qw(time sleep);

my $dir = abs_path('build') . "/test/trips-$$";
make_path($dir);
chmod 0777, $dir;
my $o = do {
	local @ENV{qw(LD_PRELOAD TRIPS_DIR)} = (abs_path($ENV{BIN}
	    // 'build/release') . '/trips.so', $dir);
	local $ENV{ASAN_OPTIONS} = join ':', 'verify_asan_link_order=0',
	    $ENV{ASAN_OPTIONS} // ();
	Outpost->up(conf => "[api]\nworkers = 1\n");
};
my ($n, $campaign, $send, $inbox, %device) = (0);

# --- counting ---------------------------------------------------------------

sub trips {
	my ($program) = @_;
	open my $f, '<:raw', "$dir/$program" or return 0;
	read $f, my $number, 8;
	return unpack 'Q', $number;
}

# The least of the trips of the programs while the code ran.
sub least {
	my ($wanted, $programs, $code) = @_;
	my $least;
	for my $attempt (1 .. 20) {
		my %before = map { $_ => trips($_) } @$programs;
		$code->();
		my $cost = 0;
		$cost += trips($_) - $before{$_} for @$programs;
		$least = $cost if $attempt > 1 &&
		    (!defined $least || $cost < $least);
		last if $attempt >= 4 && $least <= $wanted;
	}
	return $least;
}

# --- calls ------------------------------------------------------------------

sub fine {
	my ($r) = @_;
	die "$r->{status} $r->{body}\n" if $r->{status} != 200;
	return $r->{json};
}
sub call { return fine($o->post($_[0], { requestObject => $_[1] })) }
sub look { return fine($o->get($_[0])) }

sub new_device {
	my ($user) = @_;
	%device = (appId => 'mobile-app', platform => 'ios', userId => $user,
	    token => sprintf('%064x', ++$n), activationId => Outpost::uuid());
	return call('/push/device/create', \%device);
}

sub message {
	return { userId => $_[0], body => { title => 'Hi', body => 'There' } };
}

sub send_one {
	my ($mode, $user) = @_;
	return call('/push/message/send', { appId => 'mobile-app',
	    mode => $mode, message => message($user) });
}

sub send_batch {
	my ($size) = @_;
	return call('/push/message/batch/send', { appId => 'mobile-app',
	    mode => 'ASYNCHRONOUS',
	    batch => [ map { message("user-$_") } 1 .. $size ] });
}

# On a connection of its own, which has to prepare what it sends.
sub send_campaign {
	$o->wait_for(60, sub { $o->sql('SELECT 1 FROM push_campaign'
	    . " WHERE id = $campaign AND state IN ('created', 'done')") })
	    or die "the run before is not over\n";
	call("/push/campaign/send/live/$campaign", { again => \1 });
}

sub post_inbox {
	$inbox = fine($o->post('/inbox/messages', { requestObject => {
	    userId => 'user-1', applications => ['mobile-app'],
	    type => 'text', subject => 'The subject',
	    summary => 'The summary', body => 'The body' } }))
	    ->{responseObject}{id};
}

# We want 5 or fewer of a SYNCHRONOUS message, its delivery included: 2 here and
# 1 of sendd below. The start of a campaign has 34 whatever its run sends: it
# opens a connection that may take longer (some 8) and prepares each of its 13
# statements there (a trip to prepare, a trip to execute), the rows of a small
# run among them. The audience, the metrics and the queue open one, too. Left
# out is what one person does now and then: to change applications, credentials
# and integrations, to pause, change and end a run.
my @calls = (	# program, what, trips, the call
    [ push => 'service status', 0, sub { look('/push/service/status') } ],
    [ push => 'health', 1, sub { look('/health') } ],
    [ push => 'device create, new', 3, sub { new_device('somebody') } ],
    [ push => 'device create, again', 3,
	sub { call('/push/device/create', \%device) } ],
    [ push => 'device status', 3, sub {
	fine($o->post('/push/device/status/update', { activationId =>
	    $device{activationId}, activationStatus => 'ACTIVE' })) } ],
    [ push => 'device list', 1, sub {
	look('/push/device/list?appId=mobile-app&userId=user-1') } ],
    [ push => 'device delete', 3, sub {
	call('/push/device/delete', { appId => 'mobile-app',
	    token => $device{token} }) } ],
    [ push => 'message, ASYNCHRONOUS', 2,
	sub { send_one('ASYNCHRONOUS', 'user-1') } ],
    [ push => 'message, SYNCHRONOUS', 2,
	sub { send_one('SYNCHRONOUS', 'user-1') } ],
    [ push => 'batch of 1', 2, sub { send_batch(1) } ],
    [ push => 'batch of 100', 4, sub { send_batch(100) } ],
    [ push => 'message status', 1,
	sub { look("/push/message/$send/status") } ],
    [ push => 'campaign create', 3, sub {
	call('/push/campaign/create', { appId => 'mobile-app',
	    message => { title => 'A', body => 'B' } }) } ],
    [ push => 'campaign list', 1,
	sub { look('/push/campaign/list?all=true') } ],
    [ push => 'campaign detail', 1,
	sub { look("/push/campaign/$campaign/detail") } ],
    [ push => 'campaign, add a user', 4, sub {
	call("/push/campaign/$campaign/user/add", ['user-1']) } ],
    [ push => 'campaign, sent to a user', 34, sub { send_campaign() } ],
    [ push => 'campaign users', 2, sub {
	look("/push/campaign/$campaign/user/list?page=0&size=10") } ],
    [ push => 'campaign, take a user out', 4, sub {
	call("/push/campaign/$campaign/user/delete", ['user-1']) } ],
    [ push => 'campaign, why of a user', 7, sub {
	look("/push/campaign/$campaign/user/why?userId=user-1") } ],
    [ push => 'campaign audience', 20,
	sub { look("/push/campaign/$campaign/audience") } ],
    [ push => 'campaign preview', 2,
	sub { look("/push/campaign/$campaign/preview") } ],
    [ push => 'campaign status', 5,
	sub { look("/push/campaign/$campaign/status") } ],
    [ push => 'campaign runs', 2,
	sub { look("/push/campaign/$campaign/runs") } ],
    [ push => 'message preview', 1, sub {
	call('/push/message/preview', { appId => 'mobile-app',
	    message => message('user-1') }) } ],
    [ push => 'message cancel', 4,
	sub { fine($o->post("/push/message/$send/cancel", {})) } ],
    [ push => 'metrics', 18, sub { $o->get('/metrics') } ],
    [ inbox => 'inbox post', 4, sub { post_inbox() } ],
    [ inbox => 'inbox list', 1, sub { look('/inbox/messages/list'
	. '?userId=user-1&applications=mobile-app&page=0&size=10') } ],
    [ inbox => 'inbox count', 1, sub { look('/inbox/messages/count'
	. '?userId=user-1&appId=mobile-app') } ],
    [ inbox => 'inbox detail', 1,
	sub { look("/inbox/messages/detail?id=$inbox") } ],
    [ inbox => 'inbox read, again', 1, sub {
	fine($o->post("/inbox/messages/read", { requestObject =>
	    { inboxId => $inbox } })) } ],
    [ inbox => 'inbox delete', 2, sub {
	fine($o->delete("/inbox/messages/delete?id=$inbox")) } ],
    [ inbox => 'inbox read all', 3, sub {
	fine($o->post("/inbox/messages/read-all", { requestObject =>
	    { userId => 'user-1', appId => 'mobile-app' } })) } ],
    [ admin => 'application list', 1, sub { look('/admin/app/list') } ],
    [ admin => 'queue', 19, sub { look('/admin/queue') } ],
    [ admin => 'integration list', 1,
	sub { look('/admin/integration/list') } ],
);

$o->app('mobile-app');
new_device("user-$_") for 1 .. 100;
$send = send_one('SYNCHRONOUS', 'user-1')->{responseObject}{messageId};
$campaign = call('/push/campaign/create', { appId => 'mobile-app',
    message => { title => 'A', body => 'B' } })->{responseObject}{id};
post_inbox();
for (@calls) {
	my ($program, $what, $wanted, $code) = @$_;
	my $got = least($wanted, ["$program.fcgi"], $code);
	ok $got <= $wanted && ($got > 0 || $wanted == 0), "$what: $wanted"
	    or diag "$what: $got";
	diag "$what: only $got" if $got < $wanted;
}

# --- deliveries -------------------------------------------------------------

sub delivered {
	my ($mode, $count) = @_;
	my $id = send_one($mode, 'user-1')->{responseObject}{messageId};
	$o->wait_for(60, sub { $o->sql("SELECT 1 FROM push_send"
	    . " WHERE id = $id AND done = total") });
}

# It is told the row at the doorbell.
my $got = least(1, ['sendd'], sub { delivered('SYNCHRONOUS') });
is $got, 1, 'sendd, for a message that is waited for: 1';

# What sendd asks when there is nothing to do.
my ($before, $begin) = (trips('sendd'), time);
sleep 5;
my $idle = (trips('sendd') - $before) / (time - $begin);
# 25 of them look for messages that nobody rings for, as came just now.
ok $idle > 0 && $idle <= 60, 'sendd asks so often in a second when it is idle'
    or diag "it asks $idle times";
diag "idle: $idle";

$o->down;
remove_tree($dir);
done_testing();
