/* SPDX-License-Identifier: MIT */
#include "db/db_part.h"

#include "unit.h"

/* Refused at the second of its nodes, when that may be tried again. */
static int64_t
refused_again_ms(struct db *db)
{
	db->node = 1;
	db->full_until_ms[1] = 0;
	db_note_full(db);
	return db->full_ms[1];
}

static void
is_tried_less_and_less_often(void **state)
{
	static const int64_t pauses[] = {2000, 4000, 8000, 16000, 32000, 60000,
	    60000};
	struct db db = {.nodes.n = 3};

	(void)state;
	for (size_t i = 0; i < nitems(pauses); i++)
		assert_int_equal(refused_again_ms(&db), pauses[i]);
	assert_int_equal(db_full_places(&db), 1U << 1);
}

/* As by one call after the other, where no other node answers. */
static void
does_not_wait_longer_for_who_does_not_wait(void **state)
{
	struct db db = {.nodes.n = 3};
	int64_t until_ms;

	(void)state;
	assert_int_equal(refused_again_ms(&db), 2000);
	until_ms = db.full_until_ms[1];
	db_note_full(&db);
	assert_int_equal(db.full_ms[1], 2000);
	assert_int_equal(db.full_until_ms[1], until_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_tried_less_and_less_often),
	    cmocka_unit_test(does_not_wait_longer_for_who_does_not_wait)};

	return cmocka_run_group_tests_name("db_full", tests, NULL, NULL);
}
