/* SPDX-License-Identifier: MIT */
/*
 * The answers of the Java edition, member by member. Its client, when strict,
 * fails on an unknown member after the push has gone out, and sends the push
 * again: so in the Java dialects a member without a row here is left out. A
 * path without a row is a call that the Java edition does not have.
 */
#include "fcgi/dialect.h"

#include <string.h>

#include "lib/mem.h"

#include "fcgi/call.h"

/* Indexed as the setting. */
static const struct dialect dialects[] = {
	/* clang-format off */
	[DIALECT_PUBLISHED] = {"+0000",	 100, true,  false, false},
	[DIALECT_JAVA]	    = {"+00:00",  20, false, true,  false},
	[DIALECT_JAVA_1_4]  = {"+00:00",  20, false, true,  true},
	/* clang-format on */
};

const struct dialect *
dialect_of(const struct call *c)
{
	return &dialects[c->settings->api.dialect];
}

/* --- the members ------------------------------------------------------ */

enum published {
	AS_IT_IS,
	AS_TEXT, /* a number or a flag becomes text */
	AS_NULL	 /* an absent member becomes null */
};

struct member {
	const char *name;
	const char *before; /* its name in 1.4 to 1.9; NULL: the same */
	const struct member *of; /* of the object, or of each element; NULL:
				    all members are returned */
	enum published published; /* how that dialect writes it */
};

/* clang-format off */
static const struct member status[] = {
	{.name = "applicationName"}, {.name = "applicationDisplayName"},
	{.name = "applicationEnvironment"}, {.name = "version"},
	{.name = "buildTime"}, {.name = "timestamp"},
	{NULL}
};

static const struct member counts[] = {
	{.name = "sent"}, {.name = "failed"}, {.name = "pending"},
	{.name = "total"},
	{NULL}
};

/* A member for each platform of the published API, which the Java server calls
 * by its old name. */
#define COUNTS_OF(number, id, name, old) {#name, old, counts, AS_IT_IS},
#define FLAG_OF(number, id, name, old) {#name, old, NULL, AS_IT_IS},
#define NULL_OF(number, id, name, old) {#name, old, NULL, AS_NULL},

static const struct member sent[] = {
	{.name = "mode"},
	PLATFORMS_PUBLISHED(COUNTS_OF)
	{NULL}
};

/* Only a caller who asks for "partial" gets the last one. */
static const struct member sent_batch[] = {
	{.name = "mode"},
	PLATFORMS_PUBLISHED(COUNTS_OF)
	{.name = "refused"},
	{NULL}
};

static const struct member campaign_id[] = {
	{.name = "id", .published = AS_TEXT},
	{NULL}
};

static const struct member campaign_deleted[] = {
	{.name = "deleted"},
	{NULL}
};

static const struct member campaign[] = {
	{.name = "id", .published = AS_TEXT}, {.name = "appId"},
	{.name = "sent", .published = AS_TEXT}, {.name = "message"},
	{NULL}
};

static const struct member campaign_users[] = {
	{.name = "campaignId", .published = AS_TEXT}, {.name = "users"},
	{NULL}
};

static const struct member app[] = {
	{.name = "appId"},
	PLATFORMS_PUBLISHED(FLAG_OF)
	{NULL}
};

static const struct member apps[] = {
	{.name = "applicationList", .of = app},
	{NULL}
};

static const struct member unconfigured_app[] = {
	{.name = "appId"},
	PLATFORMS_PUBLISHED(NULL_OF)
	{NULL}
};

static const struct member unconfigured_apps[] = {
	{.name = "applicationList", .of = unconfigured_app},
	{NULL}
};

static const struct member app_detail[] = {
	{.name = "application", .of = app},
	{.name = "apnsBundle",	    .before = "iosBundle"},
	{.name = "apnsKeyId",	    .before = "iosKeyId"},
	{.name = "apnsTeamId",	    .before = "iosTeamId"},
	{.name = "apnsEnvironment", .before = "iosEnvironment"},
	{.name = "fcmProjectId",    .before = "androidProjectId"},
	{.name = "hmsProjectId",    .before = "huaweiProjectId"},
	{NULL}
};

static const struct member app_id[] = {
	{.name = "appId"},
	{NULL}
};

static const struct member inbox_message[] = {
	{.name = "id"}, {.name = "userId"}, {.name = "type"},
	{.name = "subject"}, {.name = "summary"}, {.name = "body"},
	{.name = "read"}, {.name = "timestampCreated"},
	{.name = "timestampRead"}, {.name = "applications"},
	{NULL}
};

static const struct member inbox_row[] = {
	{.name = "id"}, {.name = "type"}, {.name = "subject"},
	{.name = "summary"}, {.name = "read"}, {.name = "timestampCreated"},
	{NULL}
};

static const struct member inbox_count[] = {
	{.name = "countUnread"},
	{NULL}
};

static const struct member violation[] = {
	{.name = "fieldName"}, {.name = "invalidValue"}, {.name = "hint"},
	{NULL}
};

static const struct member problem[] = {
	{.name = "code"}, {.name = "message"},
	{.name = "violations", .of = violation},
	{NULL}
};

