/* SPDX-License-Identifier: MIT */
#include "fcgi/request_page.h"

#include <string.h>

#include "lib/net.h"
#include "lib/text.h"

#include "db/session.h"

#include "fcgi/request_env.h"

/* The value behind "NAME=" of one cookie among "a=1; NAME=2"; *rest moves on.
 * NULL: it has another name. */
static const char *
next_cookie(struct arena *a, const char **rest, const char *name)
{
	size_t len = strlen(name), n;
	const char *at = *rest + strspn(*rest, "; \t");

	n = strcspn(at, ";");
	*rest = at + n;
	if (n <= len || strncmp(at, name, len) != 0 || at[len] != '=')
		return NULL;
	return arena_text(a, at + len + 1, n - len - 1);
}

/* Other programs of the host have cookies too, of any length. Of two with our
 * name, one was planted from a neighbouring host: neither counts. */
static const char *
cookie_get(struct arena *a, char *const *env)
{
	const char *found = NULL, *rest, *value;
	size_t times;

	rest = request_env_find(env, "HTTP_COOKIE", &times);
	while (rest != NULL && *rest != '\0') {
		if ((value = next_cookie(a, &rest, SESSION_COOKIE)) == NULL)
			continue;
		if (found != NULL || !session_is_key(value))
			return "";
		found = value;
	}
	return times > 1 ? "" : found;
}

static bool
env_says(char *const *env, const char *name, const char *wanted)
{
	size_t times;
	const char *value = request_env_find(env, name, &times);

	return times == 1 && value != NULL && strcmp(value, wanted) == 0;
}

/* A proxy in front of the web server says so in a header, which counts from
 * nobody else. */
static bool
is_secure(const struct settings *s, char *const *env)
{
	size_t times;

	if (net_list_has(s->api.proxies,
		request_env_find(env, "REMOTE_ADDR", &times)))
		return env_says(env, "HTTP_X_FORWARDED_PROTO", "https");
	return env_says(env, "HTTPS", "on") ||
	    env_says(env, "REQUEST_SCHEME", "https");
}

void
request_page(struct arena *a, const struct settings *s, char *const *env,
    const struct err **fault, struct page_headers *out)
{
	const char *who = request_header(a, env, "X-Console", fault);

	out->cookie = cookie_get(a, env);
	out->csrf = request_header(a, env, "X-CSRF-Token", fault);
	out->is_page = who != NULL;
	out->by_timer = who != NULL && strcmp(who, "timer") == 0;
	out->secure = is_secure(s, env);
}
