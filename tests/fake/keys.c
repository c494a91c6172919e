/* SPDX-License-Identifier: MIT */
#include "tests/fake/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "tests/fake/verify.h"

/* Hosts of the services of Web Push that are played, by a proxy that leads to
 * us, and one that is none of them. */
#define SERVICES \
	",DNS:fcm.googleapis.com,DNS:updates.push.services.mozilla.com" \
	",DNS:web.push.apple.com,DNS:wns2-par02p.notify.windows.com" \
	",DNS:push.my-shop.eu,DNS:push.old-shop.eu"

struct account {
	const char *file;
	enum trust trust;
	EVP_PKEY *key; /* the verifier's */
	char kid[41];
};

static struct account accounts[] = {
    {"fcm.json", TRUST_FCM},
    {"fcm-2.json", TRUST_FCM_2},
};

const char *
keys_path(struct fake *f, const char *name)
{
	return arena_fmt(f->arena, "%s/%s", f->dir, name);
}

const struct err *
keys_write(const char *path, const char *text, size_t len, int mode)
{
	char beside[4096];
	int fd;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >=
	    (int)sizeof(beside))
		return err_new(ERR_INVALID, "path too long");
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd == -1)
		return err_errno("%s", beside);
	if (write(fd, text, len) != (ssize_t)len) {
		(void)close(fd);
		return err_errno("%s", beside);
	}
	(void)close(fd);
	if (rename(beside, path) == -1)
		return err_errno("%s", path);
	return NULL;
}

/* The content of a BIO into a file. */
static const struct err *
write_bio(const char *path, BIO *bio, int mode)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	return keys_write(path, text, (size_t)len, mode);
}

static const struct err *
write_key(const char *path, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const struct err *e;

	if (bio == NULL ||
	    !PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		fatalx("cannot encode a key");
	e = write_bio(path, bio, 0600);
	BIO_free(bio);
	return e;
}

static EVP_PKEY *
read_key(const char *path)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *key = NULL;

	if (file != NULL) {
		key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		(void)fclose(file);
	}
	return key;
}

/* The P-256 key of a file, made when there is none. */
static const struct err *
have_key(const char *path, EVP_PKEY **key)
{
	if ((*key = read_key(path)) != NULL)
		return NULL;
	if ((*key = EVP_EC_gen("P-256")) == NULL)
		return err_new(ERR_FAULT, "cannot make a key");
	return write_key(path, *key);
}

static void
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *x;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	x = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (x == NULL || !X509_add_ext(cert, x, -1))
		fatalx("cannot make a certificate");
	X509_EXTENSION_free(x);
}

static X509 *
new_cert(const char *name, EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_NAME_new();
	unsigned char serial[8];
	uint64_t n;

	crypto_random(serial, sizeof(serial));
	memcpy(&n, serial, sizeof(n));
	if (cert == NULL || subject == NULL ||
	    !X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0) ||
	    !X509_set_subject_name(cert, subject))
		fatalx("cannot make a certificate");
	X509_NAME_free(subject);
	(void)X509_set_version(cert, X509_VERSION_3);
	(void)ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), n >> 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 3650L * 86400);
	(void)X509_set_pubkey(cert, key);
	return cert;
}

static const struct err *
sign_cert(X509 *cert, X509 *issuer, EVP_PKEY *key, const char *path)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const struct err *e;

	(void)X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	if (bio == NULL || X509_sign(cert, key, EVP_sha256()) == 0 ||
	    !PEM_write_bio_X509(bio, cert))
		fatalx("cannot sign a certificate");
	e = write_bio(path, bio, 0644);
	BIO_free(bio);
	return e;
}

