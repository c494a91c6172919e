/* SPDX-License-Identifier: MIT */
/* Are the providers reached, and PowerAuth Server? sendd tries, for no other
 * program has a network for certain: sendd/reach.c. */
#include "core/doctor_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#include "db/application.h"
#include "db/instance.h"

#include "core/live.h"

#define CLOCK_FAR_MS 60000 /* providers refuse tokens of another time */

/* What sendd has found of one server. */
struct reached {
	const struct json *found;
	const char *of, *name; /* "apns", "apns at https://..." */
	enum finding_level fatal; /* how bad is it not to reach it? */
};

/* By what sendd names as the fault; the section follows. */
static const struct {
	const char *fault, *remedy;
} remedies[] = {
    {"name", "Let the machine of sendd resolve names (/etc/resolv.conf), or "
	     "correct the URL"},
    {"proxy", "Let the proxy pass CONNECT to that host, or correct proxy, "
	      "proxy_user and proxy_password_file"},
    {"connection", "Let the firewall pass connections of sendd to that host, "
		   "or name a proxy"},
    {"certificate", "Find out who answers in its place, or set the right "
		    "ca_file"},
    {"", "Look at what stands between, a proxy or a firewall, and at the "
	 "URL"}};

static const char *
remedy_of_fault(struct doctor *d, const struct reached *s, const char *fault)
{
	size_t i = 0;

	while (i + 1 < nitems(remedies) &&
	    strcmp(remedies[i].fault, fault) != 0)
		i++;
	return arena_fmt(d->mem, "%s, in [%s].", remedies[i].remedy, s->of);
}

static int64_t
figure_of(const struct reached *s, const char *name)
{
	return json_int(json_get(s->found, name), 0);
}

static const char *
word_of(const struct reached *s, const char *name)
{
	return json_text(json_get(s->found, name), "");
}

/* False: it has none that lasts. */
static bool
look_at_certificate(struct doctor *d, const struct reached *s, long long *days)
{
	int64_t until_s = figure_of(s, "certificateUntil");

	*days = 0;
	return until_s == 0 || doctor_certificate(d, arena_fmt(d->mem,
	    "the certificate of %s", s->name), until_s, "Let whoever runs "
	    "that server renew it: the provider, or you when the settings "
	    "name a server of yours.", days);
}

static void
report_unreached(struct doctor *d, const struct reached *s, const char *fault)
{
	const char *proxy = word_of(s, "proxy");

	doctor_find(d, s->fatal, remedy_of_fault(d, s, fault), "%s%s%s is "
	    "not reached: %s", s->name, *proxy != '\0' ? " through " : "",
	    proxy, word_of(s, "reason"));
}

/* Tokens are signed with the database's time, so that is what must be right. */
static bool
look_at_provider_clock(struct doctor *d, const struct reached *s)
{
	long long ahead_ms = figure_of(s, "aheadMs");

	if (llabs(ahead_ms) <= CLOCK_FAR_MS)
		return true;
	doctor_find(d, FINDING_ERROR, "Let the machines of MariaDB and of "
	    "Outpost keep time: timedatectl set-ntp true.", "the clock of %s "
	    "is %llds %s ours, which is the database's", s->name,
	    llabs(ahead_ms) / 1000, ahead_ms > 0 ? "ahead of" : "behind");
	return false;
}

/* "; the last push was answered 410 Unregistered, 5s ago" */
static const char *
last_answer_of(struct doctor *d, const struct reached *s)
{
	long long status = figure_of(s, "lastStatus");
	long long ago_s = figure_of(s, "lastSecondsAgo");
	const char *why = word_of(s, "lastReason");

	if (status == 0)
		return "";
	return arena_fmt(d->mem, "; the last push was answered %lld%s%s, "
	    "%llds ago", status, *why != '\0' ? " " : "", why, ago_s);
}

static const char *
days_left_of(struct doctor *d, const struct reached *s, long long days)
{
	if (figure_of(s, "certificateUntil") == 0)
		return "";
	return arena_fmt(d->mem, ", certificate valid for %lld days", days);
}

static void
look_at_server(struct doctor *d, const struct reached *s)
{
	const char *fault = word_of(s, "fault");
	bool lasts, agrees;
	long long days;

	lasts = look_at_certificate(d, s, &days);
	if (*fault != '\0') {
		if (lasts || strcmp(fault, "certificate") != 0)
			report_unreached(d, s, fault);
		return;
	}
	agrees = look_at_provider_clock(d, s);
	if (lasts && agrees)
		doctor_find(d, FINDING_OK, NULL, "%s is reached in %lldms%s%s",
		    s->name, (long long)figure_of(s, "ms"),
		    days_left_of(d, s, days), last_answer_of(d, s));
}

/* Which providers has any application? */
static const struct err *
find_configured(struct doctor *d, bool configured[PLATFORM__COUNT])
{
	struct application *list;
	size_t n = 0;
	const struct err *e = application_list(d->db, d->mem, &list, &n);

	for (size_t i = 0; i < n; i++)
		for (int p = 0; p < PLATFORM__COUNT; p++)
			configured[p] |= list[i].has[p];
	return e;
}

/* Nobody need reach a provider that nobody uses. */
static enum finding_level
how_bad(const struct reached *s, const bool configured[PLATFORM__COUNT])
{
	const struct provider *p = provider_by_name(s->of);

	if (json_flag(json_get(s->found, "used"), false))
		return FINDING_ERROR;
	return p != NULL && configured[p->platform] ? FINDING_WARNING
						    : FINDING_NOTE;
}

static const struct err *
look_at_servers(struct doctor *d, const struct json *list)
{
	bool configured[PLATFORM__COUNT] = {false};
	const struct err *e = find_configured(d, configured);

	for (size_t i = 0; e == NULL && i < json_len(list); i++) {
		struct reached s = {.found = json_at(list, i)};

		s.of = word_of(&s, "of");
		s.name = arena_fmt(d->mem, "%s at %s", s.of,
		    word_of(&s, "url"));
		s.fatal = how_bad(&s, configured);
		look_at_server(d, &s);
	}
	return e;
}

static const struct err *
has_sendd(struct doctor *d, bool *alive)
{
	struct instance *list;
	size_t n = 0;
	const struct err *e = instance_list(d->db, d->mem, &list, &n);

	*alive = false;
	for (size_t i = 0; i < n; i++)
		*alive |= list[i].now_ms - list[i].seen_ms <=
		    d->settings->sendd.lease_ms;
	return e;
}

void
doctor_check_network(struct doctor *d)
{
	struct json *answer = NULL;
	bool alive = false;
	const struct err *e = d->offline ? NULL : has_sendd(d, &alive);

	if (e == NULL && alive)
		e = live_ask(d->db, d->mem, LIVE_NETWORK, d->stop, &answer);
	if (e == NULL && answer != NULL)
		e = look_at_servers(d, json_get(answer, "servers"));
	if (e != NULL)
		doctor_unanswered(d, e);
	else if (d->offline)
		doctor_find(d, FINDING_OK, NULL, "not looked at: offline");
	else if (!alive)
		doctor_find(d, FINDING_NOTE, "Start sendd: it tries the "
		    "providers for the doctor.", "not looked at: no sendd "
		    "runs");
	else if (answer == NULL)
		doctor_find(d, FINDING_WARNING, "Read its log: journalctl -u "
		    "outpost-sendd.", "not looked at: sendd has not answered "
		    "in time");
}
