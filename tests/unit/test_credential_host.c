/* SPDX-License-Identifier: MIT */
/* Strangers name the hosts of Web Push: how many credentials there are. */
#include "sendd/credential_part.h"

#include "core/settings.h"
#include "unit.h"

#define APP 7
#define OTHER 8

static unsigned loads;

/* In place of db/application.c. */
const struct err *
application_credentials(struct db *db, struct arena *a, struct keyring *k,
    int64_t app, struct credentials *out)
{
	(void)db;
	(void)a;
	(void)k;
	(void)app;
	(void)out;
	loads++;
	return err_new(ERR_MISSING, "%s", ""); /* without a word */
}

const struct err *
application_versions(struct db *db, struct arena *a,
    struct application_version **list, size_t *n)
{
	(void)db;
	(void)a;
	(void)list;
	*n = 0;
	return NULL;
}

const struct err *
application_versions_sum(struct db *db, uint64_t *sum)
{
	(void)db;
	*sum = 0;
	return NULL;
}

static struct hold holds[4];
static size_t n_holds;

/* In place of db/hold.c. */
const struct err *
hold_list(struct db *db, struct arena *a, struct hold **list, size_t *n)
{
	(void)db;
	*list = arena_zero(a, sizeof holds);
	memcpy(*list, holds, sizeof holds);
	*n = n_holds;
	return NULL;
}

static struct settings settings;
static struct credential_table table;
static struct poller *poller;

static int
begin(void **state)
{
	(void)state;
	table = (struct credential_table){.settings = &settings};
	assert_null(poller_new(&poller));
	assert_null(db_worker_here(NULL, poller, db_tasks_work,
	    &table.tasks.worker));
	loads = 0;
	n_holds = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	db_worker_close(table.tasks.worker);
	credential_table_done(&table);
	poller_free(poller);
	return 0;
}

static struct credential *
of(int64_t app, const char *host)
{
	struct credential *c = credential_of(&table, app, PLATFORM_WEBPUSH, 0,
	    text_bytes(host));

	assert_null(credential_run(&table));
	assert_int_not_equal(c->state, CREDENTIAL_UNKNOWN);
	return c;
}

/* The credential of an application at the host with that number. */
static struct credential *
at(int64_t app, unsigned number)
{
	struct credential *c;
	char host[40];

	(void)snprintf(host, sizeof host, "h%u.push.example.org", number);
	c = of(app, host);
	assert_string_equal(c->host, host);
	assert_int_equal(c->app, app);
	return c;
}

static unsigned
count(void)
{
	unsigned n = 0;

	for (const struct credential *c = table.first; c != NULL; c = c->next)
		n++;
	return n;
}

/* A host that is used again, in whatever order, is found with its state. */
static void
one_for_each_host(void **state)
{
	struct credential *all[CREDENTIAL_HOSTS];

	(void)state;
	for (unsigned k = 0; k < CREDENTIAL_HOSTS; k++)
		all[k] = at(APP, k);
	for (unsigned k = CREDENTIAL_HOSTS; k-- > 0;)
		assert_ptr_equal(at(APP, k), all[k]);
	assert_int_equal(count(), CREDENTIAL_HOSTS);
	assert_int_equal(loads, CREDENTIAL_HOSTS);
}

static void
no_more_than_the_bound(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 20 * CREDENTIAL_HOSTS; k++)
		(void)at(APP, k);
	assert_int_equal(count(), CREDENTIAL_HOSTS);
	assert_int_equal(loads, 20 * CREDENTIAL_HOSTS);
	for (unsigned k = 0; k < 20 * CREDENTIAL_HOSTS; k++)
		(void)at(OTHER, k);
	assert_int_equal(count(), 2 * CREDENTIAL_HOSTS);
}

/* The one that sent last the longest ago is at another host then, with nothing
 * of what was known of the earlier one. */
