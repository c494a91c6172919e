/* SPDX-License-Identifier: MIT */
/*
 * Questions to PowerAuth Server about activations and applications (its REST v3
 * or v4), asked before any transaction. An unknown activation is no error
 * there: its status is REMOVED.
 */
#ifndef FCGI_POWERAUTH_H
#define FCGI_POWERAUTH_H

#include "db/activation.h"

#include "fcgi/call.h"

/* activation_id, user_id, app_id (NULL when not known) and status are filled.
 * ERR_BUSY on any failure; the log has the reason. */
const struct err *powerauth_activation(struct call *c,
    const char *activation_id, struct activation *out);

/* PowerAuth's applications, in order of their ids. ERR_BUSY on any failure. */
const struct err *powerauth_applications(struct call *c, struct texts *out);

#endif
