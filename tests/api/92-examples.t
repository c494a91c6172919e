#!/usr/bin/perl
# The page of examples, taken from EXAMPLES.md and run in its order through the
# web server, by a caller who has the token, the secret and the roles that the
# page asks for: each prints what the page shows, and the providers got it.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use JSON::PP;
use Manual;
use Outpost;
use Test::More;

my $page = dirname(__FILE__) . '/../../EXAMPLES.md';
my $o = Outpost->up(auth => 'basic');
my $dir = "$o->{run}.examples";
my $json = JSON::PP->new->utf8->allow_nonref;

# The blocks between fences: what kind, the text, and the line where it begins.
sub blocks {
	my ($text) = @_;
	my @blocks;
	while ($text =~ /^```(\w*)\n(.*?)^```$/msg) {
		my ($kind, $block) = ($1, $2);
		my $line = 1 + substr($text, 0, $-[0]) =~ tr/\n//;
		push @blocks, { kind => $kind, text => $block, line => $line };
	}
	return @blocks;
}

sub run {
	my (@command) = @_;
	open my $p, '-|', 'sh', '-c', 'cd "$1" && shift && exec "$@" 2>&1',
	    'sh', $dir, @command or die "$command[0]: $!\n";
	local $/;
	my $said = <$p> // '';
	close $p;
	$o->{planted}->answer($said, "@command");
	return ($?, $said);
}

# Several values one after the other, as several calls print them.
sub values_of {
	my ($text) = @_;
	my $reader = JSON::PP->new->utf8->allow_nonref;
	$reader->incr_parse($text);
	my @values;
	while (defined(my $value = eval { $reader->incr_parse })) {
		push @values, $value;
	}
	return \@values;
}

sub is_shown {
	my ($said, $shown, $name) = @_;
	if ($shown->{kind} eq 'json') {
		is_deeply [ Manual::differences(values_of($said),
		    values_of($shown->{text}), 'answer') ], [],
		    "$name: the answer" or diag $said;
		return;
	}
	my $pattern = join '.+', map { quotemeta }
	    split /\.\.\./, $shown->{text}, -1;
	like $said, qr/\A$pattern\z/, "$name: what it prints";
}

# --- what the page asks for -------------------------------------------------

my $text = $o->read_file($page);
my ($roles) = $text =~ /--role (\S+)/ or die "no roles on the page\n";
{
	my $admin = $o->integration('page-admin', 'admin,device');
	local $o->{headers} = { Authorization => $admin->{basic} };
	$o->app('my-app');
}
my $caller = $o->integration('my-shop', $roles);
local $ENV{OUTPOST_URL} = "http://127.0.0.1:$o->{port}$o->{prefix}";
local $ENV{OUTPOST_TOKEN} = $caller->{token};
local $ENV{OUTPOST_SECRET} = $caller->{secret};
make_path($dir);
END { remove_tree($dir) if $dir }

# --- the page ---------------------------------------------------------------

my @blocks = blocks($text);
my (%ran, %argument);
while (my $block = shift @blocks) {
	my $name = "line $block->{line}";
	if ($block->{kind} eq 'csv') {
		$o->write_file("$dir/users.csv", $block->{text});
		next;
	}
	if ($block->{kind} eq 'sh') {
		my ($status, $said) = run('sh', '-ec', $block->{text});
		is $status, 0, "$name: curl" or diag $said;
		is_shown($said, shift @blocks, $name)
		    if @blocks && $blocks[0]{kind} eq 'json';
		$ran{sh}++;
		next;
	}
	is $block->{kind}, 'php', "$name: PHP" or next;
	my ($file, $wants) = $block->{text} =~ m{^// (\w+\.php)(?: (\w+))?$}m
	    or die "$name: no name\n";
	$o->write_file("$dir/$file", $block->{text});
	next if $file eq 'outpost.php';
	my ($status, $said) = run('php', '-d', 'error_reporting=-1', '-d',
	    'display_errors=1', $file, $wants ? $argument{$wants} : ());
	is $status, 0, "$name: $file" or diag $said;
	is_shown($said, shift @blocks, "$name: $file");
	$argument{MESSAGE} = $1 if $said =~ /^message (\d+)$/m;
	$argument{FILE} = 'users.csv';
	$ran{php}++;
}
is_deeply \%ran, { php => 6, sh => 6 }, 'all of them were run';

# --- what came of it --------------------------------------------------------

# So often each title came to each provider; campaigns go out by themselves.
sub pushes {
	my %pushes;
	$pushes{ $_->{provider} }{ $_->{payload}{message}{android}
	    {notification}{title} // '?' }++ for $o->ledger;
	return \%pushes;
}

my %wanted = (
    fcm => { 'Your order is on its way' => 1, 'Summer sale' => 3 },
    hms => { 'Your order is on its way' => 1, 'Summer sale' => 1 });
$o->wait_for(60, sub { $o->ledger >= 6 });
is_deeply pushes(), \%wanted, 'each push was received';
run('php', 'send.php');
is_deeply pushes(), \%wanted, 'an order that is sent again is not pushed again';

# --- a call that fails at first ---------------------------------------------

# Closes the first connection, answers the second with 503, the third with OK;
# returns the keys that came.
sub stand_in {
	my ($listener) = @_;
	my @keys;
	for my $status (undef, '503 Busy', '200 OK') {
		my $caller = $listener->accept or last;
		my ($body, $length) = ('', 0);
		while (my $line = <$caller>) {
			push @keys, $1 if $line =~ /^Idempotency-Key: (\S+)/i;
			$length = $1 if $line =~ /^Content-Length: (\d+)/i;
			last if $line eq "\r\n";
		}
		read $caller, $body, $length;
		print $caller "HTTP/1.1 $status\r\nContent-Length: 2\r\n"
		    . "Connection: close\r\n\r\n{}" if defined $status;
		close $caller;
	}
	return @keys;
}

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5,
    Timeout => 120) or die "listen: $!\n";
$ENV{OUTPOST_URL} = 'http://127.0.0.1:' . $listener->sockport;
open my $again, '-|', 'sh', '-c',
    'cd "$1" && exec php again.php 2>&1', 'sh', $dir or die "php: $!\n";
my @keys = stand_in($listener);
close $listener;
my $said = do { local $/; <$again> } // '';
close $again;
is "$? $said", '0 ', 'no answer and 503 are asked again, and then it is good';
is scalar(@keys), 3, 'three calls';
is_deeply [ grep { $_ ne $keys[0] } @keys ], [], 'with one key';

done_testing;
