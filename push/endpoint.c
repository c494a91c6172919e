/* SPDX-License-Identifier: MIT */
#include "push/endpoint.h"

#include <stdio.h>
#include <string.h>

const struct err *
endpoint_of_project(const char *template, const char *project,
    char url[ENDPOINT_URL])
{
	const char *hole = strstr(template, "%s");
	int n;

	if (project == NULL)
		return err_new(ERR_INVALID, "the project id is missing");
	if (hole == NULL)
		return err_new(ERR_INVALID, "send_url has no %%s");
	n = snprintf(url, ENDPOINT_URL, "%.*s%s%s", (int)(hole - template),
	    template, project, hole + 2);
	return n > 0 && n < ENDPOINT_URL
	    ? NULL
	    : err_new(ERR_TOOBIG, "send_url is too long");
}

const char *
endpoint_path(const char *url)
{
	const char *host = strstr(url, "://");

	host = host != NULL ? host + 3 : url;
	return host + strcspn(host, "/");
}
