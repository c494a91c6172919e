/* SPDX-License-Identifier: MIT */
/* Which URLs are valid in settings. */
#include "lib/conf_part.h"

#include <stdbool.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

/* A password in a URL would be visible wherever the URL is shown. */
static bool
has_user(const char *url)
{
	const char *host = strstr(url, "://") + strlen("://");

	return memchr(host, '@', strcspn(host, "/?#")) != NULL;
}

/* Keys, tokens and messages are sent there: plaintext is allowed only to a
 * stand-in on this machine. */
static bool
is_guarded(const char *url)
{
	static const char *const here[] = {"http://127.0.0.1",
	    "http://localhost", "http://[::1]"};

	if (text_starts(url, "https://"))
		return true;
	for (size_t i = 0; i < nitems(here); i++)
		if (text_starts(url, here[i]) &&
		    strchr(":/", url[strlen(here[i])]) != NULL)
			return true;
	return false;
}

/* Exactly one %s, for the project. Without it, or with a second one, which
 * would stay as it is, no request would arrive. */
static bool
has_one_hole(const char *url)
{
	const char *hole = strstr(url, "%s");

	return hole != NULL && strstr(hole + 1, "%s") == NULL;
}

const char *
conf_url_wants(enum conf_type type, const char *v)
{
	bool web = text_starts(v, "http://");

	if (!web && !text_starts(v, "https://"))
		return type == CONF_URL
			? "a URL that begins with https:// (or http://)"
			: "a URL that begins with https://";
	if (has_user(v))
		return "a URL without user and password";
	if (type != CONF_URL && !is_guarded(v))
		return "an https:// URL: http:// is for this machine only";
	if (type == CONF_PROJECT && !has_one_hole(v))
		return "a URL with %s once, where the project stands";
	return NULL;
}
