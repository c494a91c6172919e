/* SPDX-License-Identifier: MIT */
#include "core/target.h"

static bool
has_credentials(const struct application *app, enum platform p)
{
	return p == PLATFORM_APNS ? app->apns :
	    p == PLATFORM_FCM	  ? app->fcm :
				    app->hms;
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
	if (!has_credentials(rule->app, p->platform))
		return TARGET_UNCONFIGURED;
	*t = (struct outbox_target){.device = d->id, .token = d->token,
	    .platform = p->platform};
	if (p->platform == PLATFORM_APNS &&
	    !apns_environment(rule->app->apns_environment, d->environment,
		rule->development, &t->environment))
		t->refused = "environment";
	return t->refused != NULL ? TARGET_REFUSED : TARGET_GOES;
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
	};

	return words[fate];
}

static void
choose(const struct target_rule *rule, const struct device *d,
    struct target_list *l)
{
	struct outbox_target *t = &l->targets[l->n_targets];
	enum target_fate fate = target_choose(rule, d, t);

	l->fates[l->n++] = fate;
	l->by[fate]++;
	if (fate == TARGET_GOES || fate == TARGET_REFUSED)
		l->n_targets++;
	else if (fate == TARGET_UNCONFIGURED)
		l->unconfigured[provider_by_name(d->platform)->platform]++;
}

const struct err *
target_find(struct db *db, struct arena *a, const struct target_rule *rule,
    const char *user_id, const char *activation_id, struct target_list *out)
{
	const struct err *e;
	size_t n;

	*out = (struct target_list){0};
	e = device_targets(db, a, user_id, rule->app->id, activation_id,
	    &out->devices, &n);
	if (e != NULL)
		return e;
	out->targets = arena_zero(a, n * sizeof *out->targets);
	out->fates = arena_zero(a, n * sizeof *out->fates);
	for (size_t i = 0; i < n; i++)
		choose(rule, &out->devices[i], out);
	return NULL;
}
