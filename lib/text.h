/* SPDX-License-Identifier: MIT */
/* Small, strict, pure functions over text. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns, with a NUL after them; data NULL: none. */
struct bytes {
	const char *data;
	size_t len;
};

/* The bytes of a text; none when s is NULL. */
struct bytes text_bytes(const char *s);

/* A whole decimal number within [min, max], and nothing else: no sign but '-',
 * no space. When false, *out is unchanged. */
bool text_i64(const char *s, int64_t min, int64_t max, int64_t *out);
bool text_u64(const char *s, uint64_t max, uint64_t *out);

/* Is this well-formed UTF-8 (RFC 3629), without NUL? */
bool text_is_utf8(const char *s, size_t len);

/* Length of valid UTF-8 in UTF-16 units, which the published API counts. */
size_t text_utf16_len(const char *s, size_t len);

/* Length of the longest prefix of valid UTF-8 that has at most max bytes and
 * ends with a whole character. */
size_t text_cut(const char *s, size_t max);

/* Lower-case hex of n bytes; out holds 2n + 1. */
void text_hex(const void *bytes, size_t n, char *out);

/* n bytes from exactly 2n hex digits; false when s is anything else. */
bool text_unhex(const char *s, void *out, size_t n);

/* The first six characters and "...": how a token may appear in a log or a
 * list. out holds 10. */
void text_mask(const char *token, char out[10]);

/* Copy a text from outside, cut to size, for a log or an answer. A word that
 * may be a token, a key or a password (24 or more of the characters of
 * base64url, %XX and ':', with both letters and digits) becomes its first six
 * characters and "...". */
void text_hide(const char *text, char *into, size_t size);

/* In place: replace each byte that is not printable ASCII by '?', and each "
 * by '. */
void text_printable(char *s);

/* text_hide, then text_printable: for a row, a log or an answer. */
void text_quote(const char *text, char *into, size_t size);

/* A member name from outside, for an error, an answer or a log: up to 64
 * letters, digits, "_" and "-"; any other name becomes "(odd)". */
const char *text_name(const char *name);

/* Does s match a class pattern like "[a-zA-Z0-9-]{8,1024}"? A pattern is one
 * character class with one repetition; text_class_ok checks that. */
bool text_class_match(const char *pattern, const char *s);
bool text_class_ok(const char *pattern);

/* Decode %XX (and '+' as space when form is set) in place; false on a bad
 * escape or a NUL. */
bool text_unescape(char *s, bool form);

/* One value of "30s", "5m", "24h", "7d", "200ms", as milliseconds. */
bool text_duration(const char *s, int64_t *ms);

/* "1024", "64k", "1m" as bytes. */
bool text_size(const char *s, int64_t *bytes);

/* Does s begin with prefix? */
bool text_starts(const char *s, const char *prefix);

#endif
