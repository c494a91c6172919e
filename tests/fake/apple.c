/* SPDX-License-Identifier: MIT */
#include "tests/fake/apple.h"

#include <string.h>

#include "lib/text.h"

/* clang-format off */
static const struct shape alert[] = {
    {"title", SHAPE_TEXT},
    {"subtitle", SHAPE_TEXT},
    {"body", SHAPE_TEXT},
    {"title-loc-key", SHAPE_TEXT},
    {"subtitle-loc-key", SHAPE_TEXT},
    {"loc-key", SHAPE_TEXT},
    {"title-loc-args", SHAPE_TEXTS},
    {"subtitle-loc-args", SHAPE_TEXTS},
    {"loc-args", SHAPE_TEXTS},
    {"launch-image", SHAPE_TEXT},
    {NULL}
};

static const struct shape sound[] = {
    {"critical", SHAPE_INT, .max = 1},
    {"name", SHAPE_TEXT},
    {"volume", SHAPE_NUMBER, .max = 1},
    {NULL}
};

static const struct shape aps[] = {
    {"alert", SHAPE_OBJECT_OR_TEXT, alert},
    {"badge", SHAPE_INT, .max = 2147483647},
    {"sound", SHAPE_OBJECT_OR_TEXT, sound},
    {"thread-id", SHAPE_TEXT},
    {"category", SHAPE_TEXT},
    {"content-available", SHAPE_INT, .min = 1, .max = 1},
    {"mutable-content", SHAPE_INT, .min = 1, .max = 1},
    {"target-content-id", SHAPE_TEXT},
    {"interruption-level", SHAPE_WORD,
	.words = "passive|active|time-sensitive|critical"},
    {"relevance-score", SHAPE_NUMBER, .max = 1},
    {"filter-criteria", SHAPE_TEXT},
    {NULL}
};
/* clang-format on */

const char *
apple_header_fault(const char *type, const char *priority,
    const char *expiration, const char *collapse)
{
	int64_t n;
	bool silent;

	silent = type != NULL && strcmp(type, "background") == 0;
	if (type == NULL || (!silent && strcmp(type, "alert") != 0))
		return "InvalidPushType";
	if (priority != NULL && strcmp(priority, "5") != 0 &&
	    strcmp(priority, "10") != 0 && strcmp(priority, "1") != 0)
		return "BadPriority";
	if (silent && (priority == NULL || strcmp(priority, "5") != 0))
		return "BadPriority";
	if (expiration != NULL &&
	    !text_i64(expiration, 0, 4294967295LL, &n))
		return "BadExpirationDate";
	if (collapse != NULL && (collapse[0] == '\0' || strlen(collapse) > 64))
		return "BadCollapseId";
	return NULL;
}

const char *
apple_aps_fault(const struct json *a, bool silent, struct misfit *bad)
{
	if (!shape_fits(a, aps, false, "aps", bad))
		return "";
	if (silent && (json_int(json_get(a, "content-available"), 0) != 1 ||
	    json_has(a, "alert") || json_has(a, "sound") ||
	    json_has(a, "badge")))
		return "InvalidPushType";
	if (!silent && !json_has(a, "alert") && !json_has(a, "sound") &&
	    !json_has(a, "badge"))
		return "InvalidPushType";
	return NULL;
}
