/* SPDX-License-Identifier: MIT */
/* The key file, and whether it opens every sealed credential. */
#include "core/doctor_part.h"

#include <stdio.h>
#include <string.h>

#include "db/sealed_walk.h"

struct keys_seen {
	uint64_t all, older, shut;
	char first[64]; /* application of the first that does not open */
};

static void
count_seal(const struct sealed_found *b, void *arg)
{
	struct keys_seen *k = arg;

	k->all++;
	k->older += b->state == SEALED_OLDER;
	if (b->state != SEALED_UNREADABLE)
		return;
	if (k->shut++ == 0)
		(void)snprintf(k->first, sizeof k->first, "%.60s",
		    b->app_id);
}

static void
report_seals(struct doctor *d, const struct keys_seen *k)
{
	unsigned long long all = k->all, shut = k->shut;

	if (shut > 0 && shut == all)
		doctor_find(d, FINDING_ERROR, "Bring back the key file that "
		    "belongs to this database, from your copy of it, or set "
		    "every credential anew.", "not one of %llu sealed "
		    "credentials opens: the key file is of another database",
		    all);
	else if (shut > 0)
		doctor_find(d, FINDING_ERROR, "Add its key to the key file "
		    "again, or set that credential anew (outpost app).",
		    "%llu of %llu sealed credentials do not open, the first "
		    "of application %s", shut, all, k->first);
	else if (k->older > 0)
		doctor_find(d, FINDING_NOTE, "Run \"outpost secrets rotate\" "
		    "to finish the rotation.", "%llu of %llu sealed "
		    "credentials are under an older key",
		    (unsigned long long)k->older, all);
	else
		doctor_find(d, FINDING_OK, NULL, "all %llu sealed credentials "
		    "open", all);
}

void
doctor_check_keys(struct doctor *d)
{
	struct keys_seen seen = {0};
	struct keyring *keyring = NULL;
	const struct err *e = keyring_new(d->settings->secrets.key_file,
	    &keyring);

	if (e != NULL)
		doctor_find(d, FINDING_ERROR, "Run \"outpost setup\" if there "
		    "never was a key file, else bring it back, mode 0640 of "
		    "group outpost.", "%s", e->text);
	else if (d->db == NULL)
		doctor_find(d, FINDING_OK, NULL, "%u keys",
		    keyring_count(keyring));
	else if ((e = sealed_walk(d->db, keyring, SEALED_CHECK, count_seal,
		      &seen)) != NULL)
		doctor_unanswered(d, e);
	else
		report_seals(d, &seen);
	keyring_free(keyring);
}
