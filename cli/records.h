/* SPDX-License-Identifier: MIT */
/* A list of messages with what became of them, as text or as JSON. */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include "cli/cli.h"
#include "core/message_record.h"

/* Print them; empty is the sentence when there is none. */
void records_print(struct cli *c, const struct message_record *list, size_t n,
    const char *empty);

#endif
