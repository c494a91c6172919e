/* SPDX-License-Identifier: MIT */
/*
 * "tok-<scenario>", with anything after a ':' ignored. A scenario is one of
 * the table below, or else a word of the provider itself, as in
 * tok-Unregistered, tok-QUOTA_EXCEEDED, tok-80300007.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "tests/fake/fake.h"
#include "tests/fake/verify.h"

#define HUGE_LEN (5 * 1024 * 1024)
#define REFUSED_STREAM 7
#define INTERNAL_ERROR 2
#define TRIES 65536 /* power of two; more tokens than that share */

struct tries {
	uint64_t hash[TRIES];
	uint32_t count[TRIES];
};

struct play {
	struct fake *fake;
	struct ask *ask;
	const char *token; /* whole */
	const char *rest;  /* behind the scenario's name */
};

/* Faults that each provider words in its own way. */
struct fault {
	const char *name;
	enum act act;
	uint32_t code;
	const char *apns, *fcm, *hms, *webpush;
	int oauth;
};

/* clang-format off */
static const struct fault faults[] = {
    {"503",        ACT_ANSWER, 0, "ServiceUnavailable", "UNAVAILABLE",
	"503", "503", 503},
    {"500",        ACT_ANSWER, 0, "InternalServerError", "INTERNAL",
	"81000001@500", "500", 500},
    {"429",        ACT_ANSWER, 0, "TooManyRequests", "QUOTA_EXCEEDED",
	"503", "429", 503},
    {"reject-jwt", ACT_ANSWER, 0, "InvalidProviderToken", "UNAUTHENTICATED",
	"80200001@401", "bad-jwt", 400},
    {"expire-jwt", ACT_ANSWER, 0, "ExpiredProviderToken", "UNAUTHENTICATED",
	"80200003@401", "bad-jwt", 400},
    {"forbid",     ACT_ANSWER, 0, "Forbidden", "PERMISSION_DENIED",
	"80300002", "no-vapid", 403},
    {"bad-token",  ACT_ANSWER, 0, "BadDeviceToken", "SENDER_ID_MISMATCH",
	"80300007", "mismatch", 400},
    {"echo",       ACT_ANSWER},
    {"hang",       ACT_HANG},
    {"reset",      ACT_RESET, INTERNAL_ERROR},
    {"refuse",     ACT_RESET, REFUSED_STREAM},
    {"goaway",     ACT_GOAWAY},
    {"close",      ACT_CLOSE},
    {NULL}
};
/* clang-format on */

static bool
say(struct ask *ask, const char *what)
{
	switch (ask->role) {
	case ROLE_APNS:
		return apns_say(ask, what);
	case ROLE_FCM:
		return fcm_say(ask, what);
	case ROLE_HMS:
		return hms_say(ask, what);
	case ROLE_WEBPUSH:
		return webpush_say(ask, what);
	default:
		return false;
	}
}

static const struct fault *
find_fault(const char *name)
{
	const struct fault *f = faults;

	while (f->name != NULL && strcmp(f->name, name) != 0)
		f++;
	return f->name != NULL ? f : NULL;
}

/* A refusal that says back what it should not: the device's token, the
 * access token, the secrets of a token request. */
static void
play_echo(struct ask *ask)
{
	struct json *j = json_new_object(NULL), *error;
	const char *proof = ask_get(ask, HEAD_AUTHORIZATION);
	const char *said = ask->role == ROLE_APNS || proof == NULL ?
	    strrchr(ask_get(ask, HEAD_PATH), '/') + 1 : proof + 7;
	size_t len;

	if (ask->role == ROLE_GOOGLE || ask->role == ROLE_HUAWEI) {
		json_set_text(j, "error", "invalid_client");
		json_set_text(j, "error_description", buf_str(&ask->body));
	} else {
		json_set_text(j, "reason", said);
		json_set_text(j, "code", said);
		json_set_text(j, "msg", buf_str(&ask->body));
		error = json_set_object(j, "error");
		json_set_text(error, "status", said);
		json_set_text(error, "message", buf_str(&ask->body));
	}
	answer_json(ask, 400, "%s", json_write(j, &len));
	json_free(j);
}

