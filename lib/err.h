/* SPDX-License-Identifier: MIT */
/*
 * Errors are values: NULL is success, anything else has a code and a sentence.
 * The function that finds a failure writes the sentence once; its callers
 * return the error unchanged; the outermost one reports it. An error is valid
 * until its thread makes the next one, so it is never freed.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

enum err_code {
	ERR_INVALID,    /* the request is not valid */
	ERR_UNAUTH,     /* the caller is unknown */
	ERR_DENIED,     /* the caller is known but has no right */
	ERR_MISSING,    /* no such thing */
	ERR_CONFLICT,   /* it exists already, or was changed meanwhile */
	ERR_DUPLICATE,  /* the database has a row with that key */
	ERR_AMBIGUOUS,  /* several fit: the caller must name one */
	ERR_TOOBIG,     /* larger or more than the limit */
	ERR_OVERSIZE,   /* the database takes no such value, or so much */
	ERR_TOOFAST,    /* the rate limit is reached */
	ERR_BUSY,       /* try again later: database, provider */
	ERR_CONTENTION, /* others keep changing the same rows: later */
	ERR_DOUBT,      /* perhaps done: the database's answer was lost */
	ERR_FAULT,      /* a bug, or a fault of this machine */
	ERR__COUNT
};

struct err {
	enum err_code code;
	char text[512]; /* one sentence, no secrets, cut with "..." if longer */
};

/* Make an error with a sentence for people. Never returns NULL. */
const struct err *err_new(enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/* ERR_FAULT; ": " and the text of errno follow the sentence. */
const struct err *err_errno(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), returns_nonnull));

/* The text of an errno, valid until the next call in this thread. */
const char *errno_text(int error) __attribute__((returns_nonnull));

/* The same error with "what: " before its sentence. NULL stays NULL. */
const struct err *err_at(const struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
