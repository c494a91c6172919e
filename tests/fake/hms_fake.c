/* SPDX-License-Identifier: MIT */
/* Huawei's part: Push Kit v1 and v2, up to a thousand tokens a request. */
#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "tests/fake/ledger.h"
#include "tests/fake/shape.h"
#include "tests/fake/verify.h"

#define TTL_MAX 1296000
#define TOKENS_MAX 1000

/* clang-format off */
static const struct shape click_action[] = {
    {"type", SHAPE_INT, .min = 1, .max = 4, .required = true},
    {"intent", SHAPE_TEXT},
    {"action", SHAPE_TEXT},
    {"url", SHAPE_TEXT},
    {NULL}
};

static const struct shape badge[] = {
    {"add_num", SHAPE_INT, .min = 1, .max = 99},
    {"class", SHAPE_TEXT},
    {"set_num", SHAPE_INT, .max = 99},
    {NULL}
};

static const struct shape android_notification[] = {
    {"title", SHAPE_TEXT},
    {"body", SHAPE_TEXT},
    {"icon", SHAPE_TEXT},
    {"color", SHAPE_TEXT},
    {"sound", SHAPE_TEXT},
    {"default_sound", SHAPE_BOOL},
    {"tag", SHAPE_TEXT},
    {"click_action", SHAPE_OBJECT, click_action, .required = true},
    {"title_loc_key", SHAPE_TEXT},
    {"title_loc_args", SHAPE_TEXTS},
    {"body_loc_key", SHAPE_TEXT},
    {"body_loc_args", SHAPE_TEXTS},
    {"multi_lang_key", SHAPE_OBJECT},
    {"channel_id", SHAPE_TEXT},
    {"notify_summary", SHAPE_TEXT},
    {"image", SHAPE_TEXT},
    {"style", SHAPE_INT, .max = 3},
    {"big_title", SHAPE_TEXT},
    {"big_body", SHAPE_TEXT},
    {"notify_id", SHAPE_INT, .max = 2147483647},
    {"group", SHAPE_TEXT},
    {"badge", SHAPE_OBJECT, badge},
    {"ticker", SHAPE_TEXT},
    {"when", SHAPE_TEXT},
    {"importance", SHAPE_WORD, .words = "LOW|NORMAL|HIGH"},
    {"use_default_vibrate", SHAPE_BOOL},
    {"use_default_light", SHAPE_BOOL},
    {"vibrate_config", SHAPE_TEXTS},
    {"visibility", SHAPE_WORD,
	.words = "VISIBILITY_UNSPECIFIED|PRIVATE|PUBLIC|SECRET"},
    {"light_settings", SHAPE_OBJECT},
    {"foreground_show", SHAPE_BOOL},
    {"profile_id", SHAPE_TEXT},
    {"inbox_content", SHAPE_TEXTS},
    {"buttons", SHAPE_ANY},
    {NULL}
};

static const struct shape notification[] = {
    {"title", SHAPE_TEXT},
    {"body", SHAPE_TEXT},
    {"image", SHAPE_TEXT},
    {NULL}
};

static const struct shape android[] = {
    {"collapse_key", SHAPE_INT, .min = -1, .max = 100},
    {"urgency", SHAPE_WORD, .words = "NORMAL|HIGH"},
    {"category", SHAPE_WORD,
	.words = "IM|VOIP|SUBSCRIPTION|TRAVEL|HEALTH|WORK|ACCOUNT|EXPRESS|"
	"FINANCE|DEVICE_REMINDER|MAIL|PLAY_VOICE|MARKETING"},
    {"ttl", SHAPE_TTL, .max = TTL_MAX},
    {"bi_tag", SHAPE_TEXT},
    {"receipt_id", SHAPE_TEXT},
    {"data", SHAPE_TEXT},
    {"fast_app_target", SHAPE_INT, .min = 1, .max = 2},
    {"target_user_type", SHAPE_INT, .max = 1},
    {"notification", SHAPE_OBJECT, android_notification},
    {NULL}
};

static const struct shape message[] = {
    {"token", SHAPE_TEXTS, .required = true},
    {"data", SHAPE_TEXT},
    {"notification", SHAPE_OBJECT, notification},
    {"android", SHAPE_OBJECT, android},
    {NULL}
};

