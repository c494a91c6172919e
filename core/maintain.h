/* SPDX-License-Identifier: MIT */
/*
 * A round of maintenance: the age rules of db/purge.h, one after the other,
 * with the ages that the settings give them. The caller runs it step by step,
 * each a short transaction, and may end it between any two. It is plain data.
 */
#ifndef CORE_MAINTAIN_H
#define CORE_MAINTAIN_H

#include "core/settings.h"

#include "db/purge.h"

struct maintain {
	enum purge_by by; /* PURGE_BOTH: the rules that sendd applies */
	bool dry;	  /* count, and remove nothing */
	const struct purge_hooks *hooks; /* of each removal, or NULL */
	int64_t ages_ms[PURGE_RULES];
	bool counts_only[PURGE_RULES]; /* the rule is off, and reports */
	bool off[PURGE_RULES];
	uint64_t rows[PURGE_RULES]; /* removed, or counted, so far */
	uint64_t removed;	    /* in all */
	size_t rule;		    /* the one that is applied now */
	struct purge at;
	bool over;
};

/* Set by and dry, and the ages from the settings; the rest is zero. */
void maintain_begin(struct maintain *m, const struct settings *s,
    enum purge_by by, bool dry);

/* Remove or count the next portion. m->over: there is none. */
const struct err *maintain_step(struct db *db, struct maintain *m);

/* Steps until it is over or the time on the steady clock has come. */
const struct err *maintain_until(struct db *db, struct maintain *m,
    int64_t until_ms);

#endif
