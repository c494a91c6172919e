#!/usr/bin/perl
# The private stack (tools/stack) leaves its caller's files alone: none of its
# processes keeps one open, so a lock that a script has is free when it ends.
use strict;
use warnings;
use Fcntl qw(:flock);
use Outpost;
use POSIX ();
use Test::More;

# Handed on, as a shell hands on what it has opened.
my @numbers = (19, 37);
my $path = "/tmp/outpost-lock-$$";
open my $lock, '>', $path or die "$path: $!\n";
flock $lock, LOCK_EX or die "$path: $!\n";
POSIX::dup2(fileno $lock, $_) // die "dup2: $!\n" for @numbers;

sub is_open_in {
	my ($pid) = @_;
	return grep { (readlink($_) // '') eq $path } glob "/proc/$pid/fd/*";
}
is scalar(is_open_in($$)), 1 + @numbers, 'a file is open';
my $o = Outpost->up;
my @names = qw(mariadbd provider sendd web);
is_deeply [ is_open_in($o->pid($_)) ], [], "not in $_" for @names;
for my $name (@names) {
	$o->stack('restart', $name);
	is $?, 0, "$name is started again";
	is_deeply [ is_open_in($o->pid($name)) ], [], 'without it';
}

POSIX::close($_) for @numbers;
close $lock;
open $lock, '>', $path or die "$path: $!\n";
ok flock($lock, LOCK_EX | LOCK_NB), 'the lock is free with us';
unlink $path;

done_testing;
