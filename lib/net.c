/* SPDX-License-Identifier: MIT */
#include "lib/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/text.h"

#define ALL_BITS 128
#define V4_BITS 96 /* before the 32 of IPv4 */
#define BLANKS " \t"

static const unsigned char v4_prefix[V4_BITS / 8] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* --- one -------------------------------------------------------------- */

bool
net_is_v4(const struct net *n)
{
	return n->bits >= V4_BITS &&
	    memcmp(n->bytes, v4_prefix, sizeof v4_prefix) == 0;
}

/* Bit i, counted from the left. */
static unsigned
bit(const unsigned char *bytes, unsigned i)
{
	return bytes[i / 8] >> (7 - i % 8) & 1;
}

bool
net_address(const char *text, struct net *address)
{
	struct net n = {.bits = ALL_BITS};

	if (text == NULL)
		return false;
	if (inet_pton(AF_INET, text, n.bytes + sizeof v4_prefix) == 1)
		memcpy(n.bytes, v4_prefix, sizeof v4_prefix);
	else if (inet_pton(AF_INET6, text, n.bytes) != 1)
		return false;
	*address = n;
	return true;
}

static bool
is_loose(const struct net *n)
{
	for (unsigned i = n->bits; i < ALL_BITS; i++)
		if (bit(n->bytes, i) != 0)
			return true;
	return false;
}

/* Read a range, which may have bits set after its prefix. */
static bool
read_range(const char *text, struct net *range)
{
	const char *slash = text != NULL ? strchr(text, '/') : NULL;
	size_t len = slash != NULL ? (size_t)(slash - text) : 0;
	char address[NET_TEXT];
	int64_t bits, before;
	struct net n;

	if (slash == NULL)
		return net_address(text, range);
	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	before = strchr(address, ':') == NULL ? V4_BITS : 0;
	if (!net_address(address, &n) ||
	    !text_i64(slash + 1, 0, ALL_BITS - before, &bits))
		return false;
	n.bits = (unsigned)(before + bits);
	*range = n;
	return true;
}

bool
net_range(const char *text, struct net *range)
{
	struct net n;

	if (!read_range(text, &n) || is_loose(&n))
		return false;
	*range = n;
	return true;
}

bool
net_has(const struct net *range, const struct net *address)
{
	if (net_is_v4(range) != net_is_v4(address))
		return false;
	for (unsigned i = 0; i < range->bits; i++)
		if (bit(range->bytes, i) != bit(address->bytes, i))
			return false;
	return true;
}

bool
net_of_socket(const struct sockaddr *from, struct net *address)
{
	struct net n = {.bits = ALL_BITS};
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof v4);
		memcpy(n.bytes, v4_prefix, sizeof v4_prefix);
		memcpy(n.bytes + sizeof v4_prefix, &v4.sin_addr, 4);
	} else if (from->sa_family == AF_INET6) {
		memcpy(&v6, from, sizeof v6);
		memcpy(n.bytes, &v6.sin6_addr, sizeof n.bytes);
	} else {
		return false;
	}
	*address = n;
	return true;
}

/* Cut "address:port" or "[address]:port" into its two. */
static bool
split_endpoint(char *text, char **host, char **port)
{
	char *colon = strrchr(text, ':');
	bool in_brackets = text[0] == '[';

	if (colon == NULL || colon == text)
		return false;
	if (in_brackets && colon[-1] != ']')
		return false;
	colon[in_brackets ? -1 : 0] = '\0';
	*host = text + in_brackets;
	*port = colon + 1;
	return in_brackets == (strchr(*host, ':') != NULL);
}

bool
net_endpoint(const char *text, struct sockaddr_storage *out, unsigned *len)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	char copy[NET_TEXT + 8], *host, *port;
	int64_t number;

	if (text == NULL || strlen(text) >= sizeof copy)
		return false;
	memcpy(copy, text, strlen(text) + 1);
	if (!split_endpoint(copy, &host, &port) ||
	    !text_i64(port, 1, 65535, &number))
		return false;
	v4.sin_port = v6.sin6_port = htons((uint16_t)number);
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		*len = sizeof v4;
		memcpy(out, &v4, sizeof v4);
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) != 1)
		return false;
	*len = sizeof v6;
	memcpy(out, &v6, sizeof v6);
	return true;
}

/* --- lists ------------------------------------------------------------ */

/* Copy without the blanks around the text; "" when it does not fit. */
static void
copy_trimmed(const char *from, size_t len, char *into, size_t size)
{
	while (len > 0 && strchr(BLANKS, *from) != NULL) {
		from++;
		len--;
	}
	while (len > 0 && strchr(BLANKS, from[len - 1]) != NULL)
		len--;
	if (len >= size)
		len = 0;
	memset(into, 0, size);
	memcpy(into, from, len);
}

