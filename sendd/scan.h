/* SPDX-License-Identifier: MIT */
/*
 * Which rows to read next, as a pure data structure. Each lane of a shard has a
 * cursor: the next read starts behind it. A row that is committed late, or is
 * due again, lies before the cursor; so a poll, a ring, and the time at which a
 * row is due reset the cursor to the start.
 *
 * From the start, all that is in hand is read again. While a lane has much in
 * hand, a ring moves its cursor back a little only: to where the newest rows
 * were, and those that took SCAN_LATE_MS to commit. The start is owed then, and
 * comes after a time in proportion to what is in hand in all.
 *
 * Times are monotonic, in ms.
 */
#ifndef SENDD_SCAN_H
#define SENDD_SCAN_H

#include "sendd/queue.h"
#include "sendd/quick_poll.h"
#include "sendd/shards.h"

/* The longest poll: a row that falls due later than that is found by one. */
#define SCAN_AHEAD_MAX_MS 60000

/* A ring has a lane with more in hand than that read from the start only after
 * SCAN_AGAIN_US for each item in hand of any lane; before that, from
 * SCAN_LATE_MS before the newest row. */
#define SCAN_HAND_MAX 8
#define SCAN_AGAIN_US 200
#define SCAN_LATE_MS 200

/* What is rung for and nobody waits for is read no sooner than so long after
 * what was rung for before it: one reading costs less than several. */
#define SCAN_GATHER_MS 10

/* Campaigns are read so many rows at a time, and fewer for so long after a
 * ring of somebody who waits: the next one waits for those that are being read.
 */
#define SCAN_SLICE 250
#define SCAN_RUNG_MS 1000
#define SCAN_RUNG_SLICE 60

/* Nobody rings for the chunks of a run whose steward is another sendd. So after
 * rows of a campaign, or a look at every shard at once, the lanes of campaigns
 * are read on each SCAN_RUNS_MS, for SCAN_RUNS_FOR_MS: behind what is in hand,
 * which is not read again. */
#define SCAN_RUNS_MS 100
#define SCAN_RUNS_FOR_MS 2000

/* Why a lane is read from its start. */
enum scan_cause {
	SCAN_LOOK, /* something is known to be due */
	SCAN_RING, /* somebody has rung */
	SCAN_POLL  /* nobody said anything */
};

struct scan_lane {
	struct outbox_cursor cursor; /* read up to here */
	bool more;		     /* there may be rows behind it */
	bool backlog;		     /* the latest read was full */
	bool left_users; /* passed over, for want of room for them */
	bool partial;	 /* this pass has not begun at the start */
	bool owed;	 /* a ring was for it: read it from the start, too */
	bool rung;	 /* and it was not read to its end since */
	int64_t newest_ms; /* due, of the newest row of this or the last pass
			    * that was due when it was written; 0: none */
	enum scan_cause cause;
	uint64_t passes; /* from its start to its end, nothing left out */
};

struct scan {
	struct scan_lane lanes[OUTBOX_SHARDS][OUTBOX_LANES];
	bool look[OUTBOX_SHARDS]; /* from the start of both lanes */
	bool rang[OUTBOX_SHARDS]; /* from the start of lane 0 */
	bool hurry;	 /* somebody waits for some of that */
	int64_t hurry_ms; /* it was so last; 0: never */
	int64_t heed_ms; /* rings for what nobody waits for wait until then */
	bool rings_wait; /* some do */
	bool look_all;		  /* at every shard */
	uint64_t seconds;   /* and in the seconds that have a bit here, of 64 */
	int64_t second;	    /* bits up to this one are done with */
	int64_t poll_due_ms;
	int64_t again_ms; /* when rings may have full lanes read again */
	bool owes;	  /* a lane is owed that */
	int64_t runs_due_ms; /* look for more of runs; 0: never */
	int64_t runs_until_ms; /* not after that */
	struct quick_poll quick;
	unsigned next_shard; /* where reading goes on */
	bool rung;  /* some of what is to be read is for a ring */
	unsigned slice; /* rows of campaigns at a time, now */
	bool alone; /* the latest reading was for rings only */
	bool left_users;     /* of any lane */
	bool crowded; /* many outcomes wait: backlogs are not read on */
};

/* Read one shard from the start: both lanes, or (a ring) only the lane of
 * messages, because nobody rings for a campaign. */
void scan_look(struct scan *s, unsigned shard);
void scan_ring(struct scan *s, unsigned shard);

/* As scan_ring, of messages that nobody waits for: they may gather. */
void scan_ring_later(struct scan *s, unsigned shard);

/* Somebody who waits rings for messages of the shard that are read already. */
void scan_rang(struct scan *s, unsigned shard, int64_t now_ms);

/* Did somebody who waits ring in the last SCAN_RUNG_MS? */
bool scan_callers_come(const struct scan *s, int64_t now_ms);

/* Look at every shard in in_ms (0: now), up to a second late: a look for each
 * row's own moment would cost too much. */
void scan_look_in(struct scan *s, int64_t in_ms, int64_t now_ms);

/* A chunk of a run is queued: its rows are looked for at once. */
void scan_run_queued(struct scan *s, int64_t now_ms);

/* Reset the cursors of our shards for which it is time. A poll of all shards is
 * due each poll_ms. */
void scan_begin(struct scan *s, const struct shards *shards,
    const struct queue *q, int64_t poll_ms, int64_t now_ms);

/* Do our shards have rows to read, as far as is known? */
bool scan_has_more(const struct scan *s, const struct shards *shards);

/* When scan_begin is worth a call for the next time, if nothing rings. */
int64_t scan_due_ms(const struct scan *s);

/* What to ask for: up to limit rows of that lane, behind its cursor. */
struct scan_part {
	unsigned shard, lane, limit;
	uint64_t epoch;
	struct outbox_cursor behind;
	enum scan_cause cause;
};

/* The parts of one reading, lane 0 of every shard before lane 1 of any: about
 * two batches, so that a ring is heard soon, and no more than there is room
 * for. After a ring it is lane 0 alone, because a caller may wait for that; but
 * not twice running, so that the campaigns go on. Returns how many parts there
 * are. */
unsigned scan_next(struct scan *s, const struct shards *shards,
    const struct queue *q, unsigned batch,
    struct scan_part list[OUTBOX_SHARDS * OUTBOX_LANES]);

/* Does somebody wait for the next reading? */
bool scan_is_rung(const struct scan *s);

/* A part was read: n rows, of which the first `taken` are in the queue. The
 * cursor is moved by scan_taken. */
void scan_taken(struct scan *s, const struct outbox_key *k);
void scan_read(struct scan *s, const struct scan_part *p, unsigned n,
    unsigned taken);

/* Of what was read, n were not tried before. clustered: a message may be here
 * later than its ring. Decides on quick polls, and looks for more of a run. */
void scan_found(struct scan *s, const struct scan_part *p, unsigned n,
    bool clustered, int64_t now_ms);

/* A row of a user had no room and is passed over. */
void scan_leave_user(struct scan *s, const struct outbox_key *k);

/* There is room again: read the rows of users that were passed over. */
void scan_users_again(struct scan *s);

#endif
