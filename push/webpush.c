/* SPDX-License-Identifier: MIT */
/*
 * Web Push (RFC 8030): the push services of browsers, of which each has hosts
 * of its own. A message is a declarative one, which every browser's worker can
 * read too, and is encrypted for each browser (RFC 8291).
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/payload.h"
#include "push/vapid.h"
#include "push/verdict.h"
#include "push/webpush_address.h"
#include "push/webpush_check.h"
#include "push/webpush_cipher.h"
#include "push/webpush_judge.h"

#define PAYLOAD_MAX CIPHER_PLAIN_MAX
#define KEY_PEM_MAX 512 /* of an EC key */
#define TTL_MAX_S 2419200 /* four weeks, as Google keeps a message */
#define TIMEOUT_MS 30000
#define TOPIC_BYTES 24 /* of a digest, which are 32 characters */
#define LINK "navigate"
#define NAVIGATE ",\"" LINK "\":"
#define LINK_MAX 257 /* of a default URL with its quotes */
#define NOWHERE "webpush.invalid" /* of a text that is no address */
#define ZEROS_22 "AAAAAAAAAAAAAAAAAAAAAA"
#define ZEROS_43 ZEROS_22 "AAAAAAAAAAAAAAAAAAAAA"
#define NOBODY "https://" NOWHERE "/... B" ZEROS_43 ZEROS_43 " " ZEROS_22
#define TOKEN_LIFE_S (12 * 3600) /* a clock that is ahead does no harm */

/* --- compose ----------------------------------------------------------- */

/* The service sees this in place of the collapse key: always 32 of the
 * characters that a topic may have. */
static void
set_topic(const char *key, struct template *t)
{
	struct buf b = BUF(sizeof t->collapse);
	unsigned char digest[32];

	if (!message_has(key))
		return;
	crypto_sha256(key, strlen(key), digest);
	(void)crypto_base64url(digest, TOPIC_BYTES, &b);
	memcpy(t->collapse, buf_str(&b), b.len + 1);
	buf_done(&b);
}

/* Where a tap leads: extras.navigate, if that is a URL. */
static void
set_link(const struct message *m, struct template *t)
{
	struct json_walk w = json_walk(m->extras);
	struct buf text = PAYLOAD_PART;
	struct bytes name, value;

	while (json_walk_next(&w, &name, &value)) {
		buf_reset(&text);
		json_text_plain(name, &text);
		if (strcmp(buf_str(&text), LINK) != 0)
			continue;
		buf_reset(&text);
		if (value.len > 0 && *value.data == '"')
			json_text_plain(value, &text);
		buf_reset(&t->middle);
		if (text.len > 0 && webpush_check_url(buf_str(&text)) == NULL)
			(void)json_quote(buf_str(&text), &t->middle);
		else
			template_warn(t, "extras \"" LINK "\" left out: it is "
			    "not an https URL");
	}
	buf_done(&text);
}

/* A browser has no table of texts: the keys are for the page's worker. */
static void
add_data(const struct message *m, struct buf *into)
{
	static const char *const reserved[] = {LINK, NULL};
	struct buf data = PAYLOAD_PART;

	(void)buf_text(&data, "{");
	payload_extras(m, reserved, false, NULL, &data);
	json_put_text(&data, "titleLocKey", m->title_loc_key);
	payload_args(&data, "titleLocArgs", m->title_loc_key,
	    m->title_loc_args);
	json_put_text(&data, "bodyLocKey", m->body_loc_key);
	payload_args(&data, "bodyLocArgs", m->body_loc_key, m->body_loc_args);
	if (data.len > 1) {
		json_put_name(into, "data");
		(void)buf_add(into, data.data, data.len);
		into->overflowed |= data.overflowed;
		(void)buf_text(into, "}");
	}
	buf_done(&data);
}

/* Safari reads the badge among the members of the notification, as a text; the
 * standard has it beside them, as a number. */
static void
add_badges(const struct message *m, struct template *t)
{
	char text[24];

	if (!m->has_badge)
		return;
	if (m->badge < 0) {
		template_warn(t, "badge left out: it is negative");
		return;
	}
	(void)snprintf(text, sizeof text, "%lld", (long long)m->badge);
	json_put_text(&t->head, "app_badge", text);
	json_put_int(&t->tail, "app_badge", m->badge);
}

static void
add_notification(const struct message *m, struct template *t)
{
	const char *tag = message_has(m->collapse_key) ? m->collapse_key
						       : m->category;

	(void)buf_text(&t->tail, "}");
	if (message_has(m->title)) {
		json_put_text(&t->head, "title", m->title);
		json_put_text(&t->head, "body", m->body);
	} else {
		json_put_text(&t->head, "title", m->body);
		template_warn(t, "the body stands for the title: Web Push "
		    "wants one");
	}
	json_put_text(&t->head, "icon", m->icon);
	if (message_has_image(m))
		json_put_text(&t->head, "image", m->image);
	json_put_text(&t->head, "tag", tag);
	add_badges(m, t);
	add_data(m, &t->head);
}

