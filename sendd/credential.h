/* SPDX-License-Identifier: MIT */
/*
 * A credential: one application at one provider (APNs: and environment; Web
 * Push: and host). All
 * state that is not of one message or one device belongs to it: access token,
 * pace, guard, operator's hold, waiting items.
 *
 *          no key                    token there
 *   NONE <-------- UNKNOWN ---------------------> READY
 *     ^               |                           |  ^
 *     |               v OAuth, or a token is kept |  | granted, signed
 *     `---- key gone --- ASKING <---- expired ----'--'
 *
 * It is UNKNOWN until its row is read, which a task does: its items wait, and
 * are not put off.
 *
 * In each state it may also be suspended (pace.h), or held by an operator.
 * Only credential.c and the files of its members write to it.
 */
#ifndef SENDD_CREDENTIAL_H
#define SENDD_CREDENTIAL_H

#include "db/application.h"
#include "core/settings.h"
#include "lib/hash.h"
#include "sendd/alarm.h"
#include "sendd/congestion.h"
#include "sendd/db_tasks.h"
#include "sendd/guard.h"
#include "sendd/operator_hold.h"
#include "sendd/pace.h"
#include "sendd/policy.h"
#include "sendd/queue.h"
#include "sendd/status_report.h"
#include "sendd/wires.h"

/* The version of a credential that must be loaded again. */
#define CREDENTIAL_STALE UINT64_MAX

enum credential_state {
	CREDENTIAL_UNKNOWN, /* its row is not read yet */
	CREDENTIAL_NONE,    /* no usable credential */
	CREDENTIAL_ASKING,  /* waiting for an access token */
	CREDENTIAL_READY
};

/* An access token. */
struct access_token {
	struct buf header;	  /* value of the header; empty: no token */
	int64_t granted_s;	  /* time of day, seconds */
	int64_t expires_s;
	struct exchange *request; /* in flight; or NULL */
	struct token_fetch *fetch; /* of one that is signed here; or NULL */
	int64_t retry_ms;	  /* monotonic: no request before */
	unsigned failures;	  /* in a row */
};

/* What was read from the row of its application, and what was made of that.
 * A load makes another one. It lies in its own memory. */
struct credential_loaded {
	struct arena *memory;
	struct credentials secret;
	struct access access;
	struct origin origin;	    /* of the provider */
	struct origin token_origin; /* of the token server, and its path, if */
	const char *token_path;	    /* the token is not signed here */
};

/* Why its row is to be read. */
enum credential_want {
	CREDENTIAL_WANT_NOTHING,
	CREDENTIAL_WANT_FIRST,	/* it is UNKNOWN */
	CREDENTIAL_WANT_CHANGE, /* the row, or the settings, are others */
	CREDENTIAL_WANT_RETRY	/* its key could not be opened */
};

/* What operators are told of it, and what else no message needs. */
struct credential_told {
	char app_id[256];
	char why[200];	      /* reason of NONE, or of the latest suspension */
	struct alarms alarms; /* raised since an operator has changed it */
	struct status_report reported; /* report.c writes to it */
	enum credential_want want;
	struct credential *next_wanted;
};

/* Each message needs the members of this struct down to the token's header, but
 * neither *loaded nor *told. They are few, and all credentials lie side by
 * side, because with thousands of applications nearly every message comes to
 * another one that is in no cache. */
struct credential {
	struct queue_line line; /* its waiting items */
	struct pace pace;
	struct congestion congestion;
	const struct provider *provider;
	const struct provider_settings *settings;
	enum credential_state state;
	bool operator_hold;
	bool unusable; /* NONE, though the row has a credential */
	bool has_row;  /* its application was there at the latest load */
	unsigned environment;
	struct pool_memo pool;
	struct pool_memo http; /* for a server without HTTP/2 */
	uint64_t pool_key; /* same key: shared connections */
	const char *topic, *path, *link; /* of its requests; or NULL */
	struct guard guard;
	unsigned sealing; /* requests that threads encrypt */
	const char *of_app; /* environment of the application; or NULL */
	struct access_token token;
	int64_t app;
	char *host; /* of the service, where there are many; or NULL */
	struct credential *sibling; /* the same application at another host */
	uint64_t version; /* of the loaded row; or CREDENTIAL_STALE */
	int64_t retry_ms; /* monotonic: next try to open it */
	struct credential_loaded *loaded; /* NULL: not yet */
	struct credential_told *told;
	struct credential *next;
};

