/* SPDX-License-Identifier: MIT */
/*
 * A batch that is accepted in part ("partial": true): its good messages are
 * sent, and the answer lists the others as an array of {"index", "reason"}.
 * With an idempotency key the list is stored as text, so that the same answer
 * comes again.
 */
#ifndef FCGI_PARTIAL_H
#define FCGI_PARTIAL_H

#include "core/send.h"

#include "fcgi/call.h"
#include "fcgi/field.h"

/* Give the messages of a batch their faults. */
void partial_faults(const struct list *batch);

/* The list of what the plan leaves out, as text in the arena. */
const char *partial_text(struct call *c, const struct send_plan *plan,
    size_t n);

/* Put the list into the result of an answer; text NULL: none was wanted. */
void partial_tell(struct call *c, const char *text, struct json *result);

#endif
