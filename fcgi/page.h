/* SPDX-License-Identifier: MIT */
/*
 * Part of a list: ?page= (from 0) and ?size=. A list of the published page that
 * has no natural limit takes both too; without them it is whole, as published.
 */
#ifndef FCGI_PAGE_H
#define FCGI_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "db/walk.h"

#include "fcgi/field.h"
#include "fcgi/limits.h"

struct call;

#define PAGE_SIZE 20 /* by default */

struct page_in {
	int64_t page, size; /* size 0: the default */
};

/* The two rows for a table of fields; the struct has a page_in as its member
 * "part". */
#define PAGE_FIELDS(type)                                                      \
	{"page", F_COUNT, F_QUERY_ONLY, offsetof(type, part.page), 0,         \
	    INT32_MAX},                                                        \
	{"size", F_COUNT, F_QUERY_ONLY, offsetof(type, part.size), 0,         \
	    LIMIT_PAGE}

/* The form of a list without other parameters: it fills a struct page_in. */
extern const struct form page_form;

/* The requested part of the list, within the caller's
 * applications; a size of 0 becomes the default. NULL: the whole list. */
const struct page_in *page_asked(const struct call *c,
    const struct page_in *in, struct part *part);

#endif
