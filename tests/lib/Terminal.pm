# A program on a terminal of its own, and a person who answers what it asks. The
# terminal is made by script(1) of util-linux.
#
#   my ($status, $seen) = Terminal::talk([ 'outpost', 'setup' ],
#       qr/socket .*: $/i => "\n",          # wait for that, then type this
#       qr/key .*: $/i    => "\003");       # Ctrl-C
#
# The status is that of the shell: 130 after Ctrl-C. What was seen is what stood
# on the terminal, with what the person typed, and without carriage returns.
package Terminal;

use strict;
use warnings;
use IO::Select;
use IPC::Open2;
use Time::HiRes qw(time);

our $patience = 300;	# seconds for one answer of a busy machine

sub quoted { return join ' ', map { "'" . s/'/'\\''/gr . "'" } @_ }

# Read on until the text that is not answered yet matches; false at the end of
# the program. Without a pattern, read to its end.
sub read_until {
	my ($from, $seen, $pattern) = @_;
	my $until = time + $patience;
	while (!defined $pattern || $$seen !~ $pattern) {
		IO::Select->new($from)->can_read($until - time)
		    or die "nothing more on the terminal: $$seen\n";
		sysread $from, my $more, 65536 or return 0;
		$$seen .= $more =~ s/\r//gr;
	}
	return 1;
}

sub talk {
	my ($words, @dialogue) = @_;
	my ($all, $new) = ('', '');
	my $pid = open2(my $from, my $to, 'script', '-qefc', quoted(@$words),
	    '/dev/null');
	while (my ($prompt, $answer) = splice @dialogue, 0, 2) {
		last if !read_until($from, \$new, $prompt);
		$all .= $new;
		$new = '';
		syswrite $to, $answer;
	}
	read_until($from, \$new);
	close $to;
	waitpid $pid, 0;
	return ($? >> 8, $all . $new);
}

1;
