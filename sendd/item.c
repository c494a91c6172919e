/* SPDX-License-Identifier: MIT */
#include "sendd/item.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

void
items_init(struct items *l)
{
	l->first = NULL;
	l->last = &l->first;
	l->n = 0;
}

void
items_add(struct items *l, struct item *i)
{
	i->next = NULL;
	*l->last = i;
	l->last = &i->next;
	l->n++;
}

void
items_push(struct items *l, struct item *i)
{
	i->next = l->first;
	if (l->first == NULL)
		l->last = &i->next;
	l->first = i;
	l->n++;
}

struct item *
items_take(struct items *l)
{
	struct item *i = l->first;

	if (i == NULL)
		return NULL;
	l->first = i->next;
	if (l->first == NULL)
		l->last = &l->first;
	l->n--;
	return i;
}

struct item *
item_new(const struct outbox_found *found, uint64_t epoch)
{
	size_t len = strlen(found->token) + 1;
	size_t user = found->user != NULL ? strlen(found->user) + 1 : 0;
	struct item *i = xmalloc(sizeof *i + len + user);

	*i = (struct item){.row = found->row, .epoch = epoch};
	if (found->body != NULL && found->row.platform != OUTBOX_USER)
		i->body = body_new(found->body, found->body_len);
	i->token = memcpy(i->was, found->token, len);
	if (user > 0)
		i->user = memcpy(i->was + len, found->user, user);
	return i;
}

static void
forget_token(struct item *i)
{
	if (i->token != i->was)
		free(i->token);
	i->token = i->was;
}

void
item_renew(struct item *i, const char *token)
{
	if (strcmp(token, i->token) == 0)
		return;
	forget_token(i);
	i->token = xstrdup(token);
}

void
item_forget_body(struct item *i)
{
	if (i->body != NULL)
		body_release(i->body);
	i->body = NULL;
}

void
item_free(struct item *i)
{
	if (i == NULL)
		return;
	item_forget_body(i);
	forget_token(i);
	free(i);
}
