/* SPDX-License-Identifier: MIT */
/*
 * How a push token is spelt: one phone has one spelling, here and nowhere
 * else decided, and a text that is no token is refused. What registers,
 * looks up, removes or sends uses it. Pure.
 */
#ifndef PUSH_TOKEN_H
#define PUSH_TOKEN_H

#include <stddef.h>

#include "lib/arena.h"
#include "lib/err.h"

#define TOKEN_LONGEST 512 /* characters of a canonical token */
#define TOKEN_SIZE (TOKEN_LONGEST + 1) /* with the NUL */

/* The canonical form of a text that a caller has given for a token, in out
 * (TOKEN_SIZE bytes), without the blanks and line ends around it; ERR_INVALID
 * with a sentence for the caller, which tells nothing of the token, when it
 * is none.
 *
 * APNs: lower-case hex, an even number of digits. Capitals, and the form
 * "<0a1b2c3d 4e5f6071>" that iOS printed before version 13, are spellings of
 * the same. */
const struct err *token_apns(const char *given, char *out);

/* FCM, HMS: any printable ASCII characters but blanks; capitals count. */
const struct err *token_plain(const char *given, char *out);

/* What may be stored for a text whose service is not told: *plain as it was
 * given, without the blanks and line ends around it; *apns its canonical form
 * for APNs, NULL when it is none. Both in the arena; any text is taken. */
void token_spellings(struct arena *a, const char *given, const char **plain,
    const char **apns);

#endif
