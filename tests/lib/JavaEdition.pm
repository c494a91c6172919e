# What a client of the Java edition knows, and how it fails when it is set to
# be strict: at the first member that it does not know.
#
#   my @unknown = JavaEdition::unknown('java', 'POST /push/message/send', $r);
#
# The members are those of the published page and of what is known of the
# server itself: written here once more, not taken from our program.
package JavaEdition;
use strict;
use warnings;

my @counts = qw(sent failed pending total);
my @inbox = qw(id type subject summary read timestampCreated);
my @whole = (@inbox, qw(userId body timestampRead applications));
my @campaign = qw(id appId sent message);

# Of responseObject: a name, or a name and what stands in it. undef: there is
# no responseObject. Of arrays each element is meant.
my %answers = (
    'GET /push/service/status' => [qw(applicationName applicationDisplayName
	applicationEnvironment version buildTime timestamp)],
    'POST /push/device/create' => undef,
    'POST /push/device/create/multi' => undef,
    'POST /push/device/remove' => undef,
    'DELETE /push/device/remove' => undef,
    'POST /push/device/delete' => undef,
    'DELETE /push/device/delete' => undef,
    'POST /push/device/status/update' => undef,
    'PUT /push/device/status/update' => undef,
    'POST /push/message/send' =>
	['mode', map { [ $_ => \@counts ] } qw(apns fcm hms)],
    'POST /push/message/batch/send' =>
	['mode', map { [ $_ => \@counts ] } qw(apns fcm hms)],
    'POST /push/campaign/create' => ['id'],
    'POST /push/campaign/{id}/delete' => ['deleted'],
    'DELETE /push/campaign/{id}/delete' => ['deleted'],
    'GET /push/campaign/{id}/detail' => \@campaign,
    'GET /push/campaign/list' => \@campaign,
    'POST /push/campaign/{id}/user/add' => undef,
    'PUT /push/campaign/{id}/user/add' => undef,
    'GET /push/campaign/{id}/user/list' => [qw(campaignId users)],
    'POST /push/campaign/{id}/user/delete' => undef,
    'DELETE /push/campaign/{id}/user/delete' => undef,
    'POST /push/campaign/send/test/{id}' => undef,
    'POST /push/campaign/send/live/{id}' => undef,
    'GET /admin/app/list' => [ [ applicationList =>
	[qw(appId apns fcm hms)] ] ],
    'GET /admin/app/unconfigured/list' => [ [ applicationList =>
	[qw(appId apns fcm hms)] ] ],
    'POST /admin/app/detail' => [ [ application => [qw(appId apns fcm hms)] ],
	qw(apnsBundle apnsKeyId apnsTeamId apnsEnvironment fcmProjectId
	hmsProjectId) ],
    'POST /admin/app/create' => ['appId'],
    (map { ("POST /admin/app/$_" => undef, "PUT /admin/app/$_" => undef) }
	qw(apns fcm hms ios/update android/update huawei/update)),
    (map { ("DELETE /admin/app/$_" => undef) } qw(apns fcm hms)),
    (map { ("POST /admin/app/$_/remove" => undef,
	"DELETE /admin/app/$_/remove" => undef) } qw(ios android huawei)),
    'POST /inbox/messages' => \@whole,
    'GET /inbox/messages/list' => \@inbox,
    'GET /inbox/messages/count' => ['countUnread'],
    'GET /inbox/messages/detail' => \@whole,
    'POST /inbox/messages/read' => \@whole,
    'PUT /inbox/messages/read' => \@whole,
    'POST /inbox/messages/read-all' => undef,
    'PUT /inbox/messages/read-all' => undef,
);
my %paged = map { $_ => 1 } 'GET /push/campaign/{id}/user/list',
    'GET /inbox/messages/list';
my $problem = ['code', 'message',
    [ violations => [qw(fieldName invalidValue hint)] ] ];

# 1.4 to 1.9 knew these by other names.
my %before = (apns => 'ios', fcm => 'android', hms => 'huawei',
    apnsBundle => 'iosBundle', apnsKeyId => 'iosKeyId',
    apnsTeamId => 'iosTeamId', apnsEnvironment => 'iosEnvironment',
    fcmProjectId => 'androidProjectId', hmsProjectId => 'huaweiProjectId');

sub routes { return sort keys %answers }
sub has { return exists $answers{ $_[0] } }

sub beyond {
	my ($dialect, $known, $v, $at) = @_;
	if (ref $v eq 'ARRAY') {
		return map { beyond($dialect, $known, $_, $at) } @$v;
	}
	return () if ref $v ne 'HASH';
	my %known = map { my ($name, $of) = ref $_ ? @$_ : ($_);
	    $name = $before{$name} // $name if $dialect eq 'java-1.4';
	    ($name => $of) } @$known;
	return map { my $name = "$at$_";
	    !exists $known{$_} ? $name
		: !defined $v->{$_} ? "$name, a null"
		: $known{$_} ? beyond($dialect, $known{$_}, $v->{$_}, "$name.")
		: () } sort keys %$v;
}

# What of an answer, a hash of status and json, a strict client throws on.
sub unknown {
	my ($dialect, $route, $r) = @_;
	my %all = %{ $r->{json} // {} };
	my $object = delete $all{responseObject};
	my @known = ('status', $r->{status} == 200 && $paged{$route}
	    ? qw(page size) : ());
	my $of = $r->{status} == 200 ? $answers{$route} : $problem;
	return (beyond($dialect, \@known, \%all, ''),
	    !defined $of ? (defined $object ? 'responseObject' : ())
	    : beyond($dialect, $of, $object, 'responseObject.'));
}

# A value by its path, "responseObject.ios.sent"; a number is an index.
sub value {
	my ($v, $path) = @_;
	for my $name (split /\./, $path) {
		$v = ref $v eq 'HASH' ? $v->{$name}
		    : ref $v eq 'ARRAY' ? $v->[$name] : undef;
	}
	return $v;
}

# A member as it is called in that dialect.
sub name {
	my ($dialect, $name) = @_;
	return $dialect eq 'java-1.4' ? $before{$name} // $name : $name;
}

1;
