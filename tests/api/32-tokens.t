#!/usr/bin/perl
# One phone, one spelling of its token: registered, looked up, sent to, set
# aside, given back and removed by any of them. What is no token is refused.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up;
my $app = $o->app('mobile-app');

sub object { return { requestObject => $_[0] } }

sub ok_ { my ($r, $name) = @_;
	is $r->{status}, 200, $name or diag $r->{body};
	is_deeply $r->{json}, { status => 'OK' }, "$name: OK" }

sub create { return $o->post('/push/device/create',
    object({ appId => $app, @_ })) }
sub remove { return $o->delete('/push/device/remove',
    object({ appId => $app, token => $_[0] })) }
sub written { return [ $o->sql('SELECT activation_id, push_token FROM'
    . ' push_device_registration UNION ALL SELECT activation_id, user_id'
    . ' FROM push_activation ORDER BY 1, 2') ] }
sub rows { return [ map { join ' ', @$_ } $o->sql('SELECT activation_id,'
    . ' platform, push_token FROM push_device_registration ORDER BY id') ] }

# A token in the ways that phones, apps and frameworks write it.
sub spellings {
	my ($hex) = @_;
	my $blanks = $hex =~ s/(.{8})(?=.)/$1 /gr;
	return (uc $hex, "<$blanks>", '<' . uc($blanks) . '>', " $hex\n",
	    "\t<$hex> ", $blanks, ucfirst $hex, $hex);
}

# --- APNs: spellings are one token ------------------------------------------

my $hex = '0a1b2c3d4e5f60718293a4b5c6d7e8f9' x 2;
my $n = 0;
for my $s (spellings($hex)) {
	my $platform = $n++ % 2 ? 'ios' : 'apns';
	ok_ create(token => $s, platform => $platform,
	    activationId => "act-$n", userId => "user-$n"), "spelling $n";
	is_deeply rows(), ["act-$n $platform $hex"],
	    'the same row, whose the last one is';
	is $o->send($app, "user-$n")->{json}{responseObject}{result}{apns}
	    {total}, 1, 'it gets a message';
}
for my $i (1 .. $n - 1) {
	is $o->send($app, "user-$i")->{json}{responseObject}{result}{apns}
	    {total}, 0, 'those before do not any more';
}
is_deeply [ map { $_->{token} } $o->ledger ], [ ($hex) x $n ],
    'Apple sees one token';
for my $s (spellings($hex)) {
	ok_ remove($s), 'removed by a spelling';
	is_deeply rows(), [], 'is gone';
	ok_ create(token => $hex, platform => 'apns', activationId => 'act',
	    userId => 'user'), 'registered again';
}
ok_ remove($hex), 'gone';

# set aside by its provider, given back by hand, in capitals
my $dead = Outpost::apns_token('tok-Unregistered');
ok_ create(token => uc $dead, platform => 'apns', activationId => 'act-d',
    userId => 'dead'), 'a phone that is no more';
sub gone { return ($o->sql('SELECT COALESCE(gone_reason, "-") FROM'
    . " push_device_registration WHERE activation_id = 'act-d'"))[0][0] }
is $o->send($app, 'dead')->{json}{responseObject}{result}{apns}{failed}, 1,
    'a message to it fails';
$o->wait_for(60, sub { gone() ne '-' });
is gone(), 'Unregistered', 'it is set aside';
my ($status, $said) = $o->outpost('device', 'restore', '--app', $app,
    '--token', '<' . uc($dead) . '>');
is $status, 0, 'and given back' or diag $said;
is gone(), '-', 'by another spelling';
ok_ remove($dead), 'gone';

# what is no token stays away, however it came there and whoever asks
ok_ create(token => 'ab' x 8, platform => 'apns', activationId => 'act-n',
    userId => 'none'), 'a phone';
ok_ create(token => 'cd' x 8, platform => 'apns', activationId => 'act-m',
    userId => 'none'), 'another';
$o->sql("UPDATE push_device_registration SET gone_at = UTC_TIMESTAMP(3),"
    . " gone_reason = IF(activation_id = 'act-n', 'not a token',"
    . " 'Unregistered'), push_token = IF(activation_id = 'act-n', 'abc',"
    . " push_token) WHERE user_id = 'none'");
sub restore { return $o->outpost('device', 'restore', '--app', $app, @_) }
is_deeply [ restore('--user', 'none') ], [ 0, "1 restored\n"
    . "1 stay in quarantine: what they have is not a token\n" ],
    'only the one with a token comes back';
is_deeply [ $o->sql('SELECT activation_id, gone_reason FROM'
    . " push_device_registration WHERE user_id = 'none' AND gone_at IS NOT"
    . ' NULL') ], [ [ 'act-n', 'not a token' ] ], 'the other is where it was';
for (['--activation', 'act-n'], ['--token', 'abc'], ['--user', 'none']) {
	($status, $said) = restore(@$_);
	is $status, 1, "@$_: nothing to restore";
	like $said, qr/1 stay in quarantine: .* not a token/, 'and why';
}
$o->sql("DELETE FROM push_device_registration WHERE user_id = 'none'");

# the shortest and the longest
for my $token ('aB', 'aB' x 256) {
	ok_ create(token => $token, platform => 'apns', activationId => 'act',
	    userId => 'user'), length($token) . ' digits';
	is_deeply rows(), [ 'act apns ' . lc $token ], 'as they are';
}
ok_ remove('ab' x 256), 'gone';

# --- FCM, HMS: capitals count, blanks around it do not ----------------------

