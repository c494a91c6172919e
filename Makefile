# Outpost: a push server for Apache or lighttpd with MariaDB.
#
#   make demo                    build, start a private stack, send three pushes
#   make test                    everything that .ci/run checks, but for builds
#   make up | down | status      the same stack (PORT RUN WEB EXTRA_CONF AUTH)
#   make                         build under build/release
#   make SAN=address,undefined test
#   make test RELEASE=trixie     on another release of Debian, as root
#   make valgrind                the programs under valgrind; slow
#   make CC=clang WERROR=1       another compiler, warnings are errors
#   make fuzz FUZZ_S=60          strangers' bytes, a minute for each driver
#   make bench PARTS=--help      measure, or say what can be measured
#   make bench QUICK=1           the same, less of everything
#   make lint | analyse
#   make deb                     the Debian package, in build/deb
#   make tarball                 a tree for a host without a daemon, in build
#   make install | uninstall     DESTDIR=stage prefix=/usr

prefix     ?= /usr/local
bindir     ?= $(prefix)/bin
sbindir    ?= $(prefix)/sbin
libexecdir ?= $(prefix)/libexec
datadir    ?= $(prefix)/share
mandir     ?= $(datadir)/man
# The programs look there, whatever the prefix.
sysconfdir ?= /etc
INSTALL    ?= install

# The stack of make up and make demo.
PORT       ?= 8080
RUN        ?= build/run
WEB        ?= lighttpd
EXTRA_CONF ?=
AUTH       ?= none
stack      := PORT='$(PORT)' RUN='$(RUN)' WEB='$(WEB)' \
              EXTRA_CONF='$(EXTRA_CONF)' AUTH='$(AUTH)'

# CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS belong to the user.
CFLAGS     ?= -O2 -g
warn       := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
              -Wwrite-strings -Wpointer-arith -Wformat=2 -Wundef -Wvla \
              -Werror=implicit-function-declaration \
              -Wno-missing-field-initializers # our tables leave columns out
ifdef WERROR
warn       += -Werror
endif
version    := 0.2.0
build_time := $(or $(SOURCE_DATE_EPOCH),$(shell date +%s))
defines    := -DOUTPOST_VERSION='"$(version)"' \
              -DOUTPOST_BUILD_TIME=$(build_time) \
              -DOUTPOST_DATADIR='"$(datadir)/outpost"'
# Recursive on purpose: asked only when something is compiled, so that
# targets which install the packages need none of them.
deps        = $(shell pkg-config --cflags libmariadb)
cflags      = -std=c11 -D_GNU_SOURCE -I. $(warn) $(deps) $(defines) \
              -fstack-protector-strong -fPIE -pthread
ldflags    := -pie -Wl,-z,relro,-z,now -pthread

comma      := ,
O          ?= build/release
ifdef SAN
O          := build/$(subst $(comma),-,$(SAN))
san        := -fsanitize=$(SAN) -fno-sanitize-recover=all \
              -fno-omit-frame-pointer
ldflags    += -fsanitize=$(SAN)
endif

# Programs: one .c each, holding main(). Every other file goes into its
# layer's archive.
fcgi_bin   := push admin inbox
fcgi_main  := $(fcgi_bin:%=%_routes)
sendd_bin  := sendd
sendd_main := sendd
cli_bin    := outpost
cli_main   := outpost
fake_bin   := provider powerauth fcgi_client
bench_bin  := $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*.c))
fake_bin   := $(patsubst tests/fake/%.c,%,$(wildcard $(fake_bin:%=tests/fake/%.c)))

obj         = $(patsubst %.c,$O/obj/%.o,$(wildcard $1/*.c $1/*/*.c))
part        = $(filter-out $($1_main:%=$O/obj/$1/%.o),$(call obj,$1))

