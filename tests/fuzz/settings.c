/* SPDX-License-Identifier: MIT */
/* outpost.conf with all its keys: what is accepted is printed as a file that
 * says the same. Input: the file. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/conf_expand.h"
#include "core/settings.h"
#include "tests/fuzz/fuzz.h"

static int
file_of(const char *text, size_t len, char path[64])
{
	int fd = memfd_create("outpost.conf", MFD_CLOEXEC);

	/* what everybody may write would be refused */
	MUST(fd >= 0 && fchmod(fd, 0600) == 0);
	MUST(write(fd, text, len) == (ssize_t)len);
	(void)snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static char *
printed(const struct settings *s, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	MUST(f != NULL);
	settings_print(s, f);
	MUST(fclose(f) == 0);
	return text;
}

static void
check_bounds(const struct settings *s)
{
	MUST(s->api.body_max >= 1024 && s->api.body_max <= 64 << 20);
	MUST(s->api.workers >= 1 && s->api.workers <= 256);
	MUST(s->sendd.lease_ms >= 2000 && s->sendd.lease_ms <= 300000);
	MUST(s->quarantine.guard_share >= 0 && s->quarantine.guard_share <= 1);
	MUST(s->provider[PLATFORM_APNS].rate >= 1 &&
	    s->provider[PLATFORM_HMS].batch <= 1000);
	MUST(s->api.prefix == NULL || s->api.prefix[0] == '/');
	MUST(s->secrets.key_file == NULL || s->secrets.key_file[0] == '/');
}

/* libinih takes lines of its own length only, and spaces at the ends of a
 * value are not part of it: what a line cannot carry is no difference. */
static void
there_and_back(const struct settings *s)
{
	size_t len, len2;
	char *one = printed(s, &len), *two, path[64];
	const struct err *e;
	struct settings again;
	int fd = file_of(one, len, path);

	e = settings_load(path, &again);
	MUST(e == NULL);
	two = printed(&again, &len2);
	MUST(len == len2 && memcmp(one, two, len) == 0);
	settings_done(&again);
	(void)close(fd);
	free(one);
	free(two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct settings s;
	char path[64], *text, *user;
	size_t len;
	int fd;

	text = input_rest(&in, &len);
	fd = file_of(text, len, path);
	if (settings_load(path, &s) == NULL) {
		check_bounds(&s);
		there_and_back(&s);
		user = conf_expand(s.database.user, "push");
		MUST(user == NULL || strstr(user, "%p") == NULL ||
		    strstr(s.database.user, "%%p") != NULL);
		free(user);
	}
	settings_done(&s);
	(void)close(fd);
	input_done(&in);
	return 0;
}
