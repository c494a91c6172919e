/* SPDX-License-Identifier: MIT */
#include "push/webpush_check.h"

#include <string.h>
#include <strings.h>

#include "lib/host.h"
#include "lib/mem.h"
#include "lib/text.h"

#define MAILTO "mailto:"
#define HTTPS "https://"
#define TEXT_LONGEST 255 /* as the columns */
#define LABEL_MAX 64

/* --- the subject ------------------------------------------------------- */

/* Names of the second level that examples have, or nobody is behind (RFC 2606,
 * and what people print into their instructions). */
static const char *const placeholders[] = {"example", "your-domain",
    "yourdomain", "your-site", "yoursite", "your-company", "yourcompany",
    "mydomain", "domain"};

/* The label before the last one. */
static bool
is_placeholder(const char *name, size_t len)
{
	const char *end = memrchr(name, '.', len);
	const char *dot = memrchr(name, '.', (size_t)(end - name));
	const char *at = dot != NULL ? dot + 1 : name;

	if (end - at == 0 || end - at > LABEL_MAX)
		return false;
	if (len - (size_t)(end + 1 - name) == strlen("example") &&
	    strncmp(end + 1, "example", strlen("example")) == 0)
		return true;
	for (size_t i = 0; i < nitems(placeholders); i++)
		if (strlen(placeholders[i]) == (size_t)(end - at) &&
		    strncmp(placeholders[i], at, (size_t)(end - at)) == 0)
			return true;
	return false;
}

static const struct err *
check_host(const char *host, size_t len)
{
	char name[TEXT_LONGEST + 1];

	if (len > TEXT_LONGEST)
		len = TEXT_LONGEST;
	for (size_t i = 0; i < len; i++)
		name[i] = (char)(host[i] >= 'A' && host[i] <= 'Z'
			? host[i] + ('a' - 'A') : host[i]);
	name[len] = '\0';
	if (!host_is_name(name, len) || host_is_private(name, len))
		return err_new(ERR_INVALID, "subject must have the public name "
		    "of a host, such as yours: Apple refuses localhost and "
		    "the like");
	return !is_placeholder(name, len) ? NULL
	    : err_new(ERR_INVALID, "subject has a placeholder: a push service "
		  "writes there when it has trouble with your messages");
}

static const struct err *
check_mail(const char *address)
{
	const char *at = strchr(address, '@');

	if (at == NULL || at == address || strpbrk(at + 1, "@?") != NULL)
		return err_new(ERR_INVALID, "subject must have one mail "
		    "address behind mailto:");
	return check_host(at + 1, strlen(at + 1));
}

const struct err *
webpush_check_subject(const char *subject)
{
	if (subject == NULL || subject[0] == '\0')
		return err_new(ERR_INVALID, "subject is missing: mailto: and "
		    "your address, or an https URL of yours");
	if (strlen(subject) > TEXT_LONGEST)
		return err_new(ERR_INVALID, "subject must be at most %d "
		    "characters long", TEXT_LONGEST);
	for (const char *s = subject; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("<>\"\\", *s) != NULL)
			return err_new(ERR_INVALID, "subject must have no "
			    "blanks, angle brackets or quotes: Apple refuses "
			    "them");
	if (text_starts(subject, MAILTO))
		return check_mail(subject + strlen(MAILTO));
	if (text_starts(subject, HTTPS)) {
		const char *host = subject + strlen(HTTPS);

		return check_host(host, strcspn(host, "/?#:"));
	}
	return err_new(ERR_INVALID, "subject must begin with mailto: or "
	    "https://");
}

/* --- the default URL --------------------------------------------------- */

const struct err *
webpush_check_url(const char *url)
{
	static const char *const begins[] = {HTTPS, "http://127.0.0.1:",
	    "http://127.0.0.1/", "http://localhost:", "http://localhost/"};
	bool good = false;

	if (url == NULL || url[0] == '\0')
		return NULL;
	for (size_t i = 0; i < nitems(begins); i++)
		good |= text_starts(url, begins[i]) &&
		    url[strlen(begins[i])] != '\0';
	for (const char *s = url; *s != '\0'; s++)
		good = good && *s > ' ' && *s <= '~' &&
		    strchr("<>\"\\", *s) == NULL;
	return good && strlen(url) <= TEXT_LONGEST ? NULL
	    : err_new(ERR_INVALID, "defaultUrl must be an absolute https URL "
		  "of at most %d characters", TEXT_LONGEST);
}