bins       := $(fcgi_bin:%=$O/%.fcgi) $(sendd_bin:%=$O/%) $(cli_bin:%=$O/%)
fakes      := $(fake_bin:%=$O/%) $(bench_bin:%=$O/%) $O/sendd_null
units      := $(patsubst tests/unit/%.c,$O/unit/%,$(wildcard tests/unit/test_*.c))
preloads   := $(patsubst tests/preload/%.c,$O/%.so,$(wildcard tests/preload/*.c))
fuzzers    := $(patsubst tests/fuzz/%.c,$O/fuzz/%,$(wildcard tests/fuzz/*.c))

libs_base  := -lmariadb -lcurl -lssl -lcrypto -linih -lm
libs_fcgi  := -lfcgi $(libs_base)
libs_sendd := -lnghttp2 $(libs_base)

all: $(bins)

$(fcgi_bin:%=$O/%.fcgi): $O/%.fcgi: $O/obj/fcgi/%_routes.o $O/fcgi.a $O/core.a $O/db.a $O/push.a $O/lib.a
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs_fcgi) $(LDLIBS)
$(sendd_bin:%=$O/%): $O/%: $O/obj/sendd/%.o $O/sendd.a $O/core.a $O/db.a $O/push.a $O/lib.a
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs_sendd) $(LDLIBS)
# The same programs, which look for libraries in the tree of a tarball first.
tree       := $(fcgi_bin:%=$O/tree/%.fcgi) $O/tree/outpost $O/tree/outpost-sendd
$(tree): ldflags += -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/../lib'
$(fcgi_bin:%=$O/tree/%.fcgi): $O/tree/%.fcgi: $O/obj/fcgi/%_routes.o $O/fcgi.a $O/core.a $O/db.a $O/push.a $O/lib.a
	@mkdir -p $(@D)
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs_fcgi) $(LDLIBS)
$O/tree/outpost-sendd: $O/obj/sendd/sendd.o $O/sendd.a $O/core.a $O/db.a $O/push.a $O/lib.a
	@mkdir -p $(@D)
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs_sendd) $(LDLIBS)
$O/tree/outpost: $O/obj/cli/outpost.o $O/cli.a $O/core.a $O/db.a $O/push.a $O/lib.a
	@mkdir -p $(@D)
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs_base) $(LDLIBS)
# A sendd without wires, for benches: never installed, and no setting of sendd
# has what is linked here.
$O/sendd_null: $O/obj/sendd/sendd.o $O/obj/tests/null/wire.o $O/obj/tests/null/provider.o $O/sendd.a $O/core.a $O/db.a $O/push.a $O/lib.a
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs_sendd) $(LDLIBS)
$(cli_bin:%=$O/%): $O/%: $O/obj/cli/%.o $O/cli.a $O/core.a $O/db.a $O/push.a $O/lib.a
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs_base) $(LDLIBS)
$(bench_bin:%=$O/%): $O/%: $O/obj/tests/bench/%.o $O/sendd.a $O/core.a $O/db.a $O/push.a $O/lib.a
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ -lfcgi $(libs_sendd) $(LDLIBS)
$(fake_bin:%=$O/%): $O/%: $O/obj/tests/fake/%.o $O/fake.a $O/lib.a
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ $(libs_sendd) $(LDLIBS)
$(units): $O/unit/%: $O/obj/tests/unit/%.o $O/cli.a $O/fcgi.a $O/sendd.a $O/core.a $O/db.a $O/push.a $O/lib.a
	@mkdir -p $(@D)
	$(CC) $(ldflags) $(LDFLAGS) -o $@ $^ -lcmocka -lfcgi $(libs_sendd) $(LDLIBS)
# Only of objects made with SAN=fuzzer-no-link,... by clang: make fuzz.
$O/fuzz/json: LDLIBS += -ljson-c
$(fuzzers): $O/fuzz/%: $O/obj/tests/fuzz/%.o $O/fcgi.a $O/sendd.a $O/core.a $O/db.a $O/push.a $O/lib.a
	@mkdir -p $(@D)
	$(CC) $(ldflags) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ -lfcgi $(libs_sendd) $(LDLIBS)

$O/lib.a:   $(call obj,lib)
$O/push.a:  $(call obj,push)
$O/db.a:    $(call obj,db) $O/obj/db/scripts.o
$O/core.a:  $(call obj,core)
$O/fcgi.a:  $(call part,fcgi) $O/obj/fcgi/openapi_json.o
$O/sendd.a: $(call part,sendd)
$O/cli.a:   $(call part,cli)
$O/fake.a:  $(filter-out $(fake_bin:%=$O/obj/tests/fake/%.o),$(call obj,tests/fake))
$O/%.a:
	rm -f $@ && $(AR) rcs $@ $^

$O/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(cflags) $(san) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The SQL that setup runs is linked in: db/migrate.c names the symbols.
$O/obj/db/scripts.o: db/schema.sql db/swap.sql db/grants.sql \
                     $(sort $(wildcard db/migrations/*.sql))
	@mkdir -p $(@D)
	$(LD) -r -b binary -z noexecstack -o $@ $^

# So is the description of the API; tools/openapi makes it from the tables.
$O/obj/fcgi/openapi_json.o: fcgi/openapi.json
	@mkdir -p $(@D)
	$(LD) -r -b binary -z noexecstack -o $@ $^

# After a change of routes, forms, published examples or the manual.
openapi: all
	@BIN=$O tools/openapi >$O/openapi.json
	@cmp -s $O/openapi.json fcgi/openapi.json || \
	    cp $O/openapi.json fcgi/openapi.json
	@$(MAKE) --no-print-directory all

# What tests put before libc: never sanitised, it does not see the start.
$(preloads): $O/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(warn) $(CPPFLAGS) $(CFLAGS) -fPIC -shared $(LDFLAGS) -o $@ $<

fakes: $(fakes) $(preloads)

# What is missing on a Debian machine; quick when nothing is.
packages:
	@tools/packages
running:
	@tools/packages run

# The commands build in a second make: the first may just have installed
# the compiler. They show words, the compiler's only when it complains; "make"
# shows each command.
build: running
	@$(MAKE) -qs --no-print-directory all fakes 2>/dev/null || \
	    echo 'building the programs, which takes a minute or two'
	@$(MAKE) -s --no-print-directory \
	    $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) all fakes

up: build
	@$(stack) BIN=$O tools/stack up
down:
	@$(stack) BIN=$O tools/stack down
status:
	@$(stack) BIN=$O tools/stack status
demo: build
	@$(stack) BIN=$O tools/demo

ifdef RELEASE
test:
	@tools/release '$(RELEASE)' $(TESTS)
else
test: packages
	@tools/packages test
	@$(MAKE) --no-print-directory all fakes unit-tests
	@BIN=$O tests/run $(TESTS)
endif
unit-tests: $(units)

# Three nodes of Galera, as root each on a network namespace of its own. With
# FAULT_LONG=1 a file takes longer than tests/run lets others. A node joins by a
# script of the package mariadb-server, which is unpacked and not installed: that
# starts a service. What cannot be had is missed by the tests, which are counted as
# skipped then.
check-cluster: packages
	@tools/packages cluster || echo 'check-cluster: goes on without' >&2
	@[ -x build/cluster/usr/bin/wsrep_sst_rsync ] || { \
	    mkdir -p build/cluster && cd build/cluster && \
	    apt-get -qq download mariadb-server && \
	    dpkg-deb -x mariadb-server_*.deb .; } || \
	    echo 'check-cluster: no wsrep_sst_rsync' >&2
	@$(MAKE) --no-print-directory all fakes
	@BIN=$O VIA=direct JOBS=1 NOTES=1 TEST_TIMEOUT=$${TEST_TIMEOUT-1500} \
	    tests/run $(or $(TESTS),tests/cluster/*.t)

# TESTS as above; by default all but most of the fault tests. Slow.
valgrind: packages
	@tools/packages test
	@$(MAKE) --no-print-directory all fakes unit-tests
	@BIN=$O tests/valgrind $(TESTS)

# QUICK=1: rough figures, soon.
bench: build
	@tools/packages bench
	@BIN=$O tests/bench/run $(PARTS)

# FUZZ_S seconds for each driver, 0: its corpus only. FUZZ=names limits it,
# FUZZ_JOBS says how many at a time. Findings are kept in build/fuzz.
FUZZ_CC    ?= clang
FUZZ_S     ?= 60
FUZZ       ?= $(notdir $(fuzzers))
FUZZ_JOBS  ?= $(shell nproc)
fuzz: packages
	@tools/packages test
	@$(MAKE) --no-print-directory CC='$(FUZZ_CC)' CFLAGS='-O1 -g' \
	    SAN=fuzzer-no-link,address,undefined O=build/fuzz \
	    $(FUZZ:%=build/fuzz/fuzz/%)
	@BIN=build/fuzz FUZZ_S='$(FUZZ_S)' FUZZ_JOBS='$(FUZZ_JOBS)' \
	    tests/fuzz/run $(FUZZ)

lint:
	tests/lint

# Without the time of day, so that a file is analysed once.
analyse:
	@tests/analyse $(filter-out -DOUTPOST_BUILD_TIME=%,$(cflags)) \
	    -DOUTPOST_BUILD_TIME=0 $(CPPFLAGS)

# Never over a setting in use: outpost.conf comes as an example only.
units_dir  ?= $(prefix)/lib/systemd/system
compdir    ?= $(datadir)/bash-completion/completions
docdir     ?= $(datadir)/doc/outpost
examples   := EXAMPLES.md apache-conf/outpost-site.conf \
              $(wildcard etc/grafana/* etc/prometheus/*)
share      := $(datadir)/outpost
# To copy, and to read by a web server where it is.
shared     := $(filter-out $(examples),$(wildcard apache-conf/*.conf)) \
              $(wildcard lighttpd-conf/*.conf) etc/network.conf
to          = $(DESTDIR)$1
# As installed: the paths of the programs follow the prefix.
place      := sed -e 's|/usr/libexec/|$(libexecdir)/|' \
              -e 's|/usr/sbin/outpost|$(sbindir)/outpost|' \
              -e 's|/usr/share/outpost|$(share)|'
install: all
	$(INSTALL) -d $(call to,$(bindir)) $(call to,$(sbindir)) \
	    $(call to,$(libexecdir)/outpost) $(call to,$(mandir)/man5) \
	    $(call to,$(mandir)/man7) $(call to,$(mandir)/man8) $(call to,$(sysconfdir)/outpost) \
	    $(call to,$(units_dir)) $(call to,$(prefix)/lib/sysusers.d) \
	    $(call to,$(prefix)/lib/tmpfiles.d) $(call to,$(share)) \
	    $(call to,$(compdir)) $(call to,$(docdir)/examples)
	$(INSTALL) -m 755 $(fcgi_bin:%=$O/%.fcgi) $(call to,$(libexecdir)/outpost)
	$(INSTALL) -m 755 $O/sendd $(call to,$(sbindir)/outpost-sendd)
	$(INSTALL) -m 755 $O/outpost $(call to,$(bindir))
	$(INSTALL) -m 644 man/*.5 $(call to,$(mandir)/man5)
	$(INSTALL) -m 644 man/*.7 $(call to,$(mandir)/man7)
	$(INSTALL) -m 644 man/*.8 $(call to,$(mandir)/man8)
	$(INSTALL) -m 644 etc/bash-completion/outpost $(call to,$(compdir))
	$(INSTALL) -m 644 $(examples) $(call to,$(docdir)/examples)
	$(INSTALL) -m 644 etc/outpost.conf.example $(call to,$(sysconfdir)/outpost)
	$(INSTALL) -m 644 etc/sysusers.d/outpost.conf \
	    $(call to,$(prefix)/lib/sysusers.d)
	$(INSTALL) -m 644 etc/tmpfiles.d/outpost.conf \
	    $(call to,$(prefix)/lib/tmpfiles.d)
	for file in $(shared); do \
		$(place) $$file >$(call to,$(share))/$${file##*/} || exit 1; \
	done
	$(INSTALL) -m 644 etc/cron.d/outpost $(call to,$(share))/outpost.cron
	$(INSTALL) -m 755 tools/java-dump $(call to,$(share))
	$(INSTALL) -d $(call to,$(share))/webpush
	$(INSTALL) -m 644 docs/webpush/* $(call to,$(share))/webpush
	[ ! -d htdocs ] || cp -r --no-preserve=all htdocs $(call to,$(share))
	for unit in etc/systemd/*; do \
		$(place) $$unit >$(call to,$(units_dir))/$${unit##*/} || exit 1; \
	done

