/* SPDX-License-Identifier: MIT */
/* Base64 there and back again, and the decoder against a plain one. Input:
 * bytes, taken as text too. */
#include "lib/crypto.h"
#include "tests/fuzz/fuzz.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* RFC 4648 section 4, padding optional; the bits left over may be any, as
 * with OpenSSL. */
static bool
decode(const char *s, size_t len, struct buf *into)
{
	size_t body = len, pad = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	for (; body > 0 && pad < 2 && s[body - 1] == '='; pad++)
		body--;
	if (body % 4 == 1 || (pad > 0 && (body + pad) % 4 != 0))
		return false;
	for (size_t i = 0; i < body; i++) {
		const char *at = s[i] != '\0' ? strchr(alphabet, s[i]) : NULL;
		unsigned char byte;

		if (at == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(at - alphabet);
		if ((have += 6) < 8)
			continue;
		have -= 8;
		byte = (unsigned char)(bits >> have);
		MUST(buf_add(into, &byte, 1));
	}
	return true;
}

static void
there_and_back(const char *s, size_t len)
{
	struct buf text = BUF(1 << 20), back = BUF(1 << 20), url = BUF(1 << 20);

	MUST(crypto_base64(s, len, &text) && crypto_base64url(s, len, &url));
	MUST(text.len == (len + 2) / 3 * 4);
	MUST(crypto_unbase64(buf_str(&text), text.len, &back));
	MUST(back.len == len && memcmp(buf_str(&back), s, len) == 0);
	MUST(url.len == (len * 8 + 5) / 6);
	for (size_t i = 0; i < url.len; i++) {
		char c = url.data[i];

		if (c == '-' || c == '_')
			url.data[i] = c == '-' ? '+' : '/';
		else
			MUST(c != '+' && c != '/' && c != '=');
	}
	MUST(memcmp(buf_str(&url), buf_str(&text), url.len) == 0);
	buf_done(&text);
	buf_done(&back);
	buf_done(&url);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf mine = BUF(1 << 20), theirs = BUF(1 << 20);
	struct input in = {data, size};
	size_t len;
	char *s = input_rest(&in, &len);
	bool good = decode(s, len, &mine);

	MUST(crypto_unbase64(s, len, &theirs) == good);
	MUST(!good || (mine.len == theirs.len &&
	    memcmp(buf_str(&mine), buf_str(&theirs), mine.len) == 0));
	there_and_back(s, len);
	buf_done(&mine);
	buf_done(&theirs);
	input_done(&in);
	return 0;
}
