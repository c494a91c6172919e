/* SPDX-License-Identifier: MIT */
#include "core/doorbell_message.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

/* The arguments of each verb, in this order. */
static const struct {
	const char *name;
	bool shard, send, rows, ms, ended;
} verbs[DOORBELL__COUNT] = {
    [DOORBELL_RING] = {"ring", .shard = true},
    [DOORBELL_SOON] = {"soon", .shard = true},
    [DOORBELL_ALL] = {"all", .ms = true},
    [DOORBELL_WAIT] = {"wait", .shard = true, .send = true, .rows = true},
    [DOORBELL_LEAVE] = {"leave", .send = true},
    [DOORBELL_DONE] = {"done", .send = true, .ended = true},
    [DOORBELL_ELSE] = {"else", .send = true},
};

/* --- writing ---------------------------------------------------------- */

/* Append a blank and a number; returns the end. Digits by hand: sendd writes
 * thousands of these a second, and snprintf takes longer than the rest. */
static char *
put_number(char *at, uint64_t n)
{
	char digits[20];
	unsigned i = 0;

	do
		digits[i++] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	*at++ = ' ';
	while (i > 0)
		*at++ = digits[--i];
	return at;
}

/* Counts of a platform that is newer than others are left out where it has
 * none: programs of before know no place for them. */
static int
platforms_told(const struct doorbell_message *b)
{
	int n = PLATFORM__COUNT;

	while (n > PLATFORM__PUBLISHED && b->by[n - 1].sent == 0 &&
	    b->by[n - 1].failed == 0 && b->by[n - 1].expired == 0)
		n--;
	return n;
}

unsigned
doorbell_write(const struct doorbell_message *b, char out[DOORBELL_MAX])
{
	size_t n = strlen(verbs[b->verb].name);
	char *at = out + n;

	memcpy(out, verbs[b->verb].name, n);
	if (verbs[b->verb].shard)
		at = put_number(at, b->shard);
	if (verbs[b->verb].send)
		at = put_number(at, b->send);
	if (verbs[b->verb].rows)
		at = put_number(at, b->rows);
	if (verbs[b->verb].ms)
		at = put_number(at, b->ms);
	for (int p = 0; b->counted && p < platforms_told(b); p++) {
		at = put_number(at, b->by[p].sent);
		at = put_number(at, b->by[p].failed);
		at = put_number(at, b->by[p].expired);
	}
	return (unsigned)(at - out);
}

bool
doorbell_put(struct doorbell_packet *p, const struct doorbell_message *b)
{
	if (p->len + 1 + DOORBELL_MAX > sizeof p->text)
		return false;
	if (p->len > 0)
		p->text[p->len++] = '\n';
	p->len += doorbell_write(b, p->text + p->len);
	return true;
}

/* --- reading ---------------------------------------------------------- */

/* Read the next space-separated number; *at moves past it. */
static bool
number(char **at, uint64_t max, uint64_t *out)
{
	char *start = *at, *end = start + strcspn(start, " ");

	if (*start == '\0' || (*end == ' ' && end[1] == '\0'))
		return false;
	*at = *end == '\0' ? end : end + 1;
	*end = '\0';
	return text_u64(start, max, out);
}

/* As number, for a member of 32 bits. */
static bool
number32(char **at, uint64_t max, uint32_t *out)
{
	uint64_t n;

	if (!number(at, max, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

/* All numbers, or none; those of newer platforms may be missing. */
static bool
read_ended(char **at, struct doorbell_message *b)
{
	b->counted = **at != '\0';
	for (int p = 0; b->counted && p < PLATFORM__COUNT &&
	     (p < PLATFORM__PUBLISHED || **at != '\0'); p++)
		if (!number32(at, UINT32_MAX, &b->by[p].sent) ||
		    !number32(at, UINT32_MAX, &b->by[p].failed) ||
		    !number32(at, UINT32_MAX, &b->by[p].expired))
			return false;
	return true;
}

static bool
read_arguments(char *at, struct doorbell_message *b)
{
	if ((verbs[b->verb].shard && !number32(&at, UINT16_MAX, &b->shard)) ||
	    (verbs[b->verb].send && !number(&at, UINT64_MAX, &b->send)) ||
	    (verbs[b->verb].rows && !number32(&at, UINT32_MAX, &b->rows)) ||
	    (verbs[b->verb].ms && !number32(&at, UINT32_MAX, &b->ms)) ||
	    (verbs[b->verb].ended && !read_ended(&at, b)))
		return false;
	return *at == '\0';
}

bool
doorbell_read(const char *text, unsigned len, struct doorbell_message *b)
{
	char copy[DOORBELL_MAX + 1];

	if (len > DOORBELL_MAX || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (int v = 0; v < DOORBELL__COUNT; v++) {
		size_t n = strlen(verbs[v].name);

		if (strncmp(copy, verbs[v].name, n) != 0 || copy[n] != ' ')
			continue;
		*b = (struct doorbell_message){.verb = (enum doorbell_verb)v};
		return read_arguments(copy + n + 1, b);
	}
	return false;
}

bool
doorbell_next(const struct doorbell_packet *p, unsigned *at,
    struct doorbell_message *b)
{
	while (*at < p->len) {
		const char *line = p->text + *at;
		const char *end = memchr(line, '\n', p->len - *at);
		unsigned len = end != NULL ? (unsigned)(end - line)
					   : p->len - *at;

		*at += len + 1;
		if (len >= 4 && memcmp(line, "row ", 4) == 0)
			break; /* bytes, and no more lines (carried_row.h) */
		if (doorbell_read(line, len, b))
			return true;
	}
	return false;
}
