/* SPDX-License-Identifier: MIT */
/*
 * Sessions of the console: an integration that has shown its secret gets a key,
 * which a browser keeps as a cookie. Of the key only a SHA-256 is stored. A
 * session is over after SESSION_IDLE_MS without use, after SESSION_MS in any
 * case, and with the integration or with the secret that opened it.
 */
#ifndef DB_SESSION_H
#define DB_SESSION_H

#include "db/integration.h"

#define SESSION_KEY 44 /* 43 characters of base64url and NUL */
#define SESSION_MS (8 * 3600000)
#define SESSION_IDLE_MS (30 * 60000)

struct session {
	struct integration integration;
	char name[INTEGRATION_HASH]; /* SHA-256 of the key */
	int64_t ends_ms; /* at most */
	bool use_is_old; /* the stored time of use is a minute old or more */
};

/* Is it of the form of a key? */
bool session_is_key(const char *text);

/* Open a session for this integration, whose secret with this hash was right;
 * only this call returns its key. */
const struct err *session_open(struct db *db, int64_t integration,
    const char *secret_hash, char key[SESSION_KEY]);

/* The session with this key. ERR_UNAUTH: there is none, or it is over. */
const struct err *session_find(struct db *db, struct arena *a, const char *key,
    struct session *out);

/* Store the current time as its latest use; call this when use_is_old. */
const struct err *session_used(struct db *db, const struct session *s);

const struct err *session_close(struct db *db, const struct session *s);

#endif
