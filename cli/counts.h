/* SPDX-License-Identifier: MIT */
/* What became of the messages of one platform, as commands print it. */
#ifndef CLI_COUNTS_H
#define CLI_COUNTS_H

#include "db/send_status.h"
#include "lib/json.h"

/* total, sent, failed, expired, pending. */
void cli_counts_json(struct json *into, const struct send_counts *n);

/* "  apns  2 sent, 0 pending, ..."; nothing where there is no message. */
void cli_counts_print(const char *platform, const struct send_counts *n);

#endif
