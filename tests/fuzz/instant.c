/* SPDX-License-Identifier: MIT */
/* Moments as text: ISO 8601 against a calendar of our own, there and back;
 * Retry-After in seconds and in HTTP's dates. Input: the text. */
#include <time.h>

#include "lib/clock.h"
#include "push/exchange.h"
#include "tests/fuzz/fuzz.h"

#define DAY_MS 86400000

/* Days since 1970 by counting years and months one by one. */
static int64_t
days(int year, int month, int day)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
	    30, 31};
	int64_t n = day - 1;
	int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1] + (month == 2 && leap))
		return INT64_MIN;
	for (int y = 1; y < year; y++)
		n += 365 + (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
	for (int m = 1; m < month; m++)
		n += lengths[m - 1] + (m == 2 && leap);
	return n - 719162; /* 1 January 1970, counted so */
}

/* What a shape of digits has: 'd' stands for one. */
static bool
is_shape(const char *s, const char *shape)
{
	for (; *shape != '\0'; s++, shape++)
		if (*shape == 'd' ? *s < '0' || *s > '9' : *s != *shape)
			return false;
	return true;
}

static int
two(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

static bool
zone(const char *s, int64_t *ms)
{
	const char *minutes;

	*ms = 0;
	if (strcmp(s, "Z") == 0)
		return true;
	if ((*s != '+' && *s != '-') || !is_shape(s + 1, "dd"))
		return false;
	minutes = s + 3 + (s[3] == ':');
	if (!is_shape(minutes, "dd") || minutes[2] != '\0' ||
	    two(s + 1) > 18 || two(minutes) > 59)
		return false;
	*ms = (two(s + 1) * 60 + two(minutes)) * (int64_t)60000;
	if (*s == '-')
		*ms = -*ms;
	return true;
}

static bool
instant(const char *s, int64_t *ms)
{
	int64_t day, east, rest = 0, weight = 100;
	int year;

	if (!is_shape(s, "dddd-dd-ddTdd:dd:dd"))
		return false;
	year = two(s) * 100 + two(s + 2);
	day = days(year, two(s + 5), two(s + 8));
	if (year == 0 || day == INT64_MIN || two(s + 11) > 23 ||
	    two(s + 14) > 59 || two(s + 17) > 59)
		return false;
	*ms = day * DAY_MS + two(s + 11) * 3600000 + two(s + 14) * 60000 +
	    two(s + 17) * 1000;
	s += 19;
	if (*s == '.') {
		size_t n = strspn(++s, "0123456789");

		if (n == 0 || n > 9)
			return false;
		for (size_t i = 0; i < n; i++, weight /= 10)
			rest += (s[i] - '0') * weight;
		s += n;
	}
	if (!zone(s, &east))
		return false;
	*ms += rest - east;
	return true;
}

/* Within the years that four digits can say. */
static void
there_and_back(int64_t ms)
{
	int64_t back = 0;
	char text[CLOCK_TEXT];

	if (ms < -62135596800000 || ms > 253402300799999)
		return;
	clock_instant(ms, text);
	MUST(clock_parse(text, &back) && back == ms);
	clock_iso(ms, "+00:00", text);
	MUST(clock_parse(text, &back) && back == ms);
	clock_iso(ms, "+0000", text);
	MUST(clock_parse(text, &back) && back == ms);
	clock_sql(ms, text);
	MUST(strlen(text) == 23 && !clock_parse(text, &back));
}

static void
check_retry_after(const char *s)
{
	const char *p = s + strspn(s, " \t");
	size_t n = strspn(p, "0123456789");
	unsigned told = exchange_retry_after(s);

	MUST(told <= 86400);
	if (n > 0 && p[n + strspn(p + n, " \t")] == '\0' && n < 10)
		MUST(told == (strtoul(p, NULL, 10) > 86400
			? 86400 : strtoul(p, NULL, 10)));
	else if (n > 0 && p[n + strspn(p + n, " \t")] != '\0')
		MUST(told == 0);
}

/* So many seconds from now, as HTTP writes it. */
static void
check_http_date(int64_t seconds)
{
	static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT",
	    "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"};
	time_t at = (time_t)(FUZZ_NOW_MS / 1000 + seconds);
	char text[64];
	struct tm tm;

	(void)gmtime_r(&at, &tm);
	for (size_t i = 0; i < nitems(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		MUST(strftime(text, sizeof text, forms[i], &tm) > 0);
#pragma GCC diagnostic pop
		MUST(exchange_retry_after(text) ==
		    (seconds > 86400 ? 86400 : seconds));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	int64_t mine = 0, theirs = 0, raw = 0;
	size_t len;
	char *s = input_rest(&in, &len);

	MUST(clock_parse(s, &theirs) == instant(s, &mine));
	MUST(mine == theirs || !instant(s, &mine));
	if (instant(s, &mine))
		there_and_back(mine);
	memcpy(&raw, s, len < sizeof raw ? len : sizeof raw);
	there_and_back(raw % 253402300800000);
	check_retry_after(s);
	check_http_date((raw & INT64_MAX) % 100000);
	input_done(&in);
	return 0;
}
