/* SPDX-License-Identifier: MIT */
/* Does a sendd run, has every shard an owner, and is what is due read? */
#include "core/doctor_part.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/clock.h"

#include "db/instance.h"
#include "db/outbox.h"
#include "db/shard.h"

#include "core/doorbell.h"

#define START_SENDD "Start it: systemctl start outpost-sendd, and read its "   \
	"log when it does not stay: journalctl -u outpost-sendd."
#define ADD_CRON "Add the line of crontab(5) that runs \"outpost deliver "    \
	"--for 55s\" each minute."
#define CRON_MS 150000	/* two minutes and a half: a run of cron is missing */
#define LATE_MS 60000	/* a message that waits for longer is late */
#define AGE_MS 60000	/* beside [message] validity: a queue is old */

/* --- sendd ------------------------------------------------------------ */

static struct json *
figures_of(struct doctor *d, const struct instance *in)
{
	struct json *j = NULL;

	if (in->figures == NULL || json_parse(d->mem, in->figures,
		strlen(in->figures), INSTANCE_FIGURES_DEPTH, &j) != NULL)
		return NULL;
	return j;
}

static int64_t
figure(const struct json *figures, const char *name)
{
	return json_int(json_get(figures, name), 0);
}

/* What a sendd that runs says of itself. */
static void
look_at_instance(struct doctor *d, const struct instance *in)
{
	const struct json *f = figures_of(d, in);
	const char *version = json_text(json_get(f, "version"), NULL);
	int64_t ahead_ms = figure(f, "clockAheadMs");
	int64_t node_ms = figure(f, "nodeAheadMs");
	long long unread = figure(f, "unread"), hand = figure(f, "inHand");

	doctor_find(d, FINDING_OK, NULL, "sendd %s runs, with %u shards",
	    in->name, in->shards);
	if (db_clock_is_far(ahead_ms))
		doctor_find(d, FINDING_ERROR, "Let that machine keep time: "
		    "timedatectl set-ntp true.", "the clock of sendd %s is "
		    "%llds %s the database's", in->name,
		    llabs(ahead_ms) / 1000, ahead_ms > 0 ? "ahead of"
							 : "behind");
	if (node_ms != 0)
		doctor_find(d, FINDING_ERROR, "Let that node keep time: "
		    "timedatectl set-ntp true.", "the clock of the database's "
		    "node %s is %.1fs %s that of the others",
		    json_text(json_get(f, "node"), "?"),
		    (double)llabs(node_ms) / 1000,
		    node_ms > 0 ? "ahead of" : "behind");
	if (version != NULL && strcmp(version, OUTPOST_VERSION) != 0)
		doctor_find(d, FINDING_WARNING, "Restart it: systemctl "
		    "restart outpost-sendd.", "sendd %s is version %s, this "
		    "program %s", in->name, version, OUTPOST_VERSION);
	if (unread > 0)
		doctor_find(d, FINDING_ERROR, "Restart it: systemctl restart "
		    "outpost-sendd, and report it as a bug.", "%lld due rows "
		    "are not read by sendd %s", unread, in->name);
	if (hand >= d->settings->sendd.room)
		doctor_find(d, FINDING_WARNING, "See \"outpost queue\" for "
		    "what is slow or held; raise [sendd] room if providers "
		    "are quick and memory is free.", "the queue of sendd %s "
		    "is full: %lld messages in memory", in->name, hand);
}

static void
look_at_shards(struct doctor *d)
{
	struct shard_state list[OUTBOX_SHARDS];
	const struct err *e = shard_list(d->db, list);
	unsigned free = 0;

	if (e != NULL) {
		doctor_unanswered(d, e);
		return;
	}
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		free += list[i].is_over;
	if (free > 0)
		doctor_find(d, FINDING_ERROR, "Wait for a minute after a "
		    "start; then raise [sendd] shards_max, or start the sendd "
		    "that is missing.", "%u of %d shards have no owner: what "
		    "lies there is not delivered", free, OUTBOX_SHARDS);
}

