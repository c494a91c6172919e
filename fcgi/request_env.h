/* SPDX-License-Identifier: MIT */
/* Reading CGI's environment, "NAME=value" strings. */
#ifndef FCGI_REQUEST_ENV_H
#define FCGI_REQUEST_ENV_H

#include <stddef.h>

#include "lib/arena.h"
#include "lib/err.h"

/* Keep the error as the request's fault, unless it has one: the first is
 * returned. */
void request_fault(struct arena *a, const struct err **fault,
    const struct err *e);

/* The value of the first NAME=value; *times: the number of them. NULL: there is
 * none, or it is empty. */
const char *request_env_find(char *const *env, const char *name,
    size_t *times);

/* The same; more than one is the request's fault: web servers fold different
 * header names into one, and we must not choose. */
const char *request_env(struct arena *a, char *const *env, const char *name,
    const struct err **fault);

/* The same of a header by its own name, of at most LIMIT_HEADER bytes. */
const char *request_header(struct arena *a, char *const *env,
    const char *header, const struct err **fault);

#endif
