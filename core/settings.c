/* SPDX-License-Identifier: MIT */
/* The table of settings: parsing, defaults, bounds, -T and the manual all use
 * it. The rows of the providers are in push/, one table each. */
#include "core/settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "db/node.h"
#include "lib/conf.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/text.h"

#include "core/beside.h"

#define AT(member) offsetof(struct settings, member)
#define HOUR 3600000
#define DAY (24 * (int64_t)HOUR)

static const char *const auths[] = {"basic", "none", NULL};
static const char *const delivers[] = {"daemon", "auto", NULL};
static const char *const dialects[] = {
    "published", "java", "java-1.4", NULL};
static const char *const versions[] = {"v3", "v4", NULL};
static const char *const targets[] = {"stderr", "syslog", NULL};
static const char *const times[] = {"auto", "yes", "no", NULL};
static const char *const levels[] = {
    "error", "warning", "notice", "info", "debug", NULL};

/* clang-format off */
static const struct conf_key first_keys[] = {
	/* name, type, where, default, min, max, choices, help */
	{ "service.name", CONF_TEXT, AT(service.name), "powerauth-push", 0, 0, NULL, "name in /push/service/status" },
	{ "service.display_name", CONF_TEXT, AT(service.display_name), "PowerAuth Push Server", 0, 0, NULL, "name for people" },
	{ "service.environment", CONF_TEXT, AT(service.environment), "", 0, 0, NULL, "environment in /push/service/status" },

	{ "database.socket", CONF_PATH, AT(database.socket), "/run/mysqld/mysqld.sock", 0, 0, NULL, "MariaDB's socket; wins over host" },
	{ "database.host", CONF_TEXT, AT(database.host), "", 0, 0, NULL, "MariaDB's hosts, a[:port], b; set socket to nothing to use them" },
	{ "database.port", CONF_NUMBER, AT(database.port), "3306", 1, 65535, NULL, "MariaDB's port, with host" },
	{ "database.name", CONF_TEXT, AT(database.name), "outpost", 0, 0, NULL, "database" },
	{ "database.user", CONF_TEXT, AT(database.user), "outpost_%p", 0, 0, NULL, "database user; %p: push, inbox, admin, sendd, cli or maintain" },
	{ "database.password_file", CONF_SECRET, AT(database.password_file), "", 0, 0, NULL, "file with the password, %p too; none: socket authentication" },
	{ "database.user_hosts", CONF_TEXT, AT(database.user_hosts), "", 0, 0, NULL, "hosts from which setup lets the users in, such as localhost, 10.0.0.%" },
	{ "database.tls_ca", CONF_PATH, AT(database.tls_ca), "", 0, 0, NULL, "CA of MariaDB's certificate, with host" },
	{ "database.timeout", CONF_DURATION, AT(database.timeout_ms), "5s", 2000, 300000, NULL, "longest wait for an answer where a caller waits" },
	{ "database.tls_verify", CONF_FLAG, AT(database.tls_verify), "yes", 0, 0, NULL, "check MariaDB's certificate against host" },

	{ "api.auth", CONF_CHOICE, AT(api.auth), "basic", 0, 0, auths, "basic: callers need an integration; none: let everyone in" },
	{ "api.trust", CONF_NAMED_NETS, AT(api.trust), "", 0, 0, NULL, "address ranges that act as an integration without its secret: 10.1.2.0/24 as NAME" },
	{ "api.proxies", CONF_NETS, AT(api.proxies), "", 0, 0, NULL, "address ranges of proxies whose X-Forwarded-For is trusted" },
	{ "api.prefix", CONF_TEXT, AT(api.prefix), "", 0, 0, NULL, "path before all calls, such as /powerauth-push-server" },
	{ "api.url", CONF_URL, AT(api.url), "", 0, 0, NULL, "where callers reach the API, prefix and all; for outpost doctor" },
	{ "api.workers", CONF_NUMBER, AT(api.workers), "16", 1, 256, NULL, "calls that a FastCGI responder serves at once, each with a connection to MariaDB" },
	{ "api.queue_max", CONF_NUMBER, AT(api.queue_max), "2048", 1, 100000, NULL, "calls that wait for one of them; more are answered 503" },
	{ "api.queue_timeout", CONF_DURATION, AT(api.queue_timeout_ms), "5s", 100, 300000, NULL, "longest wait for one of them, then 503" },
	{ "api.body_max", CONF_SIZE, AT(api.body_max), "1m", 1024, 64 << 20, NULL, "largest request body" },
	{ "api.batch_max", CONF_NUMBER, AT(api.batch_max), "1000", 1, 100000, NULL, "messages in one batch" },
	{ "api.sync_timeout", CONF_DURATION, AT(api.sync_timeout_ms), "30s", 100, 300000, NULL, "longest wait of a SYNCHRONOUS send" },
	{ "api.deliver", CONF_CHOICE, AT(api.deliver), "daemon", 0, 0, delivers, "daemon; auto: without one, a SYNCHRONOUS call starts the sending program" },
	{ "api.waiting_max", CONF_NUMBER, AT(api.waiting_max), "4096", 1, 65536, NULL, "SYNCHRONOUS sends that wait at a time" },
	{ "api.counters", CONF_PATH, AT(api.counters), "/run/outpost-calls", 0, 0, NULL, "directory where responders count their calls; none: they do not" },
	{ "api.dialect", CONF_CHOICE, AT(api.dialect), "published", 0, 0, dialects, "whose answers: published, java, java-1.4 (old clients)" },
	{ "api.correlation_header", CONF_TEXT, AT(api.correlation_header), "X-Correlation-ID", 0, 0, NULL, "header that ties our log to the caller's" },
	{ "api.correlation_pattern", CONF_CLASS, AT(api.correlation_pattern), "[a-zA-Z0-9-]{8,1024}", 0, 0, NULL, "values taken from that header" },

	{ "powerauth.url", CONF_URL, AT(powerauth.url), "", 0, 0, NULL, "PowerAuth Server, ends in /rest; none: activations are kept here" },
	{ "powerauth.api_version", CONF_CHOICE, AT(powerauth.version), "v3", 0, 0, versions, "v3 or v4" },
	{ "powerauth.client_token", CONF_TEXT, AT(powerauth.client_token), "", 0, 0, NULL, "user of HTTP Basic there" },
	{ "powerauth.client_secret_file", CONF_SECRET, AT(powerauth.client_secret_file), "", 0, 0, NULL, "file with its password" },
	{ "powerauth.connect_timeout", CONF_DURATION, AT(powerauth.connect_timeout_ms), "5s", 100, 300000, NULL, "to connect" },
	{ "powerauth.response_timeout", CONF_DURATION, AT(powerauth.response_timeout_ms), "60s", 100, 300000, NULL, "for the whole answer" },
	{ "powerauth.ca_file", CONF_PATH, AT(powerauth.ca_file), "", 0, 0, NULL, "CA certificates; none: the system's" },
	{ "powerauth.accept_invalid_certificate", CONF_FLAG, AT(powerauth.accept_invalid), "no", 0, 0, NULL, "do not check the certificate" },

	{ "registration.multiple_activations", CONF_FLAG, AT(registration.multiple_activations), "no", 0, 0, NULL, "allow /push/device/create/multi" },

	{ "message.storage", CONF_FLAG, AT(message.storage), "no", 0, 0, NULL, "keep a push_message row per device" },
	{ "message.retention", CONF_DURATION, AT(message.retention_ms), "30d", 60000, 3650 * DAY, NULL, "how long messages and outcomes are kept" },
	{ "message.history", CONF_SPAN, AT(message.history_ms), "7d", 0, 3650 * DAY, NULL, "how long the fate of each message is kept, or no" },
	{ "message.default_ttl", CONF_DURATION, AT(message.default_ttl_ms), "1d", 1000, 28 * DAY, NULL, "validity when validUntil is absent" },

	{ "campaign.chunk", CONF_NUMBER, AT(campaign.chunk), "100000", 100, 1000000, NULL, "rows a transaction when queueing" },
	{ "campaign.approval", CONF_FLAG, AT(campaign.approval), "no", 0, 0, NULL, "must another integration approve before a campaign is sent?" },
	{ "campaign.history", CONF_FLAG, AT(campaign.history), "no", 0, 0, NULL, "keep the fate of each device of campaigns, too" },
};

