# Web Push to four services, against the bare cost of its encryption.
use strict;
use warnings;
use Bench;
use MIME::Base64 qw(encode_base64);
use Outpost;

my $count = few(100000, 10000);
my @hosts = qw(fcm.googleapis.com updates.push.services.mozilla.com
    web.push.apple.com wns2-par02p.notify.windows.com);

sub bare {
	my ($rate, $us) = qx($ENV{BIN}/seal $count) =~
	    m{^(\d+) messages/s, ([\d.]+) us} or die "seal: nothing\n";
	return ($rate, $us);
}

sub make_app {
	my ($o, $keys) = @_;
	for ([ POST => '/admin/app/create', { appId => 'browsers' } ],
	    [ PUT => '/admin/app/webpush', { appId => 'browsers', subject =>
		'mailto:push@my-shop.eu', defaultUrl => 'https://my-shop.eu/',
		privateKeyBase64 => encode_base64(
		    $o->read_file($keys->{key_file}), '') } ]) {
		my $r = $o->request(@$_[0, 1], { requestObject => $_->[2] });
		die "$_->[1]: $r->{body}\n" if $r->{status} != 200;
	}
	return number("SELECT id FROM push_app_credentials WHERE app_id ="
	    . " 'browsers'");
}

# An id begins with its second (lib/id.h). Two fills may fall into one second,
# so the second comes of the ids that are there, too.
sub next_second {
	my $latest = 1 + number('SELECT COALESCE(MAX(id) >> 31, 0) FROM'
	    . ' push_send');
	return $latest > time ? $latest : int time;
}

# A browser for each message, evenly at the services.
sub fill {
	my ($o, $keys, $app, $n) = @_;
	my $first = 1 + number('SELECT COALESCE(MAX(id), 0) FROM'
	    . ' push_device_registration');
	my $send = (next_second() << 31) + 2;
	my $host = 'ELT(seq % ' . @hosts . ' + 1, '
	    . join(', ', map { "'$_'" } @hosts) . ')';
	my $address = "CONCAT('https://', $host, '/webpush/bench-', $first +"
	    . " seq, ' $keys->{p256dh} $keys->{auth}')";
	my $from = 'FROM seq_0_to_' . ($n - 1);
	$o->sql('INSERT INTO push_device_registration (id, activation_id,'
	    . ' user_id, app_id, platform, push_token, address,'
	    . " timestamp_last_registered, is_active) SELECT $first + seq,"
	    . " CONCAT('w-', $first + seq), 'bench', $app, 'webpush',"
	    . " CONCAT($host, ':', $first + seq), $address, UTC_TIMESTAMP(3), 1"
	    . " $from");
	$o->sql('INSERT INTO push_send (id, app_id, mode, created, total,'
	    . " webpush_total) SELECT $send + 2 * seq, $app, 'ASYNCHRONOUS',"
	    . " UTC_TIMESTAMP(3), 1, 1 $from");
	my $expires = (time + 86400) * 1000;
	$o->sql('INSERT INTO push_outbox (shard, lane, due, id, send_id,'
	    . ' body_id, app_id, device_id, platform, environment, token, body,'
	    . " user_id) SELECT ($send + 2 * seq) % 64, 0, UTC_TIMESTAMP(3),"
	    . " $send + 2 * seq + 1, $send + 2 * seq, $send + 2 * seq + 1,"
	    . " $app, $first + seq, 3, 0, $address, CONCAT('{\"silent\":false,"
	    . "\"high\":true,\"expires\":$expires,\"body\":{\"title\":"
	    . "\"Balance update\",\"body\":\"Your balance is now', seq,"
	    . " '.00\"}}'), 'bench' $from");
}

sub {
	my $o = stack();
	my $keys = Outpost::json()->decode($o->read_file(provider_keys()))
	    ->{webpush};
	my $app = make_app($o, $keys);
	my $pid = $o->pid('sendd');
	drained(sub { fill($o, $keys, $app, few(5000, 1000)) }, $pid); # warm
	my $accepted = provider_counters()->{accepted};
	my ($rate, $us) = bare();
	my @others = (provider_pid(), $o->pid('mariadbd'));
	my $before = 0;
	my ($seconds, $cpu) = drained(sub { fill($o, $keys, $app, $count);
	    $before += cpu($_) for @others }, $pid);
	my $all = $cpu - $before;
	$all += cpu($_) for @others;
	my $came = provider_counters()->{accepted} - $accepted;
	my $ours = $count / $seconds;
	my $our_us = $cpu * 1e6 / $count;
	result('webpush, messages a second', per_second($ours),
	    per_second($rate), $ours / $rate, '0.5 of bare encryption',
	    $ours / $rate >= 0.5);
	result('webpush, CPU a message', sprintf('%.1f us', $our_us),
	    sprintf('%.1f us', $us), $our_us / $us, 'bare encryption');
	my $all_us = $all * 1e6 / $count;
	result('webpush, CPU of all processes', sprintf('%.1f us', $all_us),
	    sprintf('%.1f us', $us), $all_us / $us, 'bare encryption');
	result('webpush, accepted by stand-in', thousands($came),
	    thousands($count), $came / $count, 'each once', $came == $count);
	result('webpush, peak memory', thousands(peak($pid) / 1024) . ' MB',
	    '', undef, '64 MB', peak($pid) <= 65536);
}
