/* SPDX-License-Identifier: MIT */
#include "push/hms_judge.h"

#include <assert.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/verdict.h"

#define SUCCESS "80000000"
#define PARTIAL "80100000"

/* Keyed by code, for any HTTP status: Huawei does not document which code
 * comes with which status. */
static const struct ruling by_code[] = {
	/* clang-format off */
	/* these two are used only if the status contradicts them */
	{0, SUCCESS,	VERDICT_RETRY,	CURE_OPERATOR},
	{0, PARTIAL,	VERDICT_RETRY,	CURE_OPERATOR},
	/* about the message, which its caller wrote: no alarm */
	{0, "80100001",	VERDICT_REJECT},		/* parameters */
	{0, "80100002",	VERDICT_REJECT},		/* system message */
	{0, "80100003",	VERDICT_REJECT},		/* structure */
	{0, "80100004",	VERDICT_EXPIRED},		/* ttl is over */
	{0, "80100013",	VERDICT_REJECT},		/* collapse_key */
	{0, "80100016",	VERDICT_REJECT},		/* sensitive content */
	{0, "80100017",	VERDICT_RETRY},			/* topic jobs */
	{0, "80100018",	VERDICT_REJECT},		/* review failed */
	{0, "80200001",	VERDICT_HOLD,	CURE_TOKEN},	/* authentication */
	{0, "80200003",	VERDICT_HOLD,	CURE_TOKEN},	/* token expired */
	{0, "80200005",	VERDICT_HOLD,	CURE_TOKEN},	/* JWT expired */
	{0, "80300002",	VERDICT_HOLD,	CURE_OPERATOR},	/* may not send */
	{0, "80300007",	VERDICT_SUSPECT},		/* all tokens bad */
	{0, "80300008",	VERDICT_REJECT},		/* body too large */
	{0, "80300010",	VERDICT_REJECT,	CURE_OPERATOR},	/* token count */
	{0, "80300011",	VERDICT_REJECT,	CURE_OPERATOR},	/* high level */
	{0, "80300013",	VERDICT_HOLD,	CURE_OPERATOR},	/* receipts */
	{0, "80600003",	VERDICT_RETRY,	CURE_OPERATOR},	/* OAuth at HMS */
	{0, "81000001",	VERDICT_RETRY},			/* internal */
	/* clang-format on */
};

/* For an answer without a known code. */
static const struct ruling by_status[] = {
	/* clang-format off */
	{401, NULL,	VERDICT_HOLD,	CURE_TOKEN},
	{404, NULL,	VERDICT_HOLD,	CURE_OPERATOR},	/* wrong URL */
	{503, NULL,	VERDICT_RETRY,	CURE_SLOWER},	/* flow control */
	/* clang-format on */
};

/* An unknown code: with status 200 the answer is not a success. */
static const struct ruling unknown_code = {200, NULL, VERDICT_REJECT,
    CURE_OPERATOR};

/* Some were sent, but the answer does not name them: better twice than
 * never. */
static const struct ruling untold = {200, NULL, VERDICT_RETRY, CURE_OPERATOR};

/* Why a device got nothing, in the newer form of the answer. Only one cause is
 * a fault of the token; an unknown cause is not. */
static const struct ruling by_cause[] = {
	/* clang-format off */
	{0, NULL,		VERDICT_SUSPECT},	/* a plain list */
	{0, "tokenFormatError",	VERDICT_SUSPECT},
	/* clang-format on */
};
static const struct ruling not_the_token = {0, NULL, VERDICT_REJECT,
    CURE_OPERATOR};

struct hms_listing {
	const struct exchange *x;
	const struct target *targets;
	size_t n;
	struct verdict *out;
	size_t found;
};

static bool
is_listed(const struct json *list, const char *token)
{
	for (size_t i = 0; i < json_len(list); i++)
		if (strcmp(json_text(json_at(list, i), ""), token) == 0)
			return true;
	return false;
}

