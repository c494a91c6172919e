/* SPDX-License-Identifier: MIT */
/* Small, strict, pure functions over text. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Somebody else's bytes, with a NUL behind them; data NULL: none. */
struct bytes {
	const char *data;
	size_t len;
};

/* The bytes of a text; none of NULL. */
struct bytes text_bytes(const char *s);

/* A whole decimal number within [min, max]: no sign but '-', no space, no
 * rest. False leaves *out alone. */
bool text_i64(const char *s, int64_t min, int64_t max, int64_t *out);
bool text_u64(const char *s, uint64_t max, uint64_t *out);

/* Is this well-formed UTF-8 (RFC 3629), without NUL? */
bool text_is_utf8(const char *s, size_t len);

/* Length in UTF-16 units, as the published API counts, of valid UTF-8. */
size_t text_utf16_len(const char *s, size_t len);

/* Length of the longest beginning of valid UTF-8 that has at most max bytes
 * and ends with a whole character. */
size_t text_cut(const char *s, size_t max);

/* Lower-case hex of n bytes; out holds 2n + 1. */
void text_hex(const void *bytes, size_t n, char *out);

/* Bytes of exactly 2n hex digits; false when s is anything else. */
bool text_unhex(const char *s, void *out, size_t n);

/* The first six characters and "...": how a token may appear in a log or a
 * list. out holds 10. */
void text_mask(const char *token, char out[10]);

/* Copy a text that came from outside, cut to size, for a log or an answer: a
 * word that may be a token, a key or a password (24 or more of the characters
 * of base64url, %XX and ':', with letters and digits among them) becomes its
 * first six characters and "...". */
void text_hide(const char *text, char *into, size_t size);

/* '?' for each byte that is not printable ASCII, ' for ". In place. */
void text_printable(char *s);

/* text_hide, then text_printable: for a row, a log or an answer. */
void text_quote(const char *text, char *into, size_t size);

/* The name of a member that others chose, for a sentence, an answer or a log:
 * letters, digits, "_" and "-", at most 64; any other is "(odd)". */
const char *text_name(const char *name);

/* Does s match a class pattern like "[a-zA-Z0-9-]{8,1024}"? Only one
 * character class with one repetition is understood; text_class_ok tells
 * whether a pattern is of that kind. */
bool text_class_match(const char *pattern, const char *s);
bool text_class_ok(const char *pattern);

/* Decode %XX (and '+' as space when form is set) in place; false on a bad
 * escape or a NUL. */
bool text_unescape(char *s, bool form);

/* One value of "30s", "5m", "24h", "7d", "200ms", as milliseconds. */
bool text_duration(const char *s, int64_t *ms);

/* "1024", "64k", "1m" as bytes. */
bool text_size(const char *s, int64_t *bytes);

bool text_starts(const char *s, const char *prefix);

#endif
