/* SPDX-License-Identifier: MIT */
#include "sendd/scan.h"

#include "lib/id.h"

/* --- when to look ----------------------------------------------------- */

void
scan_look(struct scan *s, unsigned shard)
{
	s->look[shard] = true;
}

void
scan_ring(struct scan *s, unsigned shard)
{
	scan_ring_later(s, shard);
	s->hurry = true;
}

void
scan_ring_later(struct scan *s, unsigned shard)
{
	s->rang[shard] = true;
	quick_poll_rang(&s->quick, shard);
}

void
scan_rang(struct scan *s, unsigned shard, int64_t now_ms)
{
	s->hurry_ms = now_ms;
	quick_poll_rang(&s->quick, shard);
}

bool
scan_callers_come(const struct scan *s, int64_t now_ms)
{
	return s->hurry ||
	    (s->hurry_ms != 0 && now_ms - s->hurry_ms < SCAN_RUNG_MS);
}

/* A run is being queued, as far as is known. */
static void
run_goes_on(struct scan *s, int64_t now_ms)
{
	s->runs_until_ms = now_ms + SCAN_RUNS_FOR_MS;
	if (s->runs_due_ms == 0)
		s->runs_due_ms = now_ms + SCAN_RUNS_MS;
}

void
scan_look_in(struct scan *s, int64_t in_ms, int64_t now_ms)
{
	if (s->seconds == 0)
		s->second = now_ms / 1000;
	if (in_ms <= 0) {
		s->look_all = true;
		run_goes_on(s, now_ms);
	} else if (in_ms <= SCAN_AHEAD_MAX_MS)
		s->seconds |= UINT64_C(1)
		    << ((now_ms + in_ms + 999) / 1000 % 64);
}

/* Has one of the seconds come since the last time? */
static bool
look_is_due(struct scan *s, int64_t now_s)
{
	bool due = s->look_all;

	s->look_all = false;
	for (; s->seconds != 0 && s->second < now_s; s->second++) {
		uint64_t bit = UINT64_C(1) << ((s->second + 1) % 64);

		due |= (s->seconds & bit) != 0;
		s->seconds &= ~bit;
	}
	return due;
}

static void
from_start(struct scan_lane *l, enum scan_cause cause)
{
	l->cause = cause;
	l->cursor = (struct outbox_cursor){0, 0};
	l->more = true;
	l->left_users = l->partial = l->owed = false;
	l->newest_ms = 0;
}

/* To where a row may be that is newer than what is in hand. The id is above any
 * other: no row of that very moment is behind it. */
static void
step_back(struct scan_lane *l, enum scan_cause cause)
{
	l->cause = cause;
	l->cursor = (struct outbox_cursor){l->newest_ms - SCAN_LATE_MS,
	    INT64_MAX};
	l->partial |= !l->more;
	l->more = l->owed = true;
}

/* For the next chunk of a run, in a lane of campaigns: it is due later than the
 * one before, so it is behind the newest row that was due at once. Only where
 * two connections queue, or two runs are queued, it may be a moment earlier: a
 * lane that has few in hand is read from there. Returns whether much is read
 * again. */
static bool
look_for_chunk(struct scan_lane *l, bool few, bool again)
{
	bool owed = l->owed, start = l->newest_ms == 0 && (few || again);

	if (l->more)
		return false;
	l->more = l->partial = true;
	if (start)
		from_start(l, SCAN_POLL);
	else if (few)
		step_back(l, SCAN_POLL);
	else if (l->newest_ms != 0 && l->cursor.due_ms > l->newest_ms)
		l->cursor = (struct outbox_cursor){l->newest_ms, INT64_MAX};
	l->owed = owed;
	return start && !few;
}

void
scan_run_queued(struct scan *s, int64_t now_ms)
{
	run_goes_on(s, now_ms);
	s->runs_due_ms = now_ms;
}

/* Is a look for more of a run due? Then the next one is due after a pause, and
 * so it is after a look at everything. */
static bool
runs_are_due(struct scan *s, bool look, int64_t now_ms)
{
	bool due = s->runs_due_ms != 0 && now_ms >= s->runs_due_ms;

	if (due || (look && s->runs_due_ms != 0))
		s->runs_due_ms = now_ms < s->runs_until_ms
		    ? now_ms + SCAN_RUNS_MS : 0;
	return due;
}

