# Machines of a test: network namespaces on two networks, of which one leads to
# the databases ("db") and the other to the provider and the callers ("out"), so
# that a machine can be cut from one of them and not from the other.
#
#   use Machines;
#   if (Machines::enter()) {		# else why not: Machines::why_not()
#   	my $m = Machines->new;
#   	$m->add('sendd2', 12);		# 10.77.1.12 and 10.77.2.12
#   	exec $m->at('sendd2'), 'program', ...;
#   	$m->cut('sendd2', 'db');  $m->mend('sendd2', 'db');
#   }
#
# The test itself runs on a machine of its own, number 1, with both networks. No
# namespace and no interface has a name outside: each namespace lives as long as
# a process in it, and those that hold them end when the test does, even killed.
# So nothing is left, and no interface of this computer is ever touched.
#
# A link is cut at the side of the switch, as a cable is: programs keep their
# connections and routes, and nothing comes through. What listens on 127.0.0.1
# of the test's machine, such as the stand-in, is reached by the same address
# from a machine with far => 1, which has no such address of its own.
package Machines;
use strict;
use warnings;
use Time::HiRes qw(sleep);

my %net = (db => '10.77.1', out => '10.77.2');
my %mac = (db => '02:00:00:00:01:01', out => '02:00:00:00:02:01');
my $why_not = '';

sub why_not { return $why_not }

sub can_here {
	return $why_not = 'asked for'
	    if ($ENV{CLUSTER_NET} // '') eq 'loopback';
	return $why_not = 'not root' if $> != 0;
	$ENV{PATH} .= ':/usr/sbin:/sbin';
	return $why_not = 'no network namespaces' if system 'unshare', '--net',
	    'sh', '-c', 'exec 2>/dev/null; ip link add try0 type bridge &&'
	    . ' ip link add try1 type veth peer name try2 && nsenter'
	    . ' --net=/proc/self/ns/net true';
	return '';
}

sub is_inside { return ($ENV{OUTPOST_MACHINES} // 0) == $$ }

# Begins the test anew in a namespace of its own. False: it cannot.
sub enter {
	return 1 if is_inside();
	return 0 if can_here() ne '';
	$ENV{OUTPOST_MACHINES} = $$;	# exec leaves the id as it is
	exec 'unshare', '--net', $^X, $0, @ARGV or die "unshare: $!\n";
}

sub run {
	system(@_) == 0 or die "@_ failed\n";
}

sub new {
	my ($class) = @_;
	die "not in a network of its own\n" if !is_inside();
	my $self = bless { of => {} }, $class;
	run(qw(ip link set lo up));
	for my $name (sort keys %net) {
		next if -e "/proc/sys/net/ipv4/conf/$name";
		# without an address of its own it takes the lowest of its
		# links: a new one may change it, and until the others ask
		# again, up to a minute, they do not reach this machine
		run(qw(ip link add), $name, 'address', $mac{$name},
		    qw(type bridge));
		run(qw(ip addr add), $class->address($name, 1) . '/24', 'dev',
		    $name);
		run(qw(ip link set), $name, 'up');
	}
	run('sh', '-c', 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet');
	return $self;
}

sub address {
	my ($self, $net, $number) = @_;
	return "$net{$net}.$number";
}

# A new machine, by its name (at most 10 characters) and its number in both
# networks.
sub add {
	my ($self, $name, $number, %o) = @_;
	# it reads until the test has ended, and then ends, too
	my $pid = open my $hold, '|-', qw(unshare --net cat)
	    or die "unshare: $!\n";
	my $ours = readlink '/proc/self/ns/net';
	sleep 0.01 until (readlink "/proc/$pid/ns/net" // die
	    "unshare failed\n") ne $ours;
	$self->{of}{$name} = { hold => $hold, pid => $pid };
	for my $net (sort keys %net) {
		run(qw(ip link add), "$name-$net", qw(type veth peer name),
		    $net, 'netns', $pid);
		run(qw(ip link set), "$name-$net", 'master', $net, 'up');
		run($self->at($name), qw(ip addr add),
		    $self->address($net, $number) . '/24', 'dev', $net);
		run($self->at($name), qw(ip link set), $net, 'up');
	}
	return run($self->at($name), qw(ip link set lo up)) if !$o{far};
	run($self->at($name), 'sh', '-c', 'echo 1'
	    . ' >/proc/sys/net/ipv4/conf/all/route_localnet && ip route add'
	    . " 127.0.0.1 via $net{out}.1 dev out");
}

sub has { return exists $_[0]{of}{ $_[1] } }

# The words before a command that is to run there. It keeps the process id.
sub at {
	my ($self, $name) = @_;
	return ('nsenter', "--net=/proc/$self->{of}{$name}{pid}/ns/net");
}

sub cut { run(qw(ip link set), "$_[1]-$_[2]", 'down') }
sub mend { run(qw(ip link set), "$_[1]-$_[2]", 'up') }

1;
