/* SPDX-License-Identifier: MIT */
#include "sendd/instance_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "lib/text.h"

#define NOTE_MAX 256
#define BOOT 40 /* "c9f2...-...", and NUL */

/* The boot id of the machine; "-" when it cannot be read. */
static void
read_boot(char boot[BOOT])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, boot, BOOT - 1) : -1;

	if (fd >= 0)
		(void)close(fd);
	boot[n > 0 ? n : 0] = '\0';
	boot[strcspn(boot, " \n")] = '\0';
	if (boot[0] == '\0')
		memcpy(boot, "-", 2);
}

/* Is the file system in memory? Then a reboot deletes the file. */
static bool
is_in_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* The next word up to a blank; moves on. */
static const char *
word(char **at)
{
	char *begin = *at;

	*at += strcspn(*at, " \n");
	if (**at != '\0')
		*(*at)++ = '\0';
	return begin;
}

/* Read the note of an earlier life; a note that is cut short is none. */
static void
read_note(struct instance_lock *l)
{
	char note[NOTE_MAX + 1], here[BOOT], *at = note;
	ssize_t n = pread(l->fd, note, NOTE_MAX, 0);
	uint64_t now, before, refused_for;
	const char *boot;

	note[n > 0 ? n : 0] = '\0';
	read_boot(here);
	if (!text_u64(word(&at), UINT64_MAX, &now) ||
	    !text_u64(word(&at), UINT64_MAX, &before) ||
	    !text_u64(word(&at), UINT64_MAX, &refused_for) ||
	    *(boot = word(&at)) == '\0')
		return;
	l->refused_for = refused_for;
	if (!is_in_memory(l->fd) &&
	    (strcmp(boot, here) != 0 || strcmp(boot, "-") == 0))
		return;
	l->now = now;
	l->before = before;
}

static const struct err *
write_note(struct instance_lock *l)
{
	char note[NOTE_MAX], boot[BOOT];
	int n;

	read_boot(boot);
	n = snprintf(note, sizeof note, "%" PRIu64 " %" PRIu64 " %" PRIu64
	    " %s\n", l->now, l->before, l->refused_for, boot);
	if (pwrite(l->fd, note, (size_t)n, 0) != n ||
	    ftruncate(l->fd, n) != 0)
		return err_errno("cannot write the lock file");
	return NULL;
}

const struct err *
instance_lock_open(struct instance_lock *l, const char *path)
{
	const struct err *e;
	char name[512];
	int n = snprintf(name, sizeof name, "%s.lock", path);

	*l = (struct instance_lock){.fd = -1};
	if (n < 0 || (size_t)n >= sizeof name)
		return err_new(ERR_INVALID, "%s is too long for a file", path);
	l->fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (l->fd < 0)
		return err_errno("cannot open %s", name);
	if (flock(l->fd, LOCK_EX | LOCK_NB) != 0) {
		e = errno == EWOULDBLOCK ? err_new(ERR_CONFLICT,
		    "another sendd of this machine holds %s", name)
		    : err_errno("cannot lock %s", name);
		instance_lock_close(l);
		return e;
	}
	read_note(l);
	return NULL;
}

void
instance_lock_close(struct instance_lock *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
}

bool
instance_lock_is_over(const struct instance_lock *l, uint64_t id)
{
	return id != 0 && (id == l->now || id == l->before);
}

const struct err *
instance_lock_begin(struct instance_lock *l, uint64_t id)
{
	if (l->now != id)
		l->before = l->now;
	l->now = id;
	l->refused_for = 0;
	return write_note(l);
}

bool
instance_lock_refusal_is_new(struct instance_lock *l, uint64_t other)
{
	bool is_new = l->refused_for != other;

	l->refused_for = other;
	if (is_new)
		(void)write_note(l); /* on failure it is logged again */
	return is_new;
}
