/* SPDX-License-Identifier: MIT */
/*
 * A connection between two programs of ours on different machines, for lines of
 * text. It is TLS 1.3 with a key that both ends have (RFC 8446, 2.2): each
 * proves to the other that it has the key, without a certificate, and what was
 * said stays secret should the key become known later, for each connection
 * agrees on keys of its own. Nothing here waits: the descriptor is to be
 * watched for reading, and for writing too while secure_line_is_blocked.
 *
 * One thread at a time may use the lines of a key.
 */
#ifndef LIB_SECURE_LINE_H
#define LIB_SECURE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "lib/err.h"

#define SECURE_LINE_IN 4096	   /* bytes of a line, and of one hearing */
#define SECURE_LINE_OUT (64 * 1024) /* that may wait until the peer reads */

struct secure_key;
struct secure_line;

/* The key in a file: 32 bytes in hex on its first line. ERR_FAULT when it
 * cannot be read, is open to everybody, or is no such key. */
const struct err *secure_key_read(const char *path, struct secure_key **out);
void secure_key_free(struct secure_key *key); /* takes NULL */

/* Begin to connect. The line may be used at once; what is said before the peer
 * has proved itself waits until then. */
const struct err *secure_line_dial(const struct secure_key *key,
    const struct sockaddr *to, socklen_t len, struct secure_line **out);

/* The other end, on a socket that accept4 has returned, non-blocking. The line
 * owns the socket from then on, also when this fails. */
const struct err *secure_line_answer(const struct secure_key *key, int fd,
    struct secure_line **out);

void secure_line_close(struct secure_line *l); /* takes NULL */

int secure_line_fd(const struct secure_line *l);

/* Has the peer proved that it has the key? */
bool secure_line_is_open(const struct secure_line *l);

/* Is there something to be said that the socket does not take now? */
bool secure_line_is_blocked(const struct secure_line *l);

/* Say len bytes of text, one line or several, and the end of a line. False:
 * with EAGAIN the peer has not read what was said before, else the line is
 * dead. */
bool secure_line_say(struct secure_line *l, const char *text, size_t len);

/* Hear what has come, whole lines only, and say what was left to say. Returns
 * the number of bytes, without the last end of a line; 0: there is nothing now;
 * -1: the line is dead. Call it again until it returns 0. */
int secure_line_hear(struct secure_line *l, char into[SECURE_LINE_IN]);

/* Why it is dead, for people; NULL: it is not. */
const char *secure_line_why(const struct secure_line *l);

#endif
