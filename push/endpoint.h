/* SPDX-License-Identifier: MIT */
/*
 * Where requests go: the URL of a provider, of the settings, for one
 * application. sendd, which sends there, and the preview, which shows what
 * would be sent, both have it from here.
 */
#ifndef PUSH_ENDPOINT_H
#define PUSH_ENDPOINT_H

#include "lib/err.h"

#define ENDPOINT_URL 1024 /* bytes, with the NUL */

/* An application as its endpoint depends on it. */
struct endpoint_app {
	const char *project;  /* FCM, HMS; NULL: it has none */
	unsigned environment; /* APNs: 0 production, 1 development */
};

/* The template with its first "%s" replaced by the project; no other "%" is
 * understood. ERR_INVALID when one of the two is missing, ERR_TOOBIG. */
const struct err *endpoint_of_project(const char *template,
    const char *project, char url[ENDPOINT_URL]);

/* The path of a URL, which begins behind its scheme and host; "" if none. */
const char *endpoint_path(const char *url);

#endif
