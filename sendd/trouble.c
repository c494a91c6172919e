/* SPDX-License-Identifier: MIT */
#include "sendd/trouble.h"

/* FNV-1a. */
static uint32_t
checksum(const char *text)
{
	uint32_t sum = 2166136261U;

	for (; *text != '\0'; text++)
		sum = (sum ^ (unsigned char)*text) * 16777619U;
	return sum;
}

bool
trouble_is_new(struct troubles *t, const char *sentence)
{
	uint32_t sum = checksum(sentence);

	for (unsigned i = 0; i < t->n; i++)
		if (t->told[i] == sum)
			return false;
	if (t->n == TROUBLES_MAX)
		return false;
	t->told[t->n++] = sum;
	return true;
}

bool
trouble_ends(struct troubles *t)
{
	bool any = t->n > 0;

	t->n = 0;
	return any;
}
