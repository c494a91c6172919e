/* SPDX-License-Identifier: MIT */
#include "lib/id.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"

#define COUNT_MASK ((1u << ID_COUNT_BITS) - 1)

uint64_t
id_range(uint32_t n)
{
	static _Thread_local uint64_t second;
	static _Thread_local uint32_t next;
	uint64_t now = (uint64_t)(clock_now_ms() / 1000);
	uint32_t first;

	/* never go back: a clock that is set back must not repeat numbers */
	if (now > second || next > COUNT_MASK - n) {
		second = now > second ? now : second + 1;
		crypto_random(&next, sizeof next);
		next &= COUNT_MASK >> 1; /* leave room to count up */
	}
	first = next;
	next += n;
	return second << ID_COUNT_BITS | first;
}

uint64_t
id_new(void)
{
	return id_range(1);
}

int64_t
id_second(uint64_t id)
{
	return (int64_t)(id >> ID_COUNT_BITS);
}

uint64_t
id_of_second(int64_t second)
{
	return (uint64_t)second << ID_COUNT_BITS;
}

static void
uuid_text(unsigned char b[16], char out[ID_UUID])
{
	static const char digits[] = "0123456789abcdef";

	b[6] = (b[6] & 0x0f) | 0x40; /* version 4 */
	b[8] = (b[8] & 0x3f) | 0x80; /* variant of RFC 4122 */
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}

void
id_uuid(char out[ID_UUID])
{
	unsigned char b[16];

	crypto_random(b, sizeof b);
	uuid_text(b, out);
}

void
id_uuid_of(uint64_t id, char out[ID_UUID])
{
	/* The 63 bits are spread over the bytes that version and variant leave
	 * free; the rest is a fixed pattern. */
	unsigned char b[16] = "\0\0\0\0\0\0\0\0\0utpost\0";

	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(id >> (56 - 8 * i));
	b[7] = (unsigned char)(id >> 8);
	b[9] = (unsigned char)id;
	uuid_text(b, out);
}
