#!/usr/bin/perl
# Every fault a provider can answer with, or fail to answer with: what became
# of the message, why, in how many tries, and how often the provider accepted
# it. Nothing hangs, nothing is lost, and what was not the message's fault is
# repeated with the same id.
use strict;
use warnings;
use Fault;
use Test::More;

my $answer = $ENV{PATIENCE} ? '8s' : '6s';	# under valgrind
my $o = Fault->up(conf => <<"END");
give_up = 24h
[message]
storage = yes
[apns]
response_timeout = $answer
[fcm]
response_timeout = $answer
[hms]
response_timeout = $answer
batch = 1
END
$o->credentials('mobile-app');

# Where the fault does not pass ("always"), the message stays pending with a
# counted try each time; it is then cancelled. Columns: scenario, end (sent,
# failed, pending), reason, tries ([least, most]), accepted by the provider
# ([least, most]).
my %table = (
apns => [
	['accept',                   'sent',    qr/^$/, [1, 1], [1, 1]],
	['slow-300',                 'sent',    qr/^$/, [1, 1], [1, 1]],
	# not processed, for sure: no try is used up
	['once-refuse',              'sent',    qr/^$/, [1, 1], [1, 1]],
	['refused',                  'pending', qr/REFUSED/, [0, 0], [0, 0]],
	# perhaps processed: a try each
	['reset-0',                  'pending', qr/NO_ERROR/, [1, 99], [0, 0]],
	['reset-1',                  'pending', qr/PROTOCOL/, [1, 99], [0, 0]],
	['reset-2',                  'pending', qr/INTERNAL/, [1, 99], [0, 0]],
	['reset-3',                  'pending', qr/stream/,   [1, 99], [0, 0]],
	['reset-4',                  'pending', qr/stream/,   [1, 99], [0, 0]],
	['reset-5',                  'pending', qr/stream/,   [1, 99], [0, 0]],
	['reset-6',                  'pending', qr/stream/,   [1, 99], [0, 0]],
	['reset-8',                  'pending', qr/CANCEL/,   [1, 99], [0, 0]],
	['reset-9',                  'pending', qr/stream/,   [1, 99], [0, 0]],
	['reset-10',                 'pending', qr/stream/,   [1, 99], [0, 0]],
	['reset-12',                 'pending', qr/stream/,   [1, 99], [0, 0]],
	['reset-13',                 'pending', qr/stream/,   [1, 99], [0, 0]],
	['reset-11',                 'pending', qr/CALM/,     [1, 99], [0, 0]],
	['once-reset',               'sent',    qr/^$/, [2, 2], [1, 1]],
	['once-goaway',              'sent',    qr/^$/, [1, 1], [1, 1]],
	['goaway-after',             'sent',    qr/^$/, [1, 1], [1, 1]],
	['once-close',               'sent',    qr/^$/, [2, 2], [1, 1]],
	['cut',                      'pending', qr/./,  [1, 99], [0, 0]],
	['once-hang',                'sent',    qr/^$/, [2, 2], [1, 1]],
	['hang',                     'pending', qr/no answer/, [1, 99],
	    [0, 0]],
	# answered
	['huge',                     'pending', qr/500/, [1, 99], [0, 0]],
	['html',                     'pending', qr/502/, [1, 99], [0, 0]],
	['html-404',                 'failed',  qr/404/, [1, 1], [0, 0]],
	['evil-reason',              'failed',  qr/^HTTP 400$/, [1, 1], [0, 0]],
	['unknown-reason',           'failed',  qr/NobodyKnowsThis/, [1, 1],
	    [0, 0]],
	['503-then-200',             'sent',    qr/^$/, [2, 2], [1, 1]],
	['500x3-then-200',           'sent',    qr/^$/, [4, 4], [1, 1]],
	['Shutdown-then-200',        'sent',    qr/^$/, [2, 2], [1, 1]],
	['IdleTimeout-then-200',     'sent',    qr/^$/, [2, 2], [1, 1]],
	['retry-after-2',            'sent',    qr/^$/, [2, 2], [1, 1]],
	['PayloadTooLarge',          'failed',  qr/PayloadTooLarge/, [1, 1],
	    [0, 0]],
	['BadCollapseId',            'failed',  qr/BadCollapseId/, [1, 1],
	    [0, 0]],
	['BadPath',                  'failed',  qr/BadPath/, [1, 1], [0, 0]],
	# the connection is spoiled or bound to another key: a new one cures
	['once-UnrelatedKeyIdInToken', 'sent',  qr/^$/, [1, 1], [1, 1]],
],
fcm => [
	['accept',                   'sent',    qr/^$/, [1, 1], [1, 1]],
	['once-refuse',              'sent',    qr/^$/, [1, 1], [1, 1]],
	['reset-2',                  'pending', qr/INTERNAL/, [1, 99], [0, 0]],
	['once-goaway',              'sent',    qr/^$/, [1, 1], [1, 1]],
	['once-close',               'sent',    qr/^$/, [2, 2], [1, 1]],
	# accepted there, but the answer is not whole: never called sent
	['cut',                      'pending', qr/./,  [1, 99], [1, 99]],
	['once-hang',                'sent',    qr/^$/, [2, 2], [1, 1]],
	['huge',                     'pending', qr/500/, [1, 99], [0, 0]],
	['html',                     'pending', qr/502/, [1, 99], [0, 0]],
	['html-200',                 'pending', qr/./,  [1, 99], [0, 0]],
	['evil-reason',              'failed',  qr/^HTTP 400$/, [1, 1], [0, 0]],
	['unknown-reason',           'failed',  qr/NOBODY_KNOWS/, [1, 1],
	    [0, 0]],
	['503-then-200',             'sent',    qr/^$/, [2, 2], [1, 1]],
	['INTERNAL-then-200',        'sent',    qr/^$/, [2, 2], [1, 1]],
	['QUOTA_EXCEEDED',           'pending', qr/QUOTA/, [1, 99], [0, 0]],
	['once-UNAUTHENTICATED',     'sent',    qr/^$/, [1, 1], [1, 1]],
	['INVALID_ARGUMENT',         'failed',  qr/INVALID_ARGUMENT/, [1, 1],
	    [0, 0]],
],
hms => [
	['accept',                   'sent',    qr/^$/, [1, 1], [1, 1]],
	['once-close',               'sent',    qr/^$/, [2, 2], [1, 1]],
	['cut',                      'pending', qr/./,  [1, 99], [1, 99]],
	['once-hang',                'sent',    qr/^$/, [2, 2], [1, 1]],
	['huge',                     'pending', qr/500/, [1, 99], [0, 0]],
	['html',                     'pending', qr/502/, [1, 99], [0, 0]],
	['html-200',                 'pending', qr/./,  [1, 99], [0, 0]],
	['evil-reason',              'pending', qr/^HTTP 200$/,
	    [1, 99], [0, 0]],
	['unknown-reason',           'failed',  qr/89999999/, [1, 1], [0, 0]],
	['503-then-200',             'sent',    qr/^$/, [2, 2], [1, 1]],
	['81000001-then-200',        'sent',    qr/^$/, [2, 2], [1, 1]],
	['once-80200001@401',        'sent',    qr/^$/, [1, 1], [1, 1]],
	['80300008',                 'failed',  qr/80300008/, [1, 1], [0, 0]],
],
);