bool
net_item(const char **list, char item[NET_ITEM])
{
	size_t len;

	if (*list == NULL)
		return false;
	len = strcspn(*list, ",");
	copy_trimmed(*list, len, item, NET_ITEM);
	*list = (*list)[len] == ',' ? *list + len + 1 : NULL;
	return true;
}

/* Split "RANGE" or "RANGE as NAME"; name is "" without "as". False when no
 * name follows "as". */
static bool
split_item(const char *item, char range[NET_ITEM], char name[NET_ITEM])
{
	static const char as[] = " as ";
	const char *word = strstr(item, as);
	size_t len = word != NULL ? (size_t)(word - item) : strlen(item);

	copy_trimmed(item, len, range, NET_ITEM);
	name[0] = '\0';
	if (word == NULL)
		return true;
	word += strlen(as);
	copy_trimmed(word, strlen(word), name, NET_ITEM);
	return name[0] != '\0';
}

static bool
read_item(const char *item, struct net *range, char name[NET_ITEM])
{
	char text[NET_ITEM];

	return split_item(item, text, name) && net_range(text, range);
}

bool
net_item_name(const char **list, char name[NET_ITEM])
{
	char item[NET_ITEM];
	struct net range;

	return net_item(list, item) && read_item(item, &range, name);
}

bool
net_list_ok(const char *list, bool named)
{
	char item[NET_ITEM], name[NET_ITEM];
	struct net range;

	while (net_item(&list, item))
		if (!read_item(item, &range, name) ||
		    (name[0] != '\0') != named)
			return false;
	return true;
}

bool
net_list_loose(const char *list)
{
	char item[NET_ITEM], text[NET_ITEM], name[NET_ITEM];
	struct net range;

	while (net_item(&list, item)) {
		(void)split_item(item, text, name);
		if (read_range(text, &range) && is_loose(&range))
			return true;
	}
	return false;
}

bool
net_list_within(const char *list, const char *item)
{
	char other[NET_ITEM], name[NET_ITEM];
	struct net range, wide;

	if (!read_item(item, &range, name))
		return false;
	while (net_item(&list, other))
		if (read_item(other, &wide, name) &&
		    wide.bits <= range.bits && net_has(&wide, &range))
			return true;
	return false;
}

bool
net_list_name(const char *list, const char *address, char name[NET_ITEM])
{
	char item[NET_ITEM];
	struct net range, a;

	if (list == NULL || *list == '\0' || !net_address(address, &a))
		return false;
	while (net_item(&list, item))
		if (read_item(item, &range, name) && net_has(&range, &a))
			return true;
	return false;
}

bool
net_list_has(const char *list, const char *address)
{
	char name[NET_ITEM];

	return net_list_name(list, address, name);
}

/* --- public addresses -------------------------------------------------- */

/* The registries of special-purpose addresses (RFC 6890 and its updates), and
 * groups. Of IPv6 only 2000::/3 is given out. */
#define PUBLIC_V6 "2000::/3"
#define NOT_PUBLIC                                                             \
	"0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, "  \
	"172.16.0.0/12, 192.0.0.0/24, 192.0.2.0/24, 192.88.99.0/24, "          \
	"192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24, "     \
	"224.0.0.0/4, 240.0.0.0/4, "                                           \
	"2001::/23, 2001:db8::/32, 2002::/16, 3fff::/20"

static bool
in_ranges(const char *list, const struct net *address)
{
	char item[NET_ITEM];
	struct net range;

	while (net_item(&list, item))
		if (net_range(item, &range) && net_has(&range, address))
			return true;
	return false;
}

bool
net_is_public(const struct net *address)
{
	return !in_ranges(NOT_PUBLIC, address) &&
	    (net_is_v4(address) || in_ranges(PUBLIC_V6, address));
}

/* --- proxies ---------------------------------------------------------- */

bool
net_forwarded(const char *proxies, const char *header, char address[NET_TEXT])
{
	size_t end = header != NULL ? strlen(header) : 0;
	char text[NET_TEXT];
	struct net n;

	while (end > 0) {
		size_t start = end;

		while (start > 0 && header[start - 1] != ',')
			start--;
		copy_trimmed(header + start, end - start, text, sizeof text);
		if (!net_address(text, &n))
			return false;
		if (!net_list_has(proxies, text)) {
			memcpy(address, text, sizeof text);
			return true;
		}
		end = start > 0 ? start - 1 : 0;
	}
	return false;
}