/* The sections of the providers (push/) stand between the two tables. */
static const struct conf_key later_keys[] = {
	{ "sendd.instance", CONF_TEXT, AT(sendd.instance), "", 0, 0, NULL, "name of this sendd; none: the host name" },
	{ "sendd.doorbell", CONF_PATH, AT(sendd.doorbell), "/run/outpost/sendd.sock", 0, 0, NULL, "socket between responders and sendd of one machine" },
	{ "sendd.listen", CONF_TEXT, AT(sendd.listen), "", 0, 0, NULL, "address:port where this sendd is rung by other machines; none: it is not" },
	{ "sendd.listen_key_file", CONF_SECRET, AT(sendd.listen_key_file), "", 0, 0, NULL, "32 random bytes in hex, the key for that; none: nobody does" },
	{ "sendd.shards_max", CONF_NUMBER, AT(sendd.shards_max), "64", 1, 64, NULL, "shards this sendd takes at most" },
	{ "sendd.lease", CONF_DURATION, AT(sendd.lease_ms), "15s", 2000, 300000, NULL, "how long a shard stays with a sendd that does not renew it" },
	{ "sendd.poll", CONF_DURATION, AT(sendd.poll_ms), "1s", 10, 60000, NULL, "how often to look at the outbox without a ring" },
	{ "sendd.room", CONF_NUMBER, AT(sendd.room), "20000", 100, 1000000, NULL, "messages in memory at most" },
	{ "sendd.batch", CONF_NUMBER, AT(sendd.batch), "1000", 10, 10000, NULL, "rows a transaction" },
	{ "sendd.retry_min", CONF_DURATION, AT(sendd.retry_min_ms), "10s", 10, HOUR, NULL, "first pause before another try" },
	{ "sendd.retry_max", CONF_DURATION, AT(sendd.retry_max_ms), "30m", 10, DAY, NULL, "longest pause" },
	{ "sendd.give_up", CONF_DURATION, AT(sendd.give_up_ms), "24h", 1000, 28 * DAY, NULL, "give up after this time, or when the validity ends" },
	{ "sendd.dry_run", CONF_FLAG, AT(sendd.dry_run), "no", 0, 0, NULL, "a rehearsal: compose messages and count them, send nothing" },

	{ "quarantine.keep", CONF_DURATION, AT(quarantine.keep_ms), "30d", 60000, 3650 * DAY, NULL, "how long a device given up can be restored" },
	{ "quarantine.guard_share", CONF_SHARE, AT(quarantine.guard_share), "0.2", 0, 0, NULL, "larger share of suspects than this: keep all, alarm" },
	{ "quarantine.guard_window", CONF_DURATION, AT(quarantine.guard_window_ms), "10m", 1000, DAY, NULL, "counted over this time" },

	{ "maintain.sendd", CONF_FLAG, AT(maintain.sendd), "yes", 0, 0, NULL, "does sendd remove old rows too?" },
	{ "maintain.campaigns", CONF_SPAN, AT(maintain.campaigns_ms), "no", 0, 3650 * DAY, NULL, "how long a finished campaign is kept; no: for ever" },
	{ "maintain.inbox_read", CONF_SPAN, AT(maintain.inbox_read_ms), "no", 0, 3650 * DAY, NULL, "how long an inbox message is kept that was read" },
	{ "maintain.inbox_unread", CONF_SPAN, AT(maintain.inbox_unread_ms), "no", 0, 3650 * DAY, NULL, "how long one is kept that was not read" },
	{ "maintain.activations", CONF_SPAN, AT(maintain.activations_ms), "no", 0, 3650 * DAY, NULL, "how long an activation without a device is kept" },
	{ "maintain.devices", CONF_SPAN, AT(maintain.devices_ms), "no", 0, 3650 * DAY, NULL, "when a device that is silent goes into quarantine" },
	{ "maintain.integrations", CONF_SPAN, AT(maintain.integrations_ms), "no", 0, 3650 * DAY, NULL, "how long an integration is kept that does not call" },
	{ "maintain.audit", CONF_SPAN, AT(maintain.audit_ms), "no", 0, 3650 * DAY, NULL, "how long a row of the audit trail is kept" },
	{ "maintain.audit_file", CONF_PATH, AT(maintain.audit_file), "", 0, 0, NULL, "file to which it is written before it is removed; none: it is not" },

	{ "secrets.key_file", CONF_PATH, AT(secrets.key_file), "/etc/outpost/secret.key", 0, 0, NULL, "32 random bytes in hex that seal the credentials" },
	{ "secrets.core_dumps", CONF_FLAG, AT(secrets.core_dumps), "no", 0, 0, NULL, "let a crash leave a core file: it holds keys and messages" },

	{ "log.target", CONF_CHOICE, AT(log.target), "stderr", 0, 0, targets, "stderr or syslog" },
	{ "log.time", CONF_CHOICE, AT(log.time), "auto", 0, 0, times, "auto, yes, no: the time in lines on stderr; auto: unless the journal adds it" },
	{ "log.level", CONF_CHOICE, AT(log.level), "info", 0, 0, levels, "error, warning, notice, info, debug" },
};
/* clang-format on */

