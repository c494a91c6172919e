#!/usr/bin/perl
# The connection to MariaDB is lost at the COMMIT of an administrative change:
# before it was done, or before anybody was told. The caller gets no success,
# and there are both the change and its row in the audit trail, or neither.
#
# Between admin.fcgi and MariaDB stands a relay, which spoils the next COMMIT
# when it is told to.
use strict;
use warnings;
use Outpost;
use Relay;
use Test::More;

my $o = Outpost->up;
my $order = "$o->{run}/relay.order";	# "lose" or "hide"; done, it is gone
my $relay = Relay->new($o, sub {
	return '' if !-e $order;
	my $how = $o->read_file($order);
	unlink $order;
	return $how;
});

my $direct = $o->{conf} . '.direct';
$o->write_file($direct, $o->read_file($o->{conf}));
$o->write_file($o->{conf}, $o->read_file($o->{conf})
    . "\n[database]\nsocket = " . $relay->path . "\n");
my $out = $o->stack('restart', 'web');
is $?, 0, 'the responders run through the relay' or diag $out;

# What there is of an application, and of its creation in the trail.
sub there {
	my ($app) = @_;
	my ($row) = $o->sql('SELECT (SELECT COUNT(*) FROM push_app_credentials'
	    . " WHERE app_id = '$app'), (SELECT COUNT(*) FROM push_audit"
	    . " WHERE action = 'app.create' AND object = '$app')");
	return "@$row";
}

sub spoil {
	my ($how) = @_;
	$o->write_file("$order.new", $how);
	rename "$order.new", $order or die "$order: $!\n";
}

sub create { return $o->post('/admin/app/create',
    { requestObject => { appId => $_[0] } }) }

is create('first')->{status}, 200, 'a change through the relay';
is there('first'), '1 1', 'with its row';
for (['lose', '0 0', 'was not done: neither of them'],
    ['hide', '1 1', 'was done and not told: both of them']) {
	my ($how, $want, $words) = @$_;
	spoil($how);
	my $r = create("app-$how");
	is $r->{status}, 503, "$how: no success" or diag $r->{body};
	is $r->{json}{responseObject}{code}, 'ERROR_DATABASE', 'by its code';
	ok !-e $order, 'the COMMIT was spoiled';
	is there("app-$how"), $want, "which $words";
}

# a secret of an integration that may not be is not told
spoil('lose');
my $r = $o->post('/admin/integration/create', { requestObject => {
    name => 'ghost', roles => ['send'] } });
is $r->{status}, 503, 'an integration that is not made';
unlike $r->{body}, qr/secret|token/, 'has no secret';

# the command, in the same way
{
	local $o->{conf} = $o->{conf};
	spoil('lose');
	my ($status, $said) = $o->outpost(qw(integration create --name ghost
	    --role send));
	is $status, 1, 'a command whose COMMIT is lost fails';
	like $said, qr/^outpost: database: /, 'says why';
	unlike $said, qr/^secret/m, 'and tells no secret';
	$o->{conf} = $direct;
	($status, $said) = $o->outpost(qw(integration list));
	unlike $said, qr/ghost/, 'there is none';
}
is scalar(() = $o->sql("SELECT 1 FROM push_audit WHERE object = 'ghost'")), 0,
    'nor a row of one';

done_testing;
