/* SPDX-License-Identifier: MIT */
/*
 * The differences between APNs, FCM, HMS and Web Push. A provider does no I/O:
 * compose, address and judge are pure, and tested with the tables in the
 * services' own documentation. Code asks the descriptor for a property of a
 * provider, never which provider it is. A new provider is a file here and a row
 * in lib/platform.h; CONTRIBUTING.md lists the columns that it needs.
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
#include "push/credential_field.h"
#include "push/endpoint.h"
#include "push/exchange.h"
#include "push/message.h"
#include "push/section.h"
#include "push/token.h"

/* The transport of requests to a provider (sendd/wires.c). */
enum wire_kind {
	WIRE_H2,   /* streams on few HTTP/2 connections; a host of many may
		      be asked by WIRE_HTTP, if it has no HTTP/2 */
	WIRE_HTTP, /* libcurl, HTTP/1.1 or 2; all token servers too */
	WIRE__COUNT
};

/* Verdicts, by how far the cause of a failure reaches. */
enum verdict_kind {
	VERDICT_SENT,	 /* accepted by the provider */
	VERDICT_RETRY,	 /* try this message later */
	VERDICT_HOLD,	 /* stop the credential: a fault on this side */
	VERDICT_REJECT,	 /* never send this message */
	VERDICT_GONE,	 /* the device is gone: hard evidence */
	VERDICT_SUSPECT, /* perhaps gone: the guard decides */
	VERDICT_EXPIRED, /* the message expired: drop and count it */
	VERDICT__COUNT
};

/* What may cure the failure, a set. */
enum verdict_cure {
	CURE_TOKEN = 1,	     /* a new JWT or OAuth token, tried once */
	CURE_CONNECTION = 2, /* a new connection */
	CURE_SLOWER = 4,     /* the whole credential at a lower rate */
	CURE_OPERATOR = 8,     /* an operator must act: alarm. Not for
				faults in a caller's message */
	CURE_KEY = 16, /* another key, if it is not this device's alone that
			 differs: sendd counts devices, and holds */
	CURE_SUBSCRIBE = 64 /* beside CURE_KEY: if the key is right for others,
			       this device has another one for certain */
};

struct verdict {
	enum verdict_kind kind;
	unsigned cure;	  /* set of enum verdict_cure */
	bool uncounted;	  /* certainly not processed: not a try */
	unsigned after_s; /* not before; 0: sendd's backoff */
	int64_t gone_ms;  /* GONE: since then (ms); 0: unknown */
	char why[80];	  /* the provider's reason: "Unregistered" */
	char id[64];	  /* SENT: the provider's id */
};

/* A message in the provider's form, except what differs by device: the pieces
 * around the token(s) and the seconds to live. */
struct template {
	struct buf head, middle, tail;
	int64_t expires_ms;	  /* absolute; 0: none */
	bool background;	  /* APNs push type background */
	bool high;
	char collapse[65];	  /* APNs apns-collapse-id; "" none */
	size_t size;		  /* payload bytes as the provider counts */
	char warning[160];	  /* what was left out or changed; "" none */
};

/* Authorization of a request, made from a credential, and the application that
 * it is for. The credential owns the texts. */
struct authorization {
	const char *authorization; /* the whole header value */
	const char *topic;	   /* APNs: bundle; Web Push: public key */
	const char *path;	   /* FCM, HMS: request path */
	const char *link;	   /* Web Push: where a tap leads if the
				      message does not say; or NULL */
};

struct target {
	const char *token;
	uint64_t id; /* of the outbox row; apns-id is derived from it */
};

/* How a message is composed, a set; from the settings. */
enum compose_how {
	COMPOSE_DATA_ONLY = 1, /* Android: the notification goes as data */
	COMPOSE_APPLE = 2,     /* FCM: add a block for Apple devices */
};

/* A request that delivers nothing and shows whether the provider accepts a
 * credential. */
struct probe {
	const char *path; /* NULL: the path of the endpoint */
	const char *body;
	struct header headers[4]; /* ends with a NULL name */
	bool topic;		  /* add the header apns-topic */
};

