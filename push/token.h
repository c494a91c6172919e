/* SPDX-License-Identifier: MIT */
/*
 * The spelling of push tokens, decided only here: one phone has one spelling,
 * and a text that is not a token is refused. Used to register, look up, remove
 * and send. Pure.
 */
#ifndef PUSH_TOKEN_H
#define PUSH_TOKEN_H

#include <stddef.h>

#include "lib/arena.h"
#include "lib/err.h"

#include "push/webpush_address.h"

#define TOKEN_LONGEST 512 /* characters of a canonical token */
#define TOKEN_SIZE (TOKEN_LONGEST + 1) /* with the NUL */

/* Characters that may be given for a token: a subscription to Web Push. Spelt
 * with "<", ">" and a blank for every eight digits, one of APNs has fewer. */
#define TOKEN_GIVEN_MAX WEBPUSH_GIVEN_MAX

/* Bytes of the longest address, where a provider has such beside tokens. */
#define ADDRESS_SIZE WEBPUSH_ADDRESS_SIZE

/* Write the canonical form of a token to out (TOKEN_SIZE bytes). given is the
 * text from a caller; blanks and line ends around it are ignored. ERR_INVALID
 * when it is not a token, with a sentence for the caller that reveals nothing
 * of the token.
 *
 * APNs: lower-case hex with an even number of digits. Capitals, and the form
 * "<0a1b2c3d 4e5f6071>" that iOS printed before version 13, are spellings of
 * the same token. */
const struct err *token_apns(const char *given, char *out);

/* FCM, HMS: any printable ASCII characters except blanks; case matters. */
const struct err *token_plain(const char *given, char *out);

/* Which spellings may be stored for a text when the service is not known:
 * *plain is the text without the blanks and line ends around it, or the token
 * of the subscription to Web Push that it names (webpush_token_of); *apns is
 * its canonical form for APNs, NULL when it is not an APNs token. Both are in
 * the arena; any text is accepted. */
void token_spellings(struct arena *a, const char *given, const char **plain,
    const char **apns);

#endif
