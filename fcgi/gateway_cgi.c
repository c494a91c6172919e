/* SPDX-License-Identifier: MIT */
/* CGI: a process a call. */
#include "fcgi/gateway_part.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/http.h"

#include "fcgi/integration_cache.h"

#define DRAIN_MAX ((size_t)64 << 20)

void
worker_open(struct worker *w, const struct gateway *g)
{
	*w = (struct worker){.settings = g->settings, .keyring = g->keyring,
	    .counters = g->counters,
	    .bell = {g->settings->sendd.doorbell, -1}};
}

void
worker_close(struct worker *w)
{
	doorbell_close(&w->bell);
	http_free(w->http);
	integration_cache_free(w->callers);
	db_close(w->db);
	arena_free(w->mem);
}

static long
from_stdin(void *from, char *into, size_t size)
{
	ssize_t n;

	(void)from;
	do
		n = read(STDIN_FILENO, into, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static void
write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* the web server has gone */
		data += n;
		len -= (size_t)n;
	}
}

/* Read what a refused call has left unread: a web server that cannot send all
 * of it may drop our answer too. */
static void
drain_stdin(void)
{
	char part[16384];

	for (size_t had = 0; had < DRAIN_MAX; had += sizeof part)
		if (from_stdin(NULL, part, sizeof part) <= 0)
			return;
}

void
gateway_cgi(const struct gateway *g)
{
	struct buf head = BUF(16384);
	struct request req;
	struct reply reply;
	struct worker w;

	(void)signal(SIGPIPE, SIG_IGN);
	worker_open(&w, g);
	w.mem = arena_new();
	request_read(w.mem, g->settings, environ, &req);
	request_body(w.mem, serve_body_max(g->responder, g->settings, &req),
	    environ, from_stdin, NULL, &req);
	serve_call(g->responder, &w, &req, &reply);
	if (req.body_unread)
		drain_stdin();
	reply_head(&reply, &head);
	write_all(buf_str(&head), head.len);
	if (!reply.headless)
		write_all(reply.body, reply.body_len);
	buf_done(&head);
	worker_close(&w);
}
