/* SPDX-License-Identifier: MIT */
/* Campaigns, inbox messages and stored messages from a dump of another server:
 * many at a time, with their times there. Each put runs in a transaction of its
 * caller. */
#ifndef DB_IMPORT_ROWS_H
#define DB_IMPORT_ROWS_H

#include "db/campaign.h"
#include "db/inbox.h"

/* --- campaigns -------------------------------------------------------- */

/* With its id. */
const struct err *import_campaign_add(struct db *db, const struct campaign *c);

/* The message, and whether and when it was sent, unless it was sent from
 * here. */
const struct err *import_campaign_change(struct db *db,
    const struct campaign *c);

struct import_user {
	int64_t campaign;
	const char *user_id;
	int64_t created_ms;
};

/* present[i]: the campaign has that user. Adding one ends an approval. */
const struct err *import_users_find(struct db *db,
    const struct import_user *list, size_t n, bool *present);
const struct err *import_users_add(struct db *db,
    const struct import_user *list, size_t n);

/* --- the inbox -------------------------------------------------------- */

/* The messages with these ids, in the order of the list, without body, summary
 * and apps; id "" of those that are not here. */
const struct err *import_inbox_find(struct db *db, struct arena *a,
    const struct inbox_message *list, size_t n, struct inbox_message *here);

/* One with its applications, by their ids. */
const struct err *import_inbox_add(struct db *db,
    const struct inbox_message *m, const int64_t *apps, size_t n);

/* It was read there. */
const struct err *import_inbox_read(struct db *db,
    const struct inbox_message *m);

/* --- stored messages -------------------------------------------------- */

struct import_message {
	int64_t id;
	const char *user_id, *activation_id, *body;
	bool silent, personal;
	int64_t created_ms, status;
};

/* present[i]: a message with that id is here. */
const struct err *import_messages_find(struct db *db,
    const struct import_message *list, size_t n, bool *present);
const struct err *import_messages_add(struct db *db,
    const struct import_message *list, size_t n);

#endif
