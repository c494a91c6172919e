/* SPDX-License-Identifier: MIT */
/*
 * All handlers, named by their path, and the forms that are filled before they
 * run. A form and its struct stand at the top of the handler's file.
 */
#ifndef FCGI_HANDLERS_H
#define FCGI_HANDLERS_H

#include "fcgi/route_match.h"

/* on_status.c */
extern handler on_status, on_service_echo, on_health;

/* on_openapi.c */
extern handler on_openapi;

/* on_device.c */
extern const struct form device_create_form, device_multi_form,
    device_delete_form, device_status_form, device_list_form;
extern handler on_device_create, on_device_create_multi, on_device_delete,
    on_device_status_update, on_device_list;

/* on_message.c */
extern const struct form message_send_form, message_batch_form;
extern handler on_message_send, on_message_batch_send, on_message_preview;

/* on_message_status.c */
extern handler on_message_status, on_message_cancel;

/* on_metrics.c */
extern handler on_metrics;

/* on_doctor.c */
extern handler on_doctor;

/* on_queue.c */
extern const struct form app_check_form, app_health_form;
extern handler on_queue, on_app_health, on_app_check;

/* on_hold.c */
extern const struct form app_hold_form, app_release_form;
extern handler on_app_hold, on_app_release;

/* on_minutes.c */
extern const struct form minutes_form;
extern handler on_minutes;

/* on_upkeep.c */
extern handler on_upkeep;

/* on_quarantine.c */
extern const struct form quarantine_form, quarantine_restore_form;
extern handler on_quarantine, on_quarantine_restore;

/* on_integration.c */
extern const struct form integration_create_form, integration_rotate_form,
    integration_remove_form;
extern handler on_integration_create, on_integration_rotate,
    on_integration_remove, on_integration_list;

/* on_session.c */
extern const struct form session_form;
extern handler on_session_open, on_session_show, on_session_close;

/* on_message_record.c */
extern const struct form message_list_form, message_show_form;
extern handler on_message_list, on_message_show;

/* on_audit.c */
extern const struct form audit_form;
extern handler on_audit;

/* on_campaign.c */
extern const struct form campaign_create_form, campaign_list_form;
extern handler on_campaign_create, on_campaign_delete, on_campaign_detail,
    on_campaign_list;

/* on_campaign_user.c */
extern const struct form campaign_users_form, campaign_user_list_form;
extern handler on_campaign_user_add, on_campaign_user_list,
    on_campaign_user_delete;

/* on_campaign_before.c */
extern const struct form campaign_member_form;
extern handler on_campaign_user_why;
extern handler on_campaign_audience, on_campaign_preview, on_campaign_approve;

/* on_campaign_send.c */
extern const struct form campaign_test_form;
extern handler on_campaign_send_test, on_campaign_send_live;

/* on_campaign_run.c */
extern const struct form campaign_live_form, campaign_run_form;
extern handler on_campaign_pause, on_campaign_resume, on_campaign_cancel,
    on_campaign_run, on_campaign_runs;

/* on_campaign_status.c */
extern const struct form campaign_status_form;
extern handler on_campaign_status;

/* on_application.c */
extern const struct form app_detail_form, app_create_form;
extern handler on_app_list, on_app_unconfigured_list, on_app_detail,
    on_app_create;

/* on_credentials.c */
extern const struct form app_apns_form, app_ios_form, app_fcm_form,
    app_android_form, app_hms_form, app_webpush_form, app_remove_form,
    app_remove_key_form, app_remove_object_form;
extern handler on_app_credential, on_app_credential_remove;

/* on_webpush.c */
extern const struct form webpush_key_form;
extern handler on_webpush_key;

/* on_activation.c */
extern const struct form activation_update_form, activation_detail_form;
extern handler on_activation_update, on_activation_detail;

/* on_user.c */
extern const struct form user_form, user_export_form;
extern handler on_user_show, on_user_export, on_user_erase;

/* on_inbox.c */
extern const struct form inbox_post_form, inbox_list_form, inbox_count_form,
    inbox_detail_form, inbox_read_form, inbox_read_all_form;
extern handler on_inbox_post, on_inbox_list, on_inbox_count, on_inbox_detail,
    on_inbox_read, on_inbox_read_all, on_inbox_delete;

#endif
