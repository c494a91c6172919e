/* SPDX-License-Identifier: MIT */
#include "push/webpush_judge.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "push/verdict.h"
#include "push/webpush_address.h"

/* A key that is not that of the subscription. The fault is ours, or of this one
 * subscription, and no answer tells which: the browser stays registered, the
 * application goes on with others, and a person is called. When all browsers
 * are refused, the application is held at that host. */
#define OTHER_KEY VERDICT_RETRY, CURE_OPERATOR | CURE_KEY, 60
/* The same from a service that says it in so many words. Others have one answer
 * for this and for a token that they do not like. */
#define MISMATCHED VERDICT_RETRY, CURE_OPERATOR | CURE_KEY | CURE_SUBSCRIBE, 60
#define SLOWER VERDICT_RETRY, CURE_SLOWER, 60

/* --- Google ------------------------------------------------------------ */

/* Its answers are text or HTML: a phrase stands for the reason. */
static const struct phrase {
	const char *reason;
	int status; /* 0: any */
	const char *text;
} phrases[] = {
	/* clang-format off */
	{"UnauthorizedRegistration", 400, "UnauthorizedRegistration"},
	{"InvalidRegistration",	400, "InvalidRegistration"},
	{"InvalidTtl",		400, "invalid TTL"},
	{"InvalidJwt",		403, "invalid JWT"},
	{"InvalidRegistration",	403, "invalid push subscription"},
	{"KeyMismatch",		403, "do not correspond"},
	{"Expired",		0, "unsubscribed or expired"},
	/* clang-format on */
};

static const struct ruling of_google[] = {
	/* clang-format off */
	{400, "UnauthorizedRegistration", VERDICT_HOLD,	CURE_OPERATOR},
	{400, "InvalidRegistration",	VERDICT_SUSPECT},
	{400, "InvalidTtl",		VERDICT_REJECT,	CURE_OPERATOR},
	{401, NULL,			VERDICT_HOLD,	CURE_TOKEN},
	{403, "InvalidJwt",		VERDICT_HOLD,	CURE_TOKEN},
	{403, "InvalidRegistration",	VERDICT_SUSPECT},
	{403, "KeyMismatch",		MISMATCHED},
	{403, NULL,			OTHER_KEY},
	/* clang-format on */
};

static const char *
google_reason(const struct exchange *x, char *into, size_t size)
{
	const char *text = buf_str(&x->answer);

	(void)into;
	(void)size;
	for (size_t i = 0; i < nitems(phrases); i++)
		if ((phrases[i].status == 0 || phrases[i].status ==
			x->status) && strcasestr(text, phrases[i].text) != NULL)
			return phrases[i].reason;
	return NULL;
}

/* --- Mozilla ----------------------------------------------------------- */

#define MISMATCH "109 mismatch"

static const struct ruling of_mozilla[] = {
	/* clang-format off */
	{400, "108",	VERDICT_SUSPECT},		/* damaged URL */
	{400, "110",	VERDICT_REJECT,	CURE_OPERATOR},	/* encoding */
	{400, "111",	VERDICT_REJECT,	CURE_OPERATOR},	/* TTL */
	{400, "112",	VERDICT_REJECT,	CURE_OPERATOR},	/* TTL */
	{400, "113",	VERDICT_REJECT,	CURE_OPERATOR},	/* topic */
	{400, "114",	VERDICT_REJECT,	CURE_OPERATOR},	/* TTL */
	{401, MISMATCH,	MISMATCHED},
	{401, "109",	VERDICT_HOLD,	CURE_TOKEN},	/* any other of VAPID */
	{401, NULL,	VERDICT_HOLD,	CURE_TOKEN},
	{404, "102",	VERDICT_GONE},
	{410, "103",	VERDICT_GONE},
	{410, "105",	VERDICT_GONE},
	{410, "106",	VERDICT_GONE},
	{413, "104",	VERDICT_REJECT},
	{502, "901",	VERDICT_RETRY},			/* its bridge */
	{502, "902",	VERDICT_RETRY},
	{502, "903",	VERDICT_RETRY},
	{503, "201",	SLOWER},
	{503, "202",	SLOWER},
	/* clang-format on */
};

