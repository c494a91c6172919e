#!/usr/bin/perl
# The units of etc/systemd: how much they leave open, and that everything
# works within them. The latter in a machine of its own with a systemd as
# process 1 (tests/machine), where the kernel and we are allowed to make one.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use Test::More;

my $bin = abs_path($ENV{BIN} // 'build/release');
my $dir = abs_path('.') . "/build/test/machine-$$";
my @units = qw(push inbox admin sendd);

sub has { return scalar grep { -x "$_/$_[0]" } split /:/, $ENV{PATH} }

sub slurp {
	open my $f, '<', $_[0] or return '';
	local $/;
	return scalar <$f>;
}

plan skip_all => 'no systemd-analyze here' if !has('systemd-analyze');

# --- on paper ---------------------------------------------------------------

# "exposure", of 10.0. sendd needs the network; the responders need not. Other
# versions of systemd weigh otherwise, so there is some room.
my %limit = (push => 0.5, inbox => 0.5, admin => 0.5, sendd => 1.5);
for my $unit (@units) {
	my $said = qx(systemd-analyze security --offline=true \\
	    etc/systemd/outpost-$unit.service 2>&1);
	my ($exposure) = $said =~ /Overall exposure level.*: ([\d.]+)/;
	ok defined $exposure, "$unit: systemd has an opinion" or diag $said;
	cmp_ok $exposure // 10, '<=', $limit{$unit},
	    "$unit: exposed at $exposure at most";
}
my @faults = grep { !/is not executable/ } split /\n/,
    qx(systemd-analyze verify --man=no etc/systemd/*.service \\
    etc/systemd/*.socket 2>&1);
is_deeply \@faults, [], 'systemd understands every line';

# --- at work ----------------------------------------------------------------

# What the machine told: NAME: VALUE.
sub work {
	make_path($dir);
	my $said = qx(make -s install O=$bin DESTDIR=$dir/stage prefix=/usr \\
	    sysconfdir=/etc 2>&1);
	die "make install: $said\n" if $?;
	my $boot = qx(tests/machine/boot $dir $bin 2>&1);
	my $forbidden = $? >> 8 == 77;
	my %told = slurp("$dir/log") =~ /^([^:\n]+): (.*)$/mg;
	# what never ran has nothing to tell: no systemd can start here
	if ($forbidden || !%told) {
		diag $boot;
		return;
	}
	diag $boot, slurp("$dir/log") if !$told{stopped};
	is_deeply [ grep { /unknown|ignor|fail/i } split /\n/, $boot ], [],
	    'systemd took every line of the units';
	return \%told;
}

sub check {
	my ($told) = @_;
	like $told->{$_}, qr/"status":"OK"/, "$_: works" for qw(status device
	    sent applications inbox), 'status, with a network';
	for my $server (grep { has($_) || -x "/usr/sbin/$_" }
	    qw(lighttpd apache2)) {
		like $told->{"$server crowd"} // '',
		    qr/^500 waited, 500: 200 sent 1$/,
		    "$server: 500 callers wait at once, and are answered";
	}
	like $told->{sent}, qr/"sent":1/, 'a message is delivered';
	is $told->{reload}, 0, 'sendd reads its settings again';
	is $told->{again}, '', 'however often a service starts, it may again';
	is $told->{stopped}, 'success', 'and ends well';
	for my $unit (@units) {
		my $of = sub { $told->{"$unit $_[0]"} };
		is $of->('result'), 'success', "$unit: is content";
		is $of->('restarts'), 0, "$unit: lives on";
		is $of->('capabilities'), '0' x 16, "$unit: no capability";
		is $of->('filter'), 2, "$unit: system calls are filtered";
		is $of->('core'), '00', "$unit: no core dump";
		is $of->('descriptors'), $unit eq 'sendd' ? 4096 : 8192,
		    "$unit: its descriptors";
		is $of->('network'), $unit eq 'sendd' ? 'ours' : 'none',
		    "$unit: its network";
		is $of->('key'), $unit =~ /admin|sendd/ ? 'root 640'
		    : 'root 0', "$unit: the key file";
		like $of->('runs'), qr/Permission denied/,
		    "$unit: runs no other program";
	}
	is $told->{'push with a network network'}, 'ours',
	    'network.conf gives a network';
	modes($told);
}

# Who may read and connect, in a machine that was set up by the manual.
sub modes {
	my ($told) = @_;
	my %want = ('/etc/outpost/secret.key' => 'root outpost 640',
	    '/etc/outpost/ring.key' => 'root outpost 640',
	    '/etc/outpost/db-cli' => 'root root 600',
	    (map { ("/etc/outpost/db-$_" => "outpost-$_ root 600") } @units),
	    '/run/outpost' => 'outpost-sendd outpost 710',
	    '/run/outpost/sendd.sock' => 'outpost-sendd outpost 660',
	    '/run/outpost-fcgi' => 'root root 755',
	    (map { ("/run/outpost-fcgi/$_.sock" => 'www-data www-data 600') }
		qw(push inbox admin)),
	    '/run/outpost-web' => 'www-data www-data 750');
	is $told->{"mode $_"}, $want{$_}, "$_: $want{$_}" for sort keys %want;
	is $told->{'outpost-push rings'}, 'reached', 'a responder rings sendd';
	is $told->{"$_ rings"}, 'Permission denied', "$_ does not"
	    for qw(www-data nobody);
}

SKIP: {
	skip 'only root can make a machine', 1 if $> != 0;
	skip 'no systemd here', 1 if !-x '/lib/systemd/systemd';
	skip 'not these programs: what runs under sanitizers or valgrind needs'
	    . ' more than it may', 1
	    if slurp("$bin/sendd") =~ /__(?:a|t|ub)san_|\A#!/;
	my $told = work();
	$told ? check($told) : skip 'no machine within this one', 1;
}
remove_tree($dir) if !$ENV{KEEP};
done_testing;
