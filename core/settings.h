/* SPDX-License-Identifier: MIT */
/*
 * outpost.conf, the same for all programs. It is read at start (and by sendd
 * on SIGHUP), then constant. Times in milliseconds, sizes in bytes.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/err.h"

#include "push/provider.h"

#include "db/db.h"

enum { AUTH_BASIC, AUTH_NONE };
enum { DELIVER_DAEMON, DELIVER_AUTO };
enum { DIALECT_PUBLISHED, DIALECT_JAVA, DIALECT_JAVA_1_4 };

struct settings {
	char *file; /* where they were read from; no setting */
	struct {
		char *name, *display_name, *environment;
	} service;
	struct db_settings database;
	struct {
		int auth, dialect, deliver;
		char *prefix, *correlation_header, *correlation_pattern;
		char *url;	/* where callers reach it; NULL: unknown */
		char *counters;	/* a directory */
		char *trust, *proxies; /* lists of lib/net.h */
		int64_t workers, queue_max, queue_timeout_ms;
		int64_t body_max, batch_max, sync_timeout_ms, waiting_max;
	} api;
	struct {
		char *url, *client_token, *client_secret_file, *ca_file;
		int version;
		int64_t connect_timeout_ms, response_timeout_ms;
		bool accept_invalid;
	} powerauth;
	struct {
		bool multiple_activations;
	} registration;
	struct {
		bool storage;
		int64_t retention_ms, history_ms; /* history 0: none */
		int64_t default_ttl_ms;
	} message;
	struct {
		int64_t chunk;
		bool approval, history;
	} campaign;
	struct provider_settings provider[PLATFORM__COUNT];
	struct {
		char *instance, *doorbell;
		char *listen, *listen_key_file; /* for other machines */
		int64_t shards_max, lease_ms, poll_ms, room, batch;
		int64_t retry_min_ms, retry_max_ms, give_up_ms;
		bool dry_run; /* compose and count, send nothing */
	} sendd;
	struct {
		int64_t keep_ms, guard_window_ms;
		double guard_share;
	} quarantine;
	struct {
		bool sendd;
		char *audit_file;
		/* ages; 0: kept for ever */
		int64_t campaigns_ms, inbox_read_ms, inbox_unread_ms;
		int64_t activations_ms, devices_ms, integrations_ms, audit_ms;
	} maintain;
	struct {
		char *key_file;
		bool core_dumps;
	} secrets;
	struct {
		int target, level, time;
	} log;
};

/* Read the settings from path, else $OUTPOST_CONF, else a file beside the
 * program (core/beside.h), else /etc/outpost/outpost.conf. */
const struct err *settings_load(const char *path, struct settings *s);

/* settings_load that also writes a line to notes (NULL: nowhere) for each key
 * that is set twice to different values, or has no effect beside another
 * key. */
const struct err *settings_check(const char *path, struct settings *s,
    FILE *notes);

/* The path that settings_load reads. The first call that finds none in path and
 * environment comes before any thread. */
const char *settings_path(const char *path);

/* Are applications that name no environment in development? */
bool settings_development(const struct settings *s);

/* The value of a duration by its name, "message.retention", in ms. */
int64_t settings_duration(const struct settings *s, const char *name);

void settings_done(struct settings *s); /* frees the texts */
void settings_print(const struct settings *s, FILE *out);

#endif
