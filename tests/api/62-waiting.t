#!/usr/bin/perl
# Hundreds of callers wait at once for a provider that takes its time, through
# each web server as we ship its settings. None is refused, none is cut off,
# though they wait longer than the web server bears with who says nothing;
# and no descriptor is left behind.
use strict;
use warnings;
use Cwd qw(abs_path);
use Crowd;
use File::Basename qw(basename);
use JSON::PP ();
use List::Util qw(max);
use Outpost;
use Test::More;
use Time::HiRes qw(sleep);

# How many: more than the servers take by default, or few where each call
# takes a process. How many of them wait at once: there, what is allowed.
my %callers = ('apache-fcgid' => 24, 'apache-cgi' => 24);
my %at_once = ('apache-fcgid' => 16);
$ENV{IDLE} = 2;
# As systemd starts web servers and services.
system 'prlimit', "--pid=$$", '--nofile=1024:';
# A machine that is busy takes them more slowly than a queue is let wait.
my $o = Outpost->up(conf => "[api]\nqueue_timeout = 1m\n");
plan skip_all => 'there is no web server' if $o->{via} eq 'direct';
my $callers = $callers{ $o->{via} } // 500;
my $at_once = $at_once{ $o->{via} } // $callers;
my $run = abs_path($o->{run});

# The web server's processes, and the responders that it has started: they are
# in its session.
sub processes {
	my ($name) = @_;
	my $web = $o->pid('web');
	return grep {
		basename((Outpost::words_of($_))[0]) =~ /^$name$/
		    && (eval { $o->read_file("/proc/$_/stat") } // '')
		    =~ /\) \S \d+ \d+ $web /;
	} map { basename($_) } glob '/proc/[0-9]*';
}

# Calls that wait in push.fcgi: connections that it has taken from its socket.
# With a process a call, these.
sub waiting {
	return scalar processes('push\.fcgi') if $callers{ $o->{via} };
	my $taken = qr{ 03 +\d+ \Q$run\E/sock/(?:fcgi-)?push\.sock};
	return scalar grep { /$taken/ }
	    split /\n/, $o->read_file('/proc/net/unix');
}

# The most descriptors that one of its processes has open.
sub open_in_web {
	return max map { scalar(my @fds = glob "/proc/$_/fd/*") }
	    processes('lighttpd|apache2');
}

# A responder that stays takes as many as it may have.
sub limits_of {
	my ($pid) = @_;
	return [ $o->read_file("/proc/$pid/limits") =~
	    /^Max open files +(\d+) +(\d+)/m ];
}

sub counted {
	my %n;
	$n{$_}++ for @_;
	return \%n;
}

if ($o->{via} ne 'apache-cgi') {
	$o->get('/push/service/status');
	my ($pid) = $o->{via} eq 'apache-proxy' ? $o->pid('push')
	    : processes('push\.fcgi');
	my ($soft, $hard) = @{ limits_of($pid) };
	is $soft, $hard, 'the responder may have all descriptors it can';
}
$o->app('mobile-app');
$o->device('mobile-app', 'joe', 'fcm', 'tok-slow-60000:1');
my $before = open_in_web();
my $crowd = Crowd->new($o, $callers, '/push/message/send', {
    appId => 'mobile-app', mode => 'SYNCHRONOUS',
    message => { userId => 'joe', body => { title => 'x' } } });
ok $o->wait_for(60, sub { waiting() >= $at_once }),
    "$at_once calls wait at once" or diag waiting();
is $o->post('/push/device/status/update', { activationId => 'another' })
    ->{status}, 200, 'meanwhile others are served' if $at_once == $callers;
sleep $ENV{IDLE} + 1;
$o->control({ prompt => JSON::PP::true });
my @answers = $crowd->answers(120);
is_deeply counted(map { $_->{status} } @answers), { 200 => $callers },
    'all are answered';
is_deeply counted(map { $_->{json}{responseObject}{result}{fcm}{sent}
    // 'nothing' } @answers), { 1 => $callers }, 'that it was sent';
is scalar(my @pushes = $o->ledger), $callers, 'once each';
ok $o->wait_for(60, sub { $callers{ $o->{via} } || waiting() == 0 }),
    'no connection to a responder is left';
# Before, the connections of the calls above may still have been open.
ok $o->wait_for(60, sub { open_in_web() <= $before }),
    'nor a descriptor of the web server' or diag "$before, then "
    . open_in_web();

done_testing;
