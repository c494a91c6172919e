/* SPDX-License-Identifier: MIT */
/* The shared bodies: which of them stay in memory, and for how long. */
#include "sendd/body_read.h"

#include "unit.h"

#define MANY 1000

/* How many of the bodies 1 to n are in memory? */
static unsigned
count_there(struct bodies *b, uint64_t n)
{
	unsigned there = 0;

	for (uint64_t id = 1; id <= n; id++) {
		struct body *body = bodies_find(b, id);

		if (body == NULL)
			continue;
		assert_int_equal(body->id, id);
		there++;
		body_release(body);
	}
	return there;
}

static void
add_many(struct bodies *b, struct body *list[MANY])
{
	for (uint64_t id = 1; id <= MANY; id++) {
		list[id - 1] = body_new("{}", 2);
		bodies_add(b, id, list[id - 1]);
	}
}

static void
a_body_with_a_reference_stays(void **state)
{
	struct bodies *b = bodies_new();
	struct body *list[MANY];

	(void)state;
	add_many(b, list);
	assert_ptr_equal(bodies_find(b, 1), list[0]);
	assert_int_equal(count_there(b, MANY), MANY);
	for (unsigned k = 0; k < MANY; k++)
		body_release(list[k]);
	assert_int_equal(list[0]->refs, 1);
	assert_string_equal(list[0]->json, "{}");
	body_release(list[0]);
	bodies_free(b);
}

/* What a job has read of them is not needed when the body is in memory; one
 * that was deleted meanwhile is empty, for all its rows. */
static void
is_placed_once(void **state)
{
	struct bodies *b = bodies_new();
	struct body_reading r = {0};
	struct body *here = body_new("{}", 2), *gone;

	(void)state;
	bodies_add(b, 1, here);
	for (uint64_t id = 1; id <= 3; id++) {
		body_reading_want(&r, id);
		body_reading_want(&r, 1);
	}
	assert_int_equal(r.n, 3);
	assert_ptr_equal(body_reading_place(&r, b, 1), here);
	gone = body_reading_place(&r, b, 2);
	assert_int_equal(gone->len, 0);
	assert_ptr_equal(body_reading_place(&r, b, 2), gone);
	assert_int_equal(gone->refs, 2);
	body_reading_done(&r);
	for (int i = 0; i < 2; i++) {
		body_release(gone);
		body_release(here);
	}
	bodies_free(b);
}

static void
few_without_a_reference_stay(void **state)
{
	struct bodies *b = bodies_new();
	struct body *list[MANY];

	(void)state;
	add_many(b, list);
	for (unsigned k = 0; k < MANY; k++)
		body_release(list[k]);
	assert_int_equal(count_there(b, MANY), 64);
	assert_null(bodies_find(b, 1));
	bodies_free(b);
}

/* The one that lost its last reference first is freed first. */
static void
the_oldest_goes_first(void **state)
{
	struct bodies *b = bodies_new();
	struct body *list[MANY], *first;

	(void)state;
	add_many(b, list);
	for (unsigned k = 0; k < 64; k++)
		body_release(list[k]);
	assert_ptr_equal(first = bodies_find(b, 1), list[0]);
	body_release(first);
	body_release(list[64]);
	assert_null(bodies_find(b, 2));
	assert_ptr_equal(bodies_find(b, 1), list[0]);
	body_release(first);
	for (unsigned k = 65; k < MANY; k++)
		body_release(list[k]);
	bodies_free(b);
}

static void
a_body_of_its_own_is_not_shared(void **state)
{
	struct bodies *b = bodies_new();

	(void)state;
	body_release(body_new("{}", 2));
	assert_null(bodies_find(b, 0));
	bodies_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_body_with_a_reference_stays),
	    cmocka_unit_test(is_placed_once),
	    cmocka_unit_test(few_without_a_reference_stay),
	    cmocka_unit_test(the_oldest_goes_first),
	    cmocka_unit_test(a_body_of_its_own_is_not_shared)};

	return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