static void
play_fault(struct ask *ask, const struct fault *f)
{
	ask->answer.act = f->act;
	ask->answer.code = f->code;
	if (f->act != ACT_ANSWER)
		return;
	if (strcmp(f->name, "echo") == 0)
		play_echo(ask);
	else if (ask->role == ROLE_APNS)
		(void)apns_say(ask, f->apns);
	else if (ask->role == ROLE_FCM)
		(void)fcm_say(ask, f->fcm);
	else if (ask->role == ROLE_HMS)
		(void)hms_say(ask, f->hms);
	else if (ask->role == ROLE_WEBPUSH)
		(void)webpush_say(ask, f->webpush);
	else
		answer_json(ask, f->oauth, "{\"error\":\"%s\"}",
		    f->oauth < 500 ? "invalid_grant" : "internal_failure");
}

/* How often this very token came to this provider before. */
static uint32_t
count_try(struct play *p)
{
	struct fake *f = p->fake;
	uint64_t h = (verify_hash(p->token) ^ (uint64_t)p->ask->role << 60) | 1;
	size_t i = (size_t)(h >> 16) & (TRIES - 1), n;

	if (f->tries == NULL)
		f->tries = xcalloc(1, sizeof(*f->tries));
	for (n = 0; n < 64 && f->tries->hash[i] != 0; n++) {
		if (f->tries->hash[i] == h)
			return f->tries->count[i]++;
		i = (i + 1) & (TRIES - 1);
	}
	f->tries->hash[i] = h;
	f->tries->count[i] = 1;
	return 0;
}

/* --- the scenarios: false when the push ends there -------------------- */

typedef bool player(struct play *p);

static bool
play_accept(struct play *p)
{
	(void)p;
	return true;
}

static bool
play_slow(struct play *p)
{
	(void)text_i64(p->rest, 0, 3600000, &p->ask->answer.delay_ms);
	return true;
}

static bool
play_named_fault(struct play *p)
{
	const struct fault *f = find_fault(p->rest);

	if (f == NULL)
		return true;
	play_fault(p->ask, f);
	return false;
}

static bool
play_reset(struct play *p)
{
	int64_t code = INTERNAL_ERROR;

	if (p->rest[0] == '-')
		(void)text_i64(p->rest + 1, 0, 13, &code);
	p->ask->answer.act = ACT_RESET;
	p->ask->answer.code = (uint32_t)code;
	return false;
}

static bool
play_refused(struct play *p)
{
	p->ask->answer.act = ACT_RESET;
	p->ask->answer.code = REFUSED_STREAM;
	return false;
}

static bool
play_goaway_after(struct play *p)
{
	p->ask->answer.act = ACT_GOAWAY_AFTER;
	return true;
}

/* APNs has nothing to cut in an accepting answer. */
static bool
play_cut(struct play *p)
{
	p->ask->answer.act = ACT_CUT;
	if (p->ask->role != ROLE_APNS)
		return true;
	(void)apns_say(p->ask, "ServiceUnavailable");
	return false;
}

static bool
play_huge(struct play *p)
{
	static char *huge;

	if (huge == NULL) {
		huge = xmalloc(HUGE_LEN);
		memset(huge, 'x', HUGE_LEN);
		memcpy(huge, "{\"reason\":\"", 11);
		memcpy(huge + HUGE_LEN - 2, "\"}", 2);
	}
	p->ask->answer.status = 500;
	p->ask->answer.big = huge;
	p->ask->answer.big_len = HUGE_LEN;
	return false;
}

static bool
play_html(struct play *p)
{
	int64_t status = 502;

	if (p->rest[0] == '-')
		(void)text_i64(p->rest + 1, 200, 599, &status);
	answer_json(p->ask, (int)status, "<html><title>Error %d</title></html>",
	    (int)status);
	p->ask->answer.type = "text/html; charset=UTF-8";
	return false;
}

/* Does the provider answer {"reason":...}, or take that from us? */
static bool
has_reason(const struct ask *ask)
{
	return ask->role == ROLE_APNS || ask->role == ROLE_WEBPUSH;
}

/* A reason too long for any column, that would colour a terminal, forge a
 * line and end a field. */
static bool
play_evil_reason(struct play *p)
{
	static const char reason[] = "\\u001b[31m\\\"\\n\\ud83d\\ude00";
	char many[301];

	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	if (has_reason(p->ask))
		answer_json(p->ask, 400, "{\"reason\":\"%s%s\"}", reason, many);
	else if (p->ask->role == ROLE_FCM)
		answer_json(p->ask, 400, "{\"error\":{\"code\":400,\"status\":"
		    "\"%s%s\"}}", reason, many);
	else
		answer_json(p->ask, 200, "{\"code\":\"%s%s\",\"msg\":\"demo\","
		    "\"requestId\":\"demo\"}", reason, many);
	return false;
}

