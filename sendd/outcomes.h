/* SPDX-License-Identifier: MIT */
/*
 * Outcomes that wait for their transaction, each with its item. An outcome
 * borrows the item's texts, so the item stays in hand until the outcome is
 * written; the outcome's own texts (reason, provider_id) belong to this list.
 */
#ifndef SENDD_OUTCOMES_H
#define SENDD_OUTCOMES_H

#include "db/outbox_settle.h"
#include "sendd/queue.h"

struct pending_outcomes {
	struct queue *queue; /* of the items, which settle by this */
	struct outcome *list;
	struct item **items; /* items[k] is the item of list[k] */
	size_t n, size;
	size_t sifted; /* of n, the first ones: outcomes_sift has kept them */
	size_t urgent; /* of n, those of lane 0 */
	bool awaited;	  /* somebody waits for one of them */
	bool again;	  /* some were not written when it was tried */
	bool alone;	  /* the latest batch had lane 0 only */
	int64_t alone_ms; /* monotonic: that was the case last; or 0 */
	int64_t since_ms; /* monotonic: the first look at the oldest; or 0 */
	int64_t urgent_ms; /* the same, at the oldest of lane 0 */
	int64_t way_ms;	  /* the same: since when campaigns give way; or 0 */
};

/* One transaction's outcomes. */
struct outcome_batch {
	struct outcome *list;
	struct item **items;
	size_t n;
};

/* Add an outcome for an item that is on no list any more; pause_ms counts for
 * OUTCOME_DEFERRED, reason (copied) may be NULL. Returns the outcome, so that
 * the caller can complete it; the pointer is valid until the next call. */
struct outcome *outcome_add(struct pending_outcomes *p, struct item *i,
    enum outcome_kind kind, bool counted, int64_t pause_ms,
    const char *reason);

/* Is it time to write? A full batch, what is tried again, and urgent outcomes
 * while somebody waits for some send (awaited) or for one of them, are written
 * at once. Others gather for up to 20 ms, so that a transaction has many of
 * them. The 20 ms begin when this function first sees the oldest outcome, so
 * the loop calls it in each pass. idle: nothing is in flight, so no further
 * outcome of a campaign will come soon. now_ms is monotonic. */
bool outcomes_are_due(struct pending_outcomes *p, size_t batch, bool awaited,
    bool idle, int64_t now_ms);

/* Is a message in flight, whose outcome would wait for a batch of campaigns
 * that began now? So for OUTCOMES_WAY_MS, and not again for as long. */
#define OUTCOMES_WAY_MS 5
bool outcomes_give_way(struct pending_outcomes *p, int64_t now_ms);

/* Move the oldest outcomes, at most max, into a batch: the caller's. If some
 * are urgent, the batch has those only, because a small one is soon written;
 * but not twice running: the next one has places for campaigns, so that they
 * go on. For a second after that, a batch has few of campaigns: the next
 * urgent outcome waits for the one under way. */
void outcomes_take(struct pending_outcomes *p, size_t max, int64_t now_ms,
    struct outcome_batch *b);

/* On a single server a connection of its own writes the outcomes of messages,
 * and none of them waits for a batch of campaigns. Is it time to write those of
 * messages, and, while callers come, those of campaigns? They gather as above,
 * each kind for itself; max: what a batch has without callers. */
bool outcomes_of_messages_are_due(struct pending_outcomes *p, size_t batch,
    bool awaited, int64_t now_ms);
bool outcomes_of_campaigns_are_due(struct pending_outcomes *p, size_t max,
    int64_t now_ms);

/* Move the oldest ones of that kind into a batch: at most max, and few of
 * campaigns, for a large COMMIT keeps the log busy. */
void outcomes_take_messages(struct pending_outcomes *p, size_t max,
    struct outcome_batch *b);
void outcomes_take_campaigns(struct pending_outcomes *p, size_t max,
    int64_t now_ms, struct outcome_batch *b);

/* Move those of one send, at most max, into a batch: of the send whose outcome
 * has waited for longest. The list is not empty. */
void outcomes_take_send(struct pending_outcomes *p, size_t max,
    struct outcome_batch *b);

/* Move the oldest ones, of whatever send, at most max, into a batch. */
void outcomes_take_oldest(struct pending_outcomes *p, size_t max,
    struct outcome_batch *b);

/* Move those of a send from a batch to a list; they have not been tried. */
void outcomes_set_aside(struct pending_outcomes *p, struct outcome_batch *b,
    uint64_t send);

/* A batch was not written, or its COMMIT had no answer: its outcomes wait
 * again, marked as tried. The batch is empty afterwards. */
void outcomes_take_back(struct pending_outcomes *p, struct outcome_batch *b);

/* Must this sendd still write the outcome? */
typedef bool outcome_is_ours(const struct outcome *o, const struct item *i,
    void *arg);
/* Takes over an item after its outcome was dropped. */
typedef void outcome_lost(struct item *i, void *arg);

/* Drop the outcomes that do not concern us any more; the order stays. An
 * outcome is looked at once. anew: look at all, since some that concerned us
 * may not do so now. */
void outcomes_sift(struct pending_outcomes *p, bool anew,
    outcome_is_ours *is_ours, outcome_lost *lost, void *arg);

/* Free the outcome's own texts. */
void outcome_done(struct outcome *o);

/* Free the batch's arrays, not their elements. */
void outcome_batch_done(struct outcome_batch *b);

/* Free the list and the outcomes' texts; the items are not touched. */
void outcomes_done(struct pending_outcomes *p);

#endif
