/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per call and per outcome, "event key=value ...".
 * To stderr, each line led by its syslog priority as <N> for the journal, or
 * to syslog(3). Control bytes are escaped here, so nobody can forget it; a
 * line is at most 2 KiB. errno is kept. Never log a token (but see
 * text_mask), key, payload or Authorization header.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

enum log_level { LOG_L_ERR, LOG_L_WARN, LOG_L_NOTICE, LOG_L_INFO, LOG_L_DEBUG };

/* To syslog under this name instead of stderr; level: least urgent said. */
void log_open(const char *name, int to_syslog, enum log_level level);
enum log_level log_level(void);

/* err: someone must act. warn: it healed or was refused for a reason worth
 * seeing. notice: a state changed. info: outcome lines. */
void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A text that stands between quotes, why="...": with ' for each " of its own,
 * so that it cannot look like the end of its field and the begin of others.
 * NULL is none. Cut to what a line takes. */
#define LOG_QUOTED_MAX 2048
#define QUOTED(text) log_quoted((text), (char[LOG_QUOTED_MAX]){""})
const char *log_quoted(const char *text, char into[LOG_QUOTED_MAX]);

/* Say it and end the process with status 1: for start-up and lost memory. */
void fatalx(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
