/* SPDX-License-Identifier: MIT */
#include "fcgi/request_env.h"

#include <string.h>

#include "fcgi/limits.h"

void
request_fault(struct arena *a, const struct err **fault, const struct err *e)
{
	struct err *kept;

	if (*fault != NULL)
		return;
	kept = arena_alloc(a, sizeof *kept);
	*kept = *e;
	*fault = kept;
}

/* The text behind "NAME="; NULL: it is of another name. A call looks for twenty
 * names among thirty variables, nearly all of which differ in one of their
 * first characters: it costs more to call strncmp than to compare these. */
static const char *
behind_name(const char *variable, const char *name)
{
	for (; *name != '\0'; name++, variable++)
		if (*variable != *name)
			return NULL;
	return *variable == '=' ? variable + 1 : NULL;
}

const char *
request_env_find(char *const *env, const char *name, size_t *times)
{
	const char *value = NULL, *found;

	*times = 0;
	for (; env != NULL && *env != NULL; env++) {
		if ((found = behind_name(*env, name)) == NULL)
			continue;
		if ((*times)++ == 0)
			value = found;
	}
	return value != NULL && *value != '\0' ? value : NULL;
}

const char *
request_env(struct arena *a, char *const *env, const char *name,
    const struct err **fault)
{
	size_t times;
	const char *value = request_env_find(env, name, &times);

	if (times > 1)
		request_fault(a, fault, err_new(ERR_INVALID,
		    "%s is given more than once", name));
	return value;
}

static char
env_letter(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return (char)(c == '-' ? '_' : c);
}

/* "X-Correlation-ID" is HTTP_X_CORRELATION_ID in the environment; only the
 * body's own headers have no HTTP_ before them. */
static const char *
env_name(struct arena *a, const char *header)
{
	static const char before[] = "HTTP_";
	bool own = strcmp(header, "Content-Type") == 0;
	size_t n = own ? 0 : sizeof before - 1, len = strlen(header);
	char *name = arena_alloc(a, n + len + 1);

	memcpy(name, before, n);
	for (size_t i = 0; i <= len; i++)
		name[n + i] = env_letter(header[i]);
	return name;
}

const char *
request_header(struct arena *a, char *const *env, const char *header,
    const struct err **fault)
{
	const char *value = request_env(a, env, env_name(a, header), fault);

	if (value == NULL || strlen(value) <= LIMIT_HEADER)
		return value;
	request_fault(a, fault, err_new(ERR_INVALID,
	    "%s is longer than %d bytes", header, LIMIT_HEADER));
	return NULL;
}
