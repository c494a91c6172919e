/* SPDX-License-Identifier: MIT */
#include "lib/zone.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/text.h"

#define ZONES "/usr/share/zoneinfo/"

/* n digits, and nothing else; -1: they are none. */
static int
number_of(const char **s, int n)
{
	int v = 0;

	for (; n > 0; n--, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + (**s - '0');
	}
	return v;
}

/* "+02", "+0200" or "+02:00", and nothing behind it, in seconds. */
static bool
read_offset(const char *s, long *seconds)
{
	int sign = *s == '-' ? -1 : 1, hours, minutes = 0;

	if (*s != '+' && *s != '-')
		return false;
	s++;
	if ((hours = number_of(&s, 2)) < 0 || hours > 18)
		return false;
	if (*s == ':')
		s++;
	if (*s != '\0' && (minutes = number_of(&s, 2)) < 0)
		return false;
	*seconds = sign * (hours * 3600L + minutes * 60L);
	return *s == '\0' && minutes < 60;
}

/* A directory, and any other file that is no zone, would be taken for UTC. */
static bool
is_zone(const char *path)
{
	FILE *file = fopen(path, "re");
	char mark[4];
	bool is;

	if (file == NULL)
		return false;
	is = fread(mark, 1, sizeof mark, file) == sizeof mark &&
	    memcmp(mark, "TZif", sizeof mark) == 0;
	(void)fclose(file);
	return is;
}

static bool
is_known(const char *name)
{
	char path[200];
	int n = snprintf(path, sizeof path, ZONES "%s", name);

	return n > 0 && (size_t)n < sizeof path && name[0] != '\0' &&
	    name[0] != '/' && strstr(name, "..") == NULL && is_zone(path);
}

const struct err *
zone_set(const char *name)
{
	char offset[40];
	long seconds;

	if (strcmp(name, "UTC") == 0)
		name = "UTC0";
	else if (read_offset(name, &seconds)) {
		long minutes = labs(seconds) / 60;

		/* POSIX counts to the west */
		(void)snprintf(offset, sizeof offset, "<local>%c%02ld:%02ld",
		    seconds < 0 ? '+' : '-', minutes / 60, minutes % 60);
		name = offset;
	} else if (!is_known(name)) {
		return err_new(ERR_INVALID, "the time zone \"%.60s\" is not "
		    "known here: give an offset as +01:00, or a name of "
		    ZONES, name);
	}
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the command has one thread */
	if (setenv("TZ", name, 1) != 0)
		return err_errno("cannot set the time zone");
	tzset();
	return NULL;
}

/* *s is behind it then. */
static bool
read_day(const char **s, struct tm *t)
{
	int year = number_of(s, 4), month, day;

	if (year < 1970 || *(*s)++ != '-' || (month = number_of(s, 2)) < 1 ||
	    month > 12 || *(*s)++ != '-' || (day = number_of(s, 2)) < 1 ||
	    day > 31)
		return false;
	t->tm_year = year - 1900;
	t->tm_mon = month - 1;
	t->tm_mday = day;
	return true;
}

static bool
read_hour(const char **s, struct tm *t)
{
	if ((t->tm_hour = number_of(s, 2)) < 0 || t->tm_hour > 23 ||
	    *(*s)++ != ':' || (t->tm_min = number_of(s, 2)) < 0 ||
	    t->tm_min > 59 || *(*s)++ != ':' ||
	    (t->tm_sec = number_of(s, 2)) < 0 || t->tm_sec > 59)
		return false;
	return true;
}

/* ".123456" in milliseconds; 0 when there is none. */
static int
read_fraction(const char **s)
{
	int ms = 0, weight = 100;

	if (**s != '.' && **s != ',')
		return 0;
	for ((*s)++; isdigit((unsigned char)**s); (*s)++, weight /= 10)
		ms += (**s - '0') * weight;
	return ms;
}

bool
zone_parse(const char *s, int64_t *ms)
{
	struct tm t = {.tm_isdst = -1};
	int fraction, day;
	long offset = 0;
	time_t at;

	if (!read_day(&s, &t) || (*s != ' ' && *s != 'T') ||
	    (s++, !read_hour(&s, &t)))
		return false;
	fraction = read_fraction(&s);
	day = t.tm_mday;
	while (*s == ' ')
		s++;
	if (*s == '\0')
		at = mktime(&t);
	else if (strcmp(s, "Z") == 0 || read_offset(s, &offset))
		at = timegm(&t) - offset;
	else
		return false;
	/* the 31st of June is none, and became the 1st of July; an hour that
	 * summer time skips does not change the day */
	if (t.tm_mday != day || (at < 0 && at > -2))
		return false;
	*ms = (int64_t)at * 1000 + fraction;
	return *ms >= 0;
}
