/* SPDX-License-Identifier: MIT */
/* Reading the value of a setting, by its type, and saying what it must be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_part.h"
#include "lib/host.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/text.h"

/* NULL, or a description of a valid value. */
static const char *
text_wants(enum conf_type type, const char *v)
{
	bool service = type == CONF_SERVICE || type == CONF_PROJECT;

	if (v[0] == '\0' && !service)
		return NULL;
	if (service || type == CONF_URL)
		return conf_url_wants(type, v);
	if ((type == CONF_PATH || type == CONF_SECRET) && v[0] != '/')
		return "an absolute path";
	if (type == CONF_CLASS && !text_class_ok(v))
		return "a pattern like [a-z0-9]{8,64}";
	if (type == CONF_HOSTS && !host_list_ok(v))
		return "names of hosts like push.example.org, *.example.net; "
		       "or any-public";
	return NULL;
}

static const char *
set_text(const struct conf_key *k, const char *v, char **at)
{
	const char *wants = text_wants(k->type, v);

	if (wants != NULL)
		return wants;
	free(*at);
	*at = v[0] != '\0' ? xstrdup(v) : NULL;
	return NULL;
}

/* Append to the items of earlier lines; an empty value clears the list. */
static const char *
add_list(const struct conf_key *k, const char *v, char **at)
{
	size_t len = *at != NULL ? strlen(*at) : 0;
	size_t size = len + strlen(", ") + strlen(v) + 1;

	if (v[0] == '\0') {
		free(*at);
		*at = NULL;
		return NULL;
	}
	if (net_list_loose(v))
		return "address ranges without bits behind the prefix: "
		       "10.1.2.0/24, or 10.1.2.7 alone";
	if (!net_list_ok(v, k->type == CONF_NAMED_NETS))
		return k->type == CONF_NETS
			? "address ranges like 10.1.2.0/24, fd00::/8"
			: "address ranges with names, like 10.1.2.0/24 as shop";
	*at = xrealloc(*at, size);
	(void)snprintf(*at + len, size - len, "%s%s", len > 0 ? ", " : "", v);
	return NULL;
}

static bool
rate_number(const char *v, int64_t *out)
{
	size_t n = strlen(v);
	char number[24];

	if (n < 3 || n >= sizeof number || strcmp(v + n - 2, "/s") != 0)
		return false;
	memcpy(number, v, n - 2);
	number[n - 2] = '\0';
	return text_i64(number, 1, INT64_MAX, out);
}

void
conf_number_text(enum conf_type type, int64_t v,
    char text[CONF_NUMBER_TEXT])
{
	static const struct {
		int64_t factor;
		const char *name;
	} spans[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"},
	    {1000, "s"}, {1, "ms"}};
	const char *unit = type == CONF_RATE ? "/s" : "";
	size_t i = 0;

	if (type == CONF_DURATION || type == CONF_SPAN) {
		while (v % spans[i].factor != 0 || (v == 0 && i < 3))
			i++;
		v /= spans[i].factor;
		unit = spans[i].name;
	}
	(void)snprintf(text, CONF_NUMBER_TEXT, "%lld%s", (long long)v, unit);
}

static bool
is_bounded(const struct conf_key *k)
{
	return k->min != 0 || k->max != 0;
}

/* "a number, from 1 to 10" */
static const char *
number_wanted(const struct conf_key *k, char room[CONF_WANTS_MAX])
{
	static const char *const like[] = {[CONF_NUMBER] = "a number",
	    [CONF_SIZE] = "a size like 64k or 1m",
	    [CONF_DURATION] = "a duration like 30s, 5m or 1d",
	    [CONF_SPAN] = "no, or a duration like 30s, 5m or 1d",
	    [CONF_RATE] = "a rate like 1000/s"};
	char min[CONF_NUMBER_TEXT], max[CONF_NUMBER_TEXT];

	if (!is_bounded(k))
		return like[k->type];
	conf_number_text(k->type, k->min, min);
	conf_number_text(k->type, k->max, max);
	(void)snprintf(room, CONF_WANTS_MAX, "%s, from %s to %s", like[k->type],
	    min, max);
	return room;
}

static bool
number_read(enum conf_type type, const char *v, int64_t *number)
{
	switch (type) {
	case CONF_NUMBER:
		return text_i64(v, INT64_MIN, INT64_MAX, number);
	case CONF_SIZE:
		return text_size(v, number);
	case CONF_RATE:
		return rate_number(v, number);
	default:
		return text_duration(v, number);
	}
}

static const char *
set_number(const struct conf_key *k, const char *v, int64_t *at,
    char room[CONF_WANTS_MAX])
{
	int64_t number = 0;

	if (k->type == CONF_SPAN && strcmp(v, "no") == 0) {
		*at = 0;
		return NULL;
	}
	if (!number_read(k->type, v, &number) ||
	    (is_bounded(k) && (number < k->min || number > k->max)))
		return number_wanted(k, room);
	*at = number;
	return NULL;
}

static const char *
set_share(const char *v, double *at)
{
	char *end;
	double share = strtod(v, &end);

	if (end == v || *end != '\0' || !(share >= 0 && share <= 1))
		return "a share from 0 to 1";
	*at = share;
	return NULL;
}

static const char *
set_flag(const char *v, bool *at)
{
	if (strcmp(v, "yes") != 0 && strcmp(v, "no") != 0)
		return "yes or no";
	*at = v[0] == 'y';
	return NULL;
}

static const char *
set_choice(const struct conf_key *k, const char *v, int *at,
    char room[CONF_WANTS_MAX])
{
	size_t n;

	for (int i = 0; k->choices[i] != NULL; i++)
		if (strcmp(v, k->choices[i]) == 0) {
			*at = i;
			return NULL;
		}
	n = (size_t)snprintf(room, CONF_WANTS_MAX, "one of ");
	for (int i = 0; k->choices[i] != NULL && n < CONF_WANTS_MAX; i++)
		n += (size_t)snprintf(room + n, CONF_WANTS_MAX - n, "%s%s",
		    i > 0 ? ", " : "", k->choices[i]);
	return room;
}

const char *
conf_set(const struct conf_key *k, const char *v, void *into,
    char room[CONF_WANTS_MAX])
{
	void *at = (char *)into + k->at;

	switch (k->type) {
	case CONF_NUMBER:
	case CONF_SIZE:
	case CONF_DURATION:
	case CONF_SPAN:
	case CONF_RATE:
		return set_number(k, v, at, room);
	case CONF_SHARE:
		return set_share(v, at);
	case CONF_FLAG:
		return set_flag(v, at);
	case CONF_CHOICE:
		return set_choice(k, v, at, room);
	case CONF_NETS:
	case CONF_NAMED_NETS:
		return add_list(k, v, at);
	default:
		return set_text(k, v, at);
	}
}
