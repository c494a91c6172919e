/* SPDX-License-Identifier: MIT */
/* Checks of what a person sets for Web Push beside the key: push services see
 * it, and one that they refuse is found on iPhones only. */
#ifndef PUSH_WEBPUSH_CHECK_H
#define PUSH_WEBPUSH_CHECK_H

#include "lib/err.h"

/* Whom a push service can write to, the claim "sub" of RFC 8292: "mailto:" and
 * an address, or an https URL. Google takes any text; Apple answers 403
 * BadJwtToken for localhost, for blanks and for angle brackets. ERR_INVALID,
 * with the reason, for those and for placeholders. */
const struct err *webpush_check_subject(const char *subject);

/* Where a tap leads when a message does not say: an absolute URL, https, or
 * http to this machine (for a page that is tried there). ERR_INVALID when it
 * is another; NULL, no URL, is accepted. */
const struct err *webpush_check_url(const char *url);

#endif
