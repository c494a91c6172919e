/* SPDX-License-Identifier: MIT */
#include "fcgi/powerauth.h"

#include <stdlib.h>
#include <string.h>

#include "lib/conf_secret.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/text.h"

#define ANSWER_DEPTH 16
#define VERSION_V4 1 /* of settings.powerauth.version */

static const struct err *
options(struct call *c, struct http_options *o)
{
	const struct settings *s = c->settings;
	const struct err *e;
	char secret[256];

	*o = (struct http_options){
	    .connect_timeout_ms = s->powerauth.connect_timeout_ms,
	    .response_timeout_ms = s->powerauth.response_timeout_ms,
	    .ca_file = s->powerauth.ca_file,
	    .accept_invalid = s->powerauth.accept_invalid,
	    .user = s->powerauth.client_token,
	    .stop = c->worker->stop};
	if (o->user == NULL || s->powerauth.client_secret_file == NULL)
		return NULL;
	e = conf_secret(s->powerauth.client_secret_file, secret,
	    sizeof secret);
	if (e == NULL)
		o->password = arena_text(c->mem, secret, strlen(secret));
	explicit_bzero(secret, sizeof secret);
	return e;
}

/* "X-Correlation-ID: value" of our caller, passed on. */
static const char *
correlation(struct call *c)
{
	if (c->request->correlation == NULL)
		return NULL;
	return arena_fmt(c->mem, "%s: %s", c->settings->api.correlation_header,
	    c->request->correlation);
}

/* The responseObject of an answer; any other answer is the same failure. */
static const struct err *
read_answer(struct call *c, const char *url, int status,
    const struct buf *answer, struct json **object)
{
	struct json *root = NULL;
	const struct err *e = NULL;

	if (status == 200)
		e = json_parse(c->mem, buf_str(answer), answer->len,
		    ANSWER_DEPTH, &root);
	if (e != NULL)
		return err_new(ERR_BUSY, "%s: %s", url, e->text);
	if (status != 200 ||
	    strcmp(json_text(json_get(root, "status"), ""), "OK") != 0)
		return err_new(ERR_BUSY, "%s: status %d", url, status);
	*object = json_get(root, "responseObject");
	return NULL;
}

static const struct err *
ask_once(struct call *c, const char *url, const struct json *request,
    struct json **object)
{
	struct buf answer = BUF(HTTP_ANSWER_MAX);
	struct http_request r = {.method = "POST", .url = url,
	    .header = correlation(c)};
	struct http_result result;
	struct http_options o;
	const struct err *e;

	if ((e = options(c, &o)) != NULL)
		return e;
	if (c->worker->http == NULL)
		c->worker->http = http_new();
	r.body = json_write(request, &r.len);
	e = http_call(c->worker->http, &o, &r, &result, &answer);
	if (e == NULL)
		e = read_answer(c, url, result.status, &answer, object);
	buf_done(&answer);
	return e;
}

/* POST {base}/v3{path}. The reason of a failure is logged, and not in the
 * answer to the caller. */
static const struct err *
ask_powerauth(struct call *c, const char *path, const struct json *request,
    struct json **object)
{
	bool v4 = c->settings->powerauth.version == VERSION_V4;
	const char *url = arena_fmt(c->mem, "%s/%s%s",
	    c->settings->powerauth.url, v4 ? "v4" : "v3", path);
	const struct err *e = ask_once(c, url, request, object);

	if (e == NULL)
		return NULL;
	log_warn("powerauth id=%s error=\"%s\"", c->id, QUOTED(e->text));
	return err_new(ERR_BUSY, "%s", e->text);
}

const struct err *
powerauth_activation(struct call *c, const char *activation_id,
    struct activation *out)
{
	struct json *request = json_new_object(c->mem), *object = NULL;
	struct json *in = json_set_object(request, "requestObject");
	const struct err *e;
	char told[80];

	json_set_text(in, "activationId", activation_id);
	if (c->settings->powerauth.version == VERSION_V4)
		json_set_bool(in, "includeStatusBlob", false);
	if ((e = ask_powerauth(c, "/activation/status", request, &object)) !=
	    NULL)
		return e;
	*out = (struct activation){.activation_id = activation_id,
	    .user_id = json_text(json_get(object, "userId"), NULL),
	    .app_id = json_text(json_get(object, "applicationId"), NULL),
	    .status = json_text(json_get(object, "activationStatus"), "")};
	if (activation_status_known(out->status))
		return NULL;
	text_hide(out->status, told, sizeof told);
	return err_new(ERR_BUSY, "PowerAuth Server answered the status \"%s\"",
	    told);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const struct err *
powerauth_applications(struct call *c, struct texts *out)
{
	struct json *request = json_new_object(c->mem), *object = NULL;
	const struct json *list;
	const struct err *e;

	json_set_null(request, "requestObject");
	if ((e = ask_powerauth(c, "/application/list", request, &object)) !=
	    NULL)
		return e;
	list = json_get(object, "applications");
	out->items = arena_zero(c->mem, json_len(list) * sizeof *out->items);
	for (out->n = 0; out->n < json_len(list); out->n++)
		out->items[out->n] = json_text(
		    json_get(json_at(list, out->n), "applicationId"), "");
	qsort(out->items, out->n, sizeof *out->items, compare);
	return NULL;
}
