/* SPDX-License-Identifier: MIT */
#include "push/key.h"

#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define TEXT_MAX (128 * 1024) /* the API and the command have lower limits */
#define LINE 64		      /* characters of base64 in a line of PEM */
#define DER_SEQUENCE 0x30     /* the first byte of any key in binary form */

static const struct err *
bad_key(const char *why)
{
	return err_new(ERR_INVALID, "the private key %s", why);
}

/* --- the file --------------------------------------------------------- */

enum encoding { PLAIN, UTF16_BE, UTF16_LE };

/* Detected by the byte order mark, or by the position of the zero byte of an
 * ASCII character. */
static enum encoding
encoding_of(const char *bytes, size_t len)
{
	if (len < 2)
		return PLAIN;
	if (memcmp(bytes, "\xfe\xff", 2) == 0 ||
	    (bytes[0] == '\0' && bytes[1] != '\0'))
		return UTF16_BE;
	if (memcmp(bytes, "\xff\xfe", 2) == 0 ||
	    (bytes[0] != '\0' && bytes[1] == '\0'))
		return UTF16_LE;
	return PLAIN;
}

static bool
add_ascii(const char *bytes, size_t len, enum encoding order, struct buf *into)
{
	size_t low = order == UTF16_BE ? 1 : 0;
	size_t i = bytes[0] == '\0' || bytes[1] == '\0' ? 0 : 2; /* the mark */
	bool good = len % 2 == 0;

	for (; good && i < len; i += 2)
		good = bytes[i + 1 - low] == '\0' &&
		    (unsigned char)bytes[i + low] < 0x80 &&
		    buf_add(into, bytes + i + low, 1);
	return good;
}

const struct err *
key_text(const char *bytes, size_t len, struct buf *into)
{
	static const char mark[] = "\xef\xbb\xbf";
	enum encoding encoding = encoding_of(bytes, len);

	(void)buf_reserve(into, len);
	if (encoding != PLAIN)
		return add_ascii(bytes, len, encoding, into) ? NULL
		    : err_new(ERR_INVALID, "the file is in UTF-16 and holds "
			  "more than ASCII: it is wanted in UTF-8");
	if (len >= 3 && memcmp(bytes, mark, 3) == 0) {
		bytes += 3;
		len -= 3;
	}
	return buf_add(into, bytes, len) ? NULL
	    : err_new(ERR_INVALID, "the file is larger than %d bytes",
		  TEXT_MAX);
}

/* --- PEM -------------------------------------------------------------- */

/* What may follow BEGIN; why is NULL for a private key, and otherwise the
 * error. */
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

/* openssl writes this before an EC key of the older form. */
#define PARAMETERS "EC PARAMETERS-"

static const char *
label_trouble(const char *label)
{
	for (size_t i = 0; i < nitems(labels); i++)
		if (text_starts(label, labels[i].name))
			return labels[i].why;
	return "this is not a private key in PEM";
}

static const struct err *
check_text(const char *s, size_t len)
{
	if (len == 0)
		return bad_key("is empty");
	for (size_t i = 0; i < len; i++) {
		if (s[i] >= ' ' && s[i] <= '~')
			continue;
		if (s[i] != '\0' && strchr("\t\r\n", s[i]) != NULL)
			continue;
		if (s[0] == DER_SEQUENCE)
			return bad_key("is not text: the key in PEM is wanted, "
			    "not in binary form (DER)");
		return err_new(ERR_INVALID, "the private key is not text: "
		    "byte %zu is none that PEM has", i);
	}
	return NULL;
}

/* Length of blanks, or of a line end that is written as "\n", possibly escaped
 * once more. 0: neither. */
static size_t
blank_len(const char *s)
{
	size_t slashes = strspn(s, "\\");

	if (slashes == 0)
		return strspn(s, " \t\r\n");
	return s[slashes] == 'n' || s[slashes] == 'r' ? slashes + 1 : 0;
}

/* The parts of a key in PEM, as positions in the text: its label, the base64
 * with blanks, its END line, and the text after that line. */
struct pem {
	const char *label, *content, *end, *rest;
};

/* Find one private key with nothing after it. Text before it, as the "Bag
 * Attributes" of an export, is a comment in PEM (RFC 7468). */
static const struct err *
find_key(const char *text, struct pem *p)
{
	const char *at = strstr(text, BEGIN), *why;
	size_t n;

	if (at == NULL)
		return bad_key("is not PEM: the line that begins a private key "
		    "is missing");
	if (text_starts(at + strlen(BEGIN), PARAMETERS) &&
	    (at = strstr(at + 1, BEGIN)) == NULL)
		return bad_key("is missing after its parameters");
	p->label = at + strlen(BEGIN);
	if ((why = label_trouble(p->label)) != NULL)
		return err_new(ERR_INVALID, "%s", why);
	if ((p->content = strstr(p->label, DASHES)) == NULL ||
	    (p->end = strstr(p->content, END)) == NULL ||
	    (p->rest = strstr(p->end + strlen(END), DASHES)) == NULL)
		return bad_key("is cut off: its END line is missing");
	p->content += strlen(DASHES);
	p->rest += strlen(DASHES);
	if (strstr(p->rest, BEGIN) != NULL)
		return bad_key("is not the only one in the file");
	for (at = p->rest; (n = blank_len(at)) > 0; at += n)
		;
	return *at == '\0' ? NULL
			   : bad_key("has something behind its END line");
}

/* Write the key as normal PEM: between its two lines only the base64, in lines
 * of LINE characters. */
static const struct err *
write_key(const struct pem *p, struct buf *into)
{
	size_t in_line = 0, n, len = strlen(p->label);

	(void)buf_reserve(into, strlen(BEGIN) + len + len / LINE + 4);
	(void)buf_fmt(into, "%s%.*s\n", BEGIN, (int)(p->content - p->label),
	    p->label);
	for (const char *s = p->content; s < p->end; s += n) {
		if ((n = blank_len(s)) > 0)
			continue;
		/* a header of the older form: the key has a password */
		if (*s == ':')
			return bad_key("has a password: it is wanted without");
		n = 1;
		(void)buf_fmt(into, "%s%c", in_line == LINE ? "\n" : "", *s);
		in_line = in_line == LINE ? 1 : in_line + 1;
	}
	return buf_fmt(into, "\n%.*s\n", (int)(p->rest - p->end), p->end)
		? NULL : bad_key("is too long");
}

const struct err *
key_read(enum crypto_alg alg, const char *bytes, size_t len,
    struct crypto_key **key)
{
	struct buf text = BUF(TEXT_MAX), pem = BUF(TEXT_MAX);
	const struct err *e;
	struct pem p = {"", "", "", ""};

	if ((e = key_text(bytes, len, &text)) == NULL &&
	    (e = check_text(buf_str(&text), text.len)) == NULL &&
	    (e = find_key(buf_str(&text), &p)) == NULL &&
	    (e = write_key(&p, &pem)) == NULL)
		e = crypto_key_read(alg, buf_str(&pem), pem.len, key);
	buf_wipe(&pem);
	buf_wipe(&text);
	return e;
}