struct provider {
	const char *name; /* "apns": settings section, log, API */
	const char *old_name; /* "ios": the former name of the platform */
	const char *title; /* "APNs": for people */
	enum platform platform;
	enum wire_kind wire;
	unsigned streams;  /* requests a connection may have; 0: WIRE_H2 as
			      the server allows, WIRE_HTTP few large ones */
	bool cautious;	   /* one request per connection until a 200 */
	bool environments; /* devices: production or development */
	struct probe probe;

	/* The section in outpost.conf, in the order of the manual. */
	const struct conf_key *keys;
	size_t n_keys;

	size_t payload_max; /* bytes */
	unsigned batch;	    /* maximum of targets per exchange */
	int64_t ttl_max_s;  /* longest validity that it accepts; 0: any */

	/* The fields of a credential. */
	const struct credential_field *fields;
	unsigned n_fields;

	/* Derive missing values from the others, before check. NULL: no value
	 * can be derived. */
	void (*complete)(struct arena *a, struct bytes *values);

	/* Make a new key, in the arena and wiped with it; devices are told its
	 * public half, which is FIELD_TOPIC. NULL: keys come from elsewhere. */
	const struct err *(*generate)(struct arena *a, struct bytes *key);

	/* Refuse a credential that cannot work, while the person who sets it
	 * is still there. open accepts whatever passes here. The reverse is
	 * not true, because credentials in an imported database are accepted
	 * as they are. */
	const struct err *(*check)(struct arena *a,
	    const struct provider_settings *s, const struct bytes *values,
	    struct credential_finding *found);

	/* Read the keys of a credential that has all its secrets. ERR_MISSING:
	 * a secret is missing. */
	const struct err *(*open)(struct arena *a,
	    const struct provider_settings *s, const struct bytes *values,
	    struct access *out);

	/* Authorization is one of two: a JWT that sign makes and appends to
	 * into; or an access token, for which ask fills the request x to a
	 * token server (path is that of access.token_url). Both NULL: none is
	 * needed. origin is that of the requests, without a slash at its
	 * end. */
	const struct err *(*sign)(const struct access *access,
	    const char *origin, int64_t now_s, struct buf *into);
	const struct err *(*ask)(const struct access *access,
	    const char *path, int64_t now_s, struct exchange *x);
	const char *scheme;    /* of what sign makes, as "bearer " */
	unsigned sign_life_s;  /* a JWT is used for up to this time */
	unsigned sign_pause_s; /* minimum between two new JWTs */

	/* From a token as registered to its canonical spelling
	 * (push/token.h). */
	const struct err *(*token)(const char *given, char *out);

	/* From a token as registered to the address that the device is reached
	 * at (ADDRESS_SIZE bytes), which is kept beside the token and stands in
	 * its place in the outbox: Web Push, whose tokens are digests of the
	 * endpoint. NULL: the token is the address. */
	const struct err *(*locate)(const char *given, char *out);

	/* The host of a device's address, where each device is at one of many
	 * hosts: then each host has its own credential in sendd, whose
	 * authorization, pace and faults are no other's. No bytes: it is not
	 * an address. NULL: one service has all devices. */
	struct bytes (*host)(const char *token);

	/* May messages go to that address? ERR_INVALID with the reason. NULL:
	 * to any. */
	const struct err *(*allow)(const struct provider_settings *s,
	    const char *address);

	/* Note in an address which key of the application it holds for, unless
	 * it says that itself. key is its public half, of FIELD_TOPIC.
	 * NULL: addresses hold for any key. */
	void (*bind)(char *address, const char *key);

	/* The address as a preview may show it: a request to it can be made,
	 * and nobody can send with it. ADDRESS_SIZE bytes; "" when it is no
	 * address. NULL: its first characters and dots (text_mask). */
	void (*mask)(const char *address, char *out);
	const char *nobody; /* an address that no device has, for a preview;
			       NULL: zeros, which are a token like others */

	/* The URL that requests go to, from the section of the settings; FCM
	 * and HMS take the path of requests from it too. ERR_INVALID or
	 * ERR_TOOBIG: there is no usable URL. */
	const struct err *(*endpoint)(const struct provider_settings *s,
	    const struct endpoint_app *app, char url[ENDPOINT_URL]);

