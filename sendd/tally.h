/* SPDX-License-Identifier: MIT */
/*
 * Outcomes counted by application, provider, kind and reason since the latest
 * report. Providers choose the reasons, so there is a limit: beyond 64 tallies
 * of an application with a provider, or 4,096 in all, a new reason counts as
 * "other" of the same application, provider and kind, and never as another
 * application's.
 */
#ifndef SENDD_TALLY_H
#define SENDD_TALLY_H

#include "db/counter.h"
#include "db/outbox_settle.h"
#include "lib/arena.h"
#include "lib/hash.h"

#define TALLIES_MAX 4096

struct tally {
	struct tally *next; /* in the order of their first outcomes */
	int64_t app;
	unsigned platform;
	enum outcome_kind kind;
	char reason[COUNTER_REASON];
	uint64_t n;
};

struct tallies {
	struct arena *memory;
	struct hash table;  /* of tallies */
	struct hash apps;   /* how many tallies an application has */
	struct tally *first, **last;
	struct tally *latest; /* most outcomes are like the one before */
};

void tallies_init(struct tallies *l);

/* Count an outcome; reason may be NULL. */
void tally_add(struct tallies *l, int64_t app, unsigned platform,
    enum outcome_kind kind, const char *reason);

/* Move them into taken, to be written: *l begins again with none. */
void tallies_take(struct tallies *l, struct tallies *taken);

/* They could not be written: add them again. */
void tallies_return(struct tallies *l, const struct tallies *taken);

void tallies_done(struct tallies *l);

#endif