static bool
is_quick(const struct queue *q, unsigned shard, unsigned lane)
{
	return queue_in_lane(q, shard, lane) <= QUICK_POLL_HAND_MAX;
}

/* A ring for a lane with so much in hand: from the start, if that costs little
 * or is due. Returns whether much is read again. */
static bool
begin_for_ring(struct scan_lane *l, unsigned in_hand, bool again)
{
	bool few = in_hand <= SCAN_HAND_MAX || l->newest_ms == 0;

	if (few || again)
		from_start(l, SCAN_RING);
	else
		step_back(l, SCAN_RING);
	return !few && again;
}

void
scan_begin(struct scan *s, const struct shards *shards,
    const struct queue *q, int64_t poll_ms, int64_t now_ms)
{
	bool all = now_ms >= s->poll_due_ms, again = now_ms >= s->again_ms;
	bool quick = quick_poll_is_due(&s->quick, now_ms), look, much = all;
	/* a poll must not find what has been rung for as if nobody had */
	bool heed = s->hurry || now_ms >= s->heed_ms || all || quick, runs;

	if (all)
		s->poll_due_ms = now_ms + poll_ms;
	look = look_is_due(s, now_ms / 1000);
	runs = runs_are_due(s, look || all, now_ms);
	s->owes = s->rings_wait = false;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++) {
		struct scan_lane *l = s->lanes[i];
		bool rang = s->rang[i] && heed;
		enum scan_cause cause = s->look[i] || look ? SCAN_LOOK
		    : rang || (l->owed && again) ? SCAN_RING : SCAN_POLL;

		if (!shards->all[i].mine)
			continue;
		l->rung |= rang || cause == SCAN_RING;
		if (cause == SCAN_LOOK || all ||
		    (cause == SCAN_POLL && quick && is_quick(q, i, 0)))
			from_start(&l[0], cause);
		else if (cause == SCAN_RING)
			much |= begin_for_ring(&l[0], queue_in_lane(q, i, 0),
			    again);
		if (cause == SCAN_LOOK || all)
			from_start(&l[1], cause);
		else if (runs)
			much |= look_for_chunk(&l[1], is_quick(q, i, 1),
			    again);
		if (rang)
			s->heed_ms = now_ms + SCAN_GATHER_MS;
		s->rung |= rang;
		s->rings_wait |= s->rang[i] && !heed;
		s->owes |= l->owed;
		s->look[i] = false;
		s->rang[i] &= !heed;
	}
	if (s->hurry)
		s->hurry_ms = now_ms;
	s->hurry = false;
	s->slice = scan_callers_come(s, now_ms) ? SCAN_RUNG_SLICE : SCAN_SLICE;
	if (much)
		s->again_ms = now_ms + (int64_t)q->n * SCAN_AGAIN_US / 1000;
}

bool
scan_has_more(const struct scan *s, const struct shards *shards)
{
	if (s->look_all)
		return true;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (shards->all[i].mine && (s->look[i] ||
		    (s->rang[i] && s->hurry) ||
		    s->lanes[i][0].more || s->lanes[i][1].more))
			return true;
	return false;
}

bool
scan_is_rung(const struct scan *s)
{
	return s->hurry;
}

int64_t
scan_due_ms(const struct scan *s)
{
	int64_t look_ms = (s->second + 1) * 1000;
	int64_t due_ms = quick_poll_due_ms(&s->quick);

	if (s->owes && s->again_ms < due_ms)
		due_ms = s->again_ms;
	if (s->rings_wait && s->heed_ms < due_ms)
		due_ms = s->heed_ms;
	if (s->runs_due_ms != 0 && s->runs_due_ms < due_ms)
		due_ms = s->runs_due_ms;
	if (s->seconds != 0 && look_ms < due_ms)
		due_ms = look_ms;
	return due_ms < s->poll_due_ms ? due_ms : s->poll_due_ms;
}

/* --- what to ask for -------------------------------------------------- */

/* After a ring and from the start, a lane gets only its part of the room: all
 * of them may be full. From the start, what is in hand comes first. */
