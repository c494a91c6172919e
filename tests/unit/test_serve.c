/* SPDX-License-Identifier: MIT */
/* A call from request to reply without FastCGI and without a database: all
 * that is decided before the handler, and how faults are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/log.h"
#include "lib/mem.h"

#include "fcgi/handlers.h"
#include "fcgi/serve.h"

static const struct err *
on_echo(struct call *c)
{
	struct json *j = json_new_object(c->mem);

	json_set_int(j, "id", c->path_id);
	return reply_object(c, j);
}

static const struct err *
on_busy(struct call *c)
{
	(void)c;
	return err_new(ERR_BUSY, "secret host is down");
}

static const struct err *
on_oversize(struct call *c)
{
	(void)c;
	return err_new(ERR_OVERSIZE, "database: a statement: secret words");
}

static const struct err *
on_fault(struct call *c)
{
	(void)c;
	return err_new(ERR_FAULT, "row 7 makes no sense");
}

static const struct err *
on_evil(struct call *c)
{
	reply_header(c, "X-Good", "%s", "fine");
	reply_header(c, "X-Evil", "%s", "a\r\nSet-Cookie: b");
	reply_header(c, "X-Evil", "%s", "a\033[31m");
	reply_header(c, "X-Evil", "%s", "\xc3\xa9");
	return reply_page(c, json_new_array(c->mem), 2, 50);
}

static const struct err *
on_inbox(struct call *c)
{
	return problem_as(c, PROBLEM_APP_NOT_FOUND, err_new(ERR_INVALID,
	    "Application was not found: x"));
}

/* Of any code, and of any problem behind them. */
static const struct err *
on_any(struct call *c)
{
	int64_t i = c->path_id - 1;

	if (i < ERR__COUNT)
		return err_new((enum err_code)i, "a sentence");
	return problem_as(c, (enum problem)(i - ERR__COUNT),
	    err_new(ERR_INVALID, "a sentence"));
}

/* clang-format off */
static const struct route routes[] = {
	{M_GET,  "/push/service/status", on_status, ROLE_OPEN, NULL, ROUTE_NO_DB},
	{M_GET,  "/health", on_health, ROLE_OPEN, NULL, ROUTE_NO_DB},
	{M_GET,  "/echo/{id}", on_echo, ROLE_STATUS, NULL, ROUTE_NO_DB},
	{M_POST, "/ignored", on_echo, ROLE_STATUS, NULL, ROUTE_NO_DB},
	{M_GET,  "/busy", on_busy, ROLE_OPEN, NULL, ROUTE_NO_DB},
	{M_GET,  "/oversize", on_oversize, ROLE_OPEN, NULL, ROUTE_NO_DB},
	{M_GET,  "/fault", on_fault, ROLE_OPEN, NULL, ROUTE_NO_DB},
	{M_GET,  "/any/{id}", on_any, ROLE_OPEN, NULL, ROUTE_NO_DB},
	{M_GET,  "/evil", on_evil, ROLE_OPEN, NULL, ROUTE_NO_DB},
	{M_GET,  "/inbox", on_inbox, ROLE_OPEN, NULL, ROUTE_NO_DB},
	{M_POST, "/create", on_device_create, ROLE_DEVICE, &device_create_form},
	{M_POST, "/multi", on_device_create_multi, ROLE_DEVICE, &device_multi_form},
	{M_POST, "/delete", on_device_delete, ROLE_DEVICE, &device_delete_form},
	{M_POST, "/update", on_device_status_update, ROLE_DEVICE, &device_status_form},
	{M_POST, "/send", on_message_send, ROLE_SEND, &message_send_form},
	{M_POST, "/batch", on_message_batch_send, ROLE_SEND, &message_batch_form},
	{M_POST, "/detail", on_app_detail, ROLE_ADMIN, &app_detail_form},
	{M_POST, "/app", on_app_create, ROLE_ADMIN, &app_create_form},
	{M_POST, "/apns", on_app_credential, ROLE_ADMIN, &app_apns_form},
	{M_POST, "/ios", on_app_credential, ROLE_ADMIN, &app_ios_form},
	{M_POST, "/fcm", on_app_credential, ROLE_ADMIN, &app_fcm_form},
	{M_POST, "/android", on_app_credential, ROLE_ADMIN, &app_android_form},
	{M_POST, "/hms", on_app_credential, ROLE_ADMIN, &app_hms_form},
	{M_DELETE, "/hms", on_app_credential_remove, ROLE_ADMIN, &app_remove_form},
	{M_POST, "/huawei", on_app_credential_remove, ROLE_ADMIN, &app_remove_object_form},
};
/* clang-format on */