static bool
play_unknown_reason(struct play *p)
{
	answer_json(p->ask, 400, "%s", has_reason(p->ask) ?
	    "{\"reason\":\"NobodyKnowsThis\"}" : p->ask->role == ROLE_FCM ?
	    "{\"error\":{\"code\":400,\"message\":\"demo\",\"status\":"
	    "\"NOBODY_KNOWS\",\"details\":[{\"@type\":\"type.googleapis.com/"
	    "google.firebase.fcm.v1.FcmError\",\"errorCode\":"
	    "\"NOBODY_KNOWS\"}]}}" :
	    "{\"code\":\"89999999\",\"msg\":\"demo\",\"requestId\":\"demo\"}");
	return false;
}

static bool
play_retry_after(struct play *p)
{
	if (count_try(p) > 0)
		return true;
	play_fault(p->ask, find_fault("503"));
	(void)text_i64(p->rest, 0, 86400, &p->ask->answer.retry_after);
	return false;
}

static bool
play_once(struct play *p)
{
	if (count_try(p) > 0)
		return true;
	if (find_fault(p->rest) != NULL)
		return play_named_fault(p);
	return !say(p->ask, p->rest);
}

/* "503-then-200", "503x3-then-200": rest is the whole name. */
static bool
play_then(struct play *p)
{
	char name[32];
	const char *end = strstr(p->rest, "-then-200");
	char *times;
	uint64_t n = 1;

	(void)snprintf(name, sizeof(name), "%.*s", (int)(end - p->rest),
	    p->rest);
	if ((times = strrchr(name, 'x')) != NULL &&
	    text_u64(times + 1, 1000, &n))
		*times = '\0';
	if (count_try(p) >= n)
		return true;
	if (find_fault(name) != NULL) {
		play_fault(p->ask, find_fault(name));
		return false;
	}
	return !say(p->ask, name);
}

struct scenario {
	const char *name;
	bool whole; /* nothing may follow the name */
	player *play;
};

/* clang-format off */
static const struct scenario scenarios[] = {
    {"accept",         true,  play_accept},
    {"slow-",          false, play_slow},
    {"reset",          false, play_reset},
    {"refused",        true,  play_refused},
    {"goaway-after",   true,  play_goaway_after},
    {"cut",            true,  play_cut},
    {"huge",           true,  play_huge},
    {"html",           false, play_html},
    {"unknown-reason", true,  play_unknown_reason},
    {"evil-reason",    true,  play_evil_reason},
    {"retry-after-",   false, play_retry_after},
    {"once-",          false, play_once},
};
/* clang-format on */

static player *
find_player(struct play *p, const char *name)
{
	const struct scenario *s;
	size_t i, len;

	p->rest = name;
	if (strstr(name, "-then-200") != NULL)
		return play_then;
	if (find_fault(name) != NULL)
		return play_named_fault;
	for (i = 0; i < nitems(scenarios); i++) {
		s = &scenarios[i];
		len = strlen(s->name);
		if (strncmp(name, s->name, len) != 0 ||
		    (s->whole && name[len] != '\0'))
			continue;
		p->rest = name + len;
		return s->play;
	}
	return NULL;
}

bool
scenario_play(struct fake *f, struct ask *ask, const char *token,
    const char **name)
{
	struct play p = {f, ask, token, NULL};
	player *play;

	*name = "accept";
	if (!text_starts(token, "tok-"))
		return true;
	*name = arena_text(f->arena, token + 4, strcspn(token + 4, ":"));
	if ((play = find_player(&p, *name)) != NULL)
		return play(&p);
	if (say(ask, *name))
		return false;
	log_warn("scenario name=%s unknown, accepted", *name);
	return true;
}

/* --- for all requests ------------------------------------------------- */

bool
mode_is_known(const char *name)
{
	return find_fault(name) != NULL || strcmp(name, "normal") == 0 ||
	    strcmp(name, "max-streams-1") == 0 ||
	    strcmp(name, "no-window-update") == 0;
}

bool
mode_play(struct fake *f, struct ask *ask)
{
	struct mode *m = &f->mode;
	const struct fault *fault = find_fault(m->name);
	bool push = ask->role >= ROLE_APNS && ask->role <= ROLE_WEBPUSH;

	if (fault == NULL || ask->role == ROLE_CONTROL ||
	    (m->only != ROLE_NONE ? ask->role != m->only : !push))
		return true;
	play_fault(ask, fault);
	if (m->retry_after >= 0)
		ask->answer.retry_after = m->retry_after;
	if (!m->endless && --m->left <= 0)
		(void)snprintf(m->name, sizeof(m->name), "normal");
	return false;
}
