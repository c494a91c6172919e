/* SPDX-License-Identifier: MIT */
#include "core/far_doorbell.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/net.h"

#define OWNERS_MS 5000	    /* so long they are taken for known */
#define OWNERS_AGAIN_MS 200 /* between two readings, however wrong they are */
#define DIAL_AGAIN_MS 1000  /* after a failure */

_Static_assert(DOORBELL_PACKET == SECURE_LINE_IN, "a line fits a packet");

void
far_doorbells_open(struct far_doorbells *f, const char *key_file,
    const char *own, int epoll)
{
	const struct err *e;

	*f = (struct far_doorbells){.epoll = epoll, .stale = true};
	if (key_file == NULL)
		return;
	(void)snprintf(f->own, sizeof f->own, "%s", own != NULL ? own : "");
	if ((e = secure_key_read(key_file, &f->key)) != NULL)
		log_warn("doorbells of other machines: %s", e->text);
}

void
far_doorbells_close(struct far_doorbells *f)
{
	for (size_t i = 0; i < nitems(f->all); i++)
		secure_line_close(f->all[i].line);
	secure_key_free(f->key);
	*f = (struct far_doorbells){.epoll = -1};
}

/* --- whose the shards are --------------------------------------------- */

bool
far_doorbells_are_due(struct far_doorbells *f, int64_t now_ms)
{
	if (f->key == NULL)
		return false;
	f->stale |= now_ms - f->read_ms >= OWNERS_MS;
	return f->stale && (f->read_ms == 0 ||
	    now_ms - f->read_ms >= OWNERS_AGAIN_MS);
}

/* One that has that address, else a free place. There are as many places as
 * shards, so one is free. */
static struct far_doorbell *
find_place(struct far_doorbells *f, const char *address)
{
	struct far_doorbell *place = NULL;

	for (size_t i = 0; i < nitems(f->all); i++)
		if (strcmp(f->all[i].address, address) == 0)
			return &f->all[i];
		else if (f->all[i].address[0] == '\0' && place == NULL)
			place = &f->all[i];
	if (place != NULL)
		*place = (struct far_doorbell){.again_ms = 0};
	return place;
}

static bool
is_needed(const struct far_doorbells *f, const struct far_doorbell *one)
{
	for (size_t i = 0; i < OUTBOX_SHARDS; i++)
		if (f->of[i] == one)
			return true;
	return false;
}

/* A connection of before may still have something to tell: it stays, until its
 * sendd closes it, but its place is free then. */
static void
free_places(struct far_doorbells *f)
{
	for (size_t i = 0; i < nitems(f->all); i++)
		if (f->all[i].line == NULL && !is_needed(f, &f->all[i]))
			f->all[i].address[0] = '\0';
}

void
far_doorbells_know(struct far_doorbells *f, const struct shard_doorbells *now,
    int64_t now_ms)
{
	f->read_ms = now_ms;
	if (now == NULL)
		return;
	f->stale = false;
	memset(f->of, 0, sizeof f->of);
	for (size_t i = 0; i < OUTBOX_SHARDS; i++) {
		const char *address = now->of[i];
		struct far_doorbell *one;

		if (*address == '\0' || strcmp(address, f->own) == 0 ||
		    (one = find_place(f, address)) == NULL)
			continue;
		(void)snprintf(one->address, sizeof one->address, "%s",
		    address);
		f->of[i] = one;
	}
	free_places(f);
}

bool
far_doorbells_have(const struct far_doorbells *f, const void *of)
{
	const struct far_doorbell *one = of;

	return one >= f->all && one < f->all + nitems(f->all);
}

/* --- connections ------------------------------------------------------ */

/* Log the first of several failures, and their end. */
static void
log_far(struct far_doorbell *one, const char *why)
{
	if (why != NULL && !one->in_trouble)
		log_warn("doorbell address=%s error=\"%s\"", one->address,
		    QUOTED(why));
	if (why == NULL && one->in_trouble)
		log_notice("doorbell address=%s is reached again",
		    one->address);
	one->in_trouble = why != NULL;
}

