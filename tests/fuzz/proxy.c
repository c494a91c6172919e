/* SPDX-License-Identifier: MIT */
/* URLs of origins and proxies, and what a proxy answers to CONNECT. Input:
 * a line with a URL, a line with a user, the answer. */
#include "lib/text.h"
#include "sendd/h2/part.h"
#include "tests/fuzz/fuzz.h"

/* What was read as host and port names the same when it is written. */
static void
there_and_back(const struct origin *o)
{
	char name[ORIGIN_NAME], url[ORIGIN_NAME + 16];
	struct origin again = {.host = ""};
	const char *path;

	MUST(o->port >= 1 && o->port <= 65535 && o->host[0] != '\0');
	MUST(is_plain(o->host) && strpbrk(o->host, " /@?#[]") == NULL);
	origin_name(o, name);
	(void)snprintf(url, sizeof url, "https://%s/x", name);
	MUST(origin_read(url, &again, &path) == NULL);
	MUST(strcmp(o->host, again.host) == 0 && o->port == again.port);
	MUST(strcmp(path, "/x") == 0);
}

static void
check_request(struct origin *o, const char *user)
{
	struct buf b = BUF(16384);
	size_t lines = 0;

	o->proxy_user = user;
	h2_proxy_request(o, &b);
	MUST(!b.overflowed && strncmp(b.data, "CONNECT ", 8) == 0);
	for (const char *p = b.data; *p != '\0'; p += 2, lines++) {
		p += strcspn(p, "\r\n");
		MUST(p[0] == '\r' && p[1] == '\n');
	}
	MUST(lines == 4 || (lines == 3 && strlen(user) > 2000));
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const char *url = input_line(&in), *user = input_line(&in), *path;
	char host[256], why[H2_WHY] = "", *answer;
	struct origin o = {.host = ""};
	unsigned port = 0;
	size_t len;
	int way;

	if (origin_read(url, &o, &path) == NULL) {
		MUST(path[0] == '/');
		there_and_back(&o);
		check_request(&o, user);
	}
	if (h2_proxy_read(url, host, &port) == NULL)
		MUST(text_starts(url, "http://") && port > 0 &&
		    strstr(url, host) != NULL);
	answer = input_rest(&in, &len);
	way = h2_proxy_answer(answer, len, why);
	MUST(way >= -1 && way <= 1 && (way < 0) == (why[0] != '\0'));
	if (way == 1)
		MUST(text_starts(answer, "HTTP/1.") && answer[9] == '2' &&
		    strcmp(answer + len - 4, "\r\n\r\n") == 0);
	input_done(&in);
	return 0;
}
