/* SPDX-License-Identifier: MIT */
#include "core/credentials.h"

#include <string.h>

#include "lib/clock.h"

#define JWT_MAX 8192

const struct err *
credentials_check(struct arena *a, const struct settings *s,
    const struct provider *p, struct bytes values[CREDENTIAL_FIELDS],
    struct credential_finding *found)
{
	*found = (struct credential_finding){0};
	if (p->complete != NULL)
		p->complete(a, values);
	return p->check(a, &s->provider[p->platform], values, found);
}

static const struct err *
authorize(const struct provider *p, const struct access *access)
{
	int64_t now_s = clock_now_ms() / 1000;
	const struct err *e = NULL;

	if (p->sign != NULL) {
		struct buf jwt = BUF(JWT_MAX);

		e = p->sign(access, "https://push.example.net", now_s, &jwt);
		buf_done(&jwt);
	} else if (p->ask != NULL) {
		struct exchange *x = exchange_new();

		e = p->ask(access, "/", now_s, x);
		exchange_free(x);
	}
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return e;
}

const struct err *
credentials_try(struct arena *a, const struct settings *s,
    const struct provider *p, const struct bytes *values)
{
	const struct provider_settings *section = &s->provider[p->platform];
	/* its doubts were reported when the credential was set */
	struct credential_finding found = {0};
	struct access access;
	const struct err *e;

	if ((e = p->check(a, section, values, &found)) != NULL ||
	    (e = p->open(a, section, values, &access)) != NULL)
		return e;
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return authorize(p, &access);
}

const char *
credentials_state(struct arena *a, const struct settings *s,
    const struct credentials *k, enum platform p, const char **why)
{
	const struct err *e;

	*why = k->trouble[p][0] != '\0' ? k->trouble[p] : NULL;
	if (*why != NULL)
		return "error";
	if (!provider_configured(providers[p], k->values[p]))
		return "none";
	if ((e = credentials_try(a, s, providers[p], k->values[p])) == NULL)
		return "ok";
	*why = arena_text(a, e->text, strlen(e->text));
	return "error";
}

struct json *
credentials_detail(struct arena *a, const struct provider *p,
    const struct bytes *values)
{
	struct json *detail = json_new_object(a);

	for (unsigned i = 0; i < p->n_fields; i++)
		if (p->fields[i].kind == FIELD_TEXT)
			json_set_text(detail, p->fields[i].name,
			    values[i].data);
	return detail;
}

const struct credential_field *
credentials_shown(const struct application *app, const struct provider *p,
    unsigned place, const char **value)
{
	for (unsigned i = 0; i < p->n_fields; i++)
		if (p->fields[i].shown == place) {
			*value = app->shown[p->platform][place - 1];
			return &p->fields[i];
		}
	return NULL;
}

const char *
credentials_value(const struct application *app, const struct provider *p,
    enum field_role role)
{
	const struct credential_field *f = provider_field(p, role);

	return f != NULL && f->shown > 0
	    ? app->shown[p->platform][f->shown - 1]
	    : NULL;
}

const char *
credentials_environment(const struct credentials *c)
{
	const char *environment = NULL;

	for (int p = 0; environment == NULL && p < PLATFORM__COUNT; p++)
		environment = provider_value(
		    providers[p], c->values[p], FIELD_ENVIRONMENT);
	return environment;
}
