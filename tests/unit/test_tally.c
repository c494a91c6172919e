/* SPDX-License-Identifier: MIT */
#include "sendd/tally.h"

#include "db/counter.h"
#include "unit.h"

static uint64_t
count_of(const struct tallies *l, int64_t app, unsigned platform,
    enum outcome_kind kind, const char *reason)
{
	uint64_t n = 0;

	for (const struct tally *t = l->first; t != NULL; t = t->next)
		if (t->app == app && t->platform == platform &&
		    t->kind == kind && strcmp(t->reason, reason) == 0)
			n += t->n;
	return n;
}

static void
each_by_its_own(void **state)
{
	struct tallies l, taken;

	(void)state;
	tallies_init(&l);
	for (int64_t app = 1; app <= 3; app++)
		for (unsigned platform = 0; platform < 2; platform++)
			for (int64_t k = 0; k < app; k++) {
				tally_add(&l, app, platform, OUTCOME_SENT,
				    NULL);
				tally_add(&l, app, platform, OUTCOME_FAILED,
				    "Unregistered");
			}
	assert_int_equal(l.table.n, 12);
	assert_int_equal(count_of(&l, 1, 0, OUTCOME_SENT, ""), 1);
	assert_int_equal(count_of(&l, 3, 1, OUTCOME_SENT, ""), 3);
	assert_int_equal(count_of(&l, 2, 1, OUTCOME_FAILED, "Unregistered"),
	    2);
	tallies_take(&l, &taken);
	assert_null(l.first);
	assert_int_equal(count_of(&taken, 3, 1, OUTCOME_SENT, ""), 3);
	tally_add(&l, 1, 0, OUTCOME_SENT, NULL);
	assert_int_equal(count_of(&l, 1, 0, OUTCOME_SENT, ""), 1);
	tallies_return(&l, &taken);
	tallies_done(&taken);
	assert_int_equal(l.table.n, 12);
	assert_int_equal(count_of(&l, 1, 0, OUTCOME_SENT, ""), 2);
	assert_int_equal(count_of(&l, 3, 1, OUTCOME_FAILED, "Unregistered"),
	    3);
	tallies_done(&l);
}

/* Numbers in a sentence are not what is counted by; codes and statuses are. */
static void
reasons(void **state)
{
	static const struct {
		const char *reason, *counted_by;
	} rows[] = {
	    {"", ""},
	    {"80300007", "80300007"},
	    {"HTTP 503", "HTTP 503"},
	    {"payload of 5000 bytes, 4096 are allowed",
		"payload of # bytes, # are allowed"},
	    {"1 and 2", "# and #"},
	    /* as long as fits, and one more */
	    {"0123456789012345678901234567890123456789"
	     "012345678901234567890123456789012345678",
		"0123456789012345678901234567890123456789"
		"012345678901234567890123456789012345678"},
	    {"0123456789012345678901234567890123456789"
	     "0123456789012345678901234567890123456789", "other"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct tallies l;

		tallies_init(&l);
		tally_add(&l, 1, 0, OUTCOME_FAILED, rows[i].reason);
		CHECK(rows[i].reason, count_of(&l, 1, 0, OUTCOME_FAILED,
		    rows[i].counted_by) == 1);
		tallies_done(&l);
	}
}

static void
add_word(struct tallies *l, int64_t app, unsigned platform, int word)
{
	char reason[16];

	(void)snprintf(reason, sizeof reason, "word%d", word);
	tally_add(l, app, platform, OUTCOME_FAILED, reason);
}

/* A provider that finds a new word each time: the rest is "other", and those
 * that are known go on. */
static void
words_have_a_limit(void **state)
{
	struct tallies l;

	(void)state;
	tallies_init(&l);
	for (int i = 0; i < COUNTER_REASONS + 10; i++)
		add_word(&l, 1, 0, i);
	add_word(&l, 1, 0, 5);
	add_word(&l, 1, 1, 1000);
	add_word(&l, 2, 0, 1000);
	assert_int_equal(l.table.n, COUNTER_REASONS + 3);
	assert_int_equal(count_of(&l, 1, 0, OUTCOME_FAILED, "other"), 10);
	assert_int_equal(count_of(&l, 1, 0, OUTCOME_FAILED, "word5"), 2);
	assert_int_equal(count_of(&l, 1, 1, OUTCOME_FAILED, "word1000"), 1);
	assert_int_equal(count_of(&l, 2, 0, OUTCOME_FAILED, "word1000"), 1);
	tallies_done(&l);
}

/* More applications than tallies may be: the outcomes of each are its own. */
static void
overflow_is_nobody_elses(void **state)
{
	const int64_t apps = 5000;
	struct tallies l;

	(void)state;
	tallies_init(&l);
	for (int round = 0; round < 2; round++)
		for (int64_t app = 1; app <= apps; app++)
			add_word(&l, app, 0, 1);
	assert_int_equal(l.table.n, apps);
	for (int64_t app = 1; app <= apps; app++)
		assert_int_equal(count_of(&l, app, 0, OUTCOME_FAILED,
		    app <= TALLIES_MAX ? "word1" : "other"), 2);
	tallies_done(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_by_its_own), cmocka_unit_test(reasons),
	    cmocka_unit_test(words_have_a_limit),
	    cmocka_unit_test(overflow_is_nobody_elses)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
