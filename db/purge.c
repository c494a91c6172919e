/* SPDX-License-Identifier: MIT */
#include "db/purge.h"

#include <stdio.h>

#include "lib/mem.h"

#define MINUTE 60000
#define DAY (24 * 60 * (int64_t)MINUTE)
#define WEEK (7 * DAY)

/* clang-format off */
const struct purge_rule purge_rules[] = {
	/* table, by, rows, setting, fixed age */
	{"push_outbox_body", PURGE_BOTH, "texts of sends that are over",
	    NULL, MINUTE, .kind = PURGE_BY_KEY,
	    .find = SQL_OUTBOX_BODY_OLD, .remove = SQL_OUTBOX_BODY_PURGE},
	{"push_idempotency", PURGE_BOTH, "keys of sends",
	    NULL, DAY,
	    .find = SQL_IDEMPOTENCY_OLD, .remove = SQL_IDEMPOTENCY_PURGE},
	{"push_health", PURGE_BOTH, "states of credentials",
	    NULL, DAY, .find = SQL_CREDENTIAL_STATUS_OLD,
	    .remove = SQL_CREDENTIAL_STATUS_PURGE},
	{"push_instance", PURGE_BOTH, "sendds that are not seen any more",
	    NULL, DAY,
	    .find = SQL_INSTANCE_OLD, .remove = SQL_INSTANCE_PURGE},
	{"push_session", PURGE_BOTH, "sessions of the console",
	    NULL, DAY, .find = SQL_SESSION_OLD, .remove = SQL_SESSION_PURGE},
	{"push_minute", PURGE_BOTH, "counts of a minute",
	    NULL, WEEK, .find = SQL_MINUTE_OLD, .remove = SQL_MINUTE_PURGE},
	{"push_grant", PURGE_MAINTAIN, "access tokens",
	    NULL, DAY,
	    .find = SQL_ACCESS_TOKEN_OLD, .remove = SQL_ACCESS_TOKEN_PURGE},
	{"push_check", PURGE_MAINTAIN, "live checks of credentials",
	    NULL, DAY,
	    .find = SQL_LIVE_CHECK_OLD, .remove = SQL_LIVE_CHECK_PURGE},
	{"push_device_registration", PURGE_BOTH, "devices in quarantine",
	    "quarantine.keep",
	    .find = SQL_DEVICE_OLD, .remove = SQL_DEVICE_PURGE},
	{"push_history", PURGE_BOTH, "what became of messages",
	    "message.history", .zero_is_all = true,
	    .find = SQL_HISTORY_OLD, .remove = SQL_HISTORY_PURGE},
	{"push_message", PURGE_BOTH, "messages, where they are stored",
	    "message.retention",
	    .find = SQL_MESSAGE_OLD, .remove = SQL_MESSAGE_PURGE},
	{"push_send", PURGE_BOTH, "sends that are over, with their counts",
	    "message.retention",
	    .find = SQL_SEND_OLD, .remove = SQL_SEND_PURGE},

	{"push_counter", PURGE_MAINTAIN, "those of applications that are gone",
	    .kind = PURGE_BY_OWNER,
	    .find = SQL_COUNTER_OWNERLESS, .remove = SQL_COUNTER_PURGE},
	{"push_campaign", PURGE_MAINTAIN, "campaigns that are finished",
	    "maintain.campaigns", .told = true, .kind = PURGE_BY_KEY,
	    .find = SQL_CAMPAIGN_OLD, .remove = SQL_CAMPAIGN_PURGE},
	{"push_campaign_user", PURGE_MAINTAIN,
	    "those of campaigns that are gone", .kind = PURGE_BY_OWNER,
	    .find = SQL_CAMPAIGN_USER_OWNERLESS,
	    .remove = SQL_CAMPAIGN_USER_PURGE},
	{"push_campaign_twin", PURGE_MAINTAIN,
	    "those of campaigns that are gone", .kind = PURGE_BY_OWNER,
	    .find = SQL_CAMPAIGN_DUPLICATE_OWNERLESS,
	    .remove = SQL_CAMPAIGN_DUPLICATE_PURGE},
	{"push_campaign_run", PURGE_MAINTAIN,
	    "those of campaigns that are gone", .kind = PURGE_BY_OWNER,
	    .find = SQL_CAMPAIGN_RUN_OWNERLESS,
	    .remove = SQL_CAMPAIGN_RUN_PURGE},
	{"push_campaign_outcome", PURGE_MAINTAIN,
	    "those of campaigns that are gone", .kind = PURGE_BY_OWNER,
	    .find = SQL_CAMPAIGN_OUTCOME_OWNERLESS,
	    .remove = SQL_CAMPAIGN_OUTCOME_PURGE},
	{"push_inbox", PURGE_MAINTAIN, "messages, since they were read",
	    "maintain.inbox_read", .told = true, .kind = PURGE_BY_KEY,
	    .find = SQL_INBOX_READ_OLD, .remove = SQL_INBOX_READ_PURGE},
	{"push_inbox", PURGE_MAINTAIN, "messages that are not read",
	    "maintain.inbox_unread", .told = true, .kind = PURGE_BY_KEY,
	    .find = SQL_INBOX_UNREAD_OLD, .remove = SQL_INBOX_UNREAD_PURGE},
	{"push_activation", PURGE_MAINTAIN,
	    "those without a device, since their last change, but none that "
	    "is BLOCKED", "maintain.activations", .told = true,
	    .kind = PURGE_BY_TEXT,
	    .find = SQL_ACTIVATION_OLD, .remove = SQL_ACTIVATION_PURGE},
	{"push_device_registration", PURGE_MAINTAIN,
	    "devices, since their last registration: into quarantine",
	    "maintain.devices", .report_ms = 270 * DAY, .told = true,
	    .kind = PURGE_BY_KEY,
	    .find = SQL_DEVICE_STALE, .remove = SQL_DEVICE_SET_ASIDE},
	{"push_integration", PURGE_MAINTAIN, "callers, since their last call",
	    "maintain.integrations", .told = true,
	    .find = SQL_INTEGRATION_OLD, .remove = SQL_INTEGRATION_PURGE},
	{"push_audit", PURGE_MAINTAIN, "changes",
	    "maintain.audit", .told = true, .exported = true,
	    .find = SQL_AUDIT_OLD, .remove = SQL_AUDIT_PURGE},

	{"push_app_credentials", PURGE_NOBODY, "an operator removes them"},
	{"push_throttle", PURGE_NOBODY, "4,096 rows at most"},
	{"push_hold", PURGE_NOBODY, "an operator ends them"},
	{"push_audit_key", PURGE_NOBODY, "a row for ever"},
	{"push_inbox_app", PURGE_NOBODY, "they go with their messages"},
	{"push_outbox", PURGE_NOBODY, "they go with their outcomes"},
	{"push_send_delta", PURGE_NOBODY, "they go within seconds"},
	{"push_device_turn", PURGE_NOBODY, "512 rows for ever"},
	{"push_shard", PURGE_NOBODY, "64 rows for ever"},
	{"push_maintenance", PURGE_NOBODY, "2 rows for ever"},
	{"push_schema", PURGE_NOBODY, "a row for each version"},
};
/* clang-format on */
_Static_assert(nitems(purge_rules) == PURGE_RULES, "as in purge.h");

