/* SPDX-License-Identifier: MIT */
/*
 * Answers of the providers, and which verdicts they may have: a device is
 * lost on hard evidence only (I-5, I-6). The evidence is stated here once
 * more, from the services' documents and not from the tables. Input: a line
 * with provider ("a", "f", "h"), end, status, Retry-After and number of
 * targets; a line with apns-id, or why there is no answer; the body.
 */
#include "lib/json.h"
#include "push/provider.h"
#include "tests/fuzz/fuzz.h"

#define TARGETS 3

static const struct target targets[TARGETS] = {
    {"token-1", 7}, {"token-2", 8}, {"token-3", 9}};

static bool
is_text(const struct json *j, const char *name, const char *value)
{
	return strcmp(json_text(json_get(j, name), ""), value) == 0;
}

/* 410 by name, as of its timestamp. */
static bool
apns_is_gone(int status, const struct json *answer)
{
	return status == 410 && (is_text(answer, "reason", "Unregistered") ||
	    is_text(answer, "reason", "ExpiredToken"));
}

static bool
apns_is_suspect(int status, const struct json *answer)
{
	return status == 400 && (is_text(answer, "reason", "BadDeviceToken") ||
	    is_text(answer, "reason", "DeviceTokenNotForTopic"));
}

/* FCM's own word in the details; an HTTP status alone is about us. */
static bool
fcm_says(const struct json *answer, const char *code)
{
	const struct json *details = json_get(json_get(answer, "error"),
	    "details");

	for (size_t i = 0; i < json_len(details); i++)
		if (is_text(json_at(details, i), "errorCode", code) &&
		    strstr(json_text(json_get(json_at(details, i), "@type"),
			""), "google.firebase.fcm.v1.FcmError") != NULL)
			return true;
	return false;
}

static bool
fcm_is_suspect(int status, const struct json *answer)
{
	const struct json *error = json_get(answer, "error");

	if (status == 403)
		return fcm_says(answer, "SENDER_ID_MISMATCH");
	return status == 400 && (fcm_says(answer, "INVALID_ARGUMENT") ||
	    is_text(error, "status", "INVALID_ARGUMENT"));
}

/* Some list under an illegal_tokens of msg names it. */
static bool
hms_lists(const struct json *answer, const char *token)
{
	const char *msg = json_text(json_get(answer, "msg"), "");

	return strstr(msg, token) != NULL &&
	    (strstr(msg, "illegal_tokens") != NULL ||
		strstr(msg, "illegalTokens") != NULL);
}

static bool
may_be_suspect(const struct provider *p, int status,
    const struct json *answer, const struct target *t)
{
	const char *code = json_as_text(json_get(answer, "code"));

	if (p->platform == PLATFORM_APNS)
		return apns_is_suspect(status, answer);
	if (p->platform == PLATFORM_FCM)
		return fcm_is_suspect(status, answer);
	return strcmp(code, "80300007") == 0 ||
	    (strcmp(code, "80100000") == 0 && hms_lists(answer, t->token));
}

/* Sent is what was proved. */
static bool
may_be_sent(const struct provider *p, int status, const struct json *answer)
{
	const char *code = json_as_text(json_get(answer, "code"));

	if (p->platform == PLATFORM_APNS)
		return status == 200;
	if (p->platform == PLATFORM_FCM)
		return status == 200 && strstr(json_text(json_get(answer,
		    "name"), ""), "/messages/") != NULL;
	return (status == 200 && strcmp(code, "80000000") == 0) ||
	    (status < 500 && strcmp(code, "80100000") == 0);
}

static bool
must_be_gone(const struct provider *p, int status, const struct json *answer)
{
	if (p->platform == PLATFORM_APNS)
		return apns_is_gone(status, answer);
	return p->platform == PLATFORM_FCM && status == 404 &&
	    fcm_says(answer, "UNREGISTERED");
}

static void
check_form(const struct verdict *v)
{
	MUST(v->kind < VERDICT__COUNT && (v->cure & ~15u) == 0);
	MUST(v->after_s <= 86400);
	MUST(memchr(v->why, '\0', sizeof v->why) != NULL && is_plain(v->why));
	MUST(memchr(v->id, '\0', sizeof v->id) != NULL && is_plain(v->id));
	MUST(v->kind == VERDICT_SENT || v->why[0] != '\0');
	MUST(v->gone_ms == 0 || (v->gone_ms > 0 && v->kind == VERDICT_GONE));
}

static void
check(const struct provider *p, const struct exchange *x,
    const struct json *answer, const struct target *t,
    const struct verdict *v)
{
	bool answered = x->end == EXCHANGE_ANSWERED;
	bool gone = answered && must_be_gone(p, x->status, answer);

	check_form(v);
	if (!answered)
		MUST(v->kind == VERDICT_RETRY &&
		    v->uncounted == (x->end == EXCHANGE_UNSENT));
	else
		MUST(v->uncounted == (v->kind == VERDICT_HOLD));
	/* a list of details may hold more than one word: the first counts */
	MUST(v->kind != VERDICT_GONE || gone);
	MUST(p->platform != PLATFORM_APNS || !gone || v->kind == VERDICT_GONE);
	if (v->kind == VERDICT_GONE && p->platform == PLATFORM_APNS) {
		int64_t told = json_int(json_get(answer, "timestamp"), 0);

		MUST(v->gone_ms == (told > 0 ? told : 0));
	}
	if (v->kind == VERDICT_SUSPECT)
		MUST(answered && may_be_suspect(p, x->status, answer, t));
	if (v->kind == VERDICT_SENT)
		MUST(answered && may_be_sent(p, x->status, answer));
	if (v->kind == VERDICT_EXPIRED)
		MUST(p->platform == PLATFORM_HMS);
}

/* As the judges see it: whole, an object, not too deep. */
static struct json *
answer_of(const struct exchange *x)
{
	struct json *root = NULL;

	if (x->end != EXCHANGE_ANSWERED || x->answer.overflowed ||
	    x->answer.len == 0 || json_parse(NULL, x->answer.data,
	    x->answer.len, 16, &root) != NULL)
		return NULL;
	if (json_kind(root) == JSON_OBJECT)
		return root;
	json_free(root);
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const struct provider *p = &provider_apns;
	struct exchange *x = exchange_new();
	struct verdict v[TARGETS];
	const char *line = input_line(&in);
	unsigned end = 3, retry = 0, n = 1;
	struct json *answer;
	size_t len;

	(void)sscanf(line, "%*c %u %d %u %u", &end, &x->status, &retry, &n);
	if (*line == 'f' || *line == 'h')
		p = *line == 'f' ? &provider_fcm : &provider_hms;
	n = p->batch == 1 ? 1 : 1 + n % TARGETS;
	x->end = (enum exchange_end)(1 + (end + 2) % 3);
	x->retry_after_s = retry;
	line = input_line(&in);
	(void)snprintf(x->id, sizeof x->id, "%s", line);
	(void)snprintf(x->why, sizeof x->why, "%s", line);
	line = input_rest(&in, &len);
	(void)buf_add(&x->answer, line, len);
	memset(v, 0xa5, sizeof v);
	p->judge(x, targets, n, v);
	answer = answer_of(x);
	for (unsigned i = 0; i < n; i++)
		check(p, x, answer, &targets[i], &v[i]);
	json_free(answer);
	exchange_free(x);
	input_done(&in);
	return 0;
}
