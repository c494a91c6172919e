/* SPDX-License-Identifier: MIT */
#include "cli/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/text.h"

#define PATH_LEN 4096

void
secret_new(char text[SECRET_TEXT])
{
	unsigned char bytes[(SECRET_TEXT - 1) / 2];

	crypto_random(bytes, sizeof bytes);
	text_hex(bytes, sizeof bytes, text);
	explicit_bzero(bytes, sizeof bytes);
}

bool
secret_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* --- writing ---------------------------------------------------------- */

/* The owner and group of the file, if root writes it. */
struct reader {
	uid_t uid; /* -1: the process's own */
	gid_t gid;
	mode_t mode;
};

/* NOLINTBEGIN(concurrency-mt-unsafe): this program has one thread, and the
 * reentrant forms need a guess at the size of a group */
static struct reader
reader_of(const char *user, const char *group)
{
	struct reader r = {(uid_t)-1, (gid_t)-1, 0600};
	struct passwd *pw = NULL;
	struct group *gr = NULL;

	if (geteuid() != 0)
		return r;
	if (user != NULL && (pw = getpwnam(user)) != NULL)
		r.uid = pw->pw_uid;
	else if (group != NULL && (gr = getgrnam(group)) != NULL) {
		r.gid = gr->gr_gid;
		r.mode = 0640;
	}
	return r;
}

static const struct err *
make_directory(const char *path, const char *group)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_LEN];
	struct group *gr;

	if (slash == NULL || slash == path)
		return NULL;
	(void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
	if (mkdir(dir, 0750) != 0)
		return errno == EEXIST ? NULL :
		    err_errno("cannot make directory %s", dir);
	if (geteuid() == 0 && group != NULL && (gr = getgrnam(group)) != NULL &&
	    chown(dir, (uid_t)-1, gr->gr_gid) != 0)
		return err_errno("cannot give %s to group %s", dir, group);
	return NULL;
}
/* NOLINTEND(concurrency-mt-unsafe) */

static const struct err *
fill(int fd, const char *path, const char *text, const struct reader *who)
{
	size_t len = strlen(text);

	if (fchmod(fd, who->mode) != 0 || fchown(fd, who->uid, who->gid) != 0)
		return err_errno("cannot give %s to its reader", path);
	if (write(fd, text, len) != (ssize_t)len || write(fd, "\n", 1) != 1 ||
	    fsync(fd) != 0)
		return err_errno("cannot write %s", path);
	return NULL;
}

/* Written under another name first: a kill leaves no incomplete secret. */
const struct err *
secret_write(const char *path, const char *text, const char *user,
    const char *group)
{
	struct reader who = reader_of(user, group);
	char new[PATH_LEN];
	const struct err *e;
	int fd;

	/* before the directory is made: it would be cut short */
	if ((size_t)snprintf(new, sizeof new, "%s.new", path) >= sizeof new)
		return err_new(ERR_INVALID, "%s: name too long", path);
	if ((e = make_directory(path, group)) != NULL)
		return e;
	(void)unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return err_errno("cannot create %s", new);
	e = fill(fd, new, text, &who);
	if (close(fd) != 0 && e == NULL)
		e = err_errno("cannot write %s", new);
	if (e == NULL && link(new, path) != 0)
		e = errno == EEXIST ?
		    err_new(ERR_CONFLICT, "%s exists", path) :
		    err_errno("cannot create %s", path);
	(void)unlink(new);
	return e;
}

const struct err *
secret_make(const char *path, const char *group)
{
	char text[SECRET_TEXT];
	const struct err *e;

	secret_new(text);
	e = secret_write(path, text, NULL, group);
	explicit_bzero(text, sizeof text);
	return e;
}

/* --- reading ---------------------------------------------------------- */

const struct err *
secret_read(struct arena *a, const char *path, size_t max, const char **text,
    size_t *len)
{
	FILE *f = fopen(path, "re");
	char *into;
	bool failed;

	if (f == NULL)
		return err_errno("cannot open %s", path);
	into = arena_alloc(a, max + 2);
	arena_wipe(a, into, max + 2);
	*len = fread(into, 1, max + 1, f);
	failed = ferror(f) != 0;
	(void)fclose(f);
	if (failed)
		return err_errno("cannot read %s", path);
	if (*len == 0 || *len > max)
		return err_new(*len == 0 ? ERR_INVALID : ERR_TOOBIG,
		    "%s is %s", path, *len == 0 ? "empty" : "too large");
	into[*len] = '\0';
	*text = into;
	return NULL;
}
