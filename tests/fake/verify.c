/* SPDX-License-Identifier: MIT */
#include "tests/fake/verify.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"

#define CACHE 64   /* power of two */
#define ISSUED 256 /* the latest access tokens */

struct known {
	char *text;
	enum trust who;
	uint64_t hash;
	struct jwt jwt;
};

struct token {
	char text[128];
	enum role role;
	int64_t expires_ms;
};

struct verify {
	EVP_PKEY *keys[TRUST__COUNT];
	bool second[TRUST__COUNT]; /* the key behind it is trusted instead */
	struct known cache[CACHE];
	struct token issued[ISSUED];
	size_t issued_next;
};

struct verify *
verify_new(void)
{
	return xcalloc(1, sizeof(struct verify));
}

static void
forget(struct verify *v)
{
	size_t i;

	for (i = 0; i < CACHE; i++)
		free(v->cache[i].text);
	memset(v->cache, 0, sizeof(v->cache));
}

void
verify_free(struct verify *v)
{
	size_t i;

	if (v == NULL)
		return;
	forget(v);
	for (i = 0; i < TRUST__COUNT; i++)
		EVP_PKEY_free(v->keys[i]);
	free(v);
}

void
verify_set(struct verify *v, enum trust who, EVP_PKEY *key)
{
	v->keys[who] = key;
}

void
verify_swap(struct verify *v, enum trust who)
{
	enum trust first = who - who % 2; /* they come in pairs */

	v->second[first] = who != first;
	forget(v);
}

EVP_PKEY *
verify_key(const struct verify *v, enum trust who)
{
	return v->keys[who + v->second[who]];
}

uint64_t
verify_hash(const char *text)
{
	uint64_t h = 1469598103934665603ULL;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211ULL;
	return h;
}

/* base64url without padding, as RFC 7515 wants it; appends. */
static bool
unbase64url(const char *text, size_t len, struct buf *into)
{
	struct buf std = BUF(16 * 1024);
	bool ok = len > 0 && buf_add(&std, text, len);
	size_t i;

	for (i = 0; ok && i < len; i++) {
		if (strchr("+/=", std.data[i]) != NULL)
			ok = false;
		else if (std.data[i] == '-')
			std.data[i] = '+';
		else if (std.data[i] == '_')
			std.data[i] = '/';
	}
	ok = ok && crypto_unbase64(std.data, std.len, into);
	buf_done(&std);
	return ok;
}

/* r||s of 64 bytes to what OpenSSL checks. NULL for any other length. */
static unsigned char *
raw_to_der(const struct buf *raw, int *len)
{
	const unsigned char *p = (const unsigned char *)raw->data;
	unsigned char *der = NULL;
	ECDSA_SIG *sig;

	if (raw->len != 64)
		return NULL;
	sig = ECDSA_SIG_new();
	if (sig == NULL || !ECDSA_SIG_set0(sig, BN_bin2bn(p, 32, NULL),
	    BN_bin2bn(p + 32, 32, NULL)))
		abort();
	*len = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	return der;
}