for my $platform (qw(fcm android hms huawei)) {
	for my $token ('Tok:APA91x', ' tok:APA91x', "tok:APA91X\r\n") {
		ok_ create(token => $token, platform => $platform,
		    activationId => 'act-' . ($token =~ s/\s//gr),
		    userId => 'user'), "$platform: a token";
	}
	is_deeply rows(), [ map { "act-$_ $platform $_" }
	    qw(Tok:APA91x tok:APA91x tok:APA91X) ], "$platform: three devices";
	ok_ remove('TOK:APA91X'), "$platform: one that there is not";
	is scalar @{ rows() }, 3, 'takes none with it';
	ok_ remove($_), 'removed' for 'Tok:APA91x', "tok:APA91x\n",
	    ' tok:APA91X';
	is_deeply rows(), [], "$platform: all removed";
}
ok_ create(token => $_, platform => 'fcm', activationId => "act-$_",
    userId => 'user'), 'digits of FCM' for 'abcd', 'ABCD';
ok_ remove('ABCD'), 'removed by its spelling';
is_deeply rows(), ['act-abcd fcm abcd'], 'the other is another token';
ok_ remove('abcd'), 'gone';

# --- no tokens --------------------------------------------------------------

my $fcm = 'dPiO7s50M8o:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx';
my $cut = '{length = 32, bytes = 0x01234567 89abcdef ... 01234567 89abcdef }';
my $nothing = 'token is a word for nothing, such as null or undefined';
my $no_hex = 'token must consist of hex digits';
my $long = 'token must be at most 512 characters long';
my $before = written();
my @refused = (
    [ apns => $fcm,
	'token is one of FCM: platform apns takes the device token of APNs' ],
    [ apns => $cut, 'token is a description with bytes left out: '
	. 'send all of them in hex' ],
    (map { [ apns => $_ => $nothing ], [ fcm => $_ => $nothing ],
	[ hms => " $_\n" => $nothing ] } qw(undefined null nil None (null))),
    [ apns => 'abc', 'token must have an even number of hex digits' ],
    [ apns => "<abcd e>", 'token must have an even number of hex digits' ],
    [ apns => '32 bytes', $no_hex ],
    [ apns => "ab\x{e9}d", $no_hex ],
    [ apns => 'ab' x 257, $long ],
    [ fcm => 'x' x 513, $long ],
    (map { [ $_ => ' ', 'Push token must not be null or empty.' ],
	[ $_ => "\r\n", 'Push token must not be null or empty.' ] }
	qw(apns ios fcm android hms huawei)),
    [ apns => '<>', 'Push token must not be null or empty.' ],
    (map { [ $_ => 'a b', 'token must not contain blanks' ],
	[ $_ => $cut, 'token must not contain blanks' ],
	[ $_ => "t\x{f6}k", 'token must consist of ASCII characters' ],
	[ $_ => "\x{1f600}", 'token must consist of ASCII characters' ],
	[ $_ => "tok\x{a0}", 'token must consist of ASCII characters' ],
	[ $_ => "a\nb", 'token must not contain control characters' ] }
	qw(fcm android hms huawei)));
for my $case (@refused) {
	my ($platform, $token, $why) = @$case;
	my $r = create(token => $token, platform => $platform,
	    activationId => 'act', userId => 'user');
	my $shown = "$platform " . ($token =~ s/[^ -~]/./gr);
	is $r->{status}, 400, "$shown: 400";
	is_deeply $r->{json}, { status => 'ERROR', responseObject => {
	    code => 'ERROR_GENERIC', message => $why } }, "$shown: $why";
}
is_deeply written(), $before, 'and nothing is written';

# removing is never refused for the form of a token
ok_ remove($_), 'removing what cannot be one'
    for $fcm, $cut, 'undefined', 'abc', ' ', "a\nb", "t\x{f6}k", 'x' x 5000,
    '<>';

# nor one that an earlier release took and that is none
$o->sql('INSERT INTO push_device_registration (activation_id, user_id,'
    . ' app_id, platform, push_token, is_active, timestamp_last_registered)'
    . " SELECT 'act-old', 'old', id, 'apns', '$fcm', 1, UTC_TIMESTAMP(3)"
    . ' FROM push_app_credentials');
my $r = $o->send($app, 'old');
is $r->{json}{responseObject}{result}{apns}{failed}, 1,
    'a message to it fails';
is_deeply [ grep { /^d7508/ } map { $_->{token} } $o->ledger ], [],
    'and is not sent to what is left of it';
ok_ remove($fcm), 'it is removed by what it is';
is_deeply rows(), [], 'and gone';
$o->down;

# --- several activations of one token ---------------------------------------

$o = Outpost->up(conf => "[registration]\nmultiple_activations = yes\n");
$o->app($app);
sub multi { return $o->post('/push/device/create/multi', object({
    appId => $app, platform => 'apns', userId => 'user', @_ })) }
ok_ multi(token => uc $hex, activationIds => [qw(a b)]), 'two activations';
is_deeply rows(), [ "a apns $hex", "b apns $hex" ], 'two rows';
ok_ multi(token => "<$hex>", activationIds => [qw(a c)]), 'two others';
is_deeply rows(), [ "a apns $hex", "c apns $hex" ],
    'take their place, by another spelling';
$r = multi(token => $fcm, activationIds => [qw(a b)]);
is $r->{status}, 400, 'what is no token';
is $r->{json}{responseObject}{message},
    'token is one of FCM: platform apns takes the device token of APNs',
    'is refused with the reason';
ok_ remove(" $hex "), 'removed by a third';
is_deeply rows(), [], 'both are gone';

done_testing;
