/* SPDX-License-Identifier: MIT */
#include "tests/fake/ledger.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

struct ledger {
	int fd;
	struct buf lines;
};

static const char *const providers[ROLE__COUNT] = {
    [ROLE_APNS] = "apns",
    [ROLE_FCM] = "fcm",
    [ROLE_HMS] = "hms",
    [ROLE_WEBPUSH] = "webpush",
};

const struct err *
ledger_open(const char *path, struct ledger **into)
{
	struct ledger *l;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	if (fd == -1)
		return err_errno("%s", path);
	l = xcalloc(1, sizeof(*l));
	l->fd = fd;
	l->lines.max = 256 * 1024 * 1024;
	*into = l;
	return NULL;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	ledger_flush(l);
	(void)close(l->fd);
	buf_done(&l->lines);
	free(l);
}

/* All headers but the credentials. */
static void
add_headers(struct json *line, const struct ask *ask)
{
	struct json *into = json_set_object(line, "headers");
	const char *p = ask->head.data, *end = p + ask->head.len, *value;

	for (; p != NULL && p < end; p = value + strlen(value) + 1) {
		value = p + strlen(p) + 1;
		if (strcmp(p, "authorization") != 0)
			json_set_text(into, p, value);
	}
}

void
ledger_add(struct fake *f, struct ask *ask, const struct entry *e)
{
	struct json *line;
	char time[CLOCK_TEXT];
	const char *text;
	size_t len;

	if (f->ledger == NULL)
		return;
	line = json_new_object(f->arena);
	json_set_text(line, "provider", providers[ask->role]);
	json_set_text(line, "id", e->id);
	json_set_text(line, "token", e->token);
	json_set_text(line, "decoded", e->decoded);
	json_set_text(line, "scenario", e->scenario);
	json_set_text(line, "topic", e->topic);
	json_set_text(line, "project", e->project);
	add_headers(line, ask);
	json_set(line, "payload", e->payload);
	clock_iso(clock_now_ms(), "Z", time);
	json_set_text(line, "time", time);
	text = json_write(line, &len);
	if (!buf_add(&f->ledger->lines, text, len) ||
	    !buf_add(&f->ledger->lines, "\n", 1))
		fatalx("ledger too large for one round");
}

void
ledger_flush(struct ledger *l)
{
	if (l == NULL || l->lines.len == 0)
		return;
	if (write(l->fd, l->lines.data, l->lines.len) != (ssize_t)l->lines.len)
		fatalx("cannot write the ledger");
	buf_reset(&l->lines);
}
