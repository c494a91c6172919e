/* SPDX-License-Identifier: MIT */
/* push.fcgi: the routes under /push. */
#include "lib/mem.h"

#include "core/waiting_room.h"

#include "fcgi/handlers.h"
#include "fcgi/process.h"

/* clang-format off */
static const struct route routes[] = {
	/* methods	    path			     handler		      role	     form */
	{M_GET,		    "/push/service/status",	     on_status,		      ROLE_OPEN,     NULL, ROUTE_NO_DB},
	{M_GET | M_POST | M_PUT | M_DELETE,
			    "/push/service/echo",	     on_service_echo,	      ROLE_OPEN,     NULL, ROUTE_NO_DB},
	{M_GET,		    "/health",			     on_health,		      ROLE_OPEN,     NULL, ROUTE_NO_DB},
	{M_GET,		    "/actuator/health",		     on_health,		      ROLE_OPEN,     NULL, ROUTE_NO_DB},
	{M_GET,		    "/metrics",			     on_metrics,	      ROLE_STATUS,   NULL, ROUTE_ALL_APPS | ROUTE_LONG},
	{M_GET,		    "/actuator/prometheus",	     on_metrics,	      ROLE_STATUS,   NULL, ROUTE_ALL_APPS | ROUTE_LONG},
	{M_GET,		    "/openapi.json",		     on_openapi,	      ROLE_OPEN,     NULL, ROUTE_NO_DB},
	{M_GET,		    "/v3/api-docs",		     on_openapi,	      ROLE_OPEN,     NULL, ROUTE_NO_DB},

	{M_POST,	    "/push/device/create",	     on_device_create,	      ROLE_DEVICE,   &device_create_form},
	{M_POST,	    "/push/device/create/multi",     on_device_create_multi,  ROLE_DEVICE,   &device_multi_form},
	{M_DELETE | M_POST, "/push/device/remove",	     on_device_delete,	      ROLE_DEVICE,   &device_delete_form},
	{M_DELETE | M_POST, "/push/device/delete",	     on_device_delete,	      ROLE_DEVICE,   &device_delete_form},
	{M_POST | M_PUT,    "/push/device/status/update",    on_device_status_update, ROLE_DEVICE,   &device_status_form},
	{M_GET,		    "/push/device/list",	     on_device_list,	      ROLE_DEVICE,   &device_list_form},

	{M_GET,		    "/push/webpush/key",	     on_webpush_key,	      ROLE_DEVICE,   &webpush_key_form},

	{M_POST,	    "/push/message/send",	     on_message_send,	      ROLE_SEND,     &message_send_form, ROUTE_SENDS},
	{M_POST,	    "/push/message/batch/send",	     on_message_batch_send,   ROLE_SEND,     &message_batch_form, ROUTE_SENDS},
	{M_POST,	    "/push/message/preview",	     on_message_preview,      ROLE_SEND,     &message_send_form},
	{M_GET,		    "/push/message/{id}/status",     on_message_status,	      ROLE_SEND,     NULL},
	{M_POST,	    "/push/message/{id}/cancel",     on_message_cancel,	      ROLE_SEND,     NULL},

	{M_POST,	    "/push/campaign/create",	     on_campaign_create,      ROLE_CAMPAIGN, &campaign_create_form},
	{M_DELETE | M_POST, "/push/campaign/{id}/delete",    on_campaign_delete,      ROLE_CAMPAIGN, NULL},
	{M_GET,		    "/push/campaign/{id}/detail",    on_campaign_detail,      ROLE_CAMPAIGN, NULL},
	{M_GET,		    "/push/campaign/list",	     on_campaign_list,	      ROLE_CAMPAIGN, &campaign_list_form},
	{M_PUT | M_POST,    "/push/campaign/{id}/user/add",  on_campaign_user_add,    ROLE_CAMPAIGN, &campaign_users_form, 0, NULL, LIMIT_USERS_BODY},
	{M_GET,		    "/push/campaign/{id}/user/list", on_campaign_user_list,   ROLE_CAMPAIGN, &campaign_user_list_form},
	{M_DELETE | M_POST, "/push/campaign/{id}/user/delete", on_campaign_user_delete, ROLE_CAMPAIGN, &campaign_users_form, 0, NULL, LIMIT_USERS_BODY},
	{M_GET,		    "/push/campaign/{id}/user/why",  on_campaign_user_why,    ROLE_CAMPAIGN, &campaign_member_form},
	{M_GET,		    "/push/campaign/{id}/audience",  on_campaign_audience,    ROLE_CAMPAIGN, NULL, ROUTE_LONG},
	{M_GET,		    "/push/campaign/{id}/preview",   on_campaign_preview,     ROLE_CAMPAIGN, NULL},
	{M_POST,	    "/push/campaign/{id}/approve",   on_campaign_approve,     ROLE_CAMPAIGN, NULL},
	{M_POST,	    "/push/campaign/send/test/{id}", on_campaign_send_test,   ROLE_CAMPAIGN, &campaign_test_form, ROUTE_SENDS},
	{M_POST,	    "/push/campaign/send/live/{id}", on_campaign_send_live,   ROLE_CAMPAIGN, &campaign_live_form, ROUTE_LONG},
	{M_POST,	    "/push/campaign/{id}/pause",     on_campaign_pause,	      ROLE_CAMPAIGN, NULL},
	{M_POST,	    "/push/campaign/{id}/resume",    on_campaign_resume,      ROLE_CAMPAIGN, NULL},
	{M_POST,	    "/push/campaign/{id}/cancel",    on_campaign_cancel,      ROLE_CAMPAIGN, NULL},
	{M_PUT,		    "/push/campaign/{id}/run",	     on_campaign_run,	      ROLE_CAMPAIGN, &campaign_run_form},
	{M_GET,		    "/push/campaign/{id}/status",    on_campaign_status,      ROLE_CAMPAIGN, &campaign_status_form},
	{M_GET,		    "/push/campaign/{id}/runs",	     on_campaign_runs,	      ROLE_CAMPAIGN, &page_form},
};
/* clang-format on */

int
main(int argc, char *argv[])
{
	return process_main(&(struct responder){"push", routes, nitems(routes),
	    false, NULL, waiting_room_open}, argc, argv);
}