static void
the_oldest_goes(void **state)
{
	struct credential *old = NULL, *fresh;

	(void)state;
	for (unsigned k = 0; k < CREDENTIAL_HOSTS; k++) {
		struct credential *c = at(APP, k);

		c->pace.started_ms = k == 42 ? 10 : 1000 + k;
		old = k == 42 ? c : old;
	}
	old->pace.suspended = true;
	old->guard.gone = 5;
	old->told->reported.state = "held";
	fresh = at(APP, 1000);
	assert_ptr_equal(fresh, old);
	assert_false(fresh->pace.suspended);
	assert_int_equal(fresh->pace.started_ms, 0);
	assert_int_equal(fresh->guard.gone, 0);
	assert_null(fresh->told->reported.state);
	fresh->pace.started_ms = 5000;
	assert_ptr_not_equal(at(APP, 42), old);
	assert_int_equal(count(), CREDENTIAL_HOSTS);
}

/* Something waits, is compared, is encrypted or is in flight: an item or a
 * request has a pointer to it. */
static void
none_that_is_in_use(void **state)
{
	struct credential *all[CREDENTIAL_HOSTS];

	(void)state;
	for (unsigned k = 0; k < CREDENTIAL_HOSTS; k++)
		all[k] = at(APP, k);
	for (unsigned k = 0; k < CREDENTIAL_HOSTS; k++) {
		all[k]->line.waiting[0].n = k % 5 == 0;
		all[k]->line.waiting[1].n = k % 5 == 1;
		all[k]->line.comparing = k % 5 == 2;
		all[k]->sealing = k % 5 == 3;
		all[k]->pace.in_flight = k % 5 == 4;
	}
	(void)at(APP, 1000)->pace.in_flight++;
	assert_int_equal(count(), CREDENTIAL_HOSTS + 1);
	for (unsigned k = 0; k < CREDENTIAL_HOSTS; k++)
		assert_ptr_equal(at(APP, k), all[k]);
	all[7]->line.comparing = 0;
	assert_ptr_equal(at(APP, 1001), all[7]);
	assert_int_equal(count(), CREDENTIAL_HOSTS + 1);
}

/* What live checks use is not of any host. */
static void
that_of_no_host_stays(void **state)
{
	struct credential *none;

	(void)state;
	none = of(APP, "");
	for (unsigned k = 0; k < 3 * CREDENTIAL_HOSTS; k++)
		(void)at(APP, k);
	assert_ptr_equal(none, of(APP, ""));
	assert_int_equal(count(), CREDENTIAL_HOSTS);
}

/* Until the row is read, nothing is sent, and nothing is put off. */
static void
unknown_until_it_is_read(void **state)
{
	struct credential *c = credential_of(&table, APP, PLATFORM_WEBPUSH, 0,
	    text_bytes("h1.push.example.org"));

	(void)state;
	assert_int_equal(c->state, CREDENTIAL_UNKNOWN);
	assert_false(credential_ready(&table, c));
	assert_false(credential_is_held(c));
	assert_ptr_equal(credential_of(&table, APP, PLATFORM_WEBPUSH, 0,
	    text_bytes("h1.push.example.org")), c);
	assert_null(credential_run(&table));
	assert_int_equal(loads, 1);
	assert_int_equal(c->state, CREDENTIAL_NONE);
	assert_true(credential_is_held(c));
}

static void
look_again(void)
{
	table.refresh_due_ms = 0;
	assert_null(credential_run(&table));
}

/* An operator holds one host, another application's, all of Web Push, or all:
 * of a credential that is there, that is new, and that moves to a host. */
static void
an_operator_holds_one(void **state)
{
	struct credential *one, *two, *other;

	(void)state;
	one = at(APP, 1);
	two = at(APP, 2);
	other = at(OTHER, 1);
	holds[0] = (struct hold){.app = APP, .platform = PLATFORM_WEBPUSH,
	    .host = "h1.push.example.org"};
	holds[1] = (struct hold){.app = APP, .platform = PLATFORM_WEBPUSH,
	    .host = "h77.push.example.org"};
	n_holds = 2;
	look_again();
	assert_true(one->operator_hold);
	assert_false(two->operator_hold);
	assert_false(other->operator_hold);
	assert_true(at(APP, 77)->operator_hold);
	assert_false(at(OTHER, 77)->operator_hold);
	holds[0].platform = PLATFORM_APNS;
	look_again();
	assert_false(one->operator_hold);
	holds[0] = (struct hold){.app = OTHER, .platform = PLATFORM_WEBPUSH,
	    .host = ""};
	holds[1] = (struct hold){.app = APP, .platform = HOLD_ALL, .host = ""};
	look_again();
	assert_true(one->operator_hold && two->operator_hold &&
	    other->operator_hold);
	n_holds = 0;
	look_again();
	assert_false(one->operator_hold || two->operator_hold ||
	    other->operator_hold);
}

