/* SPDX-License-Identifier: MIT */
#include "core/live.h"

#include <string.h>
#include <time.h>

#include "lib/clock.h"

#include "db/live_check.h"

#define LIVE_DEPTH 4  /* of the JSON of the answer, at most */
#define LIVE_MS 12000 /* wait up to this long for it */

const struct err *
live_ask(struct db *db, struct arena *a, int64_t app, const atomic_bool *stop,
    struct json **answer)
{
	const struct timespec pause = {0, 100000000};
	int64_t until = clock_mono_ms() + LIVE_MS;
	const char *text = NULL;
	const struct err *e = live_check_ask(db, app);

	*answer = NULL;
	while (e == NULL && text == NULL && clock_mono_ms() < until &&
	    (stop == NULL || !atomic_load(stop))) {
		(void)nanosleep(&pause, NULL);
		e = live_check_answer(db, a, app, &text);
	}
	if (e != NULL || text == NULL)
		return e;
	return json_parse(a, text, strlen(text), LIVE_DEPTH, answer);
}