static void
judge_list(struct hms_listing *l, const char *cause, const struct json *list)
{
	const struct ruling *r = ruling_find(by_cause, nitems(by_cause), 0,
	    cause);

	for (size_t i = 0; i < l->n; i++) {
		if (l->out[i].kind != VERDICT_SENT ||
		    !is_listed(list, l->targets[i].token))
			continue;
		verdict_set(&l->out[i], r != NULL ? r : &not_the_token, l->x,
		    verdict_word(cause) != NULL ? cause : PARTIAL);
		l->found++;
	}
}

static bool
judge_cause(const char *cause, struct json *list, void *listing)
{
	judge_list(listing, cause, list);
	return true;
}

static void
judge_lists(const struct json *msg, struct hms_listing *l)
{
	static const char *const spellings[] = {"illegal_tokens",
	    "illegalTokens"};

	for (size_t i = 0; i < nitems(spellings); i++) {
		const struct json *list = json_get(msg, spellings[i]);

		if (json_kind(list) == JSON_OBJECT)
			json_each(list, judge_cause, l);
		else
			judge_list(l, NULL, list);
	}
}

/* The msg of this code is JSON within a text. The listed tokens got nothing;
 * the others are sent, if the list accounts for all failures. */
static void
judge_partial(const struct exchange *x, const struct json *answer,
    const struct target *targets, size_t n, struct verdict *out)
{
	const char *text = json_text(json_get(answer, "msg"), "");
	const char *id = json_text(json_get(answer, "requestId"), NULL);
	struct hms_listing l = {x, targets, n, out, 0};
	struct json *msg;
	int64_t failures;

	for (size_t i = 0; i < n; i++)
		verdict_sent(&out[i], id);
	msg = verdict_json(text, strlen(text));
	judge_lists(msg, &l);
	failures = json_int(json_get(msg, "failure"), 1);
	json_free(msg);
	if (failures <= (int64_t)l.found)
		return;
	for (size_t i = 0; i < n; i++)
		if (out[i].kind == VERDICT_SENT)
			verdict_set(&out[i], &untold, x, PARTIAL " untold");
}

static const struct ruling *
rule(int status, const char *code)
{
	const struct ruling *r = NULL;

	if (code != NULL)
		r = ruling_find(by_code, nitems(by_code), 0, code);
	if (r == NULL)
		r = ruling_find(by_status, nitems(by_status), status, NULL);
	if (r == NULL && code != NULL && status == 200)
		r = &unknown_code;
	return r != NULL ? r : ruling_by_status(status);
}

/* The code: a text by Huawei's manual; a number is accepted too. */
static const char *
code_of(const struct json *answer)
{
	const struct json *code = json_get(answer, "code");
	enum json_kind kind = json_kind(code);

	return kind == JSON_TEXT || kind == JSON_INT
	    ? verdict_word(json_as_text(code)) : NULL;
}

static void
judge_answer(const struct exchange *x, const struct json *answer,
    const struct target *targets, size_t n, struct verdict *out)
{
	const char *code = code_of(answer), *id;
	const struct ruling *r = rule(x->status, code);
	bool sent;

	if (code != NULL && x->status < 500 && strcmp(code, PARTIAL) == 0) {
		judge_partial(x, answer, targets, n, out);
		return;
	}
	sent = code != NULL && x->status == 200 && strcmp(code, SUCCESS) == 0;
	id = json_text(json_get(answer, "requestId"), NULL);
	for (size_t i = 0; i < n; i++)
		if (sent)
			verdict_sent(&out[i], id);
		else
			verdict_set(&out[i], r, x, code);
}

void
hms_judge(const struct exchange *x, const struct target *targets, size_t n,
    struct verdict *out)
{
	struct json *answer;

	if (x->end != EXCHANGE_ANSWERED) {
		for (size_t i = 0; i < n; i++)
			verdict_of_transport(x, &out[i]);
		return;
	}
	answer = verdict_answer(x);
	judge_answer(x, answer, targets, n, out);
	json_free(answer);
}
