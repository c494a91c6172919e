/* SPDX-License-Identifier: MIT */
/* Where an answer comes from: a flag, a person, the default. */
#include "cli/setup_part.h"

#include <stdio.h>
#include <string.h>

#include "lib/mem.h"

#include "cli/terminal.h"

#define TRIES 5 /* wrong answers to one question */
#define NONE "none"

/* The flag that answers the question; NULL: none was given. */
static const char *
flag_of(const struct setup *s, const struct setup_question *q)
{
	for (size_t i = 0; i < nitems(q->flags); i++)
		if (q->flags[i] != NULL && cli_flag(s->c, q->flags[i]))
			return q->flags[i];
	return NULL;
}

/* "none" is no answer where there need not be one. */
static const struct err *
take(struct setup *s, const struct setup_question *q, const char *answer,
    const char *standard)
{
	if (answer == NULL || (standard == NULL && !q->is_secret &&
	    strcmp(answer, NONE) == 0))
		return NULL;
	return q->take(s, answer);
}

static bool
read_answer(struct setup *s, const struct setup_question *q,
    const char *standard, char line[TERMINAL_LINE])
{
	if (!s->has_asked)
		puts("Enter takes what is in brackets. Nothing is changed "
		     "before the last answer.\n");
	s->has_asked = true;
	if (q->is_secret)
		return terminal_secret(arena_fmt(s->c->mem, "%s: ", q->text),
		    line);
	return terminal_line(arena_fmt(s->c->mem, "%s [%s]: ", q->text,
	    standard != NULL ? standard : NONE), line);
}

static const struct err *
ask(struct setup *s, const struct setup_question *q, const char *standard)
{
	const struct err *e = NULL;
	char line[TERMINAL_LINE];

	for (int i = 0; i < TRIES; i++) {
		if (!read_answer(s, q, standard, line))
			return err_new(ERR_INVALID, "no answer: nothing was "
			    "changed");
		e = take(s, q, line[0] != '\0' || q->is_secret ? line :
		    standard, standard);
		explicit_bzero(line, sizeof line);
		if (e == NULL)
			return NULL;
		if (i + 1 < TRIES)
			printf("%s\n", e->text);
	}
	return e;
}

static const struct err *
answer(struct setup *s, const struct setup_question *q)
{
	const char *standard = q->standard != NULL ? q->standard(s) : NULL;
	const char *flag = flag_of(s, q);

	if (flag != NULL)
		return err_at(take(s, q, cli_value(s->c, flag), standard),
		    "--%s", flag);
	if (q->applies != NULL && !q->applies(s))
		return NULL;
	if (s->asks && (q->is_known == NULL || !q->is_known(s)))
		return ask(s, q, standard);
	return take(s, q, standard, standard);
}

const struct err *
setup_answer(struct setup *s, const struct setup_question *questions,
    size_t n)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++)
		e = answer(s, &questions[i]);
	return e;
}
