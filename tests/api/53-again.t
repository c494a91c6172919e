#!/usr/bin/perl
# A campaign goes to everybody once: whoever repeats send/live starts nothing,
# unless it is asked for; not even two at once, nor under an Idempotency-Key.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my $app = $o->app('mobile-app');
$o->device($app, "u$_", 'fcm', "token-$_") for 1 .. 3;

sub object { return { requestObject => $_[0] } }

sub campaign {
	my $id = $o->post('/push/campaign/create', object({ appId => $app,
	    message => { title => 'Hi', body => 'All' } }))
	    ->{json}{responseObject}{id};
	$o->put("/push/campaign/$id/user/add", object([qw(u1 u2 u3)]));
	return $id;
}

sub live {
	my ($id, $body, %o) = @_;
	return $o->post("/push/campaign/send/live/$id", $body // '', %o);
}

sub key { return headers => { 'Idempotency-Key' => $_[0] } }

# Runs that were started, and whether the latest is complete.
sub runs {
	my ($id) = @_;
	return ($o->sql("SELECT COUNT(*) FROM push_send
	    WHERE campaign_id = $id"))[0][0];
}

sub complete {
	my ($id) = @_;
	ok $o->wait_for(60, sub { ($o->sql("SELECT state FROM push_campaign
	    WHERE id = $id"))[0][0] eq 'done' }), 'it is complete';
}

sub fine {
	my ($r, $name) = @_;
	is_deeply [ $r->{status}, $r->{json} ], [ 200, { status => 'OK' } ],
	    $name or diag $r->{body};
}

sub refused {
	my ($r, $name) = @_;
	is $r->{status}, 409, "$name: 409" or diag $r->{body};
	is $r->{json}{responseObject}{code}, 'ERROR_GENERIC', 'ERROR_GENERIC';
	like $r->{json}{responseObject}{message}, qr/^Campaign\ was\ sent
	    \ already\ \(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*"again"/x,
	    'with the time, and how to send it again';
}

# --- repeated ----------------------------------------------------------------

my $id = campaign();
fine live($id), 'live';
complete $id;
refused live($id), 'repeated';
refused live($id, '{}'), 'with an empty object';
refused live($id, object({ again => \0 })), 'again: false';
refused live($id, 'again=true', headers =>
    { 'content-type' => 'application/x-www-form-urlencoded' }),
    'a body that is no JSON is not looked at';
is live($id, '{', )->{status}, 400, 'JSON that is none: 400';
is live($id, object({ again => 'perhaps' }))->{status}, 400,
    'an "again" that is none: 400';
is runs($id), 1, 'nothing was started';
fine live($id, object({ again => \1 })), 'again';
is runs($id), 2, 'it was';
complete $id;
is scalar(grep { $_->{token} eq 'token-1' } $o->ledger), 2,
    'everybody has it twice';

# --- while it is being sent ---------------------------------------------------

{
	my $id = campaign();
	my $sendd = $o->pid('sendd');
	kill 'STOP', $sendd;
	fine live($id), 'live, while sendd stands';
	fine live($id), 'once more, while it is being sent';
	fine live($id, object({ again => \1 })), 'even with again';
	fine live($id, object({ again => \1 }), key('meanwhile')),
	    'and under a key';
	is runs($id), 1, 'nothing was started';
	kill 'CONT', $sendd;
	complete $id;
	my $r = live($id, object({ again => \1 }), key('meanwhile'));
	fine $r, 'that key afterwards has its first answer';
	is $r->{headers}{'idempotency-replayed'}, 'true', 'and says so';
	is runs($id), 1, 'nothing was started';
}

# --- made under a key ---------------------------------------------------------

{
	my @of = ('/push/campaign/create', object({ appId => $app,
	    message => { title => 'Made once' } }));
	my $made = sub { ($o->sql('SELECT COUNT(*) FROM push_campaign'
	    . q{ WHERE message LIKE '%Made once%'}))[0][0] };
	my $first = $o->post(@of, key('made'));
	my $again = $o->post(@of, key('made'));
	is_deeply $again->{json}, $first->{json}, 'made twice under a key';
	is $again->{headers}{'idempotency-replayed'}, 'true', 'says so';
	is $made->(), 1, 'it is one campaign';
	is $o->post($of[0], object({ appId => $app, message =>
	    { title => 'Made once', body => 'or not' } }), key('made'))
	    ->{status}, 409, 'the key with another text';
	is $made->(), 1, 'which is not made';
	$o->post(@of, key('made too'));
	$o->post(@of);
	is $made->(), 3, 'under another key, and without one, it is';

	# what has changed since then is no reason to refuse a repetition
	@of = ('/push/campaign/create', object({ appId => 'shop',
	    strict => 'true', message => { body => 'long ' x 1000 } }));
	$o->post('/admin/app/create', object({ appId => 'shop' }));
	$first = $o->post(@of, key('strict'));
	is $first->{status}, 200, 'a strict one under a key' or
	    diag $first->{body};
	$o->sql(q{UPDATE push_app_credentials SET apns_private_key = 'x',}
	    . q{ apns_team_id = 't', apns_key_id = 'k', apns_bundle = 'b'}
	    . q{ WHERE app_id = 'shop'});
	is $o->post(@of)->{status}, 400, 'what is too long now is refused';
	is $o->post(@of, key('strict'))->{json}{responseObject}{id},
	    $first->{json}{responseObject}{id}, 'but not made again';
}

# --- under a key --------------------------------------------------------------

{
	my $id = campaign();
	fine live($id, undef, key('cron')), 'live under a key';
	complete $id;
	for (1 .. 2) {
		my $r = live($id, undef, key('cron'));
		fine $r, 'repeated: the first answer';
		is $r->{headers}{'idempotency-replayed'}, 'true',
		    'which says so';
	}
	my $r = live($id, object({ again => \1 }), key('cron'));
	is "$r->{status} $r->{json}{responseObject}{message}", '409 '
	    . 'Idempotency-Key was used with another request',
	    'the key with another body';
	$r = live(campaign(), undef, key('cron'));
	is $r->{status}, 409, 'the key for another campaign';
	refused live($id, undef, key('other')), 'another key';
	fine live($id, object({ again => \1 }), key('other')),
	    'what was refused is not remembered';
	is runs($id), 2, 'it was started twice';
	is live($id, undef, key('k' x 256))->{status}, 400,
	    'a key that is none';
}

# --- many at once -------------------------------------------------------------

# Each in a process of its own, begun together; the statuses.
sub together {
	my ($n, @call) = @_;
	pipe my $read, my $write or die "pipe: $!\n";
	pipe my $wait, my $go or die "pipe: $!\n";
	my @pids;
	for my $i (1 .. $n) {
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			close $go;
			sysread $wait, my $byte, 1;
			syswrite $write, live(@call)->{status} . "\n";
			require POSIX;
			POSIX::_exit(0);
		}
		push @pids, $pid;
	}
	close $go;
	close $write;
	my @got = map { chomp; $_ } <$read>;
	waitpid $_, 0 for @pids;
	return @got;
}

for my $case ([ 'without a key' ], [ 'under one key', undef, key('one') ]) {
	my ($name, @more) = @$case;
	my $id = campaign();
	my @got = together(8, $id, @more);
	is scalar @got, 8, "eight at once, $name";
	is scalar(grep { !/^(?:200|409)$/ } @got), 0,
	    'each is told 200, or 409 when it was done by then'
	    or diag "@got";
	is scalar(grep { $_ == 200 } @got), 8, 'one key, one answer' if @more;
	is runs($id), 1, 'one run';
	complete $id;
}

# The first call under the key has sent the whole campaign between the look of
# the second one for the key and its start.
{
	my $id = campaign();
	fine live($id, undef, key('lost')), 'a run under a key';
	complete $id;
	my $one = "created = (SELECT MAX(created) FROM outpost"
	    . ".push_idempotency)";
	$o->sql("CREATE TABLE kept_key AS SELECT * FROM push_idempotency"
	    . " WHERE $one");
	$o->sql("DELETE FROM push_idempotency WHERE $one");
	$o->sql("UPDATE push_campaign SET state = 'created' WHERE id = $id");
	my $lock = $o->keep_locked("BEGIN; UPDATE push_campaign SET state ="
	    . " 'done' WHERE id = $id");
	pipe my $read, my $write or die "pipe: $!\n";
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		my $r = live($id, undef, key('lost'));
		syswrite $write, "$r->{status} "
		    . ($r->{headers}{'idempotency-replayed'} // '') . "\n";
		require POSIX;
		POSIX::_exit(0);
	}
	close $write;
	ok $o->wait_for(60, sub {
		$o->transactions('t.trx_id', "t.trx_state = 'LOCK WAIT'")
	}), 'a second call found no key and waits for the campaign';
	$o->let_go($lock, 'INSERT INTO push_idempotency SELECT * FROM kept_key;'
	    . ' COMMIT');
	is scalar <$read>, "200 true\n", 'it is answered as the first was';
	waitpid $pid, 0;
	$o->sql('DROP TABLE kept_key');
	is runs($id), 1, 'one run';
}

# --- a test ------------------------------------------------------------------

{
	my $id = campaign();
	my @of = ("/push/campaign/send/test/$id", object({ userId => 'u1' }));
	my $sent = sub { ($o->sql('SELECT COUNT(*) FROM push_send'
	    . " WHERE campaign_id = $id"))[0][0] };
	my $first = $o->post(@of, key('test'))->{json}{responseObject};
	is $first->{devices}[0]{state}, 'sent', 'a test under a key';
	my $again = $o->post(@of, key('test'));
	is $again->{headers}{'idempotency-replayed'}, 'true',
	    'repeated, it says so';
	is_deeply $again->{json}{responseObject}, $first,
	    'and has the first answer';
	is $sent->(), 1, 'nothing was sent again';
	is $o->post($of[0], object({ userId => 'u2' }), key('test'))->{status},
	    409, 'the key with another user: 409';
	is $o->post("/push/campaign/send/test/${\ campaign()}", $of[1],
	    key('test'))->{status}, 409, 'with another campaign: 409';
	is $sent->(), 1, 'nothing was sent';
	$o->post(@of, key('test too'));
	$o->post(@of);
	is $sent->(), 3, 'under another key, and without one, it is';
}

# --- the command --------------------------------------------------------------

{
	my $id = campaign();
	my ($status, $said) = $o->outpost('campaign', 'send', $id);
	is $status, 0, 'outpost campaign send' or diag $said;
	is $said, "campaign $id: it is being sent\n", 'it says so';
	complete $id;
	($status, $said) = $o->outpost('campaign', 'send', $id);
	is $status, 1, 'a second time: 1';
	like $said, qr/was sent already \(\d{4}-.*--again/, 'with the time';
	($status, $said) = $o->outpost('--json', 'campaign', 'send',
	    '--again', $id);
	is $status, 0, '--again' or diag $said;
	is_deeply Outpost::json()->decode($said), { id => "$id",
		started => Outpost::json()->decode('true') }, 'as JSON';
	is runs($id), 2, 'two runs';
	complete $id;
	is_deeply [ map { [ @$_ ] } $o->sql("SELECT action, object,
	    COALESCE(detail, '') <> '' FROM push_audit
	    WHERE action = 'campaign.send' ORDER BY id") ],
	    [ [ 'campaign.send', $id, 0 ], [ 'campaign.send', $id, 0 ],
	    [ 'campaign.send', $id, 1 ] ], 'the audit trail has each';
	($status, $said) = $o->outpost('campaign', 'send', 999999);
	is $status, 1, 'of none: 1';
	like $said, qr/no campaign/, 'with words';
}

done_testing;
