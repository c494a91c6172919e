/* SPDX-License-Identifier: MIT */
/* Asks PowerAuth Server about activations and applications. */
#ifndef FCGI_POWERAUTH_H
#define FCGI_POWERAUTH_H

#include <stddef.h>

#include "db/activation.h"

#include "fcgi/call.h"

const struct err *powerauth_activation(struct call *c,
    const char *activation_id, struct activation *out);
const struct err *powerauth_applications(struct call *c,
    struct texts *names);

#endif
