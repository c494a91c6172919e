/* SPDX-License-Identifier: MIT */
/* Only the list of providers: a test program with a list of its own
 * (tests/null/provider.c) is linked without this file. */
#include "push/provider.h"

const struct provider *const providers[PLATFORM__COUNT] = {
#define ENTRY(number, id, name, old) [PLATFORM_##id] = &provider_##name,
    PLATFORMS(ENTRY)
};
