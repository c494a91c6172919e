# The console in a browser, worked with the keyboard alone: a control is found
# by the Tab key and by the name that a screen reader says of it.
#
#   Console::needed(20);            # or that many are skipped
#   my $c = Console->new($base);     # http://127.0.0.1:PORT/console/
#   $c->fill('Token' => $token);     # go there by Tab, type
#   $c->press('Sign in');            # go there by Tab, Enter
#   $c->see('What waits');           # until the page shows it
#
# Pictures are kept in build/shots; OUTPOST_SHOTS is another directory.
package Console;
use strict;
use warnings;
use Chromium;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More ();

use constant TABS => 250;	# until a control is not there

my $json = JSON::PP->new->allow_nonref;	# characters, for a page
my %keys = (Tab => 9, Enter => 13, Escape => 27, ' ' => 32, ArrowDown => 40);
my %size = (wide => [ 1280, 900 ], phone => [ 390, 844 ]);

# What a screen reader calls the control that has the focus.
my $focused = <<'END';
(() => {
	const it = document.activeElement;
	const name = it.getAttribute('aria-label') ??
	    it.labels?.[0]?.textContent ?? it.textContent;
	return name.replace(/ \((needed|Pflichtfeld)\)$/, '').trim();
})()
END

# Ends a test of so many assertions where there is no browser.
sub needed {
	my ($n) = @_;
	return if Chromium::program();
	SKIP: { Test::More::skip('chromium is not installed', $n) }
	Test::More::done_testing();
	exit;
}

sub new {
	my ($class, $base) = @_;
	my $browser = Chromium->new;
	my $self = bless { browser => $browser, base => $base,
	    page => $browser->page }, $class;
	$self->call("$_.enable") for qw(Page Runtime DOM Log);
	$self->call('Emulation.setFocusEmulationEnabled',
	    { enabled => JSON::PP::true });
	$self->size('wide');
	return $self;
}

sub call {
	my ($self, $method, $params) = @_;
	return $self->{browser}->call($method, $params, $self->{page});
}

sub value { return $_[0]{browser}->value($_[0]{page}, $_[1]) }
sub wait_for { return $_[0]{browser}->wait_for($_[0]{page}, $_[1]) }

# A page of the console; without one, as somebody who has just come.
sub open {
	my ($self, $hash) = @_;
	if (defined $hash) {
		my $to = $json->encode("#/$hash");
		# what still comes of the page before is not what is meant
		$self->value('document.activeElement.blur();'
		    . q{document.querySelector('main').isOld = true;}
		    . " if (location.hash === $to) dispatchEvent(new"
		    . " Event('hashchange')); else location.hash = $to");
		return $self->settle;
	}
	$self->call('Page.navigate', { url => $self->{base} });
	return $self->wait_for(q{document.querySelector('h1') !== null});
}

# Until the page that the address names has its title.
sub settle {
	my ($self) = @_;
	return $self->wait_for(q{document.querySelector('main h1')
	    === document.activeElement && !document.querySelector('main')
	    .isOld});
}

# --- the keyboard -----------------------------------------------------------

sub key {
	my ($self, $key, %more) = @_;
	my %event = (key => $key, code => $key eq ' ' ? 'Space' : $key,
	    windowsVirtualKeyCode => $keys{$key}, %more);
	my %text = $key eq 'Enter' ? (text => "\r") : $key eq ' '
	    ? (text => ' ') : ();
	$self->call('Input.dispatchKeyEvent',
	    { type => 'keyDown', %event, %text });
	$self->call('Input.dispatchKeyEvent', { type => 'keyUp', %event });
	return;
}

# By Tab to the control of that name, behind the one that has the focus.
sub to {
	my ($self, $name) = @_;
	for (1 .. TABS) {
		$self->key('Tab');
		return if $self->value($focused) eq $name;
	}
	die "no control is called $name\n";
}

