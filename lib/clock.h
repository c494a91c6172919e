/* SPDX-License-Identifier: MIT */
/*
 * The only reader of clocks. Time of day is in milliseconds since 1970 UTC; it
 * may jump. Waits are measured on a steady clock, which never jumps.
 *
 * All programs share one time of day: the database's. Some statements return
 * that time (db/db_clock.c), and each such answer shows how far it is from the
 * steady clock of this machine. Whatever programs compare, store or sign uses
 * the shared time. So a machine with a wrong clock decides as the others do:
 * what is due, what has expired, how old a row or a token is. Tokens for the
 * providers use the shared time too, because they are kept in the database and
 * several sendds share them. The machine's own clock is used only before the
 * database's first answer, and for TLS certificates.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

int64_t clock_now_ms(void);   /* the shared time of day */
int64_t clock_local_ms(void); /* this machine's */
int64_t clock_mono_ms(void);  /* steady; counts a sleep too */
int64_t clock_mono_us(void);

/* The moment us from now, for a wait of the system's on CLOCK_MONOTONIC, which
 * stops while the machine sleeps. One that has passed: now. */
struct timespec clock_moment_after(int64_t us);

/* Set the shared time from an answer of the database: said_ms is the time in
 * the answer, and asked_ms the value of clock_mono_ms when the query was sent.
 * The answer must have arrived just now. */
void clock_hear(int64_t asked_ms, int64_t said_ms);

/* Has no such answer arrived for two seconds? Then ask the database again
 * before work that depends on the time. */
bool clock_is_stale(void);

/* How many ms the clock of this machine is ahead of the shared time. */
int64_t clock_ahead_ms(void);

/* What to add to the steady clock for the shared time, from such an answer:
 * the middle of the interval that is possible, as answers are cut to whole
 * milliseconds. An earlier base (0: none) is kept while it is possible, so
 * that a slow answer does not replace a more exact one. Pure. */
int64_t clock_base(int64_t base, int64_t asked_ms, int64_t said_ms,
    int64_t heard_ms);

/* Tests only: stop both clocks at ms; 0 lets them run again. */
void clock_set(int64_t ms);

#define CLOCK_TEXT 32

/* "2022-08-25T22:34:58.702+00:00"; zone is the suffix to use. */
void clock_iso(int64_t ms, const char *zone, char out[CLOCK_TEXT]);

/* "2016-10-12T11:20:04Z"; a fraction only when it is not zero. */
void clock_instant(int64_t ms, char out[CLOCK_TEXT]);

/* An ISO 8601 date and time with zone: Z, +hh:mm, +hhmm; the fraction is
 * optional. False when s is anything else, or has no zone. */
bool clock_parse(const char *s, int64_t *ms);

/* "2022-08-25 22:34:58.702", the form that MariaDB has for DATETIME(3). */
void clock_sql(int64_t ms, char out[CLOCK_TEXT]);

struct clock_date {
	unsigned year, month, day; /* month and day from 1 */
	unsigned hour, minute, second, ms;
};

/* The time of that date, by arithmetic alone, for any year from 1 on; 0 for the
 * date 0000-00-00, which old versions of MariaDB have for none. */
int64_t clock_of_date(const struct clock_date *d);

#endif
