/* SPDX-License-Identifier: MIT */
/* An item that waits is compared with its device once more. */
#include "sendd/compare.h"

#include "core/settings.h"
#include "unit.h"

#define APP 7
#define DEVICE 9
#define DEVELOPMENT 1

/* In place of sendd/credential.c: one credential for each environment. */
static struct credential environments[2];
static bool fails[2];

const struct err *
credential_of(struct credential_table *t, struct db *db, int64_t app,
    unsigned platform, unsigned environment, struct bytes host,
    struct credential **c)
{
	(void)t;
	(void)db;
	assert_null(host.data);
	assert_int_equal(app, APP);
	assert_int_equal(platform, PLATFORM_APNS);
	if (fails[environment])
		return err_new(ERR_BUSY, "no database");
	*c = &environments[environment];
	return NULL;
}

bool
credential_is_loaded(const struct credential *c)
{
	(void)c;
	return true;
}

static const struct settings settings = {
    .provider[PLATFORM_APNS].use_development = true};
static struct credential_table table = {.settings = &settings};
static const struct device_now now = {.there = true, .platform = "ios",
    .environment = "development"};
static struct queue q;

static int
begin(void **state)
{
	(void)state;
	memset(fails, 0, sizeof fails);
	queue_init(&q, 10);
	for (unsigned k = 0; k < nitems(environments); k++)
		queue_line_init(&environments[k].line, &environments[k]);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	queue_done(&q);
	return 0;
}

/* It waits for the credential of that environment, and was compared at 50. */
static struct item *
waiting_item(unsigned environment)
{
	const struct outbox_found found = {.token = "token",
	    .row = {.key = {1, 0, 1000, 1}, .app = APP, .device = DEVICE,
		.platform = PLATFORM_APNS, .environment = environment}};
	struct item *i = item_new(&found, 1);

	i->compared_ms = 50;
	queue_add(&q, &environments[environment].line, i);
	return i;
}

static void
knows_it_as_it_is(void **state)
{
	struct item *i = waiting_item(DEVELOPMENT);

	(void)state;
	assert_null(compare_again(&table, i, &now, 100));
	assert_int_equal(i->row.environment, DEVELOPMENT);
	assert_int_equal(i->compared_ms, 100);
}

/* It is taken out and compared before it is sent, and waits elsewhere then. */
static void
does_not_send_it_to_the_wrong_environment(void **state)
{
	struct item *i = waiting_item(0);

	(void)state;
	assert_null(compare_again(&table, i, &now, 100));
	assert_int_equal(i->row.environment, 0);
	assert_int_equal(i->compared_ms, 0);
}

/* ... nor when the other credential cannot be loaded now. */
static void
waits_for_the_other_credential(void **state)
{
	struct item *i = waiting_item(0);
	const struct err *e;

	(void)state;
	fails[DEVELOPMENT] = true;
	e = compare_again(&table, i, &now, 100);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_BUSY);
	assert_int_equal(i->row.environment, 0);
	assert_int_equal(i->compared_ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(knows_it_as_it_is, begin, end),
	    cmocka_unit_test_setup_teardown(
		does_not_send_it_to_the_wrong_environment, begin, end),
	    cmocka_unit_test_setup_teardown(waits_for_the_other_credential,
		begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
