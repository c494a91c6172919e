/* SPDX-License-Identifier: MIT */
/* The responders' real tables: their files whole, with their main and their
 * table under names of their own. */
#ifndef TESTS_FUZZ_PROGRAMS_H
#define TESTS_FUZZ_PROGRAMS_H

#include "lib/mem.h"

#include "fcgi/handlers.h"
#include "fcgi/serve.h"

int push_main(int argc, char *argv[]);
int admin_main(int argc, char *argv[]);
int inbox_main(int argc, char *argv[]);

#define main push_main
#define routes push_routes
#include "fcgi/push_routes.c"
#undef main
#undef routes
#define main admin_main
#define routes admin_routes
#include "fcgi/admin_routes.c"
#undef main
#undef routes
#define main inbox_main
#define routes inbox_routes
#include "fcgi/inbox_routes.c"
#undef main
#undef routes

static const struct responder programs[] = {
    {"push", push_routes, nitems(push_routes), false},
    {"admin", admin_routes, nitems(admin_routes), true, audited_run},
    {"inbox", inbox_routes, nitems(inbox_routes), false},
};

#endif
