/* SPDX-License-Identifier: MIT */
#include "push/vet.h"

#include <string.h>
#include <strings.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/verdict.h"

#define HTTPS "https://"
#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define PROJECT "[a-zA-Z0-9._:-]{1,128}" /* becomes a part of a path */

static const struct err *
bad(const char *what, const char *why)
{
	return err_new(ERR_INVALID, "%s %s", what, why);
}

/* --- PEM -------------------------------------------------------------- */

/* What may stand behind BEGIN; why NULL: a private key. */
static const struct label {
	const char *name, *why;
} labels[] = {
    /* clang-format off */
    {"PRIVATE KEY-", NULL},
    {"EC PRIVATE KEY-", NULL},
    {"RSA PRIVATE KEY-", NULL},
    {"ENCRYPTED PRIVATE KEY-", "the private key has a password: it is wanted without"},
    {"PUBLIC KEY-", "the key is a public one: the private key is wanted"},
    {"RSA PUBLIC KEY-", "the key is a public one: the private key is wanted"},
    {"CERTIFICATE-", "this is a certificate: the private key is wanted"},
    {"CERTIFICATE REQUEST-", "this is a certificate request: the private key is wanted"},
    {"OPENSSH PRIVATE KEY-", "the private key is one of SSH: PEM (PKCS#8) is wanted"},
    /* clang-format on */
};

/* openssl writes this before an EC key of its older form. */
#define PARAMETERS "EC PARAMETERS-"

static const char *
label_trouble(const char *label)
{
	for (size_t i = 0; i < nitems(labels); i++)
		if (text_starts(label, labels[i].name))
			return labels[i].why;
	return "this is not a private key in PEM";
}

static bool
is_text(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((s[i] < ' ' && strchr("\t\r\n", s[i]) == NULL) ||
		    s[i] == '\0' || s[i] > '~')
			return false;
	return true;
}

static const struct err *
bad_key(const char *why)
{
	return bad("the private key", why);
}

/* One private key and nothing behind it; what is before, as "Bag
 * Attributes" of an export, is PEM's way of comments (RFC 7468). */
static const struct err *
check_pem(const char *pem, size_t len)
{
	const char *at, *end, *why;

	if (len == 0)
		return bad_key("is empty");
	if (!is_text(pem, len))
		return bad_key("is not text: the key in PEM is wanted, not in "
		    "binary form (DER)");
	if ((at = strstr(pem, BEGIN)) == NULL)
		return bad_key("is not PEM: the line that begins a private "
		    "key is missing");
	if (text_starts(at + strlen(BEGIN), PARAMETERS) &&
	    (at = strstr(at + 1, BEGIN)) == NULL)
		return bad_key("is missing behind its parameters");
	if ((why = label_trouble(at + strlen(BEGIN))) != NULL)
		return err_new(ERR_INVALID, "%s", why);
	if ((end = strstr(at, END)) == NULL ||
	    (end = strstr(end + strlen(END), DASHES)) == NULL)
		return bad_key("is cut off: its END line is missing");
	end += strlen(DASHES);
	if (strstr(end, BEGIN) != NULL)
		return bad_key("is not the only one in the file");
	if (end[strspn(end, " \t\r\n")] != '\0')
		return bad_key("has something behind its END line");
	return NULL;
}

/* --- words ------------------------------------------------------------ */

/* Printable, and no blanks around it, which a form or an editor adds. */
static const struct err *
check_word(const char *what, const char *word)
{
	if (word == NULL || word[0] == '\0')
		return bad(what, "is missing");
	if (!exchange_safe(word))
		return bad(what, "has blanks around it, or characters other "
		    "than printable ASCII");
	return NULL;
}

static const struct err *
check_project(const char *project)
{
	if (project == NULL || project[0] == '\0')
		return bad("the project id", "is missing");
	if (!text_class_match(PROJECT, project))
		return bad("the project id", "is none: it has other "
		    "characters than letters, digits and \". _ : -\"");
	return NULL;
}

