/* SPDX-License-Identifier: MIT */
#include "push/webpush_address.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/host.h"
#include "lib/json.h"
#include "lib/mem.h"

#define HTTPS "https://"
#define AROUND " \t\r\n"
#define BASE64_MAX 128 /* of p256dh, which has 88 at most */
#define WORDS 4
#define TAKEN '~' /* before the id of a key that nobody has told */

enum { ENDPOINT, P256DH, AUTH, KEY_ID };

static const struct err *
unfit(const char *why)
{
	return err_new(ERR_INVALID, "%s", why);
}

/* --- the endpoint ------------------------------------------------------ */

/* What a URL may consist of (RFC 3986), without the "#" of a fragment, which
 * is never sent. */
static bool
is_url(struct bytes url)
{
	static const char marks[] = "-._~:/?[]@!$&'()*+,;=%";

	for (size_t i = 0; i < url.len; i++) {
		char c = url.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9')) &&
		    memchr(marks, c, sizeof marks - 1) == NULL)
			return false;
	}
	return true;
}

/* A browser writes the host of a URL in lower case and leaves out port 443. */
static const struct err *
read_endpoint(struct bytes url, struct webpush_address *out)
{
	const size_t skip = strlen(HTTPS);
	const char *host = url.data + skip;

	if (url.len > WEBPUSH_ENDPOINT_MAX)
		return err_new(ERR_INVALID, "endpoint of the subscription must "
		    "be at most %d characters long", WEBPUSH_ENDPOINT_MAX);
	if (url.len <= skip || memcmp(url.data, HTTPS, skip) != 0)
		return unfit("endpoint of the subscription must be an https "
		    "URL");
	if (!is_url(url))
		return unfit("endpoint of the subscription must consist of "
		    "the characters of a URL, without a fragment");
	out->endpoint = url;
	out->host = (struct bytes){host, strcspn(host, "/? ")};
	if (memchr(host, '@', out->host.len) != NULL)
		return unfit("endpoint of the subscription must not name a "
		    "user");
	if (memchr(host, ':', out->host.len) != NULL)
		return unfit("endpoint of the subscription must not name a "
		    "port: 443 is the only one");
	if (!host_is_name(host, out->host.len))
		return unfit("endpoint of the subscription must have the full "
		    "name of a host, in lower case, and no address");
	out->path = (struct bytes){host + out->host.len,
	    url.len - skip - out->host.len};
	return out->path.len > 1 && *out->path.data == '/' ? NULL
	    : unfit("endpoint of the subscription must have a path");
}

/* --- the keys ---------------------------------------------------------- */

/* Exactly size bytes, in either alphabet of base64. */
static bool
decode(struct bytes text, unsigned char *out, size_t size)
{
	struct buf b = BUF(BASE64_MAX);
	bool fits = text.len <= BASE64_MAX &&
	    crypto_unbase64_any(text.data, text.len, &b) && b.len == size;

	if (fits)
		memcpy(out, b.data, size);
	buf_wipe(&b);
	return fits;
}

static const struct err *
read_keys(struct bytes p256dh, struct bytes auth, struct webpush_address *out)
{
	if (!decode(p256dh, out->p256dh, sizeof out->p256dh) ||
	    out->p256dh[0] != 4)
		return unfit("keys.p256dh of the subscription must be the 65 "
		    "bytes of an uncompressed point in base64url");
	if (!decode(auth, out->auth, sizeof out->auth))
		return unfit("keys.auth of the subscription must be 16 bytes "
		    "in base64url");
	return NULL;
}

void
webpush_key_id(const unsigned char point[CRYPTO_P256_POINT],
    char id[WEBPUSH_KEY_ID])
{
	struct buf text = BUF(WEBPUSH_KEY_ID);
	unsigned char digest[32];

	crypto_sha256(point, CRYPTO_P256_POINT, digest);
	(void)crypto_base64url(digest, 8, &text);
	memcpy(id, buf_str(&text), WEBPUSH_KEY_ID);
	buf_done(&text);
}

/* --- the text ---------------------------------------------------------- */

