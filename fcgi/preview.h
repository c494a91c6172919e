/* SPDX-License-Identifier: MIT */
/* The requests that a send would send to each provider. Nothing is written or
 * sent. */
#ifndef FCGI_PREVIEW_H
#define FCGI_PREVIEW_H

#include "lib/json.h"

#include "fcgi/call.h"
#include "fcgi/send_call.h"

/* Of the first message of s: its devices, one object each. */
const struct err *preview_send(struct call *c, struct send_call *s,
    struct json **out);

/* Of a message in its stored form, for any device: an object for each provider
 * that the application has credentials for. */
const struct err *preview_providers(struct call *c,
    const struct application *app, const char *stored, size_t len,
    struct json **out);

#endif
