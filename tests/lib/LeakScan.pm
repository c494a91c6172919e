# SPDX-License-Identifier: MIT
# The secrets of a test's stack, and the search for them where none may be:
# logs, command lines, environments, answers. Outpost.pm uses it for every
# stack that it makes, so each run of the tests shows that nothing leaks.
#
#   my $p = LeakScan->new($run);      # knows the stack's keys and passwords
#   $p->request($json, \%headers);   # learns what a caller sends
#   $p->answer($text);               # searches an answer, then learns of it
#   $p->processes; $p->logs;         # search; findings gather in $p->found
#
# Two sorts: grave ones (keys, passwords, proofs of who somebody is), which
# no answer gives back either, searched for in every coding; and the people's
# (device tokens, texts of messages), which callers may well read.
package LeakScan;
use strict;
use warnings;
use Encode qw(encode_utf8 is_utf8);
use JSON::PP;
use MIME::Base64 qw(encode_base64 decode_base64);

my %grave_member = (privateKey => 'private key',
    privateKeyBase64 => 'private key', clientSecret => 'client secret');
my %member = (token => 'device token', pushToken => 'device token',
    title => 'text of a message', body => 'text of a message',
    summary => 'text of a message', subject => 'text of a message');

# What nobody had to tell us. An answer may well explain a header.
my @patterns = ([ 'JWT', qr/eyJ[\w-]{10,}\.[\w-]{10,}/ ],
    [ 'access token', qr{ya29\.[\w-]{10}|hms(?:/|%2F|\\/)\+} ],
    [ 'private key', qr/-----BEGIN|PRIVATE KEY/ ]);
my @header = ([ 'Authorization', qr/\b(?:bearer|basic) [\w.~+\/=-]{8,}/i ]);
my @log_token = ([ 'more of a token than 6 characters',
    qr/\btoken=(?!\S{0,6}\.\.\.(?:\s|$))\S{7,}/m ]);

sub new {
	my ($class, $run) = @_;
	my $self = bless { run => $run, grave => {}, people => {},
	    found => [] }, $class;
	$self->stack;
	return $self;
}

# The findings since the last time.
sub found { return splice @{ $_[0]{found} } }

sub slurp {
	my ($path) = @_;
	open my $f, '<', $path or return '';
	local $/;
	return scalar(<$f>) // '';
}

# --- learning ---------------------------------------------------------------

# Secrets shorter than 6 are words of any log.
sub grave {
	my ($self, $kind, $value) = @_;
	return if !defined $value || ref $value || length $value < 6;
	$value = encode_utf8($value) if is_utf8($value);
	$self->{grave}{$value} //= $kind;
	delete $self->{grave_re};
}

# Of people's texts those that no log would have by itself.
sub people {
	my ($self, $kind, $value) = @_;
	return if !defined $value || ref $value || length $value < 8
	    || $value =~ /^[a-z]+[._-]?[a-z]*$/i || $value =~ /^\d+$/;
	$value = encode_utf8($value) if is_utf8($value);
	$self->{people}{$value} //= $kind;
}

# The lines of a key, for a log may be given one of them.
sub key {
	my ($self, $text) = @_;
	my $json = eval { decode_json($text) };
	$text = $json->{private_key} // '' if ref $json eq 'HASH';
	my ($pem) = $text =~ /-----BEGIN[^\n]*\n(.*?)-----END/s;
	for my $line (split /\n/, $pem // '') {
		# what all keys begin with is no secret
		$self->grave('private key', substr $line, -24)
		    if length $line >= 24;
	}
}

# What the stack was made with; asked again, what it has by then.
sub stack {
	my ($self) = @_;
	my $k = eval { decode_json(slurp(
	    "$self->{run}/provider/provider.json")) } // {};
	$self->key(slurp($_)) for grep { defined } map {
	    @{ $k->{$_} // {} }{qw(key_file wrong_key_file account_file
		wrong_account_file)} } qw(apns fcm);
	$self->grave('client secret', $k->{hms}{client_secret});
	my @files = glob "$self->{run}/secrets/*";
	for my $conf (glob "$self->{run}/*.conf") {
		push @files, slurp($conf) =~
		    m{^\w*(?:secret|password)_file\s*=\s*(/[^%\s]+)\s*$}mg;
	}
	for my $file (@files) {
		my ($line) = split /\r?\n/, slurp($file);
		$self->grave('secret of a file', $line);
	}
}

sub walk {
	my ($self, $j) = @_;
	if (ref $j eq 'ARRAY') {
		$self->walk($_) for @$j;
	} elsif (ref $j eq 'HASH') {
		for my $name (keys %$j) {
			my $v = $j->{$name};
			$self->walk($v) if ref $v;
			$self->grave($grave_member{$name}, $v)
			    if $grave_member{$name};
			$self->key(decode_base64($v))
			    if $name eq 'privateKeyBase64' && !ref $v
			    && defined $v;
			$self->people($member{$name}, $v) if $member{$name};
			next if $name ne 'extras' || ref $v ne 'HASH';
			$self->people('extras', $_) for values %$v;
		}
	}
}

