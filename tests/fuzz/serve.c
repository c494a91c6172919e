/* SPDX-License-Identifier: MIT */
/* Calls without a database: as far as that is not wanted. Input: the lines
 * of call.h. */
#include "tests/fuzz/call.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	call(&in, input_line(&in), false);
	input_done(&in);
	return 0;
}
