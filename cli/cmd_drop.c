/* SPDX-License-Identifier: MIT */
/*
 * outpost drop. Only sendd finishes rows: this command marks their sends as
 * cancelled, and sendd, which reads the marks once a second, counts each row
 * as dropped. sendd reads a limited number of marks at a time, so the sends of
 * an application are marked in rounds; the application is held until all
 * rounds are over, so that nothing goes out that is not marked yet.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/id.h"
#include "lib/text.h"

#include "db/application.h"
#include "db/campaign_control.h"
#include "db/hold.h"
#include "db/outbox.h"
#include "db/send_cancel.h"
#include "db/send_status.h"

#include "core/holding.h"

#include "cli/audited.h"
#include "cli/queue_control.h"

#define ROUND 4000	/* sends; db/send_cancel.h has the reason */
#define DROP_LOOK_MS 250 /* between two counts of the remaining rows */
#define AGAIN_MS 3000	/* then deferred rows are made due again */
#define WAIT_S 60

static const struct cli_option drop_options[] = {
	{"message", "ID", "what waits of this message", .audited = true},
	{"app", "APP", "all that waits of this application", .audited = true},
	{"yes", NULL, "really, with --app"},
	{"wait", "SECONDS", "for a sendd to drop it (default 60)"},
	{NULL}};

static const char our_reason[] = "outpost drop"; /* of a hold */

struct drop {
	struct cli *c;
	struct application app;
	int64_t before_s; /* what began before that second is dropped */
	int64_t wait_ms;
	bool held; /* another hold exists too */
	uint64_t sends, rows; /* dropped so far */
};

/* The sends that are marked and not finished, and their rows. */
struct marked {
	uint64_t sends, rows;
	uint64_t first;   /* rows at the first count */
	bool counted;
	int64_t moved_ms; /* when the number of rows changed last */
	int64_t due_ms;   /* when the rows were made due last */
};

static void
pause_ms(long ms)
{
	(void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000},
	    NULL);
}

/* --- one message ------------------------------------------------------ */

static void
print_cancelled(struct cli *c, const char *message, bool asked, uint64_t left)
{
	struct json *j;

	if (!c->json && asked) {
		printf("message %s: the %llu that wait are dropped\n", message,
		    (unsigned long long)left);
		return;
	}
	if (!c->json) {
		printf("message %s: nothing of it waits\n", message);
		return;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "messageId", message);
	json_set_bool(j, "cancelled", asked);
	json_set_int(j, "pending", (int64_t)left);
	cli_print(j);
}

static const struct err *
drop_message(struct cli *c, const char *message)
{
	struct send_counters n;
	const struct err *e;
	uint64_t id, left;
	bool asked;

	if (!text_u64(message, INT64_MAX, &id))
		return cli_misused(c, "--message takes a number, its "
		    "messageId");
	if ((e = send_by_id(c->db, c->mem, id, &n)) != NULL ||
	    (e = cli_audit(c)) != NULL ||
	    (e = send_cancel(c->db, &n, &asked)) != NULL ||
	    (asked && !send_is_of_run(&n) &&
		(e = send_make_due(c->db, id)) != NULL))
		return e;
	queue_control_ring(c, SEND_SOON_MS);
	left = asked ? n.total - n.done + n.scheduled : 0;
	print_cancelled(c, message, asked, left);
	return NULL;
}

/* --- an application --------------------------------------------------- */

/* Mark up to ROUND sends, starting at *shard; on return *shard is where to
 * continue. */
static const struct err *
mark_round(struct drop *d, unsigned *shard, uint64_t *marked)
{
	const struct err *e = NULL;

	*marked = 0;
	while (e == NULL && *shard < OUTBOX_SHARDS && *marked < ROUND) {
		uint64_t n = 0;

		e = send_cancel_app(d->c->db, d->app.id, *shard,
		    id_of_second(d->before_s), &n);
		*marked += n;
		if (n == 0)
			++*shard;
	}
	return e;
}

static const struct err *
make_due(struct drop *d)
{
	const struct err *e = NULL;

	for (unsigned i = 0; e == NULL && i < OUTBOX_SHARDS; i++)
		e = send_make_due_app(d->c->db, d->app.id, i);
	return e;
}

static const struct err *
stalled(const struct drop *d, uint64_t sends)
{
	return err_new(ERR_BUSY, "no sendd has dropped anything for %lld "
	    "seconds. %llu messages of %s are marked, and it is held: start "
	    "a sendd and run this again", (long long)d->wait_ms / 1000,
	    (unsigned long long)sends, d->app.app_id);
}

static const struct err *
count_marked(struct drop *d, struct marked *m)
{
	uint64_t rows = m->rows;
	const struct err *e = send_dropping(d->c->db, d->app.id, &m->sends,
	    &m->rows);

	if (e != NULL)
		return e;
	if (!m->counted)
		m->first = m->rows;
	if (!m->counted || m->rows != rows)
		m->moved_ms = clock_mono_ms();
	m->counted = true;
	return NULL;
}

/* A sendd that had not read the mark yet may have deferred a row. */
static const struct err *
make_due_again(struct drop *d, struct marked *m)
{
	int64_t now_ms = clock_mono_ms();
	const struct err *e;

	if (now_ms - m->due_ms <= AGAIN_MS)
		return NULL;
	m->due_ms = now_ms;
	if ((e = make_due(d)) == NULL)
		queue_control_ring(d->c, SEND_SOON_MS);
	return e;
}

