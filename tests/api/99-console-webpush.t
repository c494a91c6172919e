#!/usr/bin/perl
# What the console says of browsers: a key that they have subscribed with is not
# removed unawares, and a push service that is held is told beside another one
# that an operator holds.
use strict;
use warnings;
use Console;
use JSON::PP;
use Outpost;
use Test::More;

use constant ASSERTIONS => 11;

Console::needed(ASSERTIONS);

my $o = Outpost->up(via => 'lighttpd', auth => 'basic');
my $boss = $o->integration('boss', 'device,send,campaign,inbox,admin');
$o->{headers} = { authorization => $boss->{basic} };
my $app = 'shop';
for ([ POST => '/admin/app/create', { appId => $app } ],
    [ PUT => '/admin/app/webpush', { appId => $app, generate =>
	JSON::PP::true, subject => 'mailto:push@my-shop.eu' } ]) {
	my $r = $o->request(@$_[0, 1], { requestObject => $_->[2] });
	die "$_->[1]: $r->{body}\n" if $r->{status} != 200;
}
# RFC 8291, appendix A
$o->device($app, 'joe', 'webpush', {
    endpoint => 'https://fcm.googleapis.com/fcm/send/joe',
    keys => {
	p256dh => 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWX'
	    . 'vTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
	auth => 'BTBZMqHH6r4Tts7J_aSIgg' } });
sub has_key {
	return $o->get("/push/webpush/key?appId=$app")->{status} == 200;
}

my $c = Console->new("http://127.0.0.1:$o->{port}$o->{prefix}/console/");
$c->open;
$c->fill('Token', $boss->{token});
$c->fill('Secret', $boss->{secret});
$c->press('Sign in');
$c->see('What waits');

# --- holds ------------------------------------------------------------------

is $o->post('/admin/app/hold', { requestObject => { appId => $app,
    provider => 'webpush', host => 'web.push.apple.com' } })->{status}, 200,
    'an operator holds one push service';
for my $host (qw(web.push.apple.com updates.push.services.mozilla.com)) {
	$o->sql('INSERT INTO push_health (app_id, platform, environment,'
	    . ' instance, state, reason, since, seen, accepted, suspects,'
	    . " gone, host) SELECT id, 3, 0, 'one', 'held', '109 mismatch',"
	    . ' UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 0, 0, 0,'
	    . " '$host' FROM push_app_credentials WHERE app_id = '$app'");
}
$c->open('overview');
ok $c->see('(web.push.apple.com): held by an operator'), 'which is told';
ok $c->see('(updates.push.services.mozilla.com): stopped: 109 mismatch'),
    'and another one that refuses the key';
ok $c->see('What to do: set the VAPID key'), 'with what to do';
is scalar(() = $c->text =~ /web\.push\.apple\.com/g), 1, 'each is told once';

# Of many hosts as many are drawn as one can look through, the held ones first.
$o->sql('INSERT INTO push_health (app_id, platform, environment, instance,'
    . ' state, reason, since, seen, accepted, suspects, gone, host) SELECT id,'
    . " 3, 0, 'one', 'ok', '', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 1, 0, 0,"
    . " CONCAT('h', LPAD(seq, 2, '0'), '.eu') FROM push_app_credentials,"
    . " seq_1_to_60 WHERE app_id = '$app'");
my $hosts = grep { $_->{provider} eq 'webpush' } @{ $o->get(
    "/admin/app/health?appId=$app")->{json}{responseObject}{health} };
$c->open("application/$app");
ok $c->see('and ' . ($hosts - 50) . ' more'), 'a long list has its end told';
like $c->text, qr/updates\.push\.services.*h01\.eu/s,
    'what is held comes before what is not';

# --- the key ----------------------------------------------------------------

$c->open("application/$app");
$c->press('Remove');
$c->see('Remove the credentials?');
$c->press('Remove');
ok $c->see('1 devices have subscribed with the key'),
    'a key is not removed unawares';
$c->press('Leave it');
ok has_key(), 'it stays';
$c->press('Remove');
$c->see('Remove the credentials?');
$c->press('Remove');
$c->see('Remove the key even so?');
$c->press('Remove');
ok $c->see('The credentials are removed.'), 'but for a second yes';
ok !has_key(), 'then it is gone';

done_testing(ASSERTIONS);
