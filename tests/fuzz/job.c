/* SPDX-License-Identifier: MIT */
/*
 * wire_http's answers: what we make of what libcurl tells. libcurl's easy
 * interface is replaced by one that plays the input to our callbacks. Input:
 * a line with passes, libcurl's code, Content-Length (-1: none) and status;
 * header lines; an empty one; the body, told in pieces.
 */
#include <stdarg.h>

#include "lib/json.h"
#include "sendd/http/part.h"
#include "tests/fuzz/fuzz.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

typedef size_t take_fn(char *data, size_t size, size_t n, void *arg);

static struct {
	take_fn *on_header, *on_body;
	curl_prereq_callback on_pass;
	void *arg;
	long passes, status;
	int code;
	curl_off_t length;
} curl;

CURL *
curl_easy_init(void)
{
	return &curl;
}

void
curl_easy_reset(CURL *h)
{
	MUST(h == &curl);
}

void
curl_easy_cleanup(CURL *h)
{
	MUST(h == &curl);
}

const char *
curl_easy_strerror(CURLcode code)
{
	(void)code;
	return "an error of libcurl's";
}

CURLcode
curl_easy_setopt(CURL *h, CURLoption option, ...)
{
	va_list ap;

	MUST(h == &curl);
	va_start(ap, option);
	if (option == CURLOPT_HEADERFUNCTION)
		curl.on_header = va_arg(ap, take_fn *);
	else if (option == CURLOPT_WRITEFUNCTION)
		curl.on_body = va_arg(ap, take_fn *);
	else if (option == CURLOPT_PREREQFUNCTION)
		curl.on_pass = va_arg(ap, curl_prereq_callback);
	else if (option == CURLOPT_WRITEDATA)
		curl.arg = va_arg(ap, void *);
	va_end(ap);
	return CURLE_OK;
}

CURLcode
curl_easy_getinfo(CURL *h, CURLINFO info, ...)
{
	va_list ap;

	MUST(h == &curl);
	va_start(ap, info);
	if (info == CURLINFO_RESPONSE_CODE)
		*va_arg(ap, long *) = curl.status;
	else if (info == CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
		*va_arg(ap, curl_off_t *) = curl.length;
	va_end(ap);
	return CURLE_OK;
}

/* As libcurl does: a callback that does not take all ends the transfer. */
static CURLcode
play(struct input *in)
{
	static const size_t pieces[] = {1, 7, 16384, 300};
	char *line, ip[] = "127.0.0.1";
	size_t len, n;

	for (long i = 0; i < curl.passes; i++)
		if (curl.on_pass(curl.arg, ip, ip, 443, 50000) !=
		    CURL_PREREQFUNC_OK)
			return CURLE_ABORTED_BY_CALLBACK;
	if (curl.passes == 0)
		return CURLE_COULDNT_CONNECT;
	while (in->left > 0 && *(line = input_line(in)) != '\0') {
		len = strlen(line);
		if (curl.on_header(line, 1, len, curl.arg) != len)
			return CURLE_WRITE_ERROR;
	}
	line = input_rest(in, &len);
	for (size_t i = 0; len > 0; i++, line += n, len -= n) {
		n = pieces[i % nitems(pieces)];
		if (n > len)
			n = len;
		if (curl.on_body(line, 1, n, curl.arg) != n)
			return CURLE_WRITE_ERROR;
	}
	return (CURLcode)curl.code;
}

static void
check(const struct exchange *x, CURLcode code, bool body)
{
	struct json *root = NULL;

	MUST(x->end != EXCHANGE_OPEN && x->retry_after_s <= 86400);
	MUST((x->end == EXCHANGE_UNSENT) == (curl.passes == 0));
	if (x->end != EXCHANGE_ANSWERED) {
		MUST(x->why[0] != '\0' && x->status == 0);
		return;
	}
	MUST(curl.passes == 1 && x->status == curl.status);
	if (x->answer.overflowed)
		return;
	MUST(code == CURLE_OK && x->status >= 200);
	if (curl.length >= 0)
		MUST((curl_off_t)x->answer.len == curl.length);
	else if (x->status < 300 && x->status != 204)
		MUST(body && json_parse(NULL, buf_str(&x->answer),
		    x->answer.len, 32, &root) == NULL);
	json_free(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	long long length = -1;
	struct http_wire w = {.spare = TAILQ_HEAD_INITIALIZER(w.spare)};
	struct http_pool p = {.wire = &w, .name = "localhost"};
	struct multi_handle multi = {.pool = &p};
	struct exchange *x = exchange_new();
	CURLcode code;
	struct http_job *j;

	curl.passes = 1;
	curl.code = 0;
	curl.status = 200;
	(void)sscanf(input_line(&in), "%ld %d %lld %ld", &curl.passes,
	    &curl.code, &length, &curl.status);
	curl.passes &= 3;
	curl.code &= 127;
	curl.status &= 1023;
	curl.length = (curl_off_t)length;
	x->path = "/token";
	exchange_header(x, "content-type", "application/json");
	j = http_job_new(&p, x);
	j->multi = &multi;
	code = play(&in);
	http_job_judge(j, code);
	check(x, code, x->answer.len > 0);
	curl_slist_free_all(j->headers);
	http_job_free(j);
	exchange_free(x);
	input_done(&in);
	return 0;
}
