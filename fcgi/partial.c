/* SPDX-License-Identifier: MIT */
#include "fcgi/partial.h"

#include <string.h>

/* As many elements as a batch may have, each with two members. */
static struct json_limits
list_limits(const struct call *c)
{
	size_t n = (size_t)c->settings->api.batch_max + 1;

	return (struct json_limits){.depth = 4, .values = 4 * n,
	    .containers = 2 * n, .members = 3 * n};
}

void
partial_faults(const struct list *batch)
{
	struct send_message *messages = batch->items;

	for (size_t i = 0; i < batch->n; i++) {
		if (batch->faults != NULL)
			messages[i].fault = batch->faults[i];
		if (messages[i].fault == NULL && *messages[i].user_id == '\0')
			messages[i].fault = "No userId was specified";
	}
}

const char *
partial_text(struct call *c, const struct send_plan *plan, size_t n)
{
	struct json *list = json_new_array(c->mem);
	size_t len;

	for (size_t i = 0; i < n; i++) {
		struct json *j;

		if (plan->left_out[i] == NULL)
			continue;
		j = json_add_object(list);
		json_set_int(j, "index", (int64_t)i);
		json_set_text(j, "reason", plan->left_out[i]);
	}
	return json_write(list, &len);
}

void
partial_tell(struct call *c, const char *text, struct json *result)
{
	const struct json_limits limits = list_limits(c);
	struct json *list;

	if (text != NULL && json_parse_within(c->mem, text, strlen(text),
	    &limits, &list) == NULL)
		json_set(result, "refused", list);
}