struct credential_table {
	const struct settings *settings;
	struct keyring *keyring;
	struct db_tasks tasks; /* read the rows, keep the access tokens */
	struct arena *memory;	  /* of all credentials */
	struct credential *first; /* the newest first */
	struct hash by_app[PLATFORM__COUNT][2]; /* by environment, too; by
						   host, where there are many */
	struct hash with_hosts; /* the first sibling of each application */
	struct credential *latest; /* looked up: rows of a send come together */
	struct operator_holds operator_holds;
	struct wires wires;
	struct credential *wanted, *last_wanted; /* to be read, in order */
	bool reading;		/* rows */
	uint64_t versions_sum;	/* of the rows that all are loaded from */
	int64_t refresh_due_ms; /* monotonic: when they are compared again */
	bool catch_up; /* then the node catches up first */
};

/* The credential of a row; host is that of the device's address, where the
 * provider has many hosts. A new one is UNKNOWN. */
struct credential *credential_of(struct credential_table *t, int64_t app,
    unsigned platform, unsigned environment, struct bytes host);

/* Has the credential been loaded from the database? */
bool credential_is_loaded(const struct credential *c);

/* Have read what is wanted, and about once a second the versions of the rows
 * and the operators' holds; take in what was read. A credential whose row has
 * another version is read again. */
const struct err *credential_run(struct credential_table *t);

/* When credential_run has something to do: monotonic, in ms. */
int64_t credential_due_ms(const struct credential_table *t);

/* The settings have changed: reload all credentials at the next refresh. */
void credential_table_reload(struct credential_table *t);

/* May the credential send now? Signs or requests an access token if needed. */
bool credential_ready(struct credential_table *t, struct credential *c);
struct authorization credential_authorization(const struct credential *c);
struct pool *credential_pool(const struct credential_table *t,
    struct credential *c);

/* Must its messages be deferred? Yes when it is held by an operator, suspended,
 * or not usable. */
bool credential_is_held(const struct credential *c);

/* Why it is held, or what held it last. */
const char *credential_held_why(const struct credential *c);

/* The maximum number of messages in one request. */
unsigned credential_batch(const struct credential *c);

/* The number of requests that may be started now, by its connections and its
 * pace. Requests for items that are being compared are reserved. */
unsigned credential_may_send(const struct credential_table *t,
    struct credential *c);

/* Of n requests that may start, how many leave enough room for messages that
 * somebody waits for (sendd/congestion.h)? One more when none was started for
 * long: others may be. */
unsigned credential_room_beside(const struct credential *c, unsigned n);

/* Log an alarm for an operator, once for each cause and hour. */
void credential_alarm(struct credential *c, const char *why);

/* Suspend the credential, with an alarm: the fault is ours. Each suspension in
 * a row is longer; after_s: the minimum in seconds. */
void credential_suspend(struct credential *c, const char *why,
    unsigned after_s);

/* The time by which its waiting messages are deferred, in ms. */
int64_t credential_pause_ms(const struct credential *c);

/* A time in ms to add for each message. After a hold the first one is the
 * probe; where a device alone may be refused, it is not always the same. */
int64_t credential_scatter_ms(const struct credential *c);

/* Update pace and guard by the verdict on one message. True: the guard lets the
 * device be quarantined. */
bool credential_learn(const struct credential_table *t, struct credential *c,
    const struct verdict *v, const struct policy *p);

/* The provider refused the key for a device. True: it has for several and has
 * accepted nothing since, so the fault is ours. */
bool credential_key_refused(struct credential *c, int64_t device);

/* The provider refused a message by our fault; the request was made at asked_ms
 * (time of day). Try a cure, or suspend when no cure is left. True: the message
 * is sent again at once. */
bool credential_refused(const struct credential_table *t,
    struct credential *c, const struct verdict *v, const struct policy *p,
    int64_t asked_ms);

void credential_table_done(struct credential_table *t);

#endif
