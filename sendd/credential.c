/* SPDX-License-Identifier: MIT */
/* The life of a credential, except its access tokens (access_token.c). */
#include "sendd/credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/credentials.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/verdict.h"
#include "sendd/credential_part.h"

#define REHEARSED 64 /* messages of a turn, when none is sent */

#define UNREADABLE_MS 5000 /* between two tries to open a sealed key */
#define SCATTER_MS 5000

static bool
is_held_by_operator(const struct credential_table *t,
    const struct credential *c)
{
	return operator_holds_has(&t->operator_holds, c->app,
	    c->provider->platform, c->host);
}

static struct credential *
credential_new(struct credential_table *t, int64_t app, unsigned platform,
    bool development, struct bytes host)
{
	struct credential *c;

	if (t->memory == NULL)
		t->memory = arena_new();
	c = arena_zero(t->memory, sizeof *c);
	c->told = xcalloc(1, sizeof *c->told);
	c->provider = providers[platform];
	c->settings = &t->settings->provider[platform];
	c->app = app;
	c->environment = development;
	c->version = CREDENTIAL_STALE;
	c->token.header = (struct buf)BUF(8192);
	queue_line_init(&c->line, c);
	c->next = t->first;
	t->first = c;
	if (host.data != NULL)
		credential_join_host(t, c, host);
	hash_add(&t->by_app[platform][development],
	    credential_hash(app, host), c);
	return c;
}

/* Drop all that was derived from the old credential. */
static void
credential_reset(struct credential *c)
{
	c->topic = c->path = c->link = c->of_app = NULL;
	c->pool = c->http = (struct pool_memo){0};
	c->pool_key = 0;
	c->has_row = false;
	buf_reset(&c->token.header);
	c->token.expires_s = c->token.granted_s = 0;
	c->token.retry_ms = 0;
	c->token.failures = 0;
	pace_reset(&c->pace);
	guard_key_changed(&c->guard);
	c->unusable = false;
	c->state = CREDENTIAL_UNKNOWN;
	if (c->loaded != NULL)
		arena_free(c->loaded->memory);
	c->loaded = NULL;
}

/* The credential exists and cannot be opened. Only another try can show that an
 * operator has repaired the column or the key file. */
static bool
is_unreadable(const struct credential *c)
{
	return c->state == CREDENTIAL_NONE && c->loaded != NULL &&
	    c->loaded->secret.trouble[c->provider->platform][0] != '\0';
}

static void
set_unusable(struct credential *c, const struct err *e)
{
	struct credential_told *told = c->told;
	char before[sizeof told->why];

	c->unusable = e->code != ERR_MISSING;
	c->state = CREDENTIAL_NONE;
	memcpy(before, told->why, sizeof before);
	text_quote(e->text, told->why, sizeof told->why);
	if (strcmp(before, told->why) != 0)
		log_warn("hold " CREDENTIAL_NAME " why=\"%s\"",
		    CREDENTIAL_NAMED(c), QUOTED(told->why));
}

static bool
has_endpoint(const struct credential *c)
{
	return c->loaded != NULL && c->loaded->origin.host[0] != '\0';
}

static struct pool *
own_pool(const struct credential_table *t, struct credential *c)
{
	return wire_pool_again(t->wires.of[c->provider->wire], &c->pool,
	    &c->loaded->origin, c->pool_key);
}

static struct pool *
http_pool(const struct credential_table *t, struct credential *c)
{
	return wire_pool_again(t->wires.of[WIRE_HTTP], &c->http,
	    &c->loaded->origin, c->pool_key);
}

struct pool *
credential_pool(const struct credential_table *t, struct credential *c)
{
	struct pool *p = own_pool(t, c);

	return pool_speaks(p) ? p : http_pool(t, c);
}

void
credential_unload(const struct credential_table *t, struct credential *c)
{
	if (has_endpoint(c))
		pool_retire(own_pool(t, c));
	if (has_endpoint(c) && c->http.pool != NULL)
		pool_retire(http_pool(t, c));
	if (c->loaded != NULL && c->loaded->token_origin.host[0] != '\0')
		pool_retire(access_token_pool(t, c));
	credential_reset(c);
}

/* Derive the keys and endpoints from the opened credential. */
static void
take_secret(struct credential *c)
{
	const struct credentials *secret = &c->loaded->secret;
	const struct err *e;

	c->has_row = true;
	c->version = secret->version;
	c->of_app = credentials_environment(secret);
	(void)snprintf(c->told->app_id, sizeof c->told->app_id, "%s",
	    secret->app_id);
	if ((e = access_token_prepare(c)) != NULL) {
		set_unusable(c, e);
		return;
	}
	c->told->why[0] = '\0';
	c->state = CREDENTIAL_READY;
}

