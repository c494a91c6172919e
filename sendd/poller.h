/* SPDX-License-Identifier: MIT */
/* epoll(7) with a function per descriptor: shared by the wires, the doorbell
 * and the signals of sendd. One thread. */
#ifndef SENDD_POLLER_H
#define SENDD_POLLER_H

#include <stdint.h>

#include "lib/err.h"

struct poller;

/* events: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP of <sys/epoll.h>. */
typedef void poller_fn(int fd, uint32_t events, void *arg);

const struct err *poller_new(struct poller **p);
void poller_free(struct poller *p);

/* Watch fd for events (again: change them). The function may unwatch and
 * close any descriptor, its own included. */
void poller_watch(struct poller *p, int fd, uint32_t events, poller_fn *fn,
    void *arg);
void poller_unwatch(struct poller *p, int fd);

/* Wait up to wait_ms (0: do not wait) and call what is ready. */
void poller_run(struct poller *p, int wait_ms);

#endif
