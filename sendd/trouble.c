/* SPDX-License-Identifier: MIT */
#include "sendd/trouble.h"

#include "lib/hash.h"

bool
trouble_is_new(struct troubles *t, const char *sentence)
{
	uint64_t sum = hash_text(HASH_SEED, sentence);

	for (unsigned i = 0; i < t->n; i++)
		if (t->logged[i] == sum)
			return false;
	if (t->n == TROUBLES_MAX)
		return false;
	t->logged[t->n++] = sum;
	return true;
}

bool
trouble_ends(struct troubles *t)
{
	bool any = t->n > 0;

	t->n = 0;
	return any;
}
