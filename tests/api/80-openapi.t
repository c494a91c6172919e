#!/usr/bin/perl
# The description of the API: made from the tables, whole, and served.
use strict;
use warnings;
use File::Basename qw(dirname);
use JSON::PP;
use Outpost;
use Test::More;

my $root = dirname(__FILE__) . '/../..';
my $o = Outpost->up;
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $file = $o->read_file("$root/fcgi/openapi.json");

# --- what is in the tree is what the tables say -----------------------------

my $made = do { local $ENV{BIN} = $o->{bin}; qx{'$root/tools/openapi'} };
is $?, 0, 'tools/openapi runs';
ok $made eq $file, 'fcgi/openapi.json is what it makes (make openapi)';

my $r = $o->get('/openapi.json');
is $r->{status}, 200, 'served';
is $r->{headers}{'content-type'}, 'application/json', 'as JSON';
ok $r->{body} eq $file, 'the same as in the tree';
my $d = $r->{json};
is $o->post('/openapi.json', {})->{status}, 405, 'to be read only';

# --- every route of the three tables ----------------------------------------

my %routes;
for my $name (qw(push admin inbox)) {
	my $table = $o->read_file("$root/fcgi/${name}_routes.c");
	while ($table =~
	    /^\t\{((?:M_\w+[ |]*)+),\s*"([^"]+)",.*?(ROLE_\w+)/mg) {
		my ($methods, $path, $role) = ($1, $2, lc substr $3, 5);
		$routes{ lc($1) . " $path" } = $role
		    while $methods =~ /M_(\w+)/g;
	}
}
cmp_ok scalar(keys %routes), '>', 60, 'the tables were read';
my %calls;
for my $path (keys %{ $d->{paths} }) {
	$calls{"$_ $path"} = $d->{paths}{$path}{$_}
	    for keys %{ $d->{paths}{$path} };
}
is_deeply [ sort keys %calls ], [ sort keys %routes ],
    'every call of the tables, and no other';
is_deeply { map { $_ => $calls{$_}{'x-role'} } keys %calls }, \%routes,
    'with the role that it needs';

# --- every published call ---------------------------------------------------

my @published = glob dirname(__FILE__) . '/published/*-*.json';
cmp_ok scalar(@published), '==', 61, 'the published examples';
for my $path (@published) {
	my ($method, $name, $kind) =
	    $path =~ m{/(get|put|post|delete)-([^/]+)\.(request|answer)\.json};
	my ($call) = grep { my $c = $_; $c =~ s{[{}]}{}g;
	    $c =~ s{[ /]+}{-}g; $c eq "$method-$name" } keys %calls;
	ok $call, "$method $name is described" or next;
	my $place = $kind eq 'request' ? $calls{$call}{requestBody}
	    : $calls{$call}{responses}{200};
	next if !$place;	# a request that says nothing: {}
	is_deeply $place->{content}{'application/json'}{example},
	    $json->decode($o->read_file($path)), "$call: $kind as published";
}

# --- structure --------------------------------------------------------------

is $d->{openapi}, '3.1.0', 'OpenAPI 3.1';
ok $d->{info}{title} && $d->{info}{version}, 'title and version';

