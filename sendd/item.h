/* SPDX-License-Identifier: MIT */
/*
 * An item: a row of the outbox in the memory of sendd, and its body, which it
 * may share with other items. A row of a user has no body.
 */
#ifndef SENDD_ITEM_H
#define SENDD_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/target.h"
#include "db/outbox.h"
#include "sendd/body.h"

/* Where an item is in its life (queue.h has the drawing). */
enum item_state {
	ITEM_NEW,	/* in no queue yet */
	ITEM_WAITING,	/* in a credential's line */
	ITEM_TAKEN,	/* taken from the line, on no list */
	ITEM_ASIDE,	/* must be compared with its device */
	ITEM_COMPARING, /* with the worker that compares */
	ITEM_IN_FLIGHT, /* in a request */
	ITEM_SETTLING,	/* its outcome is known, and must be written */
	ITEM_TOMBSTONE, /* settled; the current read may still find its row */
	ITEM_DUE	/* a row of a user, to become rows of devices */
};

struct queue_line;

struct item {
	struct item *next;	/* in a list */
	struct item *next_hash; /* in the table of ids */
	struct queue_line *line; /* where it waits, or waited last */
	enum item_state state;
	struct outbox_row row;
	uint64_t epoch; /* of the lease under which it was read */
	struct body *body;
	bool awaited; /* it was carried: somebody waits for its outcome */
	int64_t expected_ms; /* ... until then it may be written: monotonic */
	unsigned repeats; /* certainly unprocessed, tried again here */
	int64_t asked_ms; /* time of day of the latest request */
	enum target_fate fate; /* by what its device was, at that moment: */
	int64_t compared_ms;   /* monotonic; 0: not known */
	const char *user;      /* the row's, or NULL */
	char *token;	       /* the device's latest */
	char was[];	       /* the row's, and behind it its user */
};

struct items { /* first in, first out */
	struct item *first, **last;
	unsigned n;
};

void items_init(struct items *l);
void items_add(struct items *l, struct item *i);
void items_push(struct items *l, struct item *i); /* to the front */
struct item *items_take(struct items *l); /* NULL when empty */

/* A new item of a row, read under a lease of that epoch. It has a body if the
 * body is stored in the row. Any thread may make it. */
struct item *item_new(const struct outbox_found *found, uint64_t epoch);
void item_free(struct item *i); /* gives its body back */

/* Give the body back, which only sending needs. */
void item_forget_body(struct item *i);

/* Set the device's new token. */
void item_renew(struct item *i, const char *token);

#endif
