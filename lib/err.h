/* SPDX-License-Identifier: MIT */
/*
 * Errors are values: NULL is success, anything else a code and a sentence.
 * The place that finds a failure writes the sentence once; everyone between
 * passes it up unchanged; the top tells it. An error lives in its thread
 * until that thread makes the next one, so it is never freed.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

enum err_code {
	ERR_INVALID,    /* the caller sent something we refuse */
	ERR_UNAUTH,     /* we do not know the caller */
	ERR_DENIED,     /* we know the caller; this is not theirs */
	ERR_MISSING,    /* no such thing */
	ERR_CONFLICT,   /* it exists, or changed underneath */
	ERR_DUPLICATE,  /* the database has a row with that key */
	ERR_AMBIGUOUS,  /* several fit, and the caller must say which */
	ERR_TOOBIG,     /* larger or more than we take */
	ERR_TOOFAST,    /* allowed, but not at this rate */
	ERR_BUSY,       /* try again later: database, provider */
	ERR_CONTENTION, /* others change the same all the time: later */
	ERR_DOUBT,      /* perhaps done: the answer of the database was lost */
	ERR_FAULT,      /* our bug or our machine */
	ERR__COUNT
};

struct err {
	enum err_code code;
	char text[512]; /* one sentence, no secrets, cut with "..." if longer */
};

/* Make an error with a sentence for its reader. Never returns NULL. */
const struct err *err_new(enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/* ERR_FAULT with ": " and the text of errno behind the sentence. */
const struct err *err_errno(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), returns_nonnull));

/* The text of an errno, until this thread asks for the next. */
const char *errno_text(int error) __attribute__((returns_nonnull));

/* The same error with "what: " before its sentence. NULL stays NULL. */
const struct err *err_at(const struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