const char *
settings_path(const char *path)
{
	static char beside[BESIDE_PATH];

	if (path == NULL)
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): never set here */
		path = getenv("OUTPOST_CONF");
	if (path == NULL && beside_settings(beside))
		path = beside;
	return path != NULL ? path : "/etc/outpost/outpost.conf";
}

static const struct err *
check_hosts(const char *path, const struct db_settings *s)
{
	struct node_list nodes;

	if (s->host == NULL)
		return NULL;
	return err_at(node_list_read(s->host, (unsigned)s->port, &nodes),
	    "%s: database.host", path);
}

static const struct err *
check_listen(const char *path, const struct settings *s)
{
	struct sockaddr_storage at;
	unsigned len;

	if (s->sendd.listen == NULL)
		return NULL;
	if (!net_endpoint(s->sendd.listen, &at, &len))
		return err_new(ERR_INVALID, "%s: sendd.listen \"%s\" is not "
		    "address:port, nor [address]:port", path, s->sendd.listen);
	if (s->sendd.listen_key_file == NULL)
		return err_new(ERR_INVALID, "%s: sendd.listen needs "
		    "sendd.listen_key_file", path);
	return NULL;
}

/* Rules that the table cannot express. */
static const struct err *
check_all(const char *path, const struct settings *s)
{
	const char *prefix = s->api.prefix;
	const struct err *e;

	if (prefix != NULL &&
	    (prefix[0] != '/' || prefix[strlen(prefix) - 1] == '/'))
		return err_new(ERR_INVALID, "%s: api.prefix must begin with a "
		    "slash and not end in one", path);
	if (s->database.socket == NULL && s->database.host == NULL)
		return err_new(ERR_INVALID, "%s: database.socket or "
		    "database.host must be set", path);
	if (s->campaign.approval && s->api.auth == AUTH_NONE)
		return err_new(ERR_INVALID, "%s: campaign.approval needs two "
		    "integrations, and with api.auth = none nobody is told "
		    "from others", path);
	if ((e = check_listen(path, s)) != NULL)
		return e;
	return check_hosts(path, &s->database);
}

