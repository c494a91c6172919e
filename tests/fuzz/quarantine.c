/* SPDX-License-Identifier: MIT */
/*
 * Which answers of APNs cost a device, and as of when: 410 always, as of its
 * timestamp unless that lies ahead of us; a suspicion only while the same
 * credential also delivers and suspicions are few (I-5, I-6). Input: lines,
 * "w MS" time goes by, "STATUS TIMESTAMP REASON" an answer.
 */
#include "sendd/completion.h"
#include "tests/fuzz/fuzz.h"

#define SHARE 0.2
#define WINDOW_MS 60000
#define ASKED_MS 100 /* before its answer */

static struct {
	struct settings settings;
	struct queue queue;
	struct credential_table credentials;
	struct pending_outcomes pending;
	struct figures figures;
	struct completion completion;
} s;
static struct credential c;
static struct credential_told told;

/* The guard's window, counted once more. */
static struct {
	int64_t since_ms;
	unsigned sent, suspected, gone;
} seen;

static bool
believed(enum verdict_kind kind, int64_t now)
{
	unsigned bad;

	if (now - seen.since_ms > WINDOW_MS) {
		memset(&seen, 0, sizeof seen);
		seen.since_ms = now;
	}
	seen.sent += kind == VERDICT_SENT;
	seen.suspected += kind == VERDICT_SUSPECT;
	seen.gone += kind == VERDICT_GONE;
	bad = seen.suspected + seen.gone;
	return kind == VERDICT_GONE || (kind == VERDICT_SUSPECT &&
	    seen.sent > 0 && bad <= SHARE * (bad + seen.sent));
}

static void
judge(const char *line, struct verdict *v, long long *told)
{
	static const struct target target = {"token", 7};
	struct exchange *x = exchange_new();
	char reason[40] = "";

	*told = 0;
	(void)sscanf(line, "%d %lld %39[A-Za-z0-9]", &x->status, told, reason);
	x->end = EXCHANGE_ANSWERED;
	(void)buf_fmt(&x->answer, "{\"reason\":\"%s\",\"timestamp\":%lld}",
	    reason, *told);
	provider_apns.judge(x, &target, 1, v);
	exchange_free(x);
}

static struct item *
item(int64_t now)
{
	static char token[] = "0123456789abcdef";
	struct outbox_found found = {.row = {.key.id = 7, .send = 8,
	    .device = 9}, .token = token, .body = "{}", .body_len = 2};
	struct item *i = item_new(&found, 1);

	i->asked_ms = now - ASKED_MS;
	return i;
}

static void
check(const struct outcome *o, const struct verdict *v, long long told,
    int64_t now)
{
	bool counts = v->kind == VERDICT_SENT || v->kind == VERDICT_GONE ||
	    v->kind == VERDICT_SUSPECT;
	bool lost = counts && believed(v->kind, now);

	MUST((o->gone_ms != 0) == lost);
	MUST(!lost || o->kind == OUTCOME_FAILED);
	if (!lost)
		return;
	if (v->kind == VERDICT_GONE && told > 0 && told <= now)
		MUST(o->gone_ms == told);
	else
		MUST(o->gone_ms == now - ASKED_MS);
}

static struct item *
in_flight(struct item *i)
{
	queue_add(&s.queue, &c.line, i);
	MUST(queue_next(&s.queue, &c.line, 0) == i);
	queue_fly(&s.queue, i);
	return i;
}

/* What becomes of one message; it waits again, or has its outcome. */
static void
answer(const char *line, int64_t now)
{
	static const struct outcome none;
	struct verdict v = {.why = ""};
	struct item *i = in_flight(item(now));
	struct outcome *o;
	long long told;

	judge(line, &v, &told);
	completion_verdict(&s.completion, &c, i, &v, 1);
	o = s.pending.n > 0 ? &s.pending.list[0] : NULL;
	MUST((queue_peek(&c.line, 0) == i) != (o != NULL));
	check(o != NULL ? o : &none, &v, told, now);
	if (o == NULL) {
		queue_drop(&s.queue, queue_next(&s.queue, &c.line, 0));
	} else {
		outcome_done(o);
		s.pending.n = 0;
		queue_finish(&s.queue, i);
	}
}

static void
begin(void)
{
	memset(&s, 0, sizeof s);
	memset(&c, 0, sizeof c);
	memset(&told, 0, sizeof told);
	memset(&seen, 0, sizeof seen);
	s.settings.quarantine.guard_share = SHARE;
	s.settings.quarantine.guard_window_ms = WINDOW_MS;
	s.settings.sendd.retry_min_ms = 1000;
	s.settings.sendd.retry_max_ms = 60000;
	s.settings.message.storage = true;
	s.credentials.settings = &s.settings;
	c.provider = &provider_apns;
	c.told = &told;
	c.state = CREDENTIAL_READY;
	queue_init(&s.queue, 1);
	queue_line_init(&c.line, &c);
	s.pending.queue = &s.queue;
	s.completion = (struct completion){.settings = &s.settings,
	    .queue = &s.queue, .credentials = &s.credentials,
	    .pending = &s.pending, .figures = &s.figures};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	int64_t now = FUZZ_NOW_MS;

	begin();
	for (int n = 0; n < 100 && in.left > 0; n++) {
		const char *line = input_line(&in);

		clock_set(now);
		if (*line == 'w')
			now += strtoll(line + 1, NULL, 10) & 0xfffff;
		else
			answer(line, now);
	}
	outcomes_done(&s.pending);
	queue_done(&s.queue);
	buf_done(&c.token.header);
	input_done(&in);
	return 0;
}
