#!/usr/bin/perl
# The outpost command on a running stack: what it says, in words and as JSON,
# what it refuses, and that its messages arrive.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my $k = $o->{keys};
my $app = 'cli-' . time . "-$$";
my $dir = "$o->{run}.cli";
mkdir $dir;

# Succeeds; answers what was said.
sub good {
	my ($name, @words) = @_;
	my ($status, $said) = $o->outpost(@words);
	is $status, 0, $name or diag $said;
	return $said;
}

# Fails with that status, saying that.
sub bad {
	my ($status, $like, @words) = @_;
	my ($got, $said) = $o->outpost(@words);
	is $got, $status, "outpost @words: exit status $status" or diag $said;
	like $said, $like, 'with a sentence';
}

sub json_of { return Outpost::json()->decode(good(@_, '--json')) }

# --- usage ------------------------------------------------------------------

my @commands = (['setup'], ['queue'], ['send'], ['version'],
    (map { ['app', $_] } qw(list create show apns fcm hms remove-apns
	remove-fcm remove-hms)),
    (map { ['activation', $_] } qw(set show)), ['device', 'list'],
    (map { ['integration', $_] } qw(create rotate remove list)));
like good("@$_ --help", @$_, '--help'), qr/^usage: +outpost @$_/,
    'shows its usage' for @commands;

# All pages of help fit a terminal, whose last line is for what comes next. The
# first lists the groups, one of a group its commands.
sub page {
	my (@words) = @_;
	my $page = good("@words --help", @words, '--help');
	my @lines = split /\n/, $page;
	cmp_ok scalar(@lines), '<=', 23, "outpost @words --help fits";
	is_deeply [ grep { length > 80 } @lines ], [], 'in each line';
	return $page;
}
my @listed;
for my $line (split /\n/, page()) {
	my ($groups) = $line =~ /^  .{9}  ([a-z-]+(?:, [a-z-]+)*)  +\S/ or next;
	for my $group (split /, /, $groups) {
		my @verbs = page($group) =~ /^  outpost \Q$group\E ([a-z-]+)/mg;
		push @listed, @verbs ? map { "$group $_" } @verbs : $group;
	}
}