/* While the database is unavailable, the old credential stays in use. */
void
credential_take(struct credential_table *t, struct credential *c,
    struct credential_loaded *loaded, const struct err *e)
{
	credential_unload(t, c);
	c->loaded = loaded;
	c->retry_ms = clock_mono_ms() + UNREADABLE_MS;
	if (e == NULL)
		take_secret(c);
	else
		set_unusable(c, e);
}

struct credential *
credential_of(struct credential_table *t, int64_t app, unsigned platform,
    unsigned environment, struct bytes host)
{
	bool development = environment != 0;
	struct credential *c = credential_find(t, app, platform, development,
	    host);

	if (c == NULL) {
		c = credential_reuse(t, app, platform, development, host);
		if (c == NULL)
			c = credential_new(t, app, platform, development, host);
		c->operator_hold = is_held_by_operator(t, c);
		credential_want(t, c, CREDENTIAL_WANT_FIRST);
	}
	return t->latest = c;
}

bool
credential_is_loaded(const struct credential *c)
{
	return c->has_row;
}

static void
take_operator_hold(const struct credential_table *t, struct credential *c)
{
	bool held = is_held_by_operator(t, c);

	if (held != c->operator_hold)
		log_notice("%s " CREDENTIAL_NAME " by an operator",
		    held ? "hold" : "release", CREDENTIAL_NAMED(c));
	if (c->operator_hold && !held)
		pace_end_suspension(&c->pace); /* somebody has mended it */
	c->operator_hold = held;
}

void
credential_take_holds(const struct credential_table *t)
{
	for (struct credential *c = t->first; c != NULL; c = c->next)
		take_operator_hold(t, c);
}

bool
credential_is_to_be_retried(const struct credential *c)
{
	return is_unreadable(c) && clock_mono_ms() >= c->retry_ms;
}

void
credential_table_reload(struct credential_table *t)
{
	for (struct credential *c = t->first; c != NULL; c = c->next)
		c->version = CREDENTIAL_STALE;
}

/* --- holds and pace ---------------------------------------------------- */

void
credential_alarm(struct credential *c, const char *why)
{
	if (alarm_is_news(&c->told->alarms, why, clock_mono_ms()))
		log_err("alarm " CREDENTIAL_NAME " why=\"%s\"",
		    CREDENTIAL_NAMED(c), QUOTED(why));
}

void
credential_suspend(struct credential *c, const char *why, unsigned after_s)
{
	int64_t pause_ms = pace_suspend(&c->pace, after_s, clock_mono_ms());
	struct credential_told *told = c->told;

	text_quote(why, told->why, sizeof told->why);
	if (pause_ms == 0)
		return;
	log_err("hold " CREDENTIAL_NAME " for=%llds why=\"%s\"",
	    CREDENTIAL_NAMED(c), (long long)pause_ms / 1000,
	    QUOTED(told->why));
	credential_alarm(c, told->why);
}

int64_t
credential_pause_ms(const struct credential *c)
{
	int64_t left = pace_left_ms(&c->pace, clock_mono_ms());

	if (left > 0)
		return left;
	return c->state == CREDENTIAL_NONE || c->operator_hold
	    ? PACE_SUSPEND_MIN_MS
	    : 1000;
}

int64_t
credential_scatter_ms(const struct credential *c)
{
	uint32_t random;

	if (!guard_doubts_key(&c->guard))
		return 0;
	crypto_random(&random, sizeof random);
	return random % SCATTER_MS;
}

const char *
credential_held_why(const struct credential *c)
{
	return c->operator_hold ? "held by an operator" : c->told->why;
}

bool
credential_is_held(const struct credential *c)
{
	return c->operator_hold || c->pace.suspended ||
	    c->state == CREDENTIAL_NONE;
}

bool
credential_ready(struct credential_table *t, struct credential *c)
{
	if (pace_resumes(&c->pace, clock_mono_ms()))
		log_notice("probe " CREDENTIAL_NAME, CREDENTIAL_NAMED(c));
	return !credential_is_held(c) && c->state != CREDENTIAL_UNKNOWN &&
	    (t->settings->sendd.dry_run || access_token_current(t, c));
}

unsigned
credential_batch(const struct credential *c)
{
	unsigned batch = c->provider->batch;

	if (batch > 1 && c->settings->batch > 0 &&
	    batch > (unsigned)c->settings->batch)
		batch = (unsigned)c->settings->batch;
	return batch;
}

