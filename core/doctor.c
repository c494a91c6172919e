/* SPDX-License-Identifier: MIT */
#include "core/doctor_part.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/mem.h"

struct doctor_row {
	const char *name;
	doctor_check *look;
	bool by_database; /* left out when the database is not reached */
};

/* The checks, in the order in which their faults follow from each other: who
 * reads from the top finds the cause before its consequences. */
static const struct doctor_row checks[] = {
	/* clang-format off */
	{"database",	doctor_check_database,	  false},
	{"server",	doctor_check_server,	  true},
	{"nodes",	doctor_check_nodes,	  true},
	{"schema",	doctor_check_schema,	  true},
	{"rights",	doctor_check_rights,	  true},
	{"clock",	doctor_check_clock,	  true},
	{"disk",	doctor_check_disk,	  true},
	{"keys",	doctor_check_keys,	  false},
	{"files",	doctor_check_files,	  false},
	{"web",		doctor_check_web,	  false},
	{"sendd",	doctor_check_sendd,	  true},
	{"doorbell",	doctor_check_doorbell,	  false},
	{"network",	doctor_check_network,	  true},
	{"certificates", doctor_check_certificates, false},
	{"queue",	doctor_check_queue,	  true},
	{"maintenance",	doctor_check_upkeep,	  true},
	{"credentials",	doctor_check_credentials, true},
	{"holds",	doctor_check_holds,	  true},
	/* clang-format on */
};

static const char *const levels[FINDING__COUNT] = {
    [FINDING_OK] = "ok", [FINDING_NOTE] = "note",
    [FINDING_WARNING] = "warning", [FINDING_ERROR] = "error"};

const char *
finding_level_name(enum finding_level level)
{
	return levels[level];
}

static void
add_finding(struct doctor *d, struct finding *f)
{
	if (d->last != NULL)
		d->last->next = f;
	else
		d->first = f;
	d->last = f;
}

void
doctor_find(struct doctor *d, enum finding_level level, const char *remedy,
    const char *fmt, ...)
{
	struct finding *f;
	char seen[1024];
	va_list ap;

	if (++d->n > DOCTOR_FINDINGS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(seen, sizeof seen, fmt, ap);
	va_end(ap);
	f = arena_zero(d->mem, sizeof *f);
	*f = (struct finding){.level = level, .check = d->check,
	    .seen = arena_text(d->mem, seen, strlen(seen)), .remedy = remedy};
	add_finding(d, f);
}

void
doctor_unanswered(struct doctor *d, const struct err *e)
{
	doctor_find(d, FINDING_ERROR, "Run \"outpost setup\", which repairs "
	    "tables and rights, and look into MariaDB's log.", "%s", e->text);
}

/* Ten thousand applications may have the same fault. */
static void
run_check(struct doctor *d, size_t i)
{
	size_t more;

	d->check = checks[i].name;
	d->n = 0;
	checks[i].look(d);
	if (d->n <= DOCTOR_FINDINGS)
		return;
	more = d->n - DOCTOR_FINDINGS;
	d->n = 0;
	doctor_find(d, FINDING_NOTE, "Mend these first.", "%zu more findings",
	    more);
}

void
doctor_look(struct doctor *d)
{
	for (size_t i = 0; i < nitems(checks); i++) {
		if (d->db != NULL || !checks[i].by_database)
			run_check(d, i);
	}
}

enum finding_level
doctor_worst(const struct doctor *d)
{
	enum finding_level worst = FINDING_OK;

	for (const struct finding *f = d->first; f != NULL; f = f->next)
		if (f->level > worst)
			worst = f->level;
	return worst;
}

void
doctor_write(const struct doctor *d, struct json *j)
{
	struct json *list, *one;

	json_set_text(j, "worst", finding_level_name(doctor_worst(d)));
	list = json_set_array(j, "findings");
	for (const struct finding *f = d->first; f != NULL; f = f->next) {
		one = json_add_object(list);
		json_set_text(one, "check", f->check);
		json_set_text(one, "level", finding_level_name(f->level));
		json_set_text(one, "seen", f->seen);
		json_set_text(one, "remedy", f->remedy);
	}
}
