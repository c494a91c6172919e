# What the fault tests share: a stack with short pauses, rows put into the
# outbox with tokens of choice, and the count at the end of the stand-in's
# ledger against what was accepted.
#
#   use Fault;
#   my $o = Fault->up(conf => "[apns]\nresponse_timeout = 1s\n");
#   $o->credentials('mobile-app');        # without the admin API
#   $o->seed('-a', 'mobile-app', '-n', 2000);
#   $o->settled(120);                     # the outbox is empty
#   $o->nothing_lost(2000);               # assertions
package Fault;
use strict;
use warnings;
use parent 'Outpost';
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(time sleep);

my $quick = <<'END';
[sendd]
lease = 3s
poll = 100ms
retry_min = 100ms
retry_max = 1s
END

# FAULT_LONG=1: the numbers of the issue instead of short ones.
sub long { return $ENV{FAULT_LONG} ? $_[2] : $_[1] }

# A bar of the issue in seconds, held on a machine that does nothing else: with
# FAULT_LONG=1; else it is told how it was.
sub within {
	my ($what, $seconds, $most) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $told = sprintf '%s: %.3g s (we want %.3g s at most)', $what,
	    $seconds, $most;
	return note $told if !$ENV{FAULT_LONG};
	cmp_ok $seconds, '<=', $most, $told;
}