sub request {
	my ($self, $body, $headers) = @_;
	my ($proof) = map { $headers->{$_} }
	    grep { lc $_ eq 'authorization' } keys %$headers;
	if (defined $proof && $proof =~ /^(\w+) +(\S{8,})$/) {
		my $pair = lc $1 eq 'basic' ? decode_base64($2) : $2;
		$self->grave('Authorization', $2);
		$self->grave('secret of a caller', $1)
		    if $pair =~ /^[^:.]*[:.](.{8,})$/s;
	}
	return if !defined $body;
	my $j = eval { decode_json($body) };
	$self->walk($j) if ref $j;
}

# Whoever makes an integration is shown its secret, once.
sub answer {
	my ($self, $text, $where) = @_;
	return if !defined $text || $text eq '';
	$self->search($where, $text, $self->grave_re, @patterns);
	$self->grave('secret of a caller', $_)
	    for $text =~ /^secret\s+(\S+)$/mg,
	    $text =~ /"secret"\s*:\s*"([^"]+)"/g;
}

# --- searching --------------------------------------------------------------

# A text within a longer one in base64: at each of three offsets, without the
# characters that its neighbours have a part in.
sub in_base64 {
	my ($value) = @_;
	return map {
		my $lead = $_;
		my $text = encode_base64(('x' x $lead) . $value, '');
		my $end = int((length($value) + $lead) / 3) * 4;
		my $begin = $lead ? 4 : 0;
		$end > $begin + 7 ? substr $text, $begin, $end - $begin : ();
	} 0 .. 2;
}

sub forms {
	my ($value, $all) = @_;
	my %forms = ($value => 1);
	(my $url = $value) =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
	(my $json = $value) =~ s{(["\\/])}{\\$1}g;
	@forms{ $url, $json } = ();
	if ($all) {
		my @coded = in_base64($value);
		push @coded, map { tr{+/}{-_}r } @coded;
		@forms{ unpack('H*', $value), @coded } = ();
	}
	return keys %forms;
}

sub regex {
	my ($values, $all) = @_;
	my %forms;
	for my $value (keys %$values) {
		$forms{$_} = $values->{$value} for forms($value, $all);
	}
	return undef if !%forms;
	my $any = join '|', map { quotemeta } sort keys %forms;
	return [ \%forms, qr/$any/ ];
}

sub grave_re {
	my ($self) = @_;
	return $self->{grave_re} //= regex($self->{grave}, 1);
}

# A finding tells where and what, and never the whole of it.
sub hit {
	my ($self, $where, $text, $at, $what, $kind) = @_;
	my $line = 1 + (substr($text, 0, $at) =~ tr/\n//);
	push @{ $self->{found} }, sprintf '%s:%d: %s, "%.4s..." of %d'
	    . ' characters', $where, $line, $kind, $what, length $what;
}

# Each way of finding: [kind, regex] or [{text => kind}, regex]; the first
# finding of each.
sub search {
	my ($self, $where, $text, @ways) = @_;
	for my $way (grep { defined } @ways) {
		my ($kind, $re) = @$way;
		next if $text !~ $re;
		my ($at, $what) = ($-[0], $&);
		$self->hit($where, $text, $at, $what,
		    ref $kind ? $kind->{$what} : $kind);
	}
}

# Tokens by the ten thousand: each word of the text is looked up.
sub search_tokens {
	my ($self, $where, $text, $tokens) = @_;
	while ($text =~ /([\w:%~+-]{8,})/g) {
		next if !exists $tokens->{$1};
		return $self->hit($where, $text, $-[0], $1, 'device token');
	}
}

# Tokens that providers have seen, and the texts of the first messages.
sub ledger {
	my ($self) = @_;
	my $text = slurp("$self->{run}/provider.ledger");
	my %tokens = map { $_ => 1 } grep { length >= 8 }
	    $text =~ /"(?:token|decoded)":"([^"]*)"/g;
	my $n = 0;
	while ($text =~ /"payload":(.*)/g) {
		last if ++$n > 200;
		$self->people('text of a message', $_)
		    for $1 =~ /"(?:title|body)":"([^"\\]*)"/g;
	}
	return \%tokens;
}

sub logs {
	my ($self) = @_;
	$self->stack;
	my $tokens = $self->ledger;
	my @ways = ($self->grave_re, regex($self->{people}, 0), @patterns,
	    @header, @log_token);
	for my $path (glob "$self->{run}/logs/* $self->{run}/*.log") {
		my $text = slurp($path);
		$self->search($path, $text, @ways);
		$self->search_tokens($path, $text, $tokens);
	}
}

# Those of the stack: their words name its directory, or where that leads.
sub pids {
	my ($self) = @_;
	my ($run) = map { qr/$_/ } join '|', map { quotemeta "$_/" }
	    grep { defined } $self->{run}, readlink $self->{run};
	return grep { slurp("/proc/$_/cmdline") =~ $run }
	    map { m{(\d+)$} } glob '/proc/[0-9]*';
}

sub processes {
	my ($self) = @_;
	$self->stack;
	my @ways = ($self->grave_re, regex($self->{people}, 0), @patterns,
	    @header);
	for my $pid ($self->pids) {
		for my $of (qw(cmdline environ)) {
			my $text = slurp("/proc/$pid/$of");
			$text =~ tr/\0/\n/;
			$self->search("/proc/$pid/$of", $text, @ways);
		}
	}
}

1;
