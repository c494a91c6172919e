/* SPDX-License-Identifier: MIT */
#include "push/exchange.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

#define RETRY_AFTER_MAX_S 86400
#define ANSWER_VALUE 1024 /* a longer header of an answer is ignored */

struct exchange *
exchange_new(void)
{
	struct exchange *x = xcalloc(1, sizeof *x);

	x->answer = (struct buf)BUF(EXCHANGE_ANSWER);
	x->request = (struct buf)BUF(EXCHANGE_REQUEST);
	return x;
}

void
exchange_free(struct exchange *x)
{
	if (x == NULL)
		return;
	buf_done(&x->answer);
	buf_done(&x->request);
	free(x);
}

void
exchange_reset(struct exchange *x)
{
	buf_reset(&x->answer);
	buf_reset(&x->request);
	x->path = NULL;
	x->n_headers = 0;
	x->body = NULL;
	x->body_len = 0;
	x->timeout_ms = 0;
	x->by_status = false;
	x->other_key = x->key_taken = false;
	x->sized = false;
	x->end = EXCHANGE_OPEN;
	x->status = 0;
	x->retry_after_s = 0;
	x->id[0] = '\0';
	x->told[0] = '\0';
	x->why[0] = '\0';
	x->done = NULL;
	x->owner = NULL;
	x->seal = NULL;
	x->next = NULL;
	x->started_us = 0;
	x->stored = 0;
}

const char *
exchange_fmt(struct exchange *x, const char *fmt, ...)
{
	size_t room = sizeof x->store - x->stored;
	char *text = x->store + x->stored;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		return NULL;
	x->stored += (size_t)n + 1;
	return text;
}

const char *
exchange_join(struct exchange *x, const char *a, const char *b)
{
	size_t room = sizeof x->store - x->stored;
	size_t a_len = strlen(a), b_len = strlen(b);
	char *text = x->store + x->stored;

	if (a_len >= room || b_len >= room - a_len)
		return NULL;
	/* NOLINTNEXTLINE(*-not-null-terminated-result): b and its NUL follow */
	memcpy(text, a, a_len);
	memcpy(text + a_len, b, b_len + 1);
	x->stored += a_len + b_len + 1;
	return text;
}

/* Eight characters at a time, up to eight of which one is not printable ASCII,
 * or to the last ones: those below ' ' and those above '~' have the high bit,
 * or get it here. */
static size_t
first_odd(const char *value, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t eight, odd;
	size_t i;

	for (i = 0; i + sizeof eight <= len; i += sizeof eight) {
		memcpy(&eight, value + i, sizeof eight);
		odd = eight | (eight - ' ' * ones) | (eight + ones);
		if ((odd & 0x80 * ones) != 0)
			break;
	}
	return i;
}

bool
exchange_safe(const char *value)
{
	size_t len = strlen(value), i = first_odd(value, len);

	if (len == 0 || value[0] == ' ' || value[len - 1] == ' ')
		return false;
	for (; i < len; i++)
		if (value[i] < ' ' || value[i] > '~')
			return false;
	return true;
}

void
exchange_header(struct exchange *x, const char *name, const char *value)
{
	assert(x->n_headers < EXCHANGE_HEADERS);
	assert(value != NULL && exchange_safe(value));
	x->headers[x->n_headers++] = (struct header){name, value};
}

void
exchange_fail(struct exchange *x, enum exchange_end end, const char *fmt, ...)
{
	va_list ap;
	char why[sizeof x->why];

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	text_quote(why, x->why, sizeof x->why);
	x->end = end;
	x->status = 0;
}

/* The three date forms of RFC 9110 section 5.6.7; the last two are obsolete
 * but must be accepted. */
static bool
http_date(const char *value, time_t *at)
{
	static const char *const forms[] = {
	    "%a, %d %b %Y %H:%M:%S GMT",
	    "%A, %d-%b-%y %H:%M:%S GMT",
	    "%a %b %e %H:%M:%S %Y",
	};

	for (size_t i = 0; i < nitems(forms); i++) {
		struct tm tm = {0};
		const char *end = strptime(value, forms[i], &tm);

		if (end == NULL || end[strspn(end, " \t")] != '\0')
			continue;
		*at = timegm(&tm);
		return true;
	}
	return false;
}

unsigned
exchange_retry_after(const char *value)
{
	size_t digits;
	int64_t left;
	time_t at;

	value += strspn(value, " \t");
	digits = strspn(value, "0123456789");
	if (digits > 0) {
		if (value[digits + strspn(value + digits, " \t")] != '\0')
			return 0;
		left = digits > 9 ? RETRY_AFTER_MAX_S
				  : (int64_t)strtol(value, NULL, 10);
	} else {
		if (!http_date(value, &at))
			return 0;
		left = (int64_t)at - clock_now_ms() / 1000;
	}
	if (left < 0)
		return 0;
	return left > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (unsigned)left;
}

/* --- headers of an answer ---------------------------------------------- */

static void
take_retry_after(struct exchange *x, const char *value)
{
	x->retry_after_s = exchange_retry_after(value);
}

static void
take_id(struct exchange *x, const char *value)
{
	(void)snprintf(x->id, sizeof x->id, "%s", value);
	text_printable(x->id);
}

/* The last part of the URL that the message has at the service. */
static void
take_location(struct exchange *x, const char *value)
{
	const char *slash = strrchr(value, '/');

	if (x->status < 300 && x->id[0] == '\0')
		take_id(x, slash != NULL ? slash + 1 : value);
}

static void
take_told(struct exchange *x, const char *value)
{
	text_quote(value, x->told, sizeof x->told);
}

/* Those that judges look at. */
static const struct answer_header {
	const char *name;
	void (*take)(struct exchange *x, const char *value);
} answer_headers[] = {
    {"retry-after", take_retry_after}, {"apns-id", take_id},
    {"location", take_location}, {"x-wns-notificationstatus", take_told}};

void
exchange_answer_header(struct exchange *x, const char *name, size_t name_len,
    const char *value, size_t len)
{
	char text[ANSWER_VALUE];

	for (size_t i = 0; i < nitems(answer_headers); i++) {
		const struct answer_header *h = &answer_headers[i];

		if (strlen(h->name) != name_len ||
		    strncasecmp(name, h->name, name_len) != 0)
			continue;
		if (len < sizeof text) {
			memcpy(text, value, len);
			text[len] = '\0';
			h->take(x, text);
		}
		return;
	}
}

void
exchange_answer_interim(struct exchange *x)
{
	x->status = 0;
	x->retry_after_s = 0;
	x->id[0] = '\0';
	x->told[0] = '\0';
}