static const struct responder responder = {"test", routes, nitems(routes),
    false};

static char name[] = "powerauth-push", display[] = "PowerAuth Push Server";

struct world {
	struct settings s;
	struct worker w;
	struct reply reply;
};

static int
set_up(void **state)
{
	struct world *o = xcalloc(1, sizeof *o);

	o->s.service.name = name;
	o->s.service.display_name = display;
	o->s.api.auth = AUTH_NONE;
	o->s.api.batch_max = 3;
	o->w = (struct worker){.settings = &o->s, .offline = true,
	    .bell = {NULL, -1}, .mem = arena_new()};
	*state = o;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *o = *state;

	arena_free(o->w.mem);
	free(o);
	return 0;
}

static const char *
call(struct world *o, enum method method, const char *path, const char *body,
    const char *type)
{
	struct request req = {.method = method, .method_name = "TEST",
	    .path = path, .body = body, .body_len = strlen(body),
	    .content_type = type};
	char *query, *rest = arena_text(o->w.mem, path, strlen(path));

	if ((query = strchr(rest, '?')) != NULL) {
		*query++ = '\0';
		req.query[0].name = strsep(&query, "=");
		req.query[0].value = query;
		req.n_query = 1;
	}
	for (rest++; rest != NULL;)
		req.segments[req.n_segments++] = strsep(&rest, "/");
	serve_call(&responder, &o->w, &req, &o->reply);
	return o->reply.body;
}

static const char *
header(const struct world *o, const char *wanted)
{
	for (size_t i = 0; i < o->reply.n_headers; i++)
		if (strcmp(o->reply.headers[i].name, wanted) == 0)
			return o->reply.headers[i].value;
	return NULL;
}

#define JSON "application/json"
#define OK_(object) "{\"status\":\"OK\",\"responseObject\":" object "}"
#define ERROR(code, words) \
	"{\"status\":\"ERROR\",\"responseObject\":{\"code\":\"" code \
	"\",\"message\":\"" words "\"}}"
#define GENERIC(words) ERROR("ERROR_GENERIC", words)

