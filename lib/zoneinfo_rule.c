/* SPDX-License-Identifier: MIT */
#include "lib/zoneinfo_rule.h"

#include <stddef.h>
#include <string.h>

#define DAY 86400
#define HOUR 3600

/* --- reading ---------------------------------------------------------- */

/* A name: letters, or anything in <>. */
static bool
skip_name(const char **s)
{
	const char *p = *s;

	if (*p == '<') {
		while (*p != '\0' && *p != '>')
			p++;
		if (*p++ == '\0')
			return false;
	} else {
		p += strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz");
	}
	if (p == *s)
		return false;
	*s = p;
	return true;
}

static bool
read_digits(const char **s, int max, int *out)
{
	const char *p = *s;

	for (*out = 0; *p >= '0' && *p <= '9' && *out <= max; p++)
		*out = *out * 10 + (*p - '0');
	if (p == *s || *out > max)
		return false;
	*s = p;
	return true;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool
read_time(const char **s, int64_t *out)
{
	static const int most[] = {167, 59, 59};
	int64_t unit = HOUR, sign = **s == '-' ? -1 : 1;
	int n;

	if (**s == '-' || **s == '+')
		(*s)++;
	*out = 0;
	for (int i = 0; i < 3; i++, unit /= 60) {
		if (i > 0 && **s != ':')
			break;
		*s += i > 0;
		if (!read_digits(s, most[i], &n))
			return false;
		*out += n * unit;
	}
	*out *= sign;
	return true;
}

static bool
read_part(const char **s, char before, int max, int *out)
{
	if (**s != before)
		return false;
	(*s)++;
	return read_digits(s, max, out);
}

/* "M3.5.0/2", "J60", "59" behind a comma. */
static bool
read_change(const char **s, struct zoneinfo_day *d)
{
	*d = (struct zoneinfo_day){.kind = 'N', .time = 2 * HOUR};
	if (*(*s)++ != ',')
		return false;
	if (**s == 'M' || **s == 'J')
		d->kind = *(*s)++;
	if (d->kind != 'M') {
		if (!read_digits(s, 365, &d->day))
			return false;
	} else if (!read_digits(s, 12, &d->month) ||
	    !read_part(s, '.', 5, &d->week) ||
	    !read_part(s, '.', 6, &d->day) || d->month < 1 || d->week < 1) {
		return false;
	}
	if (**s != '/')
		return true;
	(*s)++;
	return read_time(s, &d->time);
}

/* POSIX counts hours behind UTC. */
bool
zoneinfo_rule_parse(const char *s, struct zoneinfo_rule *out)
{
	*out = (struct zoneinfo_rule){.offset = 0};
	if (!skip_name(&s) || !read_time(&s, &out->offset))
		return false;
	out->offset = -out->offset;
	if (*s == '\0')
		return true;
	out->changes = true;
	out->summer_offset = -out->offset - HOUR;
	if (!skip_name(&s) ||
	    (*s != ',' && !read_time(&s, &out->summer_offset)))
		return false;
	out->summer_offset = -out->summer_offset;
	return read_change(&s, &out->begin) && read_change(&s, &out->end) &&
	    *s == '\0';
}

/* --- days ------------------------------------------------------------- */

static bool
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970 to the first day of a year from 1970 on. */
static int64_t
days_to(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) -
	    (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t
year_of(int64_t second)
{
	int64_t days = second / DAY, year = 1970 + days / 366;

	while (days_to(year + 1) <= days)
		year++;
	return year;
}

static int64_t
days_to_month(int64_t year, int month)
{
	static const int before[] = {
	    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

	return before[month - 1] + (month > 2 && is_leap(year));
}

/* The day of a month: 1 January 1970 was a Thursday. */
static int64_t
day_of_month(const struct zoneinfo_day *d, int64_t year)
{
	int64_t first = days_to_month(year, d->month);
	int64_t next = d->month == 12 ? 365 + is_leap(year)
				      : days_to_month(year, d->month + 1);
	int64_t weekday = (days_to(year) + first + 4) % 7;
	int64_t day = first + (d->day - weekday + 7) % 7 +
	    (int64_t)7 * (d->week - 1);

	while (day >= next)
		day -= 7;
	return day;
}

static int64_t
moment_in(const struct zoneinfo_day *d, int64_t year)
{
	int64_t day = d->day;

	if (d->kind == 'M')
		day = day_of_month(d, year);
	else if (d->kind == 'J')
		day += (d->day >= 60 && is_leap(year)) - 1;
	return (days_to(year) + day) * DAY + d->time;
}

/* In the south summer ends before it begins in the same year. */
int64_t
zoneinfo_rule_offset(const struct zoneinfo_rule *r, int64_t second)
{
	int64_t begin, end, year;
	bool summer;

	if (!r->changes || second < 0)
		return r->offset;
	year = year_of(second + r->offset > 0 ? second + r->offset : 0);
	begin = moment_in(&r->begin, year) - r->offset;
	end = moment_in(&r->end, year) - r->summer_offset;
	summer = begin < end ? second >= begin && second < end
			     : second >= begin || second < end;
	return summer ? r->summer_offset : r->offset;
}
