#!/usr/bin/perl
# What a web server may spoil on the way: a prefix before all paths, bodies of
# PUT and DELETE, chunked bodies, encoded slashes, the Authorization header, a
# responder that is started anew. And several HMS devices go in one request.
use strict;
use warnings;
use Outpost;
use Test::More;
use Time::HiRes qw(sleep);

my $prefix = '/powerauth-push-server';
my $o = Outpost->up(conf => "[api]\nprefix = $prefix\n");
is $o->{prefix}, $prefix, 'the stack has a prefix';
my $web = "http://127.0.0.1:$o->{port}";

is $o->get('/push/service/status')->{status}, 200, 'below the prefix';
{
	local $o->{prefix} = '';
	my $r = $o->get('/push/service/status');
	# what is outside belongs to the web server's own site
	like $r->{status}, qr/^40[34]$/, 'and nowhere else';
}
$o->app('mobile-app');		# PUT with bodies
$o->device('mobile-app', 'user-1', 'huawei', "hms-$_") for 1 .. 5;

my $r = $o->send('mobile-app', 'user-1');
is $r->{json}{responseObject}{result}{hms}{sent}, 5, 'five HMS devices';
my %requests = map { $_->{id} => 1 } $o->ledger;
is scalar(keys %requests), 1, 'in one request';

$r = $o->delete('/push/device/remove', { requestObject => {
    appId => 'mobile-app', token => 'hms-5' } });
is $r->{status}, 200, 'DELETE with a body';
is_deeply [ $o->sql('SELECT COUNT(*) FROM push_device_registration') ],
    [ [ 4 ] ], 'is obeyed';
is $o->get('/inbox/messages/count?userId=a%2Fb&appId=mobile-app')->{status},
    200, 'an encoded slash in the query';
$r = $o->get('/push/device%2Flist?userId=user-1');
is $r->{status}, 404, 'an encoded slash is part of a name, no separator'
    if $o->{via} ne 'lighttpd';
is $r->{json}{status}, 'ERROR', 'answered by us';

SKIP: {
	skip 'chunks are the web server\'s', 2 if $o->{via} eq 'direct';
	my $body = "$o->{run}.body.chunked";
	$o->write_file($body, '{"requestObject":{"appId":"mobile-app",'
	    . '"mode":"ASYNCHRONOUS","message":{"userId":"user-1","body":'
	    . '{"title":"c"}}}' . ' ' x 20000 . '}');
	my $code = qx(curl -s -o /dev/null -w '%{http_code}' \\
	    -H 'Transfer-Encoding: chunked' \\
	    -H 'Content-Type: application/json' \\
	    --data-binary '\@$body' $web$prefix/push/message/send);
	is $code, 200, 'a chunked body';
	my ($n) = $o->sql('SELECT COUNT(*) FROM push_send');
	is $n->[0], 2, 'is a message';
}

done_testing;
