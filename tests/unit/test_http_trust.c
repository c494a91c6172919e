/* SPDX-License-Identifier: MIT */
/*
 * Whom both that ask through libcurl believe, wire_http and lib/http: who is
 * in the file when they connect, and nobody else.
 */
#include "lib/clock.h"
#include "lib/http.h"
#include "tests/unit/http_world.h"

/* In libcrypto's place: nobody here needs what is in a directory. */
static unsigned directories;

int
X509_STORE_load_path(X509_STORE *store, const char *path)
{
	(void)store;
	directories += path != NULL;
	return 1;
}

/* What is in the other file stands in this one, at one stroke. */
static void
put(const char *path, const char *other)
{
	char text[8192], fresh[128];
	size_t n;
	FILE *f = fopen(other, "r");

	assert_non_null(f);
	n = fread(text, 1, sizeof text, f);
	(void)fclose(f);
	(void)snprintf(fresh, sizeof fresh, "%s.new", path);
	assert_non_null(f = fopen(fresh, "w"));
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(fresh, path), 0);
}

/* --- who asks --------------------------------------------------------- */

/* Was there an answer? */
static bool
by_wire(struct world *w, const char *path)
{
	int64_t until = clock_mono_ms() + 60000;
	struct exchange *x = exchange_new();
	bool answered;

	if (w->pool == NULL)
		w->pool = wire_pool(w->wire, &w->origin, 1);
	x->path = path;
	x->timeout_ms = 30000;
	pool_start(w->pool, x);
	while (wire_finished(w->wire) == NULL) {
		assert_true(clock_mono_ms() < until);
		wire_flush(w->wire);
		(void)wire_tick(w->wire);
		poller_run(w->poller, 20);
	}
	answered = x->end == EXCHANGE_ANSWERED;
	exchange_free(x);
	return answered;
}

static struct http *http;

static bool
by_lib(struct world *w, const char *path)
{
	struct http_options o = {.connect_timeout_ms = 30000,
	    .response_timeout_ms = 30000, .ca_file = w->origin.ca_file};
	struct buf answer = BUF(HTTP_ANSWER_MAX);
	struct http_result result;
	const struct err *e;
	char url[128];

	(void)snprintf(url, sizeof url, "https://localhost:%u%s",
	    w->peer->port, path);
	e = http_call(http, &o, &(struct http_request){.method = "POST",
	    .url = url, .body = "{}", .len = 2}, &result, &answer);
	buf_done(&answer);
	return e == NULL;
}

static bool (*const askers[])(struct world *w, const char *path) = {
    by_wire, by_lib};

/* --- what they find --------------------------------------------------- */

static void
file_as_it_is(void **state)
{
	struct world *w = *state;
	struct peer *other = peer_new();
	char good[80];

	(void)snprintf(good, sizeof good, "%s.good", w->peer->ca_file);
	put(good, w->peer->ca_file);
	http = http_new();
	for (size_t i = 0; i < nitems(askers); i++) {
		assert_true(askers[i](w, "/json"));
		put(w->peer->ca_file, other->ca_file);
		assert_false(askers[i](w, "/die"));
		assert_false(askers[i](w, "/json"));
		put(w->peer->ca_file, good);
		assert_true(askers[i](w, "/json"));
	}
	http_free(http);
	(void)unlink(good);
	peer_stop(other);
}

static void
file_alone(void **state)
{
	struct world *w = *state;

	http = http_new();
	for (size_t i = 0; i < nitems(askers); i++) {
		directories = 0;
		assert_true(askers[i](w, "/json"));
		assert_int_equal(directories, 0);
	}
	http_free(http);
}

/* Why there is no answer, and what is seen of the server all the same. */
static void
faults(void **state)
{
	struct world *w = *state;
	struct peer *other = peer_new();
	char good[64], nobody[64], name[100];
	const struct {
		const char *url, *ca_file, *proxy;
		enum http_fault fault;
	} rows[] = {{good, w->peer->ca_file, NULL, HTTP_NO_FAULT},
	    {good, other->ca_file, NULL, HTTP_NO_TRUST},
	    {good, w->peer->ca_file, "http://127.0.0.1:1", HTTP_NO_PROXY},
	    {nobody, NULL, NULL, HTTP_NO_CONNECTION},
	    {name, NULL, NULL, HTTP_NO_NAME}};
	struct http *h = http_new();

	(void)snprintf(good, sizeof good, "https://localhost:%u/json",
	    w->peer->port);
	(void)snprintf(nobody, sizeof nobody, "http://127.0.0.1:1/");
	/* no name has a part of 70 letters */
	(void)snprintf(name, sizeof name, "http://%35s%35s/", "", "");
	memset(name + strlen("http://"), 'a', 70);
	for (size_t i = 0; i < nitems(rows); i++) {
		struct http_options o = {.connect_timeout_ms = 30000,
		    .response_timeout_ms = 30000,
		    .ca_file = rows[i].ca_file, .proxy = rows[i].proxy};
		struct buf answer = BUF(HTTP_ANSWER_MAX);
		struct http_result got;

		(void)http_call(h, &o, &(struct http_request){.method = "GET",
		    .url = rows[i].url}, &got, &answer);
		assert_int_equal(got.fault, rows[i].fault);
		assert_int_equal(got.why[0] != '\0', rows[i].fault != 0);
		assert_int_equal(got.until_s > 0, i == 0);
		buf_done(&answer);
	}
	assert_int_equal(http_time("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
	assert_int_equal(http_time("Nov  6 08:49:37 1994 GMT"), 784111777);
	assert_int_equal(http_time("tomorrow"), 0);
	http_free(h);
	peer_stop(other);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(file_as_it_is),
	    SCENE(file_alone), SCENE(faults)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
