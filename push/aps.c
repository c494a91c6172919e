/* SPDX-License-Identifier: MIT */
#include "push/aps.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/text.h"
#include "push/payload.h"

#define COLLAPSE_MAX 64
#define EXPIRATION_MAX 4294967295 /* 32 bits: the year 2106 */

/* The collapse key as a header value. A key that is too long or has characters
 * that a header cannot carry is replaced by its digest. */
static void
collapse_id(const char *key, struct template *t)
{
	unsigned char digest[32];
	size_t len;

	if (key == NULL || key[0] == '\0')
		return;
	len = strlen(key);
	if (len <= COLLAPSE_MAX && exchange_safe(key)) {
		memcpy(t->collapse, key, len + 1);
		return;
	}
	crypto_sha256(key, len, digest);
	text_hex(digest, sizeof digest, t->collapse);
	template_warn(t, "apns-collapse-id is the SHA-256 of collapseKey: it "
	    "is over %d bytes or not plain ASCII", COLLAPSE_MAX);
}

static void
add_alert(const struct message *m, struct buf *aps)
{
	if (!message_shows(m))
		return;
	json_put_name(aps, "alert");
	(void)buf_text(aps, "{");
	json_put_text(aps, "title", m->title);
	json_put_text(aps, "title-loc-key", m->title_loc_key);
	payload_args(aps, "title-loc-args", m->title_loc_key,
	    m->title_loc_args);
	json_put_text(aps, "body", m->body);
	json_put_text(aps, "loc-key", m->body_loc_key);
	payload_args(aps, "loc-args", m->body_loc_key, m->body_loc_args);
	(void)buf_text(aps, "}");
}

static void
add_visible(const struct message *m, struct buf *aps, struct template *t)
{
	add_alert(m, aps);
	if (m->has_badge && m->badge >= 0)
		json_put_int(aps, "badge", m->badge);
	else if (m->has_badge)
		template_warn(t, "badge left out: it is negative");
	json_put_text(aps, "sound", m->sound);
	json_put_text(aps, "category", m->category);
	/* the app's service extension may then load the picture */
	if (message_has_image(m))
		json_put_int(aps, "mutable-content", 1);
	if (m->collapse_key != NULL && m->collapse_key[0] != '\0')
		json_put_text(aps, "thread-id", m->collapse_key);
}

/* A background push must have no alert, sound or badge. */
static void
add_silent(const struct message *m, struct buf *aps, struct template *t)
{
	json_put_int(aps, "content-available", 1);
	if (m->has_badge)
		template_warn(t, "badge left out: not allowed in a silent "
		    "push");
}

bool
aps_alerts(const struct message *m)
{
	return message_shows(m) || (m->has_badge && m->badge >= 0) ||
	    m->sound != NULL;
}

void
aps_compose(const struct message *m, struct buf *aps, struct template *t)
{
	t->background = m->silent;
	collapse_id(m->collapse_key, t);
	if (m->silent)
		add_silent(m, aps, t);
	else
		add_visible(m, aps, t);
}

/* Seconds, rounded up; never 0, which means: try once, do not store. */
static int64_t
expiration(int64_t expires_ms)
{
	int64_t s = expires_ms / 1000 + (expires_ms % 1000 > 0);

	if (s < 1)
		return 1;
	return s > EXPIRATION_MAX ? EXPIRATION_MAX : s;
}

void
aps_headers(const struct template *t, struct aps_headers *h)
{
	h->push_type = t->background ? "background" : "alert";
	/* Apple refuses a background push with priority 10 */
	h->priority = t->high && !t->background ? "10" : "5";
	h->collapse_id = t->collapse;
	h->expiration[0] = '\0';
	if (t->expires_ms != 0)
		(void)snprintf(h->expiration, sizeof h->expiration, "%lld",
		    (long long)expiration(t->expires_ms));
}
