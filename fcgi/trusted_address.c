/* SPDX-License-Identifier: MIT */
#include "fcgi/trusted_address.h"

#include "lib/arena.h"
#include "lib/log.h"
#include "lib/net.h"

#include "db/integration.h"

static const struct err *
check_names(struct db *db, struct arena *a, const char *list)
{
	char name[NET_ITEM];
	struct integration i;
	const struct err *e;

	while (net_item_name(&list, name)) {
		e = integration_named(db, a, name, &i);
		if (e != NULL && e->code == ERR_MISSING)
			return err_new(ERR_INVALID, "[api] trust: there is no "
			    "integration \"%s\"", name);
		if (e != NULL)
			return e;
	}
	return NULL;
}

const struct err *
trusted_address_check(const struct settings *s, const char *program)
{
	struct arena *a;
	const struct err *e;
	struct db *db;

	if (s->api.trust == NULL)
		return NULL;
	if ((e = db_open(&s->database, program, DB_QUICK, &db)) == NULL) {
		a = arena_new();
		e = check_names(db, a, s->api.trust);
		arena_free(a);
		db_close(db);
	}
	if (e == NULL || e->code == ERR_INVALID)
		return e;
	log_warn("the integrations of [api] trust are not looked up: %s",
	    e->text);
	return NULL;
}