/* Head and tail around "navigate", whose value is in the middle; if that is
 * empty, the application has one, which stands there in its place. */
static const struct err *
webpush_compose(const struct message *m, unsigned how, struct template *t)
{
	const struct err *e;

	(void)how; /* no flag concerns Web Push */
	if ((e = template_init(t, m)) != NULL)
		return e;
	if (m->silent)
		return err_new(ERR_INVALID, "Web Push must show something: a "
		    "silent message cannot go");
	if (!message_has(m->title) && !message_has(m->body))
		return err_new(ERR_INVALID, "Web Push shows nothing without "
		    "the text of a title or a body");
	set_topic(m->collapse_key, t);
	set_link(m, t);
	(void)buf_text(&t->head, "{\"web_push\":8030,\"notification\":{");
	add_notification(m, t);
	(void)buf_text(&t->tail, "}");
	return template_measure(t, sizeof NAVIGATE +
	    (t->middle.len == 0 ? LINK_MAX : 0), PAYLOAD_MAX, "Web Push");
}

/* --- address ----------------------------------------------------------- */

/* A subscription is bound for life to the key that it was made with. Where the
 * page has not told it, ours of that time is taken for it, which may have been
 * a wrong one: so the service is asked all the same. */
static bool
is_other_key(const struct webpush_address *to, const char *public_key)
{
	unsigned char point[CRYPTO_P256_POINT];
	struct buf b = BUF(sizeof point);
	char id[WEBPUSH_KEY_ID];
	bool same;

	if (to->key_id.len == 0)
		return false;
	same = crypto_unbase64_any(public_key, strlen(public_key), &b) &&
	    b.len == sizeof point;
	if (same) {
		memcpy(point, b.data, sizeof point);
		webpush_key_id(point, id);
		same = to->key_id.len == strlen(id) &&
		    memcmp(to->key_id.data, id, to->key_id.len) == 0;
	}
	buf_done(&b);
	return !same;
}

/* The message behind room for the header of its encryption, in which the keys
 * of the browser lie until then (seal_request). */
static const struct err *
fill_body(const struct template *t, const char *link,
    const struct webpush_address *to, struct exchange *x)
{
	struct cipher_for keys;
	char header[CIPHER_HEADER] = {0};
	struct buf *b = &x->request;

	memcpy(keys.point, to->p256dh, sizeof keys.point);
	memcpy(keys.auth, to->auth, sizeof keys.auth);
	_Static_assert(sizeof keys <= sizeof header, "the keys fit");
	memcpy(header, &keys, sizeof keys);
	(void)buf_add(b, header, sizeof header);
	(void)buf_add(b, buf_str(&t->head), t->head.len);
	if (t->middle.len > 0 || message_has(link)) {
		(void)buf_text(b, NAVIGATE);
		if (t->middle.len > 0)
			(void)buf_add(b, t->middle.data, t->middle.len);
		else
			(void)json_quote(link, b);
	}
	(void)buf_add(b, buf_str(&t->tail), t->tail.len);
	if (b->overflowed || b->len - CIPHER_HEADER > CIPHER_PLAIN_MAX)
		return err_new(ERR_INVALID, "the message is too large");
	x->body = b->data + CIPHER_HEADER;
	x->body_len = b->len - CIPHER_HEADER;
	return NULL;
}

/* The texts are copies: the credential may get another token before a thread
 * has encrypted the request. */
static const struct err *
add_headers(const struct template *t, const char *authorization,
    int64_t ttl_s, struct exchange *x)
{
	const char *copy = exchange_fmt(x, "%s", authorization);
	const char *ttl = exchange_fmt(x, "%lld", (long long)ttl_s);
	const char *topic = exchange_fmt(x, "%s", t->collapse);

	if (copy == NULL || ttl == NULL || topic == NULL)
		return err_new(ERR_INVALID, "the endpoint is too long");
	exchange_header(x, "authorization", copy);
	exchange_header(x, "ttl", ttl);
	exchange_header(x, "urgency", t->high ? "high" : "normal");
	if (*topic != '\0')
		exchange_header(x, "topic", topic);
	exchange_header(x, "content-encoding", "aes128gcm");
	exchange_header(x, "content-type", "application/octet-stream");
	return NULL;
}

