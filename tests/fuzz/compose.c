/* SPDX-License-Identifier: MIT */
/*
 * A message, as its caller wrote it, in the form of each provider: JSON to
 * the letter, within the provider's size, no header or path that breaks out.
 * Input: a line with letters, "s" silent, "l" low, "d" data only, "a" with
 * a block for Apple devices, and the moment it expires; a line with the
 * token; the body as JSON.
 */
#include "push/provider.h"
#include "tests/fuzz/strict_json.h"

struct ask {
	bool silent, high;
	unsigned how;
	int64_t expires_ms;
	const char *token;
};

static void
check_request(const struct provider *p, const struct exchange *x)
{
	MUST(x->path[0] == '/' && exchange_safe(x->path));
	for (unsigned i = 0; i < x->n_headers; i++)
		MUST(exchange_safe(x->headers[i].value));
	/* head and tail of a batch come on top of what the service counts */
	MUST(x->body_len <= p->payload_max + 8192);
	MUST(is_strict_json(x->body, x->body_len, 80, NULL));
}

static void
compose(const struct provider *p, const struct message *m,
    const struct ask *ask)
{
	static const struct authorization grant = {
	    "bearer abc", "com.example.app", "/v1/projects/demo/messages:send"};
	const struct target targets[] = {{ask->token, 7}, {"good-token", 8}};
	struct exchange *x = exchange_new();
	const struct err *e;
	struct template t;

	e = p->compose(m, ask->how, &t);
	if (e == NULL) {
		MUST(t.size <= p->payload_max && is_plain(t.collapse));
		e = p->address(&t, &grant, targets, p->batch > 1 ? 2 : 1,
		    FUZZ_NOW_MS, x);
		if (e == NULL)
			check_request(p, x);
		else
			MUST(e->code == ERR_INVALID);
	} else {
		MUST(e->code == ERR_TOOBIG || e->code == ERR_INVALID);
	}
	template_done(&t);
	exchange_free(x);
}

/* What is stored is read again; written and read again it is the same. */
static void
check(struct arena *a, struct json *body, const struct ask *ask)
{
	struct message m;
	size_t len;
	const char *stored = message_write(a, message_text(a, body),
	    ask->silent, ask->high, ask->expires_ms, &len);

	MUST(is_strict_json(stored, len, 80, NULL));
	if (message_read(a, stored, len, &m) != NULL)
		return;
	MUST(m.silent == ask->silent && m.high == ask->high);
	MUST(m.expires_ms == ask->expires_ms);
	for (unsigned i = 0; i < PLATFORM__COUNT; i++)
		compose(providers[i], &m, ask);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct arena *a = arena_new();
	const char *line = input_line(&in), *s;
	struct ask ask = {strchr(line, 's') != NULL,
	    strchr(line, 'l') == NULL,
	    (strchr(line, 'd') != NULL ? COMPOSE_DATA_ONLY : 0) |
		(strchr(line, 'a') != NULL ? COMPOSE_APPLE : 0), 0, NULL};
	struct json *body = NULL;
	size_t len;

	ask.expires_ms = strtoll(line + strcspn(line, "0123456789"), NULL,
	    10) % 253402300800000;
	ask.token = input_line(&in);
	s = input_rest(&in, &len);
	if (json_parse(a, s, len, 32, &body) == NULL &&
	    json_kind(body) == JSON_OBJECT)
		check(a, body, &ask);
	arena_free(a);
	input_done(&in);
	return 0;
}