# Each stands in the manual with its options, but those that all have.
my %manual;
my $text = $o->read_file('man/outpost.8');
# an item of several lines
$text =~ s{^\.It Xo\n(.*?)^\.Xc$}{
	join ' ', '.It', map { s/^\.//r } split /\n/, $1 }gmse;
for my $line (split /\n/, $text) {
	my ($words) = $line =~ /^\.It Cm ((?:[a-z]\S* ?(?:\| )?)+)/ or next;
	my ($group, @names) = split / \| | /, $words;
	for my $command (@names ? map { "$group $_" } @names : $group) {
		$manual{$_} = 1 for $command,
		    map { "$command --$_" } $line =~ /Fl -([a-z-]+)/g;
	}
}
cmp_ok scalar(@listed), '>', 30, 'the usage was read';
is_deeply [ grep { !$manual{$_} } map { my $command = $_; $command,
    map { "$command --$_" } grep { !/^(?:json|help)\z/ }
    page(split / /, $command) =~ /^ +--([a-z-]+)/mg } @listed ], [],
    'every command is in the manual, with its options';
my %is_listed = map { $_ => 1 } @listed;
is_deeply [ grep { !$is_listed{$_} } grep { !/ --/ } sort keys %manual ], [],
    'and every command of the manual in the help';
like good('version', 'version'), qr/^outpost \d+\.\d+/, 'a version';
bad(2, qr/usage/);
bad(2, qr/unknown command: nix/, 'nix');
bad(2, qr/unknown command: nix\n.*outpost app create NAME/s, 'app', 'nix');
bad(2, qr/outpost app list/, 'app');
bad(2, qr/unknown option: --nix/, 'app', 'list', '--nix');
bad(2, qr/unknown option: --nix/, '--nix', 'app', 'list');
bad(2, qr/argument is missing: NAME/, 'app', 'create');
bad(2, qr/one argument too many: b/, 'app', 'create', 'a', 'b');
bad(2, qr/option is missing: user/, 'device', 'list');
bad(2, qr/value is missing behind: --user/, 'device', 'list', '--user');
bad(2, qr/--mode takes one of the values sync, async\n/, 'send', '--app',
    'a', '--user', 'u', '--mode', 'loud');
bad(2, qr/takes no value/, 'send', '--app', 'a', '--user', 'u',
    '--silent=no');
bad(1, qr{cannot read settings /nowhere}, '-c', '/nowhere', 'app', 'list');

# A full disk does not pass for a short answer.
for my $line ('outpost version', 'outpost --help', 'push.fcgi -V',
    "push.fcgi -c $o->{conf} -T", 'push.fcgi -O') {
	my $said = `$o->{bin}/$line 2>&1 >/dev/full`;
	is $? >> 8, 1, "$line on a full disk";
	like $said, qr/cannot write all of the output/, 'says so';
}

# --- applications -----------------------------------------------------------

is good('app create', 'app', 'create', $app), "$app: created\n", 'it says so';
bad(1, qr/application "\Q$app\E" exists/, 'app', 'create', $app);
bad(2, qr/1 to 255 bytes/, 'app', 'create', 'x' x 256);
bad(1, qr/no application "nix"/, 'app', 'show', 'nix');
bad(1, qr/cannot open \/nowhere/, 'app', 'apns', $app, '--key-file',
    '/nowhere', '--key-id', 'K', '--team-id', 'T', '--bundle', 'b');
bad(1, qr/private key/, 'app', 'apns', $app, '--key-file', $o->{conf},
    '--key-id', 'K', '--team-id', 'T', '--bundle', 'b');
bad(1, qr/JSON/, 'app', 'fcm', $app, '--key-file', $o->{conf});
bad(1, qr/no application "nix"/, 'app', 'apns', 'nix', '--key-file',
    $k->{apns}{key_file}, '--key-id', 'K', '--team-id', 'T', '--bundle', 'b');
is good('app show', 'app', 'show', $app) =~ /no credentials/, 1,
    'nothing was set by those';

good('app apns', 'app', 'apns', $app, '--key-file', $k->{apns}{key_file},
    '--key-id', $k->{apns}{key_id}, "--team-id=$k->{apns}{team_id}",
    '--bundle', $k->{apns}{bundle}, '--environment', 'development');
good('app fcm', 'app', 'fcm', $app, '--key-file', $k->{fcm}{account_file});
$o->write_file("$dir/secret", "$k->{hms}{client_secret}\n");
good('app hms', 'app', 'hms', $app, '--project', $k->{hms}{project_id},
    '--client-id', $k->{hms}{client_id}, '--client-secret-file',
    "$dir/secret");
my $shown = json_of('app show --json', 'app', 'show', $app);
my %flags = (appId => $app, webpush => JSON::PP::false,
    map { $_ => JSON::PP::true } qw(apns fcm hms));
delete $shown->{health};
is_deeply $shown, { application => \%flags, holds => [], quarantined => 0,
    queue => [],
    apnsBundle => $k->{apns}{bundle}, apnsKeyId => $k->{apns}{key_id},
    apnsTeamId => $k->{apns}{team_id}, apnsEnvironment => 'development',
    fcmProjectId => $k->{fcm}{project_id},
    hmsProjectId => $k->{hms}{project_id} }, 'what was set, and no key';
my ($listed) = grep { $_->{appId} eq $app }
    @{ json_of('app list --json', 'app', 'list') };
is_deeply $listed, \%flags, 'the list tells what it has';
unlike good('app list', 'app', 'list'), qr/PRIVATE/, 'nor a key in the list';

# --- activations and devices ------------------------------------------------

my $activation = Outpost->uuid;
like good('activation set', 'activation', 'set', $activation, '--user',
    "user-$app", '--app', $app), qr/^\Q$activation\E ACTIVE user/,
    'an activation';
is json_of('activation show --json', 'activation', 'show', $activation)
    ->{userId}, "user-$app", 'is shown';
bad(1, qr/no activation/, 'activation', 'show', 'nix');
bad(1, qr/no application/, 'activation', 'set', 'x', '--user', 'u', '--app',
    'nix');
bad(2, qr/--status takes one of the values CREATED, /, 'activation', 'set',
    'x', '--user', 'u', '--status', 'HAPPY');

my $token = Outpost->apns_token("cli-$app");
$token .= '0' x (64 - length $token) if length $token < 64;
$o->device($app, "user-$app", 'apns', $token, activationId => $activation,
    environment => 'development');
$o->device($app, "user-$app", 'fcm', "fcm-token-$app");
$o->device($app, "user-$app", 'hms', "hms-token-$app");
my $devices = json_of('device list --json', 'device', 'list', '--user',
    "user-$app");
is_deeply [ sort map { $_->{platform} } @$devices ], [ qw(apns fcm hms) ],
    'all devices are listed';
is scalar(grep { $_->{token} !~ /^.{6}\.\.\.\z/ } @$devices), 0,
    'with the beginning of their tokens only';
unlike good('device list', 'device', 'list', '--user', "user-$app", '--app',
    $app), qr/\Q$token\E/, 'in words too';
is_deeply json_of('the older two', qw(device list --limit 2 --skip 1),
    '--user', "user-$app"), [ @$devices[1, 2] ], 'a part of them';
like good('device list --limit', qw(device list --limit 2 --user),
    "user-$app"), qr/^there are more: go on with --skip 2$/m, 'of which more';
like good('device list --skip', qw(device list --skip 3 --user), "user-$app"),
    qr/no more devices/, 'behind the last there is none';
bad(2, qr/--limit takes/, qw(device list --user u --limit 1001));
bad(2, qr/--skip takes/, qw(device list --user u --skip x));
bad(1, qr/no application/, 'device', 'list', '--user', 'u', '--app', 'nix');
is good('device list of nobody', 'device', 'list', '--user', 'nobody'),
    "the user has no device\n", 'nobody has none';

# --- sending ----------------------------------------------------------------

my $before = $o->ledger;
my $sent = json_of('send --json', 'send', '--app', $app, '--user',
    "user-$app", '--title', 'Hello', '--body', 'World', '--extras',
    '{"balance":7}', '--image', 'https://example.com/x.png');
is_deeply [ map { $sent->{result}{$_}{sent} } qw(apns fcm hms) ], [ 1, 1, 1 ],
    'one each is sent' or diag explain $sent;
is $sent->{mode}, 'SYNCHRONOUS', 'by default it waits';
my @lines = $o->ledger;
is scalar(@lines) - $before, 3, 'the ledger has three more';
my ($push) = grep { $_->{provider} eq 'apns' && $_->{token} eq $token }
    @lines;
ok $push, 'the one to APNs is there';
like Outpost::json()->encode($push // {}), qr/Hello.*World|World.*Hello/,
    'with its words';
is scalar(grep { Outpost::json()->encode($_) =~ m{example\.com/x\.png} }
    @lines[$before .. $#lines]), 3, 'each with the picture';
like good('send in words', 'send', '--app', $app, '--user', "user-$app",
    '--silent'), qr/^  apns  1 sent, 0 pending, 0 failed/m, 'words';
$sent = json_of('send --mode async', 'send', '--app', $app, '--user',
    "user-$app", '--title', 'Later', '--mode', 'async');
is $sent->{mode}, 'ASYNCHRONOUS', 'it does not wait';
is $sent->{result}{apns}{total}, 1, 'but has counted';
ok $o->wait_for(60, sub { $o->outpost('queue', '--json') =~ /"rows":0/ }),
    'and it is delivered';

# what others shall not see in a command line
sub typed {
	my ($text, $code) = @_;
	$o->write_file("$dir/typed", $text);
	open my $stdin, '<&', \*STDIN or die "stdin: $!\n";
	open STDIN, '<', "$dir/typed" or die "typed: $!\n";
	my @got = $code->();
	open STDIN, '<&', $stdin or die "stdin: $!\n";
	unlink "$dir/typed";
	return @got;
}
my @unseen = ('send', '--app', $app, '--user', "user-$app", '--body', '-',
    '--title', '-');
typed("A title = typed\nA body\nmore\n", sub { good('send -', @unseen) });
($push) = grep { $_->{provider} eq 'apns' } reverse $o->ledger;
is_deeply $push->{payload}{aps}{alert},
    { title => 'A title = typed', body => 'A body' },
    'lines of standard input';
typed("Title only\n", sub { bad(2, qr/no line on stdin for --body/,
    @unseen) });
typed('x' x 70000, sub { bad(2, qr/stdin for --title is too long/,
    @unseen) });
bad(2, qr/nothing to say/, 'send', '--app', $app, '--user', 'u');
bad(2, qr/--extras: JSON/, 'send', '--app', $app, '--user', 'u', '--title',
    't', '--extras', '{');
bad(2, qr/not a JSON object/, 'send', '--app', $app, '--user', 'u', '--title',
    't', '--extras', '[]');
bad(2, qr/--image does not begin with https/, 'send', '--app', $app, '--user',
    'u', '--title', 't', '--image', 'http://example.com/x.png');
bad(2, qr/0 to 3600/, 'send', '--app', $app, '--user', 'u', '--title', 't',
    '--wait', 'long');
bad(1, qr/no application "nix"/, 'send', '--app', 'nix', '--user', 'u',
    '--title', 't');
is json_of('send to nobody', 'send', '--app', $app, '--user', 'nobody',
    '--title', 't')->{result}{apns}{total}, 0, 'nobody gets nothing';
like good('and in words', 'send', '--app', $app, '--user', 'nobody',
    '--title', 't'), qr/to 0 devices of nobody\n  the user has no device\n/,
    'with the reason';
$o->device($app, 'idle', 'android', 'idle-token');
$o->sql("UPDATE push_device_registration SET is_active = 0 WHERE user_id ="
    . " 'idle'");
is_deeply json_of('send --personal', 'send', '--app', $app, '--user', 'idle',
    '--title', 't', '--personal')->{warnings}, [ 'the message is personal, '
    . 'and no device has an active activation' ], 'another reason';

# --- the queue --------------------------------------------------------------

my $queue = json_of('queue --json', 'queue');
is $queue->{rows}, 0, 'an empty queue';
is scalar @{ $queue->{instances} }, 1, 'one sendd';
is $queue->{instances}[0]{shards}, 64, 'with all shards';
cmp_ok $queue->{instances}[0]{seenSecondsAgo}, '<', 30, 'seen a moment ago';
like good('queue', 'queue'), qr/^the queue is empty\nsendd .*64 shards/,
    'in words';

kill 'STOP', $o->pid('sendd');
good('send while sendd sleeps', 'send', '--app', $app, '--user',
    "user-$app", '--title', 'Waits', '--mode', 'async') for 1 .. 2;
$queue = json_of('queue --json', 'queue');
is $queue->{rows}, 6, 'six wait' or diag explain $queue;
is_deeply [ map { "$_->{appId} $_->{provider} $_->{lane} $_->{rows}" }
    @{ $queue->{queue} } ],
    [ map { "$app $_ 0 2" } qw(apns fcm hms) ], 'two for each service';
my $begin = time;
my ($status, $said) = $o->outpost('send', '--app', $app, '--user',
    "user-$app", '--title', 'Waits', '--wait', '1');
is $status, 0, 'send does not wait for ever';
cmp_ok time - $begin, '<', 20, 'nor for the 30 seconds that it would';
like $said, qr/apns  0 sent, 1 pending/, 'and tells that it is pending';
kill 'CONT', $o->pid('sendd');
ok $o->wait_for(60, sub { $o->outpost('queue', '--json') =~ /"rows":0/ }),
    'sendd wakes up and delivers';

for my $service (qw(apns fcm hms)) {
	good("app remove-$service", 'app', "remove-$service", $app);
}
my $emptied = json_of('app show --json', 'app', 'show', $app);
is_deeply { map { $_ => $emptied->{$_} } grep { !/^(?:health|queue)$/ }
    keys %$emptied }, { application => { appId => $app,
    map { $_ => JSON::PP::false } qw(apns fcm hms webpush) }, holds => [],
    quarantined => 0 }, 'credentials are forgotten';
is json_of('send without credentials', 'send', '--app', $app, '--user',
    "user-$app", '--title', 't')->{leftOut}, 3, 'and all devices left out';
like good('and in words', 'send', '--app', $app, '--user', "user-$app",
    '--title', 't'),
    qr/  the application has no credentials for fcm: 1 devices/, 'and why';

unlink "$dir/secret";
rmdir $dir;
done_testing;
