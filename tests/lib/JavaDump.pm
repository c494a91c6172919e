# Dumps of the Java edition's tables, as its databases print them.
#
#   my $d = JavaDump->new($dir, '1.7', 'oracle');
#   $d->write('push_campaign', { id => 1, app_id => 7, ... }, ...);
#   my @devices = JavaDump::devices(100_000, @app_ids);
#   $d->write('push_device_registration', @devices);
#
# The tables and what each version has in them is written here once more, not
# taken from our program; of that, a dump has what tools/java-dump asks for. A
# row's values are plain: undef, text, 1 and 0 for a
# flag, bytes of a key, "2024-01-31 12:00:00.123" for a time.
package JavaDump;
use strict;
use warnings;
use File::Basename qw(dirname);

# Column:kind, b bytes, f flag, t time, else as it is; =1.7: since that version,
# <1.8: before it.
my %tables = (
    push_app_credentials => 'id app_id ios_key_id ios_private_key:b'
	. ' ios_team_id ios_bundle ios_environment android_private_key:b'
	. ' android_project_id hms_project_id=1.7 hms_client_id=1.7'
	. ' hms_client_secret=1.7 timestamp_created:t=1.9'
	. ' timestamp_last_updated:t=1.9 apns_private_key:b=1.10'
	. ' apns_team_id=1.10 apns_key_id=1.10 apns_bundle=1.10'
	. ' apns_environment=1.10 fcm_private_key:b=1.10 fcm_project_id=1.10',
    push_device_registration => 'id activation_id user_id app_id platform'
	. ' environment=1.10 push_token timestamp_last_registered:t'
	. ' is_active:f',
    push_message => 'id device_registration_id user_id activation_id'
	. ' is_silent:f is_personal:f message_body timestamp_created:t status',
    push_campaign => 'id app_id message is_sent:f timestamp_created:t'
	. ' timestamp_sent:t timestamp_completed:t',
    push_campaign_user => 'id campaign_id user_id timestamp_created:t',
    push_inbox => 'id inbox_id user_id type<1.8 message_type=1.8 subject'
	. ' summary body read:f<1.8 is_read:f=1.8 timestamp_created:t'
	. ' timestamp_read:t',
    push_inbox_app => 'app_credentials_id inbox_id',
);

# How each database prints NULL, a flag, bytes, a time and a name.
my %forms = (
    postgresql => { null => '', flag => ['f', 't'], mark => '\x', zeros => 3,
	name => sub { $_[0] }, line => "\n", quote => qr/[",\r\n]|^\z/ },
    oracle => { null => '', flag => [0, 1], mark => '', zeros => 3,
	name => sub { '"' . uc($_[0]) . '"' }, line => "\n", first => "\n",
	quote => qr/\D|^\z/ },
    sqlserver => { null => '""', flag => ['False', 'True'], mark => '0x',
	zeros => 4, name => sub { "\"$_[0]\"" }, line => "\r\n",
	first => "\xef\xbb\xbf", quote => qr/(?:)/ },
);

sub minor { return ($_[0] =~ /^1\.(\d+)\z/)[0] }

sub new {
	my ($class, $dir, $version, $form) = @_;
	my $tool = dirname(__FILE__) . '/../../tools/java-dump';
	my $text = qx($tool postgresql $version);
	my %asked;
	while ($text =~ /\(SELECT (.*) FROM (\w+)\) TO '\2\.csv'/g) {
		my ($columns, $table) = ($1, $2);
		$asked{$table} = [ $columns =~ /"(\w+)"/g ];
	}
	return bless { dir => $dir, version => minor($version),
	    asked => \%asked, %{ $forms{$form} } }, $class;
}

# [name, kind] of the columns of a table that are asked for; one that this
# version does not have is an error of the database.
sub columns {
	my ($self, $table) = @_;
	my %has = map { $_->[0] => $_ } $self->has($table);
	return map { $has{$_} // die "$table has no $_ in 1.$self->{version}\n"
	    } @{ $self->{asked}{$table} // die "$table is not dumped\n" };
}

sub has {
	my ($self, $table) = @_;
	return map {
		my ($name, $kind, $when, $v) =
		    /^(\w+?)(?::(\w))?(?:([=<])(1\.\d+))?\z/ or die $_;
		my $at = defined $v ? minor($v) : 0;
		!defined $when || ($when eq '=' ? $self->{version} >= $at
		    : $self->{version} < $at) ? [ $name, $kind // '' ] : ()
	} split ' ', $tables{$table};
}

sub cell {
	my ($self, $kind, $v) = @_;
	return $self->{null} if !defined $v;
	$v = $self->{flag}[$v] if $kind eq 'f';
	$v = $self->{mark} . unpack 'H*', $v if $kind eq 'b';
	$v .= '0' x $self->{zeros} if $kind eq 't';
	return $v if $v !~ $self->{quote};
	$v =~ s/"/""/g;
	return "\"$v\"";
}

sub path { return "$_[0]{dir}/$_[1].csv" }

sub write {
	my ($self, $table, @rows) = @_;
	my @columns = $self->columns($table);
	my $path = $self->path($table);
	open my $f, '>', $path or die "$path: $!\n";
	print $f $self->{first} // '', join(',', map { $self->{name}($_->[0]) }
	    @columns), $self->{line};
	for my $row (@rows) {
		print $f join(',', map { $self->cell($_->[1],
		    $row->{$_->[0]}) } @columns), $self->{line};
	}
	close $f or die "$path: $!\n";
}

# So many devices of these applications, by their numbers there; every fourth is
# an iPhone, in one of the spellings that apps have sent.
sub devices {
	my ($n, @apps) = @_;
	my @platforms = qw(ios android apns hms);
	return map {
		my $platform = $platforms[$_ % 4];
		my $hex = sprintf '%064x', $_ * 2654435761;
		{ id => $_ + 10,
		    activation_id => sprintf('%08x-java-%d', $_, $_),
		    user_id => 'user-' . int($_ / 2),
		    app_id => $apps[$_ % @apps],
		    platform => $platform, is_active => $_ % 10 ? 1 : 0,
		    environment => $platform eq 'apns'
			? 'production' : undef,
		    push_token => $platform eq 'ios' ? uc $hex
			: $platform eq 'apns' ? $hex : "Tok_en-$_:APA91b$hex",
		    timestamp_last_registered => sprintf(
			'2023-%02d-%02d 12:34:%02d.%03d', $_ % 12 + 1,
			$_ % 28 + 1, $_ % 60, $_ % 1000) }
	} 1 .. $n;
}

1;
