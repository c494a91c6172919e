/* SPDX-License-Identifier: MIT */
/* A process maps only a file of its own user: nobody else could cut it short
 * while it is mapped. Files of other programs are read, never mapped. */
#include "fcgi/call_counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"

#include "core/histogram.h"

#include "fcgi/metrics_text.h"

#define MAGIC "outpost-calls-1 " OUTPOST_VERSION
#define SLOTS_MAX 256

/* The statuses that a responder answers; others are counted as the last. */
static const int statuses[] = {200, 304, 400, 401, 403, 404, 405, 409, 411,
    413, 414, 415, 429, 431, 500, 502, 503, 504, 0};

static const struct histogram_kind seconds = {"seconds", 12,
    {1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000,
	30000000}};
static const char *const bounds[] = {"0.001", "0.0025", "0.005", "0.01",
    "0.025", "0.05", "0.1", "0.25", "1", "5", "30", "+Inf"};

/* What is counted of one row of the table of routes; the last slot is for
 * calls without a route. */
struct slot {
	char methods[32], path[96];
	uint64_t by_status[nitems(statuses)];
	struct histogram times; /* microseconds */
};

struct counters_file {
	char magic[64];
	uint64_t n_slots, starts;
	struct slot slots[];
};

struct call_counters {
	struct counters_file *file;
	const struct route *routes;
	size_t n_routes, size;
};

/* --- the file --------------------------------------------------------- */

static size_t
file_size(size_t n_slots)
{
	return sizeof(struct counters_file) + n_slots * sizeof(struct slot);
}

static void
name_slot(struct slot *s, const struct route *r)
{
	static const struct {
		unsigned method;
		const char *name;
	} methods[] = {{M_GET, "GET"}, {M_POST, "POST"}, {M_PUT, "PUT"},
	    {M_DELETE, "DELETE"}};
	size_t len = 0;

	for (size_t i = 0; i < nitems(methods); i++)
		if (r->methods & methods[i].method)
			len += (size_t)snprintf(s->methods + len,
			    sizeof s->methods - len, "%s%s",
			    len > 0 ? "|" : "", methods[i].name);
	(void)snprintf(s->path, sizeof s->path, "%s", r->path);
}

/* The file as it begins; the caller frees it. */
static struct counters_file *
blank_file(const struct route *routes, size_t n_routes)
{
	struct counters_file *f = xcalloc(1, file_size(n_routes + 1));

	(void)snprintf(f->magic, sizeof f->magic, "%s", MAGIC);
	f->n_slots = n_routes + 1;
	for (size_t i = 0; i < n_routes; i++)
		name_slot(&f->slots[i], &routes[i]);
	(void)snprintf(f->slots[n_routes].path,
	    sizeof f->slots[n_routes].path, "none");
	return f;
}

/* Has the file these routes, in this order? */
static bool
is_like(const struct counters_file *f, const struct counters_file *blank)
{
	if (memcmp(f->magic, blank->magic, sizeof f->magic) != 0 ||
	    f->n_slots != blank->n_slots)
		return false;
	for (size_t i = 0; i < f->n_slots; i++)
		if (memcmp(f->slots[i].methods, blank->slots[i].methods,
			sizeof f->slots[i].methods) != 0 ||
		    memcmp(f->slots[i].path, blank->slots[i].path,
			sizeof f->slots[i].path) != 0)
			return false;
	return true;
}

/* Put a blank file in place whole, so that no process sees a part of it. Of
 * several processes that do so at once one wins; the others find its file. */
static const struct err *
make_file(const char *path, const struct counters_file *blank, bool replace)
{
	const struct err *e = NULL;
	char draft[4096];
	size_t size = file_size(blank->n_slots);
	int fd;

	(void)snprintf(draft, sizeof draft, "%s.XXXXXX", path);
	if ((fd = mkostemp(draft, O_CLOEXEC)) < 0)
		return err_errno("%s", path);
	if (fchmod(fd, 0640) != 0 || write(fd, blank, size) != (ssize_t)size ||
	    (replace ? rename(draft, path) != 0
		: link(draft, path) != 0 && errno != EEXIST))
		e = err_errno("%s", path);
	(void)close(fd);
	if (e != NULL || !replace)
		(void)unlink(draft);
	return e;
}

/* NULL and no error: there is no such file, or one of another release. */
static const struct err *
map_file(const char *path, const struct counters_file *blank,
    struct counters_file **out, bool *exists)
{
	size_t size = file_size(blank->n_slots);
	const struct err *e = NULL;
	struct stat st;
	void *at;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	*exists = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ? NULL : err_errno("%s", path);
	if (fstat(fd, &st) != 0)
		e = err_errno("%s", path);
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		e = err_new(ERR_FAULT, "%s is another user's", path);
	else if (st.st_size == (off_t)size) {
		at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
		if (at == MAP_FAILED)
			e = err_errno("%s", path);
		else if (is_like(at, blank))
			*out = at;
		else
			(void)munmap(at, size);
	}
	(void)close(fd);
	return e;
}

const struct err *
call_counters_open(const char *dir, const char *program,
    const struct route *routes, size_t n_routes, bool starts,
    struct call_counters **out)
{
	struct counters_file *blank = blank_file(routes, n_routes), *f = NULL;
	const struct err *e;
	char path[4000];
	bool exists;

