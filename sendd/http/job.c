/* SPDX-License-Identifier: MIT */
/*
 * An exchange as a transfer of libcurl. Two faults of libcurl 7.88 shape this
 * file: it repeats a POST by itself when a reused connection breaks, and it
 * reports a reset HTTP/2 stream as success. So a second attempt of a transfer
 * is refused, and a successful answer must prove that it is complete.
 */
#include "sendd/http/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/text.h"
#include "push/verdict.h"

#define ANSWER_HEADERS_MAX 16384

/* --- called by libcurl ------------------------------------------------ */

static size_t
on_curl_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_job *j = arg;

	/* less than given: libcurl ends the transfer; the buf is marked
	 * as overflowed */
	return buf_add(&j->x->answer, data, size * n) ? n : 0;
}

/* A line of the headers, or another one. */
static size_t
on_curl_header(char *line, size_t size, size_t n, void *arg)
{
	struct http_job *j = arg;
	size_t len = size * n, name_len, at;
	const char *colon = memchr(line, ':', len);

	j->header_bytes += len;
	if (j->header_bytes > ANSWER_HEADERS_MAX)
		return 0;
	if (colon == NULL)
		return n;
	name_len = (size_t)(colon - line);
	at = name_len + 1;
	while (at < len && line[at] == ' ')
		at++;
	while (len > at && strchr("\r\n ", line[len - 1]) != NULL)
		len--;
	exchange_answer_header(j->x, line, name_len, line + at, len - at);
	return n;
}

/* Called for the address that a connection is about to go to: by name, that
 * may be another one than at any earlier look. */
static curl_socket_t
on_curl_connect(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct http_pool *p = arg;
	struct net address;

	(void)purpose;
	if (p->base.origin.public_only &&
	    (!net_of_socket(&to->addr, &address) || !net_is_public(&address)))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Called before libcurl sends the request on a connection. Only the first
 * attempt is allowed: whether to send again is decided by the queue. */
static int
on_curl_attempt(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_job *j = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	return ++j->attempts == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* --- the end of an exchange ------------------------------------------- */

static bool
is_whole_json(const struct buf *b)
{
	struct json *root = verdict_json(buf_str(b), b->len);
	bool whole = root != NULL;

	json_free(root);
	return whole;
}

/* Is a success complete? Either its length is as announced, or its content
 * is whole JSON. A refusal needs no proof: its status is enough. */
static bool
is_complete(struct http_job *j)
{
	const struct exchange *x = j->x;
	curl_off_t length = -1;

	if (x->status < 200)
		return false;
	(void)curl_easy_getinfo(j->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
	    &length);
	if (length >= 0)
		return (curl_off_t)x->answer.len == length;
	return x->status >= 300 || x->status == 204 || x->by_status ||
	       is_whole_json(&x->answer);
}

static void
http_pool_connected(struct http_pool *p)
{
	p->failures = 0;
	p->works = true;
	p->tally.trouble[0] = '\0';
}

/* No connection was made. Logged when the reason is a new one. */
static void
http_pool_failed(struct http_pool *p, const char *why)
{
	char text[sizeof p->tally.trouble];
	uint32_t random;

	crypto_random(&random, sizeof random);
	p->works = false;
	p->tally.connect_failures++;
	/* exchanges that waited for the same connection fail together, and
	 * count as one failure */
	if (clock_mono_ms() >= p->not_before_ms)
		p->failures++;
	p->not_before_ms = clock_mono_ms() +
			   wire_pause_ms(p->failures, random);
	text_quote(why, text, sizeof text);
	if (strcmp(p->tally.trouble, text) == 0)
		return;
	memcpy(p->tally.trouble, text, sizeof text);
	log_warn("disconnected origin=%s why=\"%s\"", p->name, QUOTED(text));
}

void
http_job_judge(struct http_job *j, CURLcode code)
{
	const char *why = j->why[0] != '\0' ? j->why
					    : curl_easy_strerror(code);
	struct exchange *x = j->x;
	struct http_pool *p = j->multi->pool;
	long status = 0, connects = 0;

	(void)curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(j->easy, CURLINFO_NUM_CONNECTS, &connects);
	p->tally.connects += (uint64_t)connects;
	p->tally.timeouts += code == CURLE_OPERATION_TIMEDOUT;
	p->tally.resets += code == CURLE_HTTP2_STREAM;
	x->status = j->attempts > 0 ? (int)status : 0;
	if (j->attempts == 0) {
		exchange_fail(x, EXCHANGE_UNSENT, "%.90s", why);
		http_pool_failed(p, why);
		return;
	}
	http_pool_connected(p);
	if (x->answer.overflowed || (code == CURLE_OK && is_complete(j)))
		x->end = EXCHANGE_ANSWERED;
	else if (code == CURLE_OK)
		exchange_fail(x, EXCHANGE_UNKNOWN, "the answer is not whole");
	else
		exchange_fail(x, EXCHANGE_UNKNOWN, "%.90s",
		    j->attempts > 1 ? "the connection broke" : why);
}

/* --- starting --------------------------------------------------------- */

static void
set_easy_defaults(struct http_job *j)
{
	CURL *h = j->easy;

	(void)curl_easy_setopt(h, CURLOPT_PRIVATE, j);
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https");
	(void)curl_easy_setopt(h, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(h, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_2TLS);
	(void)curl_easy_setopt(h, CURLOPT_PIPEWAIT, 1L);
	(void)curl_easy_setopt(h, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(h, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
	(void)curl_easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_curl_body);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, j);
	(void)curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_curl_header);
	(void)curl_easy_setopt(h, CURLOPT_HEADERDATA, j);
	(void)curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, on_curl_attempt);
	(void)curl_easy_setopt(h, CURLOPT_PREREQDATA, j);
	(void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, j->why);
}

/* The settings alone name a proxy: "" keeps libcurl from using those of the
 * environment. */
static void
set_easy_origin(CURL *h, const struct http_pool *p)
{
	const struct origin *o = &p->base.origin;

	http_trust(h, o->ca_file);
	(void)curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, on_curl_connect);
	(void)curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, (void *)(uintptr_t)p);
	(void)curl_easy_setopt(h, CURLOPT_PROXY,
	    o->proxy != NULL ? o->proxy : "");
	(void)curl_easy_setopt(h, CURLOPT_NOPROXY, "");
	(void)curl_easy_setopt(h, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	(void)curl_easy_setopt(h, CURLOPT_PROXYUSERNAME, o->proxy_user);
	(void)curl_easy_setopt(h, CURLOPT_PROXYPASSWORD, o->proxy_password);
	(void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)o->connect_timeout_ms);
	(void)curl_easy_setopt(h, CURLOPT_MAXAGE_CONN,
	    (long)o->idle_ping_ms / 1000);
}

