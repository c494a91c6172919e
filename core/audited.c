/* SPDX-License-Identifier: MIT */
#include "core/audited.h"

struct audited_try {
	const struct audited *a;
	void *arg;
};

static const struct err *
change_and_row(struct db *db, void *arg)
{
	const struct audited_try *t = arg;
	struct audit row = {0};
	const struct err *e;

	t->a->forget(t->arg);
	if ((e = t->a->change(t->arg)) != NULL)
		return e;
	t->a->describe(t->arg, &row);
	return audit_add(db, &row);
}

const struct err *
audited_change(struct db *db, const struct audited *a, void *arg)
{
	struct audited_try t = {a, arg};
	const struct err *e = db_transact(db, change_and_row, &t);

	if (e != NULL)
		a->forget(arg);
	return e;
}
