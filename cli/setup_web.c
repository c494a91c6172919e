/* SPDX-License-Identifier: MIT */
/* Rights for a web server that starts the responders itself: these run as its
 * user, and read what setup has made for the users of the services. */
#include "cli/setup_part.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/conf_expand.h"
#include "lib/mem.h"

#define USERMOD "/usr/sbin/usermod"

/* NOLINTBEGIN(concurrency-mt-unsafe): this program has one thread */
static const struct passwd *
web_user(const struct setup *s)
{
	return s->web_user != NULL ? getpwnam(s->web_user) : NULL;
}

/* Before the first change: can this user be given rights at all? */
const struct err *
setup_web_check(struct setup *s)
{
	const char *name = s->web_user;

	if (name == NULL)
		return NULL;
	if (web_user(s) == NULL)
		return err_new(ERR_INVALID, "there is no user %s on this "
		    "machine", name);
	if (s->settings->database.password_file == NULL)
		return err_new(ERR_INVALID, "set database.password_file, for "
		    "%s cannot log in as another user by the socket", name);
	if (geteuid() != 0)
		return err_new(ERR_INVALID, "only root can give %s rights",
		    name);
	if (getgrnam(SETUP_GROUP) == NULL)
		return err_new(ERR_INVALID, "there is no group " SETUP_GROUP
		    ": run systemd-sysusers first");
	return NULL;
}

/* Its owner keeps the file: the service and the web server can both read it. */
static const struct err *
share_open(int fd, const char *file, const struct passwd *pw, bool *changed)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno("cannot look at %s", file);
	if (st.st_uid == pw->pw_uid ||
	    (st.st_gid == pw->pw_gid && (st.st_mode & S_IRGRP) != 0))
		return NULL;
	if (fchown(fd, (uid_t)-1, pw->pw_gid) != 0 || fchmod(fd, 0640) != 0)
		return err_errno("cannot give %s to the group of %s", file,
		    pw->pw_name);
	*changed = true;
	return NULL;
}

static const struct err *
share(struct setup *s, const char *file, const struct passwd *pw,
    bool *changed)
{
	int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	const struct err *e;
	bool given = false;

	if (fd < 0)
		return err_errno("cannot open %s", file);
	e = share_open(fd, file, pw, &given);
	(void)close(fd);
	if (e != NULL)
		return e;
	if (given)
		setup_did(s, "gave the group of %s the right to read %s",
		    pw->pw_name, file);
	else
		setup_same(s, "%s can read %s", pw->pw_name, file);
	*changed |= given;
	return NULL;
}

static const struct err *
share_passwords(struct setup *s, const struct passwd *pw, bool *changed)
{
	static const char *const responders[] = {"push", "inbox", "admin"};
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < nitems(responders); i++) {
		char *file = conf_expand(s->settings->database.password_file,
		    responders[i]);

		e = share(s, file, pw, changed);
		free(file);
	}
	return e;
}

static bool
is_member(const struct group *gr, const struct passwd *pw)
{
	for (char **name = gr->gr_mem; *name != NULL; name++)
		if (strcmp(*name, pw->pw_name) == 0)
			return true;
	return pw->pw_gid == gr->gr_gid;
}

/* The group has the key file and the doorbell. */
static const struct err *
join_group(struct setup *s, const struct passwd *pw, bool *changed)
{
	char name[] = "usermod", option[] = "-aG", group[] = SETUP_GROUP;
	char *const argv[] = {name, option, group, pw->pw_name, NULL};
	char *const no_env[] = {NULL};
	const struct group *gr = getgrnam(SETUP_GROUP);
	int status = 0;
	pid_t pid;

	if (gr != NULL && is_member(gr, pw)) {
		setup_same(s, "%s is in the group " SETUP_GROUP, pw->pw_name);
		return NULL;
	}
	errno = posix_spawn(&pid, USERMOD, NULL, NULL, argv, no_env);
	if (errno != 0)
		return err_errno("cannot run " USERMOD);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		return err_new(ERR_INVALID, USERMOD " could not add %s to the "
		    "group " SETUP_GROUP, pw->pw_name);
	setup_did(s, "added %s to the group " SETUP_GROUP ": restart the web "
	    "server", pw->pw_name);
	*changed = true;
	return NULL;
}

const struct err *
setup_web_user(struct setup *s)
{
	const struct passwd *pw = web_user(s);
	const struct err *e;
	bool changed = false;

	if (pw == NULL)
		return NULL;
	if ((e = share_passwords(s, pw, &changed)) != NULL ||
	    (e = join_group(s, pw, &changed)) != NULL)
		return e;
	if (changed)
		setup_warn(s, "whoever controls a program that runs as %s now "
		    "has the rights of all responders, and the key file; "
		    "services with sockets keep them apart", pw->pw_name);
	return NULL;
}
/* NOLINTEND(concurrency-mt-unsafe) */
