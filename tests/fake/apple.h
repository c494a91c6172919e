/* SPDX-License-Identifier: MIT */
/* Apple's rules of a notification, wherever it comes from: APNs itself, and
 * FCM for the Apple devices that registered there. */
#ifndef FAKE_APPLE_H
#define FAKE_APPLE_H

#include "lib/json.h"
#include "tests/fake/shape.h"

/* Apple's word for what is wrong; NULL: nothing. Absent headers are NULL. */
const char *apple_header_fault(const char *type, const char *priority,
    const char *expiration, const char *collapse);

/* The same of an aps dictionary. "": no word is known, bad tells. */
const char *apple_aps_fault(const struct json *aps, bool silent,
    struct misfit *bad);

#endif
