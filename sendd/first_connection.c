/* SPDX-License-Identifier: MIT */
#include "sendd/first_connection.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"

#define TRY_S 1
#define DENIALS 4 /* in a row, a second apart: it is no moment's trouble */
#define SAY_MS 60000

static void
end_now(int number)
{
	(void)number;
	_exit(0);
}

/* A connect may hang: that a signal ends the process at once, no descriptor can
 * do. *before: what was blocked. */
static void
let_signals_end(sigset_t *before)
{
	const struct sigaction end = {.sa_handler = end_now};
	sigset_t ends;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaction(SIGTERM, &end, NULL);
	(void)sigaction(SIGINT, &end, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, &ends, before);
}

/* since_ms 0: nobody has waited yet. */
static void
say(const struct err *e, int64_t since_ms)
{
	if (since_ms == 0)
		log_err("%s: waiting for it", e->text);
	else
		log_err("%s: waiting for it, for %lld s now", e->text,
		    (long long)(clock_mono_ms() - since_ms) / 1000);
}

/* A database that is being started again may cut a handshake of TLS, which
 * looks like a certificate that is not trusted. */
static bool
may_pass(enum db_refusal why, unsigned *denials)
{
	*denials = why == DB_DENIED ? *denials + 1 : 0;
	return why == DB_UNREACHED || (*denials > 0 && *denials < DENIALS);
}

static const struct err *
connect_or_wait(const struct db_settings *s, struct db **out)
{
	const struct timespec pause = {.tv_sec = TRY_S};
	int64_t since_ms = 0, said_ms = 0;
	enum db_refusal why, said = DB_NOT_REFUSED;
	unsigned denials = 0;
	const struct err *e;

	while ((e = db_try(s, "sendd", DB_QUICK, out, &why)) != NULL &&
	    may_pass(why, &denials)) {
		if (why != said || clock_mono_ms() - said_ms >= SAY_MS) {
			say(e, since_ms);
			said_ms = clock_mono_ms();
			said = why;
		}
		if (since_ms == 0)
			since_ms = said_ms;
		(void)nanosleep(&pause, NULL);
	}
	if (e == NULL && since_ms != 0)
		log_notice("database is there, after %lld s",
		    (long long)(clock_mono_ms() - since_ms) / 1000);
	return e;
}

static const struct err *
connect_first(const struct db_settings *s, struct db **out)
{
	const struct err *e;
	sigset_t before;

	let_signals_end(&before);
	e = connect_or_wait(s, out);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
}

const struct err *
first_connection(const struct db_settings *s, struct identity *id,
    struct poller *poller, const bool *ending, struct db **out, bool *told)
{
	const struct err *e;

	do {
		if ((e = connect_first(s, out)) != NULL ||
		    (e = claim_name(id, *out, poller, ending, told)) == NULL ||
		    e->code == ERR_CONFLICT || db_is_connected(*out))
			return e;
		log_err("%s: connecting again", e->text);
		db_close(*out);
		*out = NULL;
		poller_run(poller, TRY_S * 1000);
	} while (!*ending);
	return err_new(ERR_BUSY, "told to end before it was connected");
}
