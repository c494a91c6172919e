/* SPDX-License-Identifier: MIT */
/*
 * A credential: one application at one provider (APNs: and environment).
 * It is the unit of everything that is not about one message or one device:
 * the grant to send, the hold, the pace, the guard, the waiting lists.
 *
 *          no key                 grant there
 *   NONE <--------- (loaded) ----------------> READY
 *     ^                 |                      |  ^
 *     |                 v OAuth                |  | granted, hold over
 *     +----- key --- ASKING <--- expired ------+  | or credential changed
 *            gone       |                      v  |
 *                       +----- refused -----> HELD
 */
#ifndef SENDD_CREDENTIAL_H
#define SENDD_CREDENTIAL_H

#include "db/application.h"
#include "core/settings.h"
#include "lib/hash.h"
#include "push/jwt.h"
#include "sendd/alarm.h"
#include "sendd/operator_hold.h"
#include "sendd/queue.h"
#include "sendd/wires.h"

/* The version of one that is to be loaded again. */
#define CREDENTIAL_STALE UINT64_MAX

enum credential_state {
	CREDENTIAL_NONE,
	CREDENTIAL_ASKING,
	CREDENTIAL_READY,
	CREDENTIAL_SUSPENDED
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
	char why[200];	       /* of NONE and HELD */
	bool unusable;	       /* NONE, though there is one */
	int64_t suspended_until_ms; /* monotonic */
	int64_t again_ms;      /* monotonic; of a key that does not open */
	unsigned hold_count;	       /* in a row: the pause doubles */
	bool probing;	       /* one at a time until the first answer */
	bool cured;	       /* a cure is being tried, since: */
	int64_t cured_ms;      /* time of day */
	bool operator_hold;

	/* what a grant is made of, and the grant */
	struct arena *memory; /* of the opened credential */
	struct credentials secret;
	struct crypto_key *key;		/* APNs */
	struct service_account account; /* FCM */
	struct buf authorization;
	int64_t granted_s, expires_s; /* time of day, seconds */
	char path[512], token_path[512];
	struct origin origin, token_origin;
	struct exchange *ask; /* on its way */
	int64_t ask_after_ms;
	unsigned ask_failures;
	uint64_t pool_key;

	/* pace */
	struct queue_line line; /* what waits for it */
	unsigned in_flight, window; /* at most so many; 0: no limit */
	int64_t started_ms;	    /* monotonic, of the latest request */
	double tokens;
	int64_t filled_ms;

	/* guard: what was seen in the window */
	int64_t guard_since_ms;
	unsigned accepted, suspects, gone;
	bool guard_tripped;

	struct alarms alarms; /* told since it was loaded */
};

struct credential_table {
	const struct settings *settings;
	struct keyring *keyring;
	struct db *db; /* borrowed: where tokens are kept */
	struct credential *first; /* all, the newest first */
	struct hash by_row;	  /* the same, by what a row names */
	struct operator_holds operator_holds;
	struct wires wires;
};

/* The one of this row; made, and loaded from the database, when new. */
const struct err *credential_of(struct credential_table *b, struct db *db,
    int64_t app, unsigned platform, unsigned environment,
    struct credential **c);

/* Is it what the database has, or at least what it had? */
bool credential_is_loaded(const struct credential *c);

/* Load again those whose row has another version now; see what operators
 * hold. */
const struct err *credential_refresh(struct credential_table *b,
    struct db *db);

/* May it send now? Renews its JWT or starts asking for a token. */
bool credential_ready(struct credential_table *b, struct credential *c);
struct authorization credential_authorization(const struct credential *c);
struct pool *credential_pool(const struct credential_table *b,
    struct credential *c);

/* Tell a person, once for each cause and hour. */
void credential_alarm(struct credential *c, const char *why);

/* Everything for it waits: our fault, with an alarm. Each hold in a row is
 * longer. */
void credential_suspend(struct credential *c, const char *why,
    unsigned after_s);

/* How long what waits for it may be put off, ms. */
int64_t credential_pause_ms(const struct credential *c);

/* Drop the grant (CURE_TOKEN), renew the connections. */
void credential_cure(const struct credential_table *b, struct credential *c,
    unsigned cure);

/* May an answer of this kind cost a device? Counts it. */
bool credential_guard(const struct credential_table *b, struct credential *c,
    enum verdict_kind kind);

void credential_table_done(struct credential_table *b);

#endif
