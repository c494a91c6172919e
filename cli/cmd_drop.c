/* SPDX-License-Identifier: MIT */
/*
 * outpost drop. Rows are sendd's to finish: here their sends are marked as
 * cancelled, and sendd, which looks at the marks once a second, counts each
 * row as failed. It knows so many marks at a time only, so an application's
 * sends are marked in rounds; the application is held meanwhile, so that
 * what is not marked yet does not go out.
 */
#include "cli/queue_control.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/doorbell.h"
#include "lib/clock.h"
#include "lib/text.h"

#include "db/application.h"
#include "db/hold.h"
#include "db/outbox.h"
#include "db/send_cancel.h"
#include "db/send_status.h"

#define ROUND 4000	/* sends; db/send_cancel.h tells why there is a limit */
#define LOOK_MS 250	/* whether they are through */
#define AGAIN_MS 3000	/* put off by a sendd that did not know yet */
#define SEEN_MS 2000	/* what is written now, each sendd knows by then */
#define WAIT_S 60

static const char our_reason[] = "outpost drop"; /* of a hold */

struct drop {
	struct cli *c;
	struct application app;
	uint64_t before; /* ids of sends younger than we are stay */
	int64_t wait_ms;
	bool held; /* by someone else too */
	uint64_t sends, rows; /* dropped so far */
};

/* --- shared ----------------------------------------------------------- */

void
queue_control_progress(struct cli_progress *p, uint64_t n, unsigned shards)
{
	if (cli_progress(p))
		(void)fprintf(stderr, "\r%llu messages, %u of %d parts of the "
		    "queue ", (unsigned long long)n, shards, OUTBOX_SHARDS);
}

void
queue_control_ring(struct cli *c, int64_t in_ms)
{
	struct doorbell_client line = {c->settings.sendd.doorbell, -1};

	(void)doorbell_send_all(&line, in_ms);
	doorbell_close(&line);
}

static void
pause_ms(long ms)
{
	(void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000},
	    NULL);
}

/* --- one message ------------------------------------------------------ */

const struct err *
queue_control_drop_message(struct cli *c, const char *text)
{
	struct send_counters account;
	const struct err *e;
	uint64_t id, left;
	struct json *j;
	bool asked;

	if (!text_u64(text, INT64_MAX, &id))
		return cli_misused(c, "--message takes a number, its "
		    "messageId");
	if ((e = send_by_id(c->db, c->mem, id, &account)) != NULL ||
	    (e = cli_audit(c)) != NULL ||
	    (e = send_cancel(c->db, id, &asked)) != NULL ||
	    (asked && (e = send_make_due(c->db, id)) != NULL))
		return e;
	queue_control_ring(c, SEND_SOON_MS);
	left = asked ? account.total - account.done + account.scheduled : 0;
	if (!c->json) {
		if (asked)
			printf("message %s: the %llu that wait are dropped\n",
			    text, (unsigned long long)left);
		else
			printf("message %s: nothing of it waits\n", text);
		return NULL;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "messageId", text);
	json_set_bool(j, "cancelled", asked);
	json_set_int(j, "pending", (int64_t)left);
	cli_print(j);
	return NULL;
}

/* --- an application --------------------------------------------------- */

/* From that shard on, until it is a round; *shard: where the next begins. */
static const struct err *
mark(struct drop *d, unsigned *shard, uint64_t *marked)
{
	const struct err *e = NULL;

	*marked = 0;
	while (e == NULL && *shard < OUTBOX_SHARDS && *marked < ROUND) {
		uint64_t n = 0;

		e = send_cancel_app(d->c->db, d->app.id, *shard, d->before, &n);
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
	    "a sendd and say this again", (long long)d->wait_ms / 1000,
	    (unsigned long long)sends, d->app.app_id);
}

/* Until every marked row has its outcome. What was in flight when it was
 * marked, or not due, takes its time. */
static const struct err *
await_drop(struct drop *d, struct cli_progress *p, unsigned shard)
{
	int64_t moved_ms = clock_mono_ms(), again_ms = 0;
	uint64_t sends = 0, rows = 0, before = UINT64_MAX, first = 0;
	const struct err *e;

	for (;;) {
		int64_t now = clock_mono_ms();

		if ((e = send_dropping(d->c->db, d->app.id, &sends, &rows)) !=
		    NULL)
			return e;
		if (before == UINT64_MAX)
			first = rows;
		if (rows != before)
			moved_ms = now;
		before = rows;
		queue_control_progress(p, d->rows + first - rows, shard);
		if (sends == 0)
			break;
		if (now - moved_ms > d->wait_ms)
			return stalled(d, sends);
		if (now - again_ms > AGAIN_MS) {
			again_ms = now;
			if ((e = make_due(d)) != NULL)
				return e;
			queue_control_ring(d->c, SEND_SOON_MS);
		}
		pause_ms(LOOK_MS);
	}
	d->rows += first;
	return NULL;
}

/* A run that was stopped may have left marks: they come first. */
static const struct err *
drop_all(struct drop *d)
{
	struct cli_progress p = {0};
	const struct err *e = NULL;
	uint64_t marked = 0;
	unsigned shard = 0;

	do {
		d->sends += marked;
		if ((e = await_drop(d, &p, shard)) == NULL)
			e = mark(d, &shard, &marked);
	} while (e == NULL && marked > 0);
	cli_progress_over(&p);
	return e;
}

static void
tell_drop(const struct drop *d)
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

/* Service by service, where nobody holds it yet: what others hold must stay
 * held afterwards. Then until each sendd knows: what goes out in that second
 * would also do so if it were marked now, and would be counted as dropped. */
static const struct err *
hold_all(struct drop *d)
{
	bool held[OUTBOX_PLATFORMS] = {false};
	const struct err *e;
	struct hold *list;
	size_t n;

	if ((e = hold_list(d->c->db, d->c->mem, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		for (unsigned p = 0; p < OUTBOX_PLATFORMS; p++)
			held[p] |= list[i].app == d->app.id &&
			    (list[i].platform == p ||
				list[i].platform == HOLD_ALL);
	for (unsigned p = 0; e == NULL && p < OUTBOX_PLATFORMS; p++)
		if (!held[p])
			e = hold_put(d->c->db, d->app.id, p, our_reason);
	if (e == NULL)
		pause_ms(SEEN_MS);
	return e;
}

/* Our holds, or those of a run that was stopped. What came in after us and
 * was put off for them goes on. */
static const struct err *
let_go(struct drop *d)
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
			    &rows);
	}
	return e != NULL
		   ? e
		   : queue_control_retry(d->c, d->app.id, -1, SEEN_MS, &rows);
}

const struct err *
queue_control_drop_app(struct cli *c, const char *name)
{
	struct drop d = {.c = c, .wait_ms = WAIT_S};
	const char *wait = cli_value(c, "wait");
	const struct err *e;

	if (wait != NULL && !text_i64(wait, 1, 86400, &d.wait_ms))
		return cli_misused(c, "--wait takes 1 to 86400 seconds");
	d.wait_ms *= 1000;
	d.before = (uint64_t)(clock_now_ms() / 1000 + 1) << 31;
	if ((e = application_by_name(c->db, c->mem, name, &d.app)) != NULL ||
	    (e = cli_audit(c)) != NULL ||
	    (e = hold_all(&d)) != NULL || (e = drop_all(&d)) != NULL ||
	    (e = let_go(&d)) != NULL)
		return e;
	tell_drop(&d);
	return NULL;
}