/* --- a transaction ---------------------------------------------------- */

struct portion {
	const struct purge *at;
	const struct purge_hooks *hooks; /* or NULL */
	struct value list; /* of keys, by their walk */
	uint64_t n;	   /* out */
	int64_t last_ms;   /* out: the time of the last row */
};

static const struct err *
remove_by_time(struct db *db, struct portion *t)
{
	const struct purge *p = t->at;
	struct rows *r;
	const struct err *e = db_query(db, p->rule->remove,
	    VALUES(v_i64(p->from_ms), v_i64(p->age_ms)), &r);

	if (e != NULL)
		return e;
	for (t->n = 0; e == NULL && db_next(r); t->n++) {
		t->last_ms = db_i64(r, 0);
		if (t->hooks != NULL)
			e = t->hooks->row(r, p, t->hooks->arg);
	}
	db_done(r);
	return e;
}

static const struct err *
remove_listed(struct db *db, struct portion *t)
{
	const struct purge *p = t->at;
	const struct err *e = p->rule->kind == PURGE_BY_OWNER
	    ? db_exec(db, p->rule->remove, VALUES(v_u64(p->number)))
	    : db_exec(db, p->rule->remove,
		  VALUES(t->list, v_i64(p->age_ms)));

	if (e == NULL)
		t->n = db_affected(db);
	return e;
}

static const struct err *
remove_portion(struct db *db, void *arg)
{
	struct portion *t = arg;
	const struct purge_hooks *h = t->hooks;
	const struct err *e;

	if (h != NULL)
		h->begin(h->arg);
	e = t->at->rule->kind == PURGE_BY_TIME ? remove_by_time(db, t)
					       : remove_listed(db, t);
	if (e == NULL && t->n > 0 && h != NULL)
		e = h->removed(db, t->at, h->arg);
	return e;
}

/* --- by time ---------------------------------------------------------- */

