/* SPDX-License-Identifier: MIT */
/*
 * Requests that show whether a credential is taken and deliver nothing: FCM
 * and HMS only validate; APNs is given a token that belongs to nobody, which
 * it refuses only after it has taken the credential.
 */
#include "push/provider.h"

#include <string.h>

#include "lib/mem.h"

#define NOBODY                                                                 \
	"00000000000000000000000000000000"                                     \
	"00000000000000000000000000000000"

static const struct probe {
	const char *path; /* NULL: the grant's */
	const char *body;
	struct header headers[4]; /* ends with a NULL name */
	bool topic;
} probes[PLATFORM__COUNT] = {
    [PLATFORM_APNS] = {"/3/device/" NOBODY, "{\"aps\":{\"alert\":\"check\"}}",
	{{"apns-push-type", "alert"}, {"apns-priority", "5"},
	    {"apns-expiration", "0"}}, true},
    [PLATFORM_FCM] = {NULL, "{\"validate_only\":true,\"message\":{\"token\":"
	"\"check\",\"data\":{\"check\":\"1\"}}}",
	{{"content-type", "application/json; charset=UTF-8"}}, false},
    [PLATFORM_HMS] = {NULL, "{\"validate_only\":true,\"message\":{\"token\":"
	"[\"check\"],\"data\":\"{}\",\"android\":{\"urgency\":\"NORMAL\"}}}",
	{{"content-type", "application/json;charset=UTF-8"}}, false},
};

const struct err *
provider_probe(enum platform platform, const struct authorization *g,
    struct exchange *x)
{
	const struct probe *p = &probes[platform];
	const char *path = p->path != NULL ? p->path : g->path;

	if (!exchange_safe(g->authorization) || !exchange_safe(path) ||
	    (p->topic && !exchange_safe(g->topic)))
		return err_new(ERR_FAULT,
		    "the credential cannot stand in a request");
	x->path = path;
	exchange_header(x, "authorization", g->authorization);
	if (p->topic)
		exchange_header(x, "apns-topic", g->topic);
	for (size_t i = 0; p->headers[i].name != NULL; i++)
		exchange_header(x, p->headers[i].name, p->headers[i].value);
	x->body = p->body;
	x->body_len = strlen(p->body);
	return NULL;
}
