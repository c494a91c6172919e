/* SPDX-License-Identifier: MIT */
/*
 * How many calls each route has answered, with which status and how soon. The
 * processes of a responder share no memory, and under CGI each lives for one
 * call; so they count in a file of [api] counters that all of them map, one
 * file a program, named like it. A call costs three atomic additions. The
 * counts begin anew with the machine, as the directory is under /run, and with
 * another release, whose routes may be others.
 */
#ifndef FCGI_CALL_COUNTERS_H
#define FCGI_CALL_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/err.h"

#include "fcgi/route_match.h"

struct call_counters;

/* Map the program's file in dir, and make it if it is not there or not of this
 * release. starts: count a start of a process. The routes must outlive it. An
 * error means that calls are not counted, nothing else. */
const struct err *call_counters_open(const char *dir, const char *program,
    const struct route *routes, size_t n_routes, bool starts,
    struct call_counters **out);

/* Takes NULL, as the other functions do. */
void call_counters_close(struct call_counters *c);

/* A call was answered so many microseconds after it had been read. route: NULL
 * when its path or method is none. */
void call_counters_add(struct call_counters *c, const struct route *route,
    int status, int64_t us);

/* Append to b what the programs named in the list, which ends with NULL, have
 * counted in dir. Files that are missing or not of this release are left out.
 */
void call_counters_write(const char *dir, const char *const *programs,
    struct arena *a, struct buf *b);

#endif
