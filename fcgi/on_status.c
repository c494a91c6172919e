/* SPDX-License-Identifier: MIT */
/* Status and health of the service. Open to every caller. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

#include "db/node_watch.h"

#include "fcgi/call.h"
#include "fcgi/dialect.h"
#include "fcgi/serve.h"

#define HEALTH_MS 800 /* /health answers within a second */

static void
set_status_time(struct call *c, struct json *j, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT];

	clock_iso(ms, dialect_of(c)->offset, text);
	json_set_text(j, name, text);
}

const struct err *
on_status(struct call *c)
{
	const struct settings *s = c->settings;
	struct json *j = json_new_object(c->mem);
	const char *environment = s->service.environment;

	json_set_text(j, "applicationName", s->service.name);
	json_set_text(j, "applicationDisplayName", s->service.display_name);
	json_set_text(j, "applicationEnvironment",
	    environment != NULL ? environment : "");
	json_set_text(j, "version", OUTPOST_VERSION);
#ifdef OUTPOST_BUILD_TIME /* seconds since 1970 */
	set_status_time(c, j, "buildTime", (int64_t)OUTPOST_BUILD_TIME * 1000);
#endif
	set_status_time(c, j, "timestamp", clock_now_ms());
	return reply_object(c, j);
}

/* What of this very call has come through the web server: the doctor asks.
 * Values are not repeated. */
const struct err *
on_service_echo(struct call *c)
{
	const struct request *req = c->request;
	struct json *j = json_new_object(c->mem);

	json_set_text(j, "method", req->method_name);
	json_set_bool(j, "authorization", req->authorization != NULL);
	json_set_int(j, "bodyBytes", (int64_t)req->body_len);
	return reply_object(c, j);
}

/* Under CGI there is no watcher yet; the process may end before it does. */
static const struct err *
ask_watcher(const struct call *c)
{
	const struct worker *w = c->worker;
	const struct err *e;
	struct node_watch *own;

	if (w->offline && w->watch == NULL)
		return err_new(ERR_BUSY, "no database");
	if (w->watch != NULL)
		return node_watch_ask(w->watch, HEALTH_MS);
	if ((e = node_watch_open(&c->settings->database, c->responder->name,
		 &own)) != NULL)
		return e;
	e = node_watch_ask(own, HEALTH_MS);
	node_watch_close(own);
	return e;
}

/* No connection of a worker is used: it may hang. */
const struct err *
on_health(struct call *c)
{
	static const char up[] = "{\"status\":\"UP\"}";
	static const char down[] = "{\"status\":\"DOWN\"}";
	const struct err *e = ask_watcher(c);

	if (e == NULL)
		return reply_raw(c, 200, "application/json", up, strlen(up));
	log_warn("health id=%s error=\"%s\"", c->id, QUOTED(e->text));
	reply_header(c, "Retry-After", "2");
	return reply_raw(c, 503, "application/json", down, strlen(down));
}
