/* SPDX-License-Identifier: MIT */
/*
 * What differs between APNs, FCM and HMS. A provider does no I/O: compose,
 * address and judge are pure, tested by the tables of the services' own
 * documents. Whoever asks what a provider is like asks its descriptor, never
 * which provider it is. A new one is its file here and its row in
 * lib/platform.h; CONTRIBUTING.md tells which columns it needs.
 */
#ifndef PUSH_PROVIDER_H
#define PUSH_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/platform.h"
#include "lib/arena.h"
#include "push/access.h"
#include "push/endpoint.h"
#include "push/exchange.h"
#include "push/message.h"
#include "push/section.h"
#include "push/token.h"

/* What carries requests to a provider (sendd/wires.c). */
enum wire_kind {
	WIRE_H2,   /* streams of few HTTP/2 connections */
	WIRE_HTTP, /* libcurl, HTTP/1.1 or 2; all token servers too */
	WIRE__COUNT
};

/* Verdicts by the scope of the failure. */
enum verdict_kind {
	VERDICT_SENT,	 /* accepted by the provider */
	VERDICT_RETRY,	 /* this message, later */
	VERDICT_HOLD,	 /* everything for this credential: our fault */
	VERDICT_REJECT,	 /* this message never */
	VERDICT_GONE,	 /* this device, on hard evidence */
	VERDICT_SUSPECT, /* this device, maybe: the guard decides */
	VERDICT_EXPIRED, /* its validity is over: dropped and counted */
	VERDICT__COUNT
};

/* What may cure it, a set. */
enum verdict_cure {
	CURE_TOKEN = 1,	     /* a new JWT or OAuth token, tried once */
	CURE_CONNECTION = 2, /* a new connection */
	CURE_SLOWER = 4,     /* the whole credential at a lower rate */
	CURE_OPERATOR = 8,     /* someone of ours must look: alarm. Not for
				what a caller wrote */
};

struct verdict {
	enum verdict_kind kind;
	unsigned cure;	  /* set of enum verdict_cure */
	bool uncounted;	  /* certainly not processed: no try was used up */
	unsigned after_s; /* not before; 0: our own backoff */
	int64_t gone_ms;  /* GONE: dead since (ms); 0: not told */
	char why[80];	  /* the provider's word: "Unregistered" */
	char id[64];	  /* SENT: the provider's id */
};

/* A message in the provider's form but for what differs by device. Pieces
 * that stand around the token(s) and the seconds to live. */
struct template {
	struct buf head, middle, tail;
	int64_t expires_ms;	  /* absolute; 0: none */
	bool background;	  /* APNs push type background */
	bool high;
	char collapse[65];	  /* APNs apns-collapse-id; "" none */
	size_t size;		  /* payload bytes as the provider counts */
	char warning[160];	  /* what was left out or changed; "" none */
};

/* By whose leave and to which app: made from a credential. Borrowed. */
struct authorization {
	const char *authorization; /* whole header value */
	const char *topic;	   /* APNs: bundle */
	const char *path;	   /* FCM, HMS: request path */
};

struct target {
	const char *token;
	uint64_t id; /* of the outbox row: the stable apns-id comes of it */
};

/* How a message is composed, a set; of settings. */
enum compose_how {
	COMPOSE_DATA_ONLY = 1, /* Android: the notification goes as data */
	COMPOSE_APPLE = 2,     /* FCM: with a block for Apple devices */
};

/* A request that delivers nothing and shows whether a credential is taken. */
struct probe {
	const char *path; /* NULL: the path of the endpoint */
	const char *body;
	struct header headers[4]; /* ends with a NULL name */
	bool topic;		  /* with the header apns-topic */
};

struct provider {
	const char *name; /* "apns": settings section, log, API */
	const char *old_name; /* "ios": the platform's name before */
	const char *title; /* "APNs": for people */
	enum platform platform;
	enum wire_kind wire;
	bool cautious;	   /* one request a connection until the first 200 */
	bool environments; /* devices are in production or in development */
	struct probe probe;

	/* Its section of outpost.conf, in the order of the manual. */
	const struct conf_key *keys;
	size_t n_keys;

	size_t payload_max; /* bytes */
	unsigned batch;	    /* targets one exchange may carry */
	int64_t ttl_max_s;  /* longest validity the provider takes; 0 none */

	/* Its credentials. */
	const struct credential_field *fields;
	unsigned n_fields;

	/* Derive missing values from the others, before check. NULL: nothing
	 * can be derived. */
	void (*complete)(struct arena *a, struct bytes *values);

	/* Refuse a credential that cannot work, while the person who sets it
	 * is still there. What passes, open takes; the other way round is not
	 * so, for databases that move in are taken as they are. */
	const struct err *(*check)(struct arena *a,
	    const struct provider_settings *s, const struct bytes *values,
	    struct credential_finding *found);

