/* SPDX-License-Identifier: MIT */
/*
 * Callers that are pages of the console: the cookie of a session says who they
 * are. A browser adds it to every call, also to one that a page of somebody
 * else makes; so a call that may change something has to bring a token besides,
 * which no other page can read.
 */
#ifndef FCGI_PAGE_SESSION_H
#define FCGI_PAGE_SESSION_H

#include "db/integration.h"
#include "db/session.h"

#include "fcgi/call.h"

/* Set c->session and c->caller by the cookie. ERR_UNAUTH: the session is over.
 * ERR_DENIED: the token is missing or another. */
const struct err *page_session(struct call *c);

/* The token that belongs to a session's key: it needs no place, for it is made
 * of that. */
void page_session_token(const char *key, char token[INTEGRATION_HASH]);

/* Have the browser keep the key, or forget it (NULL). */
void page_session_cookie(struct call *c, const char *key);

#endif
