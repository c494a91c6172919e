/* SPDX-License-Identifier: MIT */
#include "db/integration.h"

#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "lib/text.h"

#define INTEGRATIONS_LISTED 100 /* read at a time */
#define APP_NAME_MAX 255
#define APPS_LEN_MAX 16384 /* bytes; they go into the audit trail too */
#define KEEP_MS 3600000 /* default: the old secret stays valid */
#define KEEP_MAX_MS (30 * (int64_t)86400000)
#define APP_NAMES_DEPTH 2 /* of the JSON array of their names */

const char *const integration_role_names[INTEGRATION_ROLES] = {
    "device", "send", "campaign", "inbox", "admin", "status"};

/* --- validation ------------------------------------------------------- */

static bool
is_name(const char *s, size_t max)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return len > 0 && len <= max && text_is_utf8(s, len);
}

const struct err *
integration_check_name(const char *name)
{
	if (strcasecmp(name, INTEGRATION_COMMAND_LINE) == 0)
		return err_new(ERR_INVALID, "\"%s\" stands for what is done "
		    "by the command: it is no name of an integration",
		    INTEGRATION_COMMAND_LINE);
	if (is_name(name, INTEGRATION_NAME_MAX))
		return NULL;
	return err_new(ERR_INVALID, "a name has 1 to %d bytes and no control "
	    "characters", INTEGRATION_NAME_MAX);
}

