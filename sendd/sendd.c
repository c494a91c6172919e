/* SPDX-License-Identifier: MIT */
/* sendd: delivers the outbox to APNs, FCM, HMS and the push services of
 * browsers. */
#include "sendd/first_connection.h"
#include "sendd/loop.h"
#include "sendd/shutdown.h"
#include "sendd/workers.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#include "db/node_watch.h"

#include "core/doorbell.h"
#include "core/program.h"

#define STATUS_TAKEN 3 /* the name is another sendd's */

#define TRIMMED_MIN (8 << 20) /* bytes at a heap's end that are given back */
#define MAPPED_MIN (1 << 20)  /* bytes of a block that is mapped by itself */

/* How often an errand without a doorbell looks for rows: a caller waits. */
#define DEAF_POLL_MS 200

static struct errand asked; /* by the command line; before any thread */

static void
take_option(int letter, const char *value)
{
	bool right = letter == 'F'
	    ? text_duration(value, &asked.for_ms) &&
		asked.for_ms >= ERRAND_MIN_MS && asked.for_ms <= INT32_MAX
	    : text_u64(value, INT64_MAX, &asked.send) && asked.send != 0;

	if (!right)
		fatalx("%s", letter == 'F' ? "--for takes a time from 2s on"
		    : "--send takes the id of a send");
}

static const struct option words[] = {
    {"for", required_argument, NULL, 'F'},
    {"send", required_argument, NULL, 'S'}, {NULL}};

static const struct program program = {
    .name = "sendd", .short_name = "sendd", .extra = "", .words = words,
    .option = take_option,
    .usage =
    "  --for TIME\n"
    "           do what there is to do, and end after that time: 55s\n"
    "  --send ID\n"
    "           with --for: deliver the rows of that send alone\n"};

/* No part keeps a pointer to a text of the settings: connections to the
 * database, credentials, pools and the keyring have copies. */
static void
reload(struct sendd *s)
{
	struct settings fresh;
	const struct err *e = settings_load(program_conf(), &fresh);

	if (e != NULL) {
		log_err("settings stay as they are: %s", e->text);
		settings_done(&fresh);
		return;
	}
	settings_done(&s->settings);
	s->settings = fresh;
	s->queue.room = (unsigned)fresh.sendd.room;
	credential_table_reload(&s->credentials);
	s->credentials.refresh_due_ms = 0;
	log_notice("settings read again");
}

/* SIGTERM and SIGINT end the loop: then comes shutdown_run. */
static void
on_signal(int fd, uint32_t events, void *arg)
{
	struct signalfd_siginfo info;
	struct sendd *s = arg;

	(void)events;
	while (read(fd, &info, sizeof info) == sizeof info)
		if (info.ssi_signo == SIGHUP)
			reload(s);
		else
			s->stopping = true;
}

static const struct err *
watch_signals(struct sendd *s)
{
	sigset_t set;
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return err_errno("signals");
	poller_watch(s->poller, fd, EPOLLIN, on_signal, s);
	return NULL;
}

static void
name_instance(struct sendd *s)
{
	char *name = s->identity.self.name;
	const size_t size = sizeof s->identity.self.name;

	if (s->settings.sendd.instance != NULL)
		(void)snprintf(name, size, "%.64s",
		    s->settings.sendd.instance);
	else if (gethostname(name, size - 1) != 0)
		(void)snprintf(name, size, "sendd");
}

/* Which errand, if any. */
static void
read_errand(struct sendd *s)
{
	s->errand = asked;
	if (asked.send != 0 && asked.for_ms == 0)
		fatalx("--send needs --for");
	if (asked.for_ms > 0)
		errand_begin(&s->errand, &s->settings);
}

static const struct err *
live_for_errand(struct sendd *s, bool *told)
{
	const struct err *e = db_open(&s->settings.database, "sendd",
	    s->errand.send != 0 ? DB_QUICK : DB_LONG, &s->db);

	if (e != NULL)
		return e;
	s->errand.db = s->db;
	s->errand.settings = &s->settings;
	return errand_claim(&s->errand, &s->identity, s->poller, &s->stopping,
	    told);
}

/* Before any work that two sendds must not do at once. *told: an earlier start
 * has logged this refusal already. */
static const struct err *
come_to_life(struct sendd *s, bool *told)
{
	const struct err *e;

	*told = false;
	if (s->settings.sendd.doorbell == NULL)
		return err_new(ERR_INVALID, "sendd.doorbell is not set");
	if (s->errand.for_ms > 0)
		return live_for_errand(s, told);
	e = instance_lock_open(&s->identity.lock, s->settings.sendd.doorbell);
	return e != NULL ? e : first_connection(&s->settings.database,
	    &s->identity, s->poller, &s->stopping, &s->db, told);
}

