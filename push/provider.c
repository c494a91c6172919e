/* SPDX-License-Identifier: MIT */
/* The services we know. A new one is its file, and its line here. */
#include "push/provider.h"

#include <strings.h>

const struct provider *const providers[PLATFORM__COUNT] = {
    [PLATFORM_APNS] = &provider_apns,
    [PLATFORM_FCM] = &provider_fcm,
    [PLATFORM_HMS] = &provider_hms,
};

const struct provider *
provider_by_name(const char *name)
{
	for (int i = 0; i < PLATFORM__COUNT; i++)
		if (strcasecmp(name, providers[i]->name) == 0 ||
		    strcasecmp(name, providers[i]->old_name) == 0)
			return providers[i];
	return NULL;
}

void
template_done(struct template *t)
{
	buf_done(&t->head);
	buf_done(&t->middle);
	buf_done(&t->tail);
}
