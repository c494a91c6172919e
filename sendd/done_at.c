/* SPDX-License-Identifier: MIT */
#include "sendd/done_at.h"

#include <stdio.h>
#include <string.h>

void
done_at_note(struct done_at *s, const char *node)
{
	if (strcmp(s->node, node) == 0)
		return;
	s->moved |= s->node[0] != '\0';
	(void)snprintf(s->node, sizeof s->node, "%s", node);
}

void
done_at_add(struct done_at *s, const struct done_at *job)
{
	s->moved |= job->moved;
	if (job->node[0] != '\0')
		done_at_note(s, job->node);
}

bool
done_at_is_elsewhere(const struct done_at *s, const char *node)
{
	return s->moved || (s->node[0] != '\0' && strcmp(s->node, node) != 0);
}

struct done_at
done_at_take(struct done_at *s)
{
	struct done_at had = *s;

	s->moved = false;
	return had;
}

void
done_at_not_taken(struct done_at *s, const struct done_at *had)
{
	s->moved |= done_at_is_elsewhere(had, s->node);
}