/* Where there are several nodes, no worker waits for one that is silent for as
 * long as its statement may take. */
static const struct err *
open_watch(struct sendd *s)
{
	const struct db_settings *database = &s->settings.database;
	struct node_list nodes;

	db_nodes(database, &nodes);
	return nodes.n > 1 && s->errand.for_ms == 0
	    ? node_watch_open(database, "sendd", &s->watch) : NULL;
}

/* Set up the parts that write, report, check and clean. */
static void
introduce_keepers(struct sendd *s)
{
	s->settler = (struct settler){.settings = &s->settings,
	    .identity = &s->identity, .leases = &s->leases,
	    .shards = &s->shards, .queue = &s->queue, .scan = &s->scan,
	    .pending = &s->pending, .figures = &s->figures,
	    .tallies = &s->tallies, .read_at = &s->admission.read_at};
	s->halted = (struct halted){.tasks = &s->house, .shards = &s->shards,
	    .runs = &s->runs, .cancelled = &s->cancelled};
	s->reporter = (struct reporter){.tasks = &s->house,
	    .identity = &s->identity, .queue = &s->queue,
	    .credentials = &s->credentials, .figures = &s->figures,
	    .cut_off = &s->leases.cut_off, .node = s->leases.node,
	    .skew_ms = &s->leases.skew_ms,
	    .clocks = &s->maintenance.clocks,
	    .overdue = &s->overdue, .tallies = &s->tallies};
	s->checker = (struct checker){.settings = &s->settings,
	    .tasks = &s->house, .identity = &s->identity,
	    .credentials = &s->credentials, .figures = &s->figures};
	s->maintenance = (struct maintenance){.settings = &s->settings,
	    .overdue = &s->overdue, .scan = &s->scan,
	    .shards = &s->shards};
	s->server = (struct server_watch){.tasks = &s->house};
}

/* Each part gets by name what it works on. */
static void
introduce(struct sendd *s)
{
	s->pending.queue = &s->queue;
	s->leases = (struct leases){.settings = &s->settings,
	    .identity = &s->identity, .shards = &s->shards,
	    .siblings = &s->siblings, .queue = &s->queue, .scan = &s->scan,
	    .alive_ms = s->errand.alive_ms};
	cut_off_init(&s->leases.cut_off, clock_mono_ms());
	(void)snprintf(s->leases.node, sizeof s->leases.node, "%s",
	    db_where(s->db));
	s->admission = (struct admission){.settings = &s->settings,
	    .pending = &s->pending, .queue = &s->queue,
	    .shards = &s->shards, .scan = &s->scan, .leases = &s->leases,
	    .credentials = &s->credentials, .bodies = s->bodies,
	    .send = s->errand.send, .settled_at = &s->settler.settled_at};
	s->expander = (struct expander){.settings = &s->settings,
	    .queue = &s->queue, .shards = &s->shards, .scan = &s->scan,
	    .leases = &s->leases};
	s->completion = (struct completion){.settings = &s->settings,
	    .queue = &s->queue, .credentials = &s->credentials,
	    .pending = &s->pending, .figures = &s->figures};
	s->dispatcher = (struct dispatcher){.settings = &s->settings,
	    .queue = &s->queue, .shards = &s->shards, .scan = &s->scan,
	    .credentials = &s->credentials, .cancelled = &s->cancelled,
	    .runs = &s->runs,
	    .completion = &s->completion, .exchanges = &s->exchanges,
	    .sealer = s->sealer,
	    .memory = arena_new()};
	s->overdue = (struct overdue_watch){.settings = &s->settings,
	    .queue = &s->queue, .shards = &s->shards, .scan = &s->scan};
	s->errand.leases = &s->leases;
	s->errand.shards = &s->shards;
	s->errand.scan = &s->scan;
	s->errand.queue = &s->queue;
	introduce_keepers(s);
}

/* An errand does without a doorbell where another one has it. */
static const struct err *
open_doorbell(struct sendd *s)
{
	bool errand = s->errand.for_ms > 0;
	const struct err *e = NULL;

	if (s->errand.send == 0)
		e = doorbell_server_open(s->settings.sendd.doorbell,
		    errand ? doorbell_listen : doorbell_replace, s->poller,
		    &s->shards, &s->scan, &s->doorbell);
	if (errand && e != NULL && e->code == ERR_CONFLICT) {
		e = NULL;
		if (s->settings.sendd.poll_ms > DEAF_POLL_MS)
			s->settings.sendd.poll_ms = DEAF_POLL_MS;
	}
	if (e != NULL)
		return e;
	if (s->doorbell == NULL)
		s->doorbell = doorbell_server_deaf(s->poller, &s->shards,
		    &s->scan);
	s->settler.doorbell = s->admission.doorbell = s->doorbell;
	s->reporter.doorbell = s->doorbell;
	doorbell_server_carry(s->doorbell, &(struct carrier){
	    s->identity.self.ring_key, admit_carried, &s->admission});
	if (errand || s->settings.sendd.listen == NULL)
		return NULL;
	return doorbell_server_listen(s->doorbell, s->settings.sendd.listen,
	    s->settings.sendd.listen_key_file);
}

