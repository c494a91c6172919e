#!/usr/bin/perl
# The command's --json and the API tell of a thing by the same members, with the
# same names and values. What one of them has alone stands in the table here.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my $json = Outpost::json();
my $app = $o->app('mobile-app');
my $activation = Outpost->uuid;

sub command {
	my ($status, $said) = $o->outpost('--json', @_);
	is $status, 0, "outpost @_" or diag $said;
	return $json->decode($said);
}

sub call {
	my ($method, $path, $object) = @_;
	my $r = $o->request($method, $path,
	    $object ? { requestObject => $object } : undef);
	is $r->{status}, 200, "$method $path" or diag $r->{body};
	return $r->{json}{responseObject};
}

# --- one of each ------------------------------------------------------------

command('activation', 'set', $activation, '--user', 'ann', '--app', $app);
$o->device($app, 'ann', 'apns', Outpost->apns_token('c0de' x 16),
    environment => 'development', activationId => $activation);
$o->sql("UPDATE push_device_registration SET gone_at = UTC_TIMESTAMP(3),"
    . " gone_reason = 'Unregistered'");
$o->device($app, 'ann', 'fcm', 'token-of-ann');
command('integration', 'create', '--name', 'shop', '--role', 'send,inbox',
    '--app', $app);
my $sent = call('POST', '/push/message/send', { appId => $app,
    message => { userId => 'ann', body => { title => 'Hello' } } });
my $campaign = call('POST', '/push/campaign/create', { appId => $app,
    message => { title => 'Sale' } });
my $asked = command('send', '--app', $app, '--user', 'ann', '--title', 'Hi');
$o->wait_for(60, sub { !$o->sql('SELECT 1 FROM push_outbox') });
# something waits, for its credential is suspended; something is held
my $wrong = $o->app('wrong-app', wrong_apns => 1);
$o->device($wrong, 'bob', 'apns', Outpost->apns_token('0dec' x 16));
$o->send($wrong, 'bob', mode => 'ASYNCHRONOUS');
command('hold', $app, '--provider', 'hms', '--reason', 'a look');
ok $o->wait_for(60, sub { ($o->outpost('--json', 'queue'))[1] =~
    /"heldCredentials":\[\{/ }), 'a credential is suspended';

# --- what is compared -------------------------------------------------------

my $queue = command('queue');
my $told = call('GET', '/admin/queue');
my $health = call('GET', '/admin/app/health');
my @suspended = grep { "$_->{appId} $_->{provider}" eq "$wrong apns" }
    @{ $health->{health} };

# Name, as the command tells it, as the API does, members of the command alone,
# of the API alone; with a dot in front, those of the whole alone
my @things = (
    [ 'applications', command('app', 'list'), call('GET',
	'/admin/app/list')->{applicationList} ],
    [ 'an application', command('app', 'show', $app), call('POST',
	'/admin/app/detail', { appId => $app, map { ("include$_" =>
	JSON::PP::true) } qw(Apns Fcm Hms) }),
	'.health .holds .quarantined' ],
    [ 'an activation', command('activation', 'show', $activation),
	call('GET', "/admin/activation/detail?activationId=$activation") ],
    [ 'devices', command('device', 'list', '--user', 'ann'), call('GET',
	'/push/device/list?userId=ann')->{devices}, 'userId' ],
    [ 'integrations', command('integration', 'list'), call('GET',
	'/admin/integration/list')->{integrations} ],
    [ 'the audit trail', command('audit'), call('GET',
	'/admin/audit?size=50') ],
    [ 'messages', command('message', 'list', '--user', 'ann'), call('GET',
	'/admin/message/list?userId=ann') ],
    [ 'campaigns', command('campaign', 'list'), call('GET',
	'/push/campaign/list?state=all'), 'state created counts',
	'message' ],
    [ 'a send', $asked, $sent, 'leftOut expired', '.apns .fcm .hms' ],
    [ 'what waits', $queue->{queue}, $told->{queue} ],
    [ 'daemons', $queue->{instances}, $told->{instances} ],
    [ 'holds', $queue->{holds}, $health->{holds} ],
    [ 'credentials', $queue->{heldCredentials}, \@suspended ],
    [ 'the queue', $queue, $told, '.queue .retried .oldestSeconds .holds'
	. ' .heldCredentials .warnings', '.queue' ]);

# Not the same at two moments.
my %moves = map { $_ => 1 } qw(messageId seen seenSecondsAgo oldestSeconds);

# Every value by its path, below which names of lists have no place; what moves
# by its kind alone.
sub leaves {
	my ($value, $path, $without) = @_;
	if (ref $value eq 'ARRAY') {
		return map { leaves($value->[$_], "$path\[$_]", $without) }
		    0 .. $#$value;
	}
	if (ref $value eq 'HASH') {
		return map { leaves($value->{$_}, "$path.$_", $without) }
		    grep { !$without->{$_} && !$without->{"$path.$_"} }
		    keys %$value;
	}
	my $told = $json->encode($value);
	$told =~ s/\d+/N/g if $path =~ /\.figures\b/ ||
	    $path =~ /\.(\w+)\z/ && $moves{$1};
	return ($path => $told);
}

sub without { return { map { $_ => 1 } split ' ', $_[0] // '' } }

for (@things) {
	my ($name, $here, $there, $ours, $theirs) = @$_;
	my %here = leaves($here, '', without($ours));
	my %there = leaves($there, '', without($theirs));
	cmp_ok scalar(keys %here), '>', 0, "$name: there are some";
	is_deeply \%here, \%there, "$name: the same by both";
}

done_testing;
