/* SPDX-License-Identifier: MIT */
/* The description of all calls, linked in from fcgi/openapi.json. */
#include "fcgi/handlers.h"

#include "fcgi/call.h"

/* Named by the linker after the file. */
extern const char _binary_fcgi_openapi_json_start[];
extern const char _binary_fcgi_openapi_json_end[];

const struct err *
on_openapi(struct call *c)
{
	return reply_raw(c, 200, "application/json",
	    _binary_fcgi_openapi_json_start,
	    (size_t)(_binary_fcgi_openapi_json_end -
		_binary_fcgi_openapi_json_start));
}
