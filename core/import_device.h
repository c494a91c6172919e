/* SPDX-License-Identifier: MIT */
/*
 * Devices from a file, whichever it is. A device is recognised by its
 * activation; one without an activation by application and token. The later
 * registration wins, here or there. What the dump no longer has of a token that
 * it has for another activation goes: the phone has changed hands (I-15).
 *
 * Of several spellings that one APNs token has in the dump, the one registered
 * last stays with all its rows; the others are left out.
 */
#ifndef CORE_IMPORT_DEVICE_H
#define CORE_IMPORT_DEVICE_H

#include "push/provider.h"

#include "core/import.h"
#include "core/import_seen.h"
#include "core/import_spelling.h"

/* A row of either file. */
struct import_device {
	const char *activation_id, *user_id, *platform, *environment, *token;
	int64_t source_app;	/* of the Java edition: its number, or ... */
	const char *app_name;	/* ... its name */
	int64_t registered_ms;	/* 0: not known */
	bool active;
};

/* What is known of all devices of the dump before the first is taken. */
struct import_devices {
	/* Find the application's id (0: it will be new) and its name; false:
	 * there is none. */
	bool (*app)(struct import *im, const struct import_device *row,
	    int64_t *id, const char **name);
	/* The public key of the application that devices of that platform
	 * were registered with. NULL, or NULL: none is known. */
	const char *(*key)(struct import *im, const struct provider *p,
	    const char *app);
	/* by application, token and activation; and by activation alone */
	struct import_seen_list rows, activations;
	struct import_seen_list refused; /* activations of such rows */
	int64_t latest_ms; /* of their registrations */
	bool strict; /* an unknown environment is refused, not taken as none */
	struct hash spellings; /* core/import_spelling.h */
};

/* The first reading: look, then looked when it is over. */
void import_device_look(struct import *im, struct import_devices *all,
    const struct import_device *row, uint64_t line);
void import_device_looked(struct import_devices *all);

/* A reading between both, only if there are spellings. */
void import_device_spelt(struct import *im, struct import_devices *all,
    const struct import_device *row, uint64_t line);

const struct err *import_device_take(struct import *im,
    struct import_devices *all, struct import_batch *b);

/* The row is refused: its device is in the dump, and is not set aside. */
void import_device_refused(struct import_devices *all,
    const struct import_device *row);

/* Devices of these applications that are here and not in the dump: note each,
 * and with aside set those aside that are older than the dump's latest. */
const struct err *import_device_extra(struct import *im,
    struct import_devices *all, const char *const *apps, size_t n);

void import_devices_done(struct import_devices *all);

#endif
