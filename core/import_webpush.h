/* SPDX-License-Identifier: MIT */
/*
 * The browsers of a site that has sent Web Push by itself: the table of the
 * usual packages of PHP and Laravel, with the endpoint and the keys of each
 * subscription.
 */
#ifndef CORE_IMPORT_WEBPUSH_H
#define CORE_IMPORT_WEBPUSH_H

#include "db/application.h"

#include "core/import_vapid.h"

struct import_webpush {
	const struct application *app;
	struct import_vapid *pair; /* of the site, which the application gets;
				      or NULL */
	const char *key;  /* without it: the public half of the present one */
	const char *type; /* of the owners: only these; NULL: there is one */
};

/* Take the pair, and the subscriptions of a CSV file, or of a table
 * (im->foreign). Nothing is written when the file as such is refused, or when
 * its owners are of several types, of which each has users of its own. */
const struct err *import_webpush(struct import *im, const char *path,
    const struct import_webpush *how);

#endif
