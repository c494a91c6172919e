/* SPDX-License-Identifier: MIT */
/*
 * Fills a stack for benches and fault tests, straight through the data
 * model: an application with credentials of the provider stand-in, then
 * messages in the outbox.
 *
 *   seed -c CONF -k PROVIDER.JSON -a APP [-w]       make the application;
 *        -w: with the stand-in's wrong key
 *   seed -c CONF -a APP -n N [-d ID] [-p apns|fcm|hms] [-t TOKEN] [-s SIZE]
 *        [-f]
 *        queue N messages of one device each, from that id on (the caller
 *        registers them: tests/lib/Outpost.pm), SIZE of them a send; -t:
 *        token, its last digits are replaced by the number; -f: each with a
 *        full body of its own, which has the members of the published example
 *   -m M with either: M applications, APP-1 to APP-M, each with an HMS client
 *        id of its own (which the stand-in does not know) and nothing else;
 *        the sends go to them in turn
 *   seed -c CONF -C ADMIN       prepare every statement of the product, as
 *                               that administrator
 *   seed -S                     print them, one a line: name, parameters,
 *                               columns, index, text, between tabs
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "db/application.h"
#include "db/outbox_send.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push/message.h"
#include "push/provider.h"

#define CHUNK 1000

struct seed_options {
	const char *conf, *keys, *app, *token, *admin;
	uint64_t n, device, many, size;
	enum platform platform;
	bool wrong, full;
};

static char *
read_file(struct arena *a, const char *path, size_t *len)
{
	char *text = arena_alloc(a, 1 << 20);
	FILE *f = fopen(path, "re");

	if (f == NULL)
		fatalx("cannot read %s", path);
	*len = fread(text, 1, (1 << 20) - 1, f);
	(void)fclose(f);
	text[*len] = '\0';
	return text;
}

static void
must(const struct err *e)
{
	if (e != NULL)
		fatalx("%s", e->text);
}

static const char *
text_of(const struct json *j, const char *name)
{
	return json_text(json_get(j, name), NULL);
}

/* A credential of each provider, in the order of its fields (push/). */
struct stand_in_keys {
	struct bytes of[PLATFORM__COUNT][CREDENTIAL_FIELDS];
};

enum { APNS_KEY, APNS_KEY_ID, APNS_TEAM_ID, APNS_BUNDLE };

static void
read_keys(struct arena *a, const struct seed_options *w,
    struct stand_in_keys *keys)
{
	struct bytes *apns = keys->of[PLATFORM_APNS];
	struct bytes *fcm = keys->of[PLATFORM_FCM];
	struct bytes *hms = keys->of[PLATFORM_HMS];
	struct json *k, *p;
	size_t len;
	char *text = read_file(a, w->keys, &len);

	must(json_parse(a, text, len, 8, &k));
	p = json_get(k, "apns");
	apns[APNS_KEY].data = read_file(a, text_of(p, w->wrong
		? "wrong_key_file" : "key_file"), &apns[APNS_KEY].len);
	apns[APNS_KEY_ID] = text_bytes(text_of(p, "key_id"));
	apns[APNS_TEAM_ID] = text_bytes(text_of(p, "team_id"));
	apns[APNS_BUNDLE] = text_bytes(text_of(p, "bundle"));
	p = json_get(k, "fcm");
	fcm[0].data = read_file(a, text_of(p, "account_file"), &fcm[0].len);
	fcm[1] = text_bytes(text_of(p, "project_id"));
	p = json_get(k, "hms");
	hms[0] = text_bytes(text_of(p, "project_id"));
	hms[1] = text_bytes(text_of(p, "client_id"));
	hms[2] = text_bytes(text_of(p, "client_secret"));
}

static int64_t
app_made(struct db *db, struct arena *a, const char *name)
{
	struct application app;

	if (application_by_name(db, a, name, &app) != NULL)
		must(application_add(db, name, &app.id));
	return app.id;
}

