/* SPDX-License-Identifier: MIT */
#include "fcgi/call_queue.h"

#include <stdlib.h>

#include "lib/mem.h"

/* The calls of one kind, oldest first. */
struct call_line {
	struct queued_call *first, **end;
	size_t length;
	size_t served; /* workers that serve its calls now */
};

struct call_queue {
	struct call_queue_limits limits;
	size_t share; /* of the workers, for one kind */
	size_t length, bytes;
	size_t turn; /* the kind to look at first */
	struct call_line lines[];
};

struct call_queue *
call_queue_new(const struct call_queue_limits *limits)
{
	struct call_queue *q = xcalloc(1,
	    sizeof *q + limits->kinds * sizeof *q->lines);

	q->limits = *limits;
	q->share = limits->workers - limits->workers / 4;
	for (size_t i = 0; i < limits->kinds; i++)
		q->lines[i].end = &q->lines[i].first;
	return q;
}

void
call_queue_free(struct call_queue *q)
{
	free(q);
}

bool
call_queue_may_enter(const struct call_queue *q, size_t kind)
{
	return q->lines[kind].served < q->share;
}

bool
call_queue_enter(struct call_queue *q, size_t kind)
{
	if (!call_queue_may_enter(q, kind))
		return false;
	q->lines[kind].served++;
	return true;
}

void
call_queue_leave(struct call_queue *q, size_t kind)
{
	q->lines[kind].served--;
}

bool
call_queue_has_room(const struct call_queue *q, const struct queued_call *c)
{
	return q->length < q->limits.calls &&
	    q->lines[c->kind].length < (q->limits.calls + 1) / 2 &&
	    q->bytes + c->bytes <= q->limits.bytes;
}

bool
call_queue_put(struct call_queue *q, struct queued_call *c)
{
	struct call_line *line = &q->lines[c->kind];

	if (!call_queue_has_room(q, c))
		return false;
	c->next = NULL;
	*line->end = c;
	line->end = &c->next;
	line->length++;
	q->length++;
	q->bytes += c->bytes;
	return true;
}

static struct queued_call *
take_first(struct call_queue *q, struct call_line *line)
{
	struct queued_call *c = line->first;

	if ((line->first = c->next) == NULL)
		line->end = &line->first;
	line->length--;
	q->length--;
	q->bytes -= c->bytes;
	return c;
}

struct queued_call *
call_queue_take(struct call_queue *q)
{
	for (size_t i = 0; q->length > 0 && i < q->limits.kinds; i++) {
		size_t kind = (q->turn + i) % q->limits.kinds;
		struct call_line *line = &q->lines[kind];

		if (line->first == NULL || !call_queue_enter(q, kind))
			continue;
		q->turn = kind + 1;
		return take_first(q, line);
	}
	return NULL;
}

/* The line whose first call has the earliest deadline of all. */
static size_t
earliest_line(const struct call_queue *q)
{
	size_t at = q->limits.kinds;

	for (size_t i = 0; q->length > 0 && i < q->limits.kinds; i++)
		if (q->lines[i].first != NULL && (at == q->limits.kinds ||
			q->lines[i].first->until_ms <
			    q->lines[at].first->until_ms))
			at = i;
	return at;
}

int64_t
call_queue_next_ms(const struct call_queue *q)
{
	size_t at = earliest_line(q);

	return at < q->limits.kinds ? q->lines[at].first->until_ms : INT64_MAX;
}

struct queued_call *
call_queue_expired(struct call_queue *q, int64_t now_ms)
{
	size_t at = earliest_line(q);

	if (at == q->limits.kinds || q->lines[at].first->until_ms > now_ms)
		return NULL;
	return take_first(q, &q->lines[at]);
}

size_t
call_queue_length(const struct call_queue *q)
{
	return q->length;
}
