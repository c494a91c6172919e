/* SPDX-License-Identifier: MIT */
#include "lib/heap.h"

#include "unit.h"

#define MANY 1000

struct thing {
	struct heap_node node;
	int64_t key;
	bool in;
};

/* The next one of a sequence that looks random and is always the same. */
static uint32_t
draw(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static int64_t
smallest(const struct thing *list)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < MANY; i++)
		if (list[i].in && list[i].key < least)
			least = list[i].key;
	return least;
}

static void
change(struct heap *h, struct thing *t, int64_t key)
{
	if (!t->in) {
		heap_add(h, &t->node, key, t);
	} else if (key % 3 == 0) {
		heap_remove(h, &t->node);
		t->in = false;
		return;
	} else {
		heap_move(h, &t->node, key);
	}
	t->key = key;
	t->in = true;
}

static void
gives_the_smallest(void **state)
{
	static struct thing things[MANY];
	struct heap h = {0};
	uint32_t random = 7;
	int64_t key = 0;

	(void)state;
	for (int i = 0; i < 20 * MANY; i++) {
		change(&h, &things[draw(&random) % MANY],
		    (int64_t)(draw(&random) % 500) - 250);
		if (h.n == 0)
			continue;
		assert_non_null(heap_first(&h, &key));
		assert_true(key == smallest(things));
	}
	heap_done(&h);
}

static void
empties_in_order(void **state)
{
	static struct thing things[MANY];
	struct heap h = {0};
	uint32_t random = 11;
	int64_t last = INT64_MIN, key = 0;
	struct thing *t;
	size_t n = 0;

	(void)state;
	assert_null(heap_first(&h, &key));
	for (int i = 0; i < MANY; i++)
		heap_add(&h, &things[i].node, draw(&random) % 100, &things[i]);
	while ((t = heap_first(&h, &key)) != NULL) {
		assert_true(key >= last && t->node.key == key);
		last = key;
		heap_remove(&h, &t->node);
		n++;
	}
	assert_int_equal(n, MANY);
	heap_done(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_the_smallest),
	    cmocka_unit_test(empties_in_order)};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
