/* SPDX-License-Identifier: MIT */
/* FastCGI or CGI to struct request and back: the life of a process. */
#ifndef FCGI_GATEWAY_H
#define FCGI_GATEWAY_H

#include "lib/err.h"

#include "core/settings.h"

struct call_counters;
struct keyring;
struct responder;

struct gateway {
	const struct responder *responder;
	const struct settings *settings;
	struct keyring *keyring; /* NULL: this responder needs none */
	struct call_counters *counters; /* NULL: calls are not counted */
	const char *socket_path; /* listen there; NULL: on descriptor 0 */
};

/* Serve calls until SIGTERM, SIGINT or SIGUSR1; current calls are then finished
 * within three seconds. CGI: one call. */
const struct err *gateway_run(const struct gateway *g);

#endif
