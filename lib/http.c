/* SPDX-License-Identifier: MIT */
#include "lib/http.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

struct http {
	CURL *easy;
	size_t header_bytes; /* of this exchange, with interim answers */
	struct http_result *result;
	char why[CURL_ERROR_SIZE];
};

static void
init_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatalx("libcurl does not start");
}

struct http *
http_new(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http *h = xcalloc(1, sizeof *h);

	(void)pthread_once(&once, init_curl);
	if ((h->easy = curl_easy_init()) == NULL)
		fatalx("out of memory: curl_easy_init");
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->easy);
	free(h);
}

/* Returning 0 makes libcurl end an exchange with too large an answer. */
static size_t
take_answer(char *data, size_t size, size_t n, void *into)
{
	return buf_add(into, data, size * n) ? size * n : 0;
}

int64_t
http_time(const char *text)
{
	time_t at = curl_getdate(text, NULL);

	return at > 0 ? at : 0;
}

/* The value of a header, with its line end. */
static int64_t
read_date(const char *line, size_t len)
{
	char text[64];

	if (len >= sizeof text)
		return 0;
	memcpy(text, line, len);
	text[len] = '\0';
	return http_time(text);
}

static size_t
take_header(char *line, size_t size, size_t n, void *arg)
{
	static const char date[] = "date:";
	struct http *h = arg;
	size_t len = size * n, at = sizeof date - 1;

	h->header_bytes += len;
	if (len > at && strncasecmp(line, date, at) == 0)
		h->result->date_s = read_date(line + at, len - at);
	return h->header_bytes <= HTTP_HEADERS_MAX ? len : 0;
}

/* The first certificate is the server's own. */
static int64_t
certificate_end(CURL *c)
{
	static const char wanted[] = "Expire date:";
	const struct curl_certinfo *all = NULL;
	const struct curl_slist *line;

	if (curl_easy_getinfo(c, CURLINFO_CERTINFO, &all) != CURLE_OK ||
	    all == NULL || all->num_of_certs < 1)
		return 0;
	for (line = all->certinfo[0]; line != NULL; line = line->next)
		if (strncmp(line->data, wanted, sizeof wanted - 1) == 0)
			return http_time(line->data + sizeof wanted - 1);
	return 0;
}

static int
look_around(void *stop, curl_off_t to_get, curl_off_t got, curl_off_t to_send,
    curl_off_t sent)
{
	(void)to_get, (void)got, (void)to_send, (void)sent;
	return atomic_load((const atomic_bool *)stop);
}

/* By default libcurl caches certificates for a day, resumes sessions that were
 * verified by earlier certificates, and also trusts the directory of the
 * system beside the file. */
void
http_trust(void *easy, const char *ca_file)
{
	(void)curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	if (ca_file == NULL)
		return;
	(void)curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

static void
set_security(CURL *c, const struct http_options *o)
{
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	http_trust(c, o->ca_file);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER,
	    o->accept_invalid ? 0L : 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST,
	    o->accept_invalid ? 0L : 2L);
	if (o->user == NULL)
		return;
	curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(c, CURLOPT_USERNAME, o->user);
	curl_easy_setopt(c, CURLOPT_PASSWORD, o->password);
}

/* The settings alone name a proxy: "" keeps libcurl from using those of the
 * environment. */
static void
set_way(CURL *c, const struct http_options *o)
{
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, o->proxy != NULL ? o->proxy : "");
	curl_easy_setopt(c, CURLOPT_NOPROXY, "");
	curl_easy_setopt(c, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(c, CURLOPT_PROXYUSERNAME, o->proxy_user);
	curl_easy_setopt(c, CURLOPT_PROXYPASSWORD, o->proxy_password);
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)o->connect_timeout_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)o->response_timeout_ms);
	if (o->stop == NULL)
		return;
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_around);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, o->stop);
}

static void
set_request(CURL *c, const struct http_request *r)
{
	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	if (r->body == NULL)
		return;
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
}

static void
set_answer(struct http *h, struct http_result *out, struct buf *answer)
{
	*out = (struct http_result){.status = 0};
	h->result = out;
	h->header_bytes = 0;
	h->why[0] = '\0';
	curl_easy_setopt(h->easy, CURLOPT_ERRORBUFFER, h->why);
	curl_easy_setopt(h->easy, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(h->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(h->easy, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, answer);
}

/* What a result of libcurl means. */
static const struct {
	CURLcode code;
	enum http_fault fault;
} faults[] = {
    {CURLE_OK, HTTP_NO_FAULT},
    {CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_NAME},
    {CURLE_COULDNT_RESOLVE_PROXY, HTTP_NO_PROXY},
    {CURLE_PROXY, HTTP_NO_PROXY},
    {CURLE_COULDNT_CONNECT, HTTP_NO_CONNECTION},
    {CURLE_OPERATION_TIMEDOUT, HTTP_NO_CONNECTION},
    {CURLE_PEER_FAILED_VERIFICATION, HTTP_NO_TRUST},
    {CURLE_SSL_CACERT_BADFILE, HTTP_NO_TRUST}};

/* The proxy has its own place to fail in, for which libcurl has no code. */
static void
set_fault(struct http *h, const struct http_options *o, CURLcode code)
{
	struct http_result *r = h->result;
	long tunnel = 0;
	size_t i = 0;

	while (i < nitems(faults) && faults[i].code != code)
		i++;
	r->fault = i < nitems(faults) ? faults[i].fault : HTTP_BROKEN;
	(void)curl_easy_getinfo(h->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
	if (o->proxy != NULL && (tunnel >= 300 ||
		code == CURLE_COULDNT_CONNECT))
		r->fault = HTTP_NO_PROXY;
	if (code != CURLE_OK)
		text_quote(h->why[0] != '\0' ? h->why
		    : curl_easy_strerror(code), r->why, sizeof r->why);
}

static struct curl_slist *
make_headers(const struct http_request *r)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	list = curl_slist_append(list, "Accept: application/json");
	if (r->body != NULL)
		list = curl_slist_append(list,
		    "Content-Type: application/json");
	if (r->header != NULL)
		list = curl_slist_append(list, r->header);
	return list;
}

const struct err *
http_call(struct http *h, const struct http_options *o,
    const struct http_request *r, struct http_result *out, struct buf *answer)
{
	struct curl_slist *headers = make_headers(r);
	long code = 0;
	CURLcode result;

	curl_easy_reset(h->easy); /* keeps the connections */
	set_way(h->easy, o);
	set_security(h->easy, o);
	set_request(h->easy, r);
	set_answer(h, out, answer);
	curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, headers);
	result = curl_easy_perform(h->easy);
	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &code);
	out->status = (int)code;
	set_fault(h, o, result);
	out->until_s = certificate_end(h->easy);
	curl_slist_free_all(headers);
	if (answer->overflowed || h->header_bytes > HTTP_HEADERS_MAX)
		return err_new(ERR_BUSY, "%s: the answer is too large",
		    r->url);
	if (result != CURLE_OK)
		return err_new(ERR_BUSY, "%s: %s", r->url,
		    curl_easy_strerror(result));
	return NULL;
}
