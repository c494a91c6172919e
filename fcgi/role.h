/* SPDX-License-Identifier: MIT */
/*
 * Roles: what an integration is allowed to do. The tables of routes
 * (push_routes.c, admin_routes.c, inbox_routes.c) say which role a call
 * demands; an integration has its roles in the database.
 */
#ifndef FCGI_ROLE_H
#define FCGI_ROLE_H

#include <stdbool.h>

enum role {
	ROLE_OPEN, /* anybody may; those that follow as
		      integration_role_names */
	ROLE_DEVICE,
	ROLE_SEND,
	ROLE_CAMPAIGN,
	ROLE_INBOX,
	ROLE_ADMIN,
	ROLE_STATUS,
	ROLE_ANY, /* any caller that is known */
	ROLE__COUNT
};

/* "open", "any", or the name of the role in the integration's row. */
const char *role_name(enum role role);

/* Is the role among those of an integration, "device,send"? */
bool role_is_among(const char *roles, enum role role);

#endif
