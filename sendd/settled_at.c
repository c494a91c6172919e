/* SPDX-License-Identifier: MIT */
#include "sendd/settled_at.h"

#include <stdio.h>
#include <string.h>

void
settled_at_note(struct settled_at *s, const char *node)
{
	if (strcmp(s->node, node) == 0)
		return;
	s->moved |= s->node[0] != '\0';
	(void)snprintf(s->node, sizeof s->node, "%s", node);
}

bool
settled_at_is_elsewhere(const struct settled_at *s, const char *node)
{
	return s->moved || (s->node[0] != '\0' && strcmp(s->node, node) != 0);
}

struct settled_at
settled_at_read(struct settled_at *s)
{
	struct settled_at had = *s;

	s->moved = false;
	return had;
}

void
settled_at_not_read(struct settled_at *s, const struct settled_at *had)
{
	s->moved |= settled_at_is_elsewhere(had, s->node);
}
