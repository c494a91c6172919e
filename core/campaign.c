/* SPDX-License-Identifier: MIT */
#include "core/campaign.h"

#include "lib/clock.h"

#include "push/message.h"

#define STORED_DEPTH 40 /* deeper than a request may be */
#define QUEUE_MS 1000

const struct err *
campaign_message(struct arena *a, const struct campaign *campaign,
    struct json **message)
{
	const struct err *e = json_parse(a, campaign->message,
	    campaign->message_len, STORED_DEPTH, message);

	if (e != NULL)
		return err_new(ERR_FAULT, "campaign %lld has no message: %s",
		    (long long)campaign->id, e->text);
	return NULL;
}

const struct err *
campaign_compose(const struct settings *s, struct arena *a,
    const struct campaign *campaign, struct campaign_run *run)
{
	int64_t expires = clock_now_ms() + s->message.default_ttl_ms;
	struct json *message;
	const struct err *e;
	const char *until;

	if ((e = campaign_message(a, campaign, &message)) != NULL)
		return e;
	until = json_text(json_get(message, "validUntil"), NULL);
	if (until != NULL)
		(void)clock_parse(until, &expires);
	*run = (struct campaign_run){.campaign = campaign->id,
	    .app = campaign->app, .development = settings_development(s),
	    .chunk = s->campaign.chunk};
	run->body = message_write(a, message, false, true, expires,
	    &run->body_len);
	return NULL;
}

const struct err *
campaign_queue(struct db *db, const struct campaign_run *run,
    struct doorbell_client *line, campaign_stop *stop, const void *arg)
{
	int64_t until = clock_mono_ms() + QUEUE_MS;
	const struct err *e;
	bool queued, more;

	do {
		(void)doorbell_ring_all(line, 0);
		more = false;
		e = campaign_queue_step(db, run->campaign, run->chunk,
		    run->development, &queued, &more);
	} while (e == NULL && more && clock_mono_ms() < until &&
	    (stop == NULL || !stop(arg)));
	if (e == NULL && !more)
		e = campaign_finish(db); /* it may have no devices */
	(void)doorbell_ring_all(line, 0);
	return e;
}
