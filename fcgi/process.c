/* SPDX-License-Identifier: MIT */
#include "fcgi/process.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/keyring.h"
#include "lib/log.h"

#include "core/program.h"

#include "fcgi/call_counters.h"
#include "fcgi/gateway.h"
#include "fcgi/openapi.h"
#include "fcgi/trusted_address.h"

/* Descriptors: of a worker (its call, the database, sendd, PowerAuth Server,
 * what it waits with), and of the process (sockets, log, waiting room). A call
 * in the queue or the waiting room keeps one, its connection. */
#define PER_WORKER 8
#define BESIDES 64

/* Set and read by the main thread only: the value of -s, and the responder
 * that the options are for. */
static _Thread_local const char *socket_path;
static _Thread_local const struct responder *self;

static void
take_own_option(int letter, const char *value)
{
	if (letter == 's')
		socket_path = value;
	if (letter != 'O')
		return;
	openapi_print(self, stdout);
	program_exit();
}

static const struct err *
check_trust(const struct settings *s)
{
	return trusted_address_check(s, self->name);
}

/* One call too many must be answered as pending, and not find that there is no
 * descriptor for it. Under CGI the process has one call. */
static void
fit_waiting(struct settings *s)
{
	uint64_t have = program_descriptors();
	uint64_t others = BESIDES + PER_WORKER * (uint64_t)s->api.workers +
	    (uint64_t)s->api.queue_max;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads yet */
	if (getenv("REQUEST_METHOD") != NULL || have == 0 ||
	    have >= others + (uint64_t)s->api.waiting_max)
		return;
	s->api.waiting_max = have > others ? (int64_t)(have - others) : 1;
	log_warn("[api] waiting_max: only %lld, for this process may have %llu "
	    "descriptors (LimitNOFILE, server.max-fds, ulimit -n)",
	    (long long)s->api.waiting_max, (unsigned long long)have);
}

static bool
is_cgi(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads yet */
	return getenv("REQUEST_METHOD") != NULL;
}

/* Without counters a responder answers all the same. Under CGI each call is a
 * start, and would log the reason. */
static void
open_counters(struct gateway *g)
{
	const char *dir = g->settings->api.counters;
	bool cgi = is_cgi();
	const struct err *e;

	if (dir == NULL || *dir == '\0')
		return;
	e = call_counters_open(dir, g->responder->name, g->responder->routes,
	    g->responder->n_routes, !cgi, &g->counters);
	if (e != NULL && !cgi)
		log_warn("[api] counters: calls are not counted: %s", e->text);
}

int
process_main(const struct responder *r, int argc, char *argv[])
{
	char name[32];
	struct program p = {name, r->name,
	    "  -s PATH  listen on that unix socket (default: FastCGI on\n"
	    "           descriptor 0, or CGI)\n"
	    "  -O       print the description of the calls and end\n",
	    "s:O", NULL, take_own_option, check_trust};
	struct settings s = {0};
	struct gateway g = {.responder = r, .settings = &s};
	const struct err *e;

	(void)snprintf(name, sizeof name, "%s.fcgi", r->name);
	self = r;
	/* a query without '=' comes as arguments under CGI: a stranger's */
	program_start(&p, is_cgi() ? 1 : argc, argv, &s);
	if (r->room != NULL)
		fit_waiting(&s);
	if (r->seals &&
	    (e = keyring_new(s.secrets.key_file, &g.keyring)) != NULL)
		fatalx("%s", e->text);
	g.socket_path = socket_path;
	open_counters(&g);
	if ((e = gateway_run(&g)) != NULL)
		fatalx("%s", e->text);
	keyring_free(g.keyring);
	call_counters_close(g.counters);
	settings_done(&s);
	program_end(0);
}
