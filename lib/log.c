/* SPDX-License-Identifier: MIT */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/text.h"

#define LINE_MAX_BYTES LOG_QUOTED_MAX

static const int priority[] = {
    [LOG_L_ERR] = LOG_ERR,     [LOG_L_WARN] = LOG_WARNING,
    [LOG_L_NOTICE] = LOG_NOTICE, [LOG_L_INFO] = LOG_INFO,
    [LOG_L_DEBUG] = LOG_DEBUG,
};

/* Constant after the start, before any thread: where this process's log
 * goes. */
static struct {
	enum log_level level;
	bool to_syslog, with_time;
} sink = {LOG_L_INFO, false, false};

void
log_open(const char *name, int to_syslog, enum log_level level)
{
	sink.level = level;
	sink.to_syslog = to_syslog != 0;
	if (sink.to_syslog)
		openlog(name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

/* systemd names the stream that it has made stderr, by device and inode. */
static bool
leads_to_journal(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads yet */
	const char *stream = getenv("JOURNAL_STREAM");
	char own[48];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(own, sizeof own, "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return strcmp(stream, own) == 0;
}

void
log_set_time(enum log_time when)
{
	sink.with_time = when == LOG_TIME_YES ||
	    (when == LOG_TIME_AUTO && !leads_to_journal());
}

enum log_level
log_level(void)
{
	return sink.level;
}

/* Length of the character at s if it may be shown; 0 for a control character
 * (C0 or C1) and for a byte that is not UTF-8. */
static size_t
shown(const char *s)
{
	unsigned char c = (unsigned char)s[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (c < 0x20 || c == 0x7f || strnlen(s, n) < n || !text_is_utf8(s, n))
		return 0;
	return c == 0xc2 && (unsigned char)s[1] < 0xa0 ? 0 : n;
}

/* Write bytes that could forge a line or control a terminal as \xNN. */
static size_t
escape(char *into, size_t size, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	while (*s != '\0' && n + 5 < size) {
		unsigned char c = (unsigned char)*s;
		size_t len = shown(s);

		if (len > 0) {
			memcpy(into + n, s, len);
			n += len;
			s += len;
			continue;
		}
		into[n++] = '\\';
		into[n++] = 'x';
		into[n++] = hex[c >> 4];
		into[n++] = hex[c & 15];
		s++;
	}
	into[n] = '\0';
	return n;
}

const char *
log_quoted(const char *text, char into[LOG_QUOTED_MAX])
{
	(void)snprintf(into, LOG_QUOTED_MAX, "%s", text != NULL ? text : "");
	for (char *p = into; (p = strchr(p, '"')) != NULL; p++)
		*p = '\'';
	return into;
}

/* "<6>", and the time if it is wanted. */
static size_t
put_head(enum log_level level, char *into, size_t size)
{
	char time[CLOCK_TEXT] = "";

	if (sink.with_time)
		clock_iso(clock_now_ms(), "Z ", time);
	return (size_t)snprintf(into, size, "<%d>%s", priority[level], time);
}

static void __attribute__((format(printf, 2, 0)))
vlog(enum log_level level, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_BYTES], line[LINE_MAX_BYTES + CLOCK_TEXT + 8];
	int kept = errno;
	size_t n, lead;

	if (level > sink.level)
		return;
	(void)vsnprintf(raw, sizeof raw, fmt, ap);
	if (sink.to_syslog) {
		(void)escape(line, sizeof line, raw);
		syslog(priority[level], "%s", line);
	} else {
		lead = put_head(level, line, CLOCK_TEXT + 8);
		n = lead + escape(line + lead, sizeof line - lead - 1, raw);
		line[n++] = '\n';
		/* one write, so that lines of processes do not mix */
		if (write(STDERR_FILENO, line, n) < 0)
			errno = 0; /* there is nowhere to report it */
	}
	errno = kept;
}

#define SAY(level)                                                             \
	va_list ap;                                                            \
	va_start(ap, fmt);                                                     \
	vlog(level, fmt, ap);                                                  \
	va_end(ap)

void
log_err(const char *fmt, ...)
{
	SAY(LOG_L_ERR);
}

void
log_warn(const char *fmt, ...)
{
	SAY(LOG_L_WARN);
}

void
log_notice(const char *fmt, ...)
{
	SAY(LOG_L_NOTICE);
}

void
log_info(const char *fmt, ...)
{
	SAY(LOG_L_INFO);
}

void
log_debug(const char *fmt, ...)
{
	SAY(LOG_L_DEBUG);
}

/* _exit, not exit: the exit handlers would tear down libraries that other
 * threads still use. */
void
fatalx(const char *fmt, ...)
{
	SAY(LOG_L_ERR);
	_exit(1);
}
