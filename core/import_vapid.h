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
};

/* Give the application the site's pair, unless it has it, and note that. *key:
 * the public half, in im->mem. ERR_INVALID: it is no pair, or the subject is
 * none; ERR_CONFLICT: the application has another key, with which browsers have
 * subscribed. */
const struct err *import_vapid(struct import *im, struct keyring *k,
    const struct application *app, const struct import_vapid *v,
    const char **key);

#endif
