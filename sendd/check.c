/* SPDX-License-Identifier: MIT */
#include "sendd/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/live.h"
#include "db/live_check.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/mem.h"

#define CHECK_TIMEOUT_MS 8000

struct try {
	struct credential *c;
	struct exchange *x; /* in flight; or NULL */
	const char *result; /* NULL: not over; none, ok, refused, unknown */
	char why[200];
};

struct check {
	struct check *next;
	int64_t app, until_ms;
	struct try tries[PLATFORM__COUNT];
};

static void
end(struct try *t, const char *result, const char *why)
{
	t->result = result;
	(void)snprintf(t->why, sizeof t->why, "%.199s", why);
}

/* The application's environment, which each of its credentials has. */
static unsigned
environment_of(const struct checker *s, const struct check *k)
{
	const char *own = NULL;

	for (int p = 0; own == NULL && p < PLATFORM__COUNT; p++)
		if (k->tries[p].c != NULL)
			own = k->tries[p].c->of_app;
	return own != NULL ? own[0] == 'd'
			   : settings_development(s->settings);
}

/* Load the credentials of providers with environments, or of those without. */
static const struct err *
find_credentials(struct checker *s, struct check *k, bool environments,
    unsigned environment)
{
	const struct err *e = NULL;

	for (unsigned p = 0; e == NULL && p < PLATFORM__COUNT; p++)
		if (providers[p]->environments == environments)
			e = credential_of(s->credentials, s->db, k->app, p,
			    environment, providers[p]->host != NULL
			    ? text_bytes("") : (struct bytes){NULL, 0},
			    &k->tries[p].c);
	return e;
}

static const struct err *
begin(struct checker *s, int64_t app)
{
	struct check *k;
	const struct err *e;

	if (app == LIVE_NETWORK) {
		if (s->reach == NULL)
			s->reach = reach_begin(s->settings, s->credentials);
		return NULL;
	}
	k = xcalloc(1, sizeof *k);
	k->app = app;
	k->until_ms = clock_mono_ms() + CHECK_TIMEOUT_MS;
	e = find_credentials(s, k, false, 0);
	if (e == NULL)
		e = find_credentials(s, k, true, environment_of(s, k));
	if (e != NULL) {
		free(k);
		return e;
	}
	k->next = s->first;
	s->first = k;
	return NULL;
}

const struct err *
check_look(struct checker *s)
{
	struct arena *a = arena_new();
	int64_t *apps;
	size_t n = 0;
	const struct err *e =
	    live_check_take(s->db, a, s->identity->self.name, &apps, &n);

	for (size_t i = 0; e == NULL && i < n; i++) {
		const struct check *k = s->first;

		while (k != NULL && k->app != apps[i])
			k = k->next;
		if (k == NULL)
			e = begin(s, apps[i]);
	}
	arena_free(a);
	return e;
}

/* A provider that refuses only the device token has accepted the credential. */
static void
check_answered(void *owner, struct exchange *x)
{
	struct try *t = owner;
	struct target nobody = {"check", 1};
	struct verdict v = {0};

	t->c->provider->judge(x, &nobody, 1, &v);
	if (v.kind == VERDICT_HOLD)
		end(t, "refused", v.why);
	else if (v.kind == VERDICT_RETRY)
		end(t, "unknown", v.why);
	else
		end(t, "ok", "");
	log_info("check provider=%s app=%s result=%s why=\"%s\"",
	    t->c->provider->name, t->c->told->app_id, t->result, QUOTED(v.why));
	exchange_free(x);
	t->x = NULL;
}

static void
start_probe(struct checker *s, struct try *t)
{
	struct pool *pool = credential_pool(s->credentials, t->c);
	struct authorization authorization = credential_authorization(t->c);
	const struct err *e;

	if (pool_room(pool) == 0)
		return;
	t->x = exchange_new();
	e = provider_probe(t->c->provider, &authorization, t->x);
	if (e != NULL) {
		end(t, "refused", e->text);
		exchange_free(t->x);
		t->x = NULL;
		return;
	}
	t->x->timeout_ms = CHECK_TIMEOUT_MS;
	t->x->done = check_answered;
	t->x->owner = t;
	pool_start(pool, t->x);
}

static void
go_on(struct checker *s, struct try *t, bool late)
{
	struct credential *c = t->c;

	if (t->result != NULL || t->x != NULL)
		return;
	if (c->state == CREDENTIAL_NONE)
		end(t, "none", c->told->why);
	else if (c->pace.suspended)
		end(t, "refused", c->told->why);
	else if (late)
		end(t, "unknown", "no connection, or no token");
	else if (c->provider->host != NULL)
		end(t, "ok", ""); /* only a browser's service could say more */
	else if (credential_ready(s->credentials, c))
		start_probe(s, t);
}

static bool
is_over(struct checker *s, struct check *k)
{
	bool over = true, late = clock_mono_ms() > k->until_ms;

	for (int p = 0; p < PLATFORM__COUNT; p++) {
		go_on(s, &k->tries[p], late);
		over &= k->tries[p].result != NULL;
	}
	return over;
}

static const struct err *
write_answer(struct checker *s, const struct check *k)
{
	struct json *j = json_new_object(NULL);
	const struct err *e;

	for (int p = 0; p < PLATFORM__COUNT; p++) {
		struct json *one = json_set_object(j, providers[p]->name);

		json_set_text(one, "result", k->tries[p].result);
		if (k->tries[p].why[0] != '\0')
			json_set_text(one, "reason", k->tries[p].why);
	}
	e = live_check_done(
	    s->db, s->identity->self.name, k->app, json_write(j, NULL));
	json_free(j);
	return e;
}

static const struct err *
write_reach(struct checker *s)
{
	const char *self = s->identity->self.name;
	struct json *j = json_new_object(NULL);
	const struct err *e;

	json_set_text(j, "instance", self);
	reach_write(s->reach, s->figures, j);
	reach_free(s->reach);
	s->reach = NULL;
	e = live_check_done(s->db, self, LIVE_NETWORK, json_write(j, NULL));
	json_free(j);
	return e;
}

const struct err *
check_drive(struct checker *s)
{
	const struct err *e = s->reach != NULL && reach_is_over(s->reach)
	    ? write_reach(s) : NULL;

	for (struct check **at = &s->first; e == NULL && *at != NULL;) {
		struct check *k = *at;

		if (!is_over(s, k)) {
			at = &k->next;
			continue;
		}
		*at = k->next;
		e = write_answer(s, k);
		free(k);
	}
	return e;
}

void
check_close(struct checker *s)
{
	reach_free(s->reach);
	s->reach = NULL;
	while (s->first != NULL) {
		struct check *k = s->first;

		s->first = k->next;
		for (int p = 0; p < PLATFORM__COUNT; p++)
			exchange_free(k->tries[p].x);
		free(k);
	}
}