sub press {
	my ($self, $name) = @_;
	$self->to($name);
	$self->key('Enter');
	return;
}

sub tick {
	my ($self, $name) = @_;
	$self->to($name);
	$self->key(' ');
	return;
}

# What the control has is replaced.
sub fill {
	my ($self, $name, $text) = @_;
	$self->to($name);
	$self->value('document.activeElement.select()');
	$self->call('Input.insertText', { text => $text });
	return;
}

# An entry of a list is chosen by its first letters.
sub choose {
	my ($self, $name, $entry) = @_;
	$self->to($name);
	for (1 .. TABS) {
		return if $self->value('document.activeElement'
		    . '.selectedOptions[0].textContent') eq $entry;
		$self->key('ArrowDown');
	}
	die "$name has no $entry\n";
}

# A moment, in milliseconds, is typed into its field part by part, as people in
# the language of the browser write it.
sub when {
	my ($self, $name, $ms) = @_;
	$self->to($name);
	my $parts = $json->decode($self->value(
	    "JSON.stringify(new Intl.DateTimeFormat(navigator.language, {year:"
	    . " 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit',"
	    . " minute: '2-digit'}).formatToParts($ms).filter((p) => p.type"
	    . " !== 'literal').map((p) => p.value))"));
	for my $part (@$parts) {
		$self->call('Input.dispatchKeyEvent',
		    { type => 'char', text => $_ }) for split //, $part;
		$self->to($name) if $part =~ /^\d{4}$/;
	}
	return;
}

# A file is let go above the place that is labelled so.
sub drop {
	my ($self, $name, $file, $text) = @_;
	$self->to($name);
	my ($called, $has) = map { $json->encode($_) } $file, $text;
	return $self->value(<<"END");
(() => {
	const place = document.activeElement.closest('.drop');
	const dataTransfer = new DataTransfer();
	dataTransfer.items.add(new File([$has], $called));
	const says = (kind) => place.dispatchEvent(new DragEvent(kind,
	    {dataTransfer, bubbles: true, cancelable: true}));
	/* a browser lets nothing go where this one is not taken back */
	return !says('dragover') && place.classList.contains('over') &&
	    !says('drop') && !place.classList.contains('over');
})()
END
}

# What a button gives as a file of that name.
sub download {
	my ($self, $button, $file) = @_;
	my $dir = tempdir(CLEANUP => 1);
	$self->{browser}->call('Browser.setDownloadBehavior', { behavior =>
	    'allow', downloadPath => $dir, eventsEnabled => JSON::PP::true });
	$self->press($button);
	$self->{browser}->event('Browser.downloadProgress', sub {
	    $_[0]{state} eq 'completed' && -e "$dir/$file" });
	CORE::open my $f, '<:encoding(UTF-8)', "$dir/$file"
	    or die "$dir/$file: $!\n";
	local $/;
	return scalar <$f>;
}

# The browser's own window for files is no page: the file is put there.
sub file {
	my ($self, $name, $path) = @_;
	$self->to($name);
	my $it = $self->call('Runtime.evaluate',
	    { expression => 'document.activeElement' })->{result}{objectId};
	$self->call('DOM.setFileInputFiles',
	    { files => [$path], objectId => $it });
	return;
}

# --- looking ----------------------------------------------------------------

# A page that has only begun to come has no body.
sub text { return $_[0]->value(q{document.body?.innerText ?? ''}) }

sub see {
	my ($self, $text) = @_;
	my $wanted = $json->encode($text);
	my $seen = eval { $self->wait_for(
	    "document.body?.innerText.includes($wanted)") };
	die "not shown: $text\n--- but:\n", $self->text if !$seen;
	return 1;
}

# Is any element of the page made of what was planted as a text?
sub has_markup {
	my ($self) = @_;
	return $self->value(q{document.querySelectorAll(
	    'main script, main iframe, [onerror], [data-planted]').length
	    + (window.planted ?? 0)});
}

