/* SPDX-License-Identifier: MIT */
/*
 * Access to a provider: which fields an application's credential has, as the
 * API, the command and the audit trail name them, and what is made of their
 * values before requests can be authorized.
 *
 * A credential is an array of values in the order of its provider's fields,
 * which is the order of the database's columns too (db/credential_columns.h).
 */
#ifndef PUSH_ACCESS_H
#define PUSH_ACCESS_H

#include <stdbool.h>

#include "lib/text.h"

enum field_kind {
	FIELD_TEXT,   /* a name or an id */
	FIELD_SECRET, /* one line; the command reads it from a file */
	FIELD_KEY     /* a key file, whole; in the API as base64 */
};

/* What a value is for, beside its provider's own use. */
enum field_role {
	FIELD_PLAIN,
	FIELD_TOPIC,	   /* names the app in requests (apns-topic) */
	FIELD_PROJECT,	   /* stands in the URL of requests */
	FIELD_ENVIRONMENT, /* "development" or "production" */
};

struct credential_field {
	const char *name;   /* in the API: "keyId" */
	const char *option; /* of the command: "key-id" */
	const char *value;  /* what the option takes, for people: "ID" */
	const char *help;   /* of the option */
	enum field_kind kind;
	enum field_role role;
	bool must;	    /* the command needs the option */
	unsigned shown;	    /* place among what is shown of an application,
			       from 1; 0: not shown */
	const char *title;  /* when shown: "key id" */
	const char *wanted; /* FIELD_KEY: "an APNs key: wanted is the ..." */
	const char *const *choices; /* NULL-terminated; NULL: any text */
};

/* What a check found, beside its error. */
struct credential_finding {
	const struct credential_field *key; /* the file at fault; NULL: the
					       error names what is wrong */
	const char *doubt; /* it can work, but a person should know this */
	const struct credential_field *doubted;
};

/* A credential that was opened. The provider's own part and all texts are the
 * arena's. */
struct access {
	const void *own;
	const char *token_url; /* NULL: it asks no token server */
	/* Who sends: credentials that agree in these share connections, and
	 * the tokens that sendd signs. */
	struct bytes identity[3];
};

#endif