static const struct err *
webpush_address_request(const struct template *t,
    const struct authorization *g, const struct target *targets, size_t n,
    int64_t now_ms, struct exchange *x)
{
	struct webpush_address to;
	const struct err *e;

	assert(n == 1);
	(void)n;
	if (g->authorization == NULL || !exchange_safe(g->authorization) ||
	    g->topic == NULL)
		return err_new(ERR_FAULT, "the VAPID token cannot stand in a "
		    "request");
	if ((e = webpush_address(targets[0].token, &to)) != NULL ||
	    (e = fill_body(t, g->link, &to, x)) != NULL)
		return e;
	x->path = exchange_fmt(x, "%.*s", (int)to.path.len, to.path.data);
	if (x->path == NULL || !exchange_safe(x->path))
		return err_new(ERR_INVALID, "the endpoint is too long");
	if ((e = add_headers(t, g->authorization, t->expires_ms != 0
	    ? template_seconds(t, now_ms, TTL_MAX_S) : TTL_MAX_S, x)) != NULL)
		return e;
	x->other_key = is_other_key(&to, g->topic);
	x->key_taken = to.key_taken;
	x->timeout_ms = TIMEOUT_MS;
	x->by_status = true; /* of 201; services send no body with it */
	x->sized = true; /* as every request over HTTP/1.1 is */
	return NULL;
}

/* In place of the message its encryption for the browser. */
static void
webpush_seal(struct exchange *x)
{
	struct crypto_pair *pair = crypto_pair_new();
	size_t padded = cipher_padded(x->body_len), n;
	unsigned char salt[CIPHER_SALT];
	struct cipher_for to;

	memcpy(&to, x->request.data, sizeof to);
	crypto_random(salt, sizeof salt);
	(void)buf_reserve(&x->request,
	    padded - x->body_len + CIPHER_MARK + CRYPTO_TAG);
	n = cipher_seal(pair, salt, &to, (unsigned char *)x->request.data,
	    x->body_len, padded);
	crypto_pair_free(pair);
	x->body = x->request.data;
	x->body_len = n;
	if (n == 0)
		exchange_fail(x, EXCHANGE_UNSENT, WEBPUSH_NO_POINT);
}

static const struct err *
webpush_allow(const struct provider_settings *s, const char *address)
{
	return webpush_address_allow(address, s->hosts);
}

static const struct err *
webpush_endpoint_of(const struct provider_settings *s,
    const struct endpoint_app *app, char url[ENDPOINT_URL])
{
	int n;

	(void)s;
	if (app->host == NULL)
		return err_new(ERR_INVALID, "each browser has its own");
	n = snprintf(url, ENDPOINT_URL, "https://%s/",
	    app->host[0] != '\0' ? app->host : NOWHERE);
	return n > 0 && n < ENDPOINT_URL
	    ? NULL : err_new(ERR_TOOBIG, "the host is too long");
}

/* Which push service a message goes to. */
static struct bytes
webpush_host(const char *token)
{
	struct webpush_address to;

	return webpush_address(token, &to) == NULL
	    ? to.host : (struct bytes){NULL, 0};
}

/* --- credentials ------------------------------------------------------- */

enum { PRIVATE_KEY, PUBLIC_KEY, SUBJECT, DEFAULT_URL };

static const struct credential_field fields[] = {
    [PRIVATE_KEY] = {"privateKeyBase64", "key-file", "FILE",
	"the private VAPID key: PEM, or its number in base64url", FIELD_KEY,
	.wanted = "a VAPID key: wanted is an EC key on P-256 in "
	"PEM, or its 32 bytes in base64url"},
    [PUBLIC_KEY] = {"publicKey", "public-key", "KEY",
	"its public half; default: of the private key", .role = FIELD_TOPIC,
	.shown = 1, .title = "public key"},
    [SUBJECT] = {"subject", "subject", "URL",
	"whom a push service writes to: mailto: or https:", .must = true,
	.shown = 2, .title = "subject"},
    [DEFAULT_URL] = {"defaultUrl", "default-url", "URL",
	"where a tap leads if the message does not say", .role = FIELD_LINK,
	.shown = 3, .title = "default URL"},
};

static const struct err *
webpush_generate(struct arena *a, struct bytes *key)
{
	struct buf pem = BUF(KEY_PEM_MAX);
	const struct err *e;
	char *text;

	(void)buf_reserve(&pem, KEY_PEM_MAX);
	if ((e = crypto_key_new(&pem)) == NULL) {
		text = arena_text(a, buf_str(&pem), pem.len);
		arena_wipe(a, text, pem.len);
		*key = (struct bytes){text, pem.len};
	}
	buf_wipe(&pem);
	return e;
}

