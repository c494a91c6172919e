/* SPDX-License-Identifier: MIT */
#include "core/import_spelling.h"

#include <stdlib.h>

#include "lib/mem.h"

struct import_spelling {
	uint64_t spelt; /* the one that stays */
	int64_t latest_ms;
	uint64_t line;
};

static void
weigh(struct import_spelling *s, uint64_t spelt, int64_t registered_ms,
    uint64_t line)
{
	if (s->line != 0 && (registered_ms < s->latest_ms ||
	    (registered_ms == s->latest_ms && line < s->line)))
		return;
	*s = (struct import_spelling){spelt, registered_ms, line};
}

void
import_spelling_add(struct hash *all, uint64_t token, uint64_t spelt,
    int64_t registered_ms, uint64_t line)
{
	struct import_spelling *s = hash_find(all, token, NULL, NULL);

	if (s == NULL) {
		s = xcalloc(1, sizeof *s);
		hash_add(all, token, s);
	}
	weigh(s, spelt, registered_ms, line);
}

void
import_spelling_weigh(struct hash *all, uint64_t token, uint64_t spelt,
    int64_t registered_ms, uint64_t line)
{
	struct import_spelling *s = hash_find(all, token, NULL, NULL);

	if (s != NULL)
		weigh(s, spelt, registered_ms, line);
}

bool
import_spelling_is_old(const struct hash *all, uint64_t token, uint64_t spelt)
{
	const struct import_spelling *s = hash_find(all, token, NULL, NULL);

	return s != NULL && s->spelt != spelt;
}

void
import_spelling_done(struct hash *all)
{
	for (size_t i = 0; i < all->size; i++)
		free(all->slots[i].entry);
	hash_done(all);
}
