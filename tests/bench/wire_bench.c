/* SPDX-License-Identifier: MIT */
/*
 * wire_bench [-w h2|http] [-c connections] [-s at most in flight]
 *     [-t timeout ms] [-x proxy] [-a] [-k authorization] url ca_file n
 *
 * Sends n requests of the size of an APNs push through a wire and
 * prints requests a second, the CPU each
 * cost us, and how the exchanges ended. -a: cautious, as for APNs.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/id.h"
#include "lib/log.h"
#include "lib/text.h"
#include "sendd/wire.h"

#define BODY                                                                   \
	"{\"aps\":{\"alert\":{\"title\":\"Payment\",\"body\":\"Confirm the "   \
	"payment of 123.45 EUR to ACME Inc.\"},\"sound\":\"default\","         \
	"\"badge\":1},\"extra\":{\"operation\":\"0123456789abcdef\"}}"

static struct {
	const struct wire_ops *kind;
	struct origin origin;
	const char *path, *authorization;
	unsigned long n, left, done, other, ends[4];
	unsigned flying, most;
	unsigned timeout_ms;
	struct exchange *spare;
	char why[96];
} b = {.kind = &wire_h2, .most = 4000, .timeout_ms = 10000,
    .origin = {.connections = 1, .connect_timeout_ms = 5000,
	.idle_ping_ms = 60000}};

static double
cpu_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
start(struct pool *p)
{
	static char jwt[256];
	struct exchange *x = b.spare;
	char id[ID_UUID];

	if (jwt[0] == '\0') {
		memcpy(jwt, "bearer ", 7);
		for (unsigned i = 7; i < 230; i++)
			jwt[i] = "abcXYZ0189-_"[i * 7 % 12];
	}
	if (x != NULL)
		b.spare = x->next;
	else
		x = exchange_new();
	exchange_reset(x);
	id_uuid_of(b.n - b.left + 1, id);
	x->path = b.path;
	exchange_header(x, "authorization",
	    b.authorization != NULL ? b.authorization : jwt);
	exchange_header(x, "apns-topic", "cz.example.bank");
	exchange_header(x, "apns-push-type", "alert");
	exchange_header(x, "apns-priority", "10");
	exchange_header(x, "apns-expiration", "1790000000");
	exchange_header(x, "apns-id", exchange_fmt(x, "%s", id));
	exchange_header(x, "content-type", "application/json");
	x->body = BODY;
	x->body_len = strlen(BODY);
	x->timeout_ms = b.timeout_ms;
	pool_start(p, x);
	b.flying++;
	b.left--;
}

static void
collect(struct wire *w)
{
	struct exchange *x;

	while ((x = wire_finished(w)) != NULL) {
		b.ends[x->end]++;
		b.done++;
		if (x->end != EXCHANGE_ANSWERED)
			memcpy(b.why, x->why, sizeof b.why);
		else if (x->status != 200 && b.other++ == 0)
			(void)snprintf(b.why, sizeof b.why, "%d %.80s",
			    x->status, buf_str(&x->answer));
		x->next = b.spare;
		b.spare = x;
		b.flying--;
	}
}

static void
run(struct poller *poller, struct wire *w, struct pool *p)
{
	int64_t since = clock_mono_ms();

	while (b.done < b.n && clock_mono_ms() - since < 120000) {
		unsigned room = pool_room(p);
		int wait;

		for (; room > 0 && b.left > 0 && b.flying < b.most; room--)
			start(p);
		wire_flush(w);
		wait = wire_tick(w);
		poller_run(poller, wait < 100 ? wait : 100);
		collect(w);
	}
}

static unsigned
number(const char *s)
{
	uint64_t n;

	if (!text_u64(s, 1000000000, &n))
		fatalx("\"%s\" is not a number", s);
	return (unsigned)n;
}

static void
options(int argc, char **argv)
{
	const struct err *e;
	int c;

	while ((c = getopt(argc, argv, "w:c:s:t:x:k:a")) != -1)
		switch (c) {
		case 'w':
			b.kind = strcmp(optarg, "h2") == 0 ? &wire_h2
							  : &wire_http;
			break;
		case 'c':
			b.origin.connections = number(optarg);
			break;
		case 's':
			b.most = number(optarg);
			break;
		case 't':
			b.timeout_ms = number(optarg);
			break;
		case 'x':
			b.origin.proxy = optarg;
			break;
		case 'k':
			b.authorization = optarg;
			break;
		case 'a':
			b.origin.cautious = true;
			break;
		default:
			fatalx("unknown option");
		}
	if (argc - optind != 3)
		fatalx("usage: wire_bench [options] url ca_file n");
	if ((e = origin_read(argv[optind], &b.origin, &b.path)) != NULL)
		fatalx("%s", e->text);
	if (strcmp(argv[optind + 1], "-") != 0)
		b.origin.ca_file = argv[optind + 1];
	b.n = b.left = number(argv[optind + 2]);
}

static void
report(const struct wire *w, struct pool *p, double seconds, double cpu)
{
	struct pool_stats s = {.connections = 0};

	pool_stats(p, &s);
	printf("%s: %.0f requests/s, %.2f us CPU each; answered %lu "
	       "(%lu not 200), unsent %lu, unknown %lu%s%s\n",
	    wire_name(w), (double)b.done / seconds,
	    cpu * 1e6 / (double)(b.done > 0 ? b.done : 1),
	    b.ends[EXCHANGE_ANSWERED], b.other, b.ends[EXCHANGE_UNSENT],
	    b.ends[EXCHANGE_UNKNOWN], b.why[0] != '\0' ? ", latest: " : "",
	    b.why);
	printf("connections %u in_flight %u streams %u connects %llu "
	       "failures %llu goaways %llu resets %llu pings %llu "
	       "timeouts %llu trouble \"%s\"\n",
	    s.connections, s.in_flight, s.streams,
	    (unsigned long long)s.connects,
	    (unsigned long long)s.connect_failures,
	    (unsigned long long)s.goaways, (unsigned long long)s.resets,
	    (unsigned long long)s.pings, (unsigned long long)s.timeouts,
	    s.trouble);
}

int
main(int argc, char **argv)
{
	struct poller *poller;
	const struct err *e;
	struct exchange *x;
	struct pool *p;
	struct wire *w;
	int64_t since;
	double cpu;

	(void)signal(SIGPIPE, SIG_IGN);
	options(argc, argv);
	if ((e = poller_new(&poller)) != NULL ||
	    (e = wire_open(b.kind, poller, &w)) != NULL)
		fatalx("%s", e->text);
	p = wire_pool(w, &b.origin, 1);
	since = clock_mono_us();
	cpu = cpu_s();
	run(poller, w, p);
	report(w, p, (double)(clock_mono_us() - since) / 1e6, cpu_s() - cpu);
	wire_close(w);
	poller_free(poller);
	while ((x = b.spare) != NULL) {
		b.spare = x->next;
		exchange_free(x);
	}
	return b.done == b.n ? 0 : 1;
}
