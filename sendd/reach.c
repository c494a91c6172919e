/* SPDX-License-Identifier: MIT */
#include "sendd/reach.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/conf_secret.h"
#include "lib/http.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/thread.h"

#define SERVERS 24
#define CONNECT_MS 4000
#define ANSWER_MS 6000
#define ANSWER_MAX 65536

#define OF_POWERAUTH PLATFORM__COUNT

static const char *const faults[] = {
    [HTTP_NO_FAULT] = "", [HTTP_NO_NAME] = "name",
    [HTTP_NO_PROXY] = "proxy", [HTTP_NO_CONNECTION] = "connection",
    [HTTP_NO_TRUST] = "certificate", [HTTP_BROKEN] = "broken"};

struct server {
	struct reach *reach;
	unsigned of; /* a platform, or OF_POWERAUTH */
	bool used;   /* by a credential that is loaded */
	const char *url;
	struct http_options how; /* its texts, too, are of the reach */
	char secret[256];	 /* password at the proxy */

	/* found by its thread */
	struct http_result got;
	int64_t took_ms, ahead_ms;
};

/* Owned by whoever has begun it and by each thread; the last frees it. */
struct reach {
	atomic_uint owners, running;
	atomic_bool stop;
	struct arena *mem;
	size_t n;
	struct server servers[SERVERS];
};

static void
reach_leave(struct reach *r)
{
	if (atomic_fetch_sub(&r->owners, 1) > 1)
		return;
	for (size_t i = 0; i < r->n; i++)
		explicit_bzero(r->servers[i].secret,
		    sizeof r->servers[i].secret);
	arena_free(r->mem);
	free(r);
}

/* --- in a thread ------------------------------------------------------ */

static void
ask_server(struct server *s, struct http *h, struct http_result *got)
{
	const struct http_request r = {.method = "GET", .url = s->url};
	struct buf answer = BUF(ANSWER_MAX);

	(void)http_call(h, &s->how, &r, got, &answer);
	buf_done(&answer);
}

/* A certificate that is refused is looked at all the same: has it expired? */
static void
look_at_refused(struct server *s, struct http *h)
{
	struct http_result shown;

	s->how.accept_invalid = true;
	ask_server(s, h, &shown);
	s->got.until_s = shown.until_s;
}

static void *
reach_thread(void *arg)
{
	struct server *s = arg;
	struct reach *r = s->reach;
	struct http *h = http_new();
	int64_t began = clock_mono_ms();

	ask_server(s, h, &s->got);
	s->took_ms = clock_mono_ms() - began;
	s->ahead_ms = s->got.date_s * 1000 - clock_now_ms();
	if (s->got.fault == HTTP_NO_TRUST)
		look_at_refused(s, h);
	http_free(h);
	atomic_fetch_sub(&r->running, 1);
	reach_leave(r);
	return NULL;
}

static void
start(struct server *s)
{
	struct reach *r = s->reach;
	const struct err *e;
	pthread_t thread;

	atomic_fetch_add(&r->owners, 1);
	atomic_fetch_add(&r->running, 1);
	if ((e = thread_start(&thread, reach_thread, s)) == NULL) {
		thread_leave(thread);
		return;
	}
	s->got.fault = HTTP_BROKEN;
	text_quote(e->text, s->got.why, sizeof s->got.why);
	atomic_fetch_sub(&r->running, 1);
	atomic_fetch_sub(&r->owners, 1);
}

/* --- which ------------------------------------------------------------ */

static const char *
copy(struct reach *r, const char *text)
{
	return text != NULL ? arena_text(r->mem, text, strlen(text)) : NULL;
}

/* A new server of that URL, or the one that is there already; NULL: there are
 * too many. */
static struct server *
server_of(struct reach *r, unsigned of, const char *url)
{
	struct server *s;

	for (size_t i = 0; i < r->n; i++)
		if (r->servers[i].of == of &&
		    strcmp(r->servers[i].url, url) == 0)
			return &r->servers[i];
	if (r->n == SERVERS)
		return NULL;
	s = &r->servers[r->n++];
	s->reach = r;
	s->of = of;
	s->url = copy(r, url);
	s->how = (struct http_options){.connect_timeout_ms = CONNECT_MS,
	    .response_timeout_ms = ANSWER_MS, .stop = &r->stop};
	return s;
}

