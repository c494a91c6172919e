/* SPDX-License-Identifier: MIT */
#include "core/campaign_timing.h"

#include <string.h>

#include "core/compose.h"
#include "core/view.h"
#include "lib/text.h"
#include "lib/zoneinfo.h"

#define DAY_MS ((int64_t)86400000)
#define SPREAD_MIN_MS 1000

static const struct err *
take_start(int64_t at_ms, int64_t now_ms, struct run_timing *out)
{
	if (at_ms == 0)
		return NULL;
	if (at_ms <= now_ms)
		return err_new(ERR_INVALID, "sendAt is in the past");
	if (at_ms > now_ms + COMPOSE_DAYS_MAX * DAY_MS)
		return err_new(ERR_INVALID, "sendAt must be at most %d days "
		    "ahead", COMPOSE_DAYS_MAX);
	out->start_ms = at_ms;
	return NULL;
}

static const struct err *
take_spread(const char *spread, struct run_timing *out)
{
	if (spread == NULL)
		return NULL;
	if (!text_duration(spread, &out->spread_ms) ||
	    out->spread_ms < SPREAD_MIN_MS ||
	    out->spread_ms > COMPOSE_DAYS_MAX * DAY_MS)
		return err_new(ERR_INVALID, "spread must be a duration from "
		    "1s to %dd, as \"2h\"", COMPOSE_DAYS_MAX);
	return NULL;
}

/* "HH:MM" as minutes of the day. */
static bool
read_minutes(const char *s, int64_t *out)
{
	const int at[] = {0, 1, 3, 4}, unit[] = {600, 60, 10, 1};

	*out = 0;
	if (strlen(s) != 5 || s[2] != ':' || s[3] > '5')
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = s[at[i]] - '0';

		if (digit < 0 || digit > 9)
			return false;
		*out += (int64_t)digit * unit[i];
	}
	return *out < RUN_DAY_MIN;
}

static const struct err *
take_quiet(const struct timing_asked *asked, struct run_timing *out)
{
	const struct err *e;
	struct zoneinfo *zone;

	if (asked->quiet_from == NULL && asked->quiet_to == NULL &&
	    asked->quiet_zone == NULL)
		return NULL;
	if (asked->quiet_from == NULL || asked->quiet_to == NULL ||
	    asked->quiet_zone == NULL)
		return err_new(ERR_INVALID, "quiet hours need from, to and "
		    "zone");
	if (!read_minutes(asked->quiet_from, &out->quiet_from) ||
	    !read_minutes(asked->quiet_to, &out->quiet_to) ||
	    out->quiet_from == out->quiet_to)
		return err_new(ERR_INVALID, "quiet hours are from one time of "
		    "day to another, as \"22:00\"");
	if ((e = zoneinfo_load(asked->quiet_zone, &zone)) != NULL)
		return err_at(e, "quiet hours");
	zoneinfo_free(zone);
	out->quiet_zone = asked->quiet_zone;
	return NULL;
}

const struct err *
campaign_timing(const struct timing_asked *asked, int64_t now_ms,
    struct run_timing *out)
{
	const struct err *e;

	*out = (struct run_timing){.rate = asked->rate};
	if (asked->rate < 0 || asked->rate > CAMPAIGN_RATE_MAX)
		return err_new(ERR_INVALID, "rate must be from 1 to %d "
		    "messages a second", CAMPAIGN_RATE_MAX);
	if ((e = take_start(asked->send_at_ms, now_ms, out)) != NULL ||
	    (e = take_spread(asked->spread, out)) != NULL)
		return e;
	return take_quiet(asked, out);
}

static void
put_minutes(struct arena *a, struct json *into, const char *name,
    int64_t minutes)
{
	json_set_text(into, name, arena_fmt(a, "%02d:%02d",
	    (int)(minutes / 60), (int)(minutes % 60)));
}

void
campaign_timing_view(struct arena *a, struct json *into,
    const struct run_timing *t)
{
	struct json *quiet;

	view_instant(into, "sendAt", t->start_ms);
	if (t->spread_ms > 0)
		json_set_text(into, "spread", arena_fmt(a, "%llds",
		    (long long)(t->spread_ms / 1000)));
	if (t->rate > 0)
		json_set_int(into, "rate", t->rate);
	if (t->quiet_zone == NULL)
		return;
	quiet = json_set_object(into, "quiet");
	put_minutes(a, quiet, "from", t->quiet_from);
	put_minutes(a, quiet, "to", t->quiet_to);
	json_set_text(quiet, "zone", t->quiet_zone);
}