static void
watch(const struct far_doorbells *f, struct far_doorbell *one, bool fresh)
{
	bool blocked = secure_line_is_blocked(one->line);
	struct epoll_event ev = {.data.ptr = one,
	    .events = blocked ? EPOLLIN | EPOLLOUT : EPOLLIN};

	if (!fresh && blocked == one->blocked)
		return;
	one->blocked = blocked;
	(void)epoll_ctl(f->epoll, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
	    secure_line_fd(one->line), &ev);
}

static void
lose(struct far_doorbells *f, struct far_doorbell *one, const char *why,
    int64_t now_ms)
{
	log_far(one, why);
	secure_line_close(one->line);
	one->line = NULL;
	one->again_ms = now_ms + DIAL_AGAIN_MS;
	f->stale = true; /* another sendd may have its shards by now */
}

static bool
dial_far(struct far_doorbells *f, struct far_doorbell *one, int64_t now_ms)
{
	struct sockaddr_storage to;
	const struct err *e;
	unsigned len;

	if (one->line != NULL)
		return true;
	if (now_ms < one->again_ms)
		return false;
	if (!net_endpoint(one->address, &to, &len))
		e = err_new(ERR_INVALID, "this is no address");
	else
		e = secure_line_dial(f->key, (const struct sockaddr *)&to, len,
		    &one->line);
	if (e != NULL)
		lose(f, one, e->text, now_ms);
	else
		watch(f, one, true);
	return e == NULL;
}

bool
far_doorbell_say(struct far_doorbells *f, struct far_doorbell *one,
    const struct doorbell_packet *p, int64_t now_ms)
{
	bool said;

	if (!dial_far(f, one, now_ms))
		return false;
	said = secure_line_say(one->line, p->text, p->len);
	watch(f, one, false); /* its end is found by far_doorbell_hear */
	return said;
}

int
far_doorbell_hear(struct far_doorbells *f, struct far_doorbell *one,
    struct doorbell_packet *p, int64_t now_ms)
{
	int n;

	if (one->line == NULL)
		return 0;
	n = secure_line_hear(one->line, p->text);
	if (n < 0) {
		lose(f, one, secure_line_why(one->line), now_ms);
		return -1;
	}
	p->len = (unsigned)n;
	watch(f, one, false);
	if (secure_line_is_open(one->line))
		log_far(one, NULL);
	return n > 0 ? 1 : 0;
}

bool
far_doorbell_is_open(const struct far_doorbell *one)
{
	return one->line != NULL && secure_line_is_open(one->line);
}

/* --- rings ------------------------------------------------------------ */

/* Rings for that sendd's shards among the n; one for all, if they are many. */
static void
put_rings(const struct far_doorbells *f, const struct far_doorbell *one,
    unsigned shard, size_t n, struct doorbell_packet *p)
{
	struct doorbell_message ring = {.verb = DOORBELL_RING};

	p->len = 0;
	if (n >= OUTBOX_SHARDS && is_needed(f, one))
		(void)doorbell_put(p, &(struct doorbell_message){
		    .verb = DOORBELL_ALL});
	for (size_t i = 0; n < OUTBOX_SHARDS && i < n; i++) {
		ring.shard = (unsigned)((shard + i) % OUTBOX_SHARDS);
		if (f->of[ring.shard] == one)
			(void)doorbell_put(p, &ring);
	}
}

void
far_doorbells_ring(struct far_doorbells *f, unsigned shard, size_t n,
    int64_t now_ms)
{
	struct doorbell_packet p;

	for (size_t i = 0; f->key != NULL && i < nitems(f->all); i++) {
		struct far_doorbell *one = &f->all[i];

		if (one->address[0] == '\0')
			continue;
		put_rings(f, one, shard, n, &p);
		if (p.len > 0)
			(void)far_doorbell_say(f, one, &p, now_ms);
	}
}
