#!/usr/bin/perl
# outpost import java: a dump of 1.5, 1.7 and 1.10, in the form of each of its
# databases, and what callers see of it in two dialects, before and after. A
# dump that is broken changes nothing. IMPORT_DEVICES=100000 says how many
# devices there are.
use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use JavaDump;
use JSON::PP;
use Outpost;
use Test::More;
use Time::HiRes qw(time);

my $devices = $ENV{IMPORT_DEVICES} // 200;
my %dumps = ('1.5' => 'postgresql', '1.7' => 'oracle', '1.10' => 'sqlserver');
my @tables = qw(push_inbox_app push_inbox push_message push_campaign_user
    push_campaign push_device_registration push_activation
    push_app_credentials);
my @apps = qw(mobile-app second-app third);
my $tricky = qq(Zahlung "42", Grüße\nzweite Zeile,, \xe2\x82\xac);
utf8::decode($tricky);

sub object { return { requestObject => $_[0] } }
sub got { return $_[0]{json}{responseObject} }

sub import_java {
	my ($o, $dir, @words) = @_;
	my ($status, $text) = $o->outpost('import', 'java', $dir, '--json',
	    @words);
	my ($json) = $text =~ /^(\{.*\})$/m;
	return ($status, defined $json ? Outpost::json()->decode($json) : {},
	    $text);
}

# "new=3 same=1" of one kind of rows.
sub counts {
	my ($account, $kind) = @_;
	my $of = $account->{$kind} // {};
	return join ' ', map { "$_=$of->{$_}" } grep { $of->{$_} }
	    sort keys %$of;
}

sub wipe { my ($o) = @_; $o->sql(join ';', map { "DELETE FROM $_" } @tables) }

# --- what callers see -------------------------------------------------------

sub make_campaigns {
	my ($o) = @_;
	for my $n (1 .. 4) {
		my $r = $o->post('/push/campaign/create', object({
		    appId => $apps[$n % 2], message => { title => "C$n",
		    body => $tricky, extras => { n => $n } } }));
		my $id = got($r)->{id} or die $r->{body};
		$o->put("/push/campaign/$id/user/add", object([
		    map { "user-$_" } 1 .. 3 * $n ]));
	}
}

sub make_inbox {
	my ($o) = @_;
	for my $n (1 .. 6) {
		my $r = $o->post('/inbox/messages', object({
		    userId => 'user-' . $n % 2,
		    type => $n % 3 ? 'text' : 'html',
		    subject => "Subject $n", summary => "S $n $tricky",
		    body => "$tricky " x 5, applications => [
			@apps[0 .. $n % 3] ] }));
		my $id = got($r)->{id} or die $r->{body};
		$o->put("/inbox/messages/read?userId=user-" . $n % 2
		    . "&messageId=$id") if $n % 2;
	}
}

