# Calls that read, each beside a bare program that SELECTs the same rows.
use strict;
use warnings;
use Bench;
use BenchWeb;

# The bare program reads and answers what the call does, in one statement:
# beside a program that reads one row, the ratio of a list would tell how long
# it is.
#
# What is read: five devices and fifty messages in the inbox of one user among
# many, twenty campaigns, and a message.
sub fill {
	my $o = stack();
	my $app = number('SELECT id FROM push_app_credentials WHERE app_id ='
	    . " 'bench'");
	$o->device('bench', 'user-500', 'ios', sprintf '%064x', $_)
	    for 498 .. 502;
	# without the others, MariaDB would read the bare program's five by
	# reading all devices there are
	$o->sql('INSERT INTO push_device_registration (activation_id, user_id,'
	    . ' app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT'
	    . " CONCAT('read-', seq), CONCAT('user-', 1000 + seq DIV 5), $app,"
	    . " 'ios', 'production', SHA2(seq, 256), UTC_TIMESTAMP(3), 1"
	    . ' FROM seq_0_to_1999');
	$o->sql('INSERT INTO push_inbox (inbox_id, user_id, message_type,'
	    . ' subject, summary, body, is_read, timestamp_created) SELECT'
	    . " CONCAT('bench-', seq), CONCAT('user-', 480 + seq DIV 50),"
	    . " 'text', 'Balance update', 'Your balance', REPEAT('x', 200),"
	    . ' seq % 5 > 0, UTC_TIMESTAMP(3) FROM seq_0_to_1999');
	$o->sql('INSERT INTO push_inbox_app (inbox_id, app_credentials_id)'
	    . " SELECT id, $app FROM push_inbox WHERE inbox_id LIKE"
	    . " 'bench-%'");
	$o->post('/push/campaign/create', { requestObject => { appId => 'bench',
	    message => { title => 'T', body => "Campaign $_" } } })
	    for 1 .. 20;
	my $r = $o->send('bench', 'user-500', mode => 'ASYNCHRONOUS');
	return $r->{json}{responseObject}{messageId}
	    // die "no message: $r->{body}\n";
}

sub {
	my $id = fill();
	my @of = ([ 'inbox list', '/inbox',
		'/inbox/messages/list?userId=user-500&applications=bench'
		. '&onlyUnread=false&page=0&size=50' ],
	    [ 'inbox count', '/count',
		'/inbox/messages/count?userId=user-500&appId=bench' ],
	    [ 'device list of a user', '/devices',
		'/push/device/list?appId=bench&userId=user-500' ],
	    [ 'campaign list', '/campaigns',
		'/push/campaign/list?all=true' ],
	    [ 'message status', '/message',
		"/push/message/$id/status" ],
	    [ 'service status', '/select',
		'/push/service/status' ]);
	my ($turns, $n) = (few(11, 3), few(2700, 800));
	for (@of) {
		my ($what, $same, $path) = @$_;
		my ($url, $theirs) = (ours($path), bare($same));
		load($theirs, 16, n => few(2000, 500));
		load($url, 16, n => few(1000, 200));
		beside("reads, $what", $path =~ m{^/inbox/} ? 'inbox.fcgi'
		    : 'push.fcgi', $turns,
		    sub { load($url, 16, n => $n) },
		    sub { load($theirs, 16, n => $n) }, 'SELECT', 0.75);
	}
	# they are no part of what other parts count
	stack()->sql("DELETE FROM push_device_registration"
	    . " WHERE activation_id LIKE 'read-%'");
}
