/* SPDX-License-Identifier: MIT */
/* What is wrong on this host: the checks of "outpost doctor". */
#include "fcgi/handlers.h"

#include "core/doctor.h"

#include "fcgi/call.h"
#include "fcgi/serve.h"

const struct err *
on_doctor(struct call *c)
{
	struct doctor d = {.mem = c->mem, .settings = c->settings,
	    .program = c->responder->name, .db = c->db, .is_call = true,
	    .stop = c->worker->stop,
	    .is_authorized = c->request->authorization != NULL};
	struct json *j = json_new_object(c->mem);

	doctor_look(&d);
	doctor_write(&d, j);
	return reply_object(c, j);
}