/* Requests that are taken, and do not fly yet. */
static unsigned
on_its_way(const struct credential *c)
{
	return c->line.comparing / credential_batch(c) + c->sealing;
}

unsigned
credential_may_send(const struct credential_table *t, struct credential *c)
{
	/* a rehearsal opens no connection */
	unsigned room = t->settings->sendd.dry_run ? REHEARSED
	    : pool_room(credential_pool(t, c));
	unsigned n = pace_may_send(&c->pace, c->settings->rate, room,
	    clock_mono_ms());
	unsigned taken = on_its_way(c);

	return n > taken ? n - taken : 0;
}

unsigned
credential_room_beside(const struct credential *c, unsigned n)
{
	unsigned room = congestion_room(&c->congestion,
	    c->pace.in_flight + on_its_way(c), n);
	bool silent = clock_mono_ms() - c->pace.started_ms >= PACE_SILENT_MS;

	return room == 0 && silent && n > 0 ? 1 : room;
}

struct authorization
credential_authorization(const struct credential *c)
{
	return (struct authorization){
	    .authorization = buf_str(&c->token.header),
	    .topic = c->topic,
	    .path = c->path,
	    .link = c->link};
}

/* --- verdicts ---------------------------------------------------------- */

static void
apply_remedies(const struct credential_table *t, struct credential *c,
    unsigned remedies)
{
	if ((remedies & REMEDY_TOKEN) != 0)
		access_token_drop(c);
	if ((remedies & REMEDY_CONNECTION) != 0 && has_endpoint(c))
		pool_renew(credential_pool(t, c));
}

static bool
ask_guard(const struct credential_table *t, struct credential *c,
    enum verdict_kind kind)
{
	const struct guard_limits limits = {
	    t->settings->quarantine.guard_window_ms,
	    t->settings->quarantine.guard_share};
	struct guard *g = &c->guard;
	bool lost = guard_judge(g, kind, &limits, clock_mono_ms());

	if (kind != VERDICT_SENT && guard_trips(g, &limits))
		log_err("guard " CREDENTIAL_NAME " suspects=%u gone=%u "
		    "accepted=%u: many devices are refused",
		    CREDENTIAL_NAMED(c), g->suspects, g->gone, g->accepted);
	return lost;
}

bool
credential_learn(const struct credential_table *t, struct credential *c,
    const struct verdict *v, const struct policy *p)
{
	if ((p->remedies & REMEDY_SLOWER) != 0)
		credential_slower(t, c);
	/* the key is right after all: the others need not wait */
	if (p->event == PACE_ACCEPTED && guard_doubts_key(&c->guard))
		pace_reset(&c->pace);
	pace_on(&c->pace, p->event);
	if ((p->remedies & REMEDY_ALARM) != 0)
		credential_alarm(c, v->why);
	if (p->again != AGAIN_UNHELD) /* else they are tried once */
		apply_remedies(t, c, p->remedies);
	return (p->event == PACE_ACCEPTED ||
		   (p->remedies & REMEDY_QUARANTINE) != 0) &&
	    ask_guard(t, c, v->kind);
}

bool
credential_key_refused(struct credential *c, int64_t device)
{
	return guard_key_refused(&c->guard, device);
}

bool
credential_refused(const struct credential_table *t, struct credential *c,
    const struct verdict *v, const struct policy *p, int64_t asked_ms)
{
	unsigned cures = p->remedies & (REMEDY_TOKEN | REMEDY_CONNECTION);
	bool curable = cures != 0 && c->state == CREDENTIAL_READY;

	switch (pace_refused(&c->pace, curable, asked_ms, clock_now_ms())) {
	case PACE_CURE:
		apply_remedies(t, c, cures);
		return true;
	case PACE_AGAIN:
		return true;
	default:
		credential_suspend(c, v->why, v->after_s);
		return false;
	}
}

void
credential_table_done(struct credential_table *t)
{
	for (struct credential *c = t->first; c != NULL; c = c->next) {
		credential_reset(c);
		buf_done(&c->token.header);
		free(c->host);
		free(c->told);
	}
	for (int p = 0; p < PLATFORM__COUNT; p++)
		for (int d = 0; d < 2; d++)
			hash_done(&t->by_app[p][d]);
	hash_done(&t->with_hosts);
	arena_free(t->memory);
	t->memory = NULL;
	t->first = NULL;
	operator_holds_done(&t->operator_holds);
	keyring_free(t->keyring);
}
