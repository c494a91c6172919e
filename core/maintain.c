/* SPDX-License-Identifier: MIT */
#include "core/maintain.h"

#include "lib/clock.h"

/* --- the ages --------------------------------------------------------- */

static void
set_age(struct maintain *m, const struct settings *s, size_t i)
{
	const struct purge_rule *r = &purge_rules[i];

	m->ages_ms[i] = r->setting != NULL ? settings_duration(s, r->setting)
					   : r->age_ms;
	m->off[i] = r->by < m->by;
	if (r->setting == NULL || m->ages_ms[i] != 0 || r->zero_is_all)
		return;
	m->ages_ms[i] = r->report_ms;
	m->counts_only[i] = r->report_ms != 0;
	m->off[i] = m->off[i] || r->report_ms == 0;
}

static void
begin_rule(struct maintain *m, size_t i)
{
	while (i < PURGE_RULES && m->off[i])
		i++;
	m->rule = i;
	m->over = i == PURGE_RULES;
	if (!m->over)
		m->at = (struct purge){.rule = &purge_rules[i],
		    .age_ms = m->ages_ms[i]};
}

void
maintain_begin(struct maintain *m, const struct settings *s, enum purge_by by,
    bool dry)
{
	*m = (struct maintain){.by = by, .dry = dry};
	for (size_t i = 0; i < PURGE_RULES; i++)
		set_age(m, s, i);
	begin_rule(m, 0);
}

/* --- steps ------------------------------------------------------------ */

const struct err *
maintain_step(struct db *db, struct maintain *m)
{
	bool counts = m->dry || m->counts_only[m->rule];
	uint64_t before = m->at.rows;
	const struct err *e = counts ? purge_count(db, &m->at)
				     : purge_step(db, &m->at, m->hooks);

	if (e != NULL)
		return e;
	m->rows[m->rule] = m->at.rows;
	if (!counts)
		m->removed += m->at.rows - before;
	if (m->at.over)
		begin_rule(m, m->rule + 1);
	return NULL;
}

const struct err *
maintain_until(struct db *db, struct maintain *m, int64_t until_ms)
{
	const struct err *e = NULL;

	while (e == NULL && !m->over && clock_mono_ms() < until_ms)
		e = maintain_step(db, m);
	return e;
}
