/* SPDX-License-Identifier: MIT */
/*
 * Identifiers made by the application, known before the insert.
 *
 * An id is a 63-bit number: the second of the shared time of day (32 bits),
 * then 31 bits that start at random in each second and thread and count up.
 * Numbers of one thread never repeat nor go back. A thread must know the
 * shared time (lib/clock.h) before its first id. The chance that two threads
 * draw the same number in one second is about one in a million per thousand
 * numbers; the database then refuses the later insert (duplicate key) and the
 * caller draws again. Ids are ordered by time to the second.
 */
#ifndef LIB_ID_H
#define LIB_ID_H

#include <stdint.h>

#define ID_COUNT_BITS 31 /* below the second; SQL that reads an id uses it */

/* One new id. */
uint64_t id_new(void);

/* The first of n consecutive ids, which all belong to the caller. n < 2^20. */
uint64_t id_range(uint32_t n);

/* The second, since 1970 UTC, in which an id was made. */
int64_t id_second(uint64_t id);

/* The smallest number that an id of that second can have. */
uint64_t id_of_second(int64_t second);

#define ID_UUID 37 /* 36 characters and NUL */

/* A random (version 4) UUID in lower case. */
void id_uuid(char out[ID_UUID]);

/* The UUID of a number, always the same one: a provider recognises a repeated
 * request by it. */
void id_uuid_of(uint64_t id, char out[ID_UUID]);

#endif
