-- One database user per program, with exactly the privileges that its
-- statements need. {push} {inbox} {admin} {sendd} {cli} {maintain} are users at
-- {host}.
-- No user may change a table definition: setup does that, as administrator.
--
-- Keys and secrets of push_app_credentials: read by sendd, by admin (to check
-- them) and cli, written by admin and cli. push and inbox see only whether
-- they exist (has_*).
--
-- Columns are named where reads or changes must be limited: push writes
-- messages and cannot read one back; admin sees no token; only push can
-- change the token of a device. tests/api/27-rights.t tries all of this, and
-- fails for a privilege that no statement needs.

-- push: devices, messages, campaigns ----------------------------------------

GRANT SELECT (id, app_id, apns_team_id, apns_key_id, apns_bundle,
    apns_environment, fcm_project_id, hms_project_id, webpush_public_key,
    webpush_subject, webpush_default_url, has_apns, has_fcm, has_hms,
    has_webpush)
    ON {db}.push_app_credentials TO {push}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_device_registration TO {push}@{host};
GRANT SELECT, UPDATE (n) ON {db}.push_device_turn TO {push}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_activation TO {push}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_send TO {push}@{host};
-- all but body; INSERT ... SELECT ... RETURNING needs SELECT on the columns it
-- inserts too
GRANT SELECT (shard, lane, due, id, send_id, body_id, app_id, device_id,
    platform, environment, attempts, token, generation, reason), INSERT, UPDATE (due)
    ON {db}.push_outbox TO {push}@{host};
GRANT INSERT ON {db}.push_outbox_body TO {push}@{host};
GRANT SELECT (id, device_registration_id, user_id, timestamp_created,
    send_id, platform, state, tries, provider_id, reason, timestamp_finished),
    INSERT ON {db}.push_message TO {push}@{host};
GRANT SELECT (send_id, device_id, user_id, platform, outcome, tries, reason),
    INSERT ON {db}.push_history TO {push}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_campaign TO {push}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_campaign_user TO {push}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_campaign_twin TO {push}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_campaign_run TO {push}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_campaign_outcome TO {push}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_idempotency TO {push}@{host};
GRANT SELECT ON {db}.push_shard TO {push}@{host};
GRANT SELECT ON {db}.push_instance TO {push}@{host};
GRANT SELECT ON {db}.push_hold TO {push}@{host};
GRANT SELECT ON {db}.push_health TO {push}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_counter TO {push}@{host};
GRANT SELECT ON {db}.push_schema TO {push}@{host};
GRANT SELECT, UPDATE (last_used) ON {db}.push_integration TO {push}@{host};
GRANT SELECT, UPDATE (used) ON {db}.push_session TO {push}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_throttle TO {push}@{host};

-- inbox ----------------------------------------------------------------------

GRANT SELECT (id, app_id, has_apns, has_fcm, has_hms, has_webpush,
    apns_team_id, apns_key_id, apns_bundle, apns_environment, fcm_project_id,
    hms_project_id, webpush_public_key, webpush_subject, webpush_default_url)
    ON {db}.push_app_credentials TO {inbox}@{host};
GRANT SELECT, INSERT, UPDATE (is_read, timestamp_read), DELETE
    ON {db}.push_inbox TO {inbox}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_inbox_app TO {inbox}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_idempotency TO {inbox}@{host};
GRANT SELECT (incarnation, seen, figures)
    ON {db}.push_instance TO {inbox}@{host};
GRANT SELECT ON {db}.push_schema TO {inbox}@{host};
GRANT SELECT, UPDATE (last_used) ON {db}.push_integration TO {inbox}@{host};
GRANT SELECT, UPDATE (used) ON {db}.push_session TO {inbox}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_throttle TO {inbox}@{host};

-- admin: applications, status of the queue ----------------------------------

GRANT SELECT, INSERT, UPDATE ON {db}.push_app_credentials TO {admin}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_activation TO {admin}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_hold TO {admin}@{host};
GRANT SELECT ON {db}.push_health TO {admin}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_check TO {admin}@{host};
GRANT SELECT (program, ended, removed)
    ON {db}.push_maintenance TO {admin}@{host};
