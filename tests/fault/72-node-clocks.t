#!/usr/bin/perl
# Two nodes of a cluster whose clocks are five minutes apart: here one MariaDB,
# and a relay before it that has another time of day for whoever goes through
# it. No sendd takes a shard from one that works, nothing is sent twice, and
# what is to go at once goes at once, whichever node has taken it.
use strict;
use warnings;
use Fault;
use Relay;
use Test::More;

# No machine stands still so long that a lease is over meanwhile; and a caller
# does not wait for as long as the clocks are apart.
my $o = Fault->up(conf => "[sendd]\nlease = 299s\n[api]\nsync_timeout = 4m\n");
$o->credentials('mobile-app');

# The name of the other function is as long, so that the packets stay whole.
$o->sql('CREATE FUNCTION utc_plus_five(x INT) RETURNS DATETIME(3)'
    . ' RETURN UTC_TIMESTAMP(3) + INTERVAL 300 SECOND');
$o->sql("GRANT EXECUTE ON FUNCTION utc_plus_five TO $_->[0]") for $o->sql(
    "SELECT CONCAT(QUOTE(user), '\@', QUOTE(host)) FROM mysql.user"
    . " WHERE user LIKE 'outpost\\_%'");
my $ahead = Relay->new($o, sub { '' }, sub {
	return $_[0] =~ s/UTC_TIMESTAMP\(3\)/utc_plus_five(3)/gr;
}, 'ahead');
my $through = "[database]\nsocket = " . $ahead->path . "\n";

sub owners {
	return join ', ', sort map { "$_->[0] $_->[1]" } $o->sql('SELECT'
	    . " owner, COUNT(*) FROM push_shard WHERE owner <> ''"
	    . ' GROUP BY owner');
}
sub own {
	my $want = join ', ', sort @_;
	return $o->wait_for(60, sub { owners() eq $want });
}
my $one = $o->value('SELECT name FROM push_instance');
ok own("$one 64"), 'one has all' or diag owners();

# --- due at once --------------------------------------------------------------

my $conf = $o->read_file($o->{conf});
$o->write_file($o->{conf}, "$conf\n$through");
my $out = $o->stack('restart', 'web');
is $?, 0, 'the responders are at the node that is ahead' or diag $out;
$o->write_file($o->{conf}, $conf);

$o->device('mobile-app', 'joe', 'ios', 'ab' x 32);
my $r = $o->send('mobile-app', 'joe', mode => 'SYNCHRONOUS',
    body => { title => 'now' });
is $r->{json}{responseObject}{apns}{sent}, 1,
    'a message is delivered by a sendd that is five minutes behind'
    or diag $r->{body};
is $o->value('SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), created) > 60'
    . ' FROM push_send'), 1, '... which it is indeed';

sub campaign {
	my ($path, $in) = @_;
	my $r = $o->post("/push/campaign/$path", { requestObject => $in });
	is $r->{status}, 200, $path or diag $r->{body};
	return $r->{json}{responseObject};
}
my $id = campaign('create', { appId => 'mobile-app',
    message => { title => 'all' } })->{id};
campaign("$id/user/add", ['joe']);
campaign("send/live/$id", {});
ok $o->wait_for(60, sub { ($o->value('SELECT state FROM push_campaign')
    // '') eq 'done' }), 'a campaign begins and ends, too';
is $o->seen, 2, 'the device has both';

# --- leases -------------------------------------------------------------------

$o->more_sendd('two', $through);
ok own("$one 32", 'two 32'), 'two share, though one is ahead' or diag owners();
$o->seed('-a', 'mobile-app', '-n', 2000, '-t', 'cc' x 20);
$o->settled(120);
is $o->nothing_lost(2000, match => qr/^cccc/), 0, 'nothing is sent twice';
unlike $o->log_text($_), qr/taken over/, "$_ lost nothing"
    for 'sendd', 'two';
is $o->value('SELECT MIN(TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(),'
    . " lease_until)) > 200 FROM push_shard WHERE owner = 'two'"), 1,
    "by its node's clock a lease of two lasts long";

for ([ sendd => $o->{conf} ], [ two => "$o->{run}/two.conf" ]) {
	my ($name, $conf) = @$_;
	$o->write_file($conf, $o->read_file($conf)
	    . "\n[sendd]\nlease = 3s\n");
	kill 'HUP', $o->{more}{$name} // $o->pid($name);
}
ok $o->wait_for(60, sub { $o->value('SELECT MAX(lease_ms) FROM push_shard')
    == 3000 }), 'both have shorter leases';
$o->end_sendd('two', 'KILL');
ok own("$one 64"), 'one has all again when two is dead' or diag owners();

$o->accounts(2002);

done_testing;