/* A key that three devices are refused for is held at their host alone, in the
 * rhythm of any other; another key, and a message that is accepted, end it. */
static void
a_key_is_held_at_its_host(void **state)
{
	const struct verdict sent = {.kind = VERDICT_SENT};
	const struct policy p = policy_of(&sent);
	struct credential *one, *two;

	(void)state;
	one = at(APP, 1);
	two = at(APP, 2);
	for (int i = 0; i < 5; i++)
		assert_false(credential_key_refused(one, 7));
	assert_false(credential_key_refused(two, 8));
	assert_false(credential_key_refused(one, 8));
	assert_int_equal(credential_scatter_ms(one), 0);
	assert_true(credential_key_refused(one, 9));
	assert_true(credential_scatter_ms(one) >= 0);
	credential_suspend(one, "HTTP 401", 0);
	assert_true(one->pace.suspended);
	assert_false(two->pace.suspended);
	assert_true(credential_pause_ms(one) > 10000);
	(void)credential_learn(&table, one, &sent, &p);
	assert_false(one->pace.suspended);
	assert_false(credential_key_refused(one, 9));
	assert_false(credential_key_refused(one, 8));
	assert_true(credential_key_refused(one, 7));
	credential_suspend(one, "HTTP 401", 0);
	credential_unload(&table, one);
	assert_false(one->pace.suspended);
	assert_false(credential_key_refused(one, 7));
}

/* An operator who ends a hold wants the service asked at once. */
static void
a_release_asks_again(void **state)
{
	struct credential *one = at(APP, 1);

	(void)state;
	credential_suspend(one, "HTTP 401", 0);
	holds[0] = (struct hold){.app = APP, .platform = PLATFORM_WEBPUSH,
	    .host = "h1.push.example.org"};
	n_holds = 1;
	look_again();
	(void)credential_ready(&table, one);
	assert_true(one->pace.suspended);
	n_holds = 0;
	look_again();
	(void)credential_ready(&table, one);
	assert_false(one->pace.suspended);
	assert_true(one->pace.probing);
}

static void
a_hold_moves_with_the_host(void **state)
{
	struct credential *moved;

	(void)state;
	holds[0] = (struct hold){.app = APP, .platform = PLATFORM_WEBPUSH,
	    .host = "h0.push.example.org"};
	n_holds = 1;
	look_again();
	for (unsigned k = 0; k < CREDENTIAL_HOSTS; k++)
		at(APP, k)->pace.started_ms = 10 + k;
	assert_true(at(APP, 0)->operator_hold);
	moved = at(APP, 1000);
	assert_false(moved->operator_hold);
	assert_true(at(APP, 0)->operator_hold);
}

/* A host that wants less wants it from all applications; others are others. */
static void
one_pace_for_a_host(void **state)
{
	struct credential *one = at(APP, 0), *two = at(OTHER, 0);
	struct credential *other = at(OTHER, 1);

	(void)state;
	one->pace.in_flight = two->pace.in_flight = other->pace.in_flight = 98;
	other->pace.window = 100;
	credential_slower(&table, one);
	assert_int_equal(one->pace.window, 50);
	assert_int_equal(two->pace.window, 50);
	assert_int_equal(other->pace.window, 100);
	one->pace.in_flight = two->pace.in_flight = other->pace.in_flight = 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(one_for_each_host),
	    TEST(no_more_than_the_bound), TEST(the_oldest_goes),
	    TEST(none_that_is_in_use), TEST(that_of_no_host_stays),
	    TEST(unknown_until_it_is_read),
	    TEST(an_operator_holds_one), TEST(a_hold_moves_with_the_host),
	    TEST(a_key_is_held_at_its_host), TEST(a_release_asks_again),
	    TEST(one_pace_for_a_host)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