/* Behind a proxy, the address of a caller is the last one in X-Forwarded-For
 * that is not in api.proxies: a range within api.proxies never matches. */
static void
note_trust(const char *path, const struct settings *s, FILE *notes)
{
	const char *trust = s->api.trust;
	char item[NET_ITEM];

	while (net_item(&trust, item))
		if (net_list_within(s->api.proxies, item))
			(void)fprintf(notes, "%s: warning: api.trust \"%s\" "
			    "lies in api.proxies and can never match\n", path,
			    item);
}

/* Warn of keys that are set but have no effect. */
static void
note_unused(const char *path, const struct settings *s, FILE *notes)
{
	const struct {
		const char *name, *value;
	} beside_socket[] = {{"host", s->database.host},
	    {"tls_ca", s->database.tls_ca}};

	for (size_t i = 0; i < nitems(beside_socket); i++)
		if (s->database.socket != NULL &&
		    beside_socket[i].value != NULL)
			(void)fprintf(notes, "%s: warning: database.%s is not "
			    "used, for database.socket is %s: set that to "
			    "nothing\n", path, beside_socket[i].name,
			    s->database.socket);
}

/* Append the rows of a table to all. base is the offset, in the settings, of
 * the struct that the rows describe. */
static void
add_keys(struct conf_key *all, size_t *n, const struct conf_key *rows,
    size_t n_rows, size_t base)
{
	for (size_t i = 0; i < n_rows; i++) {
		all[*n] = rows[i];
		all[(*n)++].at += base;
	}
}

