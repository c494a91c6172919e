/* SPDX-License-Identifier: MIT */
/*
 * What is known to fail is settled when a message is accepted, and not when
 * it is sent: a service that takes no message so large, or could show nothing
 * of it, and so those of its targets that are of that service.
 */
#ifndef CORE_REFUSAL_H
#define CORE_REFUSAL_H

#include "db/application.h"
#include "db/counter.h"
#include "db/outbox_send.h"
#include "core/settings.h"
#include "push/provider.h"

struct refusal {
	const char *why;    /* a sentence, the arena's; NULL: not refused */
	const char *reason; /* a word or two for the message's account */
	bool too_long;	    /* else there is nothing to show */
	size_t devices;	    /* targets that are refused for it */
};

/* The reason that the account of a message and /metrics have for an error of
 * compose: one of few, without sizes. */
const char *refusal_reason(const struct err *e);

/* The service's form of a message, as these settings have it: see compose in
 * push/provider.h. */
const struct err *refusal_compose(const struct settings *s, enum platform p,
    const struct message *what, struct template *t);

/* Which of the wanted services refuse the message; stored: bytes of its stored
 * form. Each service composes at most once, and none composes a message that
 * has a text and is too small to be over any limit. */
void refusal_find(struct arena *a, const struct settings *s,
    const struct message *what, size_t stored,
    const bool wanted[PLATFORM__COUNT], struct refusal by[PLATFORM__COUNT]);

/* The same for the services that the application has credentials for, while
 * nobody knows which devices there will be. False: all of them refuse it. */
bool refusal_of_app(struct arena *a, const struct settings *s,
    const struct application *app, const struct message *what, size_t stored,
    struct refusal by[PLATFORM__COUNT]);

/* The same for the services of n targets; a target of a service that refuses
 * the message is refused from then on. */
void refusal_mark(struct arena *a, const struct settings *s,
    const struct message *what, size_t stored, struct outbox_target *targets,
    size_t n, struct refusal by[PLATFORM__COUNT]);

/* Why nothing goes: the words of the first service that refuses. NULL when one
 * of the targets goes, or when no service refuses. */
const char *refusal_of_all(const struct outbox_target *targets, size_t n,
    const struct refusal by[PLATFORM__COUNT]);

/* The devices that are refused, for counter_add: sendd, which counts outcomes
 * for /metrics, never sees them. Returns how many of list are filled. */
size_t refusal_counters(int64_t app, const struct refusal by[PLATFORM__COUNT],
    struct counter list[PLATFORM__COUNT]);

#endif
