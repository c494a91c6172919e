/* SPDX-License-Identifier: MIT */
/* What callers register for a token. Input: the text. */
#include "push/token.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	char hex[TOKEN_SIZE], token[TOKEN_SIZE], again[TOKEN_SIZE];
	struct arena *a = arena_new();
	const char *plain, *apns, *s;
	size_t len;

	s = input_rest(&in, &len);
	token_spellings(a, s, &plain, &apns);
	/* A short endpoint has a longer token: its host and a digest. */
	MUST(strlen(plain) <= strlen(s) || strlen(plain) < WEBPUSH_TOKEN_SIZE);
	if (token_apns(s, hex) == NULL) {
		MUST(strspn(hex, "0123456789abcdef") == strlen(hex));
		MUST(strlen(hex) > 0 && strlen(hex) % 2 == 0);
		MUST(apns != NULL && strcmp(apns, hex) == 0);
		MUST(token_apns(hex, again) == NULL);
		MUST(strcmp(hex, again) == 0);
	} else {
		MUST(apns == NULL);
	}
	if (token_plain(s, token) == NULL) {
		for (const char *p = token; *p != '\0'; p++)
			MUST(*p > ' ' && *p <= '~');
		MUST(strcmp(plain, token) == 0);
		MUST(token_plain(token, again) == NULL);
		MUST(strcmp(token, again) == 0);
	}
	arena_free(a);
	input_done(&in);
	return 0;
}
