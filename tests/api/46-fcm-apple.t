#!/usr/bin/perl
# Apple devices that registered with FCM: each message carries the block that
# they need, the stand-in holds it to Apple's rules, the preview shows it, it
# counts in the size, and a setting leaves it out.
use strict;
use warnings;
use JSON::PP;
use Outpost;
use Test::More;

my ($yes, $no) = (JSON::PP::true, 'apple = no');
my $localised = { titleLocKey => 'pay.title', titleLocArgs => ['Ann'],
    bodyLocKey => 'pay.body', bodyLocArgs => ['12 EUR', 3] };
my $full = { title => 'Payment', body => 'You paid', badge => 2,
    sound => 'default', category => 'PAY', collapseKey => 'pay-77',
    extras => { ref => '77' } };

# Columns: what, body, silent, priority, the headers but for the expiration,
# aps.
my @cases = (
    [ 'alert', $full, 0, 'HIGH', { 'apns-push-type' => 'alert',
	'apns-priority' => '10', 'apns-collapse-id' => 'pay-77' },
	{ alert => { title => 'Payment', body => 'You paid' }, badge => 2,
	    sound => 'default', category => 'PAY', 'thread-id' => 'pay-77' } ],
    [ 'normal priority', { title => 'Hi' }, 0, 'NORMAL',
	{ 'apns-push-type' => 'alert', 'apns-priority' => '5' },
	{ alert => { title => 'Hi' } } ],
    [ 'localised keys', $localised, 0, 'HIGH',
	{ 'apns-push-type' => 'alert', 'apns-priority' => '10' },
	{ alert => { 'title-loc-key' => 'pay.title',
	    'title-loc-args' => ['Ann'], 'loc-key' => 'pay.body',
	    'loc-args' => [ '12 EUR', '3' ] } } ],
    [ 'silent', { extras => { ref => '77' } }, 1, 'HIGH',
	{ 'apns-push-type' => 'background', 'apns-priority' => '5' },
	{ 'content-available' => 1 } ]);

sub message {
	my ($body, $silent, $priority) = @_;
	return { userId => 'joe', body => $body, priority => $priority,
	    attributes => { silent => $silent ? $yes : JSON::PP::false } };
}

sub preview {
	my ($o, $message) = @_;
	my $r = $o->post('/push/message/preview', { requestObject => {
	    appId => 'mobile-app', message => $message } });
	return $r->{json}{responseObject}{devices}[0];
}

for my $setting ('', "[fcm]\n$no\n") {
	my $apple = $setting eq '';
	my $o = Outpost->up(conf => $setting);
	my $app = $o->app('mobile-app');
	$o->device($app, 'joe', 'fcm', 'tok-accept:1');
	for my $case (@cases) {
		my ($what, $body, $silent, $priority, $headers, $aps) = @$case;
		my $m = message($body, $silent, $priority);
		my $seen = preview($o, $m)->{payload}{message};
		my $r = $o->send($app, 'joe', message => $m);
		is $r->{json}{responseObject}{fcm}{sent}, 1, "$what: accepted"
		    or diag $r->{body};
		my $sent = ($o->ledger)[-1]{payload}{message};
		if (!$apple) {
			ok !exists $sent->{apns}, "$what: no block";
			ok !exists $seen->{apns}, 'nor in the preview';
			next;
		}
		my $expires = delete $sent->{apns}{headers}{'apns-expiration'};
		like $expires, qr/^\d{10}$/, "$what: expires";
		is_deeply $sent->{apns}, { headers => $headers,
		    payload => { aps => $aps } }, 'in the form of Apple';
		is_deeply $sent->{data}, $body->{extras}, 'extras are data';
		delete $seen->{apns}{headers}{'apns-expiration'};
		is_deeply $seen->{apns}, $sent->{apns}, 'as the preview says';
	}

	# title and body count twice with it
	my $d = preview($o, message({ title => 'x' x 3000 }, 0, 'HIGH'));
	if ($apple) {
		like $d->{refusal},
		    qr/payload of 6\d\d\d bytes is over the 4096/,
		    'the block counts in the size';
	} else {
		ok !exists $d->{refusal}, 'without it such a title fits';
		cmp_ok $d->{size}, '<', 4096, 'in the size';
	}
	$d = preview($o, message({ title => 'x' x 1500 }, 0, 'HIGH'));
	ok !exists $d->{refusal}, 'half of it fits in both';
	$o->down;
}

done_testing;
