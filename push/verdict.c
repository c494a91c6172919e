/* SPDX-License-Identifier: MIT */
#include "push/verdict.h"

#include <stdio.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

/* A wait of more than a day is a mistake, of the provider or of Outpost. */
#define AFTER_MAX_S 86400

static bool
same_reason(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

const struct ruling *
ruling_find(const struct ruling *rows, size_t n, int status,
    const char *reason)
{
	for (size_t i = 0; i < n; i++)
		if ((rows[i].status == 0 || rows[i].status == status) &&
		    same_reason(rows[i].reason, reason))
			return &rows[i];
	return NULL;
}

const struct ruling *
ruling_by_status(int status)
{
	static const struct {
		int from, to;
		struct ruling ruling;
	} classes[] = {
		/* clang-format off */
	/* temporary by the definition of HTTP */
	{408, 408, {0, NULL, VERDICT_RETRY}},
	{429, 429, {0, NULL, VERDICT_RETRY, CURE_SLOWER, 60}},
	{400, 499, {0, NULL, VERDICT_REJECT, CURE_OPERATOR}},
	{500, 599, {0, NULL, VERDICT_RETRY}},
		/* clang-format on */
	};
	/* Any other status: a redirect, or a success without proof that the
	 * message was sent. Better twice than never. */
	static const struct ruling odd = {
	    0, NULL, VERDICT_RETRY, CURE_OPERATOR};

	for (size_t i = 0; i < nitems(classes); i++)
		if (status >= classes[i].from && status <= classes[i].to)
			return &classes[i].ruling;
	return &odd;
}

const char *
verdict_word(const char *text)
{
	return text != NULL && text_class_match("[a-zA-Z0-9_-]{1,64}", text)
	    ? text : NULL;
}

void
verdict_set(struct verdict *v, const struct ruling *r,
    const struct exchange *x, const char *why)
{
	unsigned told = x->retry_after_s;

	*v = (struct verdict){
	    .kind = r->kind,
	    .cure = r->cure,
	    .uncounted = r->kind == VERDICT_HOLD,
	    .after_s = r->after_s,
	};
	if (told > AFTER_MAX_S)
		told = AFTER_MAX_S;
	if ((r->kind == VERDICT_RETRY || r->kind == VERDICT_HOLD) &&
	    told > v->after_s)
		v->after_s = told;
	if (why != NULL && why[0] != '\0')
		text_quote(why, v->why, sizeof v->why);
	else
		(void)snprintf(v->why, sizeof v->why, "HTTP %d", x->status);
}

void
verdict_sent(struct verdict *v, const char *id)
{
	*v = (struct verdict){.kind = VERDICT_SENT};
	if (id == NULL)
		return;
	(void)snprintf(v->id, sizeof v->id, "%s", id);
	text_printable(v->id);
}

struct json *
verdict_json(const char *text, size_t len)
{
	static const struct json_limits limits = {VERDICT_DEPTH,
	    VERDICT_VALUES, VERDICT_CONTAINERS, VERDICT_MEMBERS};
	struct json *root = NULL;

	if (json_parse_within(NULL, text, len, &limits, &root) != NULL)
		return NULL;
	return root;
}

struct json *
verdict_answer(const struct exchange *x)
{
	struct json *root;

	if (x->answer.overflowed || x->answer.len == 0)
		return NULL;
	root = verdict_json(x->answer.data, x->answer.len);
	if (json_kind(root) == JSON_OBJECT)
		return root;
	json_free(root);
	return NULL;
}

void
verdict_of_transport(const struct exchange *x, struct verdict *v)
{
	*v = (struct verdict){
	    .kind = VERDICT_RETRY,
	    .uncounted = x->end == EXCHANGE_UNSENT,
	};
	text_quote(x->why[0] != '\0' ? x->why : "no answer", v->why,
	    sizeof v->why);
}

const char *
verdict_name(enum verdict_kind kind)
{
	static const char *const names[VERDICT__COUNT] = {
	    [VERDICT_SENT] = "sent",
	    [VERDICT_RETRY] = "retry",
	    [VERDICT_HOLD] = "hold",
	    [VERDICT_REJECT] = "reject",
	    [VERDICT_GONE] = "gone",
	    [VERDICT_SUSPECT] = "suspect",
	    [VERDICT_EXPIRED] = "expired",
	};

	return kind < VERDICT__COUNT ? names[kind] : "unknown";
}
