/* SPDX-License-Identifier: MIT */
/* What became of messages over the last hours, for charts. */
#include "fcgi/handlers.h"

#include "lib/clock.h"
#include "lib/mem.h"

#include "db/minute.h"

#include "push/provider.h"

#include "core/histogram.h"
#include "core/view.h"

#include "fcgi/call.h"

#define MINUTE_MS 60000
#define HOURS_DEFAULT 3
#define HOURS_MAX 168
#define STEPS_MAX 181

struct minutes_in {
	int64_t hours;
};

/* clang-format off */
static const struct field minutes_fields[] = {
	{"hours", F_COUNT, F_QUERY_ONLY, offsetof(struct minutes_in, hours), 0,
	    HOURS_MAX},
	{NULL}
};

const struct form minutes_form = {
	minutes_fields, sizeof(struct minutes_in), NULL, 0
};

/* How long a step is, so that there are not more than a chart can show. */
static const struct {
	int64_t hours, minutes; /* up to so many hours: a step */
} steps[] = {
	{3, 1},
	{12, 5},
	{24, 10},
	{HOURS_MAX, 60},
};
/* clang-format on */

/* One step of one provider. */
struct minutes_step {
	uint64_t ended[MINUTE_EXPIRED + 1], answered;
	struct histogram answers;
};

struct minutes_table {
	int64_t from_ms, step_ms;
	size_t n;
	bool has[PLATFORM__COUNT];
	struct minutes_step *of[PLATFORM__COUNT]; /* n each */
};

/* --- reading ---------------------------------------------------------- */

static void
take_minute(const struct minute_count *count, void *arg)
{
	struct minutes_table *t = arg;
	size_t i = (size_t)((count->at_ms - t->from_ms) / t->step_ms);
	struct minutes_step *s;

	if (count->at_ms < t->from_ms || i >= t->n ||
	    count->platform >= PLATFORM__COUNT)
		return;
	s = &t->of[count->platform][i];
	t->has[count->platform] = true;
	if (count->what <= MINUTE_EXPIRED) {
		s->ended[count->what] += count->n;
	} else if (count->what >= MINUTE_ANSWERS &&
	    count->what - MINUTE_ANSWERS < histogram_answers.n) {
		s->answers.n[count->what - MINUTE_ANSWERS] += count->n;
		s->answered += count->n;
	}
}

/* The last step is the present one, which is not over. */
static void
lay_table(struct call *c, int64_t hours, struct minutes_table *t)
{
	size_t k = 0;

	while (steps[k].hours < hours)
		k++;
	t->step_ms = steps[k].minutes * MINUTE_MS;
	t->n = (size_t)(hours * 60 / steps[k].minutes) + 1;
	t->from_ms = clock_now_ms() / t->step_ms * t->step_ms -
	    (int64_t)(t->n - 1) * t->step_ms;
	for (unsigned p = 0; p < PLATFORM__COUNT; p++)
		t->of[p] = arena_zero(c->mem, t->n * sizeof *t->of[p]);
}

/* --- answering -------------------------------------------------------- */

/* The list of a count that stands at this place of each step. */
static void
list_steps(struct json *into, const char *name, const struct minutes_table *t,
    const struct minutes_step *s, size_t at)
{
	struct json *list = json_set_array(into, name);

	for (size_t i = 0; i < t->n; i++)
		json_add_int(list, (int64_t)*(const uint64_t *)(const void *)
		    ((const char *)&s[i] + at));
}

/* In milliseconds; 0 where nothing was answered. */
static void
list_quantiles(struct json *into, const char *name,
    const struct minutes_table *t, const struct minutes_step *s, double part)
{
	struct json *list = json_set_array(into, name);

	for (size_t i = 0; i < t->n; i++)
		json_add_int(list, histogram_quantile(&s[i].answers,
		    &histogram_answers, part) / 1000);
}

static void
add_provider(struct json *into, const struct minutes_table *t,
    enum platform p)
{
#define AT(member) offsetof(struct minutes_step, member)
	const struct minutes_step *s = t->of[p];

	list_steps(into, "sent", t, s, AT(ended[MINUTE_SENT]));
	list_steps(into, "failed", t, s, AT(ended[MINUTE_FAILED]));
	list_steps(into, "expired", t, s, AT(ended[MINUTE_EXPIRED]));
	list_steps(into, "answered", t, s, AT(answered));
	list_quantiles(into, "p50Ms", t, s, 0.5);
	list_quantiles(into, "p95Ms", t, s, 0.95);
}

const struct err *
on_minutes(struct call *c)
{
	const struct minutes_in *in = c->in;
	struct json *j = json_new_object(c->mem), *list;
	struct minutes_table t = {0};
	const struct err *e;

	lay_table(c, in->hours > 0 ? in->hours : HOURS_DEFAULT, &t);
	e = minute_list(c->db, t.from_ms, t.step_ms / MINUTE_MS, take_minute,
	    &t);
	if (e != NULL)
		return e;
	view_instant(j, "from", t.from_ms);
	json_set_int(j, "stepSeconds", t.step_ms / 1000);
	json_set_int(j, "steps", (int64_t)t.n);
	list = json_set_object(j, "providers");
	for (unsigned p = 0; p < PLATFORM__COUNT; p++)
		if (t.has[p])
			add_provider(json_set_object(list, providers[p]->name),
			    &t, (enum platform)p);
	return reply_object(c, j);
}