/* clang-format off */
static const struct {
	enum method method;
	const char *path, *body, *type;
	int status;
	const char *reply; /* NULL: whatever it is */
} cases[] = {
	{M_GET, "/echo/7", "", NULL, 200, OK_("{\"id\":7}")},
	{M_HEAD, "/echo/7", "", NULL, 200, OK_("{\"id\":7}")},
	{M_GET, "/echo/x", "", NULL, 400,
	    GENERIC("the id in the path must be a number")},
	{M_GET, "/nowhere", "", NULL, 404, GENERIC("there is no such path")},
	{M_POST, "/echo/7", "", NULL, 405, NULL},
	{M_OTHER, "/echo/7", "", NULL, 405, NULL},
	{M_OPTIONS, "/echo/7", "", NULL, 200, ""},
	{M_OPTIONS, "/nowhere", "", NULL, 404, NULL},
	/* a body nobody reads may be anything */
	{M_POST, "/ignored", "", JSON, 200, NULL},
	{M_POST, "/ignored", "{", "text/plain", 200, NULL},

	{M_POST, "/create", "{}", "text/plain", 415,
	    GENERIC("the body must be of type application/json")},
	{M_POST, "/create", "{}", NULL, 415, NULL},
	{M_POST, "/create", "", JSON, 400,
	    GENERIC("Request object must not be empty")},
	{M_POST, "/create", "{}", JSON, 400,
	    GENERIC("Request object must not be empty")},
	{M_POST, "/create", "null", JSON, 400,
	    GENERIC("Request object must not be empty")},
	{M_POST, "/create", "{\"requestObject\":null}", JSON, 400,
	    GENERIC("Request object must not be empty")},
	{M_POST, "/create", "[]", JSON, 400,
	    GENERIC("the body must be a JSON object")},
	{M_POST, "/create", "{", JSON, 400, GENERIC("JSON ends too early")},
	{M_POST, "/create", "{\"requestObject\":3}", JSON, 400,
	    GENERIC("requestObject must be an object")},
	/* the contract's words, in the contract's order */
	{M_POST, "/create", "{\"requestObject\":{}}", JSON, 400,
	    GENERIC("App ID must not be null.")},
	{M_POST, "/create", "{\"requestObject\":{\"appId\":\"a\"}}", JSON, 400,
	    GENERIC("Activation ID must not be null.")},
	{M_POST, "/create", "{\"requestObject\":{\"appId\":\"a\","
	    "\"activationId\":\"b\"}}", JSON, 400,
	    GENERIC("Platform must not be null.")},
	{M_POST, "/create", "{\"requestObject\":{\"appId\":\"a\","
	    "\"activationId\":\"b\",\"platform\":\"fcm\"}}", JSON, 400,
	    GENERIC("Push token must not be null or empty.")},
	{M_POST, "/create", "{\"requestObject\":{\"appId\":\"a\","
	    "\"activationId\":\"b\",\"platform\":\"fcm\",\"token\":\"\"}}",
	    JSON, 400, GENERIC("Push token must not be null or empty.")},
	{M_POST, "/create", "{\"requestObject\":{\"appId\":\"a\","
	    "\"activationId\":\"b\",\"platform\":\"web\"}}", JSON, 400,
	    GENERIC("platform must be one of ios, android, huawei, apns, fcm, "
		"hms, webpush")},
	{M_POST, "/create", "{\"requestObject\":{\"appId\":\"a\","
	    "\"activationId\":\"b\",\"platform\":\"apns\",\"token\":\"t\","
	    "\"environment\":\"Development\"}}", JSON, 503, NULL},
	{M_POST, "/multi", "{\"requestObject\":{\"appId\":\"a\"}}", JSON, 400,
	    GENERIC("Activation ID list must not be null.")},
	{M_POST, "/multi", "{\"requestObject\":{\"appId\":\"a\","
	    "\"activationIds\":[]}}", JSON, 400,
	    GENERIC("Activation ID list must not empty.")},
	{M_POST, "/delete", "{\"requestObject\":{\"appId\":\"a\"}}", JSON, 400,
	    GENERIC("Push token must not be null or empty.")},
	/* wrapped, bare, and with what PowerAuth adds */
	{M_POST, "/update", "{}", JSON, 400,
	    GENERIC("Activation ID must not be null.")},
	{M_POST, "/update", "", NULL, 400,
	    GENERIC("Activation ID must not be null.")},
	{M_POST, "/update", "{\"type\":\"OPERATION\",\"operationId\":\"x\"}",
	    JSON, 400, GENERIC("Activation ID must not be null.")},
	{M_POST, "/update", "{\"type\":\"ACTIVATION\",\"activationFlags\":[],"
	    "\"activationId\":\"a\",\"activationStatus\":\"active\"}", JSON,
	    400, NULL},
	{M_POST, "/update", "{\"activationId\":\"a\"}", JSON, 503, NULL},
	{M_POST, "/update", "{\"requestObject\":{\"activationId\":\"a\"}}",
	    JSON, 503, NULL},

	{M_POST, "/send", "{\"requestObject\":{}}", JSON, 400,
	    GENERIC("Message must not be empty")},
	{M_POST, "/send", "{\"requestObject\":{\"message\":{}}}", JSON, 400,
	    GENERIC("App ID must not be null.")},
	{M_POST, "/send", "{\"requestObject\":{\"appId\":\"a\","
	    "\"message\":{}}}", JSON, 400,
	    GENERIC("Push message payload (body) must not be null.")},
	{M_POST, "/send", "{\"requestObject\":{\"appId\":\"a\","
	    "\"message\":{\"body\":{}}}}", JSON, 400,
	    GENERIC("Push message must contain a user ID.")},
	{M_POST, "/send", "{\"requestObject\":{\"appId\":\"a\","
	    "\"mode\":\"synchronous\",\"message\":{\"body\":{},"
	    "\"userId\":1}}}", JSON, 400,
	    GENERIC("mode must be one of SYNCHRONOUS, ASYNCHRONOUS")},
	{M_POST, "/send", "{\"requestObject\":{\"appId\":\"a\","
	    "\"message\":{\"body\":{\"badge\":\"many\"},\"userId\":1}}}", JSON,
	    400, GENERIC("message.body.badge must be a number")},
	{M_POST, "/send", "{\"requestObject\":{\"appId\":\"a\","
	    "\"mode\":null,\"message\":{\"body\":{\"title\":null},"
	    "\"userId\":1,\"attributes\":null,\"priority\":null}}}", JSON,
	    503, NULL},
	{M_POST, "/batch", "{\"requestObject\":{}}", JSON, 400,
	    GENERIC("Batch must not be empty")},
	{M_POST, "/batch", "{\"requestObject\":{\"batch\":[]}}", JSON, 400,
	    GENERIC("App ID must not be null.")},
	{M_POST, "/batch", "{\"requestObject\":{\"appId\":\"a\","
	    "\"batch\":[]}}", JSON, 400,
	    GENERIC("There are no push messages in the batch.")},
	{M_POST, "/batch", "{\"requestObject\":{\"appId\":\"a\","
	    "\"batch\":[{\"userId\":1,\"body\":{}},null]}}", JSON, 400,
	    GENERIC("Push message at index: 1 is not valid. Nested error is: "
		"Push message must not be null.")},
	{M_POST, "/batch", "{\"requestObject\":{\"appId\":\"a\","
	    "\"batch\":[{\"body\":{}}]}}", JSON, 400,
	    GENERIC("Push message at index: 0 is not valid. Nested error is: "
		"Push message must contain a user ID.")},

	{M_POST, "/detail", "{}", JSON, 400,
	    GENERIC("Request must not be null.")},
	{M_POST, "/app", "{\"requestObject\":{\"appId\":\"\"}}", JSON, 400,
	    GENERIC("App ID must not be null.")},
	{M_POST, "/ios", "{\"requestObject\":{\"appId\":\"a\"}}", JSON, 400,
	    GENERIC("Bundle must not be empty.")},
	{M_POST, "/android", "{\"requestObject\":{\"appId\":\"a\","
	    "\"projectId\":\"p\"}}", JSON, 400,
	    GENERIC("Private key must not be empty.")},
	{M_POST, "/apns", "{}", JSON, 400,
	    "{\"status\":\"ERROR\",\"responseObject\":{"
	    "\"code\":\"ERROR_REQUEST\","
	    "\"message\":\"Invalid method parameter value\",\"violations\":["
	    "{\"fieldName\":\"requestObject\",\"hint\":\"must not be null\"}"
	    "]}}"},
	{M_POST, "/fcm", "{\"requestObject\":{\"appId\":\" \","
	    "\"projectId\":\"p\",\"privateKeyBase64\":\"x\"}}", JSON, 400,
	    "{\"status\":\"ERROR\",\"responseObject\":{"
	    "\"code\":\"ERROR_REQUEST\","
	    "\"message\":\"Invalid method parameter value\",\"violations\":["
	    "{\"fieldName\":\"requestObject.appId\",\"invalidValue\":\" \","
	    "\"hint\":\"must not be blank\"}]}}"},
	{M_DELETE, "/hms", "", NULL, 400, GENERIC("App ID must not be null.")},
	{M_DELETE, "/hms?appId=a", "", NULL, 503, NULL},
	{M_DELETE, "/hms", "{\"requestObject\":{\"appId\":\"a\"}}", JSON, 503,
	    NULL},
	{M_POST, "/huawei", "{}", JSON, 400,
	    GENERIC("Request object must not be empty")},

	{M_GET, "/inbox", "", NULL, 400, ERROR("ERROR_APP_NOT_FOUND",
	    "Application was not found: x")},
	{M_GET, "/health", "", NULL, 503, "{\"status\":\"DOWN\"}"},
	{M_GET, "/evil", "", NULL, 200, "{\"status\":\"OK\",\"page\":2,"
	    "\"size\":50,\"responseObject\":[]}"},
};
/* clang-format on */

