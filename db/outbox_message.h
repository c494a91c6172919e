/* SPDX-License-Identifier: MIT */
/* A message to queue, and its target devices. */
#ifndef DB_OUTBOX_MESSAGE_H
#define DB_OUTBOX_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox_target {
	int64_t device;
	uint32_t generation;  /* of its registration */
	unsigned platform;    /* enum platform */
	unsigned environment; /* APNs: 0 production, 1 development */
	const char *token;
	const char *refused; /* why it is counted as failed and not queued;
				NULL: it is queued */
};

/* One message to the devices of one user. A message for later has no targets:
 * it waits as a row of the user, whose devices are looked up when it is due. */
struct outbox_message {
	const char *user_id, *activation_id; /* as requested; for storage */
	const char *body; /* stored form, see push/message.h */
	size_t body_len;
	bool silent, personal;
	int64_t delay_ms;      /* sendAt; 0: now */
	const char *published; /* body as the API got it, for storage */
	struct outbox_target *targets;
	size_t n_targets;
	/* for the history: devices that are not targets, each refused; or the
	 * user has no device at all */
	const struct outbox_target *left_out;
	size_t n_left_out;
	bool nobody;
};

#endif
