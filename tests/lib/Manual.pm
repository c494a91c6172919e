# The examples of outpost-api(7), as data: for the test that executes them
# and for the description of the API that shows them.
#
#   .\" example [keep NAME]
#   .Bd -literal
#   POST /push/device/create
#   {"requestObject": {...}}
#
#   200
#   {"status": "OK"}
#   .Ed
#
# keep: the answer's value under that dotted path will differ; what the
# manual shows stands for it in later examples.
package Manual;
use strict;
use warnings;
use JSON::PP;

sub encode { JSON::PP->new->utf8->canonical->allow_nonref->encode($_[0]) }

# Text of a literal block as the reader sees it.
sub plain {
	my ($text) = @_;
	$text =~ s/^\\&//mg;
	$text =~ s/\\e/\\/g;
	return $text;
}

sub example {
	my ($text, $line, @keep) = @_;
	my ($request, $answer) = split /\n\n/, $text, 2;
	my ($method, $path, $body) =
	    ($request // '') =~ m{\A([A-Z]+) (/\S*)\n?(.*)\z}s
	    or die "line $line: no request line\n";
	my ($status, $json) = ($answer // '') =~ /\A(\d+)\n(.*)\z/s
	    or die "line $line: no answer\n";
	return { line => $line, method => $method, path => $path,
	    body => $body, status => $status, answer => $json,
	    keep => [@keep] };
}

sub examples {
	my ($path) = @_;
	open my $f, '<', $path or die "$path: $!\n";
	my ($line, $text, @keep, @found);
	while (<$f>) {
		if (/^\.\\" example(?: keep (.*))?$/) {
			($line, @keep) = ($., split ' ', $1 // '');
		} elsif (/^\.Bd/ && defined $line) {
			$text = '';
		} elsif (/^\.Ed/ && defined $text) {
			push @found, example(plain($text), $line, @keep);
			undef $_ for $line, $text;
		} elsif (defined $text) {
			$text .= $_;
		}
	}
	return @found;
}

# The table of all calls: a hash for each row, with method, path ("ID" is
# "{id}" here), what it does, and the heading above it.
sub calls {
	my ($text) = @_;
	my ($table) = $text =~ /^\.\\" calls\n\.Bd.*?\n(.*?)^\.Ed$/ms
	    or die "no table of calls\n";
	my ($heading, @rows);
	for (split /\n/, $table) {
		if (my ($method, $path, $what) = /^([A-Z]+) +(\/\S+) +(.+)$/) {
			$path =~ s/\bID\b/{id}/;
			push @rows, { method => $method, path => $path,
			    what => $what, heading => $heading, line => $_ };
		} elsif (/./) {
			$heading = $_;
		}
	}
	return @rows;
}

# What a value has that differs from the one that is shown: "..." stands for any
# value; as a member's name, for further members.
sub differences {
	my ($got, $want, $at) = @_;
	return () if !ref $want && defined $want && $want eq '...';
	return "$at: another kind" if ref $got ne ref $want &&
	    (ref $want eq 'HASH' || ref $want eq 'ARRAY' ||
	    ref $got eq 'HASH' || ref $got eq 'ARRAY');
	if (ref $want eq 'HASH') {
		my %names = map { $_ => 1 } keys %$want,
		    exists $want->{'...'} ? () : keys %$got;
		delete $names{'...'};
		return map { !exists $want->{$_} ? "$at.$_: not in the manual"
		    : !exists $got->{$_} ? "$at.$_: missing"
		    : differences($got->{$_}, $want->{$_}, "$at.$_") }
		    sort keys %names;
	}
	if (ref $want eq 'ARRAY') {
		return "$at: " . @$got . ' elements' if @$got != @$want;
		return map { differences($got->[$_], $want->[$_],
		    "$at\[$_]") } 0 .. $#$want;
	}
	my ($g, $w) = map { encode($_) } $got, $want;
	return $g eq $w ? () : "$at: $g, not $w";
}

1;
