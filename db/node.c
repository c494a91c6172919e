/* SPDX-License-Identifier: MIT */
#include "db/node.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

/* --- reading ---------------------------------------------------------- */

/* Cut "host:port" or "[address]:port" after the host. An address of IPv6
 * without brackets has no port behind it. False: that is no port. */
static bool
split_port(char *host, unsigned *port)
{
	char *end = strrchr(host, host[0] == '[' ? ']' : ':');
	int64_t number = *port;

	if (host[0] == '[') {
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		*end++ = '\0';
		memmove(host, host + 1, strlen(host)); /* end: one behind it */
		if (*end == '\0')
			return true;
	} else if (end == NULL || strchr(host, ':') != end)
		return true;
	*end = '\0';
	if (!text_i64(end + 1, 1, 65535, &number))
		return false;
	*port = (unsigned)number;
	return true;
}

static const struct err *
read_node(const char *item, unsigned port, struct node *node)
{
	*node = (struct node){.port = port};
	(void)snprintf(node->host, sizeof node->host, "%s", item);
	if (item[0] == '/')
		node->port = 0;
	else if (!split_port(node->host, &node->port) ||
	    !text_class_match("[a-zA-Z0-9.:_-]{1,159}", node->host))
		return err_new(ERR_INVALID, "\"%s\" is not a host, nor "
		    "host:port, [address]:port or the path of a socket", item);
	if (node->port == 0)
		(void)snprintf(node->name, sizeof node->name, "%s", item);
	else
		(void)snprintf(node->name, sizeof node->name,
		    strchr(node->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
		    node->host, node->port);
	return NULL;
}

const struct err *
node_list_read(const char *text, unsigned port, struct node_list *out)
{
	const struct err *e = NULL;
	char item[NET_ITEM];

	out->n = 0;
	while (e == NULL && net_item(&text, item)) {
		if (out->n == NODES_MAX)
			return err_new(ERR_INVALID, "there may be %d hosts at "
			    "most", NODES_MAX);
		e = read_node(item, port, &out->all[out->n++]);
	}
	if (e == NULL && out->n == 0)
		e = err_new(ERR_INVALID, "there is no host");
	return e;
}

void
node_of_socket(const char *path, struct node_list *out)
{
	struct node *node = &out->all[0];

	*out = (struct node_list){.n = 1};
	(void)snprintf(node->host, sizeof node->host, "%s", path);
	memcpy(node->name, node->host, sizeof node->host);
}

/* --- what this process knows ------------------------------------------ */

/* Of the nodes that have failed, or whose clock is wrong. Settings that are
 * read again may name other nodes; when there is no place left, the oldest row
 * is forgotten, and its node is tried as one that serves. */
static struct state {
	char name[NODE_NAME];
	unsigned failures; /* in a row */
	/* by the steady clock */
	int64_t counted_ms, avoid_until_ms;
	int64_t ahead_ms; /* its clock */
} states[2 * NODES_MAX];
static size_t n_states;
static atomic_bool all_serve = true; /* no node is avoided */
static atomic_uint returns;	     /* of those that had failed */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct state *
find_state(const struct node *node)
{
	size_t n = n_states < nitems(states) ? n_states : nitems(states);

	for (size_t i = 0; i < n; i++)
		if (strcmp(states[i].name, node->name) == 0)
			return &states[i];
	return NULL;
}

static struct state *
add_state(const struct node *node)
{
	struct state *s = &states[n_states++ % nitems(states)];

	*s = (struct state){.failures = 0};
	memcpy(s->name, node->name, sizeof s->name);
	return s;
}

static void
look_at_all(void)
{
	bool all = true;

	for (size_t i = 0; i < n_states && i < nitems(states); i++)
		all &= states[i].failures == 0;
	atomic_store(&all_serve, all);
}

static bool
is_avoided(const struct node *node, int64_t now_ms)
{
	const struct state *s = find_state(node);

	return s != NULL && s->failures > 0 && now_ms < s->avoid_until_ms;
}

size_t
node_order(const struct node_list *l, unsigned last, size_t order[NODES_MAX])
{
	enum { FIRST, LAST, AVOIDED, TURNS } turns[NODES_MAX];
	int64_t now_ms = clock_mono_ms();
	size_t n = 0, serve = 0;

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < l->n; i++) {
		turns[i] = is_avoided(&l->all[i], now_ms) ? AVOIDED
		    : (last >> i & 1) != 0 ? LAST : FIRST;
		serve += turns[i] != AVOIDED;
	}
	(void)pthread_mutex_unlock(&lock);
	for (unsigned turn = FIRST; turn < TURNS; turn++)
		for (size_t i = 0; i < l->n; i++)
			if (turns[i] == turn)
				order[n++] = i;
	return serve;
}

