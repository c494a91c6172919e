/* SPDX-License-Identifier: MIT */
#include "cli/words.h"

#include <string.h>

const char **
words_of(struct arena *a, const char *list, size_t *n)
{
	const char **words = arena_zero(a, (strlen(list) + 1) * sizeof *words);

	for (*n = 0; *list != '\0';) {
		size_t len = strcspn(list, ",");

		words[(*n)++] = arena_text(a, list, len);
		list += len + (list[len] == ',');
	}
	return words;
}
