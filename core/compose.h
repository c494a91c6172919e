/* SPDX-License-Identifier: MIT */
/*
 * A message from how a caller gives it to how the outbox keeps it: when it is
 * sent first, how long it is worth sending, and its stored form. The same for
 * the API, for `outpost send` and for campaigns.
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

#define COMPOSE_STORED_MAX 65535 /* bytes of a stored message: its column */
#define COMPOSE_DAYS_MAX 28 /* sendAt is ahead at most; the counts of a send
			       are kept for longer by default */

/* As the API publishes it. */
struct send_message {
	const char *user_id, *activation_id;
	const char *priority; /* NULL is HIGH */
	bool silent, personal;
	int64_t send_at_ms; /* 0 or past: now */
	struct json *body;  /* its members are checked already */
};

struct compose_times {
	int64_t delay_ms;   /* until it is sent first; 0: now */
	int64_t expires_ms; /* since 1970: not sent any more from then on */
};

/* ERR_INVALID when sendAt is too far ahead, or validUntil not behind it.
 * Without a validUntil (or with one that is no time) it expires default_ttl_ms
 * after it is sent first. */
const struct err *compose_times(const struct send_message *m, int64_t now_ms,
    int64_t default_ttl_ms, struct compose_times *out);

/* The stored form (push/message.h), in the arena. ERR_TOOBIG when it is larger
 * than COMPOSE_STORED_MAX. */
const struct err *compose_stored(struct arena *a, const struct send_message *m,
    int64_t expires_ms, const char **stored, size_t *len);

/* All of out but the targets, and what the services compose of it. The texts
 * are the message's or the arena's. */
const struct err *compose_message(const struct settings *s, struct arena *a,
    const struct send_message *m, struct message *what,
    struct outbox_message *out);

#endif