/* The public key is that of the private one, whatever was given. */
static void
webpush_complete(struct arena *a, struct bytes *v)
{
	struct crypto_key *key = NULL;
	char public[VAPID_PUBLIC];

	if (v[PRIVATE_KEY].data == NULL || vapid_key_read(v[PRIVATE_KEY].data,
		v[PRIVATE_KEY].len, &key) != NULL)
		return;
	vapid_public(key, public);
	crypto_key_free(key);
	v[PUBLIC_KEY] = text_bytes(arena_text(a, public, strlen(public)));
}

static const struct err *
webpush_check(struct arena *a, const struct provider_settings *s,
    const struct bytes *v, struct credential_finding *found)
{
	struct crypto_key *key = NULL;
	const struct err *e = vapid_key_read(v[PRIVATE_KEY].data,
	    v[PRIVATE_KEY].len, &key);

	(void)a;
	(void)s;
	crypto_key_free(key);
	if (e != NULL) {
		found->key = &fields[PRIVATE_KEY];
		return e;
	}
	if ((e = webpush_check_subject(v[SUBJECT].data)) != NULL)
		return e;
	return webpush_check_url(v[DEFAULT_URL].data);
}

struct webpush_access {
	struct crypto_key *key;
	const char *subject;
};

static void
free_webpush_access(void *own)
{
	struct webpush_access *g = own;

	crypto_key_free(g->key);
}

static const struct err *
webpush_open(struct arena *a, const struct provider_settings *s,
    const struct bytes *v, struct access *out)
{
	struct webpush_access *own = arena_zero(a, sizeof *own);
	const struct err *e;

	(void)s;
	own->subject = v[SUBJECT].data;
	if (own->subject == NULL)
		return err_new(ERR_INVALID, "the subject is missing");
	e = vapid_key_read(v[PRIVATE_KEY].data, v[PRIVATE_KEY].len, &own->key);
	if (e != NULL)
		return e;
	arena_defer(a, free_webpush_access, own);
	*out = (struct access){.own = own,
	    .identity = {v[PRIVATE_KEY], v[SUBJECT]}};
	return NULL;
}

static const struct err *
webpush_sign(const struct access *access, const char *origin, int64_t now_s,
    struct buf *into)
{
	const struct webpush_access *own = access->own;

	return vapid_sign(own->key, origin, own->subject,
	    now_s + TOKEN_LIFE_S, into);
}

/* --- settings ---------------------------------------------------------- */

/* clang-format off */
static const struct conf_key keys[] = {
	/* name, type, where, default, min, max, choices, help */
	{ "webpush.hosts", CONF_HOSTS, SECTION_AT(hosts), WEBPUSH_SERVICES, 0, 0, NULL, "push services that may be sent to; any-public: all" },
	{ "webpush.connections", CONF_NUMBER, SECTION_AT(connections), "2", 1, 64, NULL, "connections a push service and app" },
	{ "webpush.connect_timeout", CONF_DURATION, SECTION_AT(connect_timeout_ms), "5s", 100, 300000, NULL, "to connect, TLS included" },
	{ "webpush.response_timeout", CONF_DURATION, SECTION_AT(response_timeout_ms), "30s", 100, 300000, NULL, "for one answer" },
	{ "webpush.max_idle", CONF_DURATION, SECTION_AT(idle_ms), "60s", 1000, SECTION_HOUR, NULL, "keep idle connections for this time" },
	{ "webpush.rate", CONF_RATE, SECTION_AT(rate), "10000/s", 1, 1000000000, NULL, "messages a second, push service and app" },
	SECTION_PROXY("webpush"),
};
/* clang-format on */

const struct provider provider_webpush = {
    PLATFORM_ROW_WEBPUSH(PROVIDER_NAMES)
    .title = "Web Push",
    .wire = WIRE_H2,
    .streams = 100,
    .probe = {.path = "/", .body = ""},
    .fields = fields,
    .n_fields = nitems(fields),
    .complete = webpush_complete,
    .generate = webpush_generate,
    .check = webpush_check,
    .open = webpush_open,
    .scheme = "vapid ",
    .sign = webpush_sign,
    /* Apple wants no new token within an hour */
    .sign_life_s = TOKEN_LIFE_S / 2,
    .sign_pause_s = 3600,
    .keys = keys,
    .n_keys = nitems(keys),
    .payload_max = PAYLOAD_MAX,
    .batch = 1,
    .ttl_max_s = TTL_MAX_S,
    .token = webpush_token,
    .locate = webpush_locate,
    .host = webpush_host,
    .allow = webpush_allow,
    .bind = webpush_bind,
    .mask = webpush_mask,
    .nobody = NOBODY,
    .endpoint = webpush_endpoint_of,
    .compose = webpush_compose,
    .address = webpush_address_request,
    .seal = webpush_seal,
    .judge = webpush_judge,
};
