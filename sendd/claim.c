/* SPDX-License-Identifier: MIT */
#include "sendd/claim.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"

#define CLAIM_LOOK_MS 500

void
claim_draw(struct incarnation *self)
{
	if (gethostname(self->host, sizeof self->host - 1) != 0)
		self->host[0] = '\0';
	self->pid = (unsigned)getpid();
	do
		crypto_random(&self->id, sizeof self->id);
	while (self->id == 0);
	crypto_random(self->ring_key, sizeof self->ring_key);
}

static const struct err *
refuse(struct identity *id, const struct incarnation *holder, bool *logged)
{
	*logged = !instance_lock_refusal_is_new(&id->lock, holder->id);
	return err_new(ERR_CONFLICT, "another sendd works as \"%s\" (host "
	    "%s, process %u): give each a name of its own, sendd.instance",
	    QUOTED(holder->name), holder->host, holder->pid);
}

/* *holder: the incarnation that has the name at the end. ERR_CONFLICT when its
 * process runs. */
static const struct err *
watch_holder(struct identity *id, struct db *db, struct poller *poller,
    const bool *ending, struct incarnation *holder, bool *logged)
{
	int64_t until = clock_mono_ms() + CLAIM_WATCH_MS;
	struct incarnation now;
	const struct err *e;

	log_notice("\"%s\" was host %s, process %u: looking whether it lives",
	    holder->name, holder->host, holder->pid);
	while (holder->id != 0 && clock_mono_ms() < until && !*ending) {
		poller_run(poller, CLAIM_LOOK_MS);
		e = instance_look(db, id->self.name, &now);
		if (e != NULL)
			return e;
		if (now.id != 0 &&
		    (now.id != holder->id || now.beats != holder->beats))
			return refuse(id, &now, logged);
		*holder = now;
	}
	return NULL;
}

/* When two sendds see the name free at once, the database lets one of them
 * claim it, and the other one looks again. */
const struct err *
claim_name(struct identity *id, struct db *db, struct poller *poller,
    const bool *ending, bool *logged)
{
	struct incarnation holder;
	const struct err *e;
	bool done = false;

	*logged = false;
	if (id->self.id == 0)
		claim_draw(&id->self);
	while (!done && !*ending) {
		e = instance_look(db, id->self.name, &holder);
		if (e != NULL)
			return e;
		if (holder.id == id->self.id) /* nobody said that it is */
			return NULL;
		id->earlier = 0;
		if (instance_lock_is_over(&id->lock, holder.id))
			id->earlier = holder.id;
		else if (holder.id != 0 &&
		    (e = watch_holder(
			 id, db, poller, ending, &holder, logged)) != NULL)
			return e;
		if ((e = instance_lock_begin(&id->lock, id->self.id)) !=
			NULL ||
		    (e = instance_claim(
			 db, &id->self, holder.id, &done)) != NULL)
			return e;
	}
	return NULL;
}
