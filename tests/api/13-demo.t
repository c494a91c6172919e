#!/usr/bin/perl
# The first command of the README: words and no commands of a compiler, four
# pushes, and this also on a machine whose own name nobody resolves.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use HTTP::Tiny;
use JSON::PP;
use Outpost;
use Test::More;

my $bin = abs_path($ENV{BIN} // 'build/release');
my $dir = abs_path('.') . "/build/test/demo-$$";
delete @ENV{qw(MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL)};
make_path($dir);
END { remove_tree($dir) if $dir }

sub run {
	my ($what, $command) = @_;
	my $said = qx($command 2>&1);
	is $?, 0, $what or diag $said;
	return $said;
}

# --- building ---------------------------------------------------------------

# A compiler that is done at once.
open my $f, '>', "$dir/cc" or die "$dir/cc: $!\n";
print $f "#!/usr/bin/env sh\n",
    'while [ "$1" != -o ]; do shift; done; : >"$2"', "\n";
close $f;
chmod 0755, "$dir/cc";
my $build = "make build CC=$dir/cc O=$dir/build";
is run('make build', $build),
    "building the programs, which takes a minute or two\n", 'says so in words';
is run('make build, again', $build), '', 'says nothing when there is no need';

# --- the demonstration ------------------------------------------------------

# Only root can give a process names of its own.
my $apart = $> == 0 ? 'unshare --uts --mount sh -c' : 'sh -c';
my $name = $> == 0 ? 'hostname no-such-name && ! getent hosts no-such-name &&'
    . ' mount --bind /dev/null /etc/hosts &&' : '';
my %env = (PORT => Outpost::free_port(), RUN => "$dir/run", BIN => $bin);
my $words = join ' ', map { "$_=$env{$_}" } sort keys %env;
my $said = run('make demo', "$apart '$name $words tools/demo'");
like $said, qr{^message\ \d+,\ answered:\n
    apns\ +1\ sent,\ 0\ failed,\ 0\ pending\n
    fcm\ +1\ sent,\ 0\ failed,\ 0\ pending\n
    hms\ +1\ sent,\ 0\ failed,\ 0\ pending\n
    webpush\ +1\ sent,\ 0\ failed,\ 0\ pending\n}mx, 'shows what was answered';
my @pushes = sort $said =~
    /^(\w+) +to token \S+  Balance update: Your balance is now \$745.00$/mg;
is_deeply \@pushes, [qw(apns fcm hms webpush)],
    'and what the providers got';
my ($url, $page) = $said =~ m{^The\ server\ stays\ up\ at\ (\S+),
    \ a\ page\ for\ browsers\ at\ (\S+)$}mx;
my $site = JSON::PP->new->decode(HTTP::Tiny->new->get("$url${page}site.json")
    ->{content});
like $site->{key}, qr/^B[\w-]{86}$/, 'the page has the key';
my $browser = { endpoint => 'https://web.push.apple.com/demo', keys =>
    { p256dh => $site->{key}, auth => 'BTBZMqHH6r4Tts7J_aSIgg' } };
my $answer = HTTP::Tiny->new->post($site->{save}, { headers => {
    'Content-Type' => 'application/json' }, content => JSON::PP->new->encode({
	requestObject => { %{ $site->{request} }, token => $browser } }) });
is $answer->{status}, 200,
    'and registers a browser at the address of the demonstration';
SKIP: {
	skip 'php-cgi is not installed', 1 if $said !~ m{(/site/login\S+)};
	my $http = HTTP::Tiny->new(max_redirect => 0);
	my ($cookie) = ($http->get("$url$1")->{headers}{'set-cookie'} // '')
	    =~ /^([^;]+)/;
	like $http->get("$url/site/subscribe.php", { headers => {
	    Cookie => $cookie } })->{content}, qr/"key":"\Q$site->{key}\E"/,
	    'so has the page by PHP, whose user has logged in';
}
like $said, qr{^ +\Q$url\E/console/( |$)}m, 'the console has its address';
my @lines = split /\n/, $said;
cmp_ok scalar(@lines), '<=', 40, 'on one screen';
is_deeply [ grep { length > 80 && !/\Q$dir\E/ } @lines ], [],
    'of 80 columns';
run('make down', "$words tools/stack down");

done_testing;
