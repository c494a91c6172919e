/* SPDX-License-Identifier: MIT */
/*
 * A message that is known to fail for a service is refused when it is
 * accepted, not when it is sent: it is larger than the service accepts, or the
 * service could show nothing of it. Then all targets of that service are
 * refused.
 */
#ifndef CORE_REFUSAL_H
#define CORE_REFUSAL_H

#include "db/application.h"
#include "db/counter.h"
#include "db/outbox_send.h"
#include "core/settings.h"
#include "push/provider.h"

struct refusal {
	const char *why;    /* a sentence in the arena; NULL: not refused */
	const char *reason; /* one or two words for the message's account */
	bool too_long;	    /* false: there is nothing to show */
	size_t devices;	    /* targets that are refused for this reason */
};

/* The reason, for a message's account and for /metrics, of an error of
 * compose: one of few, without sizes. */
const char *refusal_reason(const struct err *e);

/* Compose the service's form of a message under these settings: see compose in
 * push/provider.h. */
const struct err *refusal_compose(const struct settings *s, enum platform p,
    const struct message *what, struct template *t);

/* Find which of the wanted services refuse the message. stored is the size of
 * its stored form in bytes. Each service composes at most once, and no service
 * composes a message that any can show and that is too small to exceed any
 * limit. */
void refusal_find(struct arena *a, const struct settings *s,
    const struct message *what, size_t stored,
    const bool wanted[PLATFORM__COUNT], struct refusal by[PLATFORM__COUNT]);

/* refusal_find for the services that the application has credentials for,
 * while the devices are not known yet. False: all of them refuse. */
bool refusal_of_app(struct arena *a, const struct settings *s,
    const struct application *app, const struct message *what, size_t stored,
    struct refusal by[PLATFORM__COUNT]);

/* refusal_find for the services of n targets; the targets of a service that
 * refuses are marked as refused. */
void refusal_mark(struct arena *a, const struct settings *s,
    const struct message *what, size_t stored, struct outbox_target *targets,
    size_t n, struct refusal by[PLATFORM__COUNT]);

/* Why nothing is sent: the sentence of the first service that refuses. NULL
 * when a target is sent to, or when no service refuses. */
const char *refusal_of_all(const struct outbox_target *targets, size_t n,
    const struct refusal by[PLATFORM__COUNT]);

/* The refused devices as counters for counter_add: sendd, which counts
 * outcomes for /metrics, never sees these devices. Returns how many elements
 * of list are filled. */
size_t refusal_counters(int64_t app, const struct refusal by[PLATFORM__COUNT],
    struct counter list[PLATFORM__COUNT]);

#endif
