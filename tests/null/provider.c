/* SPDX-License-Identifier: MIT */
/*
 * A provider that takes every message and needs nothing: no credential, no
 * token, no form of its own. For tests and benches of all that is not a
 * provider.
 *
 * It is no part of the product: a program that is linked with this file before
 * push.a has it in the place of HMS, under that name, number and section of
 * the settings. Whatever works with it goes by the descriptor alone.
 */
#include <stdio.h>

#include "push/payload.h"
#include "push/verdict.h"

static const struct err *
null_check(struct arena *a, const struct provider_settings *s,
    const struct bytes *values, struct credential_finding *found)
{
	(void)a;
	(void)s;
	(void)values;
	(void)found;
	return NULL;
}

/* Applications with different HMS client ids have pools of their own. */
static const struct err *
null_open(struct arena *a, const struct provider_settings *s,
    const struct bytes *values, struct access *out)
{
	(void)a;
	(void)s;
	*out = (struct access){.identity = {values[1]}};
	return NULL;
}

static const struct err *
null_endpoint(const struct provider_settings *s,
    const struct endpoint_app *app, char url[ENDPOINT_URL])
{
	(void)s;
	(void)app;
	(void)snprintf(url, ENDPOINT_URL, "https://null.invalid/");
	return NULL;
}

static const struct err *
null_compose(const struct message *m, unsigned how, struct template *t)
{
	(void)how;
	return template_init(t, m);
}

static const struct err *
null_address(const struct template *t, const struct authorization *g,
    const struct target *targets, size_t n, int64_t now_ms,
    struct exchange *x)
{
	(void)targets;
	(void)n;
	(void)now_ms;
	x->path = g->path;
	x->body = buf_str(&t->head);
	x->body_len = t->head.len;
	x->timeout_ms = 1000;
	return NULL;
}

static void
null_judge(const struct exchange *x, const struct target *targets, size_t n,
    struct verdict *out)
{
	(void)x;
	(void)targets;
	for (size_t i = 0; i < n; i++)
		verdict_sent(&out[i], "null");
}

static struct provider provider_null = {
    PLATFORM_ROW_HMS(PROVIDER_NAMES)
    .title = "null",
    .wire = WIRE_H2,
    .probe = {.body = "{}"},
    .payload_max = 4096,
    .batch = 1,
    .token = token_plain,
    .check = null_check,
    .open = null_open,
    .endpoint = null_endpoint,
    .compose = null_compose,
    .address = null_address,
    .judge = null_judge,
};

const struct provider *const providers[PLATFORM__COUNT] = {
    [PLATFORM_APNS] = &provider_apns,
    [PLATFORM_FCM] = &provider_fcm,
    [PLATFORM_HMS] = &provider_null,
    [PLATFORM_WEBPUSH] = &provider_webpush,
};

/* The settings of a stack have HMS's section. */
__attribute__((constructor)) static void
take_section(void)
{
	provider_null.keys = provider_hms.keys;
	provider_null.n_keys = provider_hms.n_keys;
}
