/* SPDX-License-Identifier: MIT */
/* Does the API answer through the web server, and comes everything of a call
 * through? It tells itself what has come: /push/service/echo. */
#include "core/doctor_part.h"

#include <string.h>

#include "lib/http.h"
#include "lib/mem.h"

#define CONNECT_MS 3000
#define ANSWER_MS 5000
#define ANSWER_MAX 65536
#define DEPTH 4 /* of the answers' JSON */

#define SAY_WHERE "Say where callers reach the API: [api] url, or --url."

struct web {
	struct doctor *doctor;
	struct http *http;
	const char *url;
	bool guessed;
	int status; /* of the latest answer */
};

/* What a status says of the web server; the last row is of any other. */
static const struct {
	int from, to;
	const char *remedy;
} remedies[] = {
    {200, 299, "Enable Outpost's file for the web server, whose path must be "
	       "[api] prefix, or correct [api] url."},
    {300, 399, "Set [api] url to where the web server redirects to."},
    {401, 401, "Let the web server ask for no password on this path: callers "
	       "log in at Outpost."},
    {403, 403, "Let the web server serve this path, and its user reach the "
	       "sockets: outpost setup --web-user."},
    {404, 404, "Enable Outpost's file for the web server, whose path must be "
	       "[api] prefix, or correct [api] url."},
    {500, 500, "Read the web server's error log; if it starts responders "
	       "itself, its user needs rights: outpost setup --web-user."},
    {501, 599, "Start the responders: systemctl start outpost-push.socket "
	       "outpost-admin.socket outpost-inbox.socket; the web server's "
	       "error log says more."},
    {0, 999, "Read the web server's error log."}};

static const char *
remedy_of_status(int status)
{
	size_t i = 0;

	while (status < remedies[i].from || status > remedies[i].to)
		i++;
	return remedies[i].remedy;
}

static struct json *
object_of(struct web *w, const struct buf *answer)
{
	struct json *j = NULL;

	if (json_parse(w->doctor->mem, buf_str(answer), answer->len, DEPTH,
		&j) != NULL)
		return NULL;
	return json_get(j, "responseObject");
}

/* The object of an answer with 200, if it is one of Outpost. */
static const struct err *
call(struct web *w, const char *method, const char *path, const char *body,
    struct json **object)
{
	const struct http_options o = {.connect_timeout_ms = CONNECT_MS,
	    .response_timeout_ms = ANSWER_MS,
	    /* nobody's: it is only to arrive */
	    .user = "outpost-doctor", .password = "none"};
	const struct http_request r = {.method = method, .body = body,
	    .url = arena_fmt(w->doctor->mem, "%s%s", w->url, path),
	    .len = body != NULL ? strlen(body) : 0};
	struct buf answer = BUF(ANSWER_MAX);
	struct http_result got;
	const struct err *e = http_call(w->http, &o, &r, &got, &answer);

	w->status = got.status;
	*object = e == NULL && got.status == 200 ? object_of(w, &answer)
						 : NULL;
	buf_done(&answer);
	return e;
}

static void
report_silent(struct web *w, const struct err *e)
{
	if (w->guessed)
		doctor_find(w->doctor, FINDING_NOTE, SAY_WHERE,
		    "not looked at: %s", e->text);
	else
		doctor_find(w->doctor, FINDING_ERROR, "Start the web server, "
		    "or renew its certificate if that is the matter, or "
		    "correct [api] url.", "%s", e->text);
}

static void
report_foreign(struct web *w, const char *method)
{
	if (w->guessed && w->status < 500)
		doctor_find(w->doctor, FINDING_NOTE, SAY_WHERE, "not looked "
		    "at: at %s is something else, it answers %d", w->url,
		    w->status);
	else
		doctor_find(w->doctor, FINDING_ERROR,
		    remedy_of_status(w->status), "%s answers %s with %d, "
		    "not as Outpost does", w->url, method, w->status);
}