/* A CA and the certificate of localhost under it, both or none. */
static const struct err *
have_certs(struct fake *f)
{
	const char *ca_file = keys_path(f, "ca.pem");
	const char *file = keys_path(f, "server.pem");
	EVP_PKEY *ca_key = NULL, *key = NULL;
	X509 *ca = NULL, *cert = NULL;
	const struct err *e;

	if (access(ca_file, R_OK) == 0 && access(file, R_OK) == 0)
		return NULL;
	if ((e = have_key(keys_path(f, "ca.key"), &ca_key)) != NULL ||
	    (e = have_key(keys_path(f, "server.key"), &key)) != NULL)
		goto out;
	ca = new_cert("Fake provider CA", ca_key);
	add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
	add_extension(ca, ca, NID_subject_key_identifier, "hash");
	if ((e = sign_cert(ca, ca, ca_key, ca_file)) != NULL)
		goto out;
	cert = new_cert("localhost", key);
	add_extension(cert, ca, NID_basic_constraints, "critical,CA:FALSE");
	add_extension(cert, ca, NID_ext_key_usage, "serverAuth");
	add_extension(cert, ca, NID_authority_key_identifier, "keyid");
	add_extension(cert, ca, NID_subject_alt_name,
	    "DNS:localhost,IP:127.0.0.1" SERVICES);
	e = sign_cert(cert, ca, ca_key, file);
out:
	X509_free(cert);
	X509_free(ca);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	return e;
}

static struct json *
read_json(struct fake *f, const char *path)
{
	char text[16 * 1024];
	FILE *file = fopen(path, "re");
	struct json *j = NULL;
	size_t n;

	if (file == NULL)
		return NULL;
	n = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	if (json_parse(f->arena, text, n, 8, &j) != NULL)
		return NULL;
	return j;
}

/* The key in a service account file of an earlier start, or a new one. */
static void
have_account(struct fake *f, struct account *a)
{
	struct json *old = read_json(f, keys_path(f, a->file));
	const char *pem = json_text(json_get(old, "private_key"), "");
	const char *kid = json_text(json_get(old, "private_key_id"), "");
	unsigned char id[20];
	BIO *bio = BIO_new_mem_buf(pem, -1);

	a->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (a->key != NULL && strlen(kid) == 40) {
		memcpy(a->kid, kid, sizeof(a->kid));
	} else {
		EVP_PKEY_free(a->key);
		if ((a->key = EVP_RSA_gen(2048)) == NULL)
			fatalx("cannot make a key");
		crypto_random(id, sizeof(id));
		text_hex(id, sizeof(id), a->kid);
	}
	verify_set(f->verify, a->trust, a->key);
}

/* The secret has characters that a form must escape. */
static void
have_secret(struct fake *f)
{
	struct json *old = read_json(f, keys_path(f, "hms.json"));
	const char *was = json_text(json_get(old, "clientSecret"), "");
	unsigned char id[20];

	if (was[0] != '\0' && strlen(was) < sizeof(f->secret)) {
		memcpy(f->secret, was, strlen(was) + 1);
		return;
	}
	crypto_random(id, sizeof(id));
	memcpy(f->secret, "s+/%&= ", 7);
	text_hex(id, sizeof(id), f->secret + 7);
}

/* The keys of Web Push: the application's, another one, the browser's. */
static const struct err *
have_browser(struct fake *f)
{
	EVP_PKEY *key;
	const struct err *e;

	if ((e = have_key(keys_path(f, "vapid.p8"), &key)) != NULL)
		return e;
	verify_set(f->verify, TRUST_VAPID, key);
	if ((e = have_key(keys_path(f, "vapid-2.p8"), &key)) != NULL)
		return e;
	verify_set(f->verify, TRUST_VAPID_2, key);
	if ((e = have_key(keys_path(f, "browser.p8"), &key)) == NULL)
		browser_open(&f->browser, key);
	return e;
}

const struct err *
keys_open(struct fake *f)
{
	EVP_PKEY *key;
	const struct err *e;
	size_t i;

	if ((e = have_certs(f)) != NULL ||
	    (e = have_key(keys_path(f, "apns.p8"), &key)) != NULL)
		return e;
	verify_set(f->verify, TRUST_APNS, key);
	if ((e = have_key(keys_path(f, "apns-2.p8"), &key)) != NULL)
		return e;
	verify_set(f->verify, TRUST_APNS_2, key);
	if ((e = have_browser(f)) != NULL)
		return e;
	for (i = 0; i < nitems(accounts); i++)
		have_account(f, &accounts[i]);
	have_secret(f);
	return NULL;
}

static const struct err *
write_json(struct fake *f, const char *name, const struct json *j)
{
	const char *text = json_pretty(j);

	return keys_write(keys_path(f, name), text, strlen(text), 0600);
}