/* All tables joined, in the order of the manual. The caller frees it. */
static struct conf_key *
all_keys(size_t *n)
{
	size_t most = nitems(first_keys) + nitems(later_keys);
	struct conf_key *all;

	for (int p = 0; p < PLATFORM__COUNT; p++)
		most += providers[p]->n_keys;
	all = xcalloc(most, sizeof *all);
	*n = 0;
	add_keys(all, n, first_keys, nitems(first_keys), 0);
	for (size_t p = 0; p < PLATFORM__COUNT; p++)
		add_keys(all, n, providers[p]->keys, providers[p]->n_keys,
		    AT(provider) + p * sizeof(struct provider_settings));
	add_keys(all, n, later_keys, nitems(later_keys), 0);
	return all;
}

const struct err *
settings_check(const char *path, struct settings *s, FILE *notes)
{
	const struct err *e;
	struct conf_key *keys;
	size_t n;

	path = settings_path(path);
	memset(s, 0, sizeof *s);
	keys = all_keys(&n);
	e = conf_load(path, keys, n, s, notes);
	free(keys);
	s->file = xstrdup(path);
	if (e == NULL && notes != NULL) {
		note_unused(path, s, notes);
		note_trust(path, s, notes);
	}
	return e != NULL ? e : check_all(path, s);
}

const struct err *
settings_load(const char *path, struct settings *s)
{
	return settings_check(path, s, NULL);
}

bool
settings_development(const struct settings *s)
{
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (s->provider[p].use_development)
			return true;
	return false;
}

int64_t
settings_duration(const struct settings *s, const char *name)
{
	struct conf_key *keys;
	int64_t ms = 0;
	size_t n;

	keys = all_keys(&n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i].name, name) == 0)
			memcpy(&ms, (const char *)s + keys[i].at, sizeof ms);
	free(keys);
	return ms;
}

void
settings_done(struct settings *s)
{
	size_t n;
	struct conf_key *keys = all_keys(&n);

	conf_done(keys, n, s);
	free(keys);
	free(s->file);
	s->file = NULL;
}

void
settings_print(const struct settings *s, FILE *out)
{
	size_t n;
	struct conf_key *keys = all_keys(&n);

	conf_print(keys, n, s, out);
	free(keys);
}
