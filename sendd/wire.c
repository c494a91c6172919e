/* SPDX-License-Identifier: MIT */
#include "sendd/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "sendd/wire_part.h"

#define HTTPS "https://"
#define PORT_HTTPS 443
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 30000

/* Letters, digits and what stands between them; ':' in brackets only. */
static bool
is_host(const char *s, size_t len, bool bracketed)
{
	static const char may[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:";

	for (size_t i = 0; i < len; i++)
		if (memchr(may, s[i], sizeof may - 2 + bracketed) == NULL)
			return false;
	return len > 0;
}

static const struct err *
bad(const char *url)
{
	char told[200];

	/* a user and password do not belong there, but may stand there */
	if (strchr(url, '@') != NULL)
		return err_new(ERR_INVALID, "a URL with \"@\" in it is not "
		    "taken");
	text_hide(url, told, sizeof told);
	return err_new(ERR_INVALID, "\"%s\" is not an https:// URL", told);
}

/* ":port" up to end; nothing means 443. */
static bool
read_port(const char *s, const char *end, unsigned *port)
{
	char digits[8];
	uint64_t n = PORT_HTTPS;
	size_t len = (size_t)(end - s);

	if (len > 0) {
		if (*s != ':' || len - 1 >= sizeof digits)
			return false;
		memcpy(digits, s + 1, len - 1);
		digits[len - 1] = '\0';
		if (!text_u64(digits, UINT16_MAX, &n) || n == 0)
			return false;
	}
	*port = (unsigned)n;
	return true;
}

const struct err *
origin_read(const char *url, struct origin *o, const char **path)
{
	const char *host, *end, *stop;
	bool bracketed;
	unsigned port = 0;
	size_t len;

	if (!text_starts(url, HTTPS))
		return bad(url);
	host = url + strlen(HTTPS);
	end = host + strcspn(host, "/?#");
	bracketed = *host == '[';
	host += bracketed;
	stop = host + strcspn(host, bracketed ? "]" : ":/?#");
	len = (size_t)(stop - host);
	if (stop > end || len >= sizeof o->host ||
	    !is_host(host, len, bracketed) || (bracketed && *stop != ']') ||
	    !read_port(stop + bracketed, end, &port) ||
	    (*end != '/' && *end != '\0'))
		return bad(url);
	memcpy(o->host, host, len);
	o->host[len] = '\0';
	o->port = port;
	*path = *end == '\0' ? "/" : end;
	return NULL;
}

void
origin_name(const struct origin *o, char out[ORIGIN_NAME])
{
	bool six = strchr(o->host, ':') != NULL;
	int n = snprintf(out, ORIGIN_NAME, "%s%s%s", six ? "[" : "", o->host,
	    six ? "]" : "");

	if (o->port != PORT_HTTPS)
		(void)snprintf(out + n, ORIGIN_NAME - (size_t)n, ":%u",
		    o->port);
}

static char *
copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

void
origin_copy(const struct origin *from, struct origin *to)
{
	*to = *from;
	to->ca_file = copy(from->ca_file);
	to->proxy = copy(from->proxy);
	to->proxy_user = copy(from->proxy_user);
	to->proxy_password = copy(from->proxy_password);
}

void
origin_done(struct origin *o)
{
	free((char *)(uintptr_t)o->ca_file);
	free((char *)(uintptr_t)o->proxy);
	free((char *)(uintptr_t)o->proxy_user);
	free((char *)(uintptr_t)o->proxy_password);
	*o = (struct origin){.port = 0};
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
origin_same(const struct origin *a, const struct origin *b)
{
	return strcmp(a->host, b->host) == 0 && a->port == b->port &&
	    same(a->ca_file, b->ca_file) && same(a->proxy, b->proxy) &&
	    same(a->proxy_user, b->proxy_user) &&
	    same(a->proxy_password, b->proxy_password) &&
	    a->connections == b->connections &&
	    a->connect_timeout_ms == b->connect_timeout_ms &&
	    a->idle_ping_ms == b->idle_ping_ms && a->cautious == b->cautious;
}

int64_t
wire_pause_ms(unsigned failures, uint32_t random)
{
	int64_t pause = PAUSE_MAX_MS;

	if (failures == 0)
		return 0;
	if (failures < 10) /* 100 << 9 is beyond the maximum */
		pause = PAUSE_FIRST_MS << (failures - 1);
	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	return pause / 2 + random % (pause / 2 + 1);
}
