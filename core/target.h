/* SPDX-License-Identifier: MIT */
/*
 * Whom a message reaches: of a user's devices those that go, each with its
 * service and environment, and of the others why not. The choice is pure;
 * all who send (message/send, the preview, outpost send, sendd at the moment
 * of a sendAt) make it here. So is the look at what a device is when its row
 * is about to be sent: nobody gets what was another's.
 */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include "db/application.h"
#include "db/device.h"
#include "db/device_now.h"
#include "db/outbox_send.h"
#include "push/provider.h"

enum target_fate {
	TARGET_GOES,
	TARGET_REFUSED,	     /* a development device, the app in production */
	TARGET_INACTIVE,     /* personal, and the activation is not active */
	TARGET_UNCONFIGURED, /* the app has no credentials for the platform */
	TARGET_UNKNOWN,	     /* no provider has this platform */
	TARGET_REMOVED,	     /* the device is not what the row was for */
	TARGET_TOO_MANY,     /* the user has more devices than we look up */
	TARGET__COUNT
};

/* What decides beside the devices. */
struct target_rule {
	const struct application *app;
	bool development; /* APNs, of applications that name no environment */
	bool personal;	  /* only active activations */
	bool later;	  /* the call was answered before: what lacks
			     credentials by now is refused, not left out */
};

/* t is filled when the device goes, and when it is refused (t->refused says
 * why); its token is the device's. */
enum target_fate target_choose(const struct target_rule *rule,
    const struct device *d, struct outbox_target *t);

/* A sentence for people: "the platform is unknown"; NULL for TARGET_GOES. */
const char *target_why(enum target_fate fate);

/* A word or two for the account of a message: "removed"; NULL likewise. */
const char *target_reason(enum target_fate fate);

/* What a row of the outbox says of its device. */
struct target_row {
	enum platform platform;
	uint32_t generation;
	bool personal;
};

/* Does a row go to what its device is now? GOES: with *environment, which
 * may be another one by now; of_app is the application's as in
 * apns_environment. REMOVED: the device is gone or in quarantine, or has
 * another user, activation, application or platform. INACTIVE, REFUSED: as
 * above. */
enum target_fate target_check(const struct target_row *row,
    const struct device_now *now, const char *of_app, bool development,
    unsigned *environment);

/* What became of each device of a user, all in the arena. */
struct target_list {
	struct device *devices; /* in order of their ids */
	enum target_fate *fates;
	size_t n;		       /* of devices and fates */
	struct outbox_target *targets; /* those that go or are refused */
	size_t n_targets;
	/* devices that the application lacks credentials for, by platform */
	size_t unconfigured[PLATFORM__COUNT];
	size_t by[TARGET__COUNT];
};

/* Choose among the user's devices (activation_id NULL: of all activations).
 * When they are more than DEVICE_TARGETS_MAX: ERR_TOOBIG; with rule->later the
 * first of them is refused, and stands for all. */
const struct err *target_find(struct db *db, struct arena *a,
    const struct target_rule *rule, const char *user_id,
    const char *activation_id, struct target_list *out);

/* Why the message reaches nobody, for people; activation: the call names one.
 * NULL when the reason is another. */
const char *target_nobody(const struct target_list *list, bool activation);

/* "the application has no credentials for fcm: 2 devices are left out", in
 * the arena. */
const char *target_unconfigured(struct arena *a, enum platform p, size_t n);

#endif
