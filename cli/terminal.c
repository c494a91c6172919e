/* SPDX-License-Identifier: MIT */
/* Reads with read(2): a terminal gives one line at a time, and nothing of a
 * secret stays in a buffer of stdio. */
#include "cli/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

bool
terminal_is(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static bool
read_line(const char *prompt, char line[TERMINAL_LINE])
{
	ssize_t n;

	(void)fputs(prompt, stdout);
	(void)fflush(stdout);
	do
		n = read(STDIN_FILENO, line, TERMINAL_LINE - 1);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

bool
terminal_line(const char *prompt, char line[TERMINAL_LINE])
{
	if (read_line(prompt, line))
		return true;
	puts(""); /* the cursor is behind the prompt */
	return false;
}

/* A signal would end the program and leave the terminal mute. So Ctrl-C sends
 * none meanwhile: it ends the line, and is its last character. */
bool
terminal_secret(const char *prompt, char line[TERMINAL_LINE])
{
	struct termios before, mute;
	unsigned char stop;
	bool is_read;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return false;
	mute = before;
	stop = before.c_cc[VINTR];
	mute.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	mute.c_cc[VEOL] = stop;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute) != 0)
		return false;
	is_read = read_line(prompt, line);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
	puts("");
	return is_read &&
	    (stop == _POSIX_VDISABLE || strchr(line, stop) == NULL);
}
