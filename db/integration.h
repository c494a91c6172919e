/* SPDX-License-Identifier: MIT */
/*
 * Integrations: the callers of the API. A caller has a random token, which is
 * stored, and a random secret, of which only a SHA-256 is stored (the secret
 * has 256 random bits, so a slow digest would add nothing).
 */
#ifndef DB_INTEGRATION_H
#define DB_INTEGRATION_H

#include "db/db.h"
#include "db/walk.h"
#include "lib/arena.h"

#define INTEGRATION_TOKEN 33  /* 32 hex digits and NUL */
#define INTEGRATION_SECRET 44 /* 43 characters of base64url and NUL */

#define INTEGRATION_HASH 65   /* 64 hex digits and NUL */

struct integration {
	int64_t id;
	const char *name, *token;
	const char *roles; /* "device,send" */
	const char *apps;  /* JSON array of names, NULL: all */

	/* of integration_list */
	int64_t created_ms, used_ms; /* used 0: never */
	bool rotating;		     /* the old secret is still valid */

	/* of integration_of and integration_named */
	const char *const *app_names; /* the elements of apps */
	size_t n_app_names;
	bool use_is_old; /* the stored time of use is an hour old or more */
	char hash[INTEGRATION_HASH];
	char old_hash[INTEGRATION_HASH]; /* "": none */
};

/* --- names, roles and applications: for the API and the command --------- */

#define INTEGRATION_NAME_MAX 64 /* bytes */

/* Stands where an integration's name would, of what the command has done: so no
 * integration is made with it. */
#define INTEGRATION_COMMAND_LINE "command line"

#define INTEGRATION_ROLES 6

/* The names of the roles, as in the column. */
extern const char *const integration_role_names[INTEGRATION_ROLES];

/* ERR_INVALID, with a sentence for the user, when the name is too long, has
 * control characters, or is that of the command line. */
const struct err *integration_check_name(const char *name);

/* The text of the column for these roles, each once, in the arena.
 * ERR_INVALID: a role does not exist, or the list is empty. */
const struct err *integration_roles(struct arena *a,
    const char *const *words, size_t n, const char **roles);

/* The text of the column for these applications. A name that does not exist
 * (yet) is accepted. ERR_INVALID: no names, too many, or not a name. */
const struct err *integration_apps(struct arena *a,
    const char *const *names, size_t n, const char **apps);

/* Parse for how long the old secret stays valid: "2h"; NULL: an hour.
 * ERR_INVALID: the text is no duration, or it is more than 30 days. */
const struct err *integration_keep(const char *text, int64_t *keep_ms);

/* --- integrations ------------------------------------------------------ */

/* Add an integration; only this call returns its token and secret.
 * ERR_DUPLICATE when the name is taken. */
const struct err *integration_add(struct db *db, const char *name,
    const char *roles, const char *apps, char token[INTEGRATION_TOKEN],
    char secret[INTEGRATION_SECRET]);

/* Make a new secret; the old one stays valid for keep_ms. ERR_MISSING: no such
 * integration. */
const struct err *integration_rotate(struct db *db, const char *name,
    int64_t keep_ms, char secret[INTEGRATION_SECRET]);

const struct err *integration_remove(struct db *db, const char *name);

/* Integrations in order of name; part->apps is ignored. An integration is valid
 * during the call of take; the first error of take ends the list. */
typedef const struct err *integration_take(const struct integration *i,
    void *arg);
const struct err *integration_list(struct db *db, const struct part *part,
    integration_take *take, void *arg);

/* A new random secret, and its hash. */
void integration_draw(char secret[INTEGRATION_SECRET],
    char hash[INTEGRATION_HASH]);

/* The hash of a secret, which is stored and compared. */
void integration_hash(const char *secret, char hash[INTEGRATION_HASH]);

/* Is this hash one of the integration's two? The time of the comparison is
 * constant. */
bool integration_has(const struct integration *i, const char *hash);

/*
 * The integration with this token and with a secret of this hash. ERR_UNAUTH
 * when there is none. The hash is compared even for an unknown token, so that
 * the time does not reveal whether the token exists.
 */
const struct err *integration_of(struct db *db, struct arena *a,
    const char *token, const char *hash, struct integration *out);

/* The integration of this name, with its hashes. ERR_MISSING: none. */
const struct err *integration_named(struct db *db, struct arena *a,
    const char *name, struct integration *out);

/* The integration of the first eight columns of a row, for statements that find
 * it by another table. */
const struct err *integration_row(struct arena *a, const struct rows *r,
    struct integration *out);

/* Lock the integration until the transaction ends, so that it cannot be
 * removed; ERR_UNAUTH when it does not exist. */
const struct err *integration_lock(struct db *db, int64_t id);

/* Store the current time as its latest use; call this when use_is_old. */
const struct err *integration_used(struct db *db, int64_t id);

#endif
