/* SPDX-License-Identifier: MIT */
#include "fcgi/idempotency.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/text.h"

#include "db/idempotency.h"
#include "db/integration.h"

#include "fcgi/call.h"

static bool
is_key(const char *key)
{
	size_t len = strlen(key);

	for (const char *p = key; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return len >= 1 && len <= IDEMPOTENCY_KEY_MAX;
}

/* Hash a text and its NUL: no text contains one, so "ab" + "c" and "a" + "bc"
 * differ. */
static void
digest_two(const char *text, const void *data, size_t len, char hex[65])
{
	size_t begin = strlen(text) + 1;
	struct buf b = BUF(begin + len);
	unsigned char sum[32];

	(void)buf_add(&b, text, begin);
	(void)buf_add(&b, data, len);
	crypto_sha256(buf_str(&b), b.len, sum);
	text_hex(sum, sizeof sum, hex);
	buf_done(&b);
}

const struct err *
idempotency_read(struct call *c, const char *app_id, struct idempotency *r)
{
	const char *key = c->request->idempotency_key;
	const char *whose, *path;

	*r = (struct idempotency){.wanted = key != NULL};
	if (key == NULL)
		return NULL;
	if (!is_key(key))
		return err_new(ERR_INVALID, "Idempotency-Key must be 1 to %d "
		    "characters of printable ASCII", IDEMPOTENCY_KEY_MAX);
	/* keys of different callers are apart */
	whose = arena_fmt(c->mem, "%lld\n%s", c->caller != NULL
		? (long long)c->caller->id : 0LL, app_id);
	digest_two(whose, key, strlen(key), r->key);
	path = c->route->path;
	if (c->path_id != 0)
		path = arena_fmt(c->mem, "%s\n%lld", path,
		    (long long)c->path_id);
	digest_two(path, c->request->body, c->request->body_len, r->request);
	return NULL;
}

/* Find an earlier send with this key: *send is its id, or 0. */
static const struct err *
find_earlier(struct call *c, struct idempotency *r, uint64_t *send)
{
	struct idempotency_use use;
	const struct err *e;

	*send = 0;
	if (!r->wanted)
		return NULL;
	e = idempotency_by_name(c->db, c->mem, r->key, &use);
	if (e != NULL)
		return e->code == ERR_MISSING ? NULL : e;
	*send = use.send;
	r->refused = use.refused;
	if (strcmp(use.request, r->request) != 0)
		return problem_as(c, PROBLEM_CONFLICT, err_new(ERR_CONFLICT,
		    "Idempotency-Key was used with another request"));
	return NULL;
}

/* Of two calls at once the loser finds the winner's send at the second try: it
 * has met the winner's key, or that a campaign was sent meanwhile. */
static bool
may_have_lost(const struct err *e)
{
	return e->code == ERR_DUPLICATE || e->code == ERR_CONFLICT;
}

const struct err *
idempotency_once(struct call *c, struct idempotency *r,
		 idempotency_fn *fn, void *arg, uint64_t *before)
{
	const struct err *e;

	for (int i = 0; i < 2; i++) {
		if ((e = find_earlier(c, r, before)) != NULL)
			return e;
		if (*before != 0) {
			reply_header(c, "Idempotency-Replayed", "true");
			return NULL;
		}
		e = fn(c, arg);
		if (e == NULL || !r->wanted || !may_have_lost(e))
			break;
	}
	return e;
}
