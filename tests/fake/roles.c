/* SPDX-License-Identifier: MIT */
/* The path of a request decides whose part is played. */
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "tests/fake/fake.h"

struct route {
	const char *prefix;
	const char *suffix; /* NULL: the prefix is the whole path */
	enum role role;
	role_handle *handle;
};

/* clang-format off */
static const struct route routes[] = {
    {"/3/device/",       "",               ROLE_APNS,    apns_handle},
    {"/v1/projects/",    "/messages:send", ROLE_FCM,     fcm_handle},
    {"/v1/",             "/messages:send", ROLE_HMS,     hms_handle},
    {"/v2/",             "/messages:send", ROLE_HMS,     hms_handle},
    {"/webpush/",        "",               ROLE_WEBPUSH, webpush_handle},
    {"/token",           NULL,             ROLE_GOOGLE,  google_handle},
    {"/oauth2/v3/token", NULL,             ROLE_HUAWEI,  huawei_handle},
    {"/control",         NULL,             ROLE_CONTROL, control_handle},
};
/* clang-format on */

static bool
matches(const struct route *r, const char *path)
{
	size_t len = strlen(path), pre, post;

	if (r->suffix == NULL)
		return strcmp(path, r->prefix) == 0;
	pre = strlen(r->prefix);
	post = strlen(r->suffix);
	return len >= pre + post && strncmp(path, r->prefix, pre) == 0 &&
	    strcmp(path + len - post, r->suffix) == 0;
}

static const struct route *
find_route(const char *path)
{
	size_t i;

	for (i = 0; i < nitems(routes); i++)
		if (matches(&routes[i], path))
			return &routes[i];
	return NULL;
}

/* APNs does not speak HTTP/1.1, so over it the connection just ends. */
static void
play(struct fake *f, struct ask *ask, const struct route *r)
{
	ask->role = r->role;
	f->n.by_role[r->role]++;
	if (r->role == ROLE_APNS && ask->stream == 0) {
		ask->answer.act = ACT_CLOSE;
		return;
	}
	if (r->role != ROLE_APNS)
		conn_raise(ask->conn);
	if (mode_play(f, ask))
		r->handle(f, ask);
}

void
fake_date(int64_t s, char out[FAKE_DATE])
{
	time_t at = s;
	struct tm tm;

	(void)gmtime_r(&at, &tm);
	(void)strftime(out, FAKE_DATE, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

/* Who only looks whether somebody is here gets the time as well. */
static void
answer_stranger(struct fake *f, struct ask *ask)
{
	answer_json(ask, 404, "{\"reason\":\"BadPath\"}");
	ask->answer.date_s = clock_local_ms() / 1000 + f->ahead_s;
}

void
fake_answer(struct fake *f, struct ask *ask)
{
	const char *path = ask_get(ask, HEAD_PATH);
	const struct route *r = path != NULL ? find_route(path) : NULL;
	struct answer *a = &ask->answer;

	f->n.requests++;
	if (path == NULL || ask_get(ask, HEAD_METHOD) == NULL)
		answer_json(ask, 400, "{\"error\":\"bad request\"}");
	else if (r == NULL)
		answer_stranger(f, ask);
	else
		play(f, ask, r);
	if (a->act == ACT_ANSWER && a->status >= 400)
		f->n.rejected++;
	if (!f->fast && log_level() >= LOG_L_DEBUG)
		log_debug("ask path=%s act=%d status=%d body=%.200s",
		    path != NULL ? path : "-", (int)a->act, a->status,
		    buf_str(&a->body));
	arena_reset(f->arena);
}