static const struct shape request[] = {
    {"validate_only", SHAPE_BOOL},
    {"message", SHAPE_OBJECT, message, .required = true},
    {NULL}
};
/* clang-format on */

static bool
refuse(struct ask *ask, int status, const char *code, const char *why)
{
	if (why != NULL)
		log_warn("hms code=%s why=\"%s\"", code, why);
	answer_json(ask, status,
	    "{\"code\":\"%s\",\"msg\":\"%s\",\"requestId\":\"demo\"}", code,
	    why != NULL ? why : "demo");
	return false;
}

/* A code of eight digits with HTTP 200, or "80300007@400"; "503" is flow
 * control, which has no body; "80300007-v3" words it as newer servers do. */
bool
hms_say(struct ask *ask, const char *what)
{
	size_t digits = strspn(what, "0123456789");
	int64_t status = 200;
	char code[9];

	if (strcmp(what, "503") == 0) {
		ask->answer.status = 503;
		return true;
	}
	if (strcmp(what, "80300007-v3") == 0) {
		answer_json(ask, 200, "{\"code\":\"80300007\",\"msg\":\"{"
		    "\\\"illegalTokens\\\":{\\\"noRight\\\":[\\\"demo\\\"]},"
		    "\\\"failure\\\":1}\",\"requestId\":\"demo\"}");
		return true;
	}
	if (digits != 8 || (what[8] != '\0' && (what[8] != '@' ||
	    !text_i64(what + 9, 200, 599, &status))))
		return false;
	(void)snprintf(code, sizeof(code), "%.8s", what);
	(void)refuse(ask, (int)status, code, NULL);
	return true;
}

static bool
has_text(const struct json *a, const struct json *b, const char *name,
    const char *loc)
{
	return json_text(json_get(a, name), "")[0] != '\0' ||
	    json_text(json_get(b, name), "")[0] != '\0' || json_has(a, loc);
}

static bool
check_content(struct ask *ask, const struct json *m)
{
	struct json *a = json_get(m, "android");
	struct json *note = json_get(a, "notification");
	struct json *common = json_get(m, "notification");

	if (note == NULL && common == NULL) {
		if (!json_has(m, "data") && !json_has(a, "data"))
			return refuse(ask, 400, "80100003",
			    "data message without data");
		return true;
	}
	if (note == NULL)
		return refuse(ask, 400, "80100003",
		    "no android.notification.click_action");
	if (!has_text(note, common, "title", "title_loc_key") ||
	    !has_text(note, common, "body", "body_loc_key"))
		return refuse(ask, 400, "80100003", "title or body missing");
	if (strcmp(json_text(json_get(note, "importance"), ""), "HIGH") == 0)
		return refuse(ask, 200, "80300011", "no right for HIGH");
	return true;
}

/* The limit is on what is left without the tokens. */
static bool
check_size(struct fake *f, struct ask *ask, const struct json *m)
{
	struct json *tokens = json_get(m, "token");
	size_t n = json_len(tokens), all, part;

	(void)f;
	if (n == 0 || n > TOKENS_MAX)
		return refuse(ask, 400, "80300010", "number of tokens");
	(void)json_write(m, &all);
	(void)json_write(tokens, &part);
	if (all - part > FAKE_PAYLOAD_MAX)
		return refuse(ask, 400, "80300008", "body too large");
	return true;
}

static bool
check_body(struct fake *f, struct ask *ask, struct json **root)
{
	const char *text = buf_str(&ask->body);
	struct misfit bad;
	struct json *m;

	if (json_parse(f->arena, text, ask->body.len, FAKE_DEPTH, root) !=
	    NULL || !shape_is_single(text, ask->body.len))
		return refuse(ask, 400, "80100003", "not a JSON object");
	m = json_get(*root, "message");
	if (json_kind(m) == JSON_OBJECT && !json_has(m, "token"))
		return refuse(ask, 400, "80300010", "no token");
	if (!shape_fits(*root, request, false, "", &bad))
		return refuse(ask, 400, "80100001",
		    arena_fmt(f->arena, "%s: %s", bad.path, bad.why));
	return check_size(f, ask, m) && check_content(ask, m);
}

