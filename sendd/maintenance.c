/* SPDX-License-Identifier: MIT */
#include "sendd/maintenance.h"

#include <stdlib.h>

#include "db/campaign_run.h"
#include "db/purge.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define CAMPAIGNS_MS 1000 /* between two looks at campaigns */
#define CLEAN_MS 30000	  /* and between two cleanings */

struct maintenance_job {
	bool clean, development;
	int64_t chunk, retention_ms, keep_ms, history_ms;
	bool queued; /* out: a chunk of a campaign */
	bool more;   /* out: it has further ones */
	struct overdue_look *look; /* NULL: not this time */
};

const struct err *
maintenance_work(struct db *db, void *job)
{
	struct maintenance_job *c = job;
	const struct err *e = NULL;

	if (c->look != NULL)
		e = overdue_read(db, c->look);
	if (e == NULL)
		e = campaign_finish(db);
	if (e == NULL)
		e = campaign_queue_step(db, 0, c->chunk, c->development,
		    &c->queued, &c->more);
	if (e == NULL && c->clean)
		e = purge_expired(db, c->retention_ms, c->keep_ms,
		    c->history_ms);
	return e;
}

static const struct err *
reap_job(struct maintenance *m)
{
	struct maintenance_job *c;
	const struct err *e;

	if ((c = db_worker_collect(m->worker, &e)) == NULL)
		return NULL;
	overdue_end(m->overdue, c->look, e != NULL);
	if (c->clean && e != NULL)
		m->clean_due_ms = 0;
	if (c->more && e == NULL)
		m->due_ms = 0;
	if (c->queued && e == NULL)
		scan_look_in(m->scan, 0, clock_mono_ms());
	free(c);
	return e;
}

const struct err *
maintenance_tick(struct maintenance *m, bool ending)
{
	const struct err *e = reap_job(m);
	int64_t now = clock_mono_ms();
	struct maintenance_job *c;

	if (e != NULL || ending || now < m->due_ms ||
	    !db_worker_is_idle(m->worker))
		return e;
	c = xcalloc(1, sizeof *c);
	c->chunk = m->settings->campaign.chunk;
	c->development = settings_development(m->settings);
	c->retention_ms = m->settings->message.retention_ms;
	c->history_ms = m->settings->message.history_ms;
	c->keep_ms = m->settings->quarantine.keep_ms;
	c->clean = now >= m->clean_due_ms;
	if (c->clean)
		m->clean_due_ms = now + CLEAN_MS;
	c->look = overdue_begin(m->overdue);
	m->due_ms = now + CAMPAIGNS_MS;
	db_worker_submit(m->worker, c);
	return NULL;
}
