/* SPDX-License-Identifier: MIT */
/* How an application fares: what the providers last said to each credential,
 * holds, devices in quarantine, and what waits. */
#ifndef CLI_APP_HEALTH_H
#define CLI_APP_HEALTH_H

#include "cli/cli.h"
#include "db/application.h"

struct app_health;

/* Read it; in the arena. */
const struct err *app_health_read(struct cli *c, const struct application *app,
    struct app_health **out);

void app_health_print(struct cli *c, const struct app_health *h);

/* Add "health", "holds", "quarantined" and "queue". */
void app_health_json(const struct app_health *h, struct json *into);

#endif
