#!/usr/bin/perl
# Lists without a natural limit: whole up to 64 MB, in pages of one's wish,
# of one's own applications; and the memory of a responder that gave one.
use strict;
use warnings;
use Outpost;
use Test::More;

use constant MB => 1024;	# kB
use constant STAYS => 64 * MB;
use constant WHOLE => 1000;	# campaigns of 53 kB: 53 MB

my $o = Outpost->up(via => 'direct', auth => 'basic');
my $all = $o->integration('all', 'admin,campaign,device,send');
my $one = $o->integration('one', 'campaign,device', 'other-app');
$o->{headers} = { Authorization => $all->{basic} };
my $app = $o->app('mobile-app');
my $other = $o->app('other-app');

sub as { return (headers => { Authorization => $_[0]{basic} }) }

sub campaigns {
	my ($of, $n) = @_;
	$o->sql("INSERT INTO push_campaign (app_id, message,
	    timestamp_created) SELECT a.id, CONCAT('{\"body\":\"',
	    LPAD(seq, 53000, 'x'), '\"}'), UTC_TIMESTAMP(3)
	    FROM seq_1_to_$n JOIN push_app_credentials a
	    WHERE a.app_id = '$of'");
}

# --- memory -------------------------------------------------------------------

my ($responder) = grep { (readlink("/proc/$_/exe") // '') =~ m{/push\.fcgi$}
    && (join ' ', Outpost::words_of($_)) =~ /\Q$o->{run}\E/ }
    map { m{/proc/(\d+)$} ? $1 : () } glob '/proc/[0-9]*';
ok $responder, 'push.fcgi runs';

sub of_it {
	my ($what) = @_;
	return $o->read_file("/proc/$responder/status") =~ /^$what:\s+(\d+)/m
	    ? $1 : 0;
}

# The most it takes during the code, beyond what it had, and what stays: it
# clears up when its caller has the answer.
sub memory {
	my ($code) = @_;
	my $before = of_it('VmRSS');
	$o->write_file("/proc/$responder/clear_refs", "5\n");
	$code->();
	my $peak = of_it('VmHWM');
	$o->wait_for(60, sub { of_it('VmRSS') < STAYS });
	my $after = of_it('VmRSS');
	note "$before kB before, $peak at most, $after afterwards";
	return ($peak - $before, $after);
}

# Not decoded, when it is long: that takes the test minutes.
sub list {
	my ($query, $who) = @_;
	my $r = $o->direct('GET', "/push/campaign/list?all=true$query", undef,
	    { Authorization => ($who // $all)->{basic} });
	$r->{json} = Outpost::json()->decode($r->{content})
	    if length $r->{content} < 1 << 20;
	return $r;
}

sub ids {
	my ($r) = @_;
	return $r->{content} =~ /"id":"(\d+)"/g;
}

$o->get('/push/service/status');
campaigns($app, WHOLE);
my $r;
my ($peak, $stays) = memory(sub { $r = list('') });
is $r->{status}, 200, '1,000 campaigns of 53 kB';
is scalar(my @ids = ids($r)), WHOLE, 'each of them';
is_deeply \@ids, [ sort { $a <=> $b } @ids ], 'in their order';
like substr($r->{content}, 0, 80),
    qr/^\{"status":"OK","responseObject":\[\{"id":/, 'as published';
like substr($r->{content}, -80), qr/x1000"\}\}\]\}$/, 'to the end';
cmp_ok length $r->{content}, '>', WHOLE * 53000, 'the whole of each';
cmp_ok $peak, '<', 96 * MB, 'it takes the answer itself, and little more';
cmp_ok $stays, '<', STAYS, 'and gives that back';

# Several at once, each in a process of its own.
sub together {
	my ($n, $query) = @_;
	my @pids = map {
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			my $r = list($query);
			require POSIX;
			POSIX::_exit($r->{status} == 200 &&
			    (my @ids = ids($r)) == WHOLE ? 0 : 1);
		}
		$pid } 1 .. $n;
	return scalar grep { waitpid $_, 0; $? != 0 } @pids;
}

($peak, $stays) = memory(sub {
	is together(8, ''), 0, 'eight callers at once have it whole' });
cmp_ok $peak, '<', 8 * 96 * MB, 'each takes no more than the one';
cmp_ok $stays, '<', STAYS, 'and all is given back';

# --- more than an answer holds ----------------------------------------------

campaigns($app, WHOLE);
($peak, $stays) = memory(sub { $r = list('') });
is $r->{status}, 413, '2,000 are more than 64 MB: 413';
is_deeply $r->{json}, { status => 'ERROR', responseObject => {
    code => 'ERROR_GENERIC', message => 'the list is larger than 67108864'
    . ' bytes: ask for a part of it, with ?page= and ?size=' } },
    'with words that tell what to do';
cmp_ok $stays, '<', STAYS, 'nothing of it stays';

# --- pages ------------------------------------------------------------------

@ids = map { $_->[0] } $o->sql('SELECT id FROM push_campaign ORDER BY id');
for my $case ([ '&page=0&size=3', 0, 3, 0 .. 2 ], [ '&page=1&size=3', 1, 3,
    3 .. 5 ], [ '&size=2', 0, 2, 0, 1 ], [ '&page=3', 3, 20, 60 .. 79 ],
    [ '&page=142&size=14', 142, 14, 1988 .. 1999 ],
    [ '&page=5000&size=5', 5000, 5 ],
    [ '&order=newest&size=3', 0, 3, -1, -2, -3 ],
    [ '&order=newest&page=1&size=120', 1, 120, reverse 1760 .. 1879 ]) {
	my ($query, $page, $size, @want) = @$case;
	$r = list($query);
	is_deeply [ $r->{content} =~ /"page":(\d+),"size":(\d+)/, ids($r) ],
	    [ $page, $size, @ids[@want] ], "the part $query";
}
is list('&size=2000')->{status}, 413, 'a part may be too large too';
is list('')->{status}, 413, 'the list is as it was';

# --- of one's own -----------------------------------------------------------

campaigns($other, 2);
($peak) = memory(sub { $r = list('', $one) });
is_deeply [ map { $_->{appId} } @{ $r->{json}{responseObject} } ],
    [ $other, $other ], 'one bound to an application sees its own';
cmp_ok $peak, '<', 16 * MB, 'and the others are not even read';
is_deeply [ ids(list('&order=newest', $one)) ], [ reverse ids($r) ],
    'the newest first, too';
is scalar @{ list('&page=1&size=1', $one)->{json}{responseObject} }, 1,
    'its pages are of its own';
$o->sql('DELETE FROM push_campaign');

# --- applications, integrations ---------------------------------------------

$o->sql("INSERT INTO push_app_credentials (app_id, timestamp_created)
    SELECT CONCAT('app-', LPAD(seq, 5, '0')), UTC_TIMESTAMP(3)
    FROM seq_1_to_1200");
$o->sql("INSERT INTO push_integration (name, token, secret_hash, roles,
    created) SELECT CONCAT('many-', LPAD(seq, 5, '0')), CONCAT('t', seq),
    REPEAT('0', 64), 'send', UTC_TIMESTAMP(3) FROM seq_1_to_300");
for my $case ([ '/admin/app/list', 'applicationList', 'appId', 1202,
    'app_id FROM push_app_credentials ORDER BY app_id' ],
    [ '/admin/app/unconfigured/list', 'applicationList', 'appId', 1200,
    "app_id FROM push_app_credentials WHERE app_id LIKE 'app-%'
    ORDER BY app_id" ],
    [ '/admin/integration/list', 'integrations', 'name', undef,
    'name FROM push_integration ORDER BY name' ]) {
	my ($path, $member, $name, $n, $query) = @$case;
	my @want = map { $_->[0] } $o->sql("SELECT $query");
	is scalar @want, $n // scalar @want, "$path: there are so many";
	my $got = sub { my $r = $o->get("$path$_[0]");
		return [ $r->{json}{page}, $r->{json}{size}, map { $_->{$name} }
		    @{ $r->{json}{responseObject}{$member} } ] };
	is_deeply $got->(''), [ undef, undef, @want ], "$path: all, in order";
	is_deeply $got->('?page=2&size=100'), [ 2, 100, @want[200 .. 299] ],
	    "$path: a part";
	is_deeply $got->('?page=99&size=100'), [ 99, 100 ],
	    "$path: behind the end";
}

# --- campaigns of many applications -----------------------------------------

# More than a connection keeps the names of (db/kept.h), three campaigns each,
# so that no two of them are neighbours.
$o->sql("INSERT INTO push_campaign (app_id, message, timestamp_created)
    SELECT a.id, '{}', UTC_TIMESTAMP(3) FROM seq_1_to_3 JOIN
    push_app_credentials a WHERE a.app_id <= 'app-00150' ORDER BY seq, a.id");
my %name = map { @$_ } $o->sql('SELECT c.id, a.app_id FROM push_campaign c'
    . ' JOIN push_app_credentials a ON a.id = c.app_id');
sub names { return { map { $_->{id} => $_->{appId} }
    @{ list($_[0])->{json}{responseObject} } } }
is scalar keys %name, 450, '150 applications have campaigns';
is_deeply names(''), \%name, 'each campaign with the name of its own';
is_deeply names('&order=newest'), \%name, 'the newest first: the same';
$o->sql("DELETE FROM push_app_credentials WHERE app_id = 'app-00007'");
delete @name{grep { $name{$_} eq 'app-00007' } keys %name};
# each connection keeps names for itself, for two seconds
my ($told, $again);
ok $o->wait_for(60, sub {
	$told = names('');
	$again = names('&order=newest');
	return keys %$told == 447 && keys %$again == 447 }),
    'those of a removed application are soon told no more';
is_deeply $_, \%name, 'and all others are' for $told, $again;
$o->sql('DELETE FROM push_campaign');

# --- devices ----------------------------------------------------------------

$o->sql("INSERT INTO push_device_registration (activation_id, user_id, app_id,
    platform, push_token, timestamp_last_registered, is_active)
    SELECT UUID(), 'joe', a.id, 'fcm', CONCAT(a.app_id, '-', seq),
    UTC_TIMESTAMP(3), 1 FROM seq_1_to_1000 JOIN push_app_credentials a
    WHERE a.app_id = '$app'");
$r = $o->get('/push/device/list?userId=joe');
is scalar @{ $r->{json}{responseObject}{devices} }, 1000, '1,000 devices';
is $r->{headers}{'x-more-entries'}, undef, 'are all';
$o->device($other, 'joe', 'fcm', 'one-more');
$o->sql("UPDATE push_device_registration SET timestamp_last_registered =
    '2020-01-01' WHERE push_token = 'one-more'");
$r = $o->get('/push/device/list?userId=joe');
is scalar @{ $r->{json}{responseObject}{devices} }, 1000, 'of 1,001 as many';
is $r->{headers}{'x-more-entries'}, 'true', 'and the answer tells of more';
$r = $o->get('/push/device/list?userId=joe', as($one));
is_deeply [ map { $_->{appId} } @{ $r->{json}{responseObject}{devices} } ],
    [ $other ], 'one bound to an application sees its own, however old';
is $r->{headers}{'x-more-entries'}, undef, 'which are all';

# Of one application MariaDB is not asked to sort a few.
sub devices {
	my $r = $o->get("/push/device/list?userId=$_[0]&appId=$app");
	return ($r->{headers}{'x-more-entries'}, map { $_->{device} }
	    @{ $r->{json}{responseObject}{devices} });
}
sub newest { return map { $_->[0] } $o->sql('SELECT d.id FROM'
    . ' push_device_registration d JOIN push_app_credentials a ON a.id ='
    . " d.app_id WHERE d.user_id = '$_[0]' AND a.app_id = '$app' ORDER BY"
    . ' d.timestamp_last_registered DESC, d.id DESC LIMIT 1000') }
$o->sql("UPDATE push_device_registration SET timestamp_last_registered =
    '2024-01-01' + INTERVAL (id * 7919) % 400 HOUR WHERE user_id = 'joe'");
is_deeply [ devices('joe') ], [ undef, newest('joe') ],
    '1,000 devices of an application: the newest first';
$o->sql("INSERT INTO push_device_registration (activation_id, user_id, app_id,
    platform, push_token, timestamp_last_registered, is_active)
    SELECT UUID(), 'joe', a.id, 'fcm', CONCAT('late-', seq),
    UTC_TIMESTAMP(3), 1 FROM seq_1_to_5 JOIN push_app_credentials a
    WHERE a.app_id = '$app'");
is_deeply [ devices('joe') ], [ 'true', newest('joe') ],
    'of 1,005 the newest, and the answer tells of more';

# Page by page each is seen once, also of those that have the same time.
sub devices_page {
	my ($query, $page, $size, @as) = @_;
	my $r = $o->get("/push/device/list?$query&page=$page&size=$size", @as);
	is $r->{status}, 200, "$query: page $page of $size";
	is_deeply [ @{ $r->{json} }{qw(page size)} ], [ $page, $size ],
	    'the answer has both';
	return ($r->{headers}{'x-more-entries'}, map { $_->{device} }
	    @{ $r->{json}{responseObject}{devices} });
}
sub sorted {
	my ($of) = @_;
	return map { $_->[0] } $o->sql('SELECT d.id FROM'
	    . ' push_device_registration d JOIN push_app_credentials a ON a.id'
	    . " = d.app_id WHERE d.user_id = 'joe' $of ORDER BY"
	    . ' d.timestamp_last_registered DESC, d.id DESC');
}
$o->sql("UPDATE push_device_registration SET timestamp_last_registered =
    '2024-01-01' + INTERVAL (id * 7919) % 40 HOUR WHERE user_id = 'joe'");
for my $case ([ 'userId=joe', '', 1006 ],
    [ "userId=joe&appId=$app", "AND a.app_id = '$app'", 1005 ],
    [ 'userId=joe', "AND a.app_id = '$other'", 1, as($one) ]) {
	my ($query, $of, $n, @as) = @$case;
	my (@seen, $more);
	for my $page (0 .. 2) {
		($more, my @ids) = devices_page($query, $page, 400, @as);
		is $more, @seen + @ids < $n ? 'true' : undef,
		    'which tells of more as long as there are';
		push @seen, @ids;
	}
	is scalar @seen, $n, "$n devices on the pages";
	is_deeply \@seen, [ sorted($of) ], 'newest first, each once';
}
is_deeply [ devices_page('userId=joe', 9, 400) ], [ undef ],
    'behind the last there is none';
my @all = devices_page('userId=joe', 0, 2000);
is_deeply \@all, [ undef, sorted('') ], 'a page may be larger than the list is';
$r = $o->get('/push/device/list?userId=joe&page=0');
is_deeply [ $r->{json}{size}, scalar @{ $r->{json}{responseObject}{devices} } ],
    [ 20, 20 ], 'a page has 20 unless its size is given';
$r = $o->get('/push/device/list?userId=joe');
is_deeply [ map { $_->{device} } @{ $r->{json}{responseObject}{devices} } ],
    [ (sorted(''))[0 .. 999] ], 'without page and size the newest 1,000';
is_deeply [ sort keys %{ $r->{json} } ], [ qw(responseObject status) ],
    'in the published form';

# --- whom one call sends to -------------------------------------------------

$o->sql("INSERT INTO push_device_registration (activation_id, user_id, app_id,
    platform, push_token, timestamp_last_registered, is_active)
    SELECT UUID(), IF(seq <= 60000, 'half', 'rest'), a.id, 'fcm',
    CONCAT('crowd-', seq), UTC_TIMESTAMP(3), 1 FROM seq_1_to_160001
    JOIN push_app_credentials a WHERE a.app_id = '$app'");
my $before = ($o->sql('SELECT COUNT(*) FROM push_send'))[0][0];
sub batch { return $o->post('/push/message/batch/send', { requestObject => {
    appId => $app, mode => 'ASYNCHRONOUS', batch => [ map { { userId => $_,
	body => { body => 'B' } } } @_ ] } }) }
for my $case ([ 'one user of 100,001 devices', 'rest' ],
    [ 'two users of 120,000', 'half', 'half' ]) {
	my ($name, @users) = @$case;
	$r = batch(@users);
	is $r->{status}, 413, "$name: 413" or diag $r->{body};
	like $r->{json}{responseObject}{message},
	    qr/more than 100000 devices: a campaign/, 'with words';
}
is +($o->sql('SELECT COUNT(*) FROM push_send'))[0][0], $before,
    'nothing is sent';

done_testing;
