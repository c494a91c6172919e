/* SPDX-License-Identifier: MIT */
#include "cli/counts.h"

#include <stdio.h>

void
cli_counts_json(struct json *into, const struct send_counts *n)
{
	json_set_int(into, "total", (int64_t)n->total);
	json_set_int(into, "sent", (int64_t)n->sent);
	json_set_int(into, "failed", (int64_t)n->failed);
	json_set_int(into, "expired", (int64_t)n->expired);
	json_set_int(into, "pending", (int64_t)send_counts_pending(n));
}

void
cli_counts_print(const char *platform, const struct send_counts *n)
{
	if (n->total == 0)
		return;
	printf("  %-5s %llu sent, %llu pending, %llu failed, %llu expired\n",
	    platform, (unsigned long long)n->sent,
	    (unsigned long long)send_counts_pending(n),
	    (unsigned long long)n->failed, (unsigned long long)n->expired);
}
