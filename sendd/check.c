/* SPDX-License-Identifier: MIT */
#include "sendd/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/live.h"
#include "db/live_check.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/mem.h"

#define CHECK_TIMEOUT_MS 8000
#define CHECK_LOOK_MS 1000

struct try {
	struct credential *c;
	struct exchange *x; /* in flight; or NULL */
	const char *result; /* NULL: not over; none, ok, refused, unknown */
	char why[200];
};

struct check {
	struct check *next;
	int64_t app, until_ms;
	bool found; /* all of its credentials are */
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

/* The credentials of providers with environments, or of those without. */
static void
find_credentials(struct checker *s, struct check *k, bool environments,
    unsigned environment)
{
	for (unsigned p = 0; p < PLATFORM__COUNT; p++)
		if (providers[p]->environments == environments)
			k->tries[p].c = credential_of(s->credentials, k->app,
			    p, environment, providers[p]->host != NULL
			    ? text_bytes("") : (struct bytes){NULL, 0});
}

static void
begin_check(struct checker *s, int64_t app)
{
	struct check *k;

	if (app == LIVE_NETWORK) {
		if (s->reach == NULL)
			s->reach = reach_begin(s->settings, s->credentials);
		return;
	}
	k = xcalloc(1, sizeof *k);
	k->app = app;
	k->until_ms = clock_mono_ms() + CHECK_TIMEOUT_MS;
	find_credentials(s, k, false, 0);
	k->next = s->first;
	s->first = k;
}

/* --- requests --------------------------------------------------------- */

static const struct err *
take_requests(struct db *db, void *task)
{
	struct checker *s = task;

	return live_check_take(db, s->memory, s->identity->self.name, &s->apps,
	    &s->n_apps);
}

static const struct err *
begin_checks(void *task, const struct err *e)
{
	struct checker *s = task;

	for (size_t i = 0; e == NULL && i < s->n_apps; i++) {
		const struct check *k = s->first;

		while (k != NULL && k->app != s->apps[i])
			k = k->next;
		if (k == NULL)
			begin_check(s, s->apps[i]);
	}
	arena_free(s->memory);
	s->looking = false;
	return e;
}

void
check_look(struct checker *s)
{
	int64_t now_ms = clock_mono_ms();

	if (s->looking || now_ms < s->due_ms)
		return;
	s->due_ms = now_ms + CHECK_LOOK_MS;
	s->looking = true;
	s->memory = arena_new();
	s->n_apps = 0;
	s->task.work = take_requests;
	s->task.done = begin_checks;
	db_tasks_give(s->tasks, &s->task);
}

/* --- tries ------------------------------------------------------------ */

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
	else if (c->state == CREDENTIAL_UNKNOWN)
		return;
	else if (c->provider->host != NULL)
		end(t, "ok", ""); /* only a browser's service could say more */
	else if (credential_ready(s->credentials, c))
		start_probe(s, t);
}

/* The credentials of providers with environments are those of the environment
 * that the others name, when they are loaded. */
static bool
has_credentials(struct checker *s, struct check *k, bool late)
{
	for (int p = 0; !k->found && p < PLATFORM__COUNT; p++)
		if (k->tries[p].c != NULL && !late &&
		    k->tries[p].c->state == CREDENTIAL_UNKNOWN)
			return false;
	if (!k->found)
		find_credentials(s, k, true, environment_of(s, k));
	return k->found = true;
}

static bool
is_over(struct checker *s, struct check *k)
{
	bool late = clock_mono_ms() > k->until_ms;
	bool over = has_credentials(s, k, late);

	for (int p = 0; k->found && p < PLATFORM__COUNT; p++) {
		go_on(s, &k->tries[p], late);
		over &= k->tries[p].result != NULL;
	}
	return over;
}

/* --- answers ---------------------------------------------------------- */

struct check_answer {
	struct db_task task;
	char instance[INSTANCE_NAME];
	int64_t app;
	struct json *answer;
};

static const struct err *
write_answer(struct db *db, void *task)
{
	struct check_answer *a = task;

	return live_check_done(db, a->instance, a->app,
	    json_write(a->answer, NULL));
}

static const struct err *
end_answer(void *task, const struct err *e)
{
	struct check_answer *a = task;

	json_free(a->answer);
	free(a);
	return e;
}

/* Of a check that is over; it owns the answer. */
static void
give_answer(struct checker *s, int64_t app, struct json *answer)
{
	struct check_answer *a = xcalloc(1, sizeof *a);

	a->task.work = write_answer;
	a->task.done = end_answer;
	memcpy(a->instance, s->identity->self.name, sizeof a->instance);
	a->app = app;
	a->answer = answer;
	db_tasks_give(s->tasks, &a->task);
}

static struct json *
answer_of(const struct check *k)
{
	struct json *j = json_new_object(NULL);

	for (int p = 0; p < PLATFORM__COUNT; p++) {
		struct json *one = json_set_object(j, providers[p]->name);

		json_set_text(one, "result", k->tries[p].result);
		if (k->tries[p].why[0] != '\0')
			json_set_text(one, "reason", k->tries[p].why);
	}
	return j;
}

static struct json *
answer_of_reach(struct checker *s)
{
	struct json *j = json_new_object(NULL);

	json_set_text(j, "instance", s->identity->self.name);
	reach_write(s->reach, s->figures, j);
	reach_free(s->reach);
	s->reach = NULL;
	return j;
}

void
check_drive(struct checker *s)
{
	if (s->reach != NULL && reach_is_over(s->reach))
		give_answer(s, LIVE_NETWORK, answer_of_reach(s));
	for (struct check **at = &s->first; *at != NULL;) {
		struct check *k = *at;

		if (!is_over(s, k)) {
			at = &k->next;
			continue;
		}
		*at = k->next;
		give_answer(s, k->app, answer_of(k));
		free(k);
	}
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