static const struct err *
open_all(struct sendd *s, bool *told)
{
	const struct err *e;

	s->credentials.settings = &s->settings;
	if ((e = keyring_new(s->settings.secrets.key_file,
		 &s->credentials.keyring)) != NULL ||
	    (e = poller_new(&s->poller)) != NULL ||
	    (e = watch_signals(s)) != NULL ||
	    (e = wires_open(&s->credentials.wires, s->poller)) != NULL ||
	    (e = sealer_open(s->poller, s->errand.for_ms > 0, &s->sealer)) !=
		NULL ||
	    (e = come_to_life(s, told)) != NULL)
		return e;
	if (s->errand.over)
		return NULL;
	introduce(s);
	if ((e = open_watch(s)) != NULL || (e = workers_open(s)) != NULL ||
	    (e = open_doorbell(s)) != NULL)
		return e;
	if (s->errand.for_ms == 0) { /* the db_workers have their own */
		db_close(s->db);
		s->db = NULL;
	}
	return NULL;
}

static void
make_room(struct sendd *s)
{
	queue_init(&s->queue, (unsigned)s->settings.sendd.room);
	s->bodies = bodies_new();
	cancelled_init(&s->cancelled);
	run_paces_init(&s->runs);
	tallies_init(&s->tallies);
}

/* The watch goes on while workers end: one that waits for a silent node would
 * wait for as long as its statement may take. */
static void
close_all(struct sendd *s)
{
	doorbell_server_close(s->doorbell);
	workers_close(s);
	node_watch_close(s->watch);
	sealer_close(s->sealer);
	wires_close(&s->credentials.wires);
	check_close(&s->checker);
	exchange_stock_done(&s->exchanges);
	arena_free(s->dispatcher.memory);
	queue_done(&s->queue);
	credential_table_done(&s->credentials);
	bodies_free(s->bodies);
	tallies_done(&s->tallies);
	cancelled_done(&s->cancelled);
	run_paces_done(&s->runs);
	db_close(s->db);
	poller_free(s->poller);
	instance_lock_close(&s->identity.lock);
	settings_done(&s->settings);
	outcomes_done(&s->pending);
	outcomes_done(&s->settler.blocked);
}

/* It would pass for a daemon that works. Other names are not touched. */
static void
leave_name(struct sendd *s)
{
	const struct err *e;

	if (s->db != NULL && s->identity.self.id != 0 &&
	    (e = instance_leave(s->db, &s->identity.self,
		 s->settings.sendd.lease_ms)) != NULL)
		log_warn("cannot give the name back: %s", e->text);
}

/* A taken name is an error in the settings of one of two machines; it is logged
 * once, although the service manager starts us again and again. */
static int
give_up(const struct err *e, bool told)
{
	if (e->code != ERR_CONFLICT)
		fatalx("%s", e->text);
	if (told)
		log_debug("%s", e->text);
	else
		log_err("%s", e->text);
	return STATUS_TAKEN;
}

/* Bodies are freed while others are read: malloc would give the end of a heap
 * back to the system, and ask for it again, all the time. */
static void
keep_heaps(void)
{
	(void)mallopt(M_TRIM_THRESHOLD, TRIMMED_MIN);
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_MIN);
}

int
main(int argc, char *argv[])
{
	struct sendd *s = xcalloc(1, sizeof *s);
	const struct err *e;
	bool told = false, usurped;

	keep_heaps();
	program_start(&program, argc, argv, &s->settings);
	read_errand(s);
	name_instance(s);
	make_room(s);
	if ((e = open_all(s, &told)) != NULL) {
		struct err first = *e;

		leave_name(s);
		return s->stopping ? 0 : give_up(&first, told);
	}
	if (!s->errand.over) {
		log_notice("sendd %s started as \"%s\"", OUTPOST_VERSION,
		    QUOTED(s->identity.self.name));
		loop_run(s);
		shutdown_run(s);
	}
	usurped = s->leases.usurped;
	close_all(s);
	free(s);
	program_end(usurped ? STATUS_TAKEN : 0);
}
