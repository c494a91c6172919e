/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per call and per outcome, "event key=value ...". It goes
 * to stderr, where each line begins with its syslog priority as <N> for the
 * journal and, if no journal adds it, with the time; or to syslog(3). Control
 * bytes are escaped here, so no caller can forget it. A line is at most 2 KiB.
 * errno is kept. Never log a token (but see text_mask), key, payload or
 * Authorization header.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

enum log_level { LOG_L_ERR, LOG_L_WARN, LOG_L_NOTICE, LOG_L_INFO, LOG_L_DEBUG };

/* With to_syslog, log to syslog under this name instead of to stderr. level is
 * the least urgent level that is logged. */
void log_open(const char *name, int to_syslog, enum log_level level);
enum log_level log_level(void);

/* Begin the lines on stderr with the time? AUTO: unless stderr leads to the
 * journal, which adds one. Before it is called, none has it. */
enum log_time { LOG_TIME_AUTO, LOG_TIME_YES, LOG_TIME_NO };
void log_set_time(enum log_time when);

/* err: someone must act. warn: it recovered by itself, or was refused for a
 * reason worth seeing. notice: a state changed. info: outcome lines. */
void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* For a text between quotes, as in why="...": each " in it becomes ', so that
 * the text cannot imitate the end of its field and the start of others. NULL
 * becomes "". Cut to the length of a line. */
#define LOG_QUOTED_MAX 2048
#define QUOTED(text) log_quoted((text), (char[LOG_QUOTED_MAX]){""})
const char *log_quoted(const char *text, char into[LOG_QUOTED_MAX]);

/* Log the line and end the process with status 1: at start, or when memory is
 * used up. */
void fatalx(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
