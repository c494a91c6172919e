/* SPDX-License-Identifier: MIT */
#include "lib/mem.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

static void *
sure(void *p, size_t size)
{
	if (p == NULL)
		fatalx("out of memory: %zu bytes", size);
	return p;
}

void *
xmalloc(size_t size)
{
	return sure(malloc(size > 0 ? size : 1), size);
}

void *
xcalloc(size_t n, size_t size)
{
	return sure(calloc(n > 0 ? n : 1, size > 0 ? size : 1), size);
}

void *
xrealloc(void *p, size_t size)
{
	return sure(realloc(p, size > 0 ? size : 1), size);
}

char *
xstrdup(const char *s)
{
	return sure(strdup(s), strlen(s) + 1);
}
