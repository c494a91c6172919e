/* SPDX-License-Identifier: MIT */
/* Message bodies in memory. A body that many rows share is kept once, and
 * counts the items that refer to it. */
#ifndef SENDD_BODY_H
#define SENDD_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "push/provider.h"

/* A message body and its form for each provider, made when first wanted. */
struct body {
	uint64_t id; /* 0: of one item alone */
	char *json; /* stored form */
	size_t len;
	unsigned refs;
	struct body *next; /* in its bucket */
	struct template *templates[PLATFORM__COUNT];
	char *refusal[PLATFORM__COUNT]; /* why it cannot be composed */
};

struct bodies; /* those shared by several rows, by id */

struct bodies *bodies_new(void);
void bodies_free(struct bodies *b);

/* The shared body of this id if it is at hand, with a reference; or NULL. */
struct body *bodies_find(struct bodies *b, uint64_t id);

/* A new one, shared under its id; the text is copied. One reference. */
struct body *bodies_add(struct bodies *b, uint64_t id, const char *json,
    size_t len);

/* One that a single item has to itself. Any thread may make it. */
struct body *body_new(const char *json, size_t len);

/* Give a reference back. */
void body_release(struct body *body);

/* Its form for a provider; NULL and *refusal when it has none. */
const struct template *body_template(struct body *body,
    const struct provider *p, unsigned how, const char **refusal);

#endif