# Settings, keys and passwords in sysconfdir stay, and so does the database.
uninstall:
	rm -rf $(call to,$(libexecdir)/outpost) $(call to,$(share)) \
	    $(call to,$(docdir))
	rm -f $(call to,$(sbindir)/outpost-sendd) $(call to,$(bindir)/outpost) \
	    $(patsubst man/%.5,$(call to,$(mandir)/man5/%.5),$(wildcard man/*.5)) \
	    $(patsubst man/%.7,$(call to,$(mandir)/man7/%.7),$(wildcard man/*.7)) \
	    $(patsubst man/%.8,$(call to,$(mandir)/man8/%.8),$(wildcard man/*.8)) \
	    $(call to,$(compdir)/outpost) \
	    $(call to,$(sysconfdir)/outpost/outpost.conf.example) \
	    $(call to,$(prefix)/lib/sysusers.d/outpost.conf) \
	    $(call to,$(prefix)/lib/tmpfiles.d/outpost.conf) \
	    $(patsubst etc/systemd/%,$(call to,$(units_dir)/%),$(wildcard etc/systemd/*))

deb:
	@tools/packages deb
	@tools/deb

tarball: $(tree)
	@BIN=$O/tree VERSION=$(version) tools/tarball $(TARBALL)

clean:
	rm -rf build/release build/address-undefined build/fuzz build/valgrind

.PHONY: all fakes openapi packages running build up down status demo test unit-tests \
        check-cluster valgrind fuzz bench lint analyse clean install uninstall deb \
        tarball
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $O -name '*.d' 2>/dev/null)
