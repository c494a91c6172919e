/* SPDX-License-Identifier: MIT */
/* CONNECT through an HTTP/1.1 proxy: the text of the request and the reading
 * of the answer, without I/O. */
#include "sendd/h2/part.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/text.h"

#define SCHEME "http://"
#define ANSWER_MAX 8192

/* Host and port follow the rules of an origin, so the address is read as one;
 * but the port must be given, as proxies have no default port. */
const struct err *
h2_proxy_read(const char *proxy, char host[256], unsigned *port)
{
	char url[512];
	struct origin o;
	const char *path;

	if (text_starts(proxy, SCHEME) &&
	    strrchr(proxy, ':') > proxy + strlen(SCHEME) &&
	    snprintf(url, sizeof url, "https://%s", proxy + strlen(SCHEME)) <
		(int)sizeof url &&
	    origin_read(url, &o, &path) == NULL && strcmp(path, "/") == 0) {
		memcpy(host, o.host, sizeof o.host);
		*port = o.port;
		return NULL;
	}
	return err_new(ERR_INVALID,
	    "the proxy's address is not http://host:port");
}

void
h2_proxy_request(const struct origin *o, struct buf *into)
{
	bool six = strchr(o->host, ':') != NULL;
	const char *left = six ? "[" : "", *right = six ? "]" : "";
	struct buf pair = BUF(2048);

	(void)buf_fmt(into,
	    "CONNECT %s%s%s:%u HTTP/1.1\r\nHost: %s%s%s:%u\r\n", left, o->host,
	    right, o->port, left, o->host, right, o->port);
	if (o->proxy_user != NULL &&
	    buf_fmt(&pair, "%s:%s", o->proxy_user,
		o->proxy_password != NULL ? o->proxy_password : "")) {
		(void)buf_text(into, "Proxy-Authorization: Basic ");
		(void)crypto_base64(pair.data, pair.len, into);
		(void)buf_text(into, "\r\n");
	}
	(void)buf_text(into, "\r\n");
	buf_done(&pair);
}

int
h2_proxy_answer(const char *text, size_t len, char why[H2_WHY])
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	const char *line = memchr(text, '\r', len);
	int shown = line != NULL ? (int)(line - text) : 0;
	char first[81], told[81];

	if (len > ANSWER_MAX || memchr(text, '\0', len) != NULL) {
		(void)snprintf(why, H2_WHY, "the proxy does not speak HTTP");
		return -1;
	}
	if (end == NULL)
		return 0;
	if (shown < 12 || memcmp(text, "HTTP/1.", 7) != 0 || text[8] != ' ') {
		(void)snprintf(why, H2_WHY, "the proxy does not speak HTTP");
		return -1;
	}
	if (text[9] != '2') {
		(void)snprintf(first, sizeof first, "%.*s", shown, text);
		text_hide(first, told, sizeof told);
		(void)snprintf(why, H2_WHY, "the proxy refused: %s", told);
		return -1;
	}
	/* the server behind the proxy sends nothing before our hello */
	if (end + 4 != text + len) {
		(void)snprintf(why, H2_WHY, "the proxy said too much");
		return -1;
	}
	return 1;
}
