/* SPDX-License-Identifier: MIT */
/* Sealed boxes: what was sealed opens, what was touched does not. Input:
 * the place, where and how to touch it, another place, the content. */
#include "lib/keyring.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/key_file.h"

#define PLACE_MAX 96 /* places are ours, and short */

static bool
opens(const char *where, const char *box, size_t len, struct buf *into)
{
	char *copy = xmalloc(len + 1);
	bool good;

	memcpy(copy, box, len);
	good = keyring_unseal(fuzz_keyring(), where, copy, len, into) == NULL;
	MUST(keyring_look(fuzz_keyring(), where, copy, len).opens == good);
	free(copy);
	return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf box = BUF(1 << 20), out = BUF(1 << 20);
	struct input in = {data, size};
	const char *where = input_text(&in, input_byte(&in) % PLACE_MAX);
	unsigned at = input_byte(&in) << 8 | input_byte(&in);
	unsigned flip = input_byte(&in);
	const char *other = input_text(&in, input_byte(&in) % PLACE_MAX), *s;
	size_t len;

	s = input_rest(&in, &len);
	MUST(!opens(where, s, len, &out)); /* nobody guesses a tag */
	MUST(keyring_seal(fuzz_keyring(), where, s, len, &box));
	MUST(keyring_is_sealed(box.data, box.len));
	buf_reset(&out);
	MUST(opens(where, box.data, box.len, &out));
	MUST(out.len == len && memcmp(buf_str(&out), s, len) == 0);
	if (strcmp(where, other) != 0)
		MUST(!opens(other, box.data, box.len, &out));
	MUST(!opens(where, box.data, at % box.len, &out));
	if (flip != 0) {
		box.data[at % box.len] = (char)(box.data[at % box.len] ^ flip);
		MUST(!opens(where, box.data, box.len, &out));
	}
	buf_done(&box);
	buf_done(&out);
	input_done(&in);
	return 0;
}
