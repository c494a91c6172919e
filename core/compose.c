/* SPDX-License-Identifier: MIT */
#include "core/compose.h"

#include <string.h>

#include "lib/clock.h"

#define DAY_MS ((int64_t)86400000)

const struct err *
compose_times(const struct send_message *m, int64_t now_ms,
    int64_t default_ttl_ms, struct compose_times *out)
{
	const char *until = json_text(json_get(m->body, "validUntil"), NULL);
	int64_t first_ms = m->send_at_ms > now_ms ? m->send_at_ms : now_ms;

	if (m->send_at_ms > now_ms + COMPOSE_DAYS_MAX * DAY_MS)
		return err_new(ERR_INVALID, "sendAt must be at most %d days "
		    "ahead", COMPOSE_DAYS_MAX);
	out->delay_ms = first_ms - now_ms;
	out->expires_ms = first_ms + default_ttl_ms;
	if (until == NULL || !clock_parse(until, &out->expires_ms))
		return NULL;
	if (out->delay_ms > 0 && out->expires_ms <= first_ms)
		return err_new(ERR_INVALID, "validUntil is not after sendAt");
	return NULL;
}

static bool
is_high(const struct send_message *m)
{
	return m->priority == NULL || strcmp(m->priority, "HIGH") == 0;
}

static const struct err *
store(struct arena *a, const struct send_message *m, struct bytes body,
    int64_t expires_ms, const char **stored, size_t *len)
{
	*stored = message_write(a, body, m->silent, is_high(m), expires_ms,
	    len);
	if (*len > COMPOSE_STORED_MAX)
		return err_new(ERR_TOOBIG, "a message of %zu bytes is larger "
		    "than %d", *len, COMPOSE_STORED_MAX);
	return NULL;
}

const struct err *
compose_stored(struct arena *a, const struct send_message *m,
    int64_t expires_ms, const char **stored, size_t *len)
{
	return store(a, m, message_text(a, m->body), expires_ms, stored, len);
}

const struct err *
compose_message(const struct settings *s, struct arena *a,
    const struct send_message *m, int64_t now_ms, struct message *what,
    struct outbox_message *out)
{
	struct compose_times times = {0};
	const struct err *e;
	struct bytes body;

	if (m->fault != NULL)
		return err_new(ERR_INVALID, "%s", m->fault);
	body = message_text(a, m->body);
	if ((e = compose_times(m, now_ms, s->message.default_ttl_ms,
		 &times)) != NULL ||
	    (e = message_take(a, body, m->silent, is_high(m),
		 times.expires_ms, what)) != NULL ||
	    (e = store(a, m, body, times.expires_ms, &out->body,
		 &out->body_len)) != NULL)
		return e;
	out->delay_ms = times.delay_ms;
	out->user_id = m->user_id;
	out->activation_id = m->activation_id;
	out->silent = m->silent;
	out->personal = m->personal;
	if (s->message.storage) /* as the API received it */
		out->published = body.data;
	return NULL;
}
