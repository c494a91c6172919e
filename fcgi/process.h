/* SPDX-License-Identifier: MIT */
/* The life of a responder: options, settings, then calls until a signal to end.
 */
#ifndef FCGI_PROCESS_H
#define FCGI_PROCESS_H

#include "fcgi/serve.h"

/* main() of a responder; the process's exit status. */
int process_main(const struct responder *r, int argc, char *argv[]);

#endif
