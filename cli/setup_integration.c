/* SPDX-License-Identifier: MIT */
/* The first caller of the API. Its secret is made here, and shown once. */
#include "cli/setup_part.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/audited.h"

#include "db/integration.h"

#include "cli/audited.h"
#include "cli/secret.h"

struct first_caller {
	struct setup *s;
	const char *file; /* for token and secret; NULL: the terminal */
	bool written;
	char token[INTEGRATION_TOKEN], secret[INTEGRATION_SECRET];
};

#define CALLER_TEXT                                                            \
	(2 * INTEGRATION_NAME_MAX + INTEGRATION_TOKEN + INTEGRATION_SECRET)

static void
write_caller(const struct first_caller *r, char text[CALLER_TEXT])
{
	(void)snprintf(text, CALLER_TEXT,
	    "integration %s\ntoken  %s\nsecret %s", r->s->integration,
	    r->token, r->secret);
}

static void
forget(void *arg)
{
	struct first_caller *r = arg;

	if (r->written)
		(void)unlink(r->file);
	r->written = false;
}

/* The file is there before the COMMIT: an integration whose secret nobody has
 * is of no use. */
static const struct err *
add(void *arg)
{
	struct first_caller *r = arg;
	char text[CALLER_TEXT];
	const struct err *e = integration_add(r->s->db, r->s->integration,
	    r->s->roles, NULL, r->token, r->secret);

	if (e != NULL || r->file == NULL)
		return e;
	write_caller(r, text);
	e = secret_write(r->file, text, NULL, NULL);
	r->written = e == NULL;
	explicit_bzero(text, sizeof text);
	return e;
}

static void
describe(void *arg, struct audit *row)
{
	struct setup *s = ((struct first_caller *)arg)->s;
	struct json *j = json_new_object(s->c->mem);

	json_set_text(j, "name", s->integration);
	json_set_text(j, "role", s->roles);
	*row = (struct audit){.who = cli_who(s->c),
	    .action = "integration.create", .object = s->integration,
	    .detail = json_write(j, NULL)};
}

static void
tell_caller(struct first_caller *r)
{
	char text[CALLER_TEXT];

	setup_did(r->s, "created integration %s", r->s->integration);
	if (r->file != NULL) {
		setup_did(r->s, "wrote its token and secret to %s", r->file);
		return;
	}
	write_caller(r, text);
	printf("\n%s\n\nNo command shows this secret again.\n\n", text);
	explicit_bzero(text, sizeof text);
}

const struct err *
setup_integration(struct setup *s)
{
	static const struct audited steps = {forget, add, describe};
	struct first_caller r = {.s = s,
	    .file = cli_value(s->c, "secret-file")};
	struct integration known;
	const struct err *e;

	if (s->integration == NULL)
		return NULL;
	e = integration_named(s->db, s->c->mem, s->integration, &known);
	if (e == NULL)
		setup_same(s, "integration %s", s->integration);
	else if (e->code == ERR_MISSING &&
	    (e = audited_change(s->db, &steps, &r)) == NULL)
		tell_caller(&r);
	explicit_bzero(r.secret, sizeof r.secret);
	return e;
}
