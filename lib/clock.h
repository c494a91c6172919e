/* SPDX-License-Identifier: MIT */
/*
 * The only reader of clocks. Time of day is milliseconds since 1970 UTC; it
 * may jump. Waiting is measured on a steady clock that never does.
 *
 * All programs share one time of day: the database's. Each statement by
 * which they hear it (db/db_clock.c) tells how far it is from our steady
 * clock, and what they compare, store or sign is of that time. So a machine
 * whose own clock is wrong decides as the others do: what is due, what has
 * expired, how old a row or a token is. Tokens for the providers are of it
 * too: they are kept in the database, and sendds share them. Before the
 * database was heard, and for TLS certificates, there is only the machine's
 * own clock.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t clock_now_ms(void);   /* the shared time of day */
int64_t clock_local_ms(void); /* this machine's */
int64_t clock_mono_ms(void);  /* for waiting; goes on in a sleep */
int64_t clock_mono_us(void);

/* The database said said_ms to a question that left at asked_ms of
 * clock_mono_ms, and was heard now. */
void clock_hear(int64_t asked_ms, int64_t said_ms);

/* Was it not heard for two seconds? Then whoever begins something there
 * asks again. */
bool clock_is_stale(void);

/* How far this machine's time of day is ahead of the shared one. */
int64_t clock_ahead_ms(void);

/* What to add to the steady clock after such an answer, whole milliseconds
 * cut off: the middle of what is possible. A base (0: none yet) that is
 * possible stays, so that a slow answer does not spoil a quick one's. Pure. */
int64_t clock_base(int64_t base, int64_t asked_ms, int64_t said_ms,
    int64_t heard_ms);

/* Tests only: both clocks stand at this until set again; 0 frees them. */
void clock_set(int64_t ms);

#define CLOCK_TEXT 32

/* "2022-08-25T22:34:58.702+00:00"; zone is the suffix to use. */
void clock_iso(int64_t ms, const char *zone, char out[CLOCK_TEXT]);

/* "2016-10-12T11:20:04Z"; a fraction only when it is not zero. */
void clock_instant(int64_t ms, char out[CLOCK_TEXT]);

/* An ISO 8601 date and time with zone: Z, +hh:mm, +hhmm; fraction optional.
 * False when it is anything else, a date without zone included. */
bool clock_parse(const char *s, int64_t *ms);

/* "2022-08-25 22:34:58.702" as MariaDB writes DATETIME(3), to and from. */
void clock_sql(int64_t ms, char out[CLOCK_TEXT]);

#endif