/* --- the three -------------------------------------------------------- */

const struct err *
vet_apns_key(const char *pem, size_t len)
{
	struct crypto_key *key;
	const struct err *e;

	if ((e = check_pem(pem, len)) != NULL ||
	    (e = crypto_key_read(CRYPTO_ES256, pem, len, &key)) != NULL)
		return e;
	crypto_key_free(key);
	return NULL;
}

const struct err *
vet_apns_names(const char *team_id, const char *key_id, const char *bundle)
{
	const struct err *e;

	if ((e = check_word("the team id", team_id)) != NULL ||
	    (e = check_word("the key id", key_id)) != NULL ||
	    (e = check_word("the bundle", bundle)) != NULL)
		return e;
	return NULL;
}

static const struct err *
check_account_key(struct arena *a, const char *json, size_t len)
{
	struct json *root, *key;
	const struct err *e = json_parse(a, json, len, VERDICT_DEPTH, &root);
	const char *pem;

	if (e != NULL)
		return err_at(e, "service account");
	key = json_get(root, "private_key");
	if ((pem = json_text(key, NULL)) == NULL)
		return NULL; /* told by who reads all of it */
	e = check_pem(pem, strlen(pem));
	json_wipe(key);
	return err_at(e, "service account");
}

const struct err *
vet_fcm_key(struct arena *a, const char *send_url, const char *json,
    size_t len, struct service_account *account)
{
	const struct err *e;

	if ((e = check_account_key(a, json, len)) != NULL ||
	    (e = service_account_read(a, json, len, account)) != NULL ||
	    (e = vet_token_uri(account->token_uri, send_url)) != NULL)
		return e;
	return NULL;
}

const struct err *
vet_fcm_project(const struct service_account *account, const char *project_id)
{
	const struct err *e = check_project(project_id);

	if (e == NULL && strcmp(project_id, account->project_id) != 0)
		e = err_new(ERR_INVALID, "the service account is of project "
		    "\"%s\", not of \"%s\"", account->project_id, project_id);
	return e;
}

const struct err *
vet_hms(const char *project_id, const char *client_id,
    const char *client_secret)
{
	const struct err *e;

	if ((e = check_project(project_id)) != NULL ||
	    (e = check_word("the client id", client_id)) != NULL ||
	    (e = check_word("the client secret", client_secret)) != NULL)
		return e;
	return NULL;
}

/* --- where tokens come from ------------------------------------------- */

/* Host and port of an https URL. */
static size_t
authority(const char *url, const char **at)
{
	if (url == NULL || !text_starts(url, HTTPS))
		return 0;
	*at = url + strlen(HTTPS);
	return strcspn(*at, "/?#");
}

static bool
is_google(const char *host, size_t len)
{
	static const char *const hosts[] = {"accounts.google.com",
	    "googleapis.com", ".googleapis.com"};
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";

	if (strspn(host, set) < len)
		return false;
	for (size_t i = 0; i < nitems(hosts); i++) {
		size_t n = strlen(hosts[i]);

		if (hosts[i][0] == '.' ? len > n : len == n)
			if (memcmp(host + len - n, hosts[i], n) == 0)
				return true;
	}
	return false;
}

const struct err *
vet_token_uri(const char *token_uri, const char *send_url)
{
	const char *host = "", *ours = "";
	size_t len = authority(token_uri, &host);
	size_t n = authority(send_url, &ours);
	char quoted[80];

	if (len > 0 && (is_google(host, len) ||
	    (len == n && strncasecmp(host, ours, n) == 0)))
		return NULL;
	verdict_quote(quoted, sizeof quoted, token_uri);
	return err_new(ERR_INVALID, "the service account's \"token_uri\" "
	    "(%s) is neither of Google nor of the host of [fcm] send_url",
	    quoted);
}