sub up {
	my ($class, %o) = @_;
	return $class->SUPER::up(%o, conf => $quick . ($o{conf} // ''));
}

sub down {
	my ($self) = @_;
	$self->end_sendd($_) for sort keys %{ $self->{more} // {} };
	return $self->SUPER::down;
}

# An application with the stand-in's credentials; wrong => 1: with a key that
# the stand-in does not trust.
sub credentials {
	my ($self, $app, %o) = @_;
	$self->seed('-k', "$self->{run}/provider/provider.json", '-a', $app,
	    $o{wrong} ? '-w' : ());
	return $app;
}

# An application that sends by Web Push alone, with the stand-in's key.
sub webpush_app {
	my ($self, $name, %more) = @_;
	my $key = $self->read_file($self->{keys}{webpush}{key_file});
	for ([ POST => '/admin/app/create', { appId => $name } ],
	    [ PUT => '/admin/app/webpush', { appId => $name, subject =>
		'mailto:push@my-shop.eu', privateKeyBase64 =>
		encode_base64($key, ''), %more } ]) {
		my $r = $self->request(@$_[0, 1], { requestObject => $_->[2] });
		die "$_->[1]: $r->{body}\n" if $r->{status} != 200;
	}
	return $name;
}

# --- the database -----------------------------------------------------------

# One value.
sub value {
	my ($self, $query) = @_;
	my ($row) = $self->sql($query);
	return $row ? $row->[0] : undef;
}

sub waiting { return $_[0]->value('SELECT COUNT(*) FROM push_outbox') }

# Statements too long for a command line.
sub sql_text {
	my ($self, $text) = @_;
	open my $p, '|-', 'mariadb', '--no-defaults', '-u',
	    scalar getpwuid($>), '-S', "$self->{run}/mariadb.sock", 'outpost'
	    or die "mariadb: $!\n";
	print $p $text;
	close $p or die "a statement failed\n";
}

my $serial = int rand 1 << 20;

# Rows of the outbox, one send each, made like those of the API with message
# storage on. Answers their send ids in order. options: app, platform (name),
# tokens, lane, expires (ms since 1970), device (ids), body, age (seconds)
sub queue {
	my ($self, %o) = @_;
	my %number = (apns => 0, fcm => 1, hms => 2);
	my $name = $o{platform} // 'apns';
	my $app = $self->value('SELECT id FROM push_app_credentials'
	    . " WHERE app_id = '" . ($o{app} // 'mobile-app') . "'");
	my $expires = $o{expires} // int(time * 1000) + 86400000;
	my $body = $o{body} // '{"title":"Fault","body":"It arrives"}';
	my (@sends, @rows, @messages, @ids);
	my $devices = $o{device} // $self->registered($app, $name,
	    $o{tokens});
	for my $i (0 .. $#{ $o{tokens} }) {
		my $send = (int(time) - ($o{age} // 0) << 31)
		    + ($serial += 2);
		my $row = $send + 1;
		my $device = $devices->[$i];
		push @ids, $send;
		push @sends, "($send,$app,'ASYNCHRONOUS',UTC_TIMESTAMP(3)"
		    . ",1,1)";
		push @messages, "($row,$device,'u','{}',UTC_TIMESTAMP(3),0"
		    . ",$send,$number{$name},'pending')";
		push @rows, '(' . join(',', $send % 64, $o{lane} // 0,
		    'UTC_TIMESTAMP(3)', $row, $send, $row, $app, $device,
		    $number{$name}, 1, "'$o{tokens}[$i]'",
		    qq('{"silent":false,"high":true,"expires":$expires,)
		    . qq("body":$body}'), "'u'") . ')';
	}
	$self->sql_text("START TRANSACTION;\nINSERT INTO push_send"
	    . " (id, app_id, mode, created, total, ${name}_total) VALUES\n"
	    . join(",\n", @sends) . ";\n"
	    . 'INSERT INTO push_message (id, device_registration_id, user_id,'
	    . ' message_body, timestamp_created, status, send_id, platform,'
	    . " state) VALUES\n" . join(",\n", @messages) . ";\n"
	    . 'INSERT INTO push_outbox (shard, lane, due, id, send_id,'
	    . ' body_id, app_id, device_id, platform, environment, token,'
	    . " body, user_id) VALUES\n" . join(",\n", @rows) . ";\nCOMMIT;\n");
	return @ids;
}

# Devices with these tokens, straight into the table; their ids.
sub registered {
	my ($self, $app, $platform, $tokens) = @_;
	my $first = 1 + $self->value('SELECT COALESCE(MAX(id), 0) FROM'
	    . ' push_device_registration');
	my @ids = map { $first + $_ } 0 .. $#$tokens;
	$self->sql_text('INSERT INTO push_device_registration (id,'
	    . ' activation_id, user_id, app_id, platform, push_token,'
	    . ' timestamp_last_registered, is_active) VALUES '
	    . join(',', map { "($ids[$_],'fault-$ids[$_]','fault',$app,"
	    . "'$platform','$tokens->[$_]',UTC_TIMESTAMP(3),1)" }
	    0 .. $#$tokens));
	return \@ids;
}

# What became of a send: sent, failed, expired or pending; its reason, tries.
sub outcome {
	my ($self, $send) = @_;
	my ($row) = $self->sql('SELECT state, COALESCE(reason, ""), tries'
	    . " FROM push_message WHERE send_id = $send");
	return $row ? @$row : ('none', '', 0);
}

sub settled {
	my ($self, $seconds, $what) = @_;
	my $begin = time;
	my $done = $self->wait_for($seconds, sub {
		return defined eval { $self->waiting } &&
		    $self->waiting == 0;
	});
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok $done, $what // 'nothing is left in the outbox'
	    or diag $self->waiting . " rows are left\n" . $self->last_words;
	note sprintf 'settled within %.1f s', time - $begin;
	return $done;
}

# All connections of a user end (or of several: a pattern of LIKE), and have
# ended: MariaDB only notes a KILL, and one may end before it. How many.
sub cut {
	my ($self, $user) = @_;
	my @ids = map { $_->[0] } $self->sql('SELECT id FROM'
	    . " information_schema.processlist WHERE user LIKE '$user'");
	eval { $self->sql("KILL $_") } for @ids;
	my $left = 'SELECT COUNT(*) FROM information_schema.processlist'
	    . ' WHERE id IN (' . join(',', 0, @ids) . ')';
	$self->wait_for(60, sub { $self->value($left) == 0 })
	    or die "connections of $user do not end\n";
	return scalar @ids;
}

# --- the ledger -------------------------------------------------------------

# Its lines as [provider, id, token]; quick, for tens of thousands. Only of
# tokens that match, if asked.
sub lines {
	my ($self, $match) = @_;
	my $path = "$self->{run}/provider.ledger";
	return () if !-e $path;
	open my $f, '<', $path or die "$path: $!\n";
	my @all;
	local $_;
	while (<$f>) {
		my @line = /^\{"provider":"(\w+)","id":"([^"]*)",
		    "token":"([^"]*)"/x or next;
		push @all, \@line if !$match || $line[2] =~ $match;
	}
	close $f;
	return @all;
}

sub seen { return scalar @{ [ $_[0]->lines($_[1]) ] } }

# The account: each of n messages is in the ledger, with the same id when it
# is there again. Answers how many are there more than once.
sub nothing_lost {
	my ($self, $n, %o) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my (%seen, %ids);
	for my $line ($self->lines($o{match})) {
		$seen{ $line->[2] }++;
		$ids{ $line->[2] }{ $line->[1] } = 1;
	}
	my $of = $o{of} ? " ($o{of})" : '';
	is scalar(keys %seen), $n, "each of $n messages reached the provider"
	    . $of;
	my @twice = grep { $seen{$_} > 1 } keys %seen;
	is scalar(grep { keys %$_ != 1 } values %ids), 0,
	    "a repetition has the same apns-id$of" if !$o{any_id};
	is $self->value('SELECT COUNT(*) - COUNT(DISTINCT id)'
	    . ' FROM push_history'), 0, "none is in the history twice$of";
	note scalar(@twice) . " of $n came more than once$of"
	    . ($o{why} && @twice ? ": $o{why}" : '');
	return scalar @twice;
}

# The accounts of all sends agree: all done, none failed unless told so.
sub accounts {
	my ($self, $n, %o) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($got) = $self->sql('SELECT SUM(total), SUM(done),'
	    . ' SUM(apns_sent + fcm_sent + hms_sent),'
	    . ' SUM(apns_failed + fcm_failed + hms_failed),'
	    . ' SUM(apns_expired + fcm_expired + hms_expired) FROM push_send'
	    . ($o{where} ? " WHERE $o{where}" : ''));
	my ($failed, $expired) = ($o{failed} // 0, $o{expired} // 0);
	is_deeply $got, [ $n, $n, $n - $failed - $expired, $failed,
	    $expired ], 'the accounts of the sends are complete';
}

# --- sendd ------------------------------------------------------------------

sub log_text {
	my ($self, $name) = @_;
	my $path = "$self->{run}/logs/" . ($name // 'sendd') . '.log';
	return -e $path ? $self->read_file($path) : '';
}

sub last_words {
	my ($self) = @_;
	my @lines = grep { !/^<6>sent/ } split /^/, $self->log_text;
	return join '', @lines > 12 ? @lines[-12 .. -1] : @lines;
}

# Killed, and known to be dead.
sub kill_off {
	my ($self, $name) = @_;
	my $pid = $self->pid($name);
	kill 'KILL', $pid;
	$self->wait_for(60, sub { !-e "/proc/$pid/exe" || !kill 0, $pid });
}

# Restart what has died.
sub again {
	my ($self) = @_;
	my $out = $self->stack('up');
	die "the stack did not come up again:\n$out\n" if $?;
}

# Another sendd over the same outbox, with a name and a doorbell of its own;
# words before its command, if it is to run elsewhere.
sub more_sendd {
	my ($self, $name, $conf, @at) = @_;
	my $text = $self->read_file($self->{conf}) . "\n[sendd]\n"
	    . "instance = $name\n"
	    . "doorbell = $self->{run}/sock/$name.sock\n" . ($conf // '');
	my $path = "$self->{run}/$name.conf";
	$self->write_file($path, $text);
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		my $log = "$self->{run}/logs/$name.log";
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', $log;
		open STDERR, '>>', $log;
		exec @at, "$self->{run}/bin/sendd", '-c', $path;
		exit 127;
	}
	$self->{more}{$name} = $pid;
	$self->wait_for(60, sub { -S "$self->{run}/sock/$name.sock" })
	    or die "$name did not start: " . $self->log_text($name);
	return $pid;
}

# End one of those; TERM unless another signal is named.
sub end_sendd {
	my ($self, $name, $signal) = @_;
	my $pid = delete $self->{more}{$name} // return;
	kill 'CONT', $pid if !$signal;
	kill $signal // 'TERM', $pid;
	waitpid $pid, 0;
	return $?;
}

# Shards by owner, of leases that run.
sub shares {
	my ($self) = @_;
	return map { $_->[0] => $_->[1] } $self->sql('SELECT owner, COUNT(*)'
	    . ' FROM push_shard WHERE lease_until > UTC_TIMESTAMP(3)'
	    . ' AND owner <> "" GROUP BY owner');
}

1;
