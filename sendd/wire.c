/* SPDX-License-Identifier: MIT */
#include "sendd/wire.h"

#include "sendd/wire_part.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 30000

int64_t
wire_pause_ms(unsigned failures, uint32_t random)
{
	int64_t pause = PAUSE_MAX_MS;

	if (failures == 0)
		return 0;
	if (failures < 10) /* 100 << 9 is beyond the maximum */
		pause = PAUSE_FIRST_MS << (failures - 1);
	if (pause > PAUSE_MAX_MS)
		pause = PAUSE_MAX_MS;
	return pause / 2 + random % (pause / 2 + 1);
}