/* [api] deliver = auto: between two runs of cron nobody works. */
static void
look_for_errands(struct doctor *d, const struct instance *list, size_t n)
{
	int64_t latest_ms = INT64_MAX;

	for (size_t i = 0; i < n; i++)
		if (list[i].now_ms - list[i].seen_ms < latest_ms)
			latest_ms = list[i].now_ms - list[i].seen_ms;
	if (latest_ms <= CRON_MS)
		doctor_find(d, FINDING_OK, NULL, "outpost deliver has run %lld"
		    "s ago", (long long)(latest_ms / 1000));
	else
		doctor_find(d, FINDING_ERROR, ADD_CRON, "no sendd runs, and "
		    "outpost deliver has not lately: only what a SYNCHRONOUS "
		    "call waits for is delivered");
}

void
doctor_check_sendd(struct doctor *d)
{
	bool automatic = d->settings->api.deliver == DELIVER_AUTO;
	struct instance *list;
	size_t n, alive = 0;
	const struct err *e = instance_list(d->db, d->mem, &list, &n);

	if (e != NULL) {
		doctor_unanswered(d, e);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].now_ms - list[i].seen_ms <=
		    d->settings->sendd.lease_ms) {
			look_at_instance(d, &list[i]);
			alive++;
		}
	if (alive == 0 && automatic)
		look_for_errands(d, list, n);
	else if (alive == 0)
		doctor_find(d, FINDING_ERROR, START_SENDD, "no sendd runs: "
		    "nothing is delivered");
	else
		look_at_shards(d);
}

/* --- doorbell --------------------------------------------------------- */

void
doctor_check_doorbell(struct doctor *d)
{
	struct doorbell_client line = {d->settings->sendd.doorbell, -1};
	struct stat st;

	if (line.path == NULL)
		doctor_find(d, FINDING_WARNING, "Set [sendd] doorbell to a "
		    "path.", "there is none: pushes wait for the next poll");
	else if (doorbell_dial(&line))
		doctor_find(d, FINDING_OK, NULL, "sendd answers at %s",
		    line.path);
	else if (d->settings->api.deliver == DELIVER_AUTO)
		doctor_find(d, FINDING_OK, NULL, "nobody answers %s now: a "
		    "SYNCHRONOUS call starts the sending program", line.path);
	else if (stat(line.path, &st) == 0 && S_ISSOCK(st.st_mode))
		doctor_find(d, FINDING_WARNING, "Start sendd, and add the "
		    "user of the programs to the socket's group.", "nobody "
		    "answers %s, or it may not be opened: pushes wait for the "
		    "next poll", line.path);
	else
		doctor_find(d, FINDING_WARNING, "Start sendd on this machine, "
		    "or let it be when sendd runs on another one.", "there is "
		    "no socket %s: pushes wait for the next poll", line.path);
	doorbell_close(&line);
	doctor_look_at_far(d);
}

/* --- queue ------------------------------------------------------------ */

void
doctor_check_queue(struct doctor *d)
{
	struct outbox_depth *list;
	uint64_t rows = 0, late = 0;
	int64_t now_ms = clock_now_ms(), oldest_ms = now_ms;
	size_t n;
	const struct err *e = outbox_depth(d->db, d->mem, &list, &n);

	if (e != NULL) {
		doctor_unanswered(d, e);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		rows += list[i].rows;
		if (list[i].next_due_ms < now_ms - LATE_MS) {
			late += list[i].rows;
			if (list[i].next_due_ms < oldest_ms)
				oldest_ms = list[i].next_due_ms;
		}
	}
	if (late > 0)
		doctor_find(d, FINDING_WARNING, "See \"outpost queue\": it "
		    "tells for whom they wait and why.", "messages wait, the "
		    "longest %llds past its time; %llu rows in all",
		    (long long)(now_ms - oldest_ms) / 1000,
		    (unsigned long long)rows);
	else
		doctor_find(d, FINDING_OK, NULL, "%llu rows, none is late",
		    (unsigned long long)rows);
}
