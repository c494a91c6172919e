/* SPDX-License-Identifier: MIT */
#include "lib/zoneinfo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/zoneinfo_rule.h"

#define ZONES "/usr/share/zoneinfo/"
#define FILE_MAX 65536 /* the largest has less than 4 kilobytes */
#define HEADER 44
#define TYPE 6 /* bytes of a type of local time */

struct zoneinfo {
	size_t n;
	int64_t *at;	   /* n transitions, ascending */
	int32_t *offset;   /* from that one on */
	int32_t first;	   /* before the first transition */
	bool has_rule;
	struct zoneinfo_rule rule; /* after the last transition */
};

/* --- the file --------------------------------------------------------- */

/* The counts of a header, in the order of the file. */
struct zoneinfo_counts {
	uint32_t utc, std, leap, time, type, chars;
};

static int64_t
read_number(const uint8_t *p, unsigned bytes)
{
	uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

static bool
read_header(const uint8_t *data, size_t len, struct zoneinfo_counts *c)
{
	uint32_t *const counts[] = {&c->utc, &c->std, &c->leap, &c->time,
	    &c->type, &c->chars};

	if (len < HEADER || memcmp(data, "TZif", 4) != 0)
		return false;
	for (size_t i = 0; i < nitems(counts); i++) {
		int64_t n = read_number(data + 20 + 4 * i, 4);

		if (n < 0 || n > FILE_MAX)
			return false;
		*counts[i] = (uint32_t)n;
	}
	return c->type > 0;
}

/* The bytes of a block of data whose times have that many bytes. */
static size_t
block_size(const struct zoneinfo_counts *c, unsigned width)
{
	return (size_t)c->time * (width + 1) + (size_t)c->type * TYPE +
	    c->chars + (size_t)c->leap * (width + 4) + c->std + c->utc;
}

static bool
read_block(const uint8_t *p, const struct zoneinfo_counts *c,
    struct zoneinfo *z)
{
	const uint8_t *indices = p + (size_t)c->time * 8;
	const uint8_t *types = indices + c->time;

	z->n = c->time;
	z->at = xcalloc(z->n + 1, sizeof *z->at);
	z->offset = xcalloc(z->n + 1, sizeof *z->offset);
	z->first = (int32_t)read_number(types, 4);
	for (size_t i = 0; i < z->n; i++) {
		if (indices[i] >= c->type)
			return false;
		z->at[i] = read_number(p + 8 * i, 8);
		z->offset[i] = (int32_t)read_number(
		    types + (size_t)TYPE * indices[i], 4);
	}
	return true;
}

/* The line behind the data is the rule for all later times. */
static bool
read_footer(const uint8_t *p, size_t len, struct zoneinfo *z)
{
	char text[128];
	size_t n = 0;

	if (len < 2 || p[0] != '\n')
		return false;
	for (p++, len--; n < len && p[n] != '\n' && n < sizeof text - 1; n++)
		text[n] = (char)p[n];
	text[n] = '\0';
	z->has_rule = n > 0;
	return n == 0 || zoneinfo_rule_parse(text, &z->rule);
}

static bool
read_zone(const uint8_t *data, size_t len, struct zoneinfo *z)
{
	struct zoneinfo_counts c;
	size_t old, size;

	if (!read_header(data, len, &c) || data[4] < '2' ||
	    (old = HEADER + block_size(&c, 4)) > len)
		return false;
	data += old;
	len -= old;
	if (!read_header(data, len, &c) ||
	    (size = HEADER + block_size(&c, 8)) > len)
		return false;
	return read_block(data + HEADER, &c, z) &&
	    read_footer(data + size, len - size, z);
}

const struct err *
zoneinfo_parse(const uint8_t *data, size_t len, struct zoneinfo **out)
{
	struct zoneinfo *z = xcalloc(1, sizeof *z);

	if (!read_zone(data, len, z)) {
		zoneinfo_free(z);
		return err_new(ERR_INVALID, "this is no time zone");
	}
	*out = z;
	return NULL;
}

void
zoneinfo_free(struct zoneinfo *z)
{
	if (z == NULL)
		return;
	free(z->at);
	free(z->offset);
	free(z);
}

/* --- by name ---------------------------------------------------------- */

/* Names lead to no other directory. */
static bool
is_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_+-/");

	return n > 0 && n <= ZONEINFO_NAME_MAX && name[n] == '\0' &&
	    name[0] != '/' && name[0] != '-';
}

static size_t
read_bytes(const char *name, uint8_t *data, size_t max)
{
	char path[sizeof ZONES + ZONEINFO_NAME_MAX];
	size_t n = 0;
	ssize_t got = 1;
	int fd;

	(void)snprintf(path, sizeof path, ZONES "%s", name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	while (n < max && (got = read(fd, data + n, max - n)) > 0)
		n += (size_t)got;
	(void)close(fd);
	return got < 0 ? 0 : n;
}

const struct err *
zoneinfo_load(const char *name, struct zoneinfo **out)
{
	const struct err *e = NULL;
	uint8_t *data;
	size_t n;

	if (!is_name(name))
		return err_new(ERR_INVALID, "no name of a time zone");
	data = xcalloc(1, FILE_MAX);
	n = read_bytes(name, data, FILE_MAX);
	if (n == 0 || zoneinfo_parse(data, n, out) != NULL)
		e = err_new(ERR_INVALID, "there is no time zone %s", name);
	free(data);
	return e;
}

/* --- looking ---------------------------------------------------------- */

int64_t
zoneinfo_offset(const struct zoneinfo *z, int64_t second)
{
	size_t from = 0, to = z->n;

	if (z->has_rule && (z->n == 0 || second >= z->at[z->n - 1]))
		return zoneinfo_rule_offset(&z->rule, second);
	while (from < to) {
		size_t middle = (from + to) / 2;

		if (z->at[middle] <= second)
			from = middle + 1;
		else
			to = middle;
	}
	return from > 0 ? z->offset[from - 1] : z->first;
}