static bool
check_head(struct fake *f, struct ask *ask, const char *project)
{
	const char *auth = ask_get(ask, HEAD_AUTHORIZATION);
	const char *type = ask_get(ask, HEAD_CONTENT_TYPE);
	bool v1 = text_starts(ask_get(ask, HEAD_PATH), "/v1/");
	enum access access;

	if (strcmp(ask_get(ask, HEAD_METHOD), "POST") != 0)
		return refuse(ask, 404, "80100001", "not POST");
	if (auth == NULL || !text_starts(auth, "Bearer "))
		return refuse(ask, 401, "80200001", "no Bearer token");
	access = verify_access(f, ROLE_HMS, auth + 7);
	if (access == ACCESS_EXPIRED)
		return refuse(ask, 401, "80200003", "token expired");
	if (access == ACCESS_UNKNOWN)
		return refuse(ask, 401, "80200001", "token unknown");
	if (strcmp(project, v1 ? FAKE_HMS_CLIENT : FAKE_HMS_PROJECT) != 0)
		return refuse(ask, 403, "80300002", "other project");
	if (type == NULL || !text_starts(type, "application/json"))
		return refuse(ask, 400, "80100001", "content type");
	return true;
}

/* The first token with a scenario of its own rules the whole request. */
static bool
play_all(struct fake *f, struct ask *ask, const struct json *tokens,
    const char **scenario)
{
	size_t i, n = json_len(tokens);
	const char *token;

	*scenario = "accept";
	for (i = 0; i < n; i++) {
		token = json_text(json_at(tokens, i), "");
		if (!text_starts(token, "tok-") ||
		    text_starts(token, "tok-illegal"))
			continue;
		if (!scenario_play(f, ask, token, scenario))
			return false;
	}
	return true;
}

/* A line for each token taken; how many were not, and their list. */
static size_t
accept_tokens(struct fake *f, struct ask *ask, struct entry *e,
    const struct json *tokens, struct json *illegal)
{
	size_t i, bad = 0;

	for (i = 0; i < json_len(tokens); i++) {
		e->token = json_text(json_at(tokens, i), "");
		if (text_starts(e->token, "tok-illegal")) {
			json_add_text(illegal, e->token);
			bad++;
			continue;
		}
		f->n.accepted++;
		ledger_add(f, ask, e);
	}
	return bad;
}

static void
answer_tokens(struct fake *f, struct ask *ask, struct entry *e,
    const struct json *tokens)
{
	struct json *msg = json_new_object(f->arena), *illegal;
	struct json *all = json_new_object(f->arena);
	size_t n = json_len(tokens), bad, len;

	illegal = json_set_array(msg, "illegal_tokens");
	bad = accept_tokens(f, ask, e, tokens, illegal);
	json_set_int(msg, "success", (int64_t)(n - bad));
	json_set_int(msg, "failure", (int64_t)bad);
	json_set_text(all, "code", bad == 0 ? "80000000" :
	    bad == n ? "80300007" : "80100000");
	json_set_text(all, "msg", bad == 0 ? "Success" :
	    bad == n ? "All the tokens are invalid" : json_write(msg, &len));
	json_set_text(all, "requestId", e->id);
	answer_json(ask, 200, "%s", json_write(all, &len));
}

void
hms_handle(struct fake *f, struct ask *ask)
{
	const char *path = ask_get(ask, HEAD_PATH) + strlen("/v2/");
	const struct json *tokens;
	struct entry e = {.scenario = "accept"};

	e.project = arena_text(f->arena, path, strcspn(path, "/"));
	e.id = arena_fmt(f->arena, "demo%llu", (unsigned long long)++f->serial);
	if (!check_head(f, ask, e.project))
		return;
	if (!f->fast && !check_body(f, ask, &e.payload))
		return;
	tokens = json_get(json_get(e.payload, "message"), "token");
	if (!play_all(f, ask, tokens, &e.scenario))
		return;
	if (json_flag(json_get(e.payload, "validate_only"), false))
		tokens = NULL;
	answer_tokens(f, ask, &e, tokens);
	if (f->fast)
		f->n.accepted++;
}
