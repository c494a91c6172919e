/* SPDX-License-Identifier: MIT */
#include "core/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/beside.h"

/* --- starting --------------------------------------------------------- */

/* A session of its own: what ends the caller does not end it in the middle of a
 * request. The caller may have blocked signals. */
static int
set_attributes(posix_spawnattr_t *a)
{
	sigset_t none;
	int error;

	(void)sigemptyset(&none);
	if ((error = posix_spawnattr_setsigmask(a, &none)) != 0)
		return error;
	return posix_spawnattr_setflags(a, POSIX_SPAWN_SETSID |
	    POSIX_SPAWN_SETSIGMASK);
}

static int
set_files(posix_spawn_file_actions_t *f, int out)
{
	int error = posix_spawn_file_actions_addopen(f, STDIN_FILENO,
	    "/dev/null", O_RDONLY, 0);

	return error != 0 ? error : posix_spawn_file_actions_adddup2(f, out,
	    STDOUT_FILENO);
}

/* Returns an errno. */
static int
spawn(struct sender *p, char *const argv[], int out)
{
	char *const no_env[] = {NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error;

	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attributes);
	if ((error = set_files(&files, out)) == 0 &&
	    (error = set_attributes(&attributes)) == 0)
		error = posix_spawn(&p->pid, argv[0], &files, &attributes,
		    argv, no_env);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&files);
	return error;
}

const struct err *
sender_start(struct sender *p, const struct settings *s, uint64_t send,
    int64_t for_ms)
{
	char path[BESIDE_PATH], id[24], time[24];
	char conf[] = "-c", which[] = "--send", how_long[] = "--for";
	char *const argv[] = {path, conf, s->file, which, id, how_long, time,
	    NULL};
	int pipes[2], error;

	if (!beside_sender(path))
		return err_new(ERR_MISSING, "there is no outpost-sendd beside "
		    "this program");
	(void)snprintf(id, sizeof id, "%llu", (unsigned long long)send);
	(void)snprintf(time, sizeof time, "%lldms", (long long)for_ms);
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return err_errno("pipe");
	error = spawn(p, argv, pipes[1]);
	(void)close(pipes[1]);
	if (error != 0) {
		(void)close(pipes[0]);
		return err_new(ERR_BUSY, "cannot start %s: %s", path,
		    errno_text(error));
	}
	p->fd = pipes[0];
	return NULL;
}

/* --- the end ---------------------------------------------------------- */

static int
reap(struct sender *p)
{
	int status = -1;

	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)close(p->fd);
	return status;
}

bool
sender_wait(struct sender *p, int wait_ms, bool *done)
{
	struct pollfd fd = {.fd = p->fd, .events = POLLIN};

	if (poll(&fd, 1, wait_ms) <= 0)
		return false;
	*done = reap(p) == 0;
	return true;
}

void
sender_kill(struct sender *p)
{
	(void)kill(p->pid, SIGKILL);
	(void)reap(p);
}
