/* SPDX-License-Identifier: MIT */
/*
 * Access to a provider: which fields the credential of an application has, by
 * their names in the API, the command and the audit trail; and what a provider
 * makes of the values before it can authorize requests.
 *
 * A credential is an array of values in the order of its provider's fields.
 * The columns of the database have the same order (db/credential_columns.h).
 */
#ifndef PUSH_CREDENTIAL_FIELD_H
#define PUSH_CREDENTIAL_FIELD_H

#include <stdbool.h>

#include "lib/text.h"

enum field_kind {
	FIELD_TEXT,   /* a name or an id */
	FIELD_SECRET, /* one line; the command reads it from a file */
	FIELD_KEY     /* a key file, whole; in the API as base64 */
};

/* The meaning of a field to code outside its provider. */
enum field_role {
	FIELD_PLAIN,
	FIELD_TOPIC,	   /* names the application to the service */
	FIELD_PROJECT,	   /* a part of the URL of requests */
	FIELD_ENVIRONMENT, /* "development" or "production" */
	FIELD_LINK,	   /* where a tap leads */
};

struct credential_field {
	const char *name;   /* in the API: "keyId" */
	const char *option; /* of the command: "key-id" */
	const char *value;  /* the option's argument, for people: "ID" */
	const char *help;   /* of the option */
	enum field_kind kind;
	enum field_role role;
	bool must;	    /* the command needs the option */
	unsigned shown;	    /* position in the display of an application,
			       from 1; 0: not shown */
	const char *title;  /* when shown: "key id" */
	const char *wanted; /* FIELD_KEY: "an APNs key: wanted is the ..." */
	const char *const *choices; /* NULL-terminated; NULL: any text */
};

/* What a check reports beside its error. */
struct credential_finding {
	const struct credential_field *key; /* the key file at fault; NULL:
					       the error names the fault */
	const char *doubt; /* a warning; the credential can still work */
	const struct credential_field *doubted;
};

/* An opened credential. The arena owns the provider's own part and all
 * texts. */
struct access {
	const void *own;
	const char *token_url; /* NULL: no token server is used */
	/* The sender: credentials with equal values here share connections,
	 * and the tokens that sendd signs. */
	struct bytes identity[3];
};

#endif
