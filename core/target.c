/* SPDX-License-Identifier: MIT */
#include "core/target.h"

#include <stdlib.h>
#include <string.h>

#include "core/credentials.h"
#include "db/history.h"
#include "lib/log.h"

static enum target_fate
refuse(struct outbox_target *t, enum target_fate fate)
{
	t->refused = target_reason(fate);
	return fate;
}

enum target_fate
target_choose(const struct target_rule *rule, const struct device *d,
    struct outbox_target *t)
{
	const struct provider *p = provider_by_name(d->platform);

	if (rule->personal && !d->active)
		return TARGET_INACTIVE;
	if (p == NULL)
		return TARGET_UNKNOWN;
	if (!rule->app->has[p->platform] && !rule->later)
		return TARGET_UNCONFIGURED;
	*t = (struct outbox_target){.device = d->id, .token = d->token,
	    .generation = d->generation, .platform = p->platform};
	if (!rule->app->has[p->platform])
		return refuse(t, TARGET_UNCONFIGURED);
	if (p->environments &&
	    !environment_choose(
		credentials_value(rule->app, p, FIELD_ENVIRONMENT),
		d->environment, rule->development, &t->environment))
		return refuse(t, TARGET_REFUSED);
	return TARGET_GOES;
}

enum target_fate
target_check(const struct target_row *row, const struct device_now *now,
    const char *of_app, bool development, unsigned *environment)
{
	const struct provider *p = now->there
		? provider_by_name(now->platform)
		: NULL;

	if (p == NULL || p->platform != row->platform ||
	    now->generation != row->generation)
		return TARGET_REMOVED;
	if (row->personal && !now->active)
		return TARGET_INACTIVE;
	*environment = 0;
	if (p->environments &&
	    !environment_choose(of_app, now->environment, development,
		environment))
		return TARGET_REFUSED;
	return TARGET_GOES;
}

const char *
target_why(enum target_fate fate)
{
	static const char *const words[TARGET__COUNT] = {
	    [TARGET_REFUSED] = "a device of the development environment "
			       "cannot be reached by an application in "
			       "production",
	    [TARGET_INACTIVE] = "the message is personal and the activation "
				"is not active",
	    [TARGET_UNCONFIGURED] = "the application has no credentials for "
				    "this platform",
	    [TARGET_UNKNOWN] = "the platform is unknown",
	    [TARGET_REMOVED] = "the device was removed, or is another's",
	    [TARGET_TOO_MANY] = "the user has too many devices: a campaign "
				"reaches them",
	};

	return words[fate];
}

const char *
target_reason(enum target_fate fate)
{
	static const char *const words[TARGET__COUNT] = {
	    [TARGET_REFUSED] = "environment",
	    [TARGET_INACTIVE] = "inactive",
	    [TARGET_UNCONFIGURED] = "no credentials",
	    [TARGET_UNKNOWN] = "unknown platform",
	    [TARGET_REMOVED] = "removed",
	    [TARGET_TOO_MANY] = "too many devices",
	};

	return words[fate];
}

static void
choose_device(const struct target_rule *rule, const struct device *d,
    bool too_many, struct target_list *l)
{
	struct outbox_target *t = &l->targets[l->n_targets];
	enum target_fate fate = target_choose(rule, d, t);

	if (too_many && (fate == TARGET_GOES || t->refused != NULL))
		fate = refuse(t, TARGET_TOO_MANY);
	l->fates[l->n++] = fate;
	l->by[fate]++;
	if (fate == TARGET_GOES || t->refused != NULL)
		l->n_targets++;
	else if (fate == TARGET_UNCONFIGURED)
		l->unconfigured[provider_by_name(d->platform)->platform]++;
}

static void
choose_all(struct arena *a, const struct target_rule *rule, size_t n,
    bool too_many, struct target_list *out)
{
	out->targets = arena_zero(a, n * sizeof *out->targets);
	out->fates = arena_zero(a, n * sizeof *out->fates);
	for (size_t i = 0; i < n; i++)
		choose_device(rule, &out->devices[i], too_many, out);
}

static bool
is_left_out(enum target_fate fate)
{
	return fate == TARGET_INACTIVE || fate == TARGET_UNKNOWN ||
	    fate == TARGET_UNCONFIGURED;
}

void
target_left_out(struct arena *a, const struct target_list *list,
    struct outbox_message *m)
{
	struct outbox_target *left;

	m->nobody = list->n == 0;
	if (list->n == list->n_targets)
		return;
	left = arena_zero(a, list->n * sizeof *left);
	for (size_t i = 0; i < list->n; i++) {
		const struct device *d = &list->devices[i];
		const struct provider *p = provider_by_name(d->platform);

		/* what is refused is a target */
		if (is_left_out(list->fates[i]))
			left[m->n_left_out++] = (struct outbox_target){
			    .device = d->id, .platform = p != NULL
				? p->platform : HISTORY_PLATFORM_NONE,
			    .refused = target_reason(list->fates[i])};
	}
	m->left_out = left;
}

static void
log_refused(const struct outbox_target *list, size_t n, uint64_t send,
    const char *app_id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].refused != NULL)
			log_info("reject message=%llu provider=%s app=%s "
			    "device=%lld why=\"%s\"",
			    (unsigned long long)send,
			    list[i].platform < PLATFORM__COUNT
				? providers[list[i].platform]->name
				: "none", app_id, (long long)list[i].device,
			    QUOTED(list[i].refused));
}

