/* SPDX-License-Identifier: MIT */
/*
 * An answer that is a list without a natural limit. Only one element at a time
 * is a tree in memory, or none; the answer is kept as text, once, up to
 * LIMIT_REPLY.
 */
#ifndef FCGI_REPLY_LIST_H
#define FCGI_REPLY_LIST_H

#include "lib/buf.h"
#include "lib/json.h"

#include "fcgi/page.h"

struct call;
struct reply_list;

/* member: the list's name in responseObject; NULL: responseObject is the list.
 * part: the requested part, which the answer repeats; NULL: the whole list. */
struct reply_list *reply_list_new(struct call *c, const char *member,
    const struct page_in *part);

/* Add one element. Within make, c->mem is memory of this element alone.
 * ERR_TOOBIG, with a sentence that names page and size, when the answer would
 * be larger than LIMIT_REPLY. */
typedef const struct err *reply_make(struct call *c, const void *of,
    struct json *element);
const struct err *reply_list_add(struct reply_list *l, reply_make *make,
    const void *of);

/* The same without a tree, at a fraction of the cost: write appends the element
 * to the text, as the dialect has it (dialect_makes_text). */
typedef const struct err *reply_write(struct call *c, const void *of,
    struct buf *into);
const struct err *reply_list_write(struct reply_list *l, reply_write *write,
    const void *of);

/* Reply with the list. */
const struct err *reply_list_end(struct reply_list *l);

#endif
