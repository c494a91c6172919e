/* SPDX-License-Identifier: MIT */
/* Are the sendds of other machines reached at their doorbells? */
#include "core/doctor_part.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/net.h"
#include "lib/secure_line.h"

#include "db/shard_doorbell.h"

#define TRY_MS 3000 /* for all of them together */

struct far_try {
	const char *address;
	struct secure_line *line;
	const char *why; /* it is not reached; NULL: it is, or not known yet */
};

struct far_tries {
	struct far_try list[OUTBOX_SHARDS];
	nfds_t n;
};

static bool
is_new(const struct far_tries *p, const char *address)
{
	for (nfds_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].address, address) == 0)
			return false;
	return *address != '\0';
}

static void
begin_try(struct doctor *d, const struct secure_key *key, struct far_try *p)
{
	struct sockaddr_storage to;
	const struct err *e;
	unsigned len;

	if (!net_endpoint(p->address, &to, &len))
		e = err_new(ERR_INVALID, "this is no address");
	else
		e = secure_line_dial(key, (const struct sockaddr *)&to, len,
		    &p->line);
	if (e != NULL)
		p->why = arena_text(d->mem, e->text, strlen(e->text));
}

static bool
is_known(const struct far_try *p)
{
	return p->why != NULL || secure_line_is_open(p->line);
}

/* Go on with each that is not known yet; how many are left, and in which
 * state. */
static nfds_t
drive_tries(struct doctor *d, struct far_tries *p, struct pollfd *left)
{
	char none[SECURE_LINE_IN];
	nfds_t n = 0;

	for (nfds_t i = 0; i < p->n; i++) {
		struct far_try *one = &p->list[i];
		const char *why;

		if (is_known(one))
			continue;
		(void)secure_line_hear(one->line, none);
		why = secure_line_why(one->line);
		if (why != NULL)
			one->why = arena_text(d->mem, why, strlen(why));
		if (is_known(one))
			continue;
		left[n++] = (struct pollfd){.fd = secure_line_fd(one->line),
		    .events = secure_line_is_blocked(one->line)
			? POLLIN | POLLOUT : POLLIN};
	}
	return n;
}

static void
await_tries(struct doctor *d, struct far_tries *p)
{
	int64_t until = clock_mono_ms() + TRY_MS, now;
	struct pollfd left[OUTBOX_SHARDS];
	nfds_t n;

	while ((n = drive_tries(d, p, left)) > 0 &&
	    (now = clock_mono_ms()) < until)
		(void)poll(left, n, (int)(until - now));
}

static void
tell_tries(struct doctor *d, struct far_tries *p)
{
	unsigned reached = 0;

	for (nfds_t i = 0; i < p->n; i++) {
		struct far_try *one = &p->list[i];

		if (one->why == NULL && secure_line_is_open(one->line))
			reached++;
		else
			doctor_find(d, FINDING_WARNING, "Let a firewall pass "
			    "it, and give both machines the same [sendd] "
			    "listen_key_file.", "the sendd that listens at "
			    "%s is not reached: %s; its pushes wait for the "
			    "next poll", one->address, one->why != NULL
			    ? one->why : "no answer");
		secure_line_close(one->line);
	}
	if (reached > 0)
		doctor_find(d, FINDING_OK, NULL, "%u sendds answer at their "
		    "addresses", reached);
}

void
doctor_look_at_far(struct doctor *d)
{
	struct shard_doorbells now;
	struct far_tries p = {.n = 0};
	struct secure_key *key;
	const struct err *e;

	if (d->settings->sendd.listen_key_file == NULL || d->db == NULL)
		return;
	if ((e = secure_key_read(d->settings->sendd.listen_key_file, &key)) !=
	    NULL) {
		doctor_find(d, FINDING_WARNING, "Make it: openssl rand -hex "
		    "32, mode 0640, group outpost, the same on each machine.",
		    "%s", e->text);
		return;
	}
	if ((e = shard_doorbells(d->db, &now)) != NULL)
		doctor_unanswered(d, e);
	for (size_t i = 0; e == NULL && i < OUTBOX_SHARDS; i++)
		if (is_new(&p, now.of[i])) {
			p.list[p.n].address = now.of[i];
			begin_try(d, key, &p.list[p.n++]);
		}
	await_tries(d, &p);
	tell_tries(d, &p);
	secure_key_free(key);
}
