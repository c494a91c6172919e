/* SPDX-License-Identifier: MIT */
/* The counters of one platform, as commands print them. */
#ifndef CLI_COUNTS_H
#define CLI_COUNTS_H

#include "db/send_status.h"
#include "lib/json.h"

/* Set the members total, sent, failed, expired and pending. */
void cli_counts_json(struct json *into, const struct send_counts *n);

/* Print "  apns  2 sent, 0 pending, ..."; nothing if there is no message. */
void cli_counts_print(const char *platform, const struct send_counts *n);

#endif