sub size {
	my ($self, $name, $scheme) = @_;
	my ($width, $height) = @{ $size{$name} };
	$self->call('Emulation.setDeviceMetricsOverride', { width => $width,
	    height => $height, deviceScaleFactor => 1,
	    mobile => $name eq 'phone' ? JSON::PP::true : JSON::PP::false });
	$self->call('Emulation.setEmulatedMedia', { features => [ {
	    name => 'prefers-color-scheme', value => $scheme // 'light' } ] });
	return;
}

# Everything that a page hides until it is asked for.
sub unfold {
	my ($self) = @_;
	return $self->value(q{document.querySelectorAll('details')
	    .forEach((d) => { d.open = true; })});
}

# Wider than its window: at which widths? A phone's window grows with what is in
# it, so that it is not asked for its width.
sub too_wide {
	my ($self, $size, $scheme) = @_;
	$self->size($size, $scheme);
	return $self->value('document.documentElement.scrollWidth')
	    > $size{$size}[0];
}

sub widths {
	my ($self) = @_;
	my @wide = grep { $self->too_wide($_) } qw(wide phone);
	$self->size('wide');
	return @wide;
}

# Pictures of the whole page, wide and at a phone's width, light and dark. Is
# any wider than its window?
sub shots {
	my ($self, $name) = @_;
	my @wide;
	for my $size (qw(wide phone)) {
		for my $scheme (qw(light dark)) {
			push @wide, "$size $scheme"
			    if $self->too_wide($size, $scheme);
			$self->shot("$name-$size-$scheme");
		}
	}
	$self->size('wide');
	return @wide;
}

sub shot {
	my ($self, $name) = @_;
	my $dir = $ENV{OUTPOST_SHOTS} // 'build/shots';
	make_path($dir);
	my $whole = $self->call('Page.getLayoutMetrics')->{cssContentSize};
	$self->{browser}->screenshot($self->{page}, "$dir/$name.png",
	    { captureBeyondViewport => JSON::PP::true, clip => { x => 0,
		y => 0, width => $whole->{width},
		height => $whole->{height}, scale => 1 } });
	return;
}

# --- axe-core ---------------------------------------------------------------

# The script, fetched once by npm; undef: it cannot be had.
sub axe_script {
	my $dir = 'build/axe';
	my $script = "$dir/node_modules/axe-core/axe.min.js";
	system 'timeout 120 npm install --silent --no-audit --no-fund'
	    . " --prefix $dir axe-core\@4.10.3 >/dev/null 2>&1"
	    if !-s $script;
	return -s $script ? $script : undef;
}

# What axe-core finds in it wide and at a phone's width, and of its colours in
# the dark.
sub all_violations {
	my ($self) = @_;
	my @found;
	for ([ 'wide', 'light' ], [ 'wide', 'dark', 'color-contrast' ],
	    [ 'phone', 'light' ]) {
		my ($size, $scheme, @rules) = @$_;
		$self->size($size, $scheme);
		push @found, map { "$size $scheme: $_" }
		    $self->violations(@rules);
	}
	$self->size('wide');
	return @found;
}

# What axe-core finds in the page as it stands: "rule: element". @rules: no
# others.
sub violations {
	my ($self, @rules) = @_;
	my $only = @rules ? 'runOnly: ' . $json->encode(\@rules) . ',' : '';
	if (!$self->value('typeof axe !== "undefined"')) {
		CORE::open my $f, '<', axe_script() or die "axe: $!\n";
		local $/;
		$self->value(<$f> . '; true');
	}
	return @{ $json->decode($self->value("axe.run(document, {$only"
	    . q[resultTypes: ['violations']}).then((r) => JSON.stringify(
	    r.violations.flatMap((v) => v.nodes.map((n) =>
	    v.id + ': ' + n.html.slice(0, 120)))))])) };
}

1;
