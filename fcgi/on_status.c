/* SPDX-License-Identifier: MIT */
/* Status and health of the service. Open to every caller. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

#include "fcgi/call.h"
#include "fcgi/dialect.h"

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

/* An empty transaction is the cheapest check of the database. */
const struct err *
on_health(struct call *c)
{
	static const char up[] = "{\"status\":\"UP\"}";
	static const char down[] = "{\"status\":\"DOWN\"}";
	const struct err *e;

	e = c->db != NULL ? db_begin(c->db) : err_new(ERR_BUSY, "%s",
	    c->no_db != NULL ? c->no_db : "no database");
	if (e == NULL)
		e = db_end(c->db, NULL);
	if (e == NULL)
		return reply_raw(c, 200, "application/json", up, strlen(up));
	log_warn("health id=%s error=\"%s\"", c->id, QUOTED(e->text));
	reply_header(c, "Retry-After", "2");
	return reply_raw(c, 503, "application/json", down, strlen(down));
}
