/* SPDX-License-Identifier: MIT */
#include "fcgi/page.h"

#include "fcgi/call.h"
#include "fcgi/caller.h"

struct page_only {
	struct page_in part;
};

/* clang-format off */
static const struct field page_fields[] = {
	PAGE_FIELDS(struct page_only),
	{NULL}
};

const struct form page_form = {
	page_fields, sizeof(struct page_only), NULL, 0
};
/* clang-format on */

const struct page_in *
page_asked(const struct call *c, const struct page_in *in, struct part *part)
{
	struct page_in *asked;

	*part = (struct part){.apps = caller_apps(c)};
	if (request_query(c->request, "page") == NULL &&
	    request_query(c->request, "size") == NULL)
		return NULL;
	asked = arena_alloc(c->mem, sizeof *asked);
	*asked = (struct page_in){in->page,
	    in->size > 0 ? in->size : PAGE_SIZE};
	part->size = asked->size;
	part->offset = asked->page * asked->size;
	return asked;
}
