/* SPDX-License-Identifier: MIT */
#include "push/provider.h"

#include <string.h>

const char *
provider_name_of(unsigned platform)
{
	return platform < PLATFORM__COUNT ? providers[platform]->name : "all";
}

const struct provider *
provider_by_name(const char *name)
{
	for (int i = 0; i < PLATFORM__COUNT; i++)
		if (strcasecmp(name, providers[i]->name) == 0 ||
		    strcasecmp(name, providers[i]->old_name) == 0)
			return providers[i];
	return NULL;
}

unsigned
provider_how(const struct provider_settings *s)
{
	return (s->data_only ? COMPOSE_DATA_ONLY : 0) |
	    (s->apple ? COMPOSE_APPLE : 0);
}

bool
provider_configured(const struct provider *p, const struct bytes *values)
{
	for (unsigned i = 0; i < p->n_fields; i++)
		if (p->fields[i].kind != FIELD_TEXT && values[i].data == NULL)
			return false;
	return true;
}

const struct credential_field *
provider_field(const struct provider *p, enum field_role role)
{
	for (unsigned i = 0; i < p->n_fields; i++)
		if (p->fields[i].role == role)
			return &p->fields[i];
	return NULL;
}

const char *
provider_value(const struct provider *p, const struct bytes *values,
    enum field_role role)
{
	const struct credential_field *f = provider_field(p, role);

	return f != NULL ? values[f - p->fields].data : NULL;
}

const struct err *
provider_address(const struct provider *p, const struct provider_settings *s,
    const struct template *t, const struct authorization *g,
    const struct target *targets, size_t n, int64_t now_ms, struct exchange *x)
{
	const struct err *e = NULL;

	for (size_t i = 0; p->allow != NULL && e == NULL && i < n; i++)
		e = p->allow(s, targets[i].token);
	return e != NULL ? e : p->address(t, g, targets, n, now_ms, x);
}

const struct err *
provider_probe(const struct provider *p, const struct authorization *g,
    struct exchange *x)
{
	const struct probe *b = &p->probe;
	const char *path = b->path != NULL ? b->path : g->path;
	bool authorized = p->sign != NULL || p->ask != NULL;

	if ((authorized && !exchange_safe(g->authorization)) ||
	    !exchange_safe(path) || (b->topic && !exchange_safe(g->topic)))
		return err_new(ERR_FAULT,
		    "the credential cannot stand in a request");
	x->path = path;
	if (authorized)
		exchange_header(x, "authorization", g->authorization);
	if (b->topic)
		exchange_header(x, "apns-topic", g->topic);
	for (size_t i = 0; b->headers[i].name != NULL; i++)
		exchange_header(x, b->headers[i].name, b->headers[i].value);
	x->body = b->body;
	x->body_len = strlen(b->body);
	return NULL;
}

bool
environment_choose(const char *of_app, const char *of_device, bool development,
    unsigned *environment)
{
	if (of_app != NULL)
		development = strcmp(of_app, "development") == 0;
	*environment = development;
	if (of_device == NULL)
		return true;
	if (strcmp(of_device, "production") == 0)
		*environment = 0;
	return development || strcmp(of_device, "development") != 0;
}

void
template_done(struct template *t)
{
	buf_done(&t->head);
	buf_done(&t->middle);
	buf_done(&t->tail);
}
