/* SPDX-License-Identifier: MIT */
/*
 * What sendd has in hand: a row of the outbox, and the body it shares with
 * others. An item is in exactly one place: a credential's waiting list, with
 * those to be compared, a delivery on a wire, or settled and gone. A row of a
 * user has no body and waits until it is rows of devices.
 */
#ifndef SENDD_ITEM_H
#define SENDD_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/target.h"
#include "db/outbox.h"
#include "push/provider.h"

/* A message body and its form for each provider, made when first wanted. */
struct body {
	uint64_t id;
	char *json; /* stored form */
	size_t len;
	unsigned refs;
	struct body *next; /* in the hash, or in the list of the idle */
	struct template *templates[PLATFORM__COUNT];
	char *refusal[PLATFORM__COUNT]; /* why it cannot be composed */
};

struct item {
	struct item *next;	/* in a list */
	struct item *next_hash; /* in the table of ids */
	struct outbox_row row;
	uint64_t epoch; /* of the lease that it was read under */
	struct body *body;
	unsigned repeats; /* certainly unprocessed, tried again here */
	int64_t asked_ms; /* time of day of the latest request */
	enum target_fate fate; /* by what its device was, at that moment: */
	int64_t compared_ms;   /* monotonic; 0: not known */
	bool waits; /* in a credential's list: else it is with a worker, in a
		       request, or its outcome noted */
	char *token;	       /* the device's latest */
	char was[];	       /* the row's */
};

struct items { /* first in, first out */
	struct item *first, **last;
	unsigned n;
};

void items_init(struct items *l);
void items_add(struct items *l, struct item *i);
void items_push(struct items *l, struct item *i); /* to the front */
struct item *items_take(struct items *l); /* NULL when empty */

/* A new item of a row; the body, if any, is taken over (one reference). */
struct item *item_new(const struct outbox_found *found, uint64_t epoch,
    struct body *body);
void item_free(struct item *i); /* gives its body back */

/* The device has another token by now. */
void item_renew(struct item *i, const char *token);

/* --- bodies ----------------------------------------------------------- */

struct bodies; /* those shared by several rows, by id */

struct bodies *bodies_new(void);
void bodies_free(struct bodies *b);

/* The shared body of this id if it is at hand, with a reference; or NULL. */
struct body *bodies_find(struct bodies *b, uint64_t id);

/* A new one (the text is copied), shared under its id or a row's own. */
struct body *bodies_add(struct bodies *b, uint64_t id, const char *json,
    size_t len, bool shared);
void body_release(struct body *body);

/* Its form for a provider; NULL and *refusal when it has none. */
const struct template *body_template(struct body *body,
    const struct provider *p, unsigned how, const char **refusal);

#endif
