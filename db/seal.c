/* SPDX-License-Identifier: MIT */
#include "db/seal.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/mem.h"
#include "lib/text.h"

#include "db/application.h"
#include "db/box.h"

struct sealing {
	struct db *db;
	struct keyring *keyring;
	struct arena *mem;
	seal_tell *tell;
	void *arg;
};

/* A row of SQL_APP_CREDENTIALS. */
struct row {
	int64_t id;
	const char *app_id;
	struct apns_credentials apns;
	struct fcm_credentials fcm;
	struct hms_credentials hms;
	size_t hms_len;
};

/* Copied: the setters run statements of their own. */
static const char *
copy(struct arena *a, const struct rows *r, unsigned i, size_t *len)
{
	const char *data = db_blob(r, i, len);

	return data != NULL ? arena_text(a, data, *len) : NULL;
}

static const struct err *
read_row(struct sealing *s, int64_t id, struct row *row)
{
	struct rows *r;
	const struct err *e = db_query(s->db, SQL_APP_CREDENTIALS,
	    VALUES(v_i64(id)), &r);

	memset(row, 0, sizeof *row);
	if (e != NULL)
		return e;
	if (db_next(r)) {
		row->id = id;
		row->app_id = db_copy(s->mem, r, 1);
		row->apns.key = copy(s->mem, r, 3, &row->apns.key_len);
		row->apns.team_id = db_copy(s->mem, r, 4);
		row->apns.key_id = db_copy(s->mem, r, 5);
		row->apns.bundle = db_copy(s->mem, r, 6);
		row->apns.environment = db_copy(s->mem, r, 7);
		row->fcm.key = copy(s->mem, r, 8, &row->fcm.key_len);
		row->fcm.project_id = db_copy(s->mem, r, 9);
		row->hms.project_id = db_copy(s->mem, r, 10);
		row->hms.client_id = db_copy(s->mem, r, 11);
		row->hms.client_secret = copy(s->mem, r, 12, &row->hms_len);
	}
	db_done(r);
	return NULL;
}

/* Is there something to seal? Of what is sealed: does it open? What came
 * from the published server is text; anything else was a box once. */
static bool
is_open(struct sealing *s, const struct row *row, const char *column,
    const char *data, size_t len)
{
	struct buf b = BUF(BOX_MAX);
	char place[BOX_PLACE];

	if (data == NULL)
		return false;
	if (!keyring_is_sealed(data, len) && text_is_utf8(data, len))
		return true;
	box_place_app(column, row->id, place);
	if (keyring_unseal(s->keyring, place, data, len, &b) != NULL)
		s->tell(SEAL_SHUT, row->app_id, column, s->arg);
	if (b.data != NULL)
		explicit_bzero(b.data, b.size);
	buf_done(&b);
	return false;
}

static const struct err *
seal_row(struct sealing *s, const struct row *row)
{
	const struct err *e;

	if (is_open(s, row, "apns_private_key", row->apns.key,
		row->apns.key_len)) {
		if ((e = application_set_apns(s->db, s->keyring, row->id,
			 &row->apns)) != NULL)
			return e;
		s->tell(SEAL_DONE, row->app_id, "apns_private_key", s->arg);
	}
	if (is_open(s, row, "fcm_private_key", row->fcm.key,
		row->fcm.key_len)) {
		if ((e = application_set_fcm(s->db, s->keyring, row->id,
			 &row->fcm)) != NULL)
			return e;
		s->tell(SEAL_DONE, row->app_id, "fcm_private_key", s->arg);
	}
	if (is_open(s, row, "hms_client_secret", row->hms.client_secret,
		row->hms_len)) {
		if ((e = application_set_hms(s->db, s->keyring, row->id,
			 &row->hms)) != NULL)
			return e;
		s->tell(SEAL_DONE, row->app_id, "hms_client_secret", s->arg);
	}
	return NULL;
}

const struct err *
seal_all(struct db *db, struct keyring *k, seal_tell *tell, void *arg)
{
	struct sealing s = {db, k, arena_new(), tell, arg};
	struct application_version *list;
	const struct err *e;
	struct row row;
	size_t n;

	e = application_versions(db, s.mem, &list, &n);
	for (size_t i = 0; e == NULL && i < n; i++)
		if ((e = read_row(&s, list[i].id, &row)) == NULL)
			e = seal_row(&s, &row);
	arena_free(s.mem);
	return e;
}
