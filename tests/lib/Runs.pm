# Runs of campaigns to many devices: made straight in the database, started and
# controlled by calls, and compared with the ledger of the stand-in.
#
#   use Runs;
#   my $o = Runs->up(conf => "[campaign]\nchunk = 500\n");
#   my $mark = $o->devices('x', 2000);      # users x1 to x2000
#   my $id = $o->campaign('x', 2000);       # to them
#   $o->call("send/live/$id");
#   $o->comes_to($id, 'done');
#   $o->agrees($id, $mark, 'the run');      # assertions
package Runs;
use strict;
use warnings;
use parent 'Fault';
use Test::More;

sub up {
	my ($class, %o) = @_;
	my $self = $class->SUPER::up(%o);
	$self->credentials('mobile-app');
	$self->{app} = $self->value('SELECT id FROM push_app_credentials'
	    . " WHERE app_id = 'mobile-app'");
	return $self;
}

# The users name1, name2, ... with a device each. Returns how their tokens
# begin.
sub devices {
	my ($self, $name, $count) = @_;
	my $mark = unpack 'H*', $name;
	$self->sql('INSERT INTO push_device_registration (activation_id,'
	    . ' user_id, app_id, platform, environment, push_token,'
	    . " timestamp_last_registered, is_active) SELECT CONCAT('$name',"
	    . " seq), CONCAT('$name', seq), $self->{app}, 'ios',"
	    . " 'development', CONCAT('$mark', LPAD(HEX(seq), 64 -"
	    . " LENGTH('$mark'), '0')), UTC_TIMESTAMP(3), 1"
	    . " FROM seq_1_to_$count");
	return $mark;
}

# A campaign to the first of these users.
sub campaign {
	my ($self, $name, $count) = @_;
	my $id = $self->call('create', { appId => 'mobile-app',
	    message => { title => $name } })->{id};
	$self->sql('INSERT INTO push_campaign_user (campaign_id, user_id,'
	    . " timestamp_created) SELECT $id, CONCAT('$name', seq), NOW()"
	    . " FROM seq_1_to_$count") if $count;
	return $id;
}

# A call that a restart may cut is repeated.
sub call {
	my ($self, $path, $in, $want) = @_;
	my $r;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$self->wait_for(60, sub {
		$r = eval { $self->post("/push/campaign/$path",
		    { requestObject => $in // {} }) };
		return $r && $r->{status} && $r->{status} < 500 });
	is $r->{status}, $want // 200, $path or diag $r->{body};
	return $r->{json}{responseObject};
}

sub state_of { return $_[0]->value('SELECT state FROM push_campaign WHERE'
    . " id = $_[1]") }

sub send_of { return $_[0]->value('SELECT send_id FROM push_campaign WHERE'
    . " id = $_[1]") }

# Its latest run, as the API tells it.
sub run_of {
	my ($self, $id) = @_;
	return $self->get("/push/campaign/$id/runs")->{json}{responseObject}
	    {runs}[0];
}

sub comes_to {
	my ($self, $id, $state) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $self->wait_for(180, sub {
		(eval { $self->state_of($id) } // '') eq $state }),
	    "it comes to $state" or diag $self->state_of($id);
}

# How often each device of the mark got it.
sub got {
	my ($self, $mark) = @_;
	my %times;
	$times{ $_->[2] }++ for $self->lines(qr/^$mark/);
	return \%times;
}

# The counts are those of the ledger, and sum up.
sub agrees {
	my ($self, $id, $mark, $name) = @_;
	my $run = $self->run_of($id);
	my %c = %{ $run->{counts} };
	my $got = $self->got($mark);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is $c{pending}, 0, "$name: nothing is pending";
	is $c{total}, $c{sent} + $c{cancelled}, "$name: sent or cancelled";
	is scalar(keys %$got), $c{sent}, "$name: as the ledger has it";
	is scalar(grep { $_ > 1 } values %$got), 0, "$name: nobody twice";
	is_deeply $run->{providers}, { apns => $run->{counts} },
	    "$name: all of it by the provider";
	is $self->value('SELECT COUNT(*) FROM push_outbox WHERE send_id ='
	    . " $run->{messageId}"), 0, "$name: no row is left";
	return $run;
}

# Hours of the day in UTC, in which it is quiet now.
sub quiet {
	my ($from, $to) = map { sprintf '%02d:00',
	    (gmtime time + $_ * 3600)[2] } -6, 12;
	return (quiet => { from => $from, to => $to, zone => 'UTC' });
}

# A run that waits for its moment begins: sendd queues all of it.
sub begins_now {
	my ($self, $id) = @_;
	$self->sql('UPDATE push_campaign_run SET start_at = UTC_TIMESTAMP(3)'
	    . ' WHERE send_id = ' . $self->send_of($id));
}

# All rows of its run are written, and put off.
sub is_put_off {
	my ($self, $id, $n) = @_;
	my $send = $self->send_of($id);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $self->wait_for(120, sub { $n == $self->value('SELECT COUNT(*) FROM'
	    . " push_outbox WHERE send_id = $send AND due > UTC_TIMESTAMP()"
	    . ' + INTERVAL 1 MINUTE') }), 'all is put off';
}

# A session in which nobody can write to the outbox. Wait for who does, with
# waits_to_write.
sub outbox_locked { return $_[0]->keep_locked('LOCK TABLES push_outbox READ') }

sub waits_to_write {
	my ($self, $who, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $self->wait_for(60, sub { $self->value('SELECT COUNT(*) FROM'
	    . " information_schema.processlist WHERE user LIKE '%$who%' AND"
	    . " info LIKE '$what push_outbox%' AND state ="
	    . " 'Waiting for table metadata lock'") }),
	    "$who waits to write";
}

1;
