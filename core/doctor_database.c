/* SPDX-License-Identifier: MIT */
/* Is the database reached, does it keep what it has accepted, and are the
 * tables those of this release? */
#include "core/doctor_part.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/conf_expand.h"
#include "lib/mem.h"

#include "db/server.h"

#define OLDEST_MAJOR 10 /* MariaDB 10.6 */
#define OLDEST_MINOR 6
#define SPARE_CONNECTIONS 20 /* of sendd, commands, administrators */

/* --- reach ------------------------------------------------------------ */

static const char *
remedy_of(struct doctor *d)
{
	const struct db_settings *s = &d->settings->database;
	char *file = conf_expand(s->password_file, d->program);
	const char *of_file = file != NULL ? arena_fmt(d->mem, "Put the "
	    "password of this MariaDB user into %s, or remove that file and "
	    "run \"outpost setup\", which makes a new one.", file) : "Run "
	    "\"outpost setup\" and the command as a user whom MariaDB knows "
	    "by the socket.";

	free(file);
	switch (d->refusal) {
	case DB_NOT_REFUSED:
	case DB_UNREACHED:
		return "Start MariaDB, or correct [database] socket or host "
		       "in outpost.conf.";
	case DB_LOGIN_REFUSED:
		return of_file;
	case DB_DENIED:
		return "Run \"outpost setup\", which gives rights; with "
		       "[database] tls_ca, make it the authority of MariaDB's "
		       "certificate.";
	case DB_NO_PASSWORD:
	case DB_NO_TABLES:
	case DB_OLD_TABLES:
		return "Run \"outpost setup\".";
	case DB_NEW_TABLES:
		return "Install the release that made these tables.";
	}
	return NULL;
}

void
doctor_check_database(struct doctor *d)
{
	const struct db_settings *s = &d->settings->database;
	char *user = conf_expand(s->user, d->program);

	if (d->db == NULL)
		doctor_find(d, FINDING_ERROR, remedy_of(d), "%s", d->refused);
	else
		doctor_find(d, FINDING_OK, NULL, "%s as %s at %s", s->name,
		    user, db_where(d->db));
	free(user);
}

/* --- settings of the server ------------------------------------------- */

/* What a setting must be: one of the words, or a number of at least least. */
static const struct wanted {
	const char *name, *words; /* " 1 on ": separated by blanks */
	int64_t least;
	enum finding_level level;
	const char *why, *remedy;
} wanted[] = {
	{"innodb_flush_log_at_trx_commit", " 1 ", 0, FINDING_WARNING,
	    "a message that was accepted in the latest second is lost when "
	    "the machine fails",
	    "Set innodb_flush_log_at_trx_commit = 1 in MariaDB's settings."},
	{"innodb_doublewrite", " 1 on ", 0, FINDING_WARNING,
	    "a page that was half written when the machine failed stays torn",
	    "Set innodb_doublewrite = ON in MariaDB's settings, unless the "
	    "file system writes pages whole."},
	{"innodb_flush_method", " fsync o_direct o_direct_no_fsync o_dsync ",
	    0, FINDING_WARNING, "writes do not reach the disk when they are "
	    "said to",
	    "Set innodb_flush_method = O_DIRECT in MariaDB's settings."},
	{"read_only", " 0 off ", 0, FINDING_ERROR, "nothing can be accepted",
	    "Set read_only = OFF, or name the server that takes writes in "
	    "outpost.conf."},
	{"max_allowed_packet", NULL, 16 * 1024 * 1024, FINDING_WARNING,
	    "large campaigns and batches fail",
	    "Set max_allowed_packet = 16M in MariaDB's settings."},
	{"innodb_buffer_pool_size", NULL, 128 * 1024 * 1024, FINDING_NOTE,
	    "little memory for a database that grows",
	    "Set innodb_buffer_pool_size to a part of the machine's memory "
	    "when sending is slow."},
};

static bool
is_as_wanted(const struct wanted *w, const char *value)
{
	char word[64];

	if (w->words == NULL)
		return strtoll(value, NULL, 10) >= w->least;
	(void)snprintf(word, sizeof word, " %s ", value);
	return strcasestr(w->words, word) != NULL;
}

/* The binary log matters only if there is one. */
static void
look_at_log(struct doctor *d, const struct server_values *v)
{
	if (strcasecmp(server_value(v, "log_bin"), "ON") != 0)
		return;
	if (strcmp(server_value(v, "sync_binlog"), "1") != 0)
		doctor_find(d, FINDING_WARNING, "Set sync_binlog = 1 in "
		    "MariaDB's settings.", "sync_binlog is %s: after a "
		    "failure of the machine replicas may lack messages that "
		    "were accepted", server_value(v, "sync_binlog"));
	if (strcasecmp(server_value(v, "binlog_format"), "STATEMENT") == 0)
		doctor_find(d, FINDING_ERROR, "Set binlog_format = MIXED in "
		    "MariaDB's settings.", "binlog_format is STATEMENT, "
		    "which cannot log what our programs write");
}

bool
doctor_mariadb_is_old(const char *version)
{
	char *end;
	long major = strtol(version, &end, 10);
	long minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;

	return major < OLDEST_MAJOR ||
	    (major == OLDEST_MAJOR && minor < OLDEST_MINOR);
}

static void
look_at_version(struct doctor *d, const struct server_values *v)
{
	const char *version = server_value(v, "version");

	if (doctor_mariadb_is_old(version))
		doctor_find(d, FINDING_ERROR, "Upgrade MariaDB to 10.6 or "
		    "later.", "version %s is too old", version);
	else
		doctor_find(d, FINDING_OK, NULL, "MariaDB %s", version);
}

/* Three responders, each with its workers and one connection for long calls,
 * when every one of them is busy. */
static void
look_at_connections(struct doctor *d, const struct server_values *v)
{
	long long most = strtoll(server_value(v, "max_connections"), NULL, 10);
	long long used = strtoll(server_value(v, "max_used_connections"), NULL,
	    10);
	long long need = 3 * (d->settings->api.workers + 1) +
	    SPARE_CONNECTIONS;

	if (most < need)
		doctor_find(d, FINDING_WARNING, arena_fmt(d->mem, "Set "
		    "max_connections = %lld or more in MariaDB's settings, or "
		    "fewer [api] workers.", need), "max_connections is %lld, "
		    "busy programs may open %lld", most, need);
	else if (used >= most)
		doctor_find(d, FINDING_WARNING, "Raise max_connections in "
		    "MariaDB's settings.", "all %lld connections were in use "
		    "once since MariaDB started", most);
}

void
doctor_check_server(struct doctor *d)
{
	struct server_values v;
	const struct err *e = server_values_read(d->db, d->mem, &v);

	if (e != NULL) {
		doctor_unanswered(d, e);
		return;
	}
	look_at_version(d, &v);
	for (size_t i = 0; i < nitems(wanted); i++) {
		const char *value = server_value(&v, wanted[i].name);

		if (*value != '\0' && !is_as_wanted(&wanted[i], value))
			doctor_find(d, wanted[i].level, wanted[i].remedy,
			    "%s is %s: %s", wanted[i].name, value,
			    wanted[i].why);
	}
	look_at_log(d, &v);
	look_at_connections(d, &v);
}

/* --- tables and programs ---------------------------------------------- */

/* The connection exists, so the tables serve this program. */
void
doctor_check_schema(struct doctor *d)
{
	doctor_find(d, FINDING_OK, NULL, "schema version %d, outpost %s",
	    SQL_SCHEMA_NOW, OUTPOST_VERSION);
}
