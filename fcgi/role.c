/* SPDX-License-Identifier: MIT */
#include "fcgi/role.h"

#include <string.h>

#include "db/integration.h"

_Static_assert(ROLE_ANY == 1 + INTEGRATION_ROLES, "a word for each role");

const char *
role_name(enum role role)
{
	if (role == ROLE_OPEN)
		return "open";
	return role == ROLE_ANY ? "any" : integration_role_names[role - 1];
}

bool
role_is_among(const char *roles, enum role role)
{
	const char *name = role_name(role);
	size_t n = strlen(name);

	for (const char *p = roles; (p = strstr(p, name)) != NULL; p += n)
		if ((p == roles || p[-1] == ',') &&
		    (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}
