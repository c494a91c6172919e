/* SPDX-License-Identifier: MIT */
/* The section of a provider in outpost.conf: all keys that one may have, and
 * the rows that several providers' tables share. */
#ifndef PUSH_SECTION_H
#define PUSH_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"

/* Keys that a provider does not have stay zero. */
struct provider_settings {
	bool use_development; /* APNs: for apps that name none */
	char *production_url, *development_url; /* APNs */
	char *send_url;				/* %s: project */
	char *token_url;			/* HMS */
	char *hosts;				/* Web Push: lib/host.h */
	char *ca_file;				/* NULL: system */
	char *proxy, *proxy_user, *proxy_password_file;
	int64_t connections, connect_timeout_ms, response_timeout_ms;
	int64_t idle_ms; /* APNs, FCM: PING after; HMS: close after */
	int64_t rate;	 /* per second and application */
	int64_t batch;	 /* HMS: tokens per request */
	bool data_only;
	bool apple; /* FCM: add a block for Apple devices */
};

#define SECTION_HOUR 3600000 /* ms */

/* The offset of a key within its section; core/settings.c adds the offset of
 * the section. */
#define SECTION_AT(member) offsetof(struct provider_settings, member)

/* clang-format off */
/* The rows about a proxy; section is a text: "apns". */
#define SECTION_PROXY(section) \
	{ section ".proxy", CONF_URL, SECTION_AT(proxy), "", 0, 0, NULL, "HTTP CONNECT proxy, http://host:port" }, \
	{ section ".proxy_user", CONF_TEXT, SECTION_AT(proxy_user), "", 0, 0, NULL, "user at the proxy" }, \
	{ section ".proxy_password_file", CONF_SECRET, SECTION_AT(proxy_password_file), "", 0, 0, NULL, "file with the password at the proxy" }, \
	{ section ".ca_file", CONF_PATH, SECTION_AT(ca_file), "", 0, 0, NULL, "CA certificates; none: the system's" }
/* clang-format on */

#endif