GRANT SELECT (shard, lane, due, id, send_id, body_id, app_id, device_id,
    platform, attempts, body, user_id, reason), UPDATE (due), DELETE
    ON {db}.push_outbox TO {admin}@{host};
GRANT SELECT, DELETE ON {db}.push_outbox_body TO {admin}@{host};
GRANT SELECT, UPDATE ON {db}.push_send TO {admin}@{host};
GRANT SELECT, DELETE ON {db}.push_message TO {admin}@{host};
GRANT SELECT, DELETE ON {db}.push_history TO {admin}@{host};
GRANT SELECT, DELETE ON {db}.push_campaign_user TO {admin}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_campaign_outcome TO {admin}@{host};
GRANT SELECT, DELETE ON {db}.push_inbox TO {admin}@{host};
GRANT SELECT, DELETE ON {db}.push_inbox_app TO {admin}@{host};
GRANT SELECT (id, activation_id, user_id, app_id, platform, environment,
    timestamp_last_registered, is_active, gone_at, gone_reason, generation),
    UPDATE (is_active, gone_at, gone_reason), DELETE
    ON {db}.push_device_registration TO {admin}@{host};
GRANT SELECT ON {db}.push_shard TO {admin}@{host};
-- all but ring_key, by which push proves to sendd that it may write the outbox
GRANT SELECT (name, incarnation, host, started, seen, draining, figures)
    ON {db}.push_instance TO {admin}@{host};
GRANT SELECT ON {db}.push_schema TO {admin}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_integration TO {admin}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_session TO {admin}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_throttle TO {admin}@{host};
GRANT SELECT ON {db}.push_minute TO {admin}@{host};
GRANT SELECT, INSERT ON {db}.push_audit TO {admin}@{host};
GRANT SELECT (id, sealed), INSERT ON {db}.push_audit_key TO {admin}@{host};

-- sendd ----------------------------------------------------------------------

GRANT SELECT ON {db}.push_app_credentials TO {sendd}@{host};
GRANT SELECT, UPDATE (gone_at, gone_reason), DELETE
    ON {db}.push_device_registration TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_outbox TO {sendd}@{host};
GRANT SELECT, DELETE ON {db}.push_outbox_body TO {sendd}@{host};
GRANT SELECT, UPDATE, DELETE ON {db}.push_send TO {sendd}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_send_delta TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_message TO {sendd}@{host};
GRANT SELECT (finished), INSERT, DELETE
    ON {db}.push_history TO {sendd}@{host};
GRANT SELECT, UPDATE (changes, is_sent, queue_end, queued_id, recall_at, state,
    timestamp_completed) ON {db}.push_campaign TO {sendd}@{host};
GRANT SELECT ON {db}.push_campaign_user TO {sendd}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_campaign_twin TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_campaign_run TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_campaign_outcome TO {sendd}@{host};
GRANT SELECT, UPDATE ON {db}.push_shard TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_instance TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_grant TO {sendd}@{host};
GRANT SELECT ON {db}.push_hold TO {sendd}@{host};
GRANT SELECT, UPDATE (owner, done, answer)
    ON {db}.push_check TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_health TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_counter TO {sendd}@{host};
GRANT SELECT, DELETE ON {db}.push_idempotency TO {sendd}@{host};
GRANT SELECT (created), DELETE ON {db}.push_session TO {sendd}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_minute TO {sendd}@{host};
GRANT SELECT, UPDATE (ended, removed)
    ON {db}.push_maintenance TO {sendd}@{host};
GRANT SELECT ON {db}.push_schema TO {sendd}@{host};

-- cli: the commands of an operator -------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_app_credentials TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_device_registration TO {cli}@{host};
GRANT SELECT, UPDATE (n) ON {db}.push_device_turn TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_activation TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_check TO {cli}@{host};
GRANT SELECT (program, ended, removed)
    ON {db}.push_maintenance TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_send TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_outbox TO {cli}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_outbox_body TO {cli}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_message TO {cli}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_history TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE ON {db}.push_counter TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE (approved, approved_by, changed_by, changes,
    is_sent, message, queue_end, queued_id, recall_at, send_id, state,
    timestamp_completed, timestamp_sent), DELETE
    ON {db}.push_campaign TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_campaign_user TO {cli}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_campaign_twin TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_campaign_run TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_campaign_outcome TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE (is_read, timestamp_read), DELETE
    ON {db}.push_inbox TO {cli}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_inbox_app TO {cli}@{host};