/* The words of a text, each ended by one blank or by the end. Returns how
 * many there are; more than WORDS count as one too many. */
static size_t
split(const char *text, struct bytes words[WORDS])
{
	size_t n = 0;

	while (n < WORDS) {
		words[n] = (struct bytes){text, strcspn(text, " ")};
		text += words[n++].len;
		if (*text++ == '\0')
			return n;
	}
	return WORDS + 1;
}

const struct err *
webpush_address(const char *text, struct webpush_address *out)
{
	struct bytes words[WORDS];
	size_t n = split(text, words);
	const struct err *e;

	*out = (struct webpush_address){0};
	if (n <= AUTH || n > WORDS)
		return unfit("token must be a subscription in JSON");
	if ((e = read_endpoint(words[ENDPOINT], out)) != NULL ||
	    (e = read_keys(words[P256DH], words[AUTH], out)) != NULL)
		return e;
	if (n > KEY_ID) {
		out->key_taken = *words[KEY_ID].data == TAKEN;
		out->key_id = (struct bytes){
		    words[KEY_ID].data + out->key_taken,
		    words[KEY_ID].len - out->key_taken};
	}
	return n <= KEY_ID || out->key_id.len == WEBPUSH_KEY_ID - 1 ? NULL
	    : unfit("token must be a subscription in JSON");
}

typedef void write_fn(const struct webpush_address *a, char *out);

static void
write_address(const struct webpush_address *a, char *out)
{
	struct buf text = BUF(WEBPUSH_ADDRESS_SIZE - 1);

	(void)buf_add(&text, a->endpoint.data, a->endpoint.len);
	(void)buf_text(&text, " ");
	(void)crypto_base64url(a->p256dh, sizeof a->p256dh, &text);
	(void)buf_text(&text, " ");
	(void)crypto_base64url(a->auth, sizeof a->auth, &text);
	if (a->key_id.len > 0)
		(void)buf_fmt(&text, " %.*s", (int)a->key_id.len +
		    a->key_taken, a->key_id.data - a->key_taken);
	memcpy(out, buf_str(&text), text.len + 1);
	buf_wipe(&text);
}

static void
write_token(const struct webpush_address *a, char *out)
{
	struct buf text = BUF(WEBPUSH_TOKEN_SIZE - 1);
	unsigned char digest[32];

	crypto_sha256(a->endpoint.data, a->endpoint.len, digest);
	(void)buf_add(&text, a->host.data, a->host.len);
	(void)buf_text(&text, ":");
	(void)crypto_base64url(digest, sizeof digest, &text);
	memcpy(out, buf_str(&text), text.len + 1);
	buf_done(&text);
}

void
webpush_bind(char *address, const char *key)
{
	unsigned char point[CRYPTO_P256_POINT];
	struct bytes words[WORDS];
	size_t len = strlen(address);
	char id[WEBPUSH_KEY_ID];

	if (split(address, words) != KEY_ID ||
	    !decode(text_bytes(key), point, sizeof point))
		return;
	webpush_key_id(point, id);
	(void)snprintf(address + len, WEBPUSH_ADDRESS_SIZE - len, " %c%s",
	    TAKEN, id);
}

void
webpush_mask(const char *address, char *out)
{
	struct webpush_address a;

	out[0] = '\0';
	if (webpush_address(address, &a) == NULL)
		(void)snprintf(out, WEBPUSH_ADDRESS_SIZE, HTTPS "%.*s/...%s",
		    (int)a.host.len, a.host.data, address + a.endpoint.len);
}

const struct err *
webpush_address_allow(const char *address, const char *hosts)
{
	struct webpush_address a;
	const struct err *e = webpush_address(address, &a);

	if (e == NULL && !host_list_has(hosts, a.host.data, a.host.len))
		e = unfit("endpoint of the subscription is at no push service "
		    "that [webpush] hosts has");
	return e;
}

/* --- JSON -------------------------------------------------------------- */