static bool
check(EVP_PKEY *key, const void *sig, size_t sig_len, const char *text,
    size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && sig != NULL && key != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, sig, sig_len, (const unsigned char *)text,
	    len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

static bool
check_signature(EVP_PKEY *key, bool ec, const char *text, size_t len,
    const char *sig)
{
	struct buf raw = BUF(1024);
	unsigned char *der = NULL;
	int der_len = 0;
	bool ok = unbase64url(sig, strlen(sig), &raw);

	if (ok && ec) {
		der = raw_to_der(&raw, &der_len);
		ok = check(key, der, (size_t)der_len, text, len);
	} else if (ok) {
		ok = check(key, raw.data, raw.len, text, len);
	}
	OPENSSL_free(der);
	buf_done(&raw);
	return ok;
}

static struct json *
read_part(struct arena *a, const char *text, size_t len)
{
	struct buf plain = BUF(16 * 1024);
	struct json *j = NULL;

	if (unbase64url(text, len, &plain) &&
	    json_parse(a, buf_str(&plain), plain.len, 4, &j) != NULL)
		j = NULL;
	buf_done(&plain);
	return json_kind(j) == JSON_OBJECT ? j : NULL;
}

static void
keep(char *into, size_t size, const struct json *from, const char *name)
{
	const char *s = json_text(json_get(from, name), "");

	if (strlen(s) < size)
		memcpy(into, s, strlen(s) + 1);
}

static bool
only_iss_iat(const char *name, struct json *value, void *arg)
{
	bool *ok = arg;

	(void)value;
	*ok = *ok && (strcmp(name, "iss") == 0 || strcmp(name, "iat") == 0);
	return *ok;
}

/* Claims are typed strictly: a time as text is no time. */
static const char *
read_jwt(struct arena *a, const char *alg, const char *text, const char *dot,
    const char *dot2, struct jwt *jwt)
{
	struct json *head = read_part(a, text, (size_t)(dot - text));
	struct json *body = read_part(a, dot + 1, (size_t)(dot2 - dot - 1));

	if (head == NULL || body == NULL)
		return "not a JSON web token";
	if (strcmp(json_text(json_get(head, "alg"), ""), alg) != 0)
		return "wrong alg";
	memset(jwt, 0, sizeof(*jwt));
	keep(jwt->kid, sizeof(jwt->kid), head, "kid");
	keep(jwt->sub, sizeof(jwt->sub), body, "sub");
	keep(jwt->iss, sizeof(jwt->iss), body, "iss");
	keep(jwt->aud, sizeof(jwt->aud), body, "aud");
	keep(jwt->scope, sizeof(jwt->scope), body, "scope");
	jwt->iat = json_int(json_get(body, "iat"), -1);
	jwt->exp = json_int(json_get(body, "exp"), -1);
	jwt->lean = true;
	json_each(body, only_iss_iat, &jwt->lean);
	return NULL;
}

const struct jwt *
verify_jwt(struct fake *f, enum trust who, const char *text, const char **why)
{
	struct verify *v = f->verify;
	uint64_t hash = verify_hash(text);
	struct known *k = &v->cache[hash % CACHE];
	const char *dot = strchr(text, '.');
	const char *dot2 = dot != NULL ? strchr(dot + 1, '.') : NULL;
	bool ec = who != TRUST_FCM;
	struct jwt jwt;

	if (k->text != NULL && k->who == who && k->hash == hash &&
	    strcmp(k->text, text) == 0)
		return &k->jwt;
	*why = "not a JSON web token";
	if (dot2 == NULL || strchr(dot2 + 1, '.') != NULL)
		return NULL;
	if ((*why = read_jwt(f->arena, ec ? "ES256" : "RS256", text, dot,
	    dot2, &jwt)) != NULL)
		return NULL;
	*why = "Invalid JWT Signature.";
	if (!check_signature(verify_key(v, who), ec, text,
	    (size_t)(dot2 - text), dot2 + 1))
		return NULL;
	free(k->text);
	k->text = xstrdup(text);
	k->who = who;
	k->hash = hash;
	k->jwt = jwt;
	return &k->jwt;
}

/* Huawei's holds characters that JSON and forms treat specially. */
const char *
verify_issue(struct fake *f, enum role role)
{
	struct verify *v = f->verify;
	struct token *t = &v->issued[v->issued_next++ % ISSUED];
	struct buf text = BUF(sizeof(t->text) - 1);
	unsigned char bytes[36];

	crypto_random(bytes, sizeof(bytes));
	if (role == ROLE_FCM) {
		buf_text(&text, "ya29.");
		crypto_base64url(bytes, sizeof(bytes), &text);
	} else {
		buf_text(&text, "hms/+/");
		crypto_base64(bytes, sizeof(bytes) - 1, &text);
	}
	memcpy(t->text, buf_str(&text), text.len + 1);
	buf_done(&text);
	t->role = role;
	t->expires_ms = clock_now_ms() + f->expires_in * 1000;
	f->n.tokens_issued++;
	return t->text;
}

enum access
verify_access(struct fake *f, enum role role, const char *text)
{
	struct verify *v = f->verify;
	const struct token *t;
	size_t i;

	for (i = 1; i <= ISSUED; i++) {
		t = &v->issued[(v->issued_next + ISSUED - i) % ISSUED];
		if (t->text[0] == '\0')
			break;
		if (t->role == role && strcmp(t->text, text) == 0)
			return t->expires_ms > clock_now_ms() ? ACCESS_OK :
			    ACCESS_EXPIRED;
	}
	return ACCESS_UNKNOWN;
}

void
verify_revoke(struct fake *f)
{
	memset(f->verify->issued, 0, sizeof(f->verify->issued));
	f->verify->issued_next = 0;
}
