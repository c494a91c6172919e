/* SPDX-License-Identifier: MIT */
#include "sendd/claim.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "sendd/sendd.h"

#define LOOK_MS 500

static void
draw(struct incarnation *self)
{
	if (gethostname(self->host, sizeof self->host - 1) != 0)
		self->host[0] = '\0';
	self->pid = (unsigned)getpid();
	do
		crypto_random(&self->id, sizeof self->id);
	while (self->id == 0);
}

static const struct err *
refuse(struct sendd *s, const struct incarnation *holder, bool *logged)
{
	*logged = !life_refusal_is_new(&s->identity.life, holder->id);
	return err_new(ERR_CONFLICT, "another sendd works as \"%s\" (host "
	    "%s, process %u): give each a name of its own, sendd.instance",
	    QUOTED(holder->name), holder->host, holder->pid);
}

/* *holder: who has the name at the end. ERR_CONFLICT when that one lives. */
static const struct err *
watch_holder(struct sendd *s, struct incarnation *holder, bool *logged)
{
	int64_t until = clock_mono_ms() + CLAIM_WATCH_MS;
	struct incarnation now;
	const struct err *e;

	log_notice("\"%s\" was host %s, process %u: looking whether it lives",
	    holder->name, holder->host, holder->pid);
	while (holder->id != 0 && clock_mono_ms() < until && !s->stopping) {
		poller_run(s->poller, LOOK_MS);
		e = instance_look(s->db, s->identity.self.name, &now);
		if (e != NULL)
			return e;
		if (now.id != 0 &&
		    (now.id != holder->id || now.beats != holder->beats))
			return refuse(s, &now, logged);
		*holder = now;
	}
	return NULL;
}

/* When two sendds see the name free at once, the database lets one of them
 * claim it, and the other one looks again. */
const struct err *
claim_name(struct sendd *s, bool *logged)
{
	struct incarnation holder;
	const struct err *e;
	bool done = false;

	*logged = false;
	draw(&s->identity.self);
	while (!done && !s->stopping) {
		e = instance_look(s->db, s->identity.self.name, &holder);
		if (e != NULL)
			return e;
		s->identity.earlier = 0;
		if (life_is_over(&s->identity.life, holder.id))
			s->identity.earlier = holder.id;
		else if (holder.id != 0 &&
		    (e = watch_holder(s, &holder, logged)) != NULL)
			return e;
		if ((e = life_begin(&s->identity.life, s->identity.self.id)) !=
			NULL ||
		    (e = instance_claim(
			 s->db, &s->identity.self, holder.id, &done)) != NULL)
			return e;
	}
	return NULL;
}
