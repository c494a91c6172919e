/* SPDX-License-Identifier: MIT */
/*
 * IP addresses and ranges, read strictly, and lists of ranges as in the
 * settings: "10.1.2.0/24, fd00::/8", or with a name for each range,
 * "10.1.2.0/24 as shop".
 */
#ifndef LIB_NET_H
#define LIB_NET_H

#include <stdbool.h>
#include <stddef.h>

#define NET_TEXT 46  /* an address as text, and NUL */
#define NET_ITEM 160 /* an item of a list, and NUL */

/* A range; a single address is a range with a prefix of all 128 bits. IPv4 is
 * mapped to ::ffff:0:0/96 (RFC 4291, 2.5.5.2), so a caller over IPv4 has the
 * same address at an IPv6 socket as at an IPv4 socket. */
struct net {
	unsigned char bytes[16];
	unsigned bits;
};

/* Parse an address or a range. False when text is neither or NULL; for a range
 * also when bits are set after its prefix, because then one of the two is a
 * mistake. */
bool net_address(const char *text, struct net *address);
bool net_range(const char *text, struct net *range);

/* Is all of it IPv4? */
bool net_is_v4(const struct net *n);

/* Does the range contain the address? A range of IPv6 never contains an
 * address of IPv4, whatever its prefix. */
bool net_has(const struct net *range, const struct net *address);

/* The name of the next item; moves *list past the item. The list must have
 * passed net_list_ok. False at the end of the list. */
bool net_item_name(const char **list, char name[NET_ITEM]);

/* The next item of a list, without the blanks around it; moves *list past it.
 * False at the end of the list. An item that is too long is "". */
bool net_item(const char **list, char item[NET_ITEM]);

/* Is each item a range, with a name if named, without a name if not? */
bool net_list_ok(const char *list, bool named);

/* Does an item have a range with bits set after its prefix? */
bool net_list_loose(const char *list);

/* Does the range of the item, which may have a name, lie wholly in one range
 * of the list? */
bool net_list_within(const char *list, const char *item);

/* Is the address, given as text, in one of the ranges? NULL is an empty
 * list. */
bool net_list_has(const char *list, const char *address);

/* The name of the first range that contains the address. False: none does. */
bool net_list_name(const char *list, const char *address,
    char name[NET_ITEM]);

/* The address that a socket is to connect to. False for other families than
 * IPv4 and IPv6. */
struct sockaddr;
bool net_of_socket(const struct sockaddr *from, struct net *address);

/* Parse "10.1.2.3:4180" or "[fd00::1]:4180", for bind(2) and connect(2).
 * False: it is neither. */
struct sockaddr_storage;
bool net_endpoint(const char *text, struct sockaddr_storage *out,
    unsigned *len);

/* Is it the address of one machine on the public internet? Not one of this
 * machine, a private network, a link, a group, a documentation, or one that
 * has an address of IPv4 inside. */
bool net_is_public(const struct net *address);

/* The client's address behind the proxies: the last address in an
 * X-Forwarded-For header that is not in the list of proxies. Anything further
 * left was written by strangers. False when there is none, or something that
 * is not an address comes first (from the right). */
bool net_forwarded(const char *proxies, const char *header,
    char address[NET_TEXT]);

#endif
