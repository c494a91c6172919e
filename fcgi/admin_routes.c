/* SPDX-License-Identifier: MIT */
/* admin.fcgi: the routes under /admin. */
#include "lib/mem.h"

#include "fcgi/audited.h"
#include "fcgi/handlers.h"
#include "fcgi/page.h"
#include "fcgi/process.h"

/* clang-format off */
static const struct route routes[] = {
	/* methods	      path				handler			  role	      form */
	{M_GET,		      "/admin/app/list",		on_app_list,		  ROLE_ADMIN, &page_form},
	{M_GET,		      "/admin/app/unconfigured/list",	on_app_unconfigured_list, ROLE_ADMIN, &page_form},
	{M_POST,	      "/admin/app/detail",		on_app_detail,		  ROLE_ADMIN, &app_detail_form},
	{M_POST,	      "/admin/app/create",		on_app_create,		  ROLE_ADMIN, &app_create_form, 0, "app.create"},
	{M_GET,		      "/admin/app/health",		on_app_health,		  ROLE_ADMIN, &app_health_form},
	{M_POST,	      "/admin/app/check",		on_app_check,		  ROLE_ADMIN, &app_check_form},
	{M_POST,	      "/admin/app/hold",		on_app_hold,		  ROLE_ADMIN, &app_hold_form, 0, "queue.hold"},
	{M_POST,	      "/admin/app/release",		on_app_release,		  ROLE_ADMIN, &app_release_form,
	    ROUTE_LONG | ROUTE_PORTIONS, "queue.release"},
	{M_GET,		      "/admin/queue",			on_queue,		  ROLE_ADMIN, NULL, ROUTE_LONG},
	{M_GET,		      "/admin/minutes",			on_minutes,		  ROLE_ADMIN, &minutes_form, ROUTE_ALL_APPS | ROUTE_LONG},
	{M_GET,		      "/admin/upkeep",			on_upkeep,		  ROLE_ADMIN, NULL, ROUTE_LONG},
	{M_GET,		      "/admin/doctor",			on_doctor,		  ROLE_ADMIN, NULL, ROUTE_ALL_APPS | ROUTE_LONG},

	{M_PUT | M_POST,      "/admin/app/apns",		on_app_credential,	  ROLE_ADMIN, &app_apns_form, 0, "app.apns.set"},
	{M_DELETE,	      "/admin/app/apns",		on_app_credential_remove, ROLE_ADMIN, &app_remove_form, 0, "app.apns.remove"},
	{M_PUT | M_POST,      "/admin/app/fcm",			on_app_credential,	  ROLE_ADMIN, &app_fcm_form, 0, "app.fcm.set"},
	{M_DELETE,	      "/admin/app/fcm",			on_app_credential_remove, ROLE_ADMIN, &app_remove_form, 0, "app.fcm.remove"},
	{M_PUT | M_POST,      "/admin/app/hms",			on_app_credential,	  ROLE_ADMIN, &app_hms_form, 0, "app.hms.set"},
	{M_DELETE,	      "/admin/app/hms",			on_app_credential_remove, ROLE_ADMIN, &app_remove_form, 0, "app.hms.remove"},

	{M_PUT | M_POST,      "/admin/app/webpush",		on_app_credential,	  ROLE_ADMIN, &app_webpush_form, ROUTE_LONG, "app.webpush.set"},
	{M_DELETE,	      "/admin/app/webpush",		on_app_credential_remove, ROLE_ADMIN, &app_remove_key_form, 0, "app.webpush.remove"},

	/* the earlier names; deprecated */
	{M_PUT | M_POST,      "/admin/app/ios/update",		on_app_credential,	  ROLE_ADMIN, &app_ios_form, 0, "app.apns.set"},
	{M_DELETE | M_POST,   "/admin/app/ios/remove",		on_app_credential_remove, ROLE_ADMIN, &app_remove_object_form, 0, "app.apns.remove"},
	{M_PUT | M_POST,      "/admin/app/android/update",	on_app_credential,	  ROLE_ADMIN, &app_android_form, 0, "app.fcm.set"},
	{M_DELETE | M_POST,   "/admin/app/android/remove",	on_app_credential_remove, ROLE_ADMIN, &app_remove_object_form, 0, "app.fcm.remove"},
	{M_PUT | M_POST,      "/admin/app/huawei/update",	on_app_credential,	  ROLE_ADMIN, &app_hms_form, 0, "app.hms.set"},
	{M_DELETE | M_POST,   "/admin/app/huawei/remove",	on_app_credential_remove, ROLE_ADMIN, &app_remove_object_form, 0, "app.hms.remove"},

	/* devices in quarantine */
	{M_GET,		      "/admin/device/quarantine",	on_quarantine,		  ROLE_ADMIN, &quarantine_form, ROUTE_LONG},
	{M_POST,	      "/admin/device/restore",		on_quarantine_restore,	  ROLE_ADMIN, &quarantine_restore_form, 0, "device.restore"},

	/* activations stored in our database */
	{M_POST | M_PUT,      "/admin/activation/update",	on_activation_update,	  ROLE_ADMIN, &activation_update_form,
	    ROUTE_ALL_APPS, "activation.set"},
	{M_GET | M_POST,      "/admin/activation/detail",	on_activation_detail,	  ROLE_ADMIN, &activation_detail_form, ROUTE_ALL_APPS},

	/* sessions of the console */
	{M_POST,	      "/admin/session",			on_session_open,	  ROLE_OPEN,  &session_form},
	{M_GET,		      "/admin/session",			on_session_show,	  ROLE_ANY,   NULL},
	{M_DELETE,	      "/admin/session",			on_session_close,	  ROLE_ANY,   NULL},

	/* integrations and the audit trail */
	{M_POST,	      "/admin/integration/create",	on_integration_create,	  ROLE_ADMIN, &integration_create_form,
	    ROUTE_ALL_APPS, "integration.create"},
	{M_POST,	      "/admin/integration/rotate",	on_integration_rotate,	  ROLE_ADMIN, &integration_rotate_form,
	    ROUTE_ALL_APPS, "integration.rotate"},
	{M_POST,	      "/admin/integration/remove",	on_integration_remove,	  ROLE_ADMIN, &integration_remove_form,
	    ROUTE_ALL_APPS, "integration.remove"},
	{M_GET,		      "/admin/integration/list",	on_integration_list,	  ROLE_ADMIN, &page_form, ROUTE_ALL_APPS},
	{M_GET,		      "/admin/message/list",		on_message_list,	  ROLE_ADMIN, &message_list_form,
	    ROUTE_ALL_APPS | ROUTE_LONG},
	{M_GET,		      "/admin/message/{id}",		on_message_show,	  ROLE_ADMIN, &message_show_form,
	    ROUTE_ALL_APPS | ROUTE_LONG},
	{M_POST,	      "/admin/user/show",		on_user_show,		  ROLE_ADMIN, &user_form,
	    ROUTE_ALL_APPS | ROUTE_LONG},
	{M_POST,	      "/admin/user/export",		on_user_export,		  ROLE_ADMIN, &user_export_form,
	    ROUTE_ALL_APPS | ROUTE_LONG, "user.export"},
	{M_POST,	      "/admin/user/erase",		on_user_erase,		  ROLE_ADMIN, &user_form,
	    ROUTE_ALL_APPS | ROUTE_LONG | ROUTE_PORTIONS, "user.erase"},
	{M_GET,		      "/admin/audit",			on_audit,		  ROLE_ADMIN, &audit_form, ROUTE_ALL_APPS},
};
/* clang-format on */

int
main(int argc, char *argv[])
{
	return process_main(&(struct responder){"admin", routes, nitems(routes),
	    true, audited_run}, argc, argv);
}
