/* SPDX-License-Identifier: MIT */
/* What a file has, recognised by digests: sixteen bytes for each row, so that
 * millions of rows can be looked up. Pure. */
#ifndef CORE_IMPORT_SEEN_H
#define CORE_IMPORT_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct import_seen {
	uint64_t key, line;
};

/* Zeroed at first. */
struct import_seen_list {
	struct import_seen *list;
	size_t n, room;
};

void import_seen_add(struct import_seen_list *l, uint64_t key, uint64_t line);

/* Once all are added, before the first look-up. */
void import_seen_sort(struct import_seen_list *l);

/* The line of the first row with that key, and of the last; 0: there is
 * none. */
uint64_t import_seen_line(const struct import_seen_list *l, uint64_t key);
uint64_t import_seen_last(const struct import_seen_list *l, uint64_t key);

void import_seen_done(struct import_seen_list *l);

#endif
