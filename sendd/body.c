/* SPDX-License-Identifier: MIT */
#include "sendd/body.h"

#include <stdlib.h>
#include <string.h>

#include "core/refusal.h"
#include "lib/log.h"
#include "lib/mem.h"

#define BUCKETS 1024
#define IDLE_MAX 64 /* shared bodies cached without a reference */

struct bodies {
	struct body *buckets[BUCKETS];
	unsigned idle;
};

struct bodies *
bodies_new(void)
{
	return xcalloc(1, sizeof(struct bodies));
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
	free(body->json);
	free(body);
}

void
bodies_free(struct bodies *b)
{
	if (b == NULL)
		return;
	for (int i = 0; i < BUCKETS; i++)
		while (b->buckets[i] != NULL) {
			struct body *body = b->buckets[i];

			b->buckets[i] = body->next;
			body_free(body);
		}
	free(b);
}

/* Free shared bodies without references, except any few of them. */
static void
sweep_bodies(struct bodies *b)
{
	unsigned shared_idle = 0;

	for (int i = 0; i < BUCKETS; i++)
		for (struct body **at = &b->buckets[i]; *at != NULL;) {
			struct body *body = *at;

			if (body->refs > 0 || ++shared_idle <= IDLE_MAX / 2) {
				at = &body->next;
				continue;
			}
			*at = body->next;
			body_free(body);
		}
	b->idle = 0;
}

struct body *
bodies_find(struct bodies *b, uint64_t id)
{
	struct body *body = b->buckets[id % BUCKETS];

	while (body != NULL && body->id != id)
		body = body->next;
	if (body != NULL)
		body->refs++;
	return body;
}

struct body *
body_new(const char *json, size_t len)
{
	struct body *body = xcalloc(1, sizeof *body);

	body->json = xmalloc(len + 1);
	memcpy(body->json, json, len);
	body->json[len] = '\0';
	body->len = len;
	body->refs = 1;
	return body;
}

struct body *
bodies_add(struct bodies *b, uint64_t id, const char *json, size_t len)
{
	struct body *body = body_new(json, len);

	body->id = id;
	if (++b->idle > IDLE_MAX)
		sweep_bodies(b);
	body->next = b->buckets[id % BUCKETS];
	b->buckets[id % BUCKETS] = body;
	return body;
}

void
body_release(struct body *body)
{
	if (--body->refs == 0 && body->id == 0)
		body_free(body);
}

static void
compose_body(struct body *body, struct arena *a, const struct provider *p,
    unsigned how)
{
	struct template *t = xcalloc(1, sizeof *t);
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