sub within { return $_[0] >= $_[1][0] && $_[0] <= $_[1][1] }

# A fault of the connection strikes whoever is on it: so each message waits
# for the first answer to the one before. The second may take its time (FCM
# wants ten seconds), and is awaited for all together.
my @cases;
for my $provider (qw(apns fcm hms)) {
	for my $case (@{ $table{$provider} }) {
		my $plain = "tok-$case->[0]:" . Outpost::uuid();
		my $token = $provider eq 'apns'
		    ? Outpost->apns_token($plain) : $plain;
		my ($send) = $o->queue(platform => $provider,
		    tokens => [$token]);
		$o->wait_for(60, sub {
			my @got = $o->outcome($send);
			return $got[0] ne 'pending' || $got[1] ne '';
		});
		push @cases, [$provider, $token, $send, @$case];
	}
}
$o->wait_for(60, sub {
	return !grep { $_->[4] ne 'pending' &&
	    ($o->outcome($_->[2]))[0] eq 'pending' } @cases;
});
for (@cases) {
	my ($provider, $token, $send, $name, $end, $reason, $tries,
	    $accepted) = @$_;
	my @got = $o->outcome($send);
	my $times = $o->seen(qr/^\Q$token\E$/);
	ok $got[0] eq $end && $got[1] =~ $reason && within($got[2], $tries)
	    && within($times, $accepted),
	    "$provider $name: $end, tries $got[2], accepted $times"
	    or diag "state $got[0], reason \"$got[1]\", tries $got[2],"
	    . " accepted $times times";
}

# What goes on failing is tried again, and ends when it is cancelled.
my $pending = join ',', map { $_->[2] } grep { $_->[4] eq 'pending' } @cases;
is $o->value('SELECT COUNT(*) FROM push_outbox WHERE send_id IN'
    . " ($pending)"), scalar(grep { $_->[4] eq 'pending' } @cases),
    'what nobody has accepted is still in the outbox';
$o->sql('UPDATE push_send SET cancelled = UTC_TIMESTAMP(3) WHERE id IN'
    . " ($pending)");
# Some wait for a minute: not in hand, so they may be moved, and again if sendd
# has tried them before it has heard of it.
ok $o->wait_for(120, sub {
	$o->sql('UPDATE push_outbox SET due = UTC_TIMESTAMP(3) WHERE due >'
	    . ' UTC_TIMESTAMP(3) + INTERVAL 15 SECOND');
	return $o->waiting == 0;
}), 'what was cancelled is gone' or diag $o->last_words;
is $o->value('SELECT COUNT(*) FROM push_send WHERE done <> total'), 0,
    'every send is accounted for';

done_testing;
