#!/usr/bin/perl
# Requests of the Java edition's clients 1.4, 1.9 and 1.10, word for word
# (tests/api/clients), and every value that they read of the answers, in the
# dialects that are for them. In a Java dialect a value has its type there,
# and a strict client finds nothing that it does not know; else texts are
# taken for numbers and flags, as its mapper does.
#
#   >>> POST /push/campaign/create       the request, then its body, if any
#   <<< 200                              the status
#   responseObject.sent is false         a value in JSON
#   responseObject.id keep campaign      {{campaign}} from then on
#   responseObject.version like .        a pattern
use strict;
use warnings;
use File::Basename qw(dirname);
use JavaEdition;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Outpost;
use Test::More;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

sub calls {
	my ($text) = @_;
	my @calls;
	for my $part (split /^(?=>>> )/m, $text) {
		my ($method, $path, $body, $status, $reads) = $part =~
		    /\A>>> ([A-Z]+) (\S+)\n(.*?)^<<< (\d+)\n(.*)\z/ms
		    or die "not a call: $part";
		chomp $body;
		push @calls, { method => $method, path => $path, body => $body,
		    status => $status, reads => [ grep { length }
			split /\n/, $reads ] };
	}
	return @calls;
}

# The route of a path, as JavaEdition names it.
sub route {
	my ($method, $path) = @_;
	$path =~ s/(?:\?|%3F).*//;
	$path =~ s#/\d+(?=/|\z)#/{id}#;
	return "$method $path";
}

# A value as JSON has it; "10" is 10 to who takes the one for the other.
sub shown { my ($text, $strict) = @_;
	$text =~ s/\A"(\d+|true|false)"\z/$1/ if !$strict;
	return $text }

sub reads {
	my ($strict, $r, $line, $known, $name) = @_;
	my ($path, $how, $what) = $line =~ /^(\S+) (is|like|keep) (.*)$/
	    or die "not a value: $line";
	my $v = JavaEdition::value($r->{json}, $path);
	return $how eq 'is' ? is(shown($json->encode($v), $strict),
	    shown($what, $strict), "$name: $path")
	    : $how eq 'like' ? like($v // '', qr/$what/, "$name: $path")
	    : ok(defined($known->{$what} = $v), "$name: $path");
}

sub play {
	my ($client, $dialect) = @_;
	my $o = Outpost->up(conf => <<"END");
[api]
dialect = $dialect
[registration]
multiple_activations = yes
END
	my $is_java = $dialect ne 'published';
	my $k = $o->{keys};
	my $key = sub { encode_base64($o->read_file($_[0]), '') };
	my %known = (bundle => $k->{apns}{bundle}, keyId => $k->{apns}{key_id},
	    teamId => $k->{apns}{team_id},
	    apnsKey => $key->($k->{apns}{key_file}),
	    fcmProject => $k->{fcm}{project_id},
	    fcmKey => $key->($k->{fcm}{account_file}),
	    hmsProject => $k->{hms}{project_id},
	    hmsClient => $k->{hms}{client_id},
	    hmsSecret => $k->{hms}{client_secret},
	    apnsToken => Outpost->apns_token('tok-accept:a'),
	    fcmToken => 'tok-accept:f', hmsToken => 'tok-accept:h');
	# whose they are, as PowerAuth Server would say
	$o->post('/admin/activation/update', { requestObject => {
	    activationId => "act-$_", userId => '123' } })
	    for qw(apns fcm hms multi-1 multi-2);
	for my $call (calls($o->read_file(dirname(__FILE__)
	    . "/clients/$client"))) {
		s/\{\{(\w+)\}\}/$known{$1}/g
		    for $call->{path}, $call->{body}, @{ $call->{reads} };
		my $name = "$client, $dialect: $call->{method} $call->{path}";
		my $r = $o->request($call->{method}, $call->{path},
		    length $call->{body} ? $call->{body} : undef,
		    headers => { accept => 'application/json',
			'content-type' => 'application/json' });
		is $r->{status}, $call->{status}, $name or diag $r->{body};
		reads($is_java, $r, $_, \%known, $name)
		    for @{ $call->{reads} };
		is_deeply [ JavaEdition::unknown($dialect,
		    route($call->{method}, $call->{path}), $r) ], [],
		    "$name: a strict client reads it" if $is_java;
	}
}

play(@$_) for [ '1.4' => 'java-1.4' ], [ '1.9' => 'java-1.4' ],
    [ '1.10' => 'java' ], [ '1.10' => 'published' ];

done_testing;