/* The members of responseObject; NULL: there is none. */
static const struct answer {
	const char *path;
	const struct member *object;
	bool paged; /* with "page" and "size" */
} answers[] = {
	{"/push/service/status",	 status,	   false},
	{"/push/device/create",		 NULL,		   false},
	{"/push/device/create/multi",	 NULL,		   false},
	{"/push/device/remove",		 NULL,		   false},
	{"/push/device/delete",		 NULL,		   false},
	{"/push/device/status/update",	 NULL,		   false},
	{"/push/message/send",		 sent,		   false},
	{"/push/message/batch/send",	 sent_batch,	   false},
	{"/push/campaign/create",	 campaign_id,	   false},
	{"/push/campaign/{id}/delete",	 campaign_deleted, false},
	{"/push/campaign/{id}/detail",	 campaign,	   false},
	{"/push/campaign/list",		 campaign,	   false},
	{"/push/campaign/{id}/user/add", NULL,		   false},
	{"/push/campaign/{id}/user/list", campaign_users,  true},
	{"/push/campaign/{id}/user/delete", NULL,	   false},
	{"/push/campaign/send/test/{id}", NULL,		   false},
	{"/push/campaign/send/live/{id}", NULL,		   false},
	{"/admin/app/list",		 apps,		   false},
	{"/admin/app/unconfigured/list", unconfigured_apps, false},
	{"/admin/app/detail",		 app_detail,	   false},
	{"/admin/app/create",		 app_id,	   false},
	{"/admin/app/apns",		 NULL,		   false},
	{"/admin/app/fcm",		 NULL,		   false},
	{"/admin/app/hms",		 NULL,		   false},
	{"/admin/app/ios/update",	 NULL,		   false},
	{"/admin/app/ios/remove",	 NULL,		   false},
	{"/admin/app/android/update",	 NULL,		   false},
	{"/admin/app/android/remove",	 NULL,		   false},
	{"/admin/app/huawei/update",	 NULL,		   false},
	{"/admin/app/huawei/remove",	 NULL,		   false},
	{"/inbox/messages",		 inbox_message,	   false},
	{"/inbox/messages/list",	 inbox_row,	   true},
	{"/inbox/messages/count",	 inbox_count,	   false},
	{"/inbox/messages/detail",	 inbox_message,	   false},
	{"/inbox/messages/read",	 inbox_message,	   false},
	{"/inbox/messages/read-all",	 NULL,		   false},
};
/* clang-format on */

static const struct answer *
answer_of(const struct call *c)
{
	for (size_t i = 0; c->route != NULL && i < nitems(answers); i++)
		if (strcmp(answers[i].path, c->route->path) == 0)
			return &answers[i];
	return NULL;
}

static const struct member *
member_named(const struct member *rows, const char *name)
{
	for (; rows->name != NULL; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

/* --- the Java dialects ------------------------------------------------ */

struct java_copy {
	struct arena *a;
	const struct member *rows;
	bool is_old;
	struct json *into;
};

static struct json *java(
    const struct java_copy *like, const struct member *rows, struct json *j);

/* A null is an absent member, which the Java edition leaves out. */
static bool
copy_as_java(const char *name, struct json *value, void *arg)
{
	struct java_copy *to = arg;
	const struct member *m = member_named(to->rows, name);

	if (m == NULL || value == NULL)
		return true;
	if (to->is_old && m->before != NULL)
		name = m->before;
	json_set(to->into, name, java(to, m->of, value));
	return true;
}

/* The depth of the calls is that of the tables. */
static struct json *
java(const struct java_copy *like, /* NOLINT(*-recursion) */
    const struct member *rows, struct json *j)
{
	struct java_copy to = {like->a, rows, like->is_old, NULL};

	if (rows == NULL)
		return j;
	if (json_kind(j) == JSON_OBJECT) {
		to.into = json_new_object(like->a);
		json_each(j, copy_as_java, &to);
		return to.into;
	}
	to.into = json_new_array(like->a);
	for (size_t i = 0; i < json_len(j); i++)
		json_add(to.into, java(like, rows, json_at(j, i)));
	return to.into;
}

static struct json *
java_envelope(struct call *c, const struct answer *a, struct json *envelope)
{
	struct java_copy all = {c->mem, NULL, dialect_of(c)->is_old, NULL};
	struct member rows[5] = {{.name = "status"}};
	size_t n = 1;

	if (a->paged) {
		rows[n++].name = "page";
		rows[n++].name = "size";
	}
	if (a->object != NULL)
		rows[n++] = (struct member){.name = "responseObject",
		    .of = a->object};
	return java(&all, rows, envelope);
}

/* --- the published one ------------------------------------------------ */

static void
publish(const struct member *rows, struct json *j) /* NOLINT(*-recursion) */
{
	for (size_t i = 0; i < json_len(j); i++)
		publish(rows, json_at(j, i));
	if (json_kind(j) != JSON_OBJECT)
		return;
	for (; rows->name != NULL; rows++) {
		struct json *value = json_get(j, rows->name);

		if (rows->published == AS_NULL && value == NULL)
			json_set_null(j, rows->name);
		if (rows->published == AS_TEXT && value != NULL)
			json_set_text(j, rows->name, json_as_text(value));
		if (rows->of != NULL && value != NULL)
			publish(rows->of, value);
	}
}

/* --- answers ---------------------------------------------------------- */

struct json *
dialect_answer(struct call *c, struct json *envelope)
{
	const struct answer *a = answer_of(c);

	if (a == NULL)
		return envelope;
	if (dialect_of(c)->is_java)
		return java_envelope(c, a, envelope);
	if (a->object != NULL)
		publish(a->object, json_get(envelope, "responseObject"));
	return envelope;
}

bool
dialect_makes_text(const struct call *c, const char *name)
{
	const struct answer *a = answer_of(c);
	const struct member *m = NULL;

	if (a != NULL && a->object != NULL && !dialect_of(c)->is_java)
		m = member_named(a->object, name);
	return m != NULL && m->published == AS_TEXT;
}

struct json *
dialect_problem(struct call *c, struct json *envelope)
{
	static const struct answer a = {"", problem, false};

	return dialect_of(c)->is_java ? java_envelope(c, &a, envelope)
				      : envelope;
}