static void
make_app(struct db *db, struct arena *a, const struct settings *s,
    const struct seed_options *w)
{
	struct stand_in_keys keys = {0};
	struct keyring *keyring;
	int64_t id = app_made(db, a, w->app);

	read_keys(a, w, &keys);
	must(keyring_new(s->secrets.key_file, &keyring));
	for (int p = 0; p < PLATFORM__COUNT; p++)
		must(application_set_credential(db, keyring, id,
		    (enum platform)p, keys.of[p]));
	keyring_free(keyring);
}

static const char *
name_of_many(struct arena *a, const struct seed_options *w, uint64_t i)
{
	return arena_fmt(a, "%s-%llu", w->app, (unsigned long long)i + 1);
}

static void
make_many(struct db *db, struct arena *a, const struct settings *s,
    const struct seed_options *w)
{
	struct stand_in_keys keys = {0};
	struct bytes *hms = keys.of[PLATFORM_HMS];
	struct keyring *keyring;

	read_keys(a, w, &keys);
	must(keyring_new(s->secrets.key_file, &keyring));
	for (uint64_t i = 0; i < w->many; i++) {
		struct arena *one = arena_new();
		int64_t id = app_made(db, one, name_of_many(one, w, i));

		hms[1] = text_bytes(arena_fmt(one, "%llu",
		    (unsigned long long)i));
		must(application_set_credential(db, keyring, id, PLATFORM_HMS,
		    hms));
		arena_free(one);
	}
	keyring_free(keyring);
}

/* The published example, with nested extras. */
static const char full_body[] =
    "{\"title\":\"Balance update\",\"titleLocKey\":\"balance.update.title\","
    "\"titleLocArgs\":[],\"body\":\"Your balance is now $%llu.00\","
    "\"bodyLocKey\":\"balance.update.body\",\"bodyLocArgs\":[],\"badge\":3,"
    "\"sound\":\"default\",\"icon\":\"custom-icon\","
    "\"category\":\"balance-update\",\"collapseKey\":\"balance-update\","
    "\"validUntil\":\"2199-12-11T21:22:29.923Z\",\"extras\":{\"_comment\":"
    "\"Any custom data.\",\"account\":{\"number\":\"%llu\",\"currency\":"
    "\"USD\"}}}";

static struct json *
body_of(struct arena *a, const struct seed_options *w, uint64_t number)
{
	unsigned long long n = number;
	struct json *body;
	const char *text;

	if (w->full) {
		text = arena_fmt(a, full_body, n, n);
		must(json_parse(a, text, strlen(text), 8, &body));
		return body;
	}
	body = json_new_object(a);
	json_set_text(body, "title", "Bench");
	json_set_text(body, "body", "Your balance is now 745.00");
	return body;
}

static void
store_body(struct arena *a, const struct seed_options *w, uint64_t number,
    struct outbox_message *m)
{
	m->body = message_write(a, message_text(a, body_of(a, w, number)),
	    false, true, clock_now_ms() + 86400000, &m->body_len);
}

static void
queue_chunk(struct db *db, struct arena *a, const struct seed_options *w,
    int64_t app, uint64_t first, size_t n)
{
	struct outbox_message *m = arena_zero(a, n * sizeof *m);
	struct outbox_target *t = arena_zero(a, n * sizeof *t);
	struct outbox_send send = {.app = app, .mode = "ASYNCHRONOUS",
	    .messages = m, .n_messages = n};

	for (size_t i = 0; i < n; i++) {
		t[i] = (struct outbox_target){
		    .device = (int64_t)(w->device + first + i),
		    .platform = w->platform, .environment = 1,
		    .token = arena_fmt(a, "%s%016llx", w->token,
			(unsigned long long)first + i)};
		m[i] = (struct outbox_message){.user_id = "bench",
		    .published = "{}", .targets = &t[i], .n_targets = 1};
		store_body(a, w, first + i, &m[i]);
	}
	must(outbox_send(db, &send));
}

