/* SPDX-License-Identifier: MIT */
/*
 * What a page of the console sends with its calls. The cookie comes by itself;
 * X-CSRF-Token and X-Console only a script of our own origin can add. X-Console
 * is "user", or "timer" when the page calls by itself: such a call is no use of
 * the session.
 */
#ifndef FCGI_REQUEST_PAGE_H
#define FCGI_REQUEST_PAGE_H

#include <stdbool.h>

#include "lib/arena.h"
#include "lib/err.h"

#include "core/settings.h"

#define SESSION_COOKIE "outpost_session"

struct page_headers {
	/* the cookie of its session; "": one that cannot be; NULL: none */
	const char *cookie;
	const char *csrf; /* X-CSRF-Token; NULL when absent */
	bool is_page;	  /* a page sent it, as X-Console says, ... */
	bool by_timer;	  /* ... and no person caused it */
	bool secure;	  /* it came by https */
};

void request_page(struct arena *a, const struct settings *s, char *const *env,
    const struct err **fault, struct page_headers *out);

#endif