/* The way there is the provider's, as the settings have it. */
static void
add_server(struct reach *r, const struct settings *set, unsigned of,
    const struct origin *o, bool used)
{
	const struct provider_settings *p = &set->provider[of];
	char url[ORIGIN_NAME + 16], name[ORIGIN_NAME];
	struct server *s;

	origin_name(o, name);
	(void)snprintf(url, sizeof url, "https://%s/", name);
	if ((s = server_of(r, of, url)) == NULL)
		return;
	s->used |= used;
	s->how.ca_file = copy(r, p->ca_file);
	s->how.proxy = copy(r, p->proxy);
	s->how.proxy_user = copy(r, p->proxy_user);
	if (p->proxy_password_file != NULL &&
	    conf_secret(p->proxy_password_file, s->secret,
		sizeof s->secret) == NULL)
		s->how.proxy_password = s->secret;
}

static void
add_url(struct reach *r, const struct settings *set, unsigned of,
    const char *url)
{
	struct origin o = {.port = 0};
	const char *path;

	if (origin_read(url, &o, &path) == NULL)
		add_server(r, set, of, &o, false);
}

static void
add_provider(struct reach *r, const struct settings *set, unsigned of)
{
	const struct provider *p = providers[of];
	char url[ENDPOINT_URL];

	for (unsigned e = 0; e <= p->environments; e++)
		if (p->endpoint(&set->provider[of],
			&(struct endpoint_app){"any", e}, url) == NULL)
			add_url(r, set, of, url);
	if (set->provider[of].token_url != NULL)
		add_url(r, set, of, set->provider[of].token_url);
}

static void
add_credential(struct reach *r, const struct settings *set,
    const struct credential *c)
{
	const struct credential_loaded *l = c->loaded;

	if (l == NULL || c->state == CREDENTIAL_NONE)
		return;
	add_server(r, set, c->provider->platform, &l->origin, true);
	if (l->token_origin.host[0] != '\0')
		add_server(r, set, c->provider->platform, &l->token_origin,
		    true);
}

static void
add_powerauth(struct reach *r, const struct settings *set)
{
	struct server *s;

	if (set->powerauth.url == NULL ||
	    (s = server_of(r, OF_POWERAUTH, set->powerauth.url)) == NULL)
		return;
	s->used = true;
	s->how.ca_file = copy(r, set->powerauth.ca_file);
	s->how.accept_invalid = set->powerauth.accept_invalid;
}

struct reach *
reach_begin(const struct settings *set, const struct credential_table *t)
{
	struct reach *r = xcalloc(1, sizeof *r);

	r->mem = arena_new();
	atomic_init(&r->owners, 1);
	for (unsigned p = 0; p < PLATFORM__COUNT; p++)
		add_provider(r, set, p);
	for (const struct credential *c = t->first; c != NULL; c = c->next)
		add_credential(r, set, c);
	add_powerauth(r, set);
	for (size_t i = 0; i < r->n; i++)
		start(&r->servers[i]);
	return r;
}

/* --- what was found --------------------------------------------------- */

bool
reach_is_over(const struct reach *r)
{
	return atomic_load(&r->running) == 0;
}

static void
write_last(const struct last_answer *a, struct json *j)
{
	if (a->at_ms == 0)
		return;
	json_set_int(j, "lastStatus", a->status);
	json_set_int(j, "lastSecondsAgo",
	    (clock_mono_ms() - a->at_ms) / 1000);
	if (a->why[0] != '\0')
		json_set_text(j, "lastReason", a->why);
}

static void
write_server(const struct server *s, const struct figures *f, struct json *j)
{
	bool power = s->of == OF_POWERAUTH;

	json_set_text(j, "of", power ? "powerauth" : providers[s->of]->name);
	json_set_text(j, "url", s->url);
	json_set_bool(j, "used", s->used);
	if (s->how.proxy != NULL)
		json_set_text(j, "proxy", s->how.proxy);
	json_set_text(j, "fault", faults[s->got.fault]);
	json_set_text(j, "reason", s->got.why);
	json_set_int(j, "status", s->got.status);
	json_set_int(j, "ms", s->took_ms);
	if (s->got.date_s != 0)
		json_set_int(j, "aheadMs", s->ahead_ms);
	if (s->got.until_s != 0)
		json_set_int(j, "certificateUntil", s->got.until_s);
	if (!power)
		write_last(&f->last[s->of], j);
}

void
reach_write(const struct reach *r, const struct figures *f, struct json *j)
{
	struct json *list = json_set_array(j, "servers");

	for (size_t i = 0; i < r->n; i++)
		write_server(&r->servers[i], f, json_add_object(list));
}

void
reach_free(struct reach *r)
{
	if (r == NULL)
		return;
	atomic_store(&r->stop, true);
	reach_leave(r);
}