	/* Read the keys of a credential that has all its secrets. ERR_MISSING:
	 * it is none. */
	const struct err *(*open)(struct arena *a,
	    const struct provider_settings *s, const struct bytes *values,
	    struct access *out);

	/* Authorization comes from one of two: a JWT that is signed here, and
	 * appended to into; or an access token that x asks of a token server
	 * (path: of access.token_url). Both NULL: none is needed. */
	const struct err *(*sign)(const struct access *access, int64_t now_s,
	    struct buf *into);
	const struct err *(*ask)(const struct access *access,
	    const char *path, int64_t now_s, struct exchange *x);
	unsigned sign_life_s;  /* a signed one is used for up to this long */
	unsigned sign_pause_s; /* and no sooner followed by another */

	/* A token as one registers it -> its one spelling (push/token.h). */
	const struct err *(*token)(const char *given, char *out);

	/* The URL that its requests go to, by its section of the settings;
	 * FCM and HMS have the path from it too. ERR_INVALID, ERR_TOOBIG:
	 * there is none. */
	const struct err *(*endpoint)(const struct provider_settings *s,
	    const struct endpoint_app *app, char url[ENDPOINT_URL]);

	/* Message -> template, once per body, how: set of enum compose_how
	 * (provider_how). ERR_TOOBIG over payload_max; ERR_INVALID when it
	 * cannot be said in the provider's form. t is initialised by this;
	 * free it with template_done even after an error. */
	const struct err *(*compose)(const struct message *m, unsigned how,
	    struct template *t);

	/* Template and targets -> request. now_ms decides the seconds left,
	 * rounded up and at least one: whether the message has expired is
	 * the caller's question, before this. The template must outlive the
	 * exchange. timeout_ms is set and may be changed afterwards.
	 * ERR_INVALID when a token cannot be one of this provider (which
	 * one, addressing them singly tells); ERR_FAULT when the grant
	 * cannot stand in a request. */
	const struct err *(*address)(const struct template *t,
	    const struct authorization *g, const struct target *targets,
	    size_t n, int64_t now_ms, struct exchange *x);

	/* Answer (or its absence) -> one verdict a target. A GONE without
	 * gone_ms holds as of the moment the request was sent. */
	void (*judge)(const struct exchange *x, const struct target *targets,
	    size_t n, struct verdict *out);
};

/* The names of a provider and its number, from the list of platforms:
 * PLATFORM_ROW_FCM(PROVIDER_NAMES) in its initialiser. */
#define PROVIDER_NAMES(number, id, provider_name, old)                         \
	.name = #provider_name, .old_name = (old), .platform = PLATFORM_##id,

#define PROVIDER_EXTERN(number, id, provider_name, old)                        \
	extern const struct provider provider_##provider_name;
PLATFORMS(PROVIDER_EXTERN)

/* What the settings say of it, as a set of enum compose_how. */
unsigned provider_how(const struct provider_settings *s);

/* In order of enum platform. */
extern const struct provider *const providers[PLATFORM__COUNT];

/* "fcm"; "all" for a number that is no platform, as of a hold on all of an
 * application. */
const char *provider_name_of(unsigned platform);

/* By either name of lib/platform.h, in any letter case: the API stores only
 * the spellings of the list, but a row that was moved in, or written by hand,
 * may have another one. db/sql.c chooses by the same rule. NULL: unknown. */
const struct provider *provider_by_name(const char *name);

/* Has the credential all its secrets? */
bool provider_configured(const struct provider *p,
    const struct bytes *values);

/* The field of that role; NULL: the provider has none. */
const struct credential_field *provider_field(const struct provider *p,
    enum field_role role);

/* The value of that field; NULL: it has none. */
const char *provider_value(const struct provider *p,
    const struct bytes *values, enum field_role role);

/* Make the provider's probe a request. Judge its answer as of one target with
 * the token "check": a verdict other than HOLD and RETRY is about that token,
 * so the provider has taken the credential. ERR_FAULT: the authorization
 * cannot stand in a request. */
const struct err *provider_probe(const struct provider *p,
    const struct authorization *g, struct exchange *x);

/* In which environment of its provider a device is reached: *environment 0
 * production, 1 development. of_app and of_device: "production", "development"
 * or NULL; development: of applications that name none. False: a device in
 * development cannot be reached by an application in production. */
bool environment_choose(const char *of_app, const char *of_device,
    bool development, unsigned *environment);

void template_done(struct template *t);

/* For the judges: one verdict of a transport failure (x not answered).
 * UNSENT: RETRY at once, uncounted. UNKNOWN: RETRY. */
void verdict_of_transport(const struct exchange *x, struct verdict *v);

/* "sent", "retry", ... */
const char *verdict_name(enum verdict_kind kind);

#endif
