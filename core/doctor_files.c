/* SPDX-License-Identifier: MIT */
/* Who can open our files and sockets: nobody else, and of the web server's
 * user an account. */
#include "core/doctor_part.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/conf_expand.h"
#include "lib/mem.h"

#define GROUPS 64
#define NAMES 16384 /* bytes for an entry of passwd(5) */

static const char *const programs[] = {"push", "inbox", "admin", "sendd",
    "cli", "maintain"};

/* As the units of systemd have them. */
static const char *const sockets[] = {"/run/outpost-fcgi/push.sock",
    "/run/outpost-fcgi/inbox.sock", "/run/outpost-fcgi/admin.sock"};

/* Of Debian, Fedora, Alpine. */
static const char *const web_users[] = {"www-data", "apache", "lighttpd",
    "nginx", "http"};

/* --- which ------------------------------------------------------------ */

#define PATHS 32

struct paths {
	const char *of[PATHS]; /* in the doctor's arena */
	size_t n;
};

static void
add_path(struct doctor *d, struct paths *p, const char *path)
{
	if (path != NULL && p->n < PATHS)
		p->of[p->n++] = arena_text(d->mem, path, strlen(path));
}

static void
list_secrets(struct doctor *d, struct paths *p)
{
	const struct settings *s = d->settings;

	for (size_t i = 0; i < nitems(programs); i++) {
		char *file = conf_expand(s->database.password_file,
		    programs[i]);

		add_path(d, p, file);
		free(file);
	}
	add_path(d, p, s->secrets.key_file);
	add_path(d, p, s->sendd.listen_key_file);
	add_path(d, p, s->powerauth.client_secret_file);
	for (int i = 0; i < PLATFORM__COUNT; i++)
		add_path(d, p, s->provider[i].proxy_password_file);
}

/* --- nobody else ------------------------------------------------------ */

static void
look_at_secret(struct doctor *d, const char *path, size_t *closed)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return; /* whoever needs it says so */
	if ((st.st_mode & S_IRWXO) == 0)
		(*closed)++;
	else
		doctor_find(d, FINDING_ERROR, arena_fmt(d->mem, "Close it: "
		    "chmod o= %s, and change what it keeps if others have "
		    "been here.", path), "every user may open %s (mode "
		    "%04o), so no program takes it", path,
		    (unsigned)st.st_mode & 07777);
}

static void
look_at_socket(struct doctor *d, const char *path, size_t *closed)
{
	struct stat st;

	if (path == NULL || stat(path, &st) != 0)
		return;
	if (!S_ISSOCK(st.st_mode))
		doctor_find(d, FINDING_ERROR, arena_fmt(d->mem, "Remove %s, "
		    "and restart what listens there.", path), "%s is no "
		    "socket", path);
	else if ((st.st_mode & S_IRWXO) == 0)
		(*closed)++;
	else
		doctor_find(d, FINDING_WARNING, arena_fmt(d->mem, "Close it: "
		    "chmod 0660 %s, as setup and the units have it.", path),
		    "every user may talk to %s (mode %04o)", path,
		    (unsigned)st.st_mode & 07777);
}

/* --- the web server's user -------------------------------------------- */

struct person {
	uid_t uid;
	gid_t groups[GROUPS];
	int n_groups;
};

static bool
find_person(const char *name, struct person *p)
{
	char *names = xcalloc(1, NAMES);
	struct passwd entry, *found = NULL;
	bool there = getpwnam_r(name, &entry, names, NAMES, &found) == 0 &&
	    found != NULL;

	if (there) {
		p->uid = entry.pw_uid;
		p->n_groups = GROUPS;
		if (getgrouplist(name, entry.pw_gid, p->groups,
			&p->n_groups) < 0)
			p->n_groups = GROUPS;
	}
	free(names);
	return there;
}

static bool
may_read(const struct person *p, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	if (st.st_uid == p->uid)
		return (st.st_mode & S_IRUSR) != 0;
	for (int i = 0; i < p->n_groups; i++)
		if (p->groups[i] == st.st_gid)
			return (st.st_mode & S_IRGRP) != 0;
	return (st.st_mode & S_IROTH) != 0;
}

/* It is no fault: a web server that starts the responders needs them. */
static void
tell_of(struct doctor *d, const char *user, const struct paths *p)
{
	const char *all = "";
	struct person who;

	if (!find_person(user, &who))
		return;
	for (size_t i = 0; i < p->n; i++)
		if (may_read(&who, p->of[i]))
			all = arena_fmt(d->mem, "%s%s%s", all,
			    *all != '\0' ? ", " : "",
			    strrchr(p->of[i], '/') + 1);
	doctor_find(d, FINDING_OK, NULL, *all != '\0' ? "%s may read %s, as "
	    "a web server must that starts responders" : "%s may read no "
	    "secret%s", user, all);
}

void
doctor_check_files(struct doctor *d)
{
	struct paths secrets = {.n = 0};
	size_t closed = 0, before;

	list_secrets(d, &secrets);
	for (size_t i = 0; i < secrets.n; i++)
		look_at_secret(d, secrets.of[i], &closed);
	before = closed;
	look_at_socket(d, d->settings->sendd.doorbell, &closed);
	for (size_t i = 0; i < nitems(sockets); i++)
		look_at_socket(d, sockets[i], &closed);
	doctor_find(d, FINDING_OK, NULL, "%zu secret files and %zu sockets "
	    "are open to their group at most", before, closed - before);
	/* a responder may live in a user namespace, which shows it no owners */
	for (size_t i = 0; !d->is_call && i < nitems(web_users); i++)
		tell_of(d, web_users[i], &secrets);
}
