/* SPDX-License-Identifier: MIT */
/* Message bodies in memory. A body that many rows share is stored once, with a
 * reference count. A few without a reference stay for the next read, which may
 * find further rows of them. */
#ifndef SENDD_BODY_H
#define SENDD_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "push/provider.h"

/* A message body and its template for each provider, made at first use. */
struct body {
	uint64_t id;
	struct bodies *shared_in; /* NULL: not shared */
	size_t len;
	unsigned refs;
	TAILQ_ENTRY(body) of_idle; /* while refs is 0 */
	struct template *templates[PLATFORM__COUNT];
	char *refusal[PLATFORM__COUNT]; /* why there is no template */
	char json[];			/* stored form */
};

struct bodies; /* the shared bodies, by id */

struct bodies *bodies_new(void);
void bodies_free(struct bodies *b); /* without references; takes NULL */

/* Find the shared body of this id and add a reference; NULL: not in memory. */
struct body *bodies_find(struct bodies *b, uint64_t id);

/* Share a body of body_new under its id; it keeps its reference. */
void bodies_add(struct bodies *b, uint64_t id, struct body *body);

/* A new body that is not shared. Any thread may make it. */
struct body *body_new(const char *json, size_t len);

/* Release a reference. */
void body_release(struct body *body);

/* The template for a provider; NULL and *refusal when there is none. Uses the
 * arena while it makes one, and leaves it empty. */
const struct template *body_template(struct body *body, struct arena *a,
    const struct provider *p, unsigned how, const char **refusal);

#endif
