/* SPDX-License-Identifier: MIT */
/* A client's connection to the doorbell: by the unix socket of this machine, or
 * from another machine (lib/secure_line.h). Nothing here waits. */
#ifndef SENDD_DOORBELL_LINE_H
#define SENDD_DOORBELL_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/doorbell.h"
#include "lib/secure_line.h"

struct doorbell_line {
	int fd;
	struct secure_line *far; /* NULL: a client of this machine */
};

/* The socket of this machine. */
struct doorbell_door {
	int fd;
	char *path; /* a copy, as settings may be read again */
	ino_t file; /* that was made there: an errand may lose the path */
};

/* doorbell_listen, or doorbell_replace */
typedef const struct err *doorbell_listener(const char *path, int *fd);

const struct err *doorbell_door_open(const char *path,
    doorbell_listener *listener, struct doorbell_door *out);

/* Remove the file, too, if it is still ours. */
void doorbell_door_close(struct doorbell_door *d);

/* Listen at [sendd] listen, for other machines. */
const struct err *doorbell_line_listen(const char *address, int *fd);

/* Accept the next client. far_key: what clients of other machines must have;
 * NULL: it is the unix socket. False: there is none. */
bool doorbell_line_accept(int listener, const struct secure_key *far_key,
    struct doorbell_line *out);
void doorbell_line_close(struct doorbell_line *l);

/* Has it still to prove that it is a client? */
bool doorbell_line_is_stranger(const struct doorbell_line *l);

/* As doorbell_say and doorbell_hear. */
bool doorbell_line_say(const struct doorbell_line *l,
    const struct doorbell_packet *p);
int doorbell_line_hear(const struct doorbell_line *l,
    struct doorbell_packet *p);

/* The events to watch for; more: there is something to do at once. */
uint32_t doorbell_line_events(const struct doorbell_line *l, bool more);

#endif
