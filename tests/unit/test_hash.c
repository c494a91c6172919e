/* SPDX-License-Identifier: MIT */
#include "lib/hash.h"

#include "unit.h"

#define MANY 5000

struct entry {
	uint64_t key;
	int part; /* what tells entries of one key apart */
};

static bool
has_part(const void *entry, const void *wanted)
{
	return ((const struct entry *)entry)->part == *(const int *)wanted;
}

static void
empty_has_nothing(void **state)
{
	struct hash h = {0};
	struct entry one = {7, 0};

	(void)state;
	assert_null(hash_find(&h, 7, NULL, NULL));
	hash_remove(&h, 7, &one);
	hash_clear(&h);
	assert_int_equal(h.n, 0);
	hash_done(&h);
}

/* Each is found again while the table grows, whatever the keys look like. */
static void
grows(void **state)
{
	static const uint64_t steps[] = {1, 64, UINT64_C(1) << 40,
	    UINT64_C(0x9e3779b97f4a7c15)};
	static struct entry entries[MANY];

	(void)state;
	for (size_t s = 0; s < nitems(steps); s++) {
		struct hash h = {0};

		for (size_t i = 0; i < MANY; i++) {
			entries[i].key = i * steps[s];
			hash_add(&h, entries[i].key, &entries[i]);
		}
		assert_int_equal(h.n, MANY);
		assert_true(h.size >= 2 * h.n);
		for (size_t i = 0; i < MANY; i++)
			assert_ptr_equal(hash_find(&h, entries[i].key, NULL,
			    NULL), &entries[i]);
		assert_null(hash_find(&h, MANY * steps[s], NULL, NULL));
		hash_done(&h);
	}
}

/* What is taken out is gone, and whatever was pushed aside by it is found. */
static void
removes(void **state)
{
	static struct entry entries[MANY];
	struct hash h = {0};

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		hash_add(&h, entries[i].key = i * i, &entries[i]);
	for (size_t i = 0; i < MANY; i += 2)
		hash_remove(&h, entries[i].key, &entries[i]);
	assert_int_equal(h.n, MANY / 2);
	for (size_t i = 0; i < MANY; i++)
		assert_ptr_equal(hash_find(&h, entries[i].key, NULL, NULL),
		    i % 2 == 0 ? NULL : &entries[i]);
	hash_clear(&h);
	assert_null(hash_find(&h, entries[1].key, NULL, NULL));
	hash_add(&h, entries[1].key, &entries[1]);
	assert_ptr_equal(hash_find(&h, entries[1].key, NULL, NULL),
	    &entries[1]);
	hash_done(&h);
}

/* Many of one key lie side by side and are told apart by the function. */
static void
keys_are_shared(void **state)
{
	struct entry entries[40];
	struct hash h = {0};
	int none = 40;

	(void)state;
	for (int i = 0; i < 40; i++) {
		entries[i] = (struct entry){7, i};
		hash_add(&h, 7, &entries[i]);
	}
	for (int i = 0; i < 40; i++)
		assert_ptr_equal(hash_find(&h, 7, has_part, &i),
		    &entries[i]);
	assert_null(hash_find(&h, 7, has_part, &none));
	hash_remove(&h, 7, &entries[3]);
	for (int i = 0; i < 40; i++)
		assert_ptr_equal(hash_find(&h, 7, has_part, &i),
		    i == 3 ? NULL : &entries[i]);
	hash_done(&h);
}

/* The published vectors of FNV-1a, 64 bits. */
static void
texts_have_keys(void **state)
{
	(void)state;
	assert_true(hash_text(HASH_SEED, "") == UINT64_C(0xcbf29ce484222325));
	assert_true(hash_text(HASH_SEED, "a") ==
	    UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(hash_text(HASH_SEED, "foobar") ==
	    UINT64_C(0x85944171f73967e8));
	assert_true(hash_text(hash_text(HASH_SEED, "foo"), "bar") ==
	    hash_text(HASH_SEED, "foobar"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_has_nothing), cmocka_unit_test(grows),
	    cmocka_unit_test(removes), cmocka_unit_test(keys_are_shared),
	    cmocka_unit_test(texts_have_keys)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