static int64_t *
app_ids(struct db *db, struct arena *a, const struct seed_options *w,
    uint64_t *n)
{
	int64_t *ids;

	*n = w->many > 0 ? w->many : 1;
	ids = arena_zero(a, *n * sizeof *ids);
	for (uint64_t i = 0; i < *n; i++) {
		struct arena *one = arena_new();
		struct application app;

		must(application_by_name(db, one,
		    w->many > 0 ? name_of_many(one, w, i) : w->app, &app));
		ids[i] = app.id;
		arena_free(one);
	}
	return ids;
}

static void
queue(struct db *db, struct arena *a, const struct seed_options *w)
{
	uint64_t n_apps, send = 0;
	int64_t *apps = app_ids(db, a, w, &n_apps);

	for (uint64_t i = 0; i < w->n; i += w->size) {
		size_t n = w->n - i < w->size ? (size_t)(w->n - i) : w->size;
		struct arena *chunk = arena_new();

		queue_chunk(db, chunk, w, apps[send++ % n_apps], i, n);
		arena_free(chunk);
	}
}

static void
check_statements(const struct settings *s, const char *admin)
{
	struct script_var name = {"db", s->database.name, false};
	enum db_refusal why;
	struct db *db;

	must(db_open_admin(&s->database, admin, NULL, &db, &why));
	must(db_script(db, sql_use, strlen(sql_use), &name, 1));
	must(db_check(db));
	db_close(db);
}

static void
print_statements(void)
{
	for (int i = 0; i < SQL__COUNT; i++)
		printf("%s\t%s\t%u\t%s\t%s\n", sql[i].name,
		    sql[i].params != NULL ? sql[i].params : "",
		    sql[i].columns,
		    sql[i].index != NULL ? sql[i].index : "", sql[i].text);
}

static uint64_t
number_option(int option, uint64_t least, uint64_t most)
{
	uint64_t n;

	if (!text_u64(optarg, most, &n) || n < least)
		fatalx("-%c: not a number from %llu to %llu", option,
		    (unsigned long long)least, (unsigned long long)most);
	return n;
}

static void
options(int argc, char *argv[], struct seed_options *w)
{
	const struct provider *p;
	int c;

	while ((c = getopt(argc, argv, "c:k:a:n:d:p:t:m:s:fwC:S")) != -1)
		switch (c) {
		case 'c':
			w->conf = optarg;
			break;
		case 'k':
			w->keys = optarg;
			break;
		case 'a':
			w->app = optarg;
			break;
		case 'n':
			w->n = number_option(c, 0, 100000000);
			break;
		case 'd':
			w->device = number_option(c, 0, INT64_MAX);
			break;
		case 'p':
			if ((p = provider_by_name(optarg)) == NULL)
				fatalx("-p: no such provider");
			w->platform = p->platform;
			break;
		case 't':
			w->token = optarg;
			break;
		case 'm':
			w->many = number_option(c, 1, 1000000);
			break;
		case 's':
			w->size = number_option(c, 1, CHUNK);
			break;
		case 'f':
			w->full = true;
			break;
		case 'w':
			w->wrong = true;
			break;
		case 'C':
			w->admin = optarg;
			break;
		case 'S':
			print_statements();
			exit(0);
		default:
			exit(2);
		}
}

int
main(int argc, char *argv[])
{
	struct seed_options w = {.app = "bench", .size = CHUNK,
	    .platform = PLATFORM_APNS,
	    .token = "abcdef0123456789abcdef0123456789abcdef0123456789"};
	struct arena *a = arena_new();
	struct settings s;
	struct db *db;

	options(argc, argv, &w);
	must(settings_load(w.conf, &s));
	if (w.admin != NULL) {
		check_statements(&s, w.admin);
		settings_done(&s);
		arena_free(a);
		return 0;
	}
	must(db_open(&s.database, "cli", DB_LONG, &db));
	if (w.keys != NULL && w.many > 0)
		make_many(db, a, &s, &w);
	else if (w.keys != NULL)
		make_app(db, a, &s, &w);
	if (w.n > 0)
		queue(db, a, &w);
	db_close(db);
	settings_done(&s);
	arena_free(a);
	return 0;
}