GRANT SELECT ON {db}.push_shard TO {cli}@{host};
GRANT SELECT, UPDATE (draining) ON {db}.push_instance TO {cli}@{host};
GRANT SELECT ON {db}.push_health TO {cli}@{host};
GRANT SELECT, UPDATE ON {db}.push_grant TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE ON {db}.push_hold TO {cli}@{host};
GRANT SELECT ON {db}.push_schema TO {cli}@{host};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON {db}.push_integration TO {cli}@{host};
GRANT SELECT, INSERT ON {db}.push_audit TO {cli}@{host};
GRANT SELECT (id, sealed), INSERT, UPDATE (sealed)
    ON {db}.push_audit_key TO {cli}@{host};

-- maintain: "outpost maintain", which cron runs. Only it may delete rows of the
-- audit trail ([maintain] audit), and it sees no text, token or key.

GRANT SELECT (id) ON {db}.push_app_credentials TO {maintain}@{host};
GRANT SELECT (id, activation_id, timestamp_last_registered, gone_at),
    UPDATE (gone_at, gone_reason), DELETE
    ON {db}.push_device_registration TO {maintain}@{host};
GRANT SELECT (activation_id, activation_status, timestamp_changed), DELETE
    ON {db}.push_activation TO {maintain}@{host};
GRANT SELECT (timestamp_created), DELETE
    ON {db}.push_message TO {maintain}@{host};
GRANT SELECT (finished), DELETE ON {db}.push_history TO {maintain}@{host};
GRANT SELECT (id, created, total, done, scheduled), DELETE
    ON {db}.push_send TO {maintain}@{host};
GRANT SELECT (id, send_id), DELETE
    ON {db}.push_outbox_body TO {maintain}@{host};
GRANT SELECT (id, send_id, state, timestamp_sent, timestamp_completed), DELETE
    ON {db}.push_campaign TO {maintain}@{host};
GRANT SELECT (campaign_id), DELETE
    ON {db}.push_campaign_user TO {maintain}@{host};
GRANT SELECT (campaign_id), DELETE
    ON {db}.push_campaign_twin TO {maintain}@{host};
GRANT SELECT (campaign_id), DELETE
    ON {db}.push_campaign_run TO {maintain}@{host};
GRANT SELECT (campaign_id), DELETE
    ON {db}.push_campaign_outcome TO {maintain}@{host};
GRANT SELECT (id, is_read, timestamp_created, timestamp_read), DELETE
    ON {db}.push_inbox TO {maintain}@{host};
GRANT SELECT (inbox_id), DELETE ON {db}.push_inbox_app TO {maintain}@{host};
GRANT SELECT (created), DELETE ON {db}.push_idempotency TO {maintain}@{host};
GRANT SELECT (app_id), DELETE ON {db}.push_counter TO {maintain}@{host};
GRANT SELECT (seen), DELETE ON {db}.push_health TO {maintain}@{host};
GRANT SELECT (incarnation, seen, figures), DELETE
    ON {db}.push_instance TO {maintain}@{host};
GRANT SELECT (granted), DELETE ON {db}.push_grant TO {maintain}@{host};
GRANT SELECT (asked), DELETE ON {db}.push_check TO {maintain}@{host};
GRANT SELECT (created), DELETE ON {db}.push_session TO {maintain}@{host};
GRANT SELECT (minute), DELETE ON {db}.push_minute TO {maintain}@{host};
GRANT SELECT (created, last_used), DELETE
    ON {db}.push_integration TO {maintain}@{host};
GRANT SELECT, INSERT, DELETE ON {db}.push_audit TO {maintain}@{host};
GRANT SELECT (program, until, owner), UPDATE
    ON {db}.push_maintenance TO {maintain}@{host};
GRANT SELECT ON {db}.push_schema TO {maintain}@{host};
