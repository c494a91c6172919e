/* SPDX-License-Identifier: MIT */
/* Class patterns, of the settings, on a stranger's header. Input: the
 * pattern's line, then the text. */
#include "lib/text.h"
#include "tests/fuzz/fuzz.h"

/* All members of a class, as a set. */
static void
members(const char *pattern, bool set[256])
{
	const char *p = pattern + 1, *end = strchr(pattern, ']');

	memset(set, 0, 256 * sizeof *set);
	while (p < end) {
		int from = *p, to = from; /* as the product compares */

		if (p + 2 < end && p[1] == '-') {
			to = p[2];
			p += 2;
		}
		for (p++; from <= to; from++)
			set[from & 255] = true;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const char *pattern = input_line(&in), *s;
	unsigned min = 0, max = 0;
	bool set[256], good;
	size_t len;

	s = input_rest(&in, &len);
	if (!text_class_ok(pattern)) {
		MUST(!text_class_match(pattern, s));
		input_done(&in);
		return 0;
	}
	members(pattern, set);
	MUST(sscanf(strchr(pattern, ']'), "]{%u,%u}", &min, &max) == 2);
	MUST(min <= max && max <= 4096);
	good = strlen(s) >= min && strlen(s) <= max;
	for (const char *p = s; *p != '\0'; p++)
		good = good && set[(unsigned char)*p];
	MUST(text_class_match(pattern, s) == good);
	input_done(&in);
	return 0;
}
