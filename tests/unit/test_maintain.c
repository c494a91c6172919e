/* SPDX-License-Identifier: MIT */
/* Which age rules a round of maintenance applies, by the settings. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/maintain.h"

#define DAY ((int64_t)86400000)

static void
load(const char *text, struct settings *s)
{
	char path[] = "/tmp/test-maintain-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	assert_null(settings_load(path, s));
	(void)unlink(path);
}

/* Where the rule stands that has this setting. */
static size_t
rule_of(const char *setting)
{
	for (size_t i = 0; i < PURGE_RULES; i++)
		if (purge_rules[i].setting != NULL &&
		    strcmp(purge_rules[i].setting, setting) == 0)
			return i;
	fail_msg("no rule has %s", setting);
	return 0;
}

static void
begin(const char *text, enum purge_by by, struct maintain *m)
{
	struct settings s;

	load(text, &s);
	maintain_begin(m, &s, by, false);
	settings_done(&s);
}

/* What a user or a caller would miss goes by a setting only, and sendd does
 * not even then remove it. */
static void
what_is_missed_is_off(void **state)
{
	struct maintain m, by_sendd;

	(void)state;
	begin("", PURGE_MAINTAIN, &m);
	begin("[maintain]\ncampaigns = 1d\ninbox_read = 1d\n"
	    "inbox_unread = 1d\nactivations = 1d\ndevices = 1d\n"
	    "integrations = 1d\naudit = 1d\n", PURGE_BOTH, &by_sendd);
	for (size_t i = 0; i < PURGE_RULES; i++) {
		const char *setting = purge_rules[i].setting;

		if (setting == NULL || strncmp(setting, "maintain.", 9) != 0)
			continue;
		CHECK(setting, m.off[i] || m.counts_only[i]);
		CHECK(setting, by_sendd.off[i]);
		CHECK(setting, purge_rules[i].told);
	}
	assert_true(m.counts_only[rule_of("maintain.devices")]);
	assert_int_equal(m.ages_ms[rule_of("maintain.devices")], 270 * DAY);
}

/* Each rule has its own setting: no two read the same by mistake. */
static void
each_age_is_its_setting(void **state)
{
	static const struct {
		const char *setting, *text;
		int64_t ms;
	} rows[] = {
	    {"message.history", "[message]\nhistory = 11d\n", 11 * DAY},
	    {"message.history", "[message]\nhistory = no\n", 0},
	    {"message.retention", "[message]\nretention = 12d\n", 12 * DAY},
	    {"quarantine.keep", "[quarantine]\nkeep = 13d\n", 13 * DAY},
	    {"maintain.campaigns", "[maintain]\ncampaigns = 14d\n", 14 * DAY},
	    {"maintain.inbox_read", "[maintain]\ninbox_read = 15d\n",
		15 * DAY},
	    {"maintain.inbox_unread", "[maintain]\ninbox_unread = 16d\n",
		16 * DAY},
	    {"maintain.activations", "[maintain]\nactivations = 17d\n",
		17 * DAY},
	    {"maintain.devices", "[maintain]\ndevices = 18d\n", 18 * DAY},
	    {"maintain.integrations", "[maintain]\nintegrations = 19d\n",
		19 * DAY},
	    {"maintain.audit", "[maintain]\naudit = 20d\n", 20 * DAY}};
	struct maintain m;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		size_t rule = rule_of(rows[i].setting);

		begin(rows[i].text, PURGE_MAINTAIN, &m);
		CHECK(rows[i].text, m.ages_ms[rule] == rows[i].ms);
		CHECK(rows[i].text, !m.off[rule] && !m.counts_only[rule]);
	}
}

/* A rule that removes has its statements, and a time or an owner. */
static void
rules_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < PURGE_RULES; i++) {
		const struct purge_rule *r = &purge_rules[i];

		CHECK(r->table, r->rows != NULL && r->rows[0] != '\0');
		if (r->by == PURGE_NOBODY)
			continue;
		CHECK(r->table, r->find != r->remove);
		CHECK(r->table, r->kind == PURGE_BY_OWNER ||
		    r->setting != NULL || r->age_ms > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_missed_is_off),
	    cmocka_unit_test(each_age_is_its_setting),
	    cmocka_unit_test(rules_are_whole)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
