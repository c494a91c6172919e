/* SPDX-License-Identifier: MIT */
/*
 * Credentials are looked at when they are set, while the person who has the
 * right ones is still there: what cannot work is refused with a sentence
 * that tells what is wanted. Whatever passes here, sendd can use; the other
 * way round is not so, for databases that move in are taken as they are.
 */
#ifndef PUSH_CREDENTIAL_CHECK_H
#define PUSH_CREDENTIAL_CHECK_H

#include "lib/arena.h"
#include "lib/err.h"
#include "push/oauth.h"

/* The .p8 file of Apple: one EC key on P-256 without a password, in PEM as
 * key_read takes it. */
const struct err *credential_check_apns_key(const char *pem, size_t len);
const struct err *credential_check_apns_names(
    const char *team_id, const char *key_id, const char *bundle);

/* A service account that asks for its tokens where it may
 * (credential_check_token_uri). What was read is in *account, the arena's. */
const struct err *credential_check_fcm_key(struct arena *a,
    const char *send_url, const char *json, size_t len,
    struct service_account *account);
/*
 * May it send for that project, given by its id or its number? One of another
 * project may, where that one has given it the right to; so *doubt is what one
 * should know then, in the arena, or NULL. Source: Firebase, "Authorize send
 * requests", service accounts of another project. ERR_INVALID: no project.
 */
const struct err *credential_check_fcm_project(struct arena *a,
    const struct service_account *account, const char *project_id,
    const char **doubt);

const struct err *credential_check_hms(
    const char *project_id, const char *client_id, const char *client_secret);

/* May a service account have its tokens from there? From Google, or from
 * where [fcm] send_url sends to: who sets a credential must not choose which
 * hosts our machine talks to. */
const struct err *credential_check_token_uri(
    const char *token_uri, const char *send_url);

#endif
