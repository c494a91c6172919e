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
static bool unknown[2];

struct credential *
credential_of(struct credential_table *t, int64_t app, unsigned platform,
    unsigned environment, struct bytes host)
{
	(void)t;
	assert_null(host.data);
	assert_int_equal(app, APP);
	assert_int_equal(platform, PLATFORM_APNS);
	return &environments[environment];
}

bool
credential_is_loaded(const struct credential *c)
{
	return !unknown[c - environments];
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
	memset(unknown, 0, sizeof unknown);
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
	compare_again(&table, i, &now, 100);
	assert_int_equal(i->row.environment, DEVELOPMENT);
	assert_int_equal(i->compared_ms, 100);
}

/* It is taken out and compared before it is sent, and waits elsewhere then. */
static void
does_not_send_it_to_the_wrong_environment(void **state)
{
	struct item *i = waiting_item(0);

	(void)state;
	for (int64_t read_ms = 100; read_ms <= 200; read_ms += 100) {
		compare_again(&table, i, &now, read_ms);
		assert_int_equal(i->row.environment, 0);
		assert_int_equal(i->compared_ms, 0);
	}
	assert_ptr_equal(compare_item(&table, i, &now, 300),
	    &environments[DEVELOPMENT]);
	assert_int_equal(i->row.environment, DEVELOPMENT);
	assert_int_equal(i->compared_ms, 300);
}

/* Nobody knows whether it goes while its credential is not read: it is compared
 * again then. */
static void
waits_for_its_credential(void **state)
{
	struct item *i = waiting_item(0);

	(void)state;
	unknown[0] = true;
	compare_again(&table, i, &now, 100);
	assert_int_equal(i->row.environment, 0);
	assert_int_equal(i->compared_ms, 50);
	unknown[0] = false;
	assert_ptr_equal(compare_item(&table, i, &now, 200),
	    &environments[DEVELOPMENT]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(knows_it_as_it_is, begin, end),
	    cmocka_unit_test_setup_teardown(
		does_not_send_it_to_the_wrong_environment, begin, end),
	    cmocka_unit_test_setup_teardown(waits_for_its_credential,
		begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