/* errno, and of 109, which has several causes, the one that may be about this
 * subscription alone. */
static const char *
mozilla_reason(const struct exchange *x, char *into, size_t size)
{
	struct json *answer = verdict_answer(x);
	int64_t number = json_int(json_get(answer, "errno"), 0);
	bool mismatch = strcasestr(json_text(json_get(answer, "message"), ""),
	    "mismatch") != NULL;

	json_free(answer);
	if (number <= 0)
		return NULL;
	(void)snprintf(into, size, "%lld%s", (long long)number,
	    number == 109 && mismatch ? " mismatch" : "");
	return into;
}

/* --- Apple ------------------------------------------------------------- */

static const struct ruling of_apple[] = {
	/* clang-format off */
	{0, "VapidPkHashMismatch",	MISMATCHED},
	{400, "BadWebPushTopic",	VERDICT_REJECT,	CURE_OPERATOR},
	{400, "BadTtl",			VERDICT_REJECT,	CURE_OPERATOR},
	{400, "BadUrgency",		VERDICT_REJECT,	CURE_OPERATOR},
	{400, "BadWebPushRequest",	VERDICT_REJECT,	CURE_OPERATOR},
	{400, "BadAuthorizationHeader",	VERDICT_HOLD,	CURE_OPERATOR},
	{403, "BadJwtToken",		VERDICT_HOLD,	CURE_TOKEN},
	{403, "BadVapidPublicKey",	VERDICT_HOLD,	CURE_OPERATOR},
	{403, NULL,			VERDICT_HOLD,	CURE_OPERATOR},
	{404, "BadPath",		VERDICT_SUSPECT},
	{410, "ExpiredSubscription",	VERDICT_GONE},
	{410, "Unregistered",		VERDICT_GONE},
	{413, "PayloadTooLarge",	VERDICT_REJECT},
	/* for this subscription: the others go on as they are */
	{429, "TooManyRequests",	VERDICT_RETRY,	0, 60},
	/* clang-format on */
};

static const char *
apple_reason(const struct exchange *x, char *into, size_t size)
{
	struct json *answer = verdict_answer(x);
	const char *reason = verdict_word(
	    json_text(json_get(answer, "reason"), NULL));

	if (reason != NULL)
		(void)snprintf(into, size, "%s", reason);
	json_free(answer);
	return reason != NULL ? into : NULL;
}

/* --- Windows ----------------------------------------------------------- */

static const struct ruling of_windows[] = {
	/* clang-format off */
	{0, "channelthrottled",	SLOWER},
	{0, "dropped",		VERDICT_REJECT},
	{401, NULL,		OTHER_KEY},
	{403, NULL,		OTHER_KEY},
	{406, NULL,		SLOWER}, /* what 429 is called there */
	/* clang-format on */
};

/* It says the cause in headers; a sentence of them may quote the message. */
static const char *
windows_reason(const struct exchange *x, char *into, size_t size)
{
	(void)into;
	(void)size;
	return strcmp(x->told, "received") == 0 ? NULL : verdict_word(x->told);
}

/* --- all --------------------------------------------------------------- */

/* What RFC 8030 says, and what services without a table get. A 401 or 403 may
 * be about this subscription alone, as another key of it is. */
static const struct ruling of_any[] = {
	/* clang-format off */
	{401, NULL,	OTHER_KEY},
	{403, NULL,	OTHER_KEY},
	{404, NULL,	VERDICT_GONE},
	{410, NULL,	VERDICT_GONE},
	{413, NULL,	VERDICT_REJECT},
	{429, NULL,	SLOWER},
	{503, NULL,	SLOWER},
	/* clang-format on */
};