void
node_trying(const struct node *node, int64_t wait_ms)
{
	struct state *s;

	(void)pthread_mutex_lock(&lock);
	if ((s = find_state(node)) != NULL && s->failures > 0)
		s->avoid_until_ms = clock_mono_ms() + wait_ms;
	(void)pthread_mutex_unlock(&lock);
}

bool
node_try_early(const struct node *node, int64_t early_ms, int64_t wait_ms)
{
	int64_t now_ms = clock_mono_ms();
	struct state *s;
	bool due;

	(void)pthread_mutex_lock(&lock);
	s = find_state(node);
	due = s != NULL && s->failures > 0 &&
	    now_ms >= s->avoid_until_ms - early_ms;
	if (due)
		s->avoid_until_ms = now_ms + wait_ms;
	(void)pthread_mutex_unlock(&lock);
	return due;
}

bool
node_serves(const struct node *node)
{
	struct state *s;
	bool before = true;

	(void)pthread_mutex_lock(&lock);
	if ((s = find_state(node)) != NULL) {
		before = s->failures == 0;
		s->failures = 0;
	}
	if (!before)
		(void)atomic_fetch_add(&returns, 1);
	look_at_all();
	(void)pthread_mutex_unlock(&lock);
	return !before;
}

unsigned
node_returns(void)
{
	return atomic_load(&returns);
}

void
node_take(const struct node *node)
{
	if (node_serves(node))
		log_notice("database node=%s serves again", node->name);
}

/* Many connections find the same failure at about the same time: it counts
 * once. */
bool
node_fails(const struct node *node)
{
	int64_t now_ms = clock_mono_ms(), ms = NODE_AVOID_MS;
	struct state *s;
	bool served;

	(void)pthread_mutex_lock(&lock);
	if ((s = find_state(node)) == NULL)
		s = add_state(node);
	served = s->failures == 0;
	if (served || now_ms - s->counted_ms >= NODE_AVOID_MS) {
		s->counted_ms = now_ms;
		ms <<= s->failures < 4 ? s->failures : 4;
		s->failures++;
		s->avoid_until_ms = now_ms +
		    (ms < NODE_AVOID_MAX_MS ? ms : NODE_AVOID_MAX_MS);
	}
	atomic_store(&all_serve, false);
	(void)pthread_mutex_unlock(&lock);
	return served;
}

void
node_leave(const struct node *node, const char *why)
{
	if (node_fails(node))
		log_warn("database node=%s why=\"%s\": another is used",
		    node->name, QUOTED(why));
}

bool
node_has_failed(const struct node *node)
{
	const struct state *s;
	bool failed;

	(void)pthread_mutex_lock(&lock);
	s = find_state(node);
	failed = s != NULL && s->failures > 0;
	(void)pthread_mutex_unlock(&lock);
	return failed;
}

size_t
node_first(const struct node_list *l)
{
	size_t first = l->n;

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < l->n && first == l->n; i++) {
		const struct state *s = find_state(&l->all[i]);

		if (s == NULL || s->failures == 0)
			first = i;
	}
	(void)pthread_mutex_unlock(&lock);
	return first < l->n ? first : 0;
}

