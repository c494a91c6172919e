/* SPDX-License-Identifier: MIT */
/* Credentials by the providers' tables of fields: that the tables agree with
 * the columns of the database, and what is made of a credential's values. */
#include "core/credentials.h"

#include <ctype.h>

#include "unit.h"

#define NAME(column) #column,
#define COLUMNS(number, id, name, old)                                         \
	[PLATFORM_##id] = {CREDENTIAL_COLUMNS_##id(NAME, NAME)},
#define SHOWN(number, id, name, old)                                           \
	[PLATFORM_##id] = {CREDENTIAL_SHOWN_##id(NAME)},

static const char *const columns[PLATFORM__COUNT][CREDENTIAL_FIELDS] = {
    PLATFORMS(COLUMNS)};
static const char *const shown[PLATFORM__COUNT][CREDENTIAL_SHOWN] = {
    PLATFORMS(SHOWN)};

/* A secret has its place among the columns; so has each value that is shown. */
static void
tables_agree(void **state)
{
	(void)state;
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct credential_columns *c = &credential_columns[p];
		const struct provider *of = providers[p];
		struct application app = {0};
		const char *value;
		unsigned n = 0;

		CHECK(of->name, of->platform == (enum platform)p);
		CHECK(of->name, of->n_fields == c->n);
		CHECK(of->name, c->n <= CREDENTIAL_FIELDS);
		CHECK(of->name, c->shown <= CREDENTIAL_SHOWN);
		for (unsigned i = 0; i < of->n_fields; i++)
			CHECK(of->fields[i].name, (of->fields[i].kind !=
			    FIELD_TEXT) == (i == c->sealed));
		while (credentials_shown(&app, of, n + 1, &value) != NULL)
			n++;
		CHECK(of->name, n == c->shown);
		CHECK(of->name, of->environments ==
		    (provider_field(of, FIELD_ENVIRONMENT) != NULL));
		CHECK(of->name, of->sign == NULL || of->ask == NULL);
	}
}

/* "keyId" of apns: "apns_key_id". */
static const char *
column_of(struct arena *a, const struct provider *p,
    const struct credential_field *f)
{
	struct buf b = BUF(100);
	const char *name;

	(void)buf_fmt(&b, "%s_", p->name);
	for (const char *s = f->name; *s != '\0'; s++)
		(void)buf_fmt(&b, "%s%c", isupper((unsigned char)*s) ? "_" : "",
		    tolower((unsigned char)*s));
	name = arena_text(a, buf_str(&b), b.len);
	buf_done(&b);
	return name;
}

/* Values go into columns by position: two that changed places would be stored
 * as each other, and read back the same way. */
static void
fields_stand_in_the_order_of_columns(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct provider *of = providers[p];

		for (unsigned i = 0; i < of->n_fields; i++) {
			const struct credential_field *f = &of->fields[i];
			const char *column = column_of(a, of, f);

			if (f->kind != FIELD_KEY) /* which is base64 there */
				CHECK(f->name,
				    strcmp(columns[p][i], column) == 0);
			if (f->shown > 0)
				CHECK(f->name, strcmp(shown[p][f->shown - 1],
				    column) == 0);
		}
	}
	arena_free(a);
}

static struct bytes
value_of(const struct credential_field *f, struct arena *a)
{
	return text_bytes(arena_fmt(a, "secret of %s", f->name));
}

/* The audit trail gets every field but the secret. */
static void
secrets_are_not_told(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct provider *of = providers[p];
		struct bytes values[CREDENTIAL_FIELDS] = {0};
		struct json *detail;

		for (unsigned i = 0; i < of->n_fields; i++)
			values[i] = value_of(&of->fields[i], a);
		detail = credentials_detail(a, of, values);
		for (unsigned i = 0; i < of->n_fields; i++)
			CHECK(of->fields[i].name,
			    (json_get(detail, of->fields[i].name) == NULL) ==
			    (of->fields[i].kind != FIELD_TEXT));
	}
	arena_free(a);
}

/* What a moved-in database or a key that does not open leaves. */
static void
a_credential_without_its_secret_is_none(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct provider *of = providers[p];
		struct bytes values[CREDENTIAL_FIELDS] = {0};

		CHECK(of->name, !provider_configured(of, values));
		for (unsigned i = 0; i < of->n_fields; i++)
			values[i] = value_of(&of->fields[i], a);
		CHECK(of->name, provider_configured(of, values));
		values[credential_columns[p].sealed].data = NULL;
		CHECK(of->name, !provider_configured(of, values));
	}
	arena_free(a);
}

/* The check names the file that is wrong, so that a caller can name it in its
 * own words; a field that is wrong is named by the error. */
static void
the_key_at_fault_is_found(void **state)
{
	struct arena *a = arena_new();
	struct settings s = {0};

	(void)state;
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const struct provider *of = providers[p];
		unsigned sealed = credential_columns[p].sealed;
		const struct credential_field *key = &of->fields[sealed];
		struct bytes values[CREDENTIAL_FIELDS] = {0};
		struct credential_finding found;

		for (unsigned i = 0; i < of->n_fields; i++)
			values[i] = text_bytes("x y\n");
		CHECK(of->name, credentials_check(a, &s, of, values,
		    &found) != NULL);
		CHECK(of->name,
		    found.key == (key->kind == FIELD_KEY ? key : NULL));
		CHECK(of->name, found.key == NULL || key->wanted != NULL);
		CHECK(of->name, found.doubt == NULL);
	}
	arena_free(a);
}

/* Huawei's client needs no key: tried for real, and nobody is asked. */
static void
a_good_one_is_tried(void **state)
{
	struct arena *a = arena_new();
	struct settings s = {0};
	struct bytes values[CREDENTIAL_FIELDS] = {text_bytes("p-1"),
	    text_bytes("client"), text_bytes("secret")};

	(void)state;
	s.provider[PLATFORM_HMS].token_url = (char *)(uintptr_t)"https://t/";
	assert_null(credentials_try(a, &s, &provider_hms, values));
	values[0] = text_bytes("..");
	assert_non_null(credentials_try(a, &s, &provider_hms, values));
	arena_free(a);
}

static void
an_application_shows_its_environment(void **state)
{
	struct application app = {.shown[PLATFORM_APNS] = {"bundle", "key",
	    "team", "production"}, .shown[PLATFORM_FCM] = {"p-1"}};
	struct credentials none = {0};
	const char *value;

	(void)state;
	assert_string_equal(credentials_value(&app, &provider_apns,
	    FIELD_ENVIRONMENT), "production");
	assert_string_equal(credentials_value(&app, &provider_apns,
	    FIELD_TOPIC), "bundle");
	assert_string_equal(credentials_value(&app, &provider_fcm,
	    FIELD_PROJECT), "p-1");
	assert_null(credentials_value(&app, &provider_hms, FIELD_PROJECT));
	assert_null(credentials_value(&app, &provider_fcm, FIELD_TOPIC));
	assert_string_equal(credentials_shown(&app, &provider_apns, 3,
	    &value)->name, "teamId");
	assert_string_equal(value, "team");
	assert_null(credentials_environment(&none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables_agree),
	    cmocka_unit_test(fields_stand_in_the_order_of_columns),
	    cmocka_unit_test(secrets_are_not_told),
	    cmocka_unit_test(a_credential_without_its_secret_is_none),
	    cmocka_unit_test(the_key_at_fault_is_found),
	    cmocka_unit_test(a_good_one_is_tried),
	    cmocka_unit_test(an_application_shows_its_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
