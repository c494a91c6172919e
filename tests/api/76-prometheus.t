#!/usr/bin/perl
# A Prometheus scrapes /metrics; promtool takes the alert rules and the
# expressions of the dashboard, which name only figures that are there.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Outpost;
use Test::More;

# A lease that ends long after the test: whatever is told of a stop is told by
# the sendd that stops.
my $o = Outpost->up(conf => "[sendd]\nlease = 5m\n");
my $dir = tempdir(CLEANUP => 1);
my $app = $o->app('measured');
$o->device($app, 'alice', 'ios', 'c0de' x 16);
is $o->send($app, 'alice', body => { title => 't', body => 'b' })->{status},
    200, 'a message';
is $o->get('/push/nowhere')->{status}, 404, 'a path that is none';
is $o->get("/push/device/list?userId=$_&appId=$app")->{status}, 200,
    'a call' for 1 .. 5;

# --- what is told -----------------------------------------------------------

my $text;
ok $o->wait_for(60, sub {
	$text = $o->get('/metrics')->{body};
	return $text =~ /^outpost_answer_seconds_count/m
	    && $text =~ /^outpost_outcomes_total\{/m
	    && $text =~ /^outpost_sendd_starts_total/m;
}), 'sendd has told its figures';
like $text, qr/^outpost_requests_total\{program="push",method="GET",
    route="\/push\/device\/list",status="200"\}\ 5$/mx, 'calls of a route';
like $text, qr/^outpost_requests_total\{program="push",method="",
    route="none",status="404"\}\ 1$/mx, 'and of none';
like $text, qr/^outpost_request_seconds_count\{program="push",method="GET",
    route="\/push\/device\/list"\}\ 5$/mx, 'their times';
like $text, qr/^outpost_request_seconds_bucket\{program="push",method="GET",
    route="\/push\/device\/list",le="\+Inf"\}\ 5$/mx, 'in buckets';
like $text, qr/^outpost_sendd_starts_total\{instance="[^"]+"\} 1$/m,
    'sendd has started once';
$o->get('/push/nowhere/' . $_) for 1 .. 20;
is scalar(() = $o->get('/metrics')->{body} =~ /route="none",status/g), 1,
    'strangers make no labels';
like $o->get('/actuator/prometheus')->{body}, qr/^outpost_sendd_up\{/m,
    'under its name before';
is $o->get('/v3/api-docs')->{json}{openapi},
    $o->get('/openapi.json')->{json}{openapi}, 'and so the description';

my %known = map { $_ => 1 } $text =~ /^# TYPE (\w+) /mg;
sub unknown {
	my ($expression) = @_;
	return grep { my $name = s/_(?:bucket|sum|count)\z//r;
	    !$known{$_} && !$known{$name} } $expression =~ /\b(outpost_\w+)/g;
}

# --- rules and dashboard ----------------------------------------------------

my $said = qx{promtool check rules etc/prometheus/outpost-alerts.yml 2>&1};
is $?, 0, 'promtool takes the alert rules' or diag $said;
my $rules = $o->read_file('etc/prometheus/outpost-alerts.yml');
is_deeply [ unknown($rules) ], [], 'which name figures that are there';

my $board = Outpost::json()->decode(
    $o->read_file('etc/grafana/outpost-dashboard.json'));
my @expressions = map { $_->{expr} } map { @{ $_->{targets} } }
    @{ $board->{panels} };
cmp_ok scalar(@expressions), '>', 10, 'the dashboard has expressions';
is_deeply [ map { unknown($_) } @expressions ], [], 'so does the dashboard';
$o->write_file("$dir/board.yml", "groups:\n- name: board\n  rules:\n"
    . join '', map { "  - record: board:$_\n    expr: "
    . Outpost::json()->encode($expressions[$_]) . "\n" } 0 .. $#expressions);
$said = qx{promtool check rules '$dir/board.yml' 2>&1};
is $?, 0, 'promtool takes its expressions' or diag $said;

# --- a Prometheus -----------------------------------------------------------

my $own = Outpost::free_port();
$o->write_file("$dir/p.yml", <<"END");
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [ @{[ qx{pwd} =~ /(.*)/ ]}/etc/prometheus/outpost-alerts.yml ]
scrape_configs:
- job_name: outpost
  metrics_path: $o->{prefix}/metrics
  honor_labels: true
  static_configs: [ { targets: [ '127.0.0.1:$o->{port}' ] } ]
END
my $pid = fork // die "fork: $!\n";
if (!$pid) {
	open STDOUT, '>', "$dir/log";
	open STDERR, '>&', \*STDOUT;
	exec 'prometheus', "--config.file=$dir/p.yml",
	    "--storage.tsdb.path=$dir/data",
	    "--web.listen-address=127.0.0.1:$own";
}
sub ask {
	my ($query) = @_;
	open my $curl, '-|', 'curl', '-sG', '--data-urlencode',
	    "query=$query", "http://127.0.0.1:$own/api/v1/query"
	    or die "curl: $!\n";
	my $got = do { local $/; <$curl> };
	my $list = (eval { Outpost::json()->decode($got) } // {})
	    ->{data}{result} // [];
	return map { $_->{value}[1] } @$list;
}
ok $o->wait_for(60, sub { ($_ = (ask('up{job="outpost"}'))[0] // 0) == 1 }),
    'Prometheus scrapes' or diag $o->read_file("$dir/log");
is_deeply [ ask('sum(outpost_requests_total{route="/push/device/list"})') ],
    [5], 'what it has is what was called';
is_deeply [ ask('outpost_sendd_up') ], [1], 'sendd is up';
# until the first scrape there was no figure
ok $o->wait_for(60, sub { !ask('ALERTS{alertname="OutpostNoDelivery"}') }),
    'no alert';
kill 'TERM', $o->pid('sendd');
ok $o->wait_for(60, sub { ((ask('outpost_sendd_up'))[0] // 1) == 0 }),
    'it is down right after an orderly stop';
ok $o->wait_for(60, sub { ask('ALERTS{alertname="OutpostNoDelivery"}') }),
    'which raises an alert';
kill 'TERM', $pid;
waitpid $pid, 0;
$o->stack('up');
is $?, 0, 'sendd is started again';
ok $o->wait_for(60, sub {
	$text = $o->get('/metrics')->{body};
	return $text =~ /^outpost_sendd_up\{[^}]*\} 1$/m;
}), 'and up';
like $text, qr/^outpost_sendd_starts_total\{instance="[^"]+"\} 2$/m,
    'its second start is counted';

# --- a process for each call ------------------------------------------------

my $cgi = Outpost->up(via => 'apache-cgi');
is $cgi->get('/push/nowhere')->{status}, 404, 'by CGI: a path that is none'
    for 1 .. 3;
is $cgi->get('/admin/app/list')->{status}, 200, 'a call of another program';
$text = $cgi->get('/metrics')->{body};
like $text, qr/^outpost_requests_total\{program="push",method="",
    route="none",status="404"\}\ 3$/mx, 'what three processes have answered';
like $text, qr/^outpost_request_seconds_count\{program="admin",method="GET",
    route="\/admin\/app\/list"\}\ 1$/mx, 'and a fourth, of another program';
like $text, qr/^outpost_responder_starts_total\{program="push"\} 0$/m,
    'a call is no start';

done_testing;