void
target_log(const struct outbox_message *m, uint64_t send, const char *app_id)
{
	if (m->nobody)
		log_info("reject message=%llu app=%s why=\"no device\"",
		    (unsigned long long)send, app_id);
	log_refused(m->targets, m->n_targets, send, app_id);
	log_refused(m->left_out, m->n_left_out, send, app_id);
}

const struct err *
target_too_many(void)
{
	return err_new(ERR_TOOBIG, "a user has more than %d devices: a "
	    "campaign reaches them", DEVICE_TARGETS_MAX);
}

const struct err *
target_find(struct db *db, struct arena *a, const struct target_rule *rule,
    const char *user_id, const char *activation_id, struct target_list *out)
{
	const struct err *e;
	bool more = false;
	size_t n;

	*out = (struct target_list){0};
	e = device_targets(db, a, user_id, rule->app->id, activation_id,
	    &out->devices, &n, &more);
	if (e == NULL && more && !rule->later)
		e = target_too_many();
	if (e == NULL)
		choose_all(a, rule, n, more, out);
	return e;
}

/* --- of many messages ------------------------------------------------- */

struct target_search {
	struct db *db;
	struct arena *a;
	struct target_rule rule;
	struct target_query **queries; /* ordered by user */
	size_t n, found, max;	       /* targets */
};

static int
by_user(const void *a, const void *b)
{
	const struct target_query *x = *(struct target_query *const *)a;
	const struct target_query *y = *(struct target_query *const *)b;

	return strcmp(x->user_id, y->user_id);
}

static const struct err *
count_found(struct target_search *s, const struct target_query *q)
{
	s->found += q->list.n_targets;
	if (s->found <= s->max)
		return NULL;
	return err_new(ERR_TOOBIG, "the call sends to more than %zu devices: a "
	    "campaign reaches them", s->max);
}

/* Those of the user's devices that have the activation. */
static size_t
pick_devices(struct arena *a, const struct device_user *u,
    const char *activation_id, struct device **picked)
{
	size_t n = 0;

	*picked = arena_alloc(a, u->n * sizeof **picked);
	for (size_t i = 0; i < u->n; i++) {
		const char *id = u->devices[i].activation_id;

		if (id != NULL && strcmp(id, activation_id) == 0)
			(*picked)[n++] = u->devices[i];
	}
	return n;
}

static const struct err *
choose_of_user(struct target_search *s, const struct device_user *u,
    struct target_query *q)
{
	size_t n = u->n;

	s->rule.personal = q->personal;
	q->list = (struct target_list){.devices = u->devices};
	if (q->activation_id != NULL)
		n = pick_devices(s->a, u, q->activation_id, &q->list.devices);
	choose_all(s->a, &s->rule, n, false, &q->list);
	return count_found(s, q);
}

/* The users of the queries, each once. */
static size_t
list_users(const struct target_search *s, struct device_user *users)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const char *id = s->queries[i]->user_id;

		if (n == 0 || strcmp(users[n - 1].user_id, id) != 0)
			users[n++] = (struct device_user){.user_id = id};
	}
	return n;
}

static const struct err *
find_together(struct target_search *s, bool *more)
{
	struct device_user *users = arena_alloc(s->a, s->n * sizeof *users);
	const struct err *e = device_targets_of_users(s->db, s->a,
	    s->rule.app->id, users, list_users(s, users), more);
	struct device_user *u = users;

	for (size_t i = 0; e == NULL && !*more && i < s->n; i++) {
		if (strcmp(u->user_id, s->queries[i]->user_id) != 0)
			u++;
		e = choose_of_user(s, u, s->queries[i]);
	}
	return e;
}

static const struct err *
find_alone(struct target_search *s, struct target_query *q)
{
	const struct err *e;

	s->rule.personal = q->personal;
	e = target_find(s->db, s->a, &s->rule, q->user_id, q->activation_id,
	    &q->list);
	q->too_many = e != NULL && e->code == ERR_TOOBIG;
	return e != NULL && !q->too_many ? e : count_found(s, q);
}

/* Users with very many devices are searched one by one, and so is a single
 * one, by his activation too. */
const struct err *
target_find_all(struct db *db, struct arena *a, const struct target_rule *rule,
    struct target_query *queries, size_t n, size_t max)
{
	struct target_search s = {.db = db, .a = a, .rule = *rule, .n = n,
	    .queries = arena_alloc(a, n * sizeof *s.queries), .max = max};
	const struct err *e = NULL;
	bool alone = n <= 1;

	for (size_t i = 0; i < n; i++)
		s.queries[i] = &queries[i];
	qsort(s.queries, n, sizeof *s.queries, by_user);
	if (n == 1 && queries->user != NULL)
		return choose_of_user(&s, queries->user, queries);
	if (!alone)
		e = find_together(&s, &alone);
	for (size_t i = 0; e == NULL && alone && i < n; i++)
		e = find_alone(&s, s.queries[i]);
	return e;
}

const char *
target_nobody(const struct target_list *list, bool activation)
{
	if (list->n == 0)
		return activation
			? "the user has no device of that activation"
			: "the user has no device";
	if (list->by[TARGET_INACTIVE] == list->n)
		return "the message is personal, and no device has an active "
		       "activation";
	return NULL;
}

const char *
target_unconfigured(struct arena *a, enum platform p, size_t n)
{
	return arena_fmt(a, "the application has no credentials for %s: %zu "
	    "devices are left out", providers[p]->name, n);
}
