/* SPDX-License-Identifier: MIT */
#include "core/carried_row.h"

#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"

#define VERSION 1 /* of struct fixed */
#define MAC 32

_Static_assert(RING_KEY == CRYPTO_MAC_KEY, "a ring key is the key of a MAC");

/* The numbers, as they lie in memory: both ends are of one machine. */
struct fixed {
	uint32_t version, shard;
	int64_t due_ms;
	uint64_t id, send, body_id;
	int64_t app, device, looked_ms;
	uint32_t platform, environment, generation;
	uint8_t personal, active, unused[2];
	uint32_t len[5]; /* of the texts behind it, each with its NUL */
	uint32_t all;	 /* bytes of all of them */
};
_Static_assert(sizeof(struct fixed) == 104, "no byte of it is padding");

static const char begin[] = "row ";

/* --- writing ---------------------------------------------------------- */

/* The texts in their order. */
static void
list_texts(const struct outbox_found *f, const char *texts[5])
{
	texts[0] = f->token;
	texts[1] = f->user;
	texts[2] = f->now.platform;
	texts[3] = f->now.environment;
	texts[4] = f->body;
}

static struct fixed
numbers_of(const struct carried_row *r)
{
	const struct outbox_row *row = &r->found.row;

	return (struct fixed){.version = VERSION, .shard = row->key.shard,
	    .due_ms = row->key.due_ms, .id = row->key.id, .send = row->send,
	    .body_id = row->body_id, .app = row->app, .device = row->device,
	    .looked_ms = r->looked_ms, .platform = row->platform,
	    .environment = row->environment, .generation = row->generation,
	    .personal = row->personal, .active = r->found.now.active};
}

/* The environment of a device may be NULL, and has no length then. */
static bool
put_texts(const struct outbox_found *f, struct fixed *n, char *at, size_t room)
{
	const char *texts[5];

	list_texts(f, texts);
	for (size_t i = 0; i < nitems(texts); i++) {
		size_t len = texts[i] != NULL ? strlen(texts[i]) + 1 : 0;

		if (len > room - n->all || (len == 0 && i != 3))
			return false;
		if (len > 0)
			memcpy(at + n->all, texts[i], len);
		n->len[i] = (uint32_t)len;
		n->all += (uint32_t)len;
	}
	return n->len[4] == f->body_len + 1;
}

bool
carried_row_write(const struct carried_row *r,
    const unsigned char key[RING_KEY], struct doorbell_packet *p)
{
	const struct doorbell_message soon = {.verb = DOORBELL_SOON,
	    .shard = r->found.row.key.shard};
	struct fixed n = numbers_of(r);
	unsigned char mac[MAC];
	char *at;

	p->len = doorbell_write(&soon, p->text);
	p->text[p->len++] = '\n';
	memcpy(p->text + p->len, begin, strlen(begin));
	p->len += (unsigned)strlen(begin) + MAC;
	at = p->text + p->len;
	if (!put_texts(&r->found, &n, at + sizeof n,
		sizeof p->text - p->len - sizeof n))
		return false;
	memcpy(at, &n, sizeof n);
	crypto_hmac(key, at, sizeof n + n.all, mac);
	memcpy(at - MAC, mac, MAC);
	p->len += (unsigned)sizeof n + n.all;
	return true;
}

/* --- reading ---------------------------------------------------------- */

/* The bytes that the MAC is of; NULL: the packet carries no row. */
static const char *
find_row(const struct doorbell_packet *p, size_t *len)
{
	const char *line = memchr(p->text, '\n', p->len);
	size_t rest = line != NULL ? (size_t)(p->text + p->len - ++line) : 0;

	if (rest < strlen(begin) + MAC + sizeof(struct fixed) ||
	    memcmp(line, begin, strlen(begin)) != 0)
		return NULL;
	*len = rest - strlen(begin) - MAC;
	return line + strlen(begin) + MAC;
}

/* Each text with its length and its NUL, and nothing behind the last. */
static bool
take_texts(const struct fixed *n, const char *at, size_t len,
    const char *texts[5])
{
	size_t all = 0;

	for (size_t i = 0; i < 5; i++) {
		texts[i] = n->len[i] > 0 ? at + all : NULL;
		if (n->len[i] > len - all || (n->len[i] == 0 && i != 3))
			return false;
		all += n->len[i];
		if (texts[i] != NULL &&
		    memchr(texts[i], '\0', n->len[i]) != at + all - 1)
			return false;
	}
	return all == len;
}

static struct carried_row
row_of(const struct fixed *n, const char *const texts[5])
{
	return (struct carried_row){.looked_ms = n->looked_ms,
	    .found = {.row = {.key = {n->shard, 0, n->due_ms, n->id},
		.send = n->send, .body_id = n->body_id, .app = n->app,
		.device = n->device, .platform = n->platform,
		.environment = n->environment, .generation = n->generation,
		.personal = n->personal != 0},
		.token = texts[0], .user = texts[1],
		.body = texts[4], .body_len = n->len[4] - 1,
		.now = {.there = true, .active = n->active != 0,
		    .generation = n->generation, .platform = texts[2],
		    .environment = texts[3]}}};
}

bool
carried_row_read(const struct doorbell_packet *p,
    const unsigned char key[RING_KEY], struct carried_row *out)
{
	unsigned char mac[MAC];
	const char *texts[5];
	struct fixed n;
	size_t len;
	const char *at = find_row(p, &len);

	if (at == NULL)
		return false;
	crypto_hmac(key, at, len, mac);
	if (!crypto_equal(mac, at - MAC, MAC))
		return false;
	memcpy(&n, at, sizeof n);
	if (n.version != VERSION || n.shard >= OUTBOX_SHARDS ||
	    n.platform >= PLATFORM__COUNT ||
	    !take_texts(&n, at + sizeof n, len - sizeof n, texts))
		return false;
	*out = row_of(&n, texts);
	return true;
}
