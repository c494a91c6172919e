/* SPDX-License-Identifier: MIT */
/* How long are certificates valid: MariaDB's, and those of the CA files in the
 * settings? Those of providers are seen by sendd: doctor_network.c. */
#include "core/doctor_part.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/http.h"
#include "lib/mem.h"

#include "db/server.h"

#define DAY_S 86400
#define SOON_DAYS 14

bool
doctor_certificate(struct doctor *d, const char *whose, int64_t until_s,
    const char *remedy, long long *days)
{
	int64_t left_s = until_s - clock_now_ms() / 1000;

	*days = left_s / DAY_S;
	if (left_s <= 0)
		doctor_find(d, FINDING_ERROR, remedy, "%s expired %lld days "
		    "ago", whose, -*days);
	else if (*days < SOON_DAYS)
		doctor_find(d, FINDING_WARNING, remedy, "%s expires in %lld "
		    "days", whose, *days);
	return *days >= SOON_DAYS;
}

/* "Nov 29 09:04:59 2026 GMT", of the context that serves this connection;
 * none when it is not encrypted. */
static void
look_at_mariadb(struct doctor *d)
{
	struct server_values v;
	const struct err *e = server_values_read(d->db, d->mem, &v);
	const char *until = e == NULL ? server_value(&v,
	    "ssl_server_not_after") : "";
	long long days;

	if (e != NULL)
		doctor_unanswered(d, e);
	else if (*until != '\0' && doctor_certificate(d, "MariaDB's "
		"certificate", http_time(until), "Renew it (ssl_cert in "
		"MariaDB's settings), and let MariaDB read it: FLUSH SSL.",
		&days))
		doctor_find(d, FINDING_OK, NULL, "MariaDB's is valid for "
		    "%lld days", days);
}

struct ca_file {
	const char *section, *key, *path;
};

/* One file may have several CAs, of which some are past: the last counts. */
static void
look_at_file(struct doctor *d, const struct ca_file *f)
{
	const char *path = f->path;
	struct crypto_certificates c;
	const struct err *e;
	const char *remedy = arena_fmt(d->mem, "Put the CA's present "
	    "certificate into that file, or let [%s] %s name another one.",
	    f->section, f->key);
	long long days;

	e = crypto_certificates(path, clock_now_ms() / 1000, &c);
	if (e != NULL)
		doctor_find(d, FINDING_ERROR, remedy, "%s", e->text);
	else if (doctor_certificate(d, arena_fmt(d->mem, "the CA in %s", path),
		     c.until_s, remedy, &days))
		doctor_find(d, FINDING_OK, NULL, "%s is valid for %lld days",
		    path, days);
	if (e == NULL && c.expired > 0 && c.expired < c.n)
		doctor_find(d, FINDING_NOTE, "Remove what is no longer "
		    "needed.", "%u of %u certificates in %s have expired",
		    c.expired, c.n, path);
}

/* Several providers may have one file. */
static bool
is_among(const char *path, const struct ca_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (files[i].path != NULL && strcmp(files[i].path, path) == 0)
			return true;
	return false;
}

void
doctor_check_certificates(struct doctor *d)
{
	const struct settings *s = d->settings;
	struct ca_file files[PLATFORM__COUNT + 2] = {
	    {"powerauth", "ca_file", s->powerauth.ca_file},
	    {"database", "tls_ca", s->database.socket == NULL
		? s->database.tls_ca : NULL}};

	for (int p = 0; p < PLATFORM__COUNT; p++)
		files[p + 2] = (struct ca_file){providers[p]->name, "ca_file",
		    s->provider[p].ca_file};
	for (size_t i = 0; i < nitems(files); i++)
		if (files[i].path != NULL &&
		    !is_among(files[i].path, files, i))
			look_at_file(d, &files[i]);
	if (d->db != NULL)
		look_at_mariadb(d);
}
