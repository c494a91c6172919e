/* SPDX-License-Identifier: MIT */
#include "core/holding.h"

#include <string.h>

#include "lib/host.h"

#include "push/provider.h"

#include "db/outbox.h"

enum holding_host
holding_host_check(const struct holding *h)
{
	if (h->host == NULL)
		return HOLDING_HOST_FINE;
	if (h->platform >= PLATFORM__COUNT ||
	    providers[h->platform]->host == NULL)
		return HOLDING_HOST_STRAY;
	return host_is_name(h->host, strlen(h->host)) ? HOLDING_HOST_FINE
						       : HOLDING_HOST_ODD;
}

struct json *
holding_json(struct arena *a, const struct holding *h)
{
	struct json *j = json_new_object(a);

	json_set_text(j, "appId", h->app_id);
	json_set_text(j, "provider", provider_name_of(h->platform));
	json_set_text(j, "host", h->host);
	return j;
}

/* As the column of a hold has it. */
static const char *
host_of(const struct holding *h)
{
	return h->host != NULL ? h->host : "";
}

const struct err *
holding_put(struct db *db, const struct holding *h, const char *reason)
{
	return hold_put(db, h->app, h->platform, host_of(h), reason);
}

/* Does the hold cover what is to be released, and more? */
static bool
is_wider(const struct hold *hold, const struct holding *h)
{
	return hold->app == h->app &&
	    hold_covers(hold, h->platform, host_of(h)) &&
	    (hold->platform != h->platform ||
		strcmp(hold->host, host_of(h)) != 0);
}

const struct err *
holding_may_release(struct db *db, struct arena *a, const struct holding *h,
    struct hold *wider)
{
	struct hold *list;
	size_t n;
	const struct err *e = hold_list(db, a, &list, &n);

	if (e != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		if (is_wider(&list[i], h)) {
			*wider = list[i];
			return err_new(ERR_CONFLICT, "%s is held as a whole",
			    h->app_id);
		}
	return NULL;
}

const struct err *
holding_retry(struct db *db, int64_t app, unsigned platform, int64_t in_ms,
    holding_told *told, void *arg, uint64_t *n)
{
	int only = platform == HOLD_ALL ? -1 : (int)platform;
	const struct err *e;
	uint64_t rows;

	*n = 0;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++) {
		if ((e = outbox_retry(db, i, app, only, in_ms, &rows)) != NULL)
			return e;
		*n += rows;
		if (!told(*n, i + 1, arg))
			break;
	}
	return NULL;
}

const struct err *
holding_release(struct db *db, const struct holding *h, holding_told *told,
    void *arg, uint64_t *holds, uint64_t *rows)
{
	const struct err *e = hold_remove(db, h->app, h->platform, h->host,
	    holds);

	*rows = 0;
	return e != NULL || *holds == 0 ? e
	    : holding_retry(db, h->app, h->platform, HOLDING_SEEN_MS, told,
		  arg, rows);
}
