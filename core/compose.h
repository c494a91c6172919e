/* SPDX-License-Identifier: MIT */
/*
 * From the message of a caller to the message of the outbox: when it is first
 * sent, when it expires, and its stored form. The same for the API, `outpost
 * send` and campaigns.
 */
#ifndef CORE_COMPOSE_H
#define CORE_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/settings.h"
#include "db/outbox_send.h"
#include "lib/arena.h"
#include "lib/json.h"
#include "push/message.h"

#define COMPOSE_STORED_MAX 65535 /* bytes of a stored message, by its column */
#define COMPOSE_DAYS_MAX 28 /* sendAt is at most this far ahead; the counts of
			       a send are kept for longer by default */

/* A message in the terms of the published API. */
struct send_message {
	const char *user_id, *activation_id;
	const char *priority; /* NULL is HIGH */
	bool silent, personal;
	int64_t send_at_ms; /* 0 or past: now */
	struct json *body;  /* its members were checked */
	const char *fault;  /* why it is not valid: nothing else is set then */
};

struct compose_times {
	int64_t delay_ms;   /* until the first try; 0: now */
	int64_t expires_ms; /* since 1970 UTC: not sent from then on */
};

/* The times of a message. Without a validUntil (or with one that is not a
 * time) the message expires default_ttl_ms after its first try. ERR_INVALID
 * when sendAt is too far ahead, or is in the future and validUntil is not
 * after it. */
const struct err *compose_times(const struct send_message *m, int64_t now_ms,
    int64_t default_ttl_ms, struct compose_times *out);

/* The stored form (push/message.h), in the arena. ERR_TOOBIG when it is larger
 * than COMPOSE_STORED_MAX. */
const struct err *compose_stored(struct arena *a, const struct send_message *m,
    int64_t expires_ms, const char **stored, size_t *len);

/* Fill out except its targets, and *what, from which the services compose; now
 * is one moment for all messages of a send. The texts belong to the message or
 * to the arena. */
const struct err *compose_message(const struct settings *s, struct arena *a,
    const struct send_message *m, int64_t now_ms, struct message *what,
    struct outbox_message *out);

#endif