static const struct service {
	const char *domain; /* its hosts: this one and those below it */
	const struct ruling *rulings;
	size_t n;
	const char *(*reason)(const struct exchange *x, char *into,
	    size_t size);
} services[] = {
	/* clang-format off */
	{"fcm.googleapis.com",	of_google, nitems(of_google), google_reason},
	{"jmt17.google.com",	of_google, nitems(of_google), google_reason},
	{"push.services.mozilla.com", of_mozilla, nitems(of_mozilla), mozilla_reason},
	{"push.apple.com",	of_apple, nitems(of_apple), apple_reason},
	{"notify.windows.com",	of_windows, nitems(of_windows), windows_reason},
	/* clang-format on */
};

static const struct service *
service_at(struct bytes host)
{
	for (size_t i = 0; i < nitems(services); i++) {
		size_t n = strlen(services[i].domain);
		const char *end = host.data + host.len - n;

		if (host.len >= n &&
		    strncasecmp(end, services[i].domain, n) == 0 &&
		    (host.len == n || end[-1] == '.'))
			return &services[i];
	}
	return NULL;
}

/* The row of the service for the reason, else its row for the status, else what
 * all services mean. */
static const struct ruling *
find(const struct service *s, int status, const char *reason)
{
	const struct ruling *r = NULL;

	if (s != NULL && reason != NULL)
		r = ruling_find(s->rulings, s->n, status, reason);
	if (r == NULL && s != NULL)
		r = ruling_find(s->rulings, s->n, status, NULL);
	if (r == NULL)
		r = ruling_find(of_any, nitems(of_any), status, NULL);
	return r != NULL ? r : ruling_by_status(status);
}

/* Of a request that has no answer. */
static void
judge_unanswered(const struct exchange *x, struct verdict *out)
{
	static const struct ruling no_point = {.kind = VERDICT_REJECT};

	if (x->end == EXCHANGE_UNSENT && strcmp(x->why, WEBPUSH_NO_POINT) == 0)
		verdict_set(out, &no_point, x, x->why);
	else
		verdict_of_transport(x, out);
}

/* The key is refused. A page that has told another one is right: this fails
 * alone. If we have only taken the browser for one of another key, that may
 * have been a wrong one, and the service may mean something else. */
static void
judge_key(const struct exchange *x, const struct ruling *r, const char *reason,
    struct verdict *out)
{
	static const struct ruling other_key = {.kind = VERDICT_REJECT};

	if (x->other_key && !x->key_taken) {
		verdict_set(out, &other_key, x, WEBPUSH_OTHER_KEY);
		return;
	}
	verdict_set(out, r, x, reason);
	if (!x->other_key)
		out->cure &= ~(unsigned)CURE_SUBSCRIBE;
}

void
webpush_judge_host(const struct exchange *x, struct bytes host,
    struct verdict *out)
{
	const struct service *s = service_at(host);
	const struct ruling *r = NULL;
	const char *reason = NULL;
	char word[80];

	if (x->end != EXCHANGE_ANSWERED) {
		judge_unanswered(x, out);
		return;
	}
	if (s != NULL)
		reason = s->reason(x, word, sizeof word);
	if (x->status / 100 == 2 && s != NULL && reason != NULL)
		r = ruling_find(s->rulings, s->n, 0, reason);
	if (x->status / 100 == 2 && r == NULL) {
		verdict_sent(out, x->id);
		return;
	}
	if (r == NULL)
		r = find(s, x->status, reason);
	if ((r->cure & CURE_KEY) != 0)
		judge_key(x, r, reason, out);
	else
		verdict_set(out, r, x, reason);
}

void
webpush_judge(const struct exchange *x, const struct target *targets,
    size_t n, struct verdict *out)
{
	struct webpush_address a;
	struct bytes nowhere = {"", 0};

	assert(n == 1);
	(void)n;
	webpush_judge_host(x, webpush_address(targets[0].token, &a) == NULL
	    ? a.host : nowhere, out);
}
