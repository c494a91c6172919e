#!/usr/bin/perl
# outpost import webpush: the browsers of a site that has sent by itself, from
# its table as CSV or straight from its database, with its VAPID pair. A browser
# that came so gets a message, and is the same one when its page comes again.
use strict;
use warnings;
use Digest::SHA qw(sha256 sha256_hex);
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use Outpost;
use Test::More;

my $o = Outpost->up;
my $app = $o->app('shop');
my ($csv, $env) = map { "$o->{run}/$_" } 'site.csv', 'site.env';
# RFC 8291, appendix A: the pair, and a browser
my $private = 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94';
my $public = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyP'
    . 'js7Vd8pZGH6SRpkNtoIAiw4';
my $auth = 'BTBZMqHH6r4Tts7J_aSIgg';
my $bound = "$public $auth ~"
    . substr encode_base64url(substr(sha256(MIME::Base64::decode_base64(
    $public =~ tr{-_}{+/}r . '=')), 0, 8)), 0, 11;
my $names = 'id,subscribable_type,subscribable_id,endpoint,public_key,'
    . 'auth_token,content_encoding,created_at,updated_at';
my $at = 'https://fcm.googleapis.com/fcm/send/';

sub env { $o->write_file($env, join '', map { "$_\n" }
    'APP_URL=https://shop.eu', "VAPID_PUBLIC_KEY=\"$public=\"",
    "VAPID_PRIVATE_KEY=$private", 'VAPID_SUBJECT=mailto:push@shop.eu', @_) }
sub table { $o->write_file($csv, join '', map { "$_\n" } $names, @_) }
sub row {
	my ($id, $user, $endpoint, %o) = @_;
	return join ',', $id, $o{type} // 'App\Models\User', $user, $endpoint,
	    $o{key} // $public, $o{auth} // $auth, $o{coding} // 'aes128gcm',
	    '2024-01-01 10:00:00', $o{at} // '2024-05-01 10:00:00';
}
sub import { return $o->outpost('import', 'webpush', '--app', $app, @_) }

