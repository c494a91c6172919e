/* SPDX-License-Identifier: MIT */
#include "sendd/maintenance.h"

#include <stdlib.h>

#include "db/campaign_step.h"
#include "db/node.h"
#include "db/run_beside.h"
#include "db/run_recall.h"
#include "db/send_delta.h"
#include "db/upkeep.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define CAMPAIGNS_MS 1000 /* between two looks at campaigns */
#define HURRY_MS 50	  /* at least, when somebody rings */
#define HURRY_FOR_MS 500  /* a row may reach our node after its ring */
#define CLEAN_MS 30000	  /* between two rounds of removing old rows */
#define CLEAN_WORK_MS 250 /* of a round at a time: campaigns wait for it */
#define RECALL_WORK_MS 250
#define BESIDE_ROWS 500	  /* of a chunk, while callers come */
#define REST_MAX_MS 250	  /* of a run behind a chunk, the same */

struct maintenance_job {
	struct run_steward steward;
	bool only_queue; /* all else was looked at lately */
	bool clean;
	struct maintain round; /* in and out, when clean */
	bool queued; /* out: a chunk of a campaign */
	bool more;   /* out: it has further ones, or */
	bool others; /* out: something else goes on */
	bool clustered; /* out: by a node of a cluster */
	struct overdue_look *look; /* NULL: not this time */
	bool clocks;	/* ask for them; and out: */
	struct node_clock said[DB_NODES_MAX];
	size_t n_said;
	int64_t asked_ms; /* how long that took */
};

static const struct err *
clean_some(struct db *db, struct maintain *round)
{
	const struct err *e = maintain_until(db, round,
	    clock_mono_ms() + CLEAN_WORK_MS);

	return e == NULL && round->over
	    ? upkeep_ran(db, "sendd", round->removed)
	    : e;
}

static const struct err *
queue_some(struct db *db, struct maintenance_job *c)
{
	return campaign_queue_step(db, &c->steward, &c->queued, &c->more);
}

/* Queue the next chunk of a run, and recall messages of one, of those whose
 * steward this is. */
static const struct err *
tend_campaigns(struct db *db, struct maintenance_job *c)
{
	uint64_t shards = c->steward.shards;
	bool recalls = false, folds = false;
	const struct err *e;

	if (shards == 0)
		return NULL;
	if (c->only_queue)
		return queue_some(db, c);
	if ((e = campaign_adopt(db, shards)) != NULL ||
	    (e = send_delta_fold(db, shards, &folds)) != NULL ||
	    (e = campaign_finish(db, shards)) != NULL ||
	    (e = queue_some(db, c)) != NULL)
		return e;
	e = campaign_recall(db, shards, clock_mono_ms() + RECALL_WORK_MS,
	    &recalls);
	c->others = recalls || folds;
	return e;
}

static void
ask_clocks(const struct db *db, struct maintenance_job *c)
{
	int64_t begin_ms = clock_mono_ms();

	c->n_said = db_ask_clocks(db, c->said);
	c->asked_ms = clock_mono_ms() - begin_ms;
}

const struct err *
maintenance_work(struct db *db, void *job)
{
	struct maintenance_job *c = job;
	const struct err *e = NULL;

	c->clustered = db_is_clustered(db);
	if (c->clocks)
		ask_clocks(db, c);
	if (c->look != NULL)
		e = overdue_read(db, c->look);
	if (e == NULL)
		e = tend_campaigns(db, c);
	if (c->steward.beside != NULL) /* whatever has failed */
		run_beside_end(c->steward.beside);
	if (e == NULL && c->clean)
		e = clean_some(db, &c->round);
	return e;
}

struct beside_job {
	struct run_beside *beside;
	bool queued; /* out */
};

const struct err *
maintenance_work_beside(struct db *db, void *job)
{
	struct beside_job *b = job;

	return campaign_queue_beside(db, b->beside, &b->queued);
}

/* A round that is not over goes on with the next job; one that failed begins
 * again. */
static void
reap_round(struct maintenance *m, const struct maintain *round, bool failed)
{
	m->round = *round;
	m->cleaning = !failed && !round->over;
	if (!m->cleaning)
		m->clean_due_ms = failed ? 0 : clock_mono_ms() + CLEAN_MS;
}

/* Those of the nodes are told when the job has failed, too. */
static void
reap_clocks(struct maintenance *m, const struct maintenance_job *c)
{
	int64_t now_ms = clock_mono_ms();

	if (!c->clocks)
		return;
	node_clocks_see(&m->clocks, c->said, c->n_said,
	    clock_local_ms() - now_ms);
	node_clocks_end(&m->clocks, now_ms, c->asked_ms, c->n_said);
}

