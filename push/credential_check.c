/* SPDX-License-Identifier: MIT */
#include "push/credential_check.h"

#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "push/key.h"
#include "push/verdict.h"

#define HTTPS "https://"
#define PROJECT "[a-zA-Z0-9._:-]{1,128}" /* used in a path */

static const struct err *
bad_credential(const char *what, const char *why)
{
	return err_new(ERR_INVALID, "%s %s", what, why);
}

/* --- single fields ---------------------------------------------------- */

/* Printable ASCII without blanks at the ends, which a form or an editor may
 * add. */
static const struct err *
check_word(const char *what, const char *word)
{
	if (word == NULL || word[0] == '\0')
		return bad_credential(what, "is missing");
	if (!exchange_safe(word))
		return bad_credential(what,
		    "has blanks around it, or characters other "
		    "than printable ASCII");
	return NULL;
}

static const struct err *
check_project(const char *project)
{
	if (project == NULL || project[0] == '\0')
		return bad_credential("the project id", "is missing");
	if (!text_class_match(PROJECT, project))
		return bad_credential("the project id", "is none: it has other "
		    "characters than letters, digits and \". _ : -\"");
	if (project[strspn(project, "._:-")] == '\0') /* ".." is the parent */
		return bad_credential("the project id",
		    "is none: it has neither letters "
		    "nor digits");
	return NULL;
}

/* --- APNs, FCM, HMS --------------------------------------------------- */

const struct err *
credential_check_apns_key(const char *pem, size_t len)
{
	struct crypto_key *key = NULL;
	const struct err *e = key_read(CRYPTO_ES256, pem, len, &key);

	crypto_key_free(key);
	return e;
}

const struct err *
credential_check_apns_names(
    const char *team_id, const char *key_id, const char *bundle)
{
	const struct err *e;

	if ((e = check_word("the team id", team_id)) != NULL ||
	    (e = check_word("the key id", key_id)) != NULL ||
	    (e = check_word("the bundle", bundle)) != NULL)
		return e;
	return NULL;
}

const struct err *
credential_check_fcm_key(struct arena *a, const char *send_url,
    const char *json, size_t len, struct service_account *account)
{
	const struct err *e;

	if ((e = service_account_read(a, json, len, account)) != NULL ||
	    (e = credential_check_token_uri(account->token_uri, send_url)) !=
		NULL)
		return e;
	return NULL;
}

/* Is it a project number? A project id begins with a letter. */
static bool
is_number(const char *project_id)
{
	return project_id[strspn(project_id, "0123456789")] == '\0';
}

const struct err *
credential_check_fcm_project(struct arena *a,
    const struct service_account *account, const char *project_id,
    const char **doubt)
{
	const struct err *e = check_project(project_id);
	char own[80];

	*doubt = NULL;
	if (e != NULL || strcmp(project_id, account->project_id) == 0)
		return e;
	text_quote(account->project_id, own, sizeof own);
	*doubt = is_number(project_id)
		? arena_fmt(a, "the service account is of project \"%s\"; "
		      "whether that is number %s cannot be seen here", own,
		      project_id)
		: arena_fmt(a, "the service account is of project \"%s\", not "
		      "of \"%s\", which must have given it the right to send",
		      own, project_id);
	return NULL;
}

const struct err *
credential_check_hms(const char *project_id, const char *client_id,
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

/* Host and port of an https URL; returns their length, or 0. */
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
credential_check_token_uri(const char *token_uri, const char *send_url)
{
	const char *host = "", *ours = "";
	size_t len = authority(token_uri, &host);
	size_t n = authority(send_url, &ours);
	char quoted[80];

	if (len > 0 && (is_google(host, len) ||
	    (len == n && strncasecmp(host, ours, n) == 0)))
		return NULL;
	text_quote(token_uri, quoted, sizeof quoted);
	return err_new(ERR_INVALID, "the service account's \"token_uri\" "
	    "(%s) is neither at Google nor at the host of [fcm] send_url",
	    quoted);
}