	/* Message -> template, once per body. how is a set of enum compose_how
	 * (provider_how). ERR_TOOBIG over payload_max; ERR_INVALID when the
	 * provider's form cannot express the message. Initialises t; free it
	 * with template_done even after an error. */
	const struct err *(*compose)(const struct message *m, unsigned how,
	    struct template *t);

	/* Template and targets -> request. now_ms gives the seconds left,
	 * rounded up and at least one; the caller must check first that the
	 * message has not expired. The template must outlive the exchange.
	 * timeout_ms is set and may be changed afterwards. ERR_INVALID when a
	 * token cannot be one of this provider (to find which one, address
	 * each target singly); ERR_FAULT when the authorization cannot be part
	 * of a request. */
	const struct err *(*address)(const struct template *t,
	    const struct authorization *g, const struct target *targets,
	    size_t n, int64_t now_ms, struct exchange *x);

	/* The part of address that takes too long for one thread: encrypt the
	 * request for its device. Called once between address and the wire,
	 * perhaps by another thread; it touches nothing but the exchange, and
	 * ends it when it cannot be sent. NULL: there is no such part. */
	void (*seal)(struct exchange *x);

	/* Answer (or its absence) -> one verdict per target. A GONE without
	 * gone_ms is as of the moment when the request was sent. */
	void (*judge)(const struct exchange *x, const struct target *targets,
	    size_t n, struct verdict *out);
};

/* The names and the number of a provider, from the list of platforms: use
 * PLATFORM_ROW_FCM(PROVIDER_NAMES) in its initialiser. */
#define PROVIDER_NAMES(number, id, provider_name, old)                         \
	.name = #provider_name, .old_name = (old), .platform = PLATFORM_##id,

#define PROVIDER_EXTERN(number, id, provider_name, old)                        \
	extern const struct provider provider_##provider_name;
PLATFORMS(PROVIDER_EXTERN)

/* The set of enum compose_how that the settings select. */
unsigned provider_how(const struct provider_settings *s);

/* In order of enum platform. */
extern const struct provider *const providers[PLATFORM__COUNT];

/* "fcm"; "all" for a number that is not a platform, as in a hold on a whole
 * application. */
const char *provider_name_of(unsigned platform);

/* Find a provider by either name in lib/platform.h, in any letter case: the
 * API stores only the spellings of the list, but an imported or hand-written
 * row may have another case. db/sql.c uses the same rule. NULL: unknown. */
const struct provider *provider_by_name(const char *name);

/* Does the credential have all its secrets? */
bool provider_configured(const struct provider *p,
    const struct bytes *values);

/* The field with that role; NULL: the provider has none. */
const struct credential_field *provider_field(const struct provider *p,
    enum field_role role);

/* The value of the field with that role; NULL: there is none. */
const char *provider_value(const struct provider *p,
    const struct bytes *values, enum field_role role);

/* The provider's address, for targets that messages may go to: the settings may
 * have changed since a target was stored. ERR_INVALID for one that is not
 * allowed, too. */
const struct err *provider_address(const struct provider *p,
    const struct provider_settings *s, const struct template *t,
    const struct authorization *g, const struct target *targets, size_t n,
    int64_t now_ms, struct exchange *x);

/* Fill x with the provider's probe. Judge its answer as for one target with
 * the token "check": a verdict other than HOLD and RETRY is about that token,
 * so the provider has accepted the credential. ERR_FAULT: the authorization
 * cannot be part of a request. */
const struct err *provider_probe(const struct provider *p,
    const struct authorization *g, struct exchange *x);

/* Choose the environment in which a device is reached: *environment is 0 for
 * production, 1 for development. of_app and of_device are "production",
 * "development" or NULL; development is the default for an application without
 * one. False: an application in production cannot reach a device in
 * development. */
bool environment_choose(const char *of_app, const char *of_device,
    bool development, unsigned *environment);

/* Free the memory of a template. */
void template_done(struct template *t);

/* For the judges: the verdict of a transport failure (x was not answered).
 * UNSENT: RETRY at once, uncounted. UNKNOWN: RETRY. */
void verdict_of_transport(const struct exchange *x, struct verdict *v);

/* "sent", "retry", ... */
const char *verdict_name(enum verdict_kind kind);

#endif
