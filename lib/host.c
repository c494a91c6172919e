/* SPDX-License-Identifier: MIT */
#include "lib/host.h"

#include <string.h>

#include "lib/mem.h"
#include "lib/net.h"
#include "lib/text.h"

#define NAME_MAX_LEN 253 /* of a name, and of a label: RFC 1035, 2.3.4 */
#define LABEL_MAX_LEN 63
#define BELOW "*."

static bool
is_label(const char *s, size_t len)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (len == 0 || len > LABEL_MAX_LEN || s[0] == '-' ||
	    s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (memchr(set, s[i], sizeof set - 1) == NULL)
			return false;
	return true;
}

/* The last label of a name begins with a letter: "127.1", "2130706433" and
 * "0x7f.1" are addresses to a resolver. */
bool
host_is_name(const char *name, size_t len)
{
	const char *at = name, *end = name + len, *dot;

	if (len > NAME_MAX_LEN)
		return false;
	while ((dot = memchr(at, '.', (size_t)(end - at))) != NULL) {
		if (!is_label(at, (size_t)(dot - at)))
			return false;
		at = dot + 1;
	}
	return at > name && is_label(at, (size_t)(end - at)) &&
	    *at >= 'a' && *at <= 'z';
}

bool
host_list_ok(const char *list)
{
	char item[NET_ITEM];

	if (list != NULL && strcmp(list, HOST_ANY) == 0)
		return true;
	while (net_item(&list, item)) {
		const char *name = item;

		if (text_starts(item, BELOW))
			name += strlen(BELOW);
		if (!host_is_name(name, strlen(name)))
			return false;
	}
	return true;
}

/* Is the name of that zone, or below it? */
static bool
is_below(const char *name, size_t len, const char *zone)
{
	size_t n = strlen(zone);

	return len > n && name[len - n - 1] == '.' &&
	    memcmp(name + len - n, zone, n) == 0;
}

/* Names that only a private network answers (RFC 6761, 6762, 7686, 8375; ICANN
 * has set "internal" apart). */
bool
host_is_private(const char *name, size_t len)
{
	static const char *const zones[] = {"arpa", "corp", "home", "internal",
	    "intranet", "invalid", "lan", "local", "localdomain", "localhost",
	    "onion", "private", "test"};

	for (size_t i = 0; i < nitems(zones); i++)
		if (is_below(name, len, zones[i]))
			return true;
	return false;
}

bool
host_list_has(const char *list, const char *name, size_t len)
{
	char item[NET_ITEM];

	if (!host_is_name(name, len))
		return false;
	if (list != NULL && strcmp(list, HOST_ANY) == 0)
		return !host_is_private(name, len);
	while (net_item(&list, item)) {
		if (text_starts(item, BELOW) &&
		    is_below(name, len, item + strlen(BELOW)))
			return true;
		if (strlen(item) == len && memcmp(item, name, len) == 0)
			return true;
	}
	return false;
}
