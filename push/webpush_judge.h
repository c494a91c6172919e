/* SPDX-License-Identifier: MIT */
/*
 * What a push service's answer means. Each of the known services has a table;
 * of the others the status alone counts. Source: the services' documentation
 * and answers that several senders have reported.
 */
#ifndef PUSH_WEBPUSH_JUDGE_H
#define PUSH_WEBPUSH_JUDGE_H

#include "lib/text.h"
#include "push/provider.h"

/* Why no request is made, now or later: nothing can be encrypted for the
 * address. */
#define WEBPUSH_NO_POINT "the browser's key is not on the curve"

/* Why a message fails when the service, too, says so. */
#define WEBPUSH_OTHER_KEY "the browser subscribed with another VAPID key"

/* judge of the provider, by the host in the target's token. */
void webpush_judge(const struct exchange *x, const struct target *targets,
    size_t n, struct verdict *out);

/* The verdict on an answer of the service at that host. */
void webpush_judge_host(const struct exchange *x, struct bytes host,
    struct verdict *out);

#endif
