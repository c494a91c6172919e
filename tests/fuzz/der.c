/* SPDX-License-Identifier: MIT */
/* Signatures: ECDSA's DER form and the 64 bytes of it. Input: 64 bytes to
 * be written as DER; all of it is read as DER as well. */
#include "lib/crypto.h"
#include "tests/fuzz/fuzz.h"

/* An INTEGER of 32 bytes: no leading zeros, but one where it would look
 * negative. */
static size_t
integer(const unsigned char *half, unsigned char *out)
{
	size_t skip = 0, n;
	bool zero;

	while (skip < 31 && half[skip] == 0)
		skip++;
	n = 32 - skip;
	zero = half[skip] >= 0x80;
	out[0] = 2;
	out[1] = (unsigned char)(n + zero);
	out[2] = 0;
	memcpy(out + 2 + zero, half + skip, n);
	return 2 + zero + n;
}

static size_t
der_of(const unsigned char raw[64], unsigned char der[72])
{
	size_t n = integer(raw, der + 2);

	n += integer(raw + 32, der + 2 + n);
	der[0] = 0x30;
	der[1] = (unsigned char)n;
	return n + 2;
}

static void
check(const unsigned char raw[64])
{
	unsigned char der[72], back[64];
	size_t n = der_of(raw, der);

	MUST(crypto_der_to_raw(der, n, back));
	MUST(memcmp(raw, back, 64) == 0);
	MUST(!crypto_der_to_raw(der, n - 1, back));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	unsigned char raw[64] = {0};
	size_t len;
	unsigned char *s = (unsigned char *)input_rest(&in, &len);

	memcpy(raw, s, len < 64 ? len : 64);
	check(raw);
	if (crypto_der_to_raw(s, len, raw))
		check(raw);
	input_done(&in);
	return 0;
}
