/* SPDX-License-Identifier: MIT */
/* The end of sendd after SIGTERM: it starts no more requests, waits for those
 * in flight for up to 8 seconds, writes their outcomes, and releases its
 * leases, so that another sendd goes on at once. */
#ifndef SENDD_SHUTDOWN_H
#define SENDD_SHUTDOWN_H

struct sendd;

/* When the loop has ended. What could not be done is in the log. */
void shutdown_run(struct sendd *s);

#endif