static const struct err *
publish_account(struct fake *f, struct account *a)
{
	struct json *j = json_new_object(f->arena);
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long len;

	if (bio == NULL || !PEM_write_bio_PKCS8PrivateKey(bio, a->key, NULL,
	    NULL, 0, NULL, NULL))
		fatalx("cannot encode a key");
	len = BIO_get_mem_data(bio, &pem);
	json_set_text(j, "type", "service_account");
	json_set_text(j, "project_id", FAKE_FCM_PROJECT);
	json_set_text(j, "private_key_id", a->kid);
	json_set_textn(j, "private_key", pem, (size_t)len);
	json_set_text(j, "client_email", FAKE_FCM_EMAIL);
	json_set_text(j, "client_id", "100000000000000000001");
	json_set_text(j, "auth_uri", "https://accounts.example/o/oauth2/auth");
	json_set_text(j, "token_uri", f->token_uri);
	BIO_free(bio);
	return write_json(f, a->file, j);
}

static void
set_base64url(struct json *j, const char *name, const void *data, size_t len)
{
	struct buf text = BUF(256);

	(void)crypto_base64url(data, len, &text);
	json_set_text(j, name, buf_str(&text));
	buf_done(&text);
}

static void
describe_browser(struct fake *f, struct json *p)
{
	const struct browser *b = &f->browser;

	json_set_text(p, "key_file", keys_path(f, "vapid.p8"));
	set_base64url(p, "p256dh", b->point, sizeof(b->point));
	set_base64url(p, "auth", b->auth, sizeof(b->auth));
}

static void
describe(struct fake *f, struct json *j)
{
	const char *url = arena_fmt(f->arena, "https://127.0.0.1:%d", f->port);
	struct json *p;

	json_set_int(j, "port", f->port);
	json_set_text(j, "url", url);
	json_set_text(j, "ca_file", keys_path(f, "ca.pem"));
	p = json_set_object(j, "apns");
	json_set_text(p, "url", url);
	json_set_text(p, "key_file", keys_path(f, "apns.p8"));
	json_set_text(p, "wrong_key_file", keys_path(f, "apns-2.p8"));
	json_set_text(p, "key_id", FAKE_KEY_ID);
	json_set_text(p, "team_id", FAKE_TEAM_ID);
	json_set_text(p, "bundle", FAKE_BUNDLE);
	p = json_set_object(j, "fcm");
	json_set_text(p, "url", url);
	json_set_text(p, "account_file", keys_path(f, "fcm.json"));
	json_set_text(p, "wrong_account_file", keys_path(f, "fcm-2.json"));
	json_set_text(p, "project_id", FAKE_FCM_PROJECT);
	json_set_text(p, "token_uri", f->token_uri);
	p = json_set_object(j, "hms");
	json_set_text(p, "url", url);
	json_set_text(p, "account_file", keys_path(f, "hms.json"));
	json_set_text(p, "project_id", FAKE_HMS_PROJECT);
	json_set_text(p, "client_id", FAKE_HMS_CLIENT);
	json_set_text(p, "client_secret", f->secret);
	json_set_text(p, "token_uri",
	    arena_fmt(f->arena, "%s/oauth2/v3/token", url));
	describe_browser(f, json_set_object(j, "webpush"));
}

const struct err *
keys_publish(struct fake *f)
{
	struct json *hms = json_new_object(f->arena);
	struct json *all = json_new_object(f->arena);
	const struct err *e;
	size_t i;

	(void)snprintf(f->token_uri, sizeof(f->token_uri),
	    "https://127.0.0.1:%d/token", f->port);
	for (i = 0; i < nitems(accounts); i++)
		if ((e = publish_account(f, &accounts[i])) != NULL)
			return e;
	json_set_text(hms, "projectId", FAKE_HMS_PROJECT);
	json_set_text(hms, "clientId", FAKE_HMS_CLIENT);
	json_set_text(hms, "clientSecret", f->secret);
	if ((e = write_json(f, "hms.json", hms)) != NULL)
		return e;
	describe(f, all);
	return write_json(f, "provider.json", all);
}