/* The headers of the exchange, and none that libcurl adds by itself. */
static struct curl_slist *
header_list(const struct exchange *x)
{
	struct curl_slist *list = curl_slist_append(NULL, "Accept:");
	struct buf line = BUF(16384);
	bool typed = false;

	list = curl_slist_append(list, "Expect:");
	for (unsigned i = 0; i < x->n_headers; i++) {
		const struct header *h = &x->headers[i];

		typed |= strcmp(h->name, "content-type") == 0;
		buf_reset(&line);
		if (buf_fmt(&line, "%s: %s", h->name, h->value))
			list = curl_slist_append(list, line.data);
	}
	if (!typed)
		list = curl_slist_append(list, "Content-Type:");
	buf_done(&line);
	return list;
}

static void
set_easy_request(struct http_job *j, const struct http_pool *p)
{
	struct exchange *x = j->x;
	struct buf url = BUF(8192);

	(void)buf_fmt(&url, "https://%s%s", p->name, x->path);
	(void)curl_easy_setopt(j->easy, CURLOPT_URL, buf_str(&url));
	(void)curl_easy_setopt(j->easy, CURLOPT_POSTFIELDS,
	    x->body_len > 0 ? x->body : "");
	(void)curl_easy_setopt(j->easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)x->body_len);
	(void)curl_easy_setopt(j->easy, CURLOPT_TIMEOUT_MS,
	    (long)x->timeout_ms);
	j->headers = header_list(x);
	(void)curl_easy_setopt(j->easy, CURLOPT_HTTPHEADER, j->headers);
	buf_done(&url);
}

struct http_job *
http_job_new(struct http_pool *p, struct exchange *x)
{
	struct http_job *j = TAILQ_FIRST(&p->wire->spare);

	if (j != NULL) {
		TAILQ_REMOVE(&p->wire->spare, j, entry);
		curl_easy_reset(j->easy);
	} else {
		j = xcalloc(1, sizeof *j);
		if ((j->easy = curl_easy_init()) == NULL)
			fatalx("out of memory: libcurl");
	}
	j->x = x;
	j->attempts = 0;
	j->header_bytes = 0;
	j->why[0] = '\0';
	set_easy_defaults(j);
	set_easy_origin(j->easy, p);
	set_easy_request(j, p);
	return j;
}

void
http_job_free(struct http_job *j)
{
	curl_easy_cleanup(j->easy);
	free(j);
}
