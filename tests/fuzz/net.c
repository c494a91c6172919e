/* SPDX-License-Identifier: MIT */
/* Ranges of the settings and a stranger's X-Forwarded-For. Input: a line of
 * proxies, a line of ranges with names, the header. */
#include "lib/net.h"
#include "tests/fuzz/fuzz.h"

/* Every item of a good list has its own first address. */
static void
each_has_its_own(const char *list, bool named)
{
	const char *rest = list;
	char item[NET_ITEM], name[NET_ITEM];
	struct net range, address;

	while (net_item(&rest, item)) {
		char *end = named ? strstr(item, " as ") : NULL;

		if (end != NULL)
			*end = '\0';
		item[strcspn(item, " \t")] = '\0';
		MUST(net_range(item, &range));
		item[strcspn(item, "/")] = '\0';
		MUST(net_address(item, &address) && net_has(&range, &address));
		MUST(net_list_has(list, item));
		MUST(!named || net_list_name(list, item, name));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const char *proxies = input_line(&in), *ranges = input_line(&in);
	const char *header;
	char address[NET_TEXT];
	struct net n;
	size_t len;

	header = input_rest(&in, &len);
	if (net_list_ok(proxies, false))
		each_has_its_own(proxies, false);
	if (net_list_ok(ranges, true))
		each_has_its_own(ranges, true);
	if (net_forwarded(proxies, header, address)) {
		MUST(net_address(address, &n));
		MUST(!net_list_has(proxies, address));
		MUST(strstr(header, address) != NULL);
	}
	(void)net_list_has(proxies, header);
	input_done(&in);
	return 0;
}