/* Wait until every marked row has its outcome. A row that was in flight when it
 * was marked, or was not due, takes longer. */
static const struct err *
await_marked(struct drop *d, struct cli_progress *p, unsigned shard)
{
	struct marked m = {0};
	const struct err *e;

	while ((e = count_marked(d, &m)) == NULL) {
		queue_control_progress(p, d->rows + m.first - m.rows, shard);
		if (m.sends == 0)
			break;
		if (clock_mono_ms() - m.moved_ms > d->wait_ms)
			return stalled(d, m.sends);
		if ((e = make_due_again(d, &m)) != NULL)
			return e;
		pause_ms(DROP_LOOK_MS);
	}
	d->rows += m.first;
	return e;
}

/* An interrupted run may have left marks: wait for their rows first. The runs
 * of campaigns are cancelled as such: no more of them is queued. */
static const struct err *
drop_all(struct drop *d)
{
	struct cli_progress p = {0};
	uint64_t marked;
	unsigned shard = 0;
	const struct err *e = campaign_cancel_app(d->c->db, d->c->mem,
	    d->app.id, d->before_s * 1000, &marked);

	if (e != NULL)
		return e;
	do {
		d->sends += marked;
		if ((e = await_marked(d, &p, shard)) == NULL)
			e = mark_round(d, &shard, &marked);
	} while (e == NULL && marked > 0);
	cli_progress_over(&p);
	return e;
}

static void
print_dropped(const struct drop *d)
{
	struct json *j;

	if (!d->c->json) {
		printf("%s: dropped %llu messages of %llu sends%s\n",
		    d->app.app_id, (unsigned long long)d->rows,
		    (unsigned long long)d->sends,
		    d->held ? "; it is held as before" : "");
		return;
	}
	j = json_new_object(d->c->mem);
	json_set_text(j, "appId", d->app.app_id);
	json_set_int(j, "sends", (int64_t)d->sends);
	json_set_int(j, "messages", (int64_t)d->rows);
	json_set_bool(j, "held", d->held);
	cli_print(j);
}

/* Hold each service that is not held yet: another operator's hold must stay
 * afterwards. Then wait until each sendd has read the hold: a message that is
 * sent before that would be sent although it is marked and counted as dropped.
 */
static const struct err *
hold_all(struct drop *d)
{
	bool held[PLATFORM__COUNT] = {false};
	const struct err *e;
	struct hold *list;
	size_t n;

	if ((e = hold_list(d->c->db, d->c->mem, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		for (unsigned p = 0; p < PLATFORM__COUNT; p++)
			held[p] |= list[i].app == d->app.id &&
			    hold_covers(&list[i], p, "");
	for (unsigned p = 0; e == NULL && p < PLATFORM__COUNT; p++)
		if (!held[p])
			e = hold_put(d->c->db, d->app.id, p, "", our_reason);
	if (e == NULL)
		pause_ms(HOLDING_SEEN_MS);
	return e;
}

/* Remove our holds, or those of an interrupted run. Messages that were accepted
 * since then, and deferred because of a hold, are made due. */
static const struct err *
remove_holds(struct drop *d)
{
	const struct err *e;
	struct hold *list;
	uint64_t rows;
	size_t n;

	if ((e = hold_list(d->c->db, d->c->mem, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; e == NULL && i < n; i++) {
		if (list[i].app != d->app.id)
			continue;
		if (strcmp(list[i].reason, our_reason) != 0)
			d->held = true;
		else
			e = hold_remove(d->c->db, d->app.id, list[i].platform,
			    list[i].host, &rows);
	}
	return e != NULL
		   ? e
		   : queue_control_retry(d->c, d->app.id, HOLD_ALL,
			 HOLDING_SEEN_MS, &rows);
}

static const struct err *
drop_app(struct cli *c, const char *name)
{
	struct drop d = {.c = c, .wait_ms = WAIT_S};
	const char *wait = cli_value(c, "wait");
	const struct err *e;

	if (wait != NULL && !text_i64(wait, 1, 86400, &d.wait_ms))
		return cli_misused(c, "--wait takes 1 to 86400 seconds");
	d.wait_ms *= 1000;
	d.before_s = clock_now_ms() / 1000 + 1;
	if ((e = application_by_name(c->db, c->mem, name, &d.app)) != NULL ||
	    (e = cli_audit(c)) != NULL ||
	    (e = hold_all(&d)) != NULL || (e = drop_all(&d)) != NULL ||
	    (e = remove_holds(&d)) != NULL)
		return e;
	print_dropped(&d);
	return NULL;
}

/* --- the command ------------------------------------------------------ */

static const struct err *
run_drop(struct cli *c)
{
	const char *message = cli_value(c, "message");
	const char *app = cli_value(c, "app");

	if ((message != NULL) == (app != NULL))
		return cli_misused(c, "give either --message or --app");
	if (message != NULL)
		return drop_message(c, message);
	if (!cli_flag(c, "yes"))
		return cli_misused(c, "all that waits of %s would be lost: "
		    "say --yes as well", app);
	return drop_app(c, app);
}

const struct command drop_commands[] = {
	{"drop", NULL, {NULL},
	    "give up what waits of a message or an application",
	    drop_options, run_drop, NEEDS_DATABASE, "queue.drop", true},
	{NULL}};
