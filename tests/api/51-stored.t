#!/usr/bin/perl
# Message storage: with it on, a campaign's rows tell what became of each
# device too, written with their outcome.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up(conf => "[message]\nstorage = yes\n");
$o->app('mobile-app');
$o->device('mobile-app', 'ann', 'ios', Outpost->apns_token('tok-accept:1'));
$o->device('mobile-app', 'bob', 'ios',
    Outpost->apns_token('tok-PayloadTooLarge:2'));
$o->device('mobile-app', 'eve', 'android', 'tok-accept:3');

my $r = $o->post('/push/campaign/create', { requestObject => {
    appId => 'mobile-app', message => { title => 'News', body => 'Read' } } });
my $id = $r->{json}{responseObject}{id};
$o->put("/push/campaign/$id/user/add",
    { requestObject => [ qw(ann bob eve) ] });
is $o->post("/push/campaign/send/live/$id")->{status}, 200, 'sent';
ok $o->wait_for(60, sub {
	my ($row) = $o->sql("SELECT is_sent FROM push_campaign WHERE id = $id");
	return $row->[0];
}), 'the run is complete';

my @rows = $o->sql('SELECT user_id, status, state, tries, reason, send_id'
    . ' FROM push_message ORDER BY user_id');
is scalar(@rows), 3, 'a row per device';
is_deeply [ map { [ @$_[0 .. 4] ] } @rows ], [
    [ 'ann', 1, 'sent', 1, 'NULL' ],
    [ 'bob', -1, 'failed', 1, 'PayloadTooLarge' ],
    [ 'eve', 1, 'sent', 1, 'NULL' ] ], 'what became of each';
my ($text) = $o->sql('SELECT DISTINCT message_body FROM push_message');
like $text->[0], qr/"title":\s*"News"/, 'with the message';

$r = $o->get("/push/message/$rows[0][5]/status");
is scalar @{ $r->{json}{responseObject}{devices} }, 3,
    'and the call of its status tells them';

done_testing;
