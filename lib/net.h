/* SPDX-License-Identifier: MIT */
/*
 * IP addresses and ranges of them, read strictly, and lists of ranges as
 * settings have them: "10.1.2.0/24, fd00::/8", or with a name for each,
 * "10.1.2.0/24 as shop".
 */
#ifndef LIB_NET_H
#define LIB_NET_H

#include <stdbool.h>
#include <stddef.h>

#define NET_TEXT 46  /* an address as text, and NUL */
#define NET_ITEM 160 /* an item of a list, and NUL */

/* A range; a single address is one of all 128 bits. IPv4 lies in ::ffff:0:0/96
 * (RFC 4291, 2.5.5.2): so a caller by IPv4 to a socket of IPv6 has the same
 * address as to one of IPv4. */
struct net {
	unsigned char bytes[16];
	unsigned bits;
};

/* False: it is no address; of a range also when bits are set behind its
 * prefix, for then one of the two is a mistake. NULL is none. */
bool net_address(const char *text, struct net *address);
bool net_range(const char *text, struct net *range);

/* Is all of it IPv4? */
bool net_is_v4(const struct net *n);

/* A range of IPv6 has no address of IPv4, whatever its prefix. */
bool net_has(const struct net *range, const struct net *address);

/* The name of the next item of a list that net_list_ok has seen. */
bool net_item_name(const char **list, char name[NET_ITEM]);

/* The next item of a list, without the blanks around it, and *list on to what
 * follows. False at the end of the list. An item that is too long is "". */
bool net_item(const char **list, char item[NET_ITEM]);

/* Is each item a range, and has it a name, or has it none? */
bool net_list_ok(const char *list, bool named);

/* Has an item a range with bits set behind its prefix? */
bool net_list_loose(const char *list);

/* Does the range of that item, which may have a name, lie wholly in one range
 * of the list? */
bool net_list_within(const char *list, const char *item);

/* Is the address, given as text, in one of the ranges? A list that is NULL
 * has none. */
bool net_list_has(const char *list, const char *address);

/* The name of the first range that has the address. False: none has it. */
bool net_list_name(const char *list, const char *address,
    char name[NET_ITEM]);

/* Whom the proxies pass on: the last address of an X-Forwarded-For header
 * that is not one of the proxies itself. What stands further left was written
 * by strangers. False when there is none, or before it something else than an
 * address. */
bool net_forwarded(const char *proxies, const char *header,
    char address[NET_TEXT]);

#endif
