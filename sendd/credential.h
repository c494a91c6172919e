/* SPDX-License-Identifier: MIT */
/*
 * A credential: one application at one provider (APNs: and environment). It is
 * the unit of everything that is not about one message or one device: access
 * token, pace, guard, operators' holds, what waits.
 *
 *          no key                    token there
 *   NONE <--------- (loaded) -------------------> READY
 *     ^                 |                         |  ^
 *     |                 v OAuth                   |  | granted
 *     `---- key gone --- ASKING <---- expired ----'--'
 *
 * In each state it may be suspended besides (pace.h), or held by an operator.
 * Only credential.c and the units of which it is made write to it.
 */
#ifndef SENDD_CREDENTIAL_H
#define SENDD_CREDENTIAL_H

#include "db/application.h"
#include "core/settings.h"
#include "lib/hash.h"
#include "sendd/alarm.h"
#include "sendd/guard.h"
#include "sendd/operator_hold.h"
#include "sendd/pace.h"
#include "sendd/policy.h"
#include "sendd/queue.h"
#include "sendd/status_report.h"
#include "sendd/wires.h"

/* The version of one that is to be loaded again. */
#define CREDENTIAL_STALE UINT64_MAX

enum credential_state {
	CREDENTIAL_NONE,   /* there is none that can be used */
	CREDENTIAL_ASKING, /* an access token is awaited */
	CREDENTIAL_READY
};

/* An access token, and where it is asked for if it is not signed here. */
struct access_token {
	struct buf header;	  /* the header's value; empty: there is none */
	int64_t granted_s;	  /* time of day, seconds */
	int64_t expires_s;
	struct origin origin;	  /* of the token server */
	char path[512];
	struct exchange *request; /* on its way */
	int64_t retry_ms;	  /* monotonic: not asked for before */
	unsigned failures;	  /* in a row */
};

struct credential {
	struct credential *next;
	const struct provider *provider;
	const struct provider_settings *settings;
	int64_t app;
	char app_id[256];
	unsigned environment;
	uint64_t version; /* of the loaded one; CREDENTIAL_STALE */
	enum credential_state state;
	char why[200];	  /* of NONE, or of the latest suspension */
	bool unusable;	  /* NONE, though there is one */
	int64_t retry_ms; /* monotonic: when to try one that does not open */
	bool operator_hold;

	struct arena *memory; /* of the opened credential */
	struct credentials secret;
	struct access access; /* in memory */
	struct access_token token;
	struct origin origin; /* of the provider */
	char path[512];
	uint64_t pool_key; /* who shares its connections */

	struct queue_line line; /* what waits for it */
	struct pace pace;
	struct guard guard;
	struct alarms alarms; /* raised since it was loaded */
	struct status_report reported; /* report.c writes to it */
};

struct credential_table {
	const struct settings *settings;
	struct keyring *keyring;
	struct db *db; /* borrowed: where tokens are kept */
	struct credential *first; /* all, the newest first */
	struct hash by_row;	  /* the same, by what a row names */
	struct operator_holds operator_holds;
	struct wires wires;
	int64_t refresh_due_ms; /* monotonic; credential_refresh */
};

/* The credential that a row goes by. A new one is loaded from the database;
 * after an error of that it is there, and a refresh loads it. */
const struct err *credential_of(struct credential_table *t, struct db *db,
    int64_t app, unsigned platform, unsigned environment,
    struct credential **c);

/* Was it loaded from the database at some time? */
bool credential_is_loaded(const struct credential *c);

/* Load those again of which the row has another version by now, and read the
 * operators' holds. */
const struct err *credential_refresh(struct credential_table *t,
    struct db *db);

/* The settings are others now: load all again, at the next refresh. */
void credential_table_reload(struct credential_table *t);

/* May it send now? Signs or asks for an access token when one is needed. */
bool credential_ready(struct credential_table *t, struct credential *c);
struct authorization credential_authorization(const struct credential *c);
struct pool *credential_pool(const struct credential_table *t,
    struct credential *c);

/* Nothing of it is sent now and it is put off: held by an operator, suspended,
 * or there is no usable one. */
bool credential_is_held(const struct credential *c);

/* Messages that one request carries at most. */
unsigned credential_batch(const struct credential *c);

/* How many requests may be started now, by its connections and its pace. Those
 * that are needed for what is being compared are kept free. */
unsigned credential_may_send(const struct credential_table *t,
    struct credential *c);

/* Log an alarm for a person, once for each cause and hour. */
void credential_alarm(struct credential *c, const char *why);

/* Everything for it waits: our fault, with an alarm. Each suspension in a row
 * is longer; after_s: as long at least. */
void credential_suspend(struct credential *c, const char *why,
    unsigned after_s);

/* For how many ms the messages that wait for it are put off. */
int64_t credential_pause_ms(const struct credential *c);

/* Learn from the verdict on one message. True: the device has lost its
 * registration, as far as the guard believes it. */
bool credential_learn(const struct credential_table *t, struct credential *c,
    const struct verdict *v, const struct policy *p);

/* The provider refused a message, asked for at asked_ms (time of day), for
 * our fault: cure, or suspend when there is no cure left. True: the message
 * goes again at once. */
bool credential_refused(const struct credential_table *t,
    struct credential *c, const struct verdict *v, const struct policy *p,
    int64_t asked_ms);

void credential_table_done(struct credential_table *t);

#endif
