# The whole story of a message, of all sendd and the stand-in: when it was read,
# by whom, under which epoch and at which node; when it was sent, settled, and
# arrived; and what happened meanwhile to the shard and to the links.
#
#   use Stories;
#   my $stories = Stories->new($o->{run});
#   diag $stories->of($word, $message_id);
#
# The logs must tell the time ("[log] time = yes"), and be of level debug.
package Stories;
use strict;
use warnings;
use File::Basename qw(basename);

# What concerns every message.
my $events = qr/cut\ off\ from|another\ is\ used|serves\ again|shards\ \d+\ of
    |started\ as|stopp(?:ing|ed):|taken\ over|database\ is\ back/x;

sub new {
	my ($class, $run) = @_;
	my $self = bless { message => {}, event => [], arrived => {} }, $class;
	for my $log (glob "$run/logs/sendd*.log") {
		my $name = basename($log, '.log');
		open my $f, '<', $log or die "$log: $!\n";
		while (<$f>) {
			my ($time, $says) = /^<\d>(\d\S+Z) (.*)/ or next;
			my $line = "$time $name: $says";
			if ($says =~ /^\w+ message=(\d+) /) {
				push @{ $self->{message}{$1} }, $line;
			} elsif ($says =~ $events) {
				push @{ $self->{event} }, $line;
			}
		}
	}
	$self->read_ledger("$run/provider.ledger");
	return $self;
}

sub read_ledger {
	my ($self, $path) = @_;
	open my $f, '<', $path or return;
	while (<$f>) {
		my ($id) = /"id":"([^"]*)"/;
		my ($word) = /"body":"(run \d+ \d+ \d+)"/ or next;
		my ($time) = /"time":"([^"]*)"\}/;
		push @{ $self->{arrived}{$word} }, ($time // '')
		    . " provider: arrived id=$id";
	}
}

# Its lines in the order of time, as a text.
sub of {
	my ($self, $word, $message) = @_;
	my @own = sort @{ $self->{message}{$message} // [] },
	    @{ $self->{arrived}{$word} // [] };
	return "$word: no log has message $message\n" if !@own;
	my ($shard) = map { /shard=(\d+)/ ? $1 : () } @own;
	my ($first, $last) = map { (split ' ')[0] } @own[0, -1];
	my @all = sort @own, grep {
		my ($time) = split ' ';
		$time ge $first && $time le $last && !(/: shard (\d+) was/
		    && defined $shard && $1 != $shard) } @{ $self->{event} };
	return "$word came more than once:\n" . join '',
	    map { "  $_\n" } @all;
}

1;
