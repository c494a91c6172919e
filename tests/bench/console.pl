# What each page of the console asks for first, beside a run of 100,000.
use strict;
use warnings;
use Bench;
use HTTP::Tiny;
use Time::HiRes qw(time);

# A page asks for all of it at once; here one call follows the other, so a page
# is there sooner than this tells. What it shows later, as the audience of a
# campaign, is measured apart. The reference is the same with nothing under way.
my $devices = few(100000, 20000);
my $samples = few(40, 4);	# of each page
my ($o, $campaign, $message, $client);

my @pages = (
    [ 'overview', qw(/admin/queue /admin/app/health?state=held
	/admin/upkeep /admin/minutes?hours=3) ],
    [ 'overview, a week', '/admin/minutes?hours=168' ],
    [ 'applications', '/admin/app/list?page=0&size=50' ],
    [ 'application', '/admin/app/detail',
	'/admin/app/health?appId=bench' ],
    [ 'users', '/admin/app/list?page=0&size=500',
	'/push/device/list?userId=c500&page=0&size=50',
	'/admin/message/list?userId=c500&page=0&size=50' ],
    [ 'message', '/admin/message/MESSAGE?page=0&size=50',
	'/push/message/MESSAGE/status' ],
    [ 'campaigns',
	'/push/campaign/list?state=all&order=newest&page=0&size=50' ],
    [ 'campaign', map { "/push/campaign/CAMPAIGN/$_" }
	qw(detail preview status) ],
    [ 'audience', '/push/campaign/CAMPAIGN/audience' ],
    [ 'quarantine', '/admin/device/quarantine?appId=bench&page=0&size=50' ],
    [ 'integrations', '/admin/integration/list?page=0&size=50' ],
    [ 'audit', '/admin/audit?page=0&size=50' ]);

sub fill {
	my $app = number('SELECT id FROM push_app_credentials WHERE app_id ='
	    . ' "bench"');
	$o->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . ' timestamp_last_registered, is_active) SELECT UUID(),'
	    . " CONCAT('c', seq), $app, 'ios', 'development', LPAD(HEX(seq),"
	    . " 64, 'e'), UTC_TIMESTAMP(3), 1 FROM seq_1_to_$devices");
	$campaign = $o->post('/push/campaign/create', { requestObject => {
	    appId => 'bench', message => { title => 'T', body => 'B' } } })
	    ->{json}{responseObject}{id};
	$o->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
	    . " timestamp_created) SELECT $campaign, CONCAT('c', seq),"
	    . " UTC_TIMESTAMP(3) FROM seq_1_to_$devices");
	$message = $o->send('bench', 'c500')->{json}{responseObject}
	    {messageId};
}

# The body of a POST is a packet of its own, which waits for an answer to the
# one before on a connection that has been used: so each has a new one.
sub ask {
	my ($path) = @_;
	$path =~ s/CAMPAIGN/$campaign/;
	$path =~ s/MESSAGE/$message/;
	my $url = "http://127.0.0.1:$o->{port}$o->{prefix}$path";
	my $r = $path =~ m{/detail$} && $path =~ m{^/admin}
	    ? HTTP::Tiny->new(keep_alive => 0, timeout => 300)->post($url, { headers => { 'content-type' =>
		'application/json' }, content =>
		'{"requestObject":{"appId":"bench","includeApns":true}}' })
	    : $client->get($url);
	die "$path: $r->{status} $r->{content}\n" if $r->{status} != 200;
}

# Milliseconds of one page.
sub page {
	my (undef, @paths) = @{ $_[0] };
	my $begin = time;
	ask($_) for @paths;
	return (time - $begin) * 1000;
}

sub state_now {
	return $o->get("/push/campaign/$campaign/status")->{json}
	    {responseObject}{state};
}
sub start {
	my $r = $o->post("/push/campaign/send/live/$campaign",
	    { requestObject => { again => \1 } }, timeout => 300);
	die "live: $r->{status} $r->{body}\n" if $r->{status} != 200;
}

# All pages in turns, while a run is under way; a sample counts only if that
# run is still going on behind it. A run that is over is begun once more.
sub beside_runs {
	my %took;
	my $runs = 0;
	my $count = sub { scalar @{ $took{ $pages[-1][0] } // [] } };
	while ($count->() < $samples) {
		++$runs && start() if state_now() =~ /^(created|done)$/;
		for (@pages) {
			my $ms = page($_);
			last if state_now() eq 'done';
			push @{ $took{ $_->[0] } }, $ms;
		}
	}
	$o->wait_for(300, sub { state_now() eq 'done' });
	return ($runs, %took);
}

sub of_100 {
	my ($percent, @all) = @_;
	return (sort { $a <=> $b } @all)[ int($#all * $percent / 100 + 0.5) ];
}

sub {
	$o = stack();
	$client = HTTP::Tiny->new(timeout => 300);
	fill();
	my %quiet;
	for (1 .. $samples) {
		push @{ $quiet{ $_->[0] } }, page($_) for @pages;
	}
	my ($runs, %took) = beside_runs();
	for (map { $_->[0] } @pages) {
		my @all = @{ $took{$_} };
		my ($ms, $alone) = (of_100(95, @all), of_100(95,
		    @{ $quiet{$_} }));
		result("console, $_", sprintf('%.1f ms', $ms),
		    sprintf('%.1f ms', $alone), $ms / $alone, $_ eq 'audience'
		    ? 'quiet' : ('under 200 ms (quiet)', $ms < 200));
	}
	print thousands($devices), " devices a run, $runs runs, ",
	    "95 of 100 of $samples\n";
}