static const struct err *
step_by_time(struct db *db, struct purge *p, const struct purge_hooks *hooks)
{
	struct portion t = {.at = p, .hooks = hooks, .last_ms = p->from_ms};
	const struct err *e = db_transact(db, remove_portion, &t);

	if (e != NULL)
		return e;
	p->rows += t.n;
	p->from_ms = t.last_ms;
	p->over = t.n < SQL_ROWS_PURGED;
	return NULL;
}

static const struct err *
count_by_time(struct db *db, struct purge *p)
{
	struct rows *r;
	const struct err *e = db_query(db, p->rule->find,
	    VALUES(v_i64(p->age_ms)), &r);

	if (e != NULL)
		return e;
	p->rows = db_next(r) ? db_u64(r, 0) : 0;
	p->over = true;
	db_done(r);
	return NULL;
}

/* --- by key ----------------------------------------------------------- */

/* A row of the statement: the last key of the portion, its rows, how many of
 * them are old, and their keys. The table ends with a portion that is not
 * full. */
static const struct err *
look_by_key(struct db *db, const struct purge *p, struct rows **r)
{
	struct value key = p->rule->kind == PURGE_BY_TEXT
	    ? v_text(p->text)
	    : v_u64(p->number);

	return db_query(db, p->rule->find, VALUES(v_i64(p->age_ms), key), r);
}

static void
go_on(struct purge *p, const struct rows *r)
{
	p->over = db_u64(r, 1) < SQL_ROWS_PURGED;
	if (p->over)
		return;
	if (p->rule->kind == PURGE_BY_TEXT)
		(void)snprintf(p->text, sizeof p->text, "%s", db_text(r, 0));
	else
		p->number = db_u64(r, 0);
}

static const struct err *
step_by_key(struct db *db, struct purge *p, const struct purge_hooks *hooks)
{
	struct portion t = {.at = p, .hooks = hooks};
	const struct err *e;
	struct rows *r;
	size_t len;

	if ((e = look_by_key(db, p, &r)) != NULL)
		return e;
	if (db_next(r) && db_u64(r, 2) > 0) {
		const char *list = db_blob(r, 3, &len);

		t.list = v_blob(list, len);
		e = db_transact(db, remove_portion, &t);
	}
	if (e == NULL) {
		p->rows += t.n;
		go_on(p, r);
	}
	db_done(r);
	return e;
}

static const struct err *
count_by_key(struct db *db, struct purge *p)
{
	struct rows *r;
	const struct err *e = look_by_key(db, p, &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		p->rows += db_u64(r, 2);
		go_on(p, r);
	}
	db_done(r);
	return NULL;
}

/* --- by owner --------------------------------------------------------- */

/* The next owner that does not exist becomes p->number; *n: its rows. */
static const struct err *
next_owner(struct db *db, struct purge *p, uint64_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, p->rule->find,
	    VALUES(v_u64(p->number)), &r);

	if (e != NULL)
		return e;
	p->over = !db_next(r);
	if (!p->over) {
		p->number = db_u64(r, 0);
		*n = db_u64(r, 1);
	}
	db_done(r);
	return NULL;
}

/* An owner with more rows than a portion is found again. */
static const struct err *
step_by_owner(struct db *db, struct purge *p, const struct purge_hooks *hooks)
{
	struct portion t = {.at = p, .hooks = hooks};
	uint64_t before = p->number, n = 0;
	const struct err *e = next_owner(db, p, &n);

	if (e != NULL || p->over)
		return e;
	if ((e = db_transact(db, remove_portion, &t)) != NULL)
		return e;
	p->rows += t.n;
	if (t.n > 0 && t.n < n)
		p->number = before;
	return NULL;
}

static const struct err *
count_by_owner(struct db *db, struct purge *p)
{
	uint64_t n = 0;
	const struct err *e = next_owner(db, p, &n);

	p->rows += n;
	return e;
}

/* --- by any ----------------------------------------------------------- */

const struct err *
purge_step(struct db *db, struct purge *p, const struct purge_hooks *hooks)
{
	switch (p->rule->kind) {
	case PURGE_BY_TIME:
		return step_by_time(db, p, hooks);
	case PURGE_BY_OWNER:
		return step_by_owner(db, p, hooks);
	case PURGE_BY_KEY:
	case PURGE_BY_TEXT:
		break;
	}
	return step_by_key(db, p, hooks);
}

const struct err *
purge_count(struct db *db, struct purge *p)
{
	switch (p->rule->kind) {
	case PURGE_BY_TIME:
		return count_by_time(db, p);
	case PURGE_BY_OWNER:
		return count_by_owner(db, p);
	case PURGE_BY_KEY:
	case PURGE_BY_TEXT:
		break;
	}
	return count_by_key(db, p);
}
