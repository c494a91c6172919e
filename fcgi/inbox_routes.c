/* SPDX-License-Identifier: MIT */
/* inbox.fcgi: the routes under /inbox. */
#include "lib/mem.h"

#include "fcgi/handlers.h"
#include "fcgi/process.h"

/* clang-format off */
static const struct route routes[] = {
	/* methods	 path			     handler		role	    form */
	{M_GET,		 "/health",		     on_health,		ROLE_OPEN,  NULL, ROUTE_NO_DB},
	{M_GET,		 "/actuator/health",	     on_health,		ROLE_OPEN,  NULL, ROUTE_NO_DB},

	{M_POST,	 "/inbox/messages",	     on_inbox_post,	ROLE_INBOX, &inbox_post_form},
	{M_GET,		 "/inbox/messages/list",     on_inbox_list,	ROLE_INBOX, &inbox_list_form},
	{M_GET,		 "/inbox/messages/count",    on_inbox_count,	ROLE_INBOX, &inbox_count_form},
	{M_GET,		 "/inbox/messages/detail",   on_inbox_detail,	ROLE_INBOX, &inbox_detail_form},
	{M_PUT | M_POST, "/inbox/messages/read",     on_inbox_read,	ROLE_INBOX, &inbox_read_form},
	{M_PUT | M_POST, "/inbox/messages/read-all", on_inbox_read_all, ROLE_INBOX, &inbox_read_all_form},
	{M_DELETE | M_POST, "/inbox/messages/delete", on_inbox_delete,	ROLE_INBOX, &inbox_read_form},
};
/* clang-format on */

int
main(int argc, char *argv[])
{
	return process_main(&(struct responder){"inbox", routes, nitems(routes),
	    false, NULL}, argc, argv);
}
