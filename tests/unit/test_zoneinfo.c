/* SPDX-License-Identifier: MIT */
#include "lib/zoneinfo.h"

#include "lib/zoneinfo_rule.h"
#include "unit.h"

/* Seconds since 1970 by date -u -d ... +%s; offsets by TZ=... date +%z. */
static const struct {
	const char *zone;
	int64_t second;
	int64_t offset;
} moments[] = {
    {"UTC", 1700000000, 0},
    {"Europe/Prague", 1700000000, 3600},
    {"Europe/Prague", 1711846799, 3600}, /* 31 March 2024, 00:59:59 UTC */
    {"Europe/Prague", 1711846800, 7200},
    {"Europe/Prague", 1729990799, 7200}, /* 27 October 2024, 00:59:59 UTC */
    {"Europe/Prague", 1729990800, 3600},
    {"Europe/Prague", 2500000000, 3600}, /* 22 March 2049: by the rule */
    {"Europe/Prague", 2508000000, 7200}, /* 22 June 2049 */
    {"America/New_York", 1700000000, -18000},
    {"Australia/Sydney", 1705000000, 39600}, /* summer in January */
    {"Australia/Sydney", 1720000000, 36000},
    {"Australia/Sydney", 2493000000, 39600}, /* December 2048 */
    {"Asia/Kathmandu", 1700000000, 20700},
};

static void
offsets_of_zones(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(moments); i++) {
		struct zoneinfo *z;

		assert_null(zoneinfo_load(moments[i].zone, &z));
		if (zoneinfo_offset(z, moments[i].second) != moments[i].offset)
			fail_msg("%s at %lld: %lld", moments[i].zone,
			    (long long)moments[i].second,
			    (long long)zoneinfo_offset(z, moments[i].second));
		zoneinfo_free(z);
	}
}

static void
no_zones(void **state)
{
	static const char *const names[] = {"", "/etc/passwd", "..", "x/../y",
	    "Europe", "Europe/Nowhere", "zone.tab", "-x",
	    "Europe/Prague/Europe/Prague/Europe/Prague/Europe/Prague/Europe/P"};
	struct zoneinfo *z;

	(void)state;
	for (size_t i = 0; i < nitems(names); i++)
		assert_int_equal(zoneinfo_load(names[i], &z)->code,
		    ERR_INVALID);
}

static const struct {
	const char *rule;
	int64_t second, offset; /* offset -1: it is none */
} rules[] = {
    {"UTC0", 0, 0},
    {"<+0545>-5:45", 1, 20700},
    {"CET-1CEST,M3.5.0,M10.5.0/3", 1711846799, 3600},
    {"CET-1CEST,M3.5.0,M10.5.0/3", 1711846800, 7200},
    {"EST5EDT,M3.2.0,M11.1.0", 1710053999, -18000}, /* 10 March 2024 */
    {"EST5EDT,M3.2.0,M11.1.0", 1710054000, -14400},
    {"A0B,J60/0,J61/0", 1709251200, 3600}, /* 1 March 2024: a leap year */
    {"A0B,59/0,60/0", 1709164800, 3600},   /* 29 February 2024 */
    {"A0B,59/0,60/0", 1709251200, 0},
    {"", 0, -1}, {"A", 0, -1}, {"A0B", 0, -1}, {"A0B,M13.1.0,M1.1.0", 0, -1},
    {"A0B,M1.1.0", 0, -1}, {"A0B,M1.1.0,M2.1.0x", 0, -1}, {"<A", 0, -1},
    {"A999", 0, -1}, {"A0B,M0.1.0,M2.1.0", 0, -1},
};

static void
offsets_of_rules(void **state)
{
	struct zoneinfo_rule r;

	(void)state;
	for (size_t i = 0; i < nitems(rules); i++) {
		bool good = zoneinfo_rule_parse(rules[i].rule, &r);

		if (good != (rules[i].offset != -1) ||
		    (good && zoneinfo_rule_offset(&r, rules[i].second) !=
			rules[i].offset))
			fail_msg("rule %zu: %s", i, rules[i].rule);
	}
}

/* A file that is cut, or has any byte changed, is read or refused. */
static void
broken_files(void **state)
{
	uint8_t data[8192], cut[8192];
	struct zoneinfo *z;
	size_t len;
	FILE *f = fopen("/usr/share/zoneinfo/Europe/Prague", "rb");

	(void)state;
	assert_non_null(f);
	len = fread(data, 1, sizeof data, f);
	(void)fclose(f);
	for (size_t n = 0; n < len; n++) {
		memcpy(cut, data, n);
		if (zoneinfo_parse(cut, n, &z) == NULL)
			zoneinfo_free(z);
		memcpy(cut, data, len);
		cut[n] ^= 0xff;
		if (zoneinfo_parse(cut, len, &z) == NULL) {
			(void)zoneinfo_offset(z, 1700000000);
			zoneinfo_free(z);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(offsets_of_zones), cmocka_unit_test(no_zones),
	    cmocka_unit_test(offsets_of_rules),
	    cmocka_unit_test(broken_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
