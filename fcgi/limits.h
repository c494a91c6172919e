/* SPDX-License-Identifier: MIT */
/*
 * The limits of size and number of a request, in one place: a larger request is
 * refused with a sentence, and nothing is cut to fit. outpost-api(7) documents
 * all of them, tests/api/60-limits.t tests each. Further limits:
 *
 *	settings		[api] body_max, batch_max, sync_timeout
 *	one field's length	its row in the table of its form
 *	a header's own form	where it is read: caller.c, idempotency.h
 *	a message, a send	core/compose.h, core/send.h
 */
#ifndef FCGI_LIMITS_H
#define FCGI_LIMITS_H

/* clang-format off */

/* The request, before it is parsed. */
#define LIMIT_URI	   8192 /* bytes of the URL, query included */
#define LIMIT_SEGMENTS	     12 /* parts of the path; more are no path */
#define LIMIT_QUERY	     40 /* parameters */
#define LIMIT_HEADER	   4096 /* bytes of a header that is read */

/* A body's JSON: its memory depends on its values, not on its bytes. */
#define LIMIT_DEPTH	     32
#define LIMIT_VALUES	   4096 /* and one more for each ... */
#define LIMIT_VALUE_BYTES     8 /* ... bytes of body_max */
#define LIMIT_CONTAINERS   4096 /* objects and arrays; and ... */
#define LIMIT_CONTAINERS_EACH 8 /* ... for each message of batch_max */
#define LIMIT_MEMBERS	   4096 /* of all objects; and ... */
#define LIMIT_MEMBERS_EACH   32 /* ... for each message of batch_max */

/* The content of a request. */
#define LIMIT_USERS	 100000 /* users of one campaign/user/add, delete ... */
#define LIMIT_USERS_BODY ((int64_t)8 << 20) /* ... and the bytes of its body */
#define LIMIT_ACTIVATIONS   100 /* of device/create/multi */
#define LIMIT_INBOX_APPS    255 /* applications of an inbox message */
#define LIMIT_INBOX_BODY  65536 /* characters */
#define LIMIT_KEY (65535 - 64) /* bytes of a provider's key; sealed, which
				  adds a little, it fits its column */
#define LIMIT_PAGE	   2000 /* entries of a page */

/* The answer. */
#define LIMIT_WARNINGS	     20 /* the first of them */
#define LIMIT_VIOLATIONS     20 /* the first of them */
#define LIMIT_ECHO	    255 /* bytes of an invalidValue; else none */
#define LIMIT_REPLY	((size_t)64 << 20)

/* clang-format on */

#endif
