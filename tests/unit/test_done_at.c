/* SPDX-License-Identifier: MIT */
#include "sendd/done_at.h"

#include "unit.h"

/* A reading begins at that node. */
static bool
waits(struct done_at *s, const char *node)
{
	struct done_at had = done_at_take(s);

	return done_at_is_elsewhere(&had, node);
}

static void
reads_at_one_node(void **state)
{
	struct done_at s = {.moved = false};

	(void)state;
	assert_false(waits(&s, "n1"));
	done_at_note(&s, "n1");
	done_at_note(&s, "n1");
	assert_false(waits(&s, "n1"));
}

/* For as long as the two are apart. */
static void
waits_elsewhere(void **state)
{
	struct done_at s = {.moved = false};

	(void)state;
	done_at_note(&s, "n1");
	assert_true(waits(&s, "n2"));
	assert_true(waits(&s, "n2"));
	assert_false(waits(&s, "n1"));
}

/* What was written before the writer came to the reader's node. */
static void
waits_once_for_what_was_before(void **state)
{
	struct done_at s = {.moved = false};

	(void)state;
	done_at_note(&s, "n1");
	done_at_note(&s, "n2");
	assert_true(waits(&s, "n2"));
	assert_false(waits(&s, "n2"));
}

/* It may have waited for nothing. */
static void
waits_again_when_it_failed(void **state)
{
	struct done_at s = {.moved = false}, had;

	(void)state;
	done_at_note(&s, "n1");
	done_at_note(&s, "n2");
	had = done_at_take(&s);
	done_at_not_taken(&s, &had);
	assert_true(waits(&s, "n2"));
	assert_false(waits(&s, "n2"));
	had = done_at_take(&s);
	done_at_note(&s, "n3");
	done_at_not_taken(&s, &had);
	assert_true(waits(&s, "n3"));
	assert_false(waits(&s, "n3"));
	had = done_at_take(&s);
	done_at_not_taken(&s, &had);
	assert_false(waits(&s, "n3"));
}

/* A job went to another node in the middle: what waits, waits for both. */
static void
waits_for_each_part_of_a_job(void **state)
{
	struct done_at s = {.moved = false}, job = {.moved = false};

	(void)state;
	done_at_add(&s, &job); /* it had nothing to do */
	assert_false(waits(&s, "n1"));
	done_at_note(&job, "n1");
	done_at_add(&s, &job);
	assert_false(waits(&s, "n1"));
	done_at_note(&job, "n2");
	done_at_add(&s, &job);
	assert_true(waits(&s, "n2"));
	assert_false(waits(&s, "n2"));
	assert_true(waits(&s, "n1"));
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(reads_at_one_node),
	    TEST(waits_elsewhere), TEST(waits_once_for_what_was_before),
	    TEST(waits_again_when_it_failed),
	    TEST(waits_for_each_part_of_a_job)};

	return cmocka_run_group_tests_name("done_at", tests, NULL, NULL);
}
