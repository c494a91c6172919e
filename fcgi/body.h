/* SPDX-License-Identifier: MIT */
#ifndef FCGI_BODY_H
#define FCGI_BODY_H

#include "lib/json.h"

#include "fcgi/call.h"

/* The requestObject of the call's body, for the form of its route; NULL when
 * there is none. A body that cannot be read is refused by its cause: it is
 * compressed, in another encoding, an array is too long, or a number does not
 * fit. */
const struct err *body_read(struct call *c, struct json **object);

#endif
