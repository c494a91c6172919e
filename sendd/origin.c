/* SPDX-License-Identifier: MIT */
#include "sendd/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#define HTTPS "https://"
#define PORT_HTTPS 443

/* Letters, digits, '-', '.' and '_'; ':' only in brackets (IPv6). */
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
not_a_url(const char *url)
{
	char told[200];

	/* what stands before "@" may be a password: it is not repeated */
	if (strchr(url, '@') != NULL)
		return err_new(ERR_INVALID, "a URL with \"@\" in it is not "
		    "taken");
	text_hide(url, told, sizeof told);
	return err_new(ERR_INVALID, "\"%s\" is not an https:// URL", told);
}

/* ":port" up to end; the empty text means 443. */
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
		return not_a_url(url);
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
		return not_a_url(url);
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
text_copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

void
origin_copy(const struct origin *from, struct origin *to)
{
	*to = *from;
	to->ca_file = text_copy(from->ca_file);
	to->proxy = text_copy(from->proxy);
	to->proxy_user = text_copy(from->proxy_user);
	to->proxy_password = text_copy(from->proxy_password);
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
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
origin_same(const struct origin *a, const struct origin *b)
{
	return strcmp(a->host, b->host) == 0 && a->port == b->port &&
	       same_text(a->ca_file, b->ca_file) &&
	       same_text(a->proxy, b->proxy) &&
	       same_text(a->proxy_user, b->proxy_user) &&
	       same_text(a->proxy_password, b->proxy_password) &&
	       a->connections == b->connections &&
	       a->connect_timeout_ms == b->connect_timeout_ms &&
	       a->idle_ping_ms == b->idle_ping_ms && a->cautious == b->cautious;
}
