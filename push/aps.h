/* SPDX-License-Identifier: MIT */
/*
 * What an Apple device is told, by APNs itself or by FCM, which passes it on
 * to the Apple devices that registered there: the aps dictionary, and the
 * headers beside it.
 */
#ifndef PUSH_APS_H
#define PUSH_APS_H

#include "lib/json.h"
#include "push/provider.h"

/* Would the device show or play anything? */
bool aps_alerts(const struct message *m);

/* Fill the dictionary, and what of the headers comes of the message: the
 * template's background and collapse. */
void aps_compose(const struct message *m, struct json *aps,
    struct template *t);

#define APS_EXPIRATION 12

/* Apple's headers, "apns-" before each name. Empty: leave it out. */
struct aps_headers {
	const char *push_type, *priority, *collapse_id;
	char expiration[APS_EXPIRATION];
};
void aps_headers(const struct template *t, struct aps_headers *h);

#endif
