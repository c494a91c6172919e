#!/usr/bin/perl
# [sendd] dry_run: what is accepted is made, counted as rehearsed and finished;
# no provider hears of it, not even for an access token, and nothing is called
# sent.
use strict;
use warnings;
use Outpost;
use Test::More;

my $o = Outpost->up(conf => "[sendd]\ndry_run = yes\n[message]\n"
    . "storage = yes\n");
my $app = $o->app('mobile-app');
$o->device($app, 'joe', 'apns', Outpost::apns_token('phone-1'));
$o->device($app, 'joe', 'fcm', 'phone-2');
$o->device($app, 'joe', 'hms', 'phone-3');

my $r = $o->send($app, 'joe');
is $r->{status}, 200, 'a call is answered as ever';
my $of = $r->{json}{responseObject}{result};
is_deeply [ map { [ @{ $of->{$_} }{qw(total sent failed pending)} ] }
    qw(apns fcm hms) ], [ ([ 1, 0, 1, 0 ]) x 3 ], 'none is sent';
my $id = $r->{json}{responseObject}{messageId};
is_deeply [ map { $_->[0] } $o->sql('SELECT state FROM push_message') ],
    [ ('rehearsed') x 3 ], 'the stored messages are rehearsed';
my ($status, $text) = $o->outpost('message', 'show', $id, '--json');
my $said = Outpost::json()->encode(Outpost::json()->decode($text));
is $status, 0, 'and so is the history';
like $said, qr/"rehearsed"/, 'it says so';
unlike $said, qr/"(?:outcome|state)":"sent"/, 'and never: sent';

my $c = $o->post('/push/campaign/create', { requestObject => {
    appId => $app, message => { title => 'All' } } });
my $campaign = $c->{json}{responseObject}{id};
$o->put("/push/campaign/$campaign/user/add", { requestObject => ['joe'] });
$o->post("/push/campaign/send/live/$campaign");
ok $o->wait_for(60, sub { ($o->sql('SELECT is_sent FROM push_campaign'))[0][0]
    }), 'a campaign comes to its end';
ok $o->wait_for(60, sub { my @n = map { $_->[0] } $o->sql('SELECT SUM(n) FROM'
    . " push_counter WHERE outcome = 'rehearsed'"); ($n[0] // 0) eq 6 }),
    'all are counted as rehearsed';
is_deeply [ $o->sql('SELECT DISTINCT outcome FROM push_counter') ],
    [ ['rehearsed'] ], 'and as nothing else';
is_deeply [ $o->ledger ], [], 'no provider has accepted anything';
my $seen = $o->control;
is_deeply [ grep { $seen->{by}{$_} } qw(apns fcm google hms huawei other) ],
    [], 'nor was one called' or diag Outpost::json()->encode($seen);
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_outbox') ], [ [0] ],
    'nothing is left to be sent later';
done_testing;