static struct scan_part
part_of(const struct scan *s, const struct shards *shards,
    const struct queue *q, unsigned shard, unsigned lane, unsigned limit)
{
	unsigned share = q->room / (shards->n_mine > 0 ? shards->n_mine : 1);
	struct scan_part p = {shard, lane, limit, shards->all[shard].epoch,
	    s->lanes[shard][lane].cursor, s->lanes[shard][lane].cause};

	if (p.behind.id != 0 && p.cause != SCAN_RING)
		return p;
	if (p.limit > share + 1)
		p.limit = share + 1;
	if (p.behind.id == 0)
		p.limit += queue_in_lane(q, shard, lane);
	return p;
}

static bool
is_for_rings_alone(struct scan *s, unsigned n)
{
	s->alone = s->rung && n > 0 && !s->alone;
	s->rung = false;
	return s->alone;
}

/* What was sent and is not settled is sent again after a crash: so a backlog
 * for which nobody rang waits until outcomes are written. */
static bool
is_put_off(const struct scan *s, const struct scan_lane *l)
{
	return s->crowded && l->backlog && !l->rung;
}

unsigned
scan_next(struct scan *s, const struct shards *shards, const struct queue *q,
    unsigned batch, struct scan_part list[OUTBOX_SHARDS * OUTBOX_LANES])
{
	unsigned n = 0, asked = 0;
	bool put_off = false;

	for (unsigned lane = 0; lane < OUTBOX_LANES; lane++) {
		/* campaigns do not overtake messages that are put off */
		if (lane > 0 && (is_for_rings_alone(s, n) || put_off))
			break;
		for (unsigned k = 0; k < OUTBOX_SHARDS; k++) {
			unsigned i = (s->next_shard + k) % OUTBOX_SHARDS;
			unsigned room = queue_room(q, lane);
			const struct scan_lane *l = &s->lanes[i][lane];

			if (!shards_may_read(shards, i) || !l->more)
				continue;
			if (is_put_off(s, l)) {
				put_off = true;
				continue;
			}
			if (room <= asked)
				break;
			room -= asked;
			list[n++] = part_of(s, shards, q, i, lane,
			    room < batch ? room : batch);
			/* a lane that was empty is most often empty again */
			if (l->backlog)
				asked += batch;
			if (asked >= 2 * batch) {
				s->next_shard = i;
				return n;
			}
		}
	}
	return n;
}

/* --- what was read ---------------------------------------------------- */

/* A row that was put off, or is for later, is due after its id was made; one
 * that was due at once is written as due since a while. */
static bool
was_due_at_once(const struct outbox_key *k)
{
	return k->due_ms < (id_second(k->id) - SQL_DUE_SINCE_S / 2) * 1000;
}

void
scan_taken(struct scan *s, const struct outbox_key *k)
{
	struct scan_lane *l = &s->lanes[k->shard][k->lane];

	l->cursor = (struct outbox_cursor){k->due_ms, k->id};
	if (was_due_at_once(k))
		l->newest_ms = k->due_ms;
}

void
scan_read(struct scan *s, const struct scan_part *p, unsigned n,
    unsigned taken)
{
	struct scan_lane *l = &s->lanes[p->shard][p->lane];

	l->backlog = n == p->limit;
	l->more = l->backlog || taken < n;
	l->rung &= l->more;
	l->passes += !l->more && !l->left_users && !l->partial;
}

void
scan_found(struct scan *s, const struct scan_part *p, unsigned n,
    bool clustered, int64_t now_ms)
{
	if (p->lane != 0) {
		if (n > 0)
			run_goes_on(s, now_ms);
		return;
	}
	if (p->cause == SCAN_POLL && n > 0)
		quick_poll_found(&s->quick, p->shard, now_ms);
	if (p->cause == SCAN_RING && n == 0 && clustered)
		quick_poll_begin(&s->quick, now_ms);
}

void
scan_leave_user(struct scan *s, const struct outbox_key *k)
{
	s->left_users = s->lanes[k->shard][k->lane].left_users = true;
}

void
scan_users_again(struct scan *s)
{
	if (s->left_users)
		s->look_all = true;
	s->left_users = false;
}
