/* SPDX-License-Identifier: MIT */
#include "sendd/body.h"

#include <stdlib.h>
#include <string.h>

#include "core/refusal.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"

#define IDLE_MAX 64 /* shared bodies kept without a reference */

TAILQ_HEAD(idle_bodies, body);

struct bodies {
	struct hash by_id;
	struct idle_bodies idle; /* those without a reference, oldest first */
	unsigned n_idle;
};

struct bodies *
bodies_new(void)
{
	struct bodies *b = xcalloc(1, sizeof *b);

	TAILQ_INIT(&b->idle);
	return b;
}

static void
body_free(struct body *body)
{
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		if (body->templates[p] != NULL)
			template_done(body->templates[p]);
		free(body->templates[p]);
		free(body->refusal[p]);
	}
	free(body);
}

/* Free idle bodies, the oldest first, until only so many are left. */
static void
free_idle(struct bodies *b, unsigned left)
{
	while (b->n_idle > left) {
		struct body *oldest = TAILQ_FIRST(&b->idle);

		TAILQ_REMOVE(&b->idle, oldest, of_idle);
		b->n_idle--;
		hash_remove(&b->by_id, oldest->id, oldest);
		body_free(oldest);
	}
}

void
bodies_free(struct bodies *b)
{
	if (b == NULL)
		return;
	free_idle(b, 0);
	hash_done(&b->by_id);
	free(b);
}

struct body *
bodies_find(struct bodies *b, uint64_t id)
{
	struct body *body = hash_find(&b->by_id, id, NULL, NULL);

	if (body != NULL && body->refs++ == 0) {
		TAILQ_REMOVE(&b->idle, body, of_idle);
		b->n_idle--;
	}
	return body;
}

struct body *
body_new(const char *json, size_t len)
{
	struct body *body = xmalloc(sizeof *body + len + 1);

	*body = (struct body){0};
	memcpy(body->json, json, len);
	body->json[len] = '\0';
	body->len = len;
	body->refs = 1;
	return body;
}

void
bodies_add(struct bodies *b, uint64_t id, struct body *body)
{
	body->id = id;
	body->shared_in = b;
	hash_add(&b->by_id, id, body);
}

void
body_release(struct body *body)
{
	struct bodies *b = body->shared_in;

	if (--body->refs > 0)
		return;
	if (b == NULL) {
		body_free(body);
		return;
	}
	TAILQ_INSERT_TAIL(&b->idle, body, of_idle);
	b->n_idle++;
	free_idle(b, IDLE_MAX);
}

static void
compose_body(struct body *body, struct arena *a, const struct provider *p,
    unsigned how)
{
	struct template *t = xmalloc(sizeof *t);
	struct message m;
	const struct err *e = message_read(a, body->json, body->len, &m);
	const char *reason = "unreadable";

	if (e == NULL && (e = p->compose(&m, how, t)) != NULL) {
		reason = refusal_reason(e);
		template_done(t);
	}
	if (e != NULL) {
		log_notice("refused provider=%s body=%llu why=\"%s\"",
		    p->name, (unsigned long long)body->id,
		    QUOTED(e->text));
		free(t);
		body->refusal[p->platform] = xstrdup(reason);
	} else {
		body->templates[p->platform] = t;
	}
	arena_reset(a);
}

const struct template *
body_template(struct body *body, struct arena *a, const struct provider *p,
    unsigned how, const char **refusal)
{
	if (body->templates[p->platform] == NULL &&
	    body->refusal[p->platform] == NULL)
		compose_body(body, a, p, how);
	*refusal = body->refusal[p->platform];
	return body->templates[p->platform];
}
