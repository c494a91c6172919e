/* SPDX-License-Identifier: MIT */
#include "push/token.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define AROUND " \t\r\n" /* blanks and line ends */

/* --- refusals ---------------------------------------------------------- */

static bool
is_empty(const char *token)
{
	return *token == '\0';
}

static bool
has_control(const char *token)
{
	for (; *token != '\0'; token++)
		if (iscntrl((unsigned char)*token))
			return true;
	return false;
}

/* What programming languages print for a missing value. */
static bool
is_nothing(const char *token)
{
	static const char *const words[] = {
	    "null", "undefined", "nil", "none", "(null)", NULL};

	for (size_t i = 0; words[i] != NULL; i++)
		if (strcasecmp(token, words[i]) == 0)
			return true;
	return false;
}

/* "{length = 32, bytes = 0x01234567 89abcdef ... 01234567 89abcdef }" */
static bool
is_description(const char *token)
{
	return strncmp(token, "{length", 7) == 0;
}

static bool
is_of_fcm(const char *token)
{
	return strchr(token, ':') != NULL;
}

/* In JSON, or its endpoint. */
static bool
is_subscription(const char *token)
{
	return strncmp(token, "{\"", 2) == 0 ||
	    strncmp(token, "https://", 8) == 0;
}

static bool
is_no_hex(const char *token)
{
	return token[strspn(token, "0123456789abcdef")] != '\0';
}

static bool
is_odd(const char *token)
{
	return strlen(token) % 2 != 0;
}

static bool
has_blank(const char *token)
{
	return strchr(token, ' ') != NULL;
}

static bool
is_no_ascii(const char *token)
{
	for (; *token != '\0'; token++)
		if (!isascii((unsigned char)*token))
			return true;
	return false;
}

/* The first one that holds is reported. */
struct token_refusal {
	bool (*holds)(const char *token);
	const char *why;
};

/* clang-format off */
#define OF_ANY \
	{is_empty,	"Push token must not be null or empty."}, \
	{has_control,	"token must not contain control characters"}, \
	{is_nothing,	"token is a word for nothing, such as null or undefined"}

static const struct token_refusal of_apns[] = {
	OF_ANY,
	{is_description, "token is a description with bytes left out: send all of them in hex"},
	{is_subscription, "token is a subscription of a browser: its platform is webpush"},
	{is_of_fcm,	"token is one of FCM: platform apns takes the device token of APNs"},
	{is_no_hex,	"token must consist of hex digits"},
	{is_odd,	"token must have an even number of hex digits"},
	{NULL}
};

static const struct token_refusal of_plain[] = {
	OF_ANY,
	{is_subscription, "token is a subscription of a browser: its platform is webpush"},
	{has_blank,	"token must not contain blanks"},
	{is_no_ascii,	"token must consist of ASCII characters"},
	{NULL}
};
/* clang-format on */

static const struct err *
refuse(const struct token_refusal *r, const char *token)
{
	for (; r->holds != NULL; r++)
		if (r->holds(token))
			return err_new(ERR_INVALID, "%s", r->why);
	return NULL;
}

/* --- spelling ---------------------------------------------------------- */

static const char *
trim(const char *s, size_t *len)
{
	s += strspn(s, AROUND);
	*len = strlen(s);
	while (*len > 0 && strchr(AROUND, s[*len - 1]) != NULL)
		(*len)--;
	return s;
}

/* Append a character in lower case; false when there is no room. */
static bool
put(char *out, size_t *n, char c)
{
	if (*n == TOKEN_LONGEST)
		return false;
	out[(*n)++] = (char)tolower((unsigned char)c);
	out[*n] = '\0';
	return true;
}

static const struct err *
too_long(void)
{
	return err_new(ERR_INVALID, "token must be at most %d characters long",
	    TOKEN_LONGEST);
}

const struct err *
token_apns(const char *given, char *out)
{
	char hex[TOKEN_SIZE] = "";
	const struct err *e;
	size_t len, n = 0;
	const char *s = trim(given, &len), *end = s + len;

	if (s < end && *s == '<')
		s++;
	if (s < end && end[-1] == '>')
		end--;
	for (; s < end; s++)
		if (*s != ' ' && !put(hex, &n, *s))
			return too_long();
	if ((e = refuse(of_apns, hex)) == NULL)
		memcpy(out, hex, n + 1);
	return e;
}

const struct err *
token_plain(const char *given, char *out)
{
	char token[TOKEN_SIZE] = "";
	const struct err *e;
	size_t len;
	const char *s = trim(given, &len);

	if (len > TOKEN_LONGEST)
		return too_long();
	memcpy(token, s, len);
	if ((e = refuse(of_plain, token)) == NULL)
		memcpy(out, token, len + 1);
	return e;
}

void
token_spellings(struct arena *a, const char *given, const char **plain,
    const char **apns)
{
	char hex[TOKEN_SIZE], browser[WEBPUSH_TOKEN_SIZE];
	size_t len;
	const char *s = trim(given, &len);

	*plain = webpush_token_of(given, browser)
		? arena_text(a, browser, strlen(browser))
		: arena_text(a, s, len);
	*apns = token_apns(given, hex) == NULL
		? arena_text(a, hex, strlen(hex)) : NULL;
}
