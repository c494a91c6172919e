/* SPDX-License-Identifier: MIT */
#include "db/sealed.h"

#include <stdio.h>

void
sealed_label_app(const char *column, int64_t id, char label[SEALED_LABEL_MAX])
{
	(void)snprintf(label, SEALED_LABEL_MAX, "push_app_credentials.%s:%lld",
	    column, (long long)id);
}

void
sealed_label_access_token(const char *name, char label[SEALED_LABEL_MAX])
{
	(void)snprintf(label, SEALED_LABEL_MAX, "push_grant.token:%.64s", name);
}
