/* SPDX-License-Identifier: MIT */
/*
 * The URL of a provider, from the settings, for one application. Shared by
 * sendd, which sends there, and by the preview, which shows the request.
 */
#ifndef PUSH_ENDPOINT_H
#define PUSH_ENDPOINT_H

#include "lib/err.h"

#define ENDPOINT_URL 1024 /* bytes, with the NUL */

/* The members of an application that its endpoint depends on. */
struct endpoint_app {
	const char *project;  /* FCM, HMS; NULL: none */
	unsigned environment; /* APNs: 0 production, 1 development */
	const char *host;     /* Web Push: of the browser; NULL: any */
};

/* Replace the first "%s" of the template by the project; no other "%" has a
 * meaning. ERR_INVALID when "%s" or the project is missing, ERR_TOOBIG when
 * the URL is too long. */
const struct err *endpoint_of_project(const char *template,
    const char *project, char url[ENDPOINT_URL]);

/* The path of a URL, which follows the scheme and host; "" if there is
 * none. */
const char *endpoint_path(const char *url);

#endif
