/* SPDX-License-Identifier: MIT */
/*
 * POST /control changes how the stand-in behaves, GET /control counts what
 * it did:
 *
 *   {"mode":"503","count":10,"retry_after":2,"provider":"fcm"}
 *   {"trust":"apns-2"} {"revoke":true} {"expires_in":60} {"streams":10}
 *   {"prompt":true}: what slow tokens delay is answered now, and at once
 *   {"ahead":60}: its clock is so many seconds ahead
 */
#include <stdio.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/fake/shape.h"
#include "tests/fake/verify.h"

/* clang-format off */
static const struct shape order[] = {
    {"mode", SHAPE_TEXT},
    {"count", SHAPE_INT, .max = 1e9},
    {"retry_after", SHAPE_INT, .max = 86400},
    {"provider", SHAPE_WORD, .words = "apns|fcm|hms|webpush|google|huawei"},
    {"trust", SHAPE_WORD, .words = "apns|apns-2|fcm|fcm-2|vapid|vapid-2"},
    {"revoke", SHAPE_BOOL},
    {"expires_in", SHAPE_INT, .max = 1e6},
    {"streams", SHAPE_INT, .min = 1, .max = 1e6},
    {"prompt", SHAPE_BOOL},
    {"ahead", SHAPE_INT, .max = 1e6},
    {NULL}
};
/* clang-format on */

static const char *const names[ROLE__COUNT] = {
    "other", "apns", "fcm", "hms", "webpush", "google", "huawei",
    "control"};
static const char *const trusts[TRUST__COUNT] = {
    "apns", "apns-2", "fcm", "fcm-2", "vapid", "vapid-2"};

static void
tell(struct fake *f, struct ask *ask)
{
	struct json *j = json_new_object(f->arena), *by;
	const struct counters *n = &f->n;
	size_t i, len;

	json_set_text(j, "mode", f->mode.name);
	json_set_int(j, "requests", (int64_t)n->requests);
	json_set_int(j, "accepted", (int64_t)n->accepted);
	json_set_int(j, "rejected", (int64_t)n->rejected);
	json_set_int(j, "connections", (int64_t)n->connections);
	json_set_int(j, "open", (int64_t)n->open);
	json_set_int(j, "goaways", (int64_t)n->goaways);
	json_set_int(j, "rst", (int64_t)n->rst);
	json_set_int(j, "tokens_issued", (int64_t)n->tokens_issued);
	json_set_int(j, "streams_max", (int64_t)n->streams_max);
	by = json_set_object(j, "by");
	for (i = 0; i < ROLE__COUNT; i++)
		json_set_int(by, names[i], (int64_t)n->by_role[i]);
	answer_json(ask, 200, "%s", json_write(j, &len));
}

static void
set_mode(struct fake *f, const struct json *j, const char *name)
{
	const char *only = json_text(json_get(j, "provider"), "other");
	struct mode *m = &f->mode;
	enum role r = ROLE_NONE;

	while (strcmp(names[r], only) != 0)
		r++;
	(void)snprintf(m->name, sizeof(m->name), "%s", name);
	m->only = r;
	m->left = json_int(json_get(j, "count"), 0);
	m->endless = m->left == 0;
	m->retry_after = json_int(json_get(j, "retry_after"), -1);
}

static void
obey(struct fake *f, const struct json *j)
{
	const char *mode = json_text(json_get(j, "mode"), NULL);
	const char *trust = json_text(json_get(j, "trust"), NULL);
	enum trust t;

	if (mode != NULL)
		set_mode(f, j, mode);
	for (t = 0; trust != NULL && t < TRUST__COUNT; t++)
		if (strcmp(trusts[t], trust) == 0)
			verify_swap(f->verify, t);
	if (json_flag(json_get(j, "revoke"), false))
		verify_revoke(f);
	f->expires_in = json_int(json_get(j, "expires_in"), f->expires_in);
	f->ahead_s = json_int(json_get(j, "ahead"), f->ahead_s);
	f->prompt = json_flag(json_get(j, "prompt"), f->prompt);
	f->relimit |= json_has(j, "streams");
	f->streams = (uint32_t)json_int(json_get(j, "streams"), f->streams);
}

void
control_handle(struct fake *f, struct ask *ask)
{
	struct misfit bad = {.why = "not JSON"};
	struct json *j = NULL;

	if (strcmp(ask_get(ask, HEAD_METHOD), "GET") == 0) {
		tell(f, ask);
		return;
	}
	if (json_parse(f->arena, buf_str(&ask->body), ask->body.len, 4, &j) ==
	    NULL && shape_fits(j, order, false, "", &bad) &&
	    mode_is_known(json_text(json_get(j, "mode"), "normal"))) {
		obey(f, j);
		tell(f, ask);
		return;
	}
	answer_json(ask, 400, "{\"error\":\"control %s: %s\"}", bad.path,
	    bad.why);
}
