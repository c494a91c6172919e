/* SPDX-License-Identifier: MIT */
/*
 * The key file: read whole, replaced whole. To seal takes a shared lock on the
 * file, to change it an exclusive one; the kernel drops both when the process
 * ends. If the file was replaced during the wait for its lock, the lock is on
 * the old file and does not count.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/conf_secret.h"
#include "lib/keyring_part.h"
#include "lib/replace.h"
#include "lib/text.h"

#define LINE (2 * CRYPTO_AES_KEY)
#define FILE_MAX ((LINE + 2) * (KEYRING_MAX + 8)) /* with blank lines */
#define SHARED_MS 3000
#define ALONE_MS 10000
#define KEY_FILE_LOOK_MS 5

/* --- reading ---------------------------------------------------------- */

/* Cut off the next line; NULL at the end. */
static char *
next_line(char **text)
{
	char *line = *text, *end = line + strcspn(line, "\n");

	if (*line == '\0')
		return NULL;
	*text = *end == '\n' ? end + 1 : end;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

static const struct err *
parse(const char *path, char *text, struct keys *keys)
{
	char *line;

	keys->n = 0;
	for (unsigned n = 1; (line = next_line(&text)) != NULL; n++) {
		if (*line == '\0')
			continue;
		if (keys->n == KEYRING_MAX)
			return err_new(ERR_FAULT, "%s holds more than %d keys",
			    path, KEYRING_MAX);
		if (!text_unhex(line, keys->list[keys->n].key, CRYPTO_AES_KEY))
			return err_new(ERR_FAULT, "%s:%u: not %d bytes in hex",
			    path, n, CRYPTO_AES_KEY);
		keyring_name_key(&keys->list[keys->n++]);
	}
	return keys->n > 0 ? NULL :
	    err_new(ERR_FAULT, "secret file %s is empty", path);
}

/* Call it with the mutex held since the file was opened, or with a lock on the
 * file: so older keys never replace newer ones. */
static const struct err *
read_from(struct keyring *k, int fd)
{
	char text[FILE_MAX + 1];
	struct keys keys;
	const struct err *e = conf_secret_fd(fd, k->path, text, sizeof text);

	if (e == NULL)
		e = parse(k->path, text, &keys);
	if (e == NULL)
		k->keys = keys;
	explicit_bzero(text, sizeof text);
	explicit_bzero(&keys, sizeof keys);
	return e;
}

static const struct err *
open_file(const struct keyring *k, int *fd)
{
	*fd = open(k->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *fd >= 0 ? NULL :
	    err_errno("cannot read secret file %s", k->path);
}

const struct err *
keyring_refresh(struct keyring *k)
{
	const struct err *e;
	int fd;

	(void)pthread_mutex_lock(&k->mutex);
	if ((e = open_file(k, &fd)) == NULL) {
		e = read_from(k, fd);
		(void)close(fd);
	}
	(void)pthread_mutex_unlock(&k->mutex);
	return e;
}

/* --- locks ------------------------------------------------------------ */

static bool
is_current(const struct keyring *k, int fd)
{
	struct stat ours, now;

	return fstat(fd, &ours) == 0 && stat(k->path, &now) == 0 &&
	    ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

/* One try; *lock is -1 when another process has the lock. */
static const struct err *
try_lock(struct keyring *k, int how, int *lock)
{
	const struct err *e;
	int fd;

	*lock = -1;
	if ((e = open_file(k, &fd)) != NULL)
		return e;
	if (flock(fd, how | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			e = err_errno("cannot lock key file %s", k->path);
	} else if (is_current(k, fd)) {
		(void)pthread_mutex_lock(&k->mutex);
		if ((e = read_from(k, fd)) == NULL)
			*lock = fd;
		(void)pthread_mutex_unlock(&k->mutex);
	}
	if (*lock < 0)
		(void)close(fd);
	return e;
}

static const struct err *
lock_file(struct keyring *k, int how, int64_t patience_ms, int *lock)
{
	const struct timespec pause = {0, KEY_FILE_LOOK_MS * 1000000L};
	int64_t until = clock_mono_ms() + patience_ms;
	const struct err *e;

	while ((e = try_lock(k, how, lock)) == NULL && *lock < 0) {
		if (clock_mono_ms() > until)
			return err_new(ERR_BUSY, "key file %s is in use: try "
			    "again", k->path);
		(void)nanosleep(&pause, NULL);
	}
	return e;
}

const struct err *
keyring_lock(struct keyring *k, int *lock)
{
	return lock_file(k, LOCK_SH, SHARED_MS, lock);
}

const struct err *
keyring_lock_alone(struct keyring *k, int *lock)
{
	return lock_file(k, LOCK_EX, ALONE_MS, lock);
}

void
keyring_unlock(int lock)
{
	(void)close(lock);
}

/* --- writing ---------------------------------------------------------- */

static const struct err *
replace(struct keyring *k, int lock, const struct keys *keys)
{
	char text[(LINE + 1) * KEYRING_MAX + 1];
	const struct err *e;
	struct stat st;

	for (unsigned i = 0; i < keys->n; i++) {
		text_hex(keys->list[i].key, CRYPTO_AES_KEY,
		    text + i * (LINE + 1));
		text[i * (LINE + 1) + LINE] = '\n';
	}
	if (fstat(lock, &st) != 0)
		e = err_errno("cannot find %s", k->path);
	else if ((e = replace_file(k->path, "the key file", &st, text,
		      keys->n * (LINE + 1))) == NULL)
		e = keyring_refresh(k);
	explicit_bzero(text, sizeof text);
	return e;
}

const struct err *
keyring_add(struct keyring *k, int lock)
{
	const struct err *e;
	struct keys keys;

	if (k->keys.n == KEYRING_MAX)
		return err_new(ERR_CONFLICT, "%s holds %d keys, the most it "
		    "may: \"outpost secrets prune\" drops those that nothing "
		    "is sealed under", k->path, KEYRING_MAX);
	keys.n = k->keys.n + 1;
	memcpy(keys.list + 1, k->keys.list, k->keys.n * sizeof *keys.list);
	crypto_random(keys.list[0].key, CRYPTO_AES_KEY);
	e = replace(k, lock, &keys);
	explicit_bzero(&keys, sizeof keys);
	return e;
}

const struct err *
keyring_keep(struct keyring *k, int lock, const bool keep[KEYRING_MAX])
{
	struct keys keys = {0};
	const struct err *e;

	for (unsigned i = 0; i < k->keys.n; i++)
		if (i == 0 || keep[i])
			keys.list[keys.n++] = k->keys.list[i];
	e = keys.n < k->keys.n ? replace(k, lock, &keys) : NULL;
	explicit_bzero(&keys, sizeof keys);
	return e;
}
