/* SPDX-License-Identifier: MIT */
/* The VAPID pair of a site that moves in: its browsers can be reached with no
 * other one. */
#ifndef CORE_IMPORT_VAPID_H
#define CORE_IMPORT_VAPID_H

#include "lib/keyring.h"

#include "db/application.h"

#include "core/import.h"

/* What the site says of itself; NULL: it does not. */
struct import_vapid {
	const char *subject, *public_key, *private_key;
	const char *link; /* where a tap leads: the site */
	struct keyring *keyring; /* seals it */
	struct bytes *values; /* of the credential: import_vapid_read */
};

/* Read the pair, into im->mem, and write nothing. *key: the public half.
 * ERR_INVALID: it is no pair, or the subject is none. */
const struct err *import_vapid_read(struct import *im, struct import_vapid *v,
    const char **key);

/* Give the application the pair that was read, unless it has it, and note that.
 * ERR_CONFLICT: the application has another key, with which browsers have
 * subscribed. */
const struct err *import_vapid_take(struct import *im,
    const struct application *app, const struct import_vapid *v);

#endif
