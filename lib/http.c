/* SPDX-License-Identifier: MIT */
#include "lib/http.h"

#include <pthread.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "lib/log.h"
#include "lib/mem.h"

struct http {
	CURL *easy;
	size_t header_bytes; /* of this exchange, with interim answers */
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

static size_t
count_header(char *line, size_t size, size_t n, void *arg)
{
	struct http *h = arg;

	(void)line;
	h->header_bytes += size * n;
	return h->header_bytes <= HTTP_HEADERS_MAX ? size * n : 0;
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

static void
set_request(CURL *c, const struct http_options *o, const char *url,
    const char *body, size_t len)
{
	curl_easy_reset(c); /* keeps the connections */
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)o->connect_timeout_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)o->response_timeout_ms);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	if (o->stop != NULL) {
		curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_around);
		curl_easy_setopt(c, CURLOPT_XFERINFODATA, o->stop);
	}
	set_security(c, o);
}

const struct err *
http_post_json(struct http *h, const struct http_options *o, const char *url,
    const char *header, const char *body, size_t len, int *status,
    struct buf *answer)
{
	struct curl_slist *headers;
	long code = 0;
	CURLcode result;

	headers = curl_slist_append(NULL, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Accept: application/json");
	headers = curl_slist_append(headers, "Expect:");
	if (header != NULL)
		headers = curl_slist_append(headers, header);
	set_request(h->easy, o, url, body, len);
	h->header_bytes = 0;
	curl_easy_setopt(h->easy, CURLOPT_HEADERFUNCTION, count_header);
	curl_easy_setopt(h->easy, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, answer);
	result = curl_easy_perform(h->easy);
	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &code);
	curl_slist_free_all(headers);
	if (answer->overflowed || h->header_bytes > HTTP_HEADERS_MAX)
		return err_new(ERR_BUSY, "%s: the answer is too large", url);
	if (result != CURLE_OK)
		return err_new(ERR_BUSY, "%s: %s", url,
		    curl_easy_strerror(result));
	*status = (int)code;
	return NULL;
}
