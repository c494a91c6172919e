/* SPDX-License-Identifier: MIT */
/* The description of all calls, linked in from fcgi/openapi.json. */
#include "fcgi/handlers.h"

#include "fcgi/call.h"

/* The linker makes these names from the name of the file. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
extern const char _binary_fcgi_openapi_json_start[];
extern const char _binary_fcgi_openapi_json_end[];
/* NOLINTEND(bugprone-reserved-identifier) */

static const struct {
	const char *start, *end;
} text = {_binary_fcgi_openapi_json_start, _binary_fcgi_openapi_json_end};

const struct err *
on_openapi(struct call *c)
{
	return reply_raw(c, 200, "application/json", text.start,
	    (size_t)(text.end - text.start));
}
