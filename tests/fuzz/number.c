/* SPDX-License-Identifier: MIT */
/* Numbers, durations and sizes as text, against a wide reader. Input: the
 * text. */
#include "lib/text.h"
#include "tests/fuzz/fuzz.h"

#define TOO_MUCH ((__int128)1 << 100)

/* Digits from s on, and what stands behind them; false without any. */
static bool
digits(const char *s, __int128 *v, const char **rest)
{
	const char *p = s;

	for (*v = 0; *p >= '0' && *p <= '9'; p++)
		if (*v < TOO_MUCH)
			*v = *v * 10 + (*p - '0');
	*rest = p;
	return p > s;
}

static void
check_plain(const char *s, int64_t min, int64_t max)
{
	int64_t i = 7;
	uint64_t u = 7;
	const char *rest;
	__int128 v;
	bool minus = *s == '-';
	bool whole = digits(s + minus, &v, &rest) && *rest == '\0';
	__int128 signed_v = minus ? -v : v;
	bool is_i = whole && signed_v >= min && signed_v <= max;
	bool is_u = whole && !minus && max >= 0 && v <= max;

	MUST(text_i64(s, min, max, &i) == is_i);
	MUST(i == (is_i ? signed_v : 7));
	MUST(text_u64(s, (uint64_t)max, &u) == (is_u || (max < 0 && whole &&
	    !minus && v <= (uint64_t)max)));
	MUST(max < 0 || u == (is_u ? (uint64_t)v : 7));
}

struct unit {
	const char *name;
	int64_t factor;
};

static bool
with_unit(const char *s, const struct unit *units, int64_t *out)
{
	const char *rest;
	__int128 v;

	if (!digits(s, &v, &rest) || rest - s > 19)
		return false;
	for (; units->name != NULL; units++)
		if (strcmp(rest, units->name) == 0 &&
		    v * units->factor <= INT64_MAX) {
			*out = (int64_t)(v * units->factor);
			return true;
		}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct unit spans[] = {{"ms", 1}, {"s", 1000},
	    {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000},
	    {NULL, 0}};
	static const struct unit sizes[] = {{"", 1}, {"k", 1 << 10},
	    {"m", 1 << 20}, {"g", 1 << 30}, {NULL, 0}};
	struct input in = {data, size};
	size_t len;
	const char *s = input_rest(&in, &len);
	int64_t mine = 0, theirs = 0;

	check_plain(s, INT64_MIN, INT64_MAX);
	check_plain(s, 0, INT64_MAX);
	check_plain(s, -3, 65535);
	check_plain(s, INT64_MIN, -1);
	MUST(text_duration(s, &theirs) == with_unit(s, spans, &mine));
	MUST(theirs == mine);
	MUST(text_size(s, &theirs) == with_unit(s, sizes, &mine));
	MUST(theirs == mine);
	input_done(&in);
	return 0;
}
