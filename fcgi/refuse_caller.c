/* SPDX-License-Identifier: MIT */
#include "fcgi/refuse_caller.h"

#include "lib/clock.h"
#include "lib/log.h"

#include "db/wrong_secret.h"

#include "fcgi/throttle.h"

/* Logged once for each stage, for people and for programs that block
 * addresses. */
static void
log_slowed(const struct call *c, const struct throttle_verdict *v)
{
	static const char *const words[] = {
	    [THROTTLE_SLOWED] = "wrong tokens or secrets: told to wait",
	    [THROTTLE_MOST] = "it goes on: told to wait longest"};

	if (v->news != THROTTLE_FREE)
		log_warn("slow id=%s from=%.45s wait=%ds why=\"%s\"", c->id,
		    c->request->remote != NULL ? c->request->remote : "?",
		    v->wait_s, words[v->news]);
}

/* What cannot be counted, with a database that is read-only or away, is not
 * slowed: nobody can sign in there either. */
static struct throttle_verdict
count_in_table(struct call *c)
{
	struct throttle_verdict v = {0};
	const struct err *e;
	int64_t left_ms;

	if (c->db == NULL)
		return v;
	e = wrong_secret_count(c->db,
	    throttle_group(c->request->remote, WRONG_SECRET_SLOTS),
	    THROTTLE_STEP_MS, THROTTLE_FULL_MS + THROTTLE_WAIT_MAX_MS,
	    &left_ms);
	if (e == NULL)
		return throttle_judge(left_ms);
	log_warn("slow id=%s error=\"%s\"", c->id, QUOTED(e->text));
	return v;
}

const struct err *
refuse_caller(struct call *c, bool shared)
{
	struct throttle_verdict v = shared || c->worker->throttle == NULL
	    ? count_in_table(c)
	    : throttle_fail(c->worker->throttle, c->request->remote,
		  clock_mono_ms());

	log_slowed(c, &v);
	if (v.wait_s == 0)
		return err_new(ERR_UNAUTH, "Unauthorized");
	c->retry_after_s = v.wait_s;
	return err_new(ERR_TOOFAST, "Too many wrong tokens or secrets came "
	    "from this address; the right ones are taken at any time");
}