# The exit status and the counts, by the names of --json.
sub counts {
	my ($status, $text) = import('--json', @_);
	my ($json) = $text =~ /^(\{.*\})$/m or diag $text;
	my $all = JSON::PP->new->decode($json // '{}');
	return join ' ', $status, map {
	    my $k = $_;
	    map { "$k.$_=$all->{$k}{$_}" } grep { $all->{$k}{$_} }
		sort keys %{ $all->{$k} }
	} grep { ref $all->{$_} eq 'HASH' } sort keys %$all;
}
sub rows { return [ map { join '|', @$_ } $o->sql('SELECT user_id, address,'
    . ' activation_id, is_active, timestamp_last_registered FROM'
    . ' push_device_registration ORDER BY user_id') ] }
sub activation { return substr sha256_hex("$_[0] $_[1]"), 0, 36 }
sub expected {
	my ($user, $endpoint, $time) = @_;
	return "$user|$endpoint $bound|" . activation($user, $endpoint)
	    . '|1|' . ($time // '2024-05-01 10:00:00') . '.000';
}

# --- what is wrong with the call, or the site -------------------------------

for ([ 2, qr/--csv or --env is wanted/ ],
    [ 1, qr/there is no file .*none/, '--env', "$o->{run}/none" ],
    [ 1, qr/its table as CSV|VAPID key .* not known/, '--csv', $csv ]) {
	my ($wanted, $words, @options) = @$_;
	my ($status, $text) = import(@options);
	is $status, $wanted, "status of: @options" or diag $text;
	like $text, $words, 'with a sentence';
}
table(row(1, 7, "${at}a"));
env('VAPID_PRIVATE_KEY=' . 'A' x 43);
my ($status, $text) = import('--csv', $csv, '--env', $env);
is "$status $text" =~ /^1 .*the site's VAPID pair:/s ? 1 : 0, 1,
    'a key that is none' or diag $text;
env('VAPID_PUBLIC_KEY=BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc'
    . 'InmYWAmS6TlzAC8wEqKK6PBru3jl7A8');
like +(import('--csv', $csv, '--env', $env))[1],
    qr/public key is not that of the private one/, 'halves of two pairs';
env('VAPID_SUBJECT=mailto:admin@example.com');
like +(import('--csv', $csv, '--env', $env))[1], qr/placeholder/,
    'a subject that Apple would refuse';
env('DB_DATABASE=shop', "DB_SOCKET=$o->{run}/none.sock");
like +(import('--env', $env))[1], qr/cannot connect to the site's database/,
    'a database that is not there';
$o->write_file($csv, "user,endpoint\n1,x\n");
like +(import('--csv', $csv, '--env', $env))[1],
    qr/no column public_key or p256dh/, 'a column that is missing';
is_deeply rows(), [], 'nothing was written';
is $o->get("/push/webpush/key?appId=$app")->{status}, 400, 'nor the key';

# --- from CSV ---------------------------------------------------------------

env();
table(row(1, 7, "${at}a"), row(2, 8, "${at}b?x=1%2b", at => ''),
    row(3, 9, "${at}c", key => $public =~ tr{-_}{+/}r . '='));
is counts('--csv', $csv, '--env', $env, '--dry-run'),
    '0 credentials.new=1 devices.new=3', 'a rehearsal';
is_deeply rows(), [], 'writes nothing';
is counts('--csv', $csv, '--env', $env),
    '0 credentials.new=1 devices.new=3', 'imported';
my @rows = @{ rows() };
like $rows[1], qr/^8\|\Q${at}b?x=1%2b $bound\E\|/,
    'the endpoint byte for byte, with its key';
is_deeply [ @rows[0, 2] ], [ expected(7, "${at}a"), expected(9, "${at}c") ],
    'keys in base64 too, and the time of registration';
is $o->get("/push/webpush/key?appId=$app")->{json}{responseObject}{publicKey},
    $public, 'pages get the key that the browsers have';
is_deeply [ map { @$_ } $o->sql('SELECT webpush_subject, webpush_default_url'
    . ' FROM push_app_credentials') ], [ 'mailto:push@shop.eu',
    'https://shop.eu' ], 'with its subject, and where a tap leads';
is counts('--csv', $csv, '--env', $env),
    '0 credentials.same=1 devices.same=3', 'once more: nothing to do';
is counts('--csv', $csv), '0 devices.same=3', 'nor without the pair';
is_deeply rows(), \@rows, 'and nothing was done';
is_deeply $o->send($app, 7)->{json}{responseObject}{webpush}{total}, 1,
    'a message goes there';

# The page comes again: the same browser, by the name that the page gives it.
my $r = $o->post('/push/device/create', { requestObject => { appId => $app,
    platform => 'webpush', userId => '7', activationId =>
    activation(7, "${at}a"), token => { endpoint => "${at}a",
	keys => { p256dh => $public, auth => $auth } } } });
is $r->{status}, 200, 'its page comes again' or diag $r->{body};
is scalar(@{ rows() }), 3, 'which is no other browser';
is counts('--csv', $csv), '0 devices.same=3', 'nor for the import';

# --- rows, and files --------------------------------------------------------

table(row(1, 7, "${at}d"), row(2, 8, 'https://10.0.0.1/x'),
    row(3, 8, 'http://fcm.googleapis.com/x'), row(4, 8, "${at}e",
	auth => 'AAAA'), row(5, 8, "${at}f", coding => 'aesgcm'),
    row(6, '', "${at}g"), row(7, 8, ''), row(8, 8, 'https://evil.eu/x'),
    row(9, 10, "${at}d"), row(10, 8, "${at}h", key => 'B' . 'A' x 86));
($status, $text) = import('--csv', $csv);
is $status, 1, 'rows are refused';
my %why = (3 => qr/address/, 4 => qr/https/, 5 => qr/16 bytes/,
    6 => qr/too old/, 7 => qr/names no user/, 8 => qr/endpoint is empty/,
    9 => qr/no push service/, 11 => qr/curve/);
like $text, qr/^\Q$csv\E:$_: refused: .*$why{$_}/m, "line $_"
    for sort { $a <=> $b } keys %why;
unlike $text, qr/send\/[a-h]|\Q$auth\E/, 'no secret is told';
like $text, qr/^devices +1 +0 +0 +0 +1 +8 +0$/m, 'the account';
is_deeply [ grep { /^10\|/ } @{ rows() } ], [ expected(10, "${at}d") ],
    'of an endpoint that comes twice the last row counts';
table(row(1, 7, "${at}a"), row(2, 7, "${at}i", type => 'App\Models\Admin'));
like +(import('--csv', $csv))[1], qr/several types .*--type/s,
    'owners of two types may be two persons with one number';
is counts('--csv', $csv, '--type', 'App\Models\Admin'),
    '0 devices.leftOut=1 devices.new=1', 'so one of them is chosen';
$o->write_file($csv, "user,endpoint,p256dh,auth\n20,${at}j,$public,$auth\n");
is counts('--csv', $csv), '0 devices.new=1', 'columns as a browser has them';

# --- straight from MariaDB --------------------------------------------------

$o->sql($_) for 'CREATE DATABASE shop', 'CREATE TABLE shop.push_subscriptions'
    . ' (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, subscribable_type'
    . ' VARCHAR(255), subscribable_id BIGINT UNSIGNED, endpoint VARCHAR(500)'
    . ' UNIQUE, public_key VARCHAR(255), auth_token VARCHAR(255),'
    . ' content_encoding VARCHAR(255), created_at TIMESTAMP NULL,'
    . ' updated_at TIMESTAMP NULL)',
    "CREATE USER shop\@localhost IDENTIFIED BY 'pass \"word'",
    'GRANT SELECT ON shop.* TO shop@localhost';
$o->sql('INSERT INTO shop.push_subscriptions (subscribable_type,'
    . ' subscribable_id, endpoint, public_key, auth_token, created_at,'
    . " updated_at) SELECT 'User', 100 + seq, CONCAT('$at', 'db-', seq),"
    . " '$public', '$auth', '2024-02-03 04:05:06', NULL FROM"
    . ' seq_1_to_1200');
my @login = ('DB_CONNECTION=mysql', "DB_SOCKET=$o->{run}/mariadb.sock",
    'DB_DATABASE=shop', 'DB_USERNAME=shop', 'DB_PASSWORD="pass \"word"');
env(@login);
is counts('--env', $env, '--dry-run'),
    '0 credentials.same=1 devices.new=1200', 'a rehearsal from the database';
is counts('--env', $env), '0 credentials.same=1 devices.new=1200',
    'and the import';
is $o->sql('SELECT 1 FROM push_device_registration WHERE address LIKE'
    . " '%/db-%' AND address LIKE '% $auth %'"), 1200,
    'each with its address';
is counts('--env', $env), '0 credentials.same=1 devices.same=1200',
    'once more: nothing to do';
is $o->sql("SELECT 1 FROM shop.push_subscriptions"), 1200,
    'the table stays as it was';
for ([ qr/Access denied/, 'DB_PASSWORD=other' ],
    [ qr/not MariaDB: say --csv/, 'DB_CONNECTION=pgsql' ],
    [ qr/no DB_DATABASE/, 'DB_DATABASE=' ],
    [ qr/DB_PORT .* no port/, 'DB_PORT=many' ]) {
	env(@login, $_->[1]);
	($status, $text) = import('--env', $env);
	is $status, 1, "$_->[1] fails";
	like $text, $_->[0], 'for that reason';
	unlike $text, qr/pass "word|\Q$private\E/, 'and no secret is told';
}
env(@login);
like +(import('--env', $env, '--table', 'no`such'))[1],
    qr/Table 'shop.no`such' doesn't exist/, 'a table that is not there';
is_deeply [ map { $_->[0] } $o->sql("SELECT DISTINCT object FROM push_audit"
    . " WHERE action = 'import.webpush'") ], [$app], 'the audit trail knows';
unlike join(' ', map { join ' ', map { $_ // '' } @$_ } $o->sql('SELECT * FROM'
    . ' push_audit')), qr/\Q$private\E|pass "word/, 'and has no secret';

# --- another key ------------------------------------------------------------

env("VAPID_PUBLIC_KEY=\nVAPID_PRIVATE_KEY=" . encode_base64url("\1" x 32));
like +(import('--csv', $csv, '--env', $env))[1],
    qr/\d+ devices have subscribed with the present key/,
    'a key that is here with browsers is not replaced';

# Devices from elsewhere may be browsers, too.
$o->write_file($csv, "user,platform,token,activation,application\n"
    . qq(30,webpush,"{""endpoint"":""${at}k"",""keys"":{""p256dh"":""$public"")
    . qq(,""auth"":""$auth""}}",a-30,$app\n));
($status, $text) = $o->outpost('import', 'devices', $csv);
is $status, 0, 'import devices takes a browser' or diag $text;
like +(grep { /^30\|/ } @{ rows() })[0], qr/^30\|\Q${at}k $bound\E\|a-30\|/,
    'with its address';
done_testing;
