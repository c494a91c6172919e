/* SPDX-License-Identifier: MIT */
/*
 * An origin: the https server that a pool of connections goes to, and how to
 * get there. Its texts are borrowed, except in a copy made by origin_copy.
 */
#ifndef SENDD_ORIGIN_H
#define SENDD_ORIGIN_H

#include <stdbool.h>

#include "lib/err.h"

struct origin {
	char host[256]; /* of https://host:port */
	unsigned port;
	const char *ca_file;	    /* NULL: the system's trust store */
	const char *proxy;	    /* "http://host:port"; NULL: no proxy */
	const char *proxy_user;	    /* NULL: no authentication */
	const char *proxy_password; /* NULL: empty */
	unsigned connections;	    /* at most; not 0 */
	unsigned connect_timeout_ms;
	unsigned idle_ping_ms; /* wire_h2: PING after this much silence, or,
				  of many, close the idle connection;
				  wire_http: close it */
	bool cautious;	       /* one stream until the first 200 (APNs) */
	bool public_only;      /* a stranger named the host: refuse to connect
				  to an address that is not public */
	bool many;	       /* one of very many: no idle connections */
	bool http1;	       /* wire_h2: ask whether it offers HTTP/2 */
	unsigned streams;      /* requests a connection; 0: wire_http 8,
				  wire_h2 what the server allows */
};

/* Split "https://host:port/path". Sets host and port only; *path points into
 * url, or is "/" when the URL has none. ERR_INVALID unless url is such. */
const struct err *origin_read(const char *url, struct origin *o,
    const char **path);

#define ORIGIN_NAME (sizeof((struct origin *)0)->host + 16)

/* "host", or "host:port" if the port is not 443; IPv6 in brackets. */
void origin_name(const struct origin *o, char out[ORIGIN_NAME]);

/* Copy with the texts; origin_done frees the texts of such a copy. */
void origin_copy(const struct origin *from, struct origin *to);
void origin_done(struct origin *o);

/* Would the same connections serve both? */
bool origin_same(const struct origin *a, const struct origin *b);

#endif
