/* SPDX-License-Identifier: MIT */
/*
 * The aps dictionary of an Apple device and the headers beside it, for APNs
 * itself and for FCM, which forwards them to Apple devices that are registered
 * with FCM.
 */
#ifndef PUSH_APS_H
#define PUSH_APS_H

#include "lib/json.h"
#include "push/provider.h"

/* Would the device show or play anything, or set a badge? */
bool aps_alerts(const struct message *m);

/* Append the members of the dictionary, and fill background and collapse of the
 * template, which the headers need. */
void aps_compose(const struct message *m, struct buf *aps,
    struct template *t);

#define APS_EXPIRATION 12

/* Apple's headers; each name begins with "apns-". An empty value: leave the
 * header out. */
struct aps_headers {
	const char *push_type, *priority, *collapse_id;
	char expiration[APS_EXPIRATION];
};

/* The headers for a template, which must outlive them. */
void aps_headers(const struct template *t, struct aps_headers *h);

#endif