# Problems of a schema, as texts; all of $ref resolve.
sub schema_faults {
	my ($s, $at) = @_;
	return "$at: no schema" if ref $s ne 'HASH';
	my @faults;
	if (my $ref = $s->{'$ref'}) {
		my $to = $d;
		$to = ref $to eq 'HASH' ? $to->{$_} : undef
		    for (split m{/}, $ref)[1 .. 3];
		return $to ? () : "$at: $ref leads nowhere";
	}
	my %known = map { $_ => 1 }
	    qw(string integer number boolean array object null);
	my @types = ref $s->{type} ? @{ $s->{type} } : $s->{type} // ();
	push @faults, map { "$at: type $_" } grep { !$known{$_} } @types;
	push @faults, "$at: required " . $_
	    for grep { !exists $s->{properties}{$_} } @{ $s->{required} // [] };
	push @faults, "$at: an array of what?"
	    if grep({ $_ eq 'array' } @types) && !exists $s->{items} &&
	    !grep { $_ eq 'object' } @types;
	push @faults, map { schema_faults($s->{properties}{$_}, "$at.$_") }
	    sort keys %{ $s->{properties} // {} };
	push @faults, schema_faults($s->{items}, "$at\[]")
	    if ref $s->{items} eq 'HASH' && %{ $s->{items} };
	return @faults;
}

# Problems of a value under a schema.
sub kinds {
	my ($v) = @_;
	return 'null' if !defined $v;
	return 'object' if ref $v eq 'HASH';
	return 'array' if ref $v eq 'ARRAY';
	return 'boolean' if JSON::PP::is_bool($v);
	return 'string' if $json->encode($v) =~ /^"/;
	return $v =~ /[.eE]/ ? ('number') : ('integer', 'number');
}

sub value_faults {
	my ($v, $s, $at) = @_;
	return () if $s->{'$ref'} || !%$s;
	return () if exists $s->{const} && $s->{const} eq $v;
	my %is = map { $_ => 1 } kinds($v);
	my @types = ref $s->{type} ? @{ $s->{type} } : $s->{type} // ();
	return "$at: is no @types" if @types && !grep { $is{$_} } @types;
	my @faults;
	push @faults, "$at: not one of the choices" if $s->{enum} &&
	    !grep { ($_ // 'null') eq ($v // 'null') } @{ $s->{enum} };
	push @faults, "$at: too long" if $is{string} && $s->{maxLength} &&
	    length $v > $s->{maxLength};
	if ($is{object}) {
		push @faults, map { "$at.$_: missing" }
		    grep { !exists $v->{$_} } @{ $s->{required} // [] };
		push @faults, map { value_faults($v->{$_},
		    $s->{properties}{$_}, "$at.$_") }
		    grep { $s->{properties}{$_} } sort keys %$v;
	}
	push @faults, map { value_faults($_, $s->{items}, "$at\[]") } @$v
	    if $is{array} && $s->{items};
	return @faults;
}

my (%ids, @faults);
for my $call (sort keys %calls) {
	my $c = $calls{$call};
	my ($method, $path) = split / /, $call;
	push @faults, "$call: operationId"
	    if !$c->{operationId} || $ids{ $c->{operationId} }++;
	push @faults, "$call: no summary" if !$c->{summary};
	my @wanted = (200, 400, $c->{'x-role'} eq 'open' ? ()
	    : (401, 403, 429));
	push @faults, map { "$call: no answer $_" }
	    grep { !$c->{responses}{$_} } @wanted;
	push @faults, map { my $ref = $c->{responses}{$_}{'$ref'};
	    $ref ? schema_faults({ '$ref' => $ref }, "$call $_") : () }
	    sort keys %{ $c->{responses} };
	for my $side ($c->{requestBody} // (), $c->{responses}{200}) {
		my $json_side = $side->{content}{'application/json'} or next;
		push @faults, schema_faults($json_side->{schema}, $call);
		push @faults, value_faults($json_side->{example},
		    $json_side->{schema}, "$call: example")
		    if exists $json_side->{example};
	}
	my %parameters = map { ("$_->{in} $_->{name}" => $_) }
	    @{ $c->{parameters} // [] };
	push @faults, "$call: its id" if $path =~ /\{id\}/ &&
	    !($parameters{'path id'} && $parameters{'path id'}{required});
	push @faults, map { schema_faults($parameters{$_}{schema}, $call) }
	    sort keys %parameters;
	push @faults, "$call: GET has no body"
	    if $method eq 'get' && $c->{requestBody};
}
is_deeply \@faults, [], 'each call is described soundly';

# --- the fields of some, one by one -----------------------------------------

sub fields { $calls{ $_[0] }{requestBody}{content}{'application/json'}
    {schema}{properties}{requestObject} }

my $s = fields('post /push/device/create');
is_deeply $s->{required}, [qw(appId activationId platform token)],
    'device create: what is required';
is_deeply $s->{properties}{platform}{enum},
    [qw(ios android huawei apns fcm hms webpush)], 'the platforms';
is_deeply $s->{properties}{environment}{enum},
    [ 'development', 'production', undef ], 'environments, and none';
is $s->{properties}{activationId}{maxLength}, 37, 'a length';
is_deeply fields('put /push/campaign/{id}/user/add')->{type}, 'array',
    'users are an array';
is_deeply [ map { "$_->{name} $_->{in} " . ($_->{required} ? 1 : 0) }
    @{ $calls{'get /inbox/messages/list'}{parameters} } ],
    [ 'userId query 1', 'applications query 1', 'onlyUnread query 0',
      'page query 0', 'size query 0' ], 'inbox list: its parameters';
ok $calls{'put /admin/app/ios/update'}{deprecated}, 'deprecated calls say so';
ok !$calls{'put /admin/app/apns'}{deprecated}, 'others do not';
is_deeply $calls{'get /push/service/status'}{security}, [],
    'status is open to everybody';

# --- ids and warnings ---------------------------------------------------------

is_deeply [ sort grep { $calls{$_}{responses}{200}{headers}{'X-Message-Id'} }
    keys %calls ], [ map { "post /push/$_" } 'campaign/send/test/{id}',
    'message/batch/send', 'message/send' ], 'what tells the id of a message';
is_deeply [ sort @{ $d->{components}{schemas}{Warning}{properties}{code}
    {enum} } ], [ sort $o->read_file("$root/fcgi/warn.c") =~
    /^ +\[WARN_\w+\] = "(\w+)"/mg ], 'the codes of warnings';
is_deeply [ sort grep { my $of = $calls{$_}{responses}{200}{content};
    $of->{'application/json'}{schema}{properties}{responseObject}{properties}
	{warnings} } keys %calls ], [ sort +(map { ("post /admin/app/$_",
    "put /admin/app/$_") } qw(android/update fcm)), map { "post /push/$_" }
    qw(campaign/create campaign/send/test/{id} message/batch/send
    message/preview message/send) ], 'what may warn';

# --- open, without a database -----------------------------------------------

my $closed = Outpost->up(auth => 'basic');
is $closed->get('/openapi.json')->{status}, 200, 'needs no integration';
is $closed->get('/admin/app/list')->{status}, 401, 'unlike the others';

done_testing;
