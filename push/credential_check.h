/* SPDX-License-Identifier: MIT */
/*
 * Checks of a credential at the moment when it is set, while the person who
 * has the right one is still there: a credential that cannot work is refused
 * with a sentence that names what is expected. sendd can use every credential
 * that passes here. The reverse is not true, because credentials in an
 * imported database are accepted as they are.
 */
#ifndef PUSH_CREDENTIAL_CHECK_H
#define PUSH_CREDENTIAL_CHECK_H

#include "lib/arena.h"
#include "lib/err.h"
#include "push/oauth.h"

/* Apple's .p8 file: one EC key on P-256 without a password, in PEM as key_read
 * accepts it. */
const struct err *credential_check_apns_key(const char *pem, size_t len);

/* ERR_INVALID unless each name is printable ASCII without blanks at the
 * ends. */
const struct err *credential_check_apns_names(
    const char *team_id, const char *key_id, const char *bundle);

/* A service account with an allowed token server (credential_check_token_uri).
 * *account is what was read; the arena owns it. */
const struct err *credential_check_fcm_key(struct arena *a,
    const char *send_url, const char *json, size_t len,
    struct service_account *account);

/*
 * May the service account send for that project, given by its id or its
 * number? It may if the project is its own, or has granted it the right.
 * *doubt is a warning in the arena when the project is another one or cannot
 * be compared, else NULL. Source: Firebase, "Authorize send requests", service
 * accounts of another project. ERR_INVALID: this is not a project.
 */
const struct err *credential_check_fcm_project(struct arena *a,
    const struct service_account *account, const char *project_id,
    const char **doubt);

/* ERR_INVALID when a value is missing or cannot be one of HMS. */
const struct err *credential_check_hms(
    const char *project_id, const char *client_id, const char *client_secret);

/* May a service account ask for its tokens at that URI? Only at Google, or at
 * the host of [fcm] send_url: the person who sets a credential must not choose
 * which hosts this machine connects to. */
const struct err *credential_check_token_uri(
    const char *token_uri, const char *send_url);

#endif
