#!/usr/bin/perl
# The users of a campaign: many at once, by several callers at once, listed to
# the end, and what a large body may have.
use strict;
use warnings;
use Crowd;
use Outpost;
use Reach;
use Test::More;

my $o = Outpost->up(conf => "[database]\ntimeout = 60s\n");
my $app = $o->app('mobile-app');

sub object { return { requestObject => $_[0] } }

sub campaign {
	my $r = $o->post('/push/campaign/create', object({ appId => $app,
	    message => { body => 'All' } }));
	return $r->{json}{responseObject}{id};
}

sub count { my ($id) = @_;
	return ($o->sql("SELECT COUNT(*) FROM push_campaign_user
	    WHERE campaign_id = $id"))[0][0] }

# --- several callers --------------------------------------------------------

# One of them waits for a row that somebody has locked, and with it for the gap
# before it. Others, whose users are behind both, are answered meanwhile.
{
	my $id = campaign();
	$o->put("/push/campaign/$id/user/add", object(['locked']));
	my $lock = $o->keep_locked('BEGIN; SELECT * FROM push_campaign_user'
	    . " WHERE campaign_id = $id AND user_id = 'locked' FOR UPDATE");
	my $stuck = Crowd->new($o, 1, "/push/campaign/$id/user/add",
	    [ map({ "a-$_" } 1 .. 50), 'locked', 'z' ]);
	ok $o->wait_for(60, sub { $o->transactions('t.trx_id',
	    "t.trx_state = 'LOCK WAIT'") }), 'a caller waits';
	for my $n (1 .. 3) {
		my $r = $o->put("/push/campaign/$id/user/add",
		    object([ map { "m$n-$_" } 1 .. 50 ]));
		is $r->{status}, 200, 'another one does not'
		    or diag $r->{body};
	}
	is $o->post("/push/campaign/$id/user/delete",
	    object([ map { "m1-$_" } 1 .. 50 ]))->{status}, 200,
	    'nor one that deletes';
	is count($id), 101, 'theirs are written';
	$o->let_go($lock);
	my ($r) = $stuck->answers(60);
	is $r->{status}, 200, 'then the first one goes on'
	    or diag $r->{json}{responseObject}{message};
	is count($id), 152, 'and its users are there';
}

# MariaDB may give a row the id of another user, whose row it then meets: that
# is not taken for the same user, but fails, and is repeated.
sub with_id {
	my ($taken, $sql, @values) = @_;
	$sql =~ s/\?/shift @values/ge;
	return !!eval { $o->sql("SET sql_mode = 'STRICT_ALL_TABLES',"
	    . " insert_id = $taken; $sql"); 1 };
}

{
	my $id = campaign();
	my %text = Reach::texts("$o->{bin}/seed");
	$o->put("/push/campaign/$id/user/add", object(['there']));
	my ($taken) = @{ ($o->sql('SELECT id FROM push_campaign_user WHERE'
	    . " campaign_id = $id"))[0] };
	for my $name (qw(SQL_CAMPAIGN_USER_ADD SQL_IMPORT_CAMPAIGN_USER_ADD)) {
		for ([ 'there', 1, 'the same user' ], [ 'new', 0, 'another' ]) {
			my ($user, $fine, $what) = @$_;
			is with_id($taken, $text{$name}, $id, "'$user'", 0),
			    !!$fine, "$name: $what by the same id";
		}
	}
	is count($id), 1, 'nobody is taken for there';
}

# as many as are written in several transactions, each user named by two
{
	my $id = campaign();
	my @got = Crowd->new($o, 8, "/push/campaign/$id/user/add", sub {
		my $from = 3500 * ($_[0] - 1);
		return [ map { $_ % 28000 } $from + 1 .. $from + 7000 ];
	})->answers(300);
	is_deeply [ map { $_->{status} } @got ], [ (200) x 8 ],
	    'eight callers at once, 7,000 users each';
	is count($id), 28000, 'each user once';
	@got = Crowd->new($o, 8, "/push/campaign/$id/user/delete", sub {
		my $from = 3500 * ($_[0] - 1);
		return [ map { $_ % 28000 } $from + 1 .. $from + 6900 ];
	})->answers(300);
	is_deeply [ map { $_->{status} } @got ], [ (200) x 8 ],
	    'eight that delete';
	is count($id), 0, 'each is gone';
}

# --- the list ---------------------------------------------------------------

# In the order of bytes, and each once, also while users come and go.
{
	my $id = campaign();
	my @users = sort map { ("u$_", "U$_", "\x{e9}$_") } 1 .. 40;
	$o->put("/push/campaign/$id/user/add", object(\@users));
	my ($after, @seen) = ('');
	for (1 .. 20) {
		my $r = $o->get("/push/campaign/$id/user/list?size=17"
		    . ($after ne '' ? "&after=$after" : ''));
		my @page = @{ $r->{json}{responseObject}{users} };
		last if !@page;
		push @seen, @page;
		$after = $page[-1];
		utf8::encode($after);
		$after =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
		# neither moves the rest
		$o->put("/push/campaign/$id/user/add", object(['A']));
		$o->post("/push/campaign/$id/user/delete", object(['A']));
	}
	is_deeply \@seen, \@users, 'all, behind one user after the other';
	is_deeply $o->get("/push/campaign/$id/user/list?after=u38&page=1"
	    . '&size=1')->{json}, { status => 'OK', page => 1, size => 1,
	    responseObject => { campaignId => $id, users => ['u4'] } },
	    'pages are counted from there';
	is_deeply $o->get("/push/campaign/$id/user/list?after=%F3%A0%80%81")
	    ->{json}{responseObject}{users}, [], 'behind the last one';
	is $o->get("/push/campaign/$id/user/list?after=" . 'x' x 256)
	    ->{status}, 400, 'one that no user can be';
}

# --- as many as a call takes ------------------------------------------------

{
	my $id = campaign();
	my @users = map { "n$_" } 1 .. 100_000;
	for ([ put => 'add', 100_000 ], [ post => 'delete', 0 ]) {
		my ($method, $verb, $left) = @$_;
		my $path = "/push/campaign/$id/user/$verb";
		is $o->$method($path, object([ @users, 'more' ]))->{status},
		    400, "$verb: 100,001 users are too many";
		is $o->$method($path, object(\@users))->{status}, 200,
		    '100,000 are not';
		is count($id), $left, 'each of them is done';
	}
}

# --- a large body -----------------------------------------------------------

{
	my $id = campaign();
	my @long = map { sprintf '%s-%05d', 'x' x 200, $_ } 1 .. 9000;
	is $o->put("/push/campaign/$id/user/add", object(\@long))->{status},
	    200, 'two megabytes of users';
	is count($id), 9000, 'are added';
	is $o->post("/push/campaign/$id/user/delete", object(\@long))
	    ->{status}, 200, 'two megabytes';
	is count($id), 0, 'are deleted';
	my $body = '{"requestObject":["x"]}';
	my $max = 8 << 20;
	for ([ put => 'add', 1 ], [ post => 'delete', 0 ]) {
		my ($method, $verb, $left) = @$_;
		my $path = "/push/campaign/$id/user/$verb";
		is $o->$method($path, $body . ' ' x ($max - length $body))
		    ->{status}, 200, "$verb: a body as large as may be";
		is count($id), $left, 'is done';
		my $r = $o->$method($path, $body
		    . ' ' x ($max + 1 - length $body));
		is $r->{status}, 413, 'one byte more';
		like $r->{json}{responseObject}{message},
		    qr/larger than 8388608/, 'and why';
	}
	my $r = $o->post('/push/campaign/create', $body
	    . ' ' x ((1 << 20) + 1 - length $body));
	is $r->{status}, 413, 'of other calls the setting counts';
}

$o->down;
done_testing;