/* False when nothing more need be asked. */
static bool
look_at_status(struct web *w)
{
	struct json *status;
	const struct err *e = call(w, "GET", "/push/service/status", NULL,
	    &status);
	const char *version = e == NULL ? json_text(json_get(status,
	    "version"), NULL) : NULL;

	if (e != NULL) {
		report_silent(w, e);
		return false;
	}
	if (version == NULL) {
		report_foreign(w, "GET");
		return false;
	}
	if (strcmp(version, OUTPOST_VERSION) != 0)
		doctor_find(w->doctor, FINDING_WARNING, "Restart the "
		    "responders: systemctl restart outpost-push "
		    "outpost-admin outpost-inbox.", "push.fcgi is version "
		    "%s, this program %s", version, OUTPOST_VERSION);
	return true;
}

static void
report_unauthorized(struct web *w)
{
	bool none = w->doctor->settings->api.auth == AUTH_NONE;

	doctor_find(w->doctor, none ? FINDING_NOTE : FINDING_ERROR,
	    "Set CGIPassAuth On for this path in Apache, as the files of "
	    "Outpost do, or let the proxy before it pass the header.",
	    "%s does not pass Authorization: %s", w->url, none ? "that "
	    "matters as soon as [api] auth is basic" : "every caller is "
	    "answered 401");
}

/* Does it come through? */
static bool
look_at_headers(struct web *w)
{
	struct json *echo;
	const struct err *e = call(w, "GET", "/push/service/echo", NULL,
	    &echo);
	bool passed = json_flag(json_get(echo, "authorization"), false);

	if (e != NULL)
		report_silent(w, e);
	else if (echo == NULL)
		report_foreign(w, "GET with Authorization");
	else if (!passed)
		report_unauthorized(w);
	return passed;
}

static bool
look_at_body(struct web *w)
{
	static const char body[] = "{\"of\":\"the doctor\"}";
	struct json *echo;
	const struct err *e = call(w, "DELETE", "/push/service/echo", body,
	    &echo);
	bool whole = json_int(json_get(echo, "bodyBytes"), 0) ==
	    sizeof body - 1;

	if (e != NULL)
		report_silent(w, e);
	else if (!whole)
		doctor_find(w->doctor, FINDING_WARNING, "Let the web server, "
		    "and any proxy before it, pass DELETE with its body, or "
		    "let callers use POST, which does the same.", echo != NULL
		    ? "%s passes DELETE without its body (status %d)"
		    : "%s answers DELETE with %d, not as Outpost does",
		    w->url, w->status);
	return whole;
}

/* Whoever calls by a method that a path does not take is told so, 405, without
 * a login; push.fcgi, which has all other paths, would answer 404. */
static bool
look_at_program(struct web *w, const char *path)
{
	struct json *none;
	const struct err *e = call(w, "GET", path, NULL, &none);

	if (e != NULL)
		report_silent(w, e);
	else if (w->status != 405)
		doctor_find(w->doctor, w->status >= 500 ? FINDING_ERROR
							: FINDING_NOTE,
		    remedy_of_status(w->status), "%s%s does not come to "
		    "Outpost: it answers %d", w->url, path, w->status);
	return e == NULL && w->status == 405;
}

static void
look_through(struct web *w)
{
	bool passes;

	if (!look_at_status(w))
		return;
	passes = look_at_headers(w);
	passes &= look_at_body(w);
	passes &= look_at_program(w, "/admin/app/create");
	passes &= look_at_program(w, "/inbox/messages");
	if (passes)
		doctor_find(w->doctor, FINDING_OK, NULL, "%s answers, with "
		    "Authorization and the body of DELETE", w->url);
}

static const char *
address_of(struct doctor *d, bool *guessed)
{
	const char *url = d->url != NULL ? d->url : d->settings->api.url;
	const char *prefix = d->settings->api.prefix;
	size_t n;

	*guessed = url == NULL;
	if (*guessed)
		url = arena_fmt(d->mem, "http://localhost%s",
		    prefix != NULL ? prefix : "");
	for (n = strlen(url); n > 0 && url[n - 1] == '/'; n--)
		;
	return arena_text(d->mem, url, n);
}

/* A responder has no network: it knows of its own call alone. */
static void
report_call(struct doctor *d)
{
	doctor_find(d, FINDING_OK, NULL, "this call has come through it%s",
	    d->is_authorized ? ", with Authorization" : "");
}

void
doctor_check_web(struct doctor *d)
{
	struct web w = {.doctor = d};

	if (d->is_call) {
		report_call(d);
		return;
	}
	w.url = address_of(d, &w.guessed);
	w.http = http_new();
	look_through(&w);
	http_free(w.http);
}