static void
test_cases(void **state)
{
	struct world *o = *state;

	for (size_t i = 0; i < nitems(cases); i++) {
		const char *body = call(o, cases[i].method, cases[i].path,
		    cases[i].body, cases[i].type);

		print_message("# %s %s\n", cases[i].path, cases[i].body);
		assert_int_equal(o->reply.status, cases[i].status);
		if (cases[i].reply != NULL)
			assert_string_equal(body, cases[i].reply);
		assert_int_equal(strlen(body), o->reply.body_len);
		assert_int_equal(o->reply.headless,
		    cases[i].method == M_HEAD);
		assert_int_equal(strlen(header(o, "X-Request-Id")), 16);
		arena_reset(o->w.mem);
	}
}

static void
test_headers(void **state)
{
	struct world *o = *state;
	struct buf head = BUF(4096);

	(void)call(o, M_POST, "/echo/7", "", NULL);
	assert_string_equal(header(o, "Allow"), "GET, HEAD, OPTIONS");
	(void)call(o, M_OPTIONS, "/delete", "", NULL);
	assert_string_equal(header(o, "Allow"), "POST, OPTIONS");
	(void)call(o, M_GET, "/evil", "", NULL);
	assert_string_equal(header(o, "X-Good"), "fine");
	assert_null(header(o, "X-Evil"));
	reply_head(&o->reply, &head);
	assert_non_null(strstr(buf_str(&head), "Status: 200 OK\r\n"
	    "Content-Type: application/json\r\nContent-Length: 54\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"));
	assert_non_null(strstr(buf_str(&head), "\r\n\r\n"));
	buf_done(&head);
}

