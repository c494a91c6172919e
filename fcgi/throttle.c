/* SPDX-License-Identifier: MIT */
/*
 * A leaky bucket for each source, kept as the time when it will be empty: a
 * failure adds a step to that time. Slots are found by a hash with a secret
 * start, among a few neighbours.
 */
#include "fcgi/throttle.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/net.h"

#define MOST_MS (THROTTLE_FULL_MS + THROTTLE_WAIT_MAX_MS)
#define NEIGHBOURS 8

struct throttle_slot {
	struct net source;
	int64_t empty_ms; /* 0: unused */
	enum throttle_stage told;
};

struct throttle {
	pthread_mutex_t lock;
	uint64_t seed;
	struct throttle_slot slots[THROTTLE_SOURCES];
};

struct throttle *
throttle_new(void)
{
	struct throttle *t = xcalloc(1, sizeof *t);

	crypto_random(&t->seed, sizeof t->seed);
	if (pthread_mutex_init(&t->lock, NULL) != 0)
		fatalx("cannot make a lock");
	return t;
}

void
throttle_free(struct throttle *t)
{
	if (t == NULL)
		return;
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

/* --- sources ---------------------------------------------------------- */

/* An IPv4 address, an IPv6 network; all zero when it is no address. */
static struct net
source_of(const char *address)
{
	struct net n = {{0}, 0};

	if (net_address(address, &n) && !net_is_v4(&n))
		memset(n.bytes + 8, 0, 8);
	return n;
}

/* From a secret start, a stranger cannot aim at a neighbourhood. The last bytes
 * of an address reach only the low bits of an FNV-1a: they are spread. */
static size_t
hash_of(uint64_t start, const struct net *s)
{
	uint64_t h = hash_bytes(start, s->bytes, sizeof s->bytes);

	return (size_t)((h * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

/* The slot of the source, else the neighbour that is empty first. */
static struct throttle_slot *
slot_of(struct throttle *t, const struct net *s)
{
	size_t first = hash_of(t->seed, s);
	struct throttle_slot *oldest = &t->slots[first % THROTTLE_SOURCES];

	for (size_t i = 0; i < NEIGHBOURS; i++) {
		struct throttle_slot *near =
		    &t->slots[(first + i) % THROTTLE_SOURCES];

		if (near->empty_ms != 0 &&
		    memcmp(&near->source, s, sizeof *s) == 0)
			return near;
		if (near->empty_ms < oldest->empty_ms)
			oldest = near;
	}
	*oldest = (struct throttle_slot){.source = *s};
	return oldest;
}

/* --- counting --------------------------------------------------------- */

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* In seconds. */
static int
wait_for(int64_t owed_ms)
{
	return (int)((owed_ms - THROTTLE_FULL_MS + 999) / 1000);
}

static struct throttle_verdict
count(struct throttle_slot *s, int64_t now_ms)
{
	int64_t owed = s->empty_ms > now_ms ? s->empty_ms - now_ms : 0;
	bool slowed = owed > THROTTLE_FULL_MS;
	struct throttle_verdict v = {0};
	enum throttle_stage stage = THROTTLE_FREE;

	if (owed == 0)
		s->told = THROTTLE_FREE;
	owed = least(owed + THROTTLE_STEP_MS, MOST_MS);
	s->empty_ms = now_ms + owed;
	if (slowed) {
		v.wait_s = wait_for(owed);
		stage = owed < MOST_MS
			? THROTTLE_SLOWED : THROTTLE_MOST;
	}
	if (stage > s->told)
		s->told = v.news = stage;
	return v;
}

struct throttle_verdict
throttle_fail(struct throttle *t, const char *address, int64_t now_ms)
{
	struct throttle_verdict v = {0};
	struct net s;

	if (t == NULL)
		return v;
	s = source_of(address);
	(void)pthread_mutex_lock(&t->lock);
	v = count(slot_of(t, &s), now_ms);
	(void)pthread_mutex_unlock(&t->lock);
	return v;
}

/* --- buckets elsewhere ------------------------------------------------ */

struct throttle_verdict
throttle_judge(int64_t left_ms)
{
	int64_t over_ms = left_ms - THROTTLE_STEP_MS - THROTTLE_FULL_MS;
	struct throttle_verdict v = {0};

	if (over_ms <= 0)
		return v;
	v.wait_s = wait_for(left_ms);
	v.news = over_ms <= THROTTLE_STEP_MS ? THROTTLE_SLOWED : THROTTLE_FREE;
	return v;
}

/* Sources that share a group cost each other nothing but a wait after a
 * failure, so its start need not be secret. */
unsigned
throttle_group(const char *address, unsigned groups)
{
	struct net s = source_of(address);

	return (unsigned)(hash_of(HASH_SEED, &s) % groups);
}
