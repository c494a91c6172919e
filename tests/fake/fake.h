/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the provider stand-in share: the request (ask) with its
 * answer, and the one state of the process (fake). Handlers read an ask and
 * fill its answer; only server.c, h2.c and h1.c touch a socket.
 */
#ifndef FAKE_FAKE_H
#define FAKE_FAKE_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "tests/fake/browser.h"

#define FAKE_KEY_ID "K3Y1D00001"
#define FAKE_TEAM_ID "T3AM000001"
#define FAKE_BUNDLE "cz.example.bank"
#define FAKE_FCM_PROJECT "demo-project"
#define FAKE_FCM_EMAIL "push@demo-project.iam.gserviceaccount.com"
#define FAKE_HMS_PROJECT "hms-demo"
#define FAKE_HMS_CLIENT "100200300"
#define FAKE_PAYLOAD_MAX 4096
#define FAKE_DEPTH 32

struct conn;

enum role {
	ROLE_NONE,
	ROLE_APNS,
	ROLE_FCM,
	ROLE_HMS,
	ROLE_WEBPUSH,
	ROLE_GOOGLE, /* Google's OAuth */
	ROLE_HUAWEI, /* Huawei's OAuth */
	ROLE_CONTROL,
	ROLE__COUNT
};

/* Header fields we look at; the others are only kept for the ledger. */
enum head {
	HEAD_METHOD,
	HEAD_PATH,
	HEAD_AUTHORIZATION,
	HEAD_TOPIC,
	HEAD_PUSH_TYPE,
	HEAD_PRIORITY,
	HEAD_EXPIRATION,
	HEAD_COLLAPSE_ID,
	HEAD_ID,
	HEAD_CONTENT_TYPE,
	HEAD_CONTENT_LENGTH,
	HEAD_TRANSFER_ENCODING,
	HEAD_CONNECTION,
	HEAD_EXPECT,
	HEAD_AUTHORITY,
	HEAD_HOST,
	HEAD_TTL,
	HEAD_URGENCY,
	HEAD_WEB_TOPIC,
	HEAD_ENCODING,
	HEAD__COUNT
};

enum act {
	ACT_ANSWER,
	ACT_HANG,	  /* never answer */
	ACT_RESET,	  /* RST_STREAM with answer.code */
	ACT_GOAWAY,	  /* this one and later ones were not processed */
	ACT_GOAWAY_AFTER, /* answer, but no more on this connection */
	ACT_CLOSE,	  /* cut the connection */
	ACT_CUT		  /* answer half of the body, then cut */
};

struct answer {
	enum act act;
	int status;
	uint32_t code;	     /* of ACT_RESET */
	int64_t delay_ms;    /* before the answer */
	int64_t retry_after; /* seconds; negative: no such header */
	int64_t date_s;	     /* seconds since 1970; 0: no such header */
	const char *type;    /* of the content */
	const char *big;     /* instead of body, static */
	size_t big_len;
	struct buf body;
	char id[40];	 /* apns-id, empty for the others */
	char unique[40]; /* apns-unique-id */
	char location[160]; /* of a Web Push message, or empty */
	const char *wns; /* of Windows: its X-WNS-NOTIFICATIONSTATUS, or NULL */
};

struct ask {
	struct conn *conn;
	int32_t stream; /* 0 over HTTP/1.1 */
	enum role role;
	struct buf head; /* name NUL value NUL ... */
	size_t known[HEAD__COUNT]; /* offset of the value plus 1 */
	struct buf body;
	bool duplicate; /* a header came twice */
	bool waiting;	/* in the list of delayed answers */
	int64_t due_ms;
	size_t sent; /* of the answer's body */
	struct answer answer;
	TAILQ_ENTRY(ask) next;	  /* waiting, or free */
	TAILQ_ENTRY(ask) sibling; /* of the same connection */
};

TAILQ_HEAD(asks, ask);

/* What a connection remembers of APNs provider tokens. */
struct apns_state {
	char kid[16], team[16];
	int64_t iat;
	bool wedged; /* an expired token spoils the connection for good */
	uint64_t checked; /* hash of the token known to be good (fast) */
};

struct counters {
	uint64_t requests, accepted, rejected, connections, open, goaways, rst,
	    tokens_issued, streams_max, by_role[ROLE__COUNT];
};

/* A behaviour for all requests, switched on by POST /control. */
struct mode {
	char name[32];
	enum role only; /* ROLE_NONE: all pushes */
	int64_t left;	/* requests still affected; 0 without end */
	bool endless;
	int64_t retry_after; /* negative: none */
};

struct verify;
struct ledger;
struct server;
struct tries;

struct fake {
	bool fast; /* benchmark: no ledger, no JSON */
	int port;
	uint32_t streams; /* allowed at once after the first accepted push */
	bool relimit;	  /* streams changed: tell open connections */
	bool prompt;	  /* delays are over: answer at once */
	const char *dir;
	char token_uri[64];
	char secret[64]; /* of the HMS client */
	int64_t expires_in; /* of the access tokens we issue */
	int64_t ahead_s;    /* of the Date that we tell */
	uint64_t serial;
	struct mode mode;
	struct counters n;
	struct arena *arena; /* emptied after each request */
	struct browser browser;
	struct verify *verify;
	struct ledger *ledger;
	struct tries *tries;
};

/* One per provider. say: answer as if that had happened ("Unregistered",
 * "UNAVAILABLE", "80300007"; "@..." behind it is the provider's); false when
 * the provider has no such word. */
typedef bool role_say(struct ask *ask, const char *what);
role_say apns_say, fcm_say, hms_say, webpush_say;

typedef void role_handle(struct fake *f, struct ask *ask);
role_handle apns_handle, fcm_handle, hms_handle, webpush_handle, google_handle,
    huawei_handle, control_handle;

/* Play the scenario a token names; its name goes to *name. False: the push
 * was answered and is not accepted. True: go on and accept it (the answer
 * may still be slow, cut or followed by GOAWAY). */
bool scenario_play(struct fake *f, struct ask *ask, const char *token,
    const char **name);

/* The same for the behaviour switched on for all; true: go on. */
bool mode_play(struct fake *f, struct ask *ask);
bool mode_is_known(const char *name);

/* The answer to ask, decided by path, credentials, content and scenario. */
void fake_answer(struct fake *f, struct ask *ask);

/* As the header Date has it. */
#define FAKE_DATE 32
void fake_date(int64_t s, char out[FAKE_DATE]);

void ask_reset(struct ask *ask);
void ask_done(struct ask *ask);
void ask_header(struct ask *ask, const char *name, size_t name_len,
    const char *value, size_t value_len);

/* The value of a known header; NULL when it is absent. */
const char *ask_get(const struct ask *ask, enum head which);

/* A JSON answer. */
void answer_json(struct ask *ask, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* From server.c: what the connection keeps for APNs, and the limit on
 * streams once the first push was accepted. */
struct apns_state *conn_apns(struct conn *c);
void conn_raise(struct conn *c);

#endif
