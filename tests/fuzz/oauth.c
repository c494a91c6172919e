/* SPDX-License-Identifier: MIT */
/* Token servers' answers, and the service account that an operator uploads.
 * Input: a line "g STATUS" and an answer, or "s" and the account's JSON. */
#include "lib/text.h"
#include "push/oauth.h"
#include "tests/fuzz/fuzz.h"

static void
check_granted(int status, const char *body, size_t len)
{
	struct exchange *x = exchange_new();
	struct buf authorization = BUF(8192);
	const struct err *e;
	int64_t lives_s = -1;

	x->end = EXCHANGE_ANSWERED;
	x->status = status;
	(void)buf_add(&x->answer, body, len);
	e = oauth_granted(x, &authorization, &lives_s);
	if (e == NULL) {
		MUST(status == 200);
		MUST(lives_s >= 60 && lives_s <= 86400);
		MUST(text_starts(buf_str(&authorization), "Bearer "));
		MUST(exchange_safe(buf_str(&authorization)));
		MUST(strchr(authorization.data + 7, ' ') == NULL);
	} else {
		MUST(e->code == ERR_DENIED || e->code == ERR_BUSY);
		MUST(is_plain(e->text) && authorization.len == 0);
		MUST(e->code != ERR_DENIED || status < 500);
	}
	buf_done(&authorization);
	exchange_free(x);
}

static void
check_account(const char *json, size_t len)
{
	struct arena *a = arena_new();
	struct service_account s = {0};
	struct exchange *x = exchange_new();
	const struct err *e = service_account_read(a, json, len, &s);

	if (e == NULL) {
		MUST(s.key != NULL && s.client_email[0] != '\0');
		MUST(is_plain(s.project_id) && strpbrk(s.project_id, "/?# ") ==
		    NULL);
		MUST(text_starts(s.token_uri, "https://"));
		if (oauth_ask_google(&s, "/token", 1764000000, x) == NULL)
			MUST(x->n_headers == 2 && is_plain(x->body) &&
			    strlen(x->body) == x->body_len);
	} else {
		MUST(e->code == ERR_INVALID && s.key == NULL);
	}
	exchange_free(x);
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const char *line = input_line(&in), *rest;
	size_t len;

	rest = input_rest(&in, &len);
	if (*line == 's')
		check_account(rest, len);
	else
		check_granted(*line != '\0' ? (int)strtol(line + 1, NULL, 10)
					    : 200, rest, len);
	input_done(&in);
	return 0;
}