/* Subscriptions have few members; a page may add some. */
static const struct err *
parse(struct bytes text, struct json **root)
{
	static const struct json_limits limits = {4, 64, 16, 64};

	if (text.len > WEBPUSH_GIVEN_MAX)
		return err_new(ERR_INVALID, "token must be a subscription in "
		    "JSON of at most %d bytes", WEBPUSH_GIVEN_MAX);
	if (json_parse_within(NULL, text.data, text.len, &limits, root) !=
	    NULL)
		return unfit("token must be a subscription in JSON");
	return NULL;
}

/* The key that the page says it subscribed with. */
static const struct err *
read_server_key(const char *text, char id[WEBPUSH_KEY_ID],
    struct webpush_address *out)
{
	unsigned char point[CRYPTO_P256_POINT];

	if (text == NULL)
		return NULL;
	if (!decode(text_bytes(text), point, sizeof point) ||
	    !crypto_p256_point(point))
		return unfit("applicationServerKey of the subscription must "
		    "be a public VAPID key in base64url");
	webpush_key_id(point, id);
	out->key_id = text_bytes(id);
	return NULL;
}

static const struct err *
read_json(const struct json *j, char id[WEBPUSH_KEY_ID],
    struct webpush_address *out)
{
	const struct json *keys = json_get(j, "keys");
	const char *coding = json_text(json_get(j, "contentEncoding"), "");
	const struct err *e;

	if (strcmp(coding, "aesgcm") == 0)
		return unfit("contentEncoding aesgcm of the subscription is "
		    "that of a browser which is too old");
	e = read_endpoint(
	    text_bytes(json_text(json_get(j, "endpoint"), "")), out);
	if (e == NULL && json_kind(keys) != JSON_OBJECT)
		e = unfit("subscription must have keys: send the whole of it "
		    "as JSON");
	if (e == NULL)
		e = read_keys(
		    text_bytes(json_text(json_get(keys, "p256dh"), "")),
		    text_bytes(json_text(json_get(keys, "auth"), "")), out);
	return e != NULL ? e : read_server_key(json_text(
	    json_get(j, "applicationServerKey"), NULL), id, out);
}

/* A text without the blanks and line ends around it. */
static struct bytes
trimmed(const char *text)
{
	struct bytes b = text_bytes(text + strspn(text, AROUND));

	while (b.len > 0 && strchr(AROUND, b.data[b.len - 1]) != NULL)
		b.len--;
	return b;
}

/* Check a subscription, and write what is wanted of it. */
static const struct err *
take_subscription(const char *given, write_fn *write, char *out)
{
	struct bytes text = trimmed(given);
	struct webpush_address a = {.endpoint = {NULL, 0}};
	char id[WEBPUSH_KEY_ID];
	struct json *root = NULL;
	const struct err *e;

	if (text.len == 0)
		return unfit("Push token must not be null or empty.");
	if (*text.data == '{') {
		if ((e = parse(text, &root)) == NULL)
			e = read_json(root, id, &a);
	} else {
		e = webpush_address(given, &a);
	}
	if (e == NULL && !crypto_p256_point(a.p256dh))
		e = unfit("keys.p256dh of the subscription is no point of "
		    "the curve P-256");
	if (e == NULL)
		write(&a, out);
	json_free(root);
	return e;
}

const struct err *
webpush_token(const char *given, char *out)
{
	return take_subscription(given, write_token, out);
}

const struct err *
webpush_locate(const char *given, char *out)
{
	return take_subscription(given, write_address, out);
}

bool
webpush_token_of(const char *given, char *out)
{
	struct bytes text = trimmed(given);
	struct webpush_address a = {.endpoint = {NULL, 0}};
	struct json *root = NULL;
	bool is = false;

	if (text.len > 0 && *text.data == '{') {
		if (parse(text, &root) == NULL)
			text = text_bytes(
			    json_text(json_get(root, "endpoint"), NULL));
	} else if (text.len > 0) {
		text.len = strcspn(text.data, AROUND);
	}
	if (text.data != NULL && read_endpoint(text, &a) == NULL) {
		write_token(&a, out);
		is = true;
	}
	json_free(root);
	return is;
}
