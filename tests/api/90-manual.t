#!/usr/bin/perl
# The examples of outpost-api(7), executed in their order on a fresh stack:
# request, status and the whole answer. "..." stands for any value; as a
# member's name, for further members.
use strict;
use warnings;
use File::Basename qw(dirname);
use JSON::PP;
use Manual;
use MIME::Base64 qw(encode_base64);
use Outpost;
use POSIX qw(strftime);
use Test::More;

my $path = dirname(__FILE__) . '/../../man/outpost-api.7';
my $o = Outpost->up(conf => <<'END');
[registration]
multiple_activations = yes
[message]
storage = yes
END
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $k = $o->{keys};
my %key = ('LS0tLS1CRUdJT...' => $o->read_file($k->{apns}{key_file}),
    'ewogICJ0eXBlIjog...' => $o->read_file($k->{fcm}{account_file}) =~
	s/("project_id":\s*)"[^"]*"/$1"PROJECTID123"/r);

my $tomorrow = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime time + 86400);

# What the stand-in takes, in place of the manual's names.
my %stand_in = (
    apns => { bundle => $k->{apns}{bundle}, keyId => $k->{apns}{key_id},
	teamId => $k->{apns}{team_id} },
    fcm => { projectId => $k->{fcm}{project_id}, privateKeyBase64 =>
	encode_base64($o->read_file($k->{fcm}{account_file}), '') },
    hms => { projectId => $k->{hms}{project_id},
	clientId => $k->{hms}{client_id},
	clientSecret => $k->{hms}{client_secret} });

# Values given by the server: shown in the manual => real. In one pass: what
# is real may look like another that is shown.
my (%real, %caller);
sub real { my ($text) = @_;
	my $shown = join '|', map { quotemeta } sort { length $b <=>
	    length $a } keys %real;
	$text =~ s/\b($shown)\b/$real{$1}/g if %real;
	return $text }

sub value { my ($v, $at) = @_;
	for (split /\./, $at) {
		$v = ref $v eq 'ARRAY' ? $v->[$_] : $v->{$_};
	}
	return $v }

sub body {
	my ($e) = @_;
	return if $e->{body} eq '';
	my $body = real($e->{body});
	$body =~ s{"\Q$_\E"}{'"' . encode_base64($key{$_}, '')
	    . '"'}e for keys %key;
	$body =~ s/("sendAt": ")[^"]*"/$1$tomorrow"/g;
	# the integration made last; nothing of ours shows a secret
	$body =~ s/("(token|secret)": )"\.\.\."/$1"$caller{$2}"/g if %caller;
	return $body;
}

my @examples = Manual::examples($path);
cmp_ok scalar(@examples), '>', 40, 'there are examples';
my %shown;
for my $e (@examples) {
	my $url = real($e->{path});
	my $name = "line $e->{line}: $e->{method} $e->{path}";
	my $body = body($e);
	ok !defined $body || eval { $json->decode($body) }, "$name: JSON";
	my $r = $o->request($e->{method}, $url, $body);
	%caller = %{ $r->{json}{responseObject} }
	    if $url eq '/admin/integration/create';
	is $r->{status}, $e->{status}, "$name: $e->{status}"
	    or diag $r->{body};
	$real{ value($json->decode($e->{answer}), $_) } =
	    value($r->{json}, $_) // '?' for @{ $e->{keep} };
	my $want = $json->decode(real($e->{answer}));
	is_deeply [ Manual::differences($r->{json}, $want, 'answer') ], [],
	    "$name: the answer" or diag $r->{body};
	(my $route = $e->{path}) =~ s{\?.*}{};
	$route =~ s{/\d+(?=/|\z)}{/\{id\}};
	$shown{$route}++;
	next if $url !~ m{^/admin/app/(apns|fcm|hms)$};
	my $in = $json->decode($body)->{requestObject};
	$o->put($url, { requestObject => { %$in, %{ $stand_in{$1} } } });
}

# --- the table of calls -----------------------------------------------------

my $text = $o->read_file($path);
my @calls = Manual::calls($text);
my %row = map { ("$_->{method} $_->{path}" => $_) } @calls;
$text =~ s/^\.Ss All calls.*?^\.Ed$//ms;
# The words are those of the description of the API.
my $described = $json->decode($o->read_file(dirname(__FILE__)
    . '/../../fcgi/openapi.json'))->{paths};

# What is wrong with the rows of a path. POST does what PUT does, and mostly
# what DELETE does: such a call has one row.
sub in_table {
	my ($path, $methods) = @_;
	my (%rows, @wrong);
	for my $method (sort keys %$methods) {
		my $call = $described->{$path}{$method};
		$rows{ $call->{summary} } //= 0;
		my $row = delete $row{ uc($method) . " $path" } or next;
		$rows{ $row->{what} }++;
		my $role = $call->{'x-role'};
		my $heading = $call->{deprecated} ? 'Under earlier names'
		    : $role eq 'open' ? 'For everybody'
		    : $role eq 'any' ? 'With any role'
		    : "With the role $role";
		push @wrong, "$method $path: not $row->{heading}"
		    if $row->{heading} ne $heading;
		push @wrong, "$method $path: $row->{what}"
		    if $row->{what} ne $call->{summary};
	}
	return @wrong, map { "$path: $_: $rows{$_} rows" }
	    grep { $rows{$_} != 1 } sort keys %rows;
}

# --- all calls are in the manual --------------------------------------------

my $deprecated = qr{^/admin/app/(?:ios|android|huawei)/};
my (@missing, @wrong, %looked_at);
for my $program (qw(push admin inbox)) {
	my $part = $json->decode(scalar qx{'$o->{bin}/$program.fcgi' -O});
	for my $route (keys %{ $part->{paths} }) {
		push @wrong, in_table($route, $part->{paths}{$route})
		    if !$looked_at{$route}++;	# two programs have some
		(my $mark = $route) =~ s/\{id\}/ID/;
		push @missing, $route if $text !~ /\Q$mark\E\b/;
		push @missing, "$route (an example)" if !$shown{$route} &&
		    $route !~ $deprecated && $route !~ m{^/(?:metrics|openapi|
		    actuator|v3/|push/device/delete)}x;
	}
}
is_deeply [ sort @missing ], [], 'every call stands in the manual';
is_deeply [ sort @wrong ], [], 'and in its table, with role and words';
is_deeply [ sort keys %row ], [], 'which has no others';
is_deeply [ map { $_->{line} } grep { length $_->{line} > 75 } @calls ], [],
    'a line each';

SKIP: {
	my $lint = qx{mandoc -Tlint -W warning '$path' 2>&1};
	skip 'no mandoc', 1 if $? == -1 || $? >> 8 == 127;
	is $lint, '', 'mandoc has nothing to say';
}

done_testing;
