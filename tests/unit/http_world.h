/* SPDX-License-Identifier: MIT */
/* wire_http and a peer for it to ask. */
#ifndef TESTS_UNIT_HTTP_WORLD_H
#define TESTS_UNIT_HTTP_WORLD_H

#include <signal.h>
#include <stdlib.h>

#include "sendd/wire.h"
#include "tests/unit/h2_peer.h"
#include "tests/unit/unit.h"

struct world {
	struct peer *peer;
	struct poller *poller;
	struct wire *wire;
	struct origin origin;
	struct pool *pool;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	(void)signal(SIGPIPE, SIG_IGN);
	w->peer = peer_new();
	assert_null(poller_new(&w->poller));
	assert_null(wire_open(&wire_http, w->poller, &w->wire));
	w->origin = (struct origin){.host = "localhost",
	    .port = w->peer->port, .ca_file = w->peer->ca_file,
	    .connections = 1, .connect_timeout_ms = 20000,
	    .idle_ping_ms = 60000};
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	wire_close(w->wire);
	poller_free(w->poller);
	peer_stop(w->peer);
	free(w);
	return 0;
}

#endif
