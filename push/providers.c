/* SPDX-License-Identifier: MIT */
/* The list of providers and nothing else: a program of the tests that is
 * linked with a list of its own (tests/null/provider.c) leaves this one out. */
#include "push/provider.h"

const struct provider *const providers[PLATFORM__COUNT] = {
#define ENTRY(number, id, name, old) [PLATFORM_##id] = &provider_##name,
    PLATFORMS(ENTRY)
};
