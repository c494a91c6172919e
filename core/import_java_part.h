/* SPDX-License-Identifier: MIT */
/* What the files of import_java*.c share: each knows some of the tables. */
#ifndef CORE_IMPORT_JAVA_PART_H
#define CORE_IMPORT_JAVA_PART_H

#include "lib/keyring.h"
#include "lib/text.h"

#include "core/import.h"
#include "core/import_device.h"
#include "core/import_seen.h"

/* An application of the dump. */
struct java_app {
	int64_t source; /* its number there */
	const char *name;
	int64_t id; /* here; 0: not yet */
};

/* In which application an inbox message is. */
struct java_link {
	int64_t message, app; /* their numbers there */
};

struct java {
	struct keyring *keyring;
	struct java_app *apps; /* in order of the number, once read */
	size_t n_apps, apps_room;
	struct import_devices devices;
	struct import_seen_list campaigns; /* those taken, by id */
	struct import_seen_list unsent;	   /* of them */
	struct import_seen_list users;	   /* by campaign and user */
	struct java_link *links;	   /* in order of the message */
	size_t n_links, links_room;
	struct import_seen_list inbox;	   /* by inbox id */
};

/* NULL: the dump has no application with that number. */
struct java_app *java_app_of(const struct java *j, int64_t source);

extern const struct import_file java_apps_file, java_devices_file,
    java_spellings_file, java_campaigns_file, java_users_file,
    java_links_file, java_inbox_file, java_messages_file;

/* The first reading is over. */
void java_sort_links(struct java *j);

/* Campaigns of the dump's applications that are here and not in the dump, if
 * that has any: each is told. */
const struct err *java_extra_campaigns(struct import *im);

/* Users of campaigns that are not sent yet who are here and not in the dump. */
const struct err *java_extra_users(struct import *im);

#endif
