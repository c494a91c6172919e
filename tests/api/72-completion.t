#!/usr/bin/perl
# What bash offers behind "outpost": the program's own words, as it stands.
use strict;
use warnings;
use Cwd qw(abs_path);
use Test::More;

my $bin = abs_path($ENV{BIN} // 'build/release');

# The words offered for the last one of a line.
sub offered {
	my (@words) = @_;
	local $ENV{PATH} = "$bin:$ENV{PATH}";
	open my $bash, '-|', 'bash', '-c', '. etc/bash-completion/outpost;'
	    . ' COMP_WORDS=(outpost "$@"); COMP_CWORD=$#; _outpost;'
	    . ' printf "%s\n" "${COMPREPLY[@]}"', 'bash', @words
	    or die "bash: $!\n";
	chomp(my @got = <$bash>);
	close $bash or die "bash failed\n";
	return join ' ', sort grep { $_ ne '' } @got;
}

like offered(''), qr/\bapp audit campaign\b.*\bsetup\b/, 'commands';
is offered('setu'), 'setup', 'one that is begun';
is offered('integration', ''), 'create list remove rotate', 'verbs';
is offered('-c', 'x.conf', 'app', 'cr'), 'create', 'behind an option';
is offered('app', 'apns', 'my-app', '--key-'), '--key-file --key-id',
    'options';
is offered('app', 'apns', '--key-file', 'debian/ru'), 'debian/rules',
    'names of files';
is offered('setup', '--s'), '--secret-file --single-user --socket',
    'those of setup';
is offered('setup', '--socket', 'debian/ru'), 'debian/rules',
    'which is a file too';
is offered('setup', '--web-user', 'roo'), 'root', 'names of users';
is offered('no-such-command', ''), '', 'nothing behind what it does not know';
done_testing;