	(void)snprintf(path, sizeof path, "%s/%s", dir, program);
	e = map_file(path, blank, &f, &exists);
	if (e == NULL && f == NULL &&
	    (e = make_file(path, blank, exists)) == NULL)
		e = map_file(path, blank, &f, &exists);
	free(blank);
	if (f == NULL)
		return e != NULL ? e : err_new(ERR_FAULT,
		    "%s is of another release", path);
	if (starts)
		(void)__atomic_fetch_add(&f->starts, 1, __ATOMIC_RELAXED);
	*out = xcalloc(1, sizeof **out);
	**out = (struct call_counters){f, routes, n_routes,
	    file_size(n_routes + 1)};
	return NULL;
}

void
call_counters_close(struct call_counters *c)
{
	if (c == NULL)
		return;
	(void)munmap(c->file, c->size);
	free(c);
}

/* --- counting --------------------------------------------------------- */

static size_t
status_index(int status)
{
	size_t i = 0;

	while (i + 1 < nitems(statuses) && statuses[i] != status)
		i++;
	return i;
}

void
call_counters_add(struct call_counters *c, const struct route *route,
    int status, int64_t us)
{
	struct slot *s;
	unsigned i = 0;

	if (c == NULL)
		return;
	s = &c->file->slots[route != NULL ? (size_t)(route - c->routes)
					  : c->n_routes];
	while (i + 1 < seconds.n && us > seconds.bounds[i])
		i++;
	(void)__atomic_fetch_add(&s->by_status[status_index(status)], 1,
	    __ATOMIC_RELAXED);
	(void)__atomic_fetch_add(&s->times.n[i], 1, __ATOMIC_RELAXED);
	(void)__atomic_fetch_add(&s->times.sum, us > 0 ? (uint64_t)us : 0,
	    __ATOMIC_RELAXED);
}

/* --- telling ---------------------------------------------------------- */

struct counted {
	const char *program;
	const struct counters_file *file;
};

/* A copy in the arena; NULL: there is none of this release. */
static const struct counters_file *
read_file(const char *dir, const char *program, struct arena *a)
{
	size_t most = file_size(SLOTS_MAX);
	struct counters_file *f = arena_zero(a, most);
	char path[4096];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", dir, program);
	if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		 O_CLOEXEC)) < 0)
		return NULL;
	n = read(fd, f, most);
	(void)close(fd);
	if (n < (ssize_t)sizeof *f || strncmp(f->magic, MAGIC,
		sizeof f->magic) != 0 || f->n_slots > SLOTS_MAX ||
	    n < (ssize_t)file_size(f->n_slots))
		return NULL;
	for (size_t i = 0; i < f->n_slots; i++) {
		f->slots[i].methods[sizeof f->slots[i].methods - 1] = '\0';
		f->slots[i].path[sizeof f->slots[i].path - 1] = '\0';
	}
	return f;
}

static void
open_call_row(struct buf *b, const char *name, const char *program,
    const struct slot *s)
{
	(void)buf_fmt(b, "outpost_%s", name);
	metrics_label(b, '{', "program", program);
	metrics_label(b, ',', "method", s->methods);
	metrics_label(b, ',', "route", s->path);
}

static void
write_statuses(struct buf *b, const char *program, const struct slot *s)
{
	char code[8];

	for (size_t i = 0; i < nitems(statuses); i++) {
		if (s->by_status[i] == 0)
			continue;
		(void)snprintf(code, sizeof code, "%d", statuses[i]);
		open_call_row(b, "requests_total", program, s);
		metrics_label(b, ',', "status",
		    statuses[i] != 0 ? code : "other");
		metrics_value(b, s->by_status[i]);
	}
}

static void
write_times(struct buf *b, const char *program, const struct slot *s)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < seconds.n; i++)
		n += s->times.n[i];
	if (n == 0)
		return;
	n = 0;
	for (unsigned i = 0; i < seconds.n; i++) {
		open_call_row(b, "request_seconds_bucket", program, s);
		metrics_label(b, ',', "le", bounds[i]);
		metrics_value(b, n += s->times.n[i]);
	}
	open_call_row(b, "request_seconds_sum", program, s);
	(void)buf_fmt(b, "} %.15g\n", (double)s->times.sum / 1e6);
	open_call_row(b, "request_seconds_count", program, s);
	metrics_value(b, n);
}

static void
each_slot(struct buf *b, const struct counted *list, size_t n,
    void (*write)(struct buf *, const char *, const struct slot *))
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < list[i].file->n_slots; k++)
			write(b, list[i].program, &list[i].file->slots[k]);
}

void
call_counters_write(const char *dir, const char *const *programs,
    struct arena *a, struct buf *b)
{
	struct counted list[8];
	size_t n = 0;

	for (; *programs != NULL && n < nitems(list); programs++) {
		list[n].program = *programs;
		list[n].file = read_file(dir, *programs, a);
		n += list[n].file != NULL;
	}
	metrics_head(b, "requests_total", "counter",
	    "Calls by route and status, of all processes of this machine.");
	each_slot(b, list, n, write_statuses);
	metrics_head(b, "request_seconds", "histogram",
	    "From a call that has been read to its answer.");
	each_slot(b, list, n, write_times);
	metrics_head(b, "responder_starts_total", "counter",
	    "Starts of FastCGI processes.");
	for (size_t i = 0; i < n; i++) {
		(void)buf_text(b, "outpost_responder_starts_total");
		metrics_label(b, '{', "program", list[i].program);
		metrics_value(b, list[i].file->starts);
	}
}
