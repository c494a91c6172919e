/* SPDX-License-Identifier: MIT */
/*
 * Fills a stack for benches and fault tests, straight through the data
 * model: an application with credentials of the provider stand-in, then
 * messages in the outbox.
 *
 *   seed -c CONF -k PROVIDER.JSON -a APP            make the application
 *   seed -c CONF -a APP -n N [-d ID] [-p apns|fcm|hms] [-t TOKEN] [-w]
 *        queue N messages of one device each, from that id on (the caller
 *        registers them: tests/lib/Outpost.pm); -t: token, its last digits
 *        are replaced by the number; -w: the stand-in's wrong key
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

struct wishes {
	const char *conf, *keys, *app, *token, *admin;
	uint64_t n, device;
	enum platform platform;
	bool wrong;
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

static void
make_app(struct db *db, struct arena *a, const struct settings *s,
    const struct wishes *w)
{
	struct apns_credentials apns = {0};
	struct fcm_credentials fcm = {0};
	struct hms_credentials hms = {0};
	struct keyring *keyring;
	struct application app;
	struct json *k, *p;
	size_t len;
	char *text = read_file(a, w->keys, &len);

	must(json_parse(a, text, len, 8, &k));
	must(keyring_new(s->secrets.key_file, &keyring));
	if (application_by_name(db, a, w->app, &app) != NULL)
		must(application_add(db, w->app, &app.id));
	p = json_get(k, "apns");
	apns.key = read_file(a, text_of(p, w->wrong ? "wrong_key_file"
						    : "key_file"),
	    &apns.key_len);
	apns.team_id = text_of(p, "team_id");
	apns.key_id = text_of(p, "key_id");
	apns.bundle = text_of(p, "bundle");
	p = json_get(k, "fcm");
	fcm.key = read_file(a, text_of(p, "account_file"), &fcm.key_len);
	fcm.project_id = text_of(p, "project_id");
	p = json_get(k, "hms");
	hms.project_id = text_of(p, "project_id");
	hms.client_id = text_of(p, "client_id");
	hms.client_secret = text_of(p, "client_secret");
	must(application_set_apns(db, keyring, app.id, &apns));
	must(application_set_fcm(db, keyring, app.id, &fcm));
	must(application_set_hms(db, keyring, app.id, &hms));
	keyring_free(keyring);
}

static void
queue_chunk(struct db *db, struct arena *a, const struct wishes *w,
    int64_t app, uint64_t first, size_t n)
{
	struct outbox_message *m = arena_zero(a, n * sizeof *m);
	struct outbox_target *t = arena_zero(a, n * sizeof *t);
	struct outbox_send send = {.app = app, .mode = "ASYNCHRONOUS",
	    .messages = m, .n_messages = n};
	struct json *body = json_new_object(a);
	size_t len;
	const char *stored;

	json_set_text(body, "title", "Bench");
	json_set_text(body, "body", "Your balance is now 745.00");
	stored = message_write(a, body, false, true,
	    clock_now_ms() + 86400000, &len);
	for (size_t i = 0; i < n; i++) {
		t[i] = (struct outbox_target){
		    .device = (int64_t)(w->device + first + i),
		    .platform = w->platform, .environment = 1,
		    .token = arena_fmt(a, "%s%016llx", w->token,
			(unsigned long long)first + i)};
		m[i] = (struct outbox_message){.user_id = "bench",
		    .body = stored, .body_len = len, .published = "{}",
		    .targets = &t[i], .n_targets = 1};
	}
	must(outbox_send(db, &send));
}

static void
queue(struct db *db, struct arena *a, const struct wishes *w)
{
	struct application app;

	must(application_by_name(db, a, w->app, &app));
	for (uint64_t i = 0; i < w->n; i += CHUNK) {
		size_t n = w->n - i < CHUNK ? (size_t)(w->n - i) : CHUNK;
		struct arena *chunk = arena_new();

		queue_chunk(db, chunk, w, app.id, i, n);
		arena_free(chunk);
	}
}

static void
check_statements(const struct settings *s, const char *admin)
{
	struct script_var name = {"db", s->database.name, false};
	struct db *db;

	must(db_open_admin(&s->database, admin, NULL, &db));
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

static void
options(int argc, char *argv[], struct wishes *w)
{
	const struct provider *p;
	int c;

	while ((c = getopt(argc, argv, "c:k:a:n:d:p:t:wC:S")) != -1)
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
			if (!text_u64(optarg, 100000000, &w->n))
				fatalx("-n: not a number");
			break;
		case 'd':
			if (!text_u64(optarg, INT64_MAX, &w->device))
				fatalx("-d: not a number");
			break;
		case 'p':
			if ((p = provider_by_name(optarg)) == NULL)
				fatalx("-p: no such provider");
			w->platform = p->platform;
			break;
		case 't':
			w->token = optarg;
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
	struct wishes w = {.app = "bench", .platform = PLATFORM_APNS,
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
	if (w.keys != NULL)
		make_app(db, a, &s, &w);
	if (w.n > 0)
		queue(db, a, &w);
	db_close(db);
	settings_done(&s);
	arena_free(a);
	return 0;
}
