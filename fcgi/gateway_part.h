/* SPDX-License-Identifier: MIT */
/*
 * What the files of the gateway share:
 *
 *   gateway.c	       the life of the process
 *   gateway_cgi.c     a process a call
 *   gateway_door.c    connections: listening, accepting, those that are silent
 *   gateway_fcgi.c    a connection's request and answer
 *   gateway_crew.c    the threads and the workers of the process
 *   gateway_thread.c  what a thread does
 */
#ifndef FCGI_GATEWAY_PART_H
#define FCGI_GATEWAY_PART_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/node_watch.h"

#include "core/waiting_room.h"

#include "fcgi/call.h"
#include "fcgi/call_queue.h"
#include "fcgi/gateway.h"
#include "fcgi/load.h"
#include "fcgi/serve.h"

/* --- a process a call ------------------------------------------------- */

void gateway_cgi(const struct gateway *g);

/* What is kept between calls; close what worker_open and its calls opened. */
void worker_open(struct worker *w, const struct gateway *g);
void worker_close(struct worker *w);

/* --- a connection's request and answer -------------------------------- */

/* The web server's end of a call. */
struct peer {
	int fd;
	int request; /* its number in the protocol */
	bool unread; /* it may still send some of the body */
};

/* Is descriptor 0 no socket of a web server, as under CGI? */
bool peer_is_absent(void);

/* Before the other functions, once. */
const struct err *peer_library(void);

/* Read the whole request that comes on fd, into mem. false: there was none, and
 * fd is closed. */
bool peer_receive(int fd, const struct gateway *g, struct arena *mem,
    struct peer *p, struct request *req);

/* Send the answer and close the connection. */
void peer_answer(struct peer *p, const struct reply *r);

/* Has the web server closed the connection, so that nobody wants the answer? */
bool peer_is_gone(const struct peer *p);

/* --- connections ------------------------------------------------------ */

/* Something for a thread: a connection with a request, or a call in hand. */
struct work {
	struct work *next;
	int fd;		       /* -1: it is the call */
	int64_t until_ms;      /* of a silent connection: its end */
	struct work *previous; /* the same */
};

/* The listening socket, and the connections on which nothing has come yet.
 * Its functions may be called by any thread. */
struct door;

/* listen_fd belongs to the door, which makes it non-blocking. */
const struct err *door_open(int listen_fd, struct door **out);
void door_close(struct door *d); /* closes silent connections too */

const struct err *door_listen(const char *path, int *fd);

/* Readable while there may be a connection to accept. */
int door_fd(const struct door *d);

/* Readable while door_next may return something. */
int door_silent_fd(const struct door *d);

enum door_found { DOOR_CALL, DOOR_NONE, DOOR_REST, DOOR_BROKEN };

/* Accept a connection. DOOR_CALL: something has come on *fd. DOOR_NONE: no
 * connection is there. DOOR_REST: the process lacks descriptors or memory for
 * now. DOOR_BROKEN: the socket is of no use. */
enum door_found door_accept(struct door *d, int *fd);

/* A connection that was silent until now, for a thread to take; free it. NULL:
 * none. Those silent for too long are closed. */
struct work *door_next(struct door *d, int64_t now_ms);

/* --- threads and workers ---------------------------------------------- */

/* A call from its request to its answer. It lies in its own memory. */
struct in_hand {
	struct queued_call queued; /* first */
	struct work work;
	struct arena *mem;
	struct peer peer;
	struct request request;
	struct call *call;
	enum {
		TURN_AWAY, /* no worker was free in time */
		RESUME,	   /* its wait is over */
		ANSWER	   /* its answer is built */
	} what;		   /* when it is ready */
	bool is_gone;	   /* nobody waits for its answer */
	struct waiter waiter;
	struct crew *crew; /* for the waiter's end */
};

struct crew {
	const struct gateway *g;
	struct door *door;
	struct throttle *throttle;
	struct together *together;
	struct load load;
	struct node_watch *watch;
	struct thread *threads;
	size_t n_threads;
	struct thread *of_room; /* as which the room's thread answers */
	atomic_bool stop;    /* end long work, accept no more */
	struct waiting_room *room; /* NULL: no call waits */
	atomic_size_t calls;	   /* in hand */
	atomic_size_t waiting_bytes; /* of the calls that wait */
	int stop_fd, end_fd; /* readable from then on; when threads must end */
	int wake_fd;	     /* readable when crew_tick has something to do */
	int ready_fd;	     /* a semaphore: how many works are ready */
	atomic_size_t n_ready; /* at least as many */
	int64_t stopped_ms;  /* 0: not yet; the main thread's */

	pthread_mutex_t lock; /* of what follows */
	struct worker *workers, **idle;
	size_t n_idle; /* the last one was used last */
	struct call_queue *queue;
	struct work *ready, **ready_end;
	struct arena **spare; /* of calls that have ended, empty */
	size_t n_spare;
};

struct thread {
	pthread_t id;
	struct crew *p;
	int epoll_fd;
	bool listens;
	struct worker self; /* has no connection */
	struct arena *mem;  /* for the next call; NULL: not yet */
};

void *thread_main(void *thread);

/* Memory for a call, empty, and what is left of it when that has ended. The
 * crew keeps as many as it has threads: while calls queue, the thread that ends
 * one is not that which has begun it. */
struct arena *crew_arena(struct crew *p);
void crew_keep_arena(struct crew *p, struct arena *a);

/* The call that a work is. */
static inline struct in_hand *
work_call(struct work *w)
{
	return (struct in_hand *)(void *)((char *)w -
	    offsetof(struct in_hand, work));
}

/* Make a descriptor of the crew readable. */
void crew_raise(int fd);

/* Hand work to the threads; one of them takes it. */
void crew_ready(struct crew *p, struct work *w);

const struct err *crew_open(const struct gateway *g, struct door *d,
    struct crew **out);

/* Readable when crew_tick should be called, besides its time. */
int crew_fd(const struct crew *p);

/* Turn away the calls whose deadline in the queue has passed, and hand out
 * connections that are silent no more. Returns in how many ms it should be
 * called again. */
int crew_tick(struct crew *p);

/* Accept no more, finish the current calls, end the threads. false: some did
 * not end by the monotonic moment until_ms; the crew is left as it is. */
bool crew_close(struct crew *p, int64_t until_ms);

#endif
