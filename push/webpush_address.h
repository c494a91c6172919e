/* SPDX-License-Identifier: MIT */
/*
 * The address of a browser: a subscription to Web Push, made of the endpoint
 * (a URL at the browser's push service) and of the keys for which messages are
 * encrypted. A stranger gives it, and sendd sends to it, so all of it is
 * checked here: at registration and again before a message is sent. Pure.
 *
 * The address is one text of three or four words: the endpoint byte for byte,
 * p256dh and auth as base64url without padding, and, where it is known, the id
 * of the VAPID key that the subscription was made with: behind a "~" when
 * nobody has told it, and it is the key that the application had by then. All
 * of it is a secret: whoever has it can send to the browser. The token, by
 * which the device is found, is the host of the endpoint, a colon, and the
 * digest of the endpoint.
 */
#ifndef PUSH_WEBPUSH_ADDRESS_H
#define PUSH_WEBPUSH_ADDRESS_H

#include <stdbool.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/text.h"

#define WEBPUSH_ENDPOINT_MAX 1024
#define WEBPUSH_ADDRESS_SIZE 1149 /* bytes of the longest, with the NUL */
#define WEBPUSH_TOKEN_SIZE 298	  /* likewise: the longest name of a host */
#define WEBPUSH_GIVEN_MAX 8192	  /* of a subscription in JSON */
#define WEBPUSH_AUTH 16
#define WEBPUSH_KEY_ID 12 /* 11 characters, and NUL */

/* The hosts of the known push services (lib/host.h), the default of [webpush]
 * hosts. */
#define WEBPUSH_SERVICES                                                       \
	"fcm.googleapis.com, jmt17.google.com, *.push.services.mozilla.com, "  \
	"*.push.apple.com, *.notify.windows.com"

/* The parts of an address. Its texts lie in the text of the address. */
struct webpush_address {
	struct bytes endpoint;
	struct bytes host;   /* lower case, a name, without a port */
	struct bytes path;   /* from its slash on, with the query */
	struct bytes key_id; /* none: the VAPID key is not known */
	bool key_taken;	     /* nobody has told that it is this one */
	unsigned char p256dh[CRYPTO_P256_POINT];
	unsigned char auth[WEBPUSH_AUTH];
};

/* Write the token of a subscription to out (WEBPUSH_TOKEN_SIZE bytes), or its
 * address (WEBPUSH_ADDRESS_SIZE bytes). given is JSON.stringify(subscription),
 * or an address. A page may add "applicationServerKey", the VAPID key that it
 * subscribed with. ERR_INVALID with a sentence for the caller that reveals
 * nothing of the subscription. */
const struct err *webpush_token(const char *given, char *out);
const struct err *webpush_locate(const char *given, char *out);

/* Take an address apart. ERR_INVALID: it is none. Each check is made again but
 * one: whether p256dh is a point of the curve, which encryption finds. */
const struct err *webpush_address(const char *text,
    struct webpush_address *out);

/* The token of a subscription, of a part of it that has its endpoint, or of
 * the endpoint alone: whoever removes it may have kept no more. False: given is
 * none of these. */
bool webpush_token_of(const char *given, char *out);

/* The id of a VAPID key: the beginning of the digest of its public point. */
void webpush_key_id(const unsigned char point[CRYPTO_P256_POINT],
    char id[WEBPUSH_KEY_ID]);

/* Note in an address (WEBPUSH_ADDRESS_SIZE bytes) that it is taken for one that
 * was made with the key with that public half (base64url), unless it names a
 * key. */
void webpush_bind(char *address, const char *key);

/* The address (WEBPUSH_ADDRESS_SIZE bytes) with "/..." for its path, to show a
 * request to it; "" when it is none. */
void webpush_mask(const char *address, char *out);

/* ERR_INVALID unless it is an address, at a host of the list (lib/host.h). */
const struct err *webpush_address_allow(const char *address,
    const char *hosts);

#endif
