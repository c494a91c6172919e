/* SPDX-License-Identifier: MIT */
#include "core/target.h"

#include "core/credentials.h"

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
		e = err_new(ERR_TOOBIG, "a user has more than %d devices: a "
		    "campaign reaches them", DEVICE_TARGETS_MAX);
	if (e != NULL)
		return e;
	out->targets = arena_zero(a, n * sizeof *out->targets);
	out->fates = arena_zero(a, n * sizeof *out->fates);
	for (size_t i = 0; i < n; i++)
		choose_device(rule, &out->devices[i], more, out);
	return NULL;
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
