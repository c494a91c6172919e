/* SPDX-License-Identifier: MIT */
/* The browsers of a site that has sent Web Push by itself: what its .env file
 * tells, and the import. */
#ifndef CLI_IMPORT_SITE_H
#define CLI_IMPORT_SITE_H

#include "cli/importing.h"

/* Take in the VAPID pair and the subscriptions, as the options say. */
const struct err *import_site(struct importing *i);

#endif
