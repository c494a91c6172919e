/* SPDX-License-Identifier: MIT */
/* What PowerAuth Server answers. lib/http.c is replaced. Input: a line with
 * "3" or "4" for its version and the HTTP status; the answer. */
#include "lib/http.h"
#include "lib/text.h"

#include "fcgi/powerauth.h"
#include "tests/fuzz/strict_json.h"

static struct {
	int status;
	const char *body;
	size_t len;
} answer;

struct http *
http_new(void)
{
	return xcalloc(1, 1);
}

void
http_free(struct http *h)
{
	free(h);
}

const struct err *
http_call(struct http *h, const struct http_options *o,
    const struct http_request *r, struct http_result *out, struct buf *into)
{
	MUST(h != NULL && o->password == NULL);
	MUST(text_starts(r->url, "http://127.0.0.1/rest/v"));
	MUST(r->header != NULL && strpbrk(r->header, "\r\n") == NULL);
	MUST(is_strict_json(r->body, r->len, 8, NULL));
	*out = (struct http_result){.status = answer.status};
	if (answer.status == 0)
		return err_new(ERR_BUSY, "no answer");
	(void)buf_add(into, answer.body, answer.len);
	return NULL;
}

static void
check(struct call *c)
{
	struct activation act = {.status = "?"};
	struct texts apps = {NULL, 0};
	const struct err *e = powerauth_activation(c, "any \"id\"", &act);

	if (e == NULL)
		MUST(answer.status == 200 &&
		    activation_status_known(act.status));
	else
		MUST(e->code == ERR_BUSY && text_is_utf8(e->text,
		    strlen(e->text)));
	if ((e = powerauth_applications(c, &apps)) != NULL) {
		MUST(e->code == ERR_BUSY);
		return;
	}
	for (size_t i = 1; i < apps.n; i++)
		MUST(strcmp(apps.items[i - 1], apps.items[i]) <= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char url[] = "http://127.0.0.1/rest";
	static char header[] = "X-Correlation-ID";
	struct input in = {data, size};
	const char *line = input_line(&in);
	struct settings s = {.powerauth = {.url = url},
	    .api = {.correlation_header = header}};
	struct request req = {.correlation = "12345678"};
	struct worker w = {.settings = &s, .offline = true, .mem = arena_new()};
	struct call c = {.settings = &s, .request = &req, .mem = w.mem,
	    .worker = &w, .id = "0"};

	s.powerauth.version = *line == '4';
	answer.status = *line != '\0' ? (int)strtol(line + 1, NULL, 10) : 200;
	answer.body = input_rest(&in, &answer.len);
	check(&c);
	http_free(w.http);
	arena_free(w.mem);
	input_done(&in);
	return 0;
}
