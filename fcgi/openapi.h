/* SPDX-License-Identifier: MIT */
/*
 * Describes routes and forms in OpenAPI 3.1, from the tables of a program.
 * tools/openapi joins the parts of the three programs and adds descriptions and
 * examples; the result is fcgi/openapi.json, which a test compares with the
 * tables and push.fcgi serves.
 */
#ifndef FCGI_OPENAPI_H
#define FCGI_OPENAPI_H

#include <stdio.h>

#include "fcgi/serve.h"

void openapi_print(const struct responder *r, FILE *out);

#endif
