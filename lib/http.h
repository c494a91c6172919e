/* SPDX-License-Identifier: MIT */
/*
 * One blocking HTTP exchange with a deadline, for requests to a server of the
 * operator. The only file in lib/ that includes curl. A struct http belongs to
 * one thread and keeps its connection for the next exchange.
 */
#ifndef LIB_HTTP_H
#define LIB_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

#define HTTP_ANSWER_MAX (1024 * 1024)
#define HTTP_HEADERS_MAX 16384 /* bytes */

struct http;

struct http_options {
	int64_t connect_timeout_ms, response_timeout_ms;
	const char *ca_file;	    /* NULL: the system's */
	bool accept_invalid;	    /* do not check the certificate */
	const char *user, *password; /* HTTP Basic, sent at once; NULL: none */
	const char *proxy;	     /* "http://host:port"; NULL: none */
	const char *proxy_user, *proxy_password;
	const atomic_bool *stop; /* give up within a second; NULL: never */
};

/* Set which certificates a libcurl transfer (easy) trusts: those in ca_file,
 * or those of the system when it is NULL, as read when it connects. */
void http_trust(void *easy, const char *ca_file);

/* Without a connection yet. Free it with http_free. */
struct http *http_new(void);
void http_free(struct http *h); /* takes NULL */

/* A date as HTTP has it, or as certificates have, in seconds since 1970; 0:
 * text is none. */
int64_t http_time(const char *text);

struct http_request {
	const char *method; /* "POST" */
	const char *url;    /* http or https; redirects are not followed */
	const char *header; /* one more "Name: value"; or NULL */
	const char *body;   /* JSON; NULL: none */
	size_t len;
};

/* Why there is no answer. */
enum http_fault {
	HTTP_NO_FAULT,
	HTTP_NO_NAME,	    /* the name of the host does not resolve */
	HTTP_NO_PROXY,	    /* the proxy is not reached, or refuses */
	HTTP_NO_CONNECTION, /* nobody is there, or nobody answers */
	HTTP_NO_TRUST,	    /* the certificate is refused */
	HTTP_BROKEN	    /* TLS or HTTP went wrong */
};

struct http_result {
	enum http_fault fault;
	char why[160]; /* of the fault, in libcurl's words; or "" */
	int status;
	int64_t date_s;	 /* the header Date, seconds since 1970; 0: none */
	int64_t until_s; /* the end of the server's certificate; 0: it has
			    shown none on a new connection */
};

/* The body of the answer is appended to answer. ERR_BUSY when no whole answer
 * arrives, answer is full, or its headers exceed HTTP_HEADERS_MAX; out is
 * filled as far as the answer came. */
const struct err *http_call(struct http *h, const struct http_options *o,
    const struct http_request *r, struct http_result *out,
    struct buf *answer);

#endif
