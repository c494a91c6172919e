/* SPDX-License-Identifier: MIT */
/*
 * The targets of a message: which devices of a user it goes to, with their
 * service and environment, and why it does not go to the others. Everything
 * that sends chooses here: message/send, the preview, outpost send, and sendd
 * when a sendAt falls due. Just before a row is sent, target_check compares it
 * with its device, so that nobody gets a message that was meant for the
 * earlier user of a device. Choice and check are pure.
 */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include "db/application.h"
#include "db/device_targets.h"
#include "db/device_now.h"
#include "db/outbox_send.h"
#include "push/provider.h"

enum target_fate {
	TARGET_GOES,
	TARGET_REFUSED,	     /* a development device, the app in production */
	TARGET_INACTIVE,     /* personal, and the activation is not active */
	TARGET_UNCONFIGURED, /* the app has no credentials for the platform */
	TARGET_UNKNOWN,	     /* no provider has this platform */
	TARGET_REMOVED,	     /* the device is gone, or has another user */
	TARGET_TOO_MANY,     /* the user has more devices than the limit */
	TARGET__COUNT
};

/* The input of the choice, beside the devices. */
struct target_rule {
	const struct application *app;
	bool development; /* APNs, of applications that name no environment */
	bool personal;	  /* only active activations */
	bool later;	  /* the call was answered earlier: devices without
			     credentials now are refused, not left out */
};

/* Choose for one device. t is filled when the device is a target, and when it
 * is refused (t->refused is the reason); its token is borrowed from the
 * device. */
enum target_fate target_choose(const struct target_rule *rule,
    const struct device *d, struct outbox_target *t);

/* A sentence for people: "the platform is unknown"; NULL for TARGET_GOES. */
const char *target_why(enum target_fate fate);

/* One or two words for a message's account: "removed"; NULL for
 * TARGET_GOES. */
const char *target_reason(enum target_fate fate);

/* The members of an outbox row that its device is compared with. */
struct target_row {
	enum platform platform;
	uint32_t generation;
	bool personal;
};

/* Compare a row with the present state of its device. GOES: *environment is
 * set, and may differ from the row's; of_app is the application's, as in
 * apns_environment. REMOVED: the device is gone or in quarantine, or has
 * another user, activation, application or platform. INACTIVE, REFUSED: as
 * above. */
enum target_fate target_check(const struct target_row *row,
    const struct device_now *now, const char *of_app, bool development,
    unsigned *environment);

/* The fate of each device of a user, all in the arena. */
struct target_list {
	struct device *devices; /* ordered by id */
	enum target_fate *fates;
	size_t n;		       /* of devices and fates */
	struct outbox_target *targets; /* those that go or are refused */
	size_t n_targets;
	/* Devices for which the application has no credentials, by
	 * platform. */
	size_t unconfigured[PLATFORM__COUNT];
	size_t by[TARGET__COUNT];
};

/* Choose among the user's devices (activation_id NULL: of all activations). If
 * there are more than DEVICE_TARGETS_MAX: ERR_TOOBIG; with rule->later no
 * error, but the first device is refused in place of all. */
const struct err *target_find(struct db *db, struct arena *a,
    const struct target_rule *rule, const char *user_id,
    const char *activation_id, struct target_list *out);

/* One message of many, and out: its targets. */
struct target_query {
	const char *user_id, *activation_id; /* as for target_find */
	bool personal;
	const struct device_user *user; /* if they are read; NULL: they are not.
					   With it the query is the only one */
	struct target_list list;
	bool too_many; /* the user has more devices than the limit: no list */
};

/* target_find for many messages of one application, which go now. The devices
 * of all users are read by one statement, and those of a user who is named
 * several times are read once. ERR_TOOBIG: more than max targets in all. */
const struct err *target_find_all(struct db *db, struct arena *a,
    const struct target_rule *rule, struct target_query *queries, size_t n,
    size_t max);

/* The fault of a query with too many devices. */
const struct err *target_too_many(void);

/* Enter into the message, for the history, the devices that are not its
 * targets, or that there is none. */
void target_left_out(struct arena *a, const struct target_list *list,
    struct outbox_message *m);

/* A line of the log for each device that the message is not sent to, or for
 * having none. */
void target_log(const struct outbox_message *m, uint64_t send,
    const char *app_id);

/* Why the message reaches nobody, as a sentence for people; activation: the
 * call names an activation. NULL when the reason is another one. */
const char *target_nobody(const struct target_list *list, bool activation);

/* A sentence in the arena: "the application has no credentials for fcm: 2
 * devices are left out". */
const char *target_unconfigured(struct arena *a, enum platform p, size_t n);

#endif