static bool
is_time_to_clean(struct maintenance *m, int64_t now)
{
	if (!m->settings->maintain.sendd)
		return m->cleaning = false;
	if (m->cleaning)
		return true;
	if (now < m->clean_due_ms)
		return false;
	maintain_begin(&m->round, m->settings, PURGE_BOTH, false);
	return true;
}

static void
look_soon(struct maintenance *m)
{
	if (m->due_ms > m->began_ms + HURRY_MS)
		m->due_ms = m->began_ms + HURRY_MS;
}

/* Who rings may have done so before our node has what it is about. */
static void
look_again(struct maintenance *m, const struct maintenance_job *c)
{
	if (c->clustered && !c->queued && m->began_ms < m->hurry_until_ms)
		look_soon(m);
}

/* While callers come, a run rests for as long as it has worked. */
static int64_t
go_on_ms(const struct maintenance *m, int64_t now_ms)
{
	int64_t rest = now_ms - m->began_ms;

	if (!scan_callers_come(m->scan, now_ms))
		return 0;
	return now_ms + (rest < REST_MAX_MS ? rest : REST_MAX_MS);
}

static const struct err *
reap_job(struct maintenance *m)
{
	struct maintenance_job *c;
	const struct err *e;

	if ((c = db_worker_collect(m->worker, &e)) == NULL)
		return NULL;
	look_again(m, c);
	overdue_end(m->overdue, c->look, e != NULL);
	reap_clocks(m, c);
	if (c->clean)
		reap_round(m, &c->round, e != NULL);
	if (!c->only_queue || e != NULL)
		m->tended_ms = e == NULL && !c->others ? m->began_ms : 0;
	if (e == NULL) { /* else it is as large as it was */
		m->large = c->more || c->others;
		m->due_ms = m->large ? go_on_ms(m, clock_mono_ms()) : m->due_ms;
	}
	if (c->queued && e == NULL)
		scan_run_queued(m->scan, clock_mono_ms());
	free(c);
	return e;
}

static const struct err *
reap_beside(struct maintenance *m)
{
	struct beside_job *b;
	const struct err *e;

	if (m->second == NULL || (b = db_worker_collect(m->second, &e)) == NULL)
		return NULL;
	if (b->queued && e == NULL)
		scan_run_queued(m->scan, clock_mono_ms());
	free(b);
	return e;
}

/* Have the second worker queue of the same run. */
static struct run_beside *
begin_beside(struct maintenance *m, bool callers)
{
	struct beside_job *b;

	if (m->second == NULL || !m->large || callers)
		return NULL;
	b = xcalloc(1, sizeof *b);
	b->beside = m->beside;
	run_beside_begin(m->beside);
	db_worker_submit(m->second, b);
	return m->beside;
}

bool
maintenance_is_idle(const struct maintenance *m)
{
	return db_worker_is_idle(m->worker) &&
	    (m->second == NULL || db_worker_is_idle(m->second));
}

void
maintenance_hurry(struct maintenance *m)
{
	m->hurry_until_ms = clock_mono_ms() + HURRY_FOR_MS;
	look_soon(m);
}

int64_t
maintenance_due_ms(const struct maintenance *m)
{
	return maintenance_is_idle(m) ? m->due_ms : INT64_MAX;
}

const struct err *
maintenance_tick(struct maintenance *m, bool ending)
{
	const struct err *e = reap_job(m), *beside = reap_beside(m);
	int64_t now = clock_mono_ms();
	bool callers = scan_callers_come(m->scan, now);
	struct maintenance_job *c;

	if (e == NULL)
		e = beside;
	if (e != NULL || ending || now < m->due_ms || !maintenance_is_idle(m))
		return e;
	c = xcalloc(1, sizeof *c);
	c->steward = (struct run_steward){.shards = shards_mask(m->shards, now),
	    .chunk = m->settings->campaign.chunk,
	    /* a message waits while a chunk is made durable */
	    .rows = callers ? BESIDE_ROWS : 0,
	    .development = settings_development(m->settings),
	    .approval = m->settings->campaign.approval,
	    .beside = begin_beside(m, callers)};
	c->only_queue = m->large && now < m->tended_ms + CAMPAIGNS_MS;
	if ((c->clean = is_time_to_clean(m, now)))
		c->round = m->round;
	c->look = overdue_begin(m->overdue);
	c->clocks = node_clocks_begin(&m->clocks, now, node_returns());
	m->began_ms = now;
	m->due_ms = now + CAMPAIGNS_MS;
	db_worker_submit(m->worker, c);
	return NULL;
}
