/* SPDX-License-Identifier: MIT */
/*
 * Tells routes and forms as OpenAPI 3.1 says it: what a program takes is
 * written once, in its tables. tools/openapi puts the three programs' parts
 * together with words and examples; the whole is fcgi/openapi.json, which a
 * test compares with the tables and push.fcgi serves.
 */
#ifndef FCGI_OPENAPI_H
#define FCGI_OPENAPI_H

#include <stdio.h>

#include "fcgi/serve.h"

void openapi_print(const struct responder *r, FILE *out);

#endif