# Every answer about campaigns and the inbox.
sub picture {
	my ($o) = @_;
	my @ids = map { $_->[0] } $o->sql('SELECT id FROM push_campaign');
	my @inbox = map { @$_ } $o->sql('SELECT inbox_id FROM push_inbox'
	    . ' ORDER BY inbox_id');
	my @paths = ('/push/campaign/list?all=true', '/push/campaign/list',
	    (map { ("/push/campaign/$_/detail", "/push/campaign/$_/user/list") }
		@ids),
	    (map { my $user = $_; map { ("/inbox/messages/list?userId=$user"
		. "&applications=$_", "/inbox/messages/count?userId=$user"
		. "&appId=$_") } qw(mobile-app third) } qw(user-0 user-1)),
	    (map { my $user = $_; map { "/inbox/messages/detail?userId=$user"
		. "&messageId=$_" } @inbox } qw(user-0 user-1)));
	# whom an import tells of, there was nobody before
	return join "\n", map { my $r = $o->get($_);
	    "$_ $r->{status} " . $r->{body} =~
	    s/,"changedBy":"command line"//r } @paths;
}

# --- the dump ---------------------------------------------------------------

sub rows_of {
	my ($o, $query, @names) = @_;
	return map { my @v = map { my $v = $_; $v eq 'NULL' ? undef
	    : $v =~ s/\\(.)/{ n => "\n", t => "\t" }->{$1} \/\/ $1/ger } @$_;
	    my %row; @row{@names} = @v; \%row } $o->sql($query);
}

# From our own tables; numbers there are others than here.
sub write_dump {
	my ($o, $dump) = @_;
	my $k = $o->{keys};
	my $key = $o->read_file($k->{apns}{key_file});
	my $account = $o->read_file($k->{fcm}{account_file});
	my @credentials = (key_id => $k->{apns}{key_id},
	    team_id => $k->{apns}{team_id}, bundle => $k->{apns}{bundle},
	    environment => 'Development', private_key => $key);
	my %number = map { $_->[1] => 70 + $_->[0] } $o->sql(
	    'SELECT id, app_id FROM push_app_credentials');
	my $source = '70 + app_id';
	$dump->write('push_app_credentials', map { my %c = @credentials;
	    my $full = $_ ne 'third';
	    { id => $number{$_}, app_id => $_,
	      timestamp_created => '2023-01-01 00:00:00.000',
	      $full ? ((map { ("ios_$_" => $c{$_}, "apns_$_" => $c{$_}) }
		  keys %c), (map { ("${_}_private_key" => $account,
		  "${_}_project_id" => $k->{fcm}{project_id}) }
		  qw(android fcm)),
		  map { ("hms_$_" => $k->{hms}{$_}) } qw(project_id client_id
		  client_secret)) : (hms_client_id => 'half') } } @apps);
	my @devices = JavaDump::devices($devices, map { $number{$_} } @apps);
	$dump->write('push_device_registration', @devices);
	$dump->write('push_campaign', rows_of($o, "SELECT id, $source, message,"
	    . ' is_sent, timestamp_created, timestamp_sent,'
	    . ' timestamp_completed FROM push_campaign', qw(id app_id message
	    is_sent timestamp_created timestamp_sent timestamp_completed)));
	$dump->write('push_campaign_user', rows_of($o, 'SELECT id, campaign_id,'
	    . ' user_id, timestamp_created FROM push_campaign_user',
	    qw(id campaign_id user_id timestamp_created)));
	$dump->write('push_inbox', rows_of($o, 'SELECT id + 500, inbox_id,'
	    . ' user_id, message_type, message_type, subject, summary, body,'
	    . ' is_read, is_read, timestamp_created, timestamp_read'
	    . ' FROM push_inbox', qw(id inbox_id user_id type message_type
	    subject summary body read is_read timestamp_created
	    timestamp_read)));
	$dump->write('push_inbox_app', rows_of($o,
	    'SELECT app_credentials_id + 70, inbox_id + 500 FROM'
	    . ' push_inbox_app', qw(app_credentials_id inbox_id)));
	my ($now) = map { @$_ } $o->sql('SELECT UTC_TIMESTAMP(3)');
	$dump->write('push_message', map { { id => $_,
	    device_registration_id => 11, user_id => 'user-1',
	    activation_id => undef, is_silent => 0, is_personal => 1,
	    message_body => '{"title":"Hi"}',
	    timestamp_created => $_ == 3 ? '2021-01-01 00:00:00.000' : $now,
	    status => $_ - 2 } } 1 .. 3);
	return @devices;
}

# --- in each dialect --------------------------------------------------------

my $dir;
for my $dialect (qw(published java)) {
	my $o = Outpost->up(conf => "[api]\ndialect = $dialect\n");
	$o->post('/admin/app/create', object({ appId => $_ })) for @apps;
	make_campaigns($o);
	make_inbox($o);
	my $before = picture($o);
	like $before, qr/"id":"?1\b.*Grüße|C1/, "$dialect: there is something";
	# all dumps first: they are made from what is here
	my %made = map { $dir = "$o->{run}/dump-$_"; make_path($dir);
	    $_ => [ $dir, write_dump($o, JavaDump->new($dir, $_,
		$dumps{$_})) ] } sort keys %dumps;
	for my $version (sort keys %made) {
		my ($from, @devices) = @{ $made{$version} };
		my $name = "$dialect, $version of $dumps{$version}";
		wipe($o);
		my ($status, $account, $text) = import_java($o, $from,
		    '--dry-run');
		is $status, 0, "$name: a rehearsal" or diag $text;
		is_deeply [ $o->sql('SELECT COUNT(*) FROM'
		    . ' push_device_registration') ], [ [0] ],
		    'writes nothing';
		my $since = time;
		($status, $account, $text) = import_java($o, $from);
		is $status, 0, "$name: imported" or diag $text;
		note sprintf '%d devices, %.0f a minute', $devices,
		    60 * $devices / (time - $since);
		is_deeply { map { $_ => counts($account, $_) } grep {
		    $_ ne 'dryRun' } keys %$account },
		    { applications => 'new=3', devices => "new=$devices",
		    credentials => $version eq '1.5' ? 'new=4'
			: 'leftOut=1 new=6',
		    campaigns => 'new=4', campaignUsers => 'new=30',
		    inboxMessages => 'new=6',
		    storedMessages => 'leftOut=1 new=2' },
		    "$name: the counts";
		is_deeply [ $o->sql('SELECT activation_id, push_token,'
		    . ' user_id, platform, is_active,'
		    . ' timestamp_last_registered FROM push_device_registration'
		    . ' ORDER BY activation_id') ], [ map { [
		    $_->{activation_id}, $_->{platform} =~ /ios|apns/
			? lc $_->{push_token} : $_->{push_token},
		    $_->{user_id}, $_->{platform}, $_->{is_active},
		    $_->{timestamp_last_registered} ] } @devices ],
		    "$name: each token, byte by byte";
		ok picture($o) eq $before, "$name: callers see the same";
		is_deeply [ (import_java($o, $from))[0, 1] ], [ 0, {
		    dryRun => JSON::PP::false, map { my $k = $_; $k => { map {
		    my $f = $_; $f => $f eq 'same' ? $account->{$k}{new}
			: $f eq 'new' ? 0 : $account->{$k}{$f} }
		    keys %{ $account->{$k} } } } grep { $_ ne 'dryRun' }
		    keys %$account } ], "$name: once more changes nothing";
		is $o->send('mobile-app', 'user-1')->{json}{responseObject}
		    {($dialect eq 'published' ? 'result' : 'mode')} ? 1 : 0, 1,
		    "$name: a message is sent";
		my ($s, $said) = $o->outpost('app', 'check', 'mobile-app');
		is $s, 0, "$name: its credentials work" or diag $said;
	}
	next if $dialect eq 'java';
	side_by_side($o, $made{'1.10'}[0]);
	broken($o, $made{'1.10'}[0]);
}

# --- import again and again -------------------------------------------------

sub side_by_side {
	my ($o, $from) = @_;
	my $dump = JavaDump->new($from, '1.10', 'sqlserver');
	my $file = $dump->path('push_device_registration');
	my $was = $o->read_file($file);
	my @rows = split /(?<=\r\n)/, $was;
	import_java($o, $from);
	# one goes, one moves to another user, one is blocked, one is new
	splice @rows, 4, 1;
	$rows[1] =~ s/"user-\d+"/"moved"/;
	$rows[2] =~ s/"True"/"False"/;
	push @rows, $rows[3] =~ s/java-\d+/java-new/r
	    =~ s/"(?:Tok_en-\d+:|)([0-9A-Za-z]{20,})"/"$1ff"/r;
	$o->write_file($file, join '', @rows);
	my ($status, $account) = import_java($o, $from, '--dry-run',
	    '--report', "$o->{run}/differences.csv");
	is counts($account, 'devices'), 'changed=2 new=1 onlyHere=1 same='
	    . ($devices - 3), 'the differences';
	like $o->read_file("$o->{run}/differences.csv"),
	    qr/,0,"devices","only here","00000004-java-4",/,
	    'each is in the report';
	($status, $account) = import_java($o, $from, '--set-aside');
	is counts($account, 'devices'), 'changed=2 new=1 onlyHere=1 same='
	    . ($devices - 3), 'only these are imported';
	is_deeply [ $o->sql('SELECT activation_id, gone_reason FROM'
	    . ' push_device_registration WHERE gone_at IS NOT NULL') ],
	    [ ['00000004-java-4', 'not in the dump'] ],
	    'what is gone there is set aside here';
	$o->write_file($file, $was);
	($status, $account) = import_java($o, $from);
	is counts($account, 'devices'), 'changed=3 onlyHere=1 same='
	    . ($devices - 3), 'and back, with what was set aside';
	is_deeply [ $o->sql('SELECT activation_id FROM'
	    . ' push_device_registration WHERE gone_at IS NOT NULL') ], [],
	    'nothing is in quarantine then';
	not_aside($o, $from, $file, $was);
	my $r = $o->post('/push/campaign/create', object({
	    appId => $apps[0], message => { title => 'Here', body => '.' } }));
	is counts((import_java($o, $from, '--dry-run'))[1], 'campaigns'),
	    'onlyHere=1 same=4', 'a campaign that was deleted there is told';
}

# A device whose row has another token, is refused, or was registered here later
# is in the dump all the same.
sub not_aside {
	my ($o, $from, $file, $was) = @_;
	$o->sql("UPDATE push_device_registration SET push_token = 'later',"
	    . " timestamp_last_registered = '2023-09-30' WHERE activation_id"
	    . " = '00000007-java-7'");
	$o->write_file($file, $was =~ s/Tok_en-5:/Tok_en-x:/r
	    =~ s/(java-6".*)"True"/$1"Perhaps"/r);
	for my $mode ('--dry-run', '--set-aside') {
		my ($status, $account) = import_java($o, $from, $mode);
		is $status, 1, "$mode: a row is refused";
		is counts($account, 'devices'), 'changed=1 kept=1 onlyHere=1'
		    . ' refused=1 same=' . ($devices - 3),
		    "$mode: only what is in no row is here only";
	}
	is_deeply [ $o->sql('SELECT activation_id FROM'
	    . ' push_device_registration WHERE gone_at IS NOT NULL') ],
	    [ ['00000003-java-new'] ], 'and set aside';
	$o->write_file($file, $was);
}

# --- dumps that are broken --------------------------------------------------

sub broken {
	my ($o, $from) = @_;
	my $dump = JavaDump->new($from, '1.10', 'sqlserver');
	my $before = $o->contents;
	my %faults = (
	    push_inbox => ['cut', sub { substr $_[0], 0, -9 },
		qr/push_inbox\.csv:\d+: .*cut/],
	    push_campaign => ['in Latin 1', sub { $_[0] =~ s/\xc3\xbc/\xfc/r },
		qr/push_campaign\.csv:\d+: this is not UTF-8/],
	    push_campaign_user => ['without a column',
		sub { $_[0] =~ s/"user_id"/"user"/r },
		qr/push_campaign_user\.csv:1: there is no column user_id/],
	    push_message => ['with a line feed outside of quotes',
		sub { $_[0] =~ s/"user-1"/user\n-1/r },
		qr/push_message\.csv:2: the row has/],
	    push_device_registration => ['empty', sub { '' },
		qr/push_device_registration\.csv:1: there is no line/]);
	for my $table (sort keys %faults) {
		my ($what, $break, $like) = @{ $faults{$table} };
		my $good = $o->read_file($dump->path($table));
		$o->write_file($dump->path($table), $break->($good));
		my ($status, undef, $text) = import_java($o, $from);
		is $status, 1, "$table $what is refused";
		like $text, $like, 'with file and line';
		$o->write_file($dump->path($table), $good);
	}
	is $o->contents, $before, 'and nothing is half done';
}

done_testing;
