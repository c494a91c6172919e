/* SPDX-License-Identifier: MIT */
#include "sendd/settled_at.h"

#include "unit.h"

/* A reading begins at that node. */
static bool
waits(struct settled_at *s, const char *node)
{
	struct settled_at had = settled_at_read(s);

	return settled_at_is_elsewhere(&had, node);
}

static void
reads_at_one_node(void **state)
{
	struct settled_at s = {.moved = false};

	(void)state;
	assert_false(waits(&s, "n1"));
	settled_at_note(&s, "n1");
	settled_at_note(&s, "n1");
	assert_false(waits(&s, "n1"));
}

/* For as long as the two are apart. */
static void
waits_elsewhere(void **state)
{
	struct settled_at s = {.moved = false};

	(void)state;
	settled_at_note(&s, "n1");
	assert_true(waits(&s, "n2"));
	assert_true(waits(&s, "n2"));
	assert_false(waits(&s, "n1"));
}

/* What was written before the writer came to the reader's node. */
static void
waits_once_for_what_was_before(void **state)
{
	struct settled_at s = {.moved = false};

	(void)state;
	settled_at_note(&s, "n1");
	settled_at_note(&s, "n2");
	assert_true(waits(&s, "n2"));
	assert_false(waits(&s, "n2"));
}

/* It may have waited for nothing. */
static void
waits_again_when_it_failed(void **state)
{
	struct settled_at s = {.moved = false}, had;

	(void)state;
	settled_at_note(&s, "n1");
	settled_at_note(&s, "n2");
	had = settled_at_read(&s);
	settled_at_not_read(&s, &had);
	assert_true(waits(&s, "n2"));
	assert_false(waits(&s, "n2"));
	had = settled_at_read(&s);
	settled_at_note(&s, "n3");
	settled_at_not_read(&s, &had);
	assert_true(waits(&s, "n3"));
	assert_false(waits(&s, "n3"));
	had = settled_at_read(&s);
	settled_at_not_read(&s, &had);
	assert_false(waits(&s, "n3"));
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(reads_at_one_node),
	    TEST(waits_elsewhere), TEST(waits_once_for_what_was_before),
	    TEST(waits_again_when_it_failed)};

	return cmocka_run_group_tests_name("settled_at", tests, NULL, NULL);
}