const char *
node_words(enum node_fitness how)
{
	static const char *const words[] = {[NODE_FIT] = "serves",
	    [NODE_FULL] = "takes no more connections",
	    [NODE_BEHIND] = "has not caught up, or is another node's donor",
	    [NODE_READ_ONLY] = "is read-only",
	    [NODE_APART] = "is not part of its cluster"};

	return words[how];
}

bool
node_is_nearer(const struct node_list *l, size_t place, unsigned without)
{
	int64_t now_ms;
	bool found = false, leave;

	/* asked before each statement, mostly so */
	if (place == 0 && atomic_load(&all_serve))
		return false;
	now_ms = clock_mono_ms();
	(void)pthread_mutex_lock(&lock);
	leave = place < l->n && is_avoided(&l->all[place], now_ms);
	for (size_t i = 0; i < l->n && (i < place || leave); i++)
		found |= (without >> i & 1) == 0 &&
		    !is_avoided(&l->all[i], now_ms);
	(void)pthread_mutex_unlock(&lock);
	return found;
}

/* --- clocks ----------------------------------------------------------- */

#define EXACT_MS 250 /* of one measurement and the next */

int64_t
node_ahead_ms(const struct node *node)
{
	const struct state *s;
	int64_t ms = 0;

	(void)pthread_mutex_lock(&lock);
	if ((s = find_state(node)) != NULL)
		ms = s->ahead_ms;
	(void)pthread_mutex_unlock(&lock);
	return ms;
}

void
node_set_ahead(const struct node *node, int64_t ms)
{
	struct state *s;

	(void)pthread_mutex_lock(&lock);
	if ((s = find_state(node)) == NULL && ms != 0)
		s = add_state(node);
	if (s != NULL && (ms == 0 || llabs(ms - s->ahead_ms) >= EXACT_MS))
		s->ahead_ms = ms;
	(void)pthread_mutex_unlock(&lock);
}

/* --- connections ------------------------------------------------------ */

static struct line {
	int fd;
	bool serves;
	char name[NODE_NAME];
} *lines;
static size_t n_lines;

int
node_line_open(const struct node *node, int fd)
{
	int line = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct line *l;

	if (line < 0)
		return -1;
	(void)pthread_mutex_lock(&lock);
	lines = xrealloc(lines, (n_lines + 1) * sizeof *lines);
	l = &lines[n_lines++];
	l->fd = line;
	l->serves = false;
	memcpy(l->name, node->name, sizeof l->name);
	(void)pthread_mutex_unlock(&lock);
	return line;
}

void
node_line_serves(int line)
{
	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n_lines; i++)
		lines[i].serves |= lines[i].fd == line;
	(void)pthread_mutex_unlock(&lock);
}

static bool
is_open(const struct line *l)
{
	struct pollfd end = {.fd = l->fd, .events = POLLRDHUP};

	return poll(&end, 1, 0) == 0;
}

bool
node_has_connections(const struct node *node)
{
	bool any = false;

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n_lines && !any; i++)
		any = lines[i].serves && is_open(&lines[i]) &&
		    strcmp(lines[i].name, node->name) == 0;
	(void)pthread_mutex_unlock(&lock);
	return any;
}

void
node_line_close(int line)
{
	if (line < 0)
		return;
	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n_lines; i++)
		if (lines[i].fd == line) {
			lines[i] = lines[--n_lines];
			break;
		}
	(void)close(line);
	if (n_lines == 0) {
		free(lines);
		lines = NULL;
	}
	(void)pthread_mutex_unlock(&lock);
}

void
node_cut(const struct node *node)
{
	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n_lines; i++)
		if (strcmp(lines[i].name, node->name) == 0)
			(void)shutdown(lines[i].fd, SHUT_RDWR);
	(void)pthread_mutex_unlock(&lock);
}
