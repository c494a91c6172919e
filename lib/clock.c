/* SPDX-License-Identifier: MIT */
#include "lib/clock.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define STALE_MS 2000
#define DAYS_TO_1970 719468 /* since 1 March of the year 0 */
#define ERA_DAYS 146097	    /* of 400 years, after which the calendar repeats */
#define DAY_MS 86400000
#define ZONE_MAX 6 /* characters, as in "+00:00" */

/* The time that a test has set; 0: none. */
static _Atomic int64_t stopped_at;

/* Added to the steady clock, gives the shared time of day. 0: no answer of the
 * database has arrived yet. */
static _Atomic int64_t shared_base;
static _Atomic int64_t heard_at;

static int64_t
read_us(clockid_t which)
{
	struct timespec t;

	(void)clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_local_ms(void)
{
	int64_t stopped = atomic_load(&stopped_at);

	return stopped != 0 ? stopped : read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_now_ms(void)
{
	int64_t base = atomic_load(&shared_base);

	if (base == 0 || atomic_load(&stopped_at) != 0)
		return clock_local_ms();
	return base + clock_mono_ms();
}

/* CLOCK_MONOTONIC stops while the machine sleeps; a lease and the shared time
 * of day go on. */
int64_t
clock_mono_ms(void)
{
	int64_t stopped = atomic_load(&stopped_at);

	return stopped != 0 ? stopped : read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_BOOTTIME);
}

struct timespec
clock_moment_after(int64_t us)
{
	int64_t at_us = read_us(CLOCK_MONOTONIC) + (us > 0 ? us : 0);

	return (struct timespec){.tv_sec = (time_t)(at_us / 1000000),
	    .tv_nsec = (long)(at_us % 1000000) * 1000};
}

/* --- the shared time of day ------------------------------------------- */

int64_t
clock_base(int64_t base, int64_t asked_ms, int64_t said_ms, int64_t heard_ms)
{
	int64_t low = said_ms - heard_ms, high = said_ms + 1 - asked_ms;

	if (base != 0 && base >= low && base <= high)
		return base;
	return low + (high - low) / 2;
}

void
clock_hear(int64_t asked_ms, int64_t said_ms)
{
	int64_t heard_ms = clock_mono_ms();

	atomic_store(&shared_base, clock_base(atomic_load(&shared_base),
	    asked_ms, said_ms, heard_ms));
	atomic_store(&heard_at, heard_ms);
}

bool
clock_is_stale(void)
{
	return atomic_load(&shared_base) == 0 ||
	    clock_mono_ms() - atomic_load(&heard_at) >= STALE_MS;
}

int64_t
clock_ahead_ms(void)
{
	return clock_local_ms() - clock_now_ms();
}

void
clock_set(int64_t ms)
{
	atomic_store(&stopped_at, ms);
}

/* The last of whole parts of that size, and what is left: never negative. */
static int64_t
take_parts(int64_t *from, int64_t size)
{
	int64_t parts = *from / size - (*from % size < 0);

	*from -= parts * size;
	return parts;
}

/* The inverse of clock_of_date. gmtime_r would lock the time zone, which all
 * threads share, for each time in a list. */
static struct clock_date
date_of(int64_t ms)
{
	int64_t days = take_parts(&ms, DAY_MS) + DAYS_TO_1970;
	int64_t eras = take_parts(&days, ERA_DAYS);
	int64_t years = (days - days / 1460 + days / 36524 -
	    days / (ERA_DAYS - 1)) / 365;
	int64_t month, of_day = ms;

	days -= years * 365 + years / 4 - years / 100;
	month = (5 * days + 2) / 153; /* 0: March */
	days -= (153 * month + 2) / 5;
	years += eras * 400 + (month >= 10);
	month += month < 10 ? 3 : -9;
	return (struct clock_date){(unsigned)years, (unsigned)month,
	    (unsigned)days + 1, (unsigned)(of_day / 3600000),
	    (unsigned)(of_day / 60000 % 60), (unsigned)(of_day / 1000 % 60),
	    (unsigned)(of_day % 1000)};
}

/* Write the last n digits of a number, and what stands behind them. */
static char *
put_digits(char *at, int n, unsigned v, char behind)
{
	for (int i = n; i-- > 0; v /= 10)
		at[i] = (char)('0' + v % 10);
	at[n] = behind;
	return at + n + 1;
}

/* Lists have a time or two in each element: snprintf would take longer than
 * all else that is written of it. */
static void
format(int64_t ms, char between, const char *zone, char out[CLOCK_TEXT])
{
	struct clock_date d = date_of(ms);
	char *at = put_digits(out, 4, d.year, '-');

	at = put_digits(at, 2, d.month, '-');
	at = put_digits(at, 2, d.day, between);
	at = put_digits(at, 2, d.hour, ':');
	at = put_digits(at, 2, d.minute, ':');
	at = put_digits(at, 2, d.second, '.');
	at = put_digits(at, 3, d.ms, '\0') - 1;
	memcpy(at, zone, strnlen(zone, ZONE_MAX));
	at[strnlen(zone, ZONE_MAX)] = '\0';
}

void
clock_iso(int64_t ms, const char *zone, char out[CLOCK_TEXT])
{
	format(ms, 'T', zone, out);
}

void
clock_instant(int64_t ms, char out[CLOCK_TEXT])
{
	format(ms, 'T', "Z", out);
	if (ms % 1000 == 0)
		memcpy(out + 19, "Z", 2);
}

void
clock_sql(int64_t ms, char out[CLOCK_TEXT])
{
	format(ms, ' ', "", out);
}

/* Read n digits as a number within [min, max] and move *s past them. */
static bool
digits(const char **s, int n, int min, int max, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return v >= min && v <= max;
}

static bool
literal(const char **s, char c)
{
	return *(*s)++ == c;
}

/* ".123456": milliseconds, further digits dropped. */
static bool
fraction(const char **s, int *ms)
{
	int scale = 100, n = 0;

	*ms = 0;
	if (**s != '.')
		return true;
	for ((*s)++; **s >= '0' && **s <= '9' && n < 9; (*s)++, n++) {
		*ms += (**s - '0') * scale;
		scale /= 10;
	}
	return n > 0;
}

/* Z, +hh:mm or +hhmm as minutes east. */
static bool
zone_minutes(const char *s, int *east)
{
	int hours, minutes, sign = *s == '-' ? -1 : 1;

	*east = 0;
	if (strcmp(s, "Z") == 0)
		return true;
	if (*s != '+' && *s != '-')
		return false;
	s++;
	if (!digits(&s, 2, 0, 18, &hours))
		return false;
	if (*s == ':')
		s++;
	if (!digits(&s, 2, 0, 59, &minutes) || *s != '\0')
		return false;
	*east = sign * (hours * 60 + minutes);
	return true;
}

bool
clock_parse(const char *s, int64_t *ms)
{
	struct tm tm = {0}, back;
	int rest, east;
	time_t t;

	if (!digits(&s, 4, 1, 9999, &tm.tm_year) || !literal(&s, '-') ||
	    !digits(&s, 2, 1, 12, &tm.tm_mon) || !literal(&s, '-') ||
	    !digits(&s, 2, 1, 31, &tm.tm_mday) || !literal(&s, 'T') ||
	    !digits(&s, 2, 0, 23, &tm.tm_hour) || !literal(&s, ':') ||
	    !digits(&s, 2, 0, 59, &tm.tm_min) || !literal(&s, ':') ||
	    !digits(&s, 2, 0, 59, &tm.tm_sec) || !fraction(&s, &rest) ||
	    !zone_minutes(s, &east))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	back = tm;
	t = timegm(&back);
	if (back.tm_mday != tm.tm_mday) /* 30 February rolled over */
		return false;
	*ms = ((int64_t)t - (int64_t)east * 60) * 1000 + rest;
	return true;
}

/* Years begin in March here, so that the day that only some years have is the
 * last one: then the days before each month are a straight line. */
int64_t
clock_of_date(const struct clock_date *d)
{
	int64_t year = d->year, month = d->month, days;

	if (month == 0 || d->day == 0)
		return 0;
	year -= month <= 2;
	month += month > 2 ? -3 : 9;
	days = year * 365 + year / 4 - year / 100 + year / 400 +
	    (153 * month + 2) / 5 + d->day - 1 - DAYS_TO_1970;
	return (((days * 24 + d->hour) * 60 + d->minute) * 60 + d->second) *
	    1000 + d->ms;
}