static bool
is_among(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static const char *
role_list(struct arena *a)
{
	const char *list = integration_role_names[0];

	for (int i = 1; i < INTEGRATION_ROLES; i++)
		list = arena_fmt(a, "%s, %s", list, integration_role_names[i]);
	return list;
}

const struct err *
integration_roles(struct arena *a, const char *const *words, size_t n,
    const char **roles)
{
	*roles = "";
	for (size_t i = 0; i < n; i++) {
		if (!is_among(words[i], integration_role_names,
			INTEGRATION_ROLES))
			return err_new(ERR_INVALID, "there is no role "
			    "\"%.40s\"; these are: %s", words[i],
			    role_list(a));
		if (!is_among(words[i], words, i))
			*roles = arena_fmt(a, "%s%s%s", *roles,
			    **roles != '\0' ? "," : "", words[i]);
	}
	return n > 0 ? NULL : err_new(ERR_INVALID, "give at least one role of "
	    "these: %s", role_list(a));
}

const struct err *
integration_apps(struct arena *a, const char *const *names, size_t n,
    const char **apps)
{
	struct json *list = json_new_array(a);
	size_t len;

	if (n == 0)
		return err_new(ERR_INVALID, "a list of applications without "
		    "any lets into none: leave it out for all of them");
	for (size_t i = 0; i < n; i++) {
		if (!is_name(names[i], APP_NAME_MAX))
			return err_new(ERR_INVALID, "an application's name "
			    "has 1 to %d bytes and no control characters",
			    APP_NAME_MAX);
		json_add_text(list, names[i]);
	}
	*apps = json_write(list, &len);
	if (len > APPS_LEN_MAX)
		return err_new(ERR_INVALID, "the list of applications is "
		    "longer than %d bytes", APPS_LEN_MAX);
	return NULL;
}

const struct err *
integration_keep(const char *text, int64_t *keep_ms)
{
	int64_t ms = KEEP_MS;

	if (text != NULL && (!text_duration(text, &ms) || ms > KEEP_MAX_MS))
		return err_new(ERR_INVALID, "keep is a duration like 1h or "
		    "2d, at most 30d");
	*keep_ms = ms;
	return NULL;
}

/* --- administration --------------------------------------------------- */

void
integration_draw(char secret[INTEGRATION_SECRET], char hash[INTEGRATION_HASH])
{
	unsigned char bytes[32];
	struct buf b = BUF(64);

	crypto_random(bytes, sizeof bytes);
	(void)crypto_base64url(bytes, sizeof bytes, &b);
	memcpy(secret, buf_str(&b), INTEGRATION_SECRET);
	integration_hash(secret, hash);
	explicit_bzero(bytes, sizeof bytes);
	buf_wipe(&b);
}

const struct err *
integration_add(struct db *db, const char *name, const char *roles,
    const char *apps, char token[INTEGRATION_TOKEN],
    char secret[INTEGRATION_SECRET])
{
	unsigned char bytes[16];
	char hash[INTEGRATION_HASH];

	crypto_random(bytes, sizeof bytes);
	text_hex(bytes, sizeof bytes, token);
	integration_draw(secret, hash);
	return db_exec(db, SQL_INTEGRATION_ADD, VALUES(v_text(name),
	    v_text(token), v_text(hash), v_text(roles), v_text(apps)));
}

static const struct err *
must_match_one(struct db *db, const struct err *e, const char *name)
{
	if (e == NULL && db_affected(db) != 1)
		return err_new(ERR_MISSING, "no integration \"%s\"", name);
	return e;
}

const struct err *
integration_rotate(struct db *db, const char *name, int64_t keep_ms,
    char secret[INTEGRATION_SECRET])
{
	char hash[INTEGRATION_HASH];

	integration_draw(secret, hash);
	return must_match_one(db, db_exec(db, SQL_INTEGRATION_ROTATE,
	    VALUES(v_text(hash), v_i64(keep_ms), v_text(name))), name);
}

const struct err *
integration_remove(struct db *db, const char *name)
{
	return must_match_one(db, db_exec(db, SQL_INTEGRATION_REMOVE,
	    VALUES(v_text(name))), name);
}

struct integrations_taken {
	integration_take *take;
	void *arg;
};

static const struct err *
take_integration(struct arena *a, struct rows *r, void *arg)
{
	struct integration i = {.name = db_copy(a, r, 0),
	    .token = db_copy(a, r, 1), .roles = db_copy(a, r, 2),
	    .apps = db_copy(a, r, 3), .created_ms = db_i64(r, 4),
	    .used_ms = db_i64(r, 5), .rotating = db_u64(r, 6) != 0};
	struct integrations_taken *l = arg;

	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return l->take(&i, l->arg);
}

const struct err *
integration_list(struct db *db, const struct part *part,
    integration_take *take, void *arg)
{
	struct db_walk w = {SQL_INTEGRATION_LIST, 0, .key = 0,
	    .portion = INTEGRATIONS_LISTED};

	return db_walk(db, &w, part, take_integration,
	    &(struct integrations_taken){take, arg});
}

/* --- authentication --------------------------------------------------- */

void
integration_hash(const char *secret, char hash[INTEGRATION_HASH])
{
	unsigned char digest[32];

	crypto_sha256(secret, strlen(secret), digest);
	text_hex(digest, sizeof digest, hash);
}

/* Both comparisons are always made, so that the time is constant. */
bool
integration_has(const struct integration *i, const char *hash)
{
	bool is_now = crypto_equal(hash, i->hash, INTEGRATION_HASH);
	bool is_old = crypto_equal(hash, i->old_hash, INTEGRATION_HASH);

	return is_now | is_old;
}

/* An absent hash stays all NUL, which equals no hash. */
static void
copy_hash(const struct rows *r, unsigned column, char hash[INTEGRATION_HASH])
{
	const char *text = db_text(r, column);

	if (text != NULL && strlen(text) == INTEGRATION_HASH - 1)
		memcpy(hash, text, INTEGRATION_HASH);
}

static const struct err *
read_integration_apps(struct arena *a, struct integration *i)
{
	struct json *array;
	const char **names;
	const struct err *e;

	if (i->apps == NULL)
		return NULL;
	e = json_parse(a, i->apps, strlen(i->apps), APP_NAMES_DEPTH, &array);
	if (e != NULL)
		return err_new(ERR_FAULT, "applications of integration "
		    "\"%s\": %s", i->name, e->text);
	i->n_app_names = json_len(array);
	names = arena_zero(a, i->n_app_names * sizeof *names);
	for (size_t n = 0; n < i->n_app_names; n++)
		names[n] = json_text(json_at(array, n), "");
	i->app_names = names;
	return NULL;
}

/* Fill in all but token and hashes; not called when the secret is wrong. */
static const struct err *
read_integration(struct arena *a, const struct rows *r, struct integration *i)
{
	i->id = db_i64(r, 0);
	i->name = db_copy(a, r, 1);
	i->roles = db_copy(a, r, 4);
	i->apps = db_copy(a, r, 5);
	i->use_is_old = db_u64(r, 6) != 0;
	return read_integration_apps(a, i);
}

const struct err *
integration_of(struct db *db, struct arena *a, const char *token,
    const char *hash, struct integration *out)
{
	bool is_there, is_right;
	struct rows *r;
	const struct err *e = db_query(db, SQL_INTEGRATION_BY_TOKEN,
	    VALUES(v_text(token)), &r);

	if (e != NULL)
		return e;
	*out = (struct integration){
	    .token = arena_text(a, token, strlen(token))};
	if ((is_there = db_next(r))) {
		copy_hash(r, 2, out->hash);
		copy_hash(r, 3, out->old_hash);
	}
	/* compare first: an unknown token takes as long as a known one */
	is_right = integration_has(out, hash) && is_there;
	e = is_right ? read_integration(a, r, out)
		     : err_new(ERR_UNAUTH, "Unauthorized");
	db_done(r);
	return e;
}

const struct err *
integration_row(struct arena *a, const struct rows *r, struct integration *out)
{
	out->token = db_copy(a, r, 7);
	copy_hash(r, 2, out->hash);
	copy_hash(r, 3, out->old_hash);
	return read_integration(a, r, out);
}

const struct err *
integration_named(struct db *db, struct arena *a, const char *name,
    struct integration *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INTEGRATION_BY_NAME,
	    VALUES(v_text(name)), &r);

	if (e != NULL)
		return e;
	*out = (struct integration){0};
	e = db_next(r) ? integration_row(a, r, out)
		       : err_new(ERR_MISSING, "no integration \"%s\"", name);
	db_done(r);
	return e;
}

const struct err *
integration_used(struct db *db, int64_t id)
{
	return db_exec(db, SQL_INTEGRATION_USED, VALUES(v_i64(id)));
}

const struct err *
integration_lock(struct db *db, int64_t id)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INTEGRATION_LOCK,
	    VALUES(v_i64(id)), &r);

	if (e != NULL)
		return e;
	if (!db_next(r))
		e = err_new(ERR_UNAUTH, "Unauthorized");
	db_done(r);
	return e;
}