/* What went wrong on our side is for the log; the caller gets its id. */
static void
test_ours_stays_ours(void **state)
{
	struct world *o = *state;
	const char *body = call(o, M_GET, "/busy", "", NULL);

	assert_int_equal(o->reply.status, 503);
	assert_string_equal(header(o, "Retry-After"), "2");
	assert_null(strstr(body, "secret"));
	assert_non_null(strstr(body, "\"ERROR_DATABASE\""));
	assert_non_null(strstr(body, header(o, "X-Request-Id")));
	body = call(o, M_GET, "/oversize", "", NULL);
	assert_int_equal(o->reply.status, 413);
	assert_null(strstr(body, "secret"));
	body = call(o, M_GET, "/fault", "", NULL);
	assert_int_equal(o->reply.status, 500);
	assert_null(strstr(body, "row 7"));
	assert_non_null(strstr(body, header(o, "X-Request-Id")));
}

static void
test_access(void **state)
{
	struct world *o = *state;

	o->s.api.auth = AUTH_BASIC;
	assert_string_equal(call(o, M_GET, "/echo/7", "", NULL),
	    GENERIC("Unauthorized"));
	assert_int_equal(o->reply.status, 401);
	assert_non_null(header(o, "WWW-Authenticate"));
	/* not before the body was read, nor told what is wrong with it */
	(void)call(o, M_POST, "/create", "{", JSON);
	assert_int_equal(o->reply.status, 401);
	(void)call(o, M_GET, "/push/service/status", "", NULL);
	assert_int_equal(o->reply.status, 200);
	(void)call(o, M_GET, "/health", "", NULL);
	assert_int_equal(o->reply.status, 503);
}

static void
test_status(void **state)
{
	struct world *o = *state;
	const char *body = call(o, M_GET, "/push/service/status", "", NULL);

	assert_non_null(strstr(body,
	    "{\"applicationName\":\"powerauth-push\","
	    "\"applicationDisplayName\":\"PowerAuth Push Server\","
	    "\"applicationEnvironment\":\"\",\"version\":\""));
	assert_non_null(strstr(body, "+0000\"}}"));
	o->s.api.dialect = DIALECT_JAVA;
	body = call(o, M_GET, "/push/service/status", "", NULL);
	assert_non_null(strstr(body, "+00:00\"}}"));
}

/* Every form takes every kind of rubbish without falling over: refused, or
 * so far that the database is wanted. */
static void
test_sweep(void **state)
{
	static const char *const rubbish[] = {"null", "true", "3", "-1.5",
	    "1e400", "\"\"", "\"x\"", "[]", "[null]", "[[[]]]", "{}",
	    "{\"a\":{}}", "\"\\u0001\"", "\"\\ud83d\\ude00\"",
	    "\"\\ud800\"", "18446744073709551616", "\"2020-13-01T00:00:00Z\""};
	struct world *o = *state;

	for (size_t r = 0; r < nitems(routes); r++) {
		const struct field *f = routes[r].form != NULL
			? routes[r].form->fields : NULL;

		for (; f != NULL && f->name != NULL; f++)
			for (size_t i = 0; i < nitems(rubbish); i++) {
				const char *body = arena_fmt(o->w.mem,
				    "{\"requestObject\":{\"%s\":%s}}",
				    f->name, rubbish[i]);

				(void)call(o, (routes[r].methods & M_POST) != 0
					? M_POST : M_DELETE, routes[r].path,
				    body, JSON);
				assert_in_range(o->reply.status, 200, 503);
				assert_int_not_equal(o->reply.status, 500);
				arena_reset(o->w.mem);
			}
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* A code or a problem without a row would have no status. */
static void
test_every_error_has_a_row(void **state)
{
	struct world *o = *state;
	char path[20];

	for (int i = 0; i < ERR__COUNT + PROBLEM__COUNT; i++) {
		if (i == ERR__COUNT + PROBLEM_REFUSED)
			continue; /* the web server's */
		(void)snprintf(path, sizeof path, "/any/%d", i + 1);
		assert_non_null(strstr(call(o, M_GET, path, "", NULL),
		    "\"code\":\"ERROR_"));
		assert_in_range(o->reply.status, 400, 599);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_cases),
	    TEST(test_headers),
	    TEST(test_ours_stays_ours),
	    TEST(test_access),
	    TEST(test_status),
	    TEST(test_sweep),
	    TEST(test_every_error_has_a_row),
	};

	log_open("test", 0, LOG_L_ERR);
	return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
