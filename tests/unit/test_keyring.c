/* SPDX-License-Identifier: MIT */
/* Sealed boxes and the key file: what is tampered with does not open, keys
 * come and go while others read. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/keyring.h"
#include "lib/text.h"

#define K1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define K2 "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HERE "table.column:1"

static char dir[] = "/tmp/outpost-keyring-XXXXXX";
static char path[64];

static void
write_file(const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);
	size_t len = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static struct keyring *
ring_of(const char *text)
{
	struct keyring *k = NULL;

	write_file(text, 0600);
	assert_null(keyring_new(path, &k));
	return k;
}

/* As a writer does it. */
static void
seal(struct keyring *k, const char *place, const char *text, struct buf *into)
{
	int lock;

	assert_null(keyring_lock(k, &lock));
	assert_true(keyring_seal(k, place, text, strlen(text), into));
	keyring_unlock(lock);
}

static bool
opens(struct keyring *k, const char *place, const void *box, size_t len)
{
	struct buf out = BUF(1 << 17);
	const struct err *e = keyring_unseal(k, place, box, len, &out);

	assert_true(e == NULL || e->code == ERR_FAULT);
	assert_true(e == NULL || out.len == 0);
	buf_done(&out);
	return e == NULL;
}

/* A box of the form before, which names no key. */
static void
seal_old(const char *hex, const char *place, const char *text,
    struct buf *into)
{
	unsigned char key[32], nonce[12] = {7}, out[64], tag[16];
	size_t len = strlen(text);

	assert_true(text_unhex(hex, key, sizeof key));
	crypto_encrypt(key, nonce, place, strlen(place), text, len, out, tag);
	(void)buf_text(into, "OB1");
	(void)buf_add(into, nonce, sizeof nonce);
	(void)buf_add(into, out, len);
	(void)buf_add(into, tag, sizeof tag);
}

/* --- boxes ------------------------------------------------------------ */

static void
seals_and_opens(void **state)
{
	struct keyring *k = ring_of(K1 "\n");
	struct buf a = BUF(1024), b = BUF(1024), out = BUF(1024);

	(void)state;
	seal(k, HERE, "secret", &a);
	seal(k, HERE, "secret", &b);
	assert_int_equal(a.len, 3 + 4 + 12 + 6 + 16);
	assert_memory_equal(a.data, "OB2", 3);
	assert_memory_not_equal(a.data, b.data, a.len); /* fresh nonce */
	assert_true(keyring_is_sealed(a.data, a.len));
	assert_false(keyring_is_sealed("-----BEGIN PRIVATE KEY-----", 27));
	assert_false(keyring_is_sealed("", 0));
	assert_null(keyring_unseal(k, HERE, a.data, a.len, &out));
	assert_string_equal(buf_str(&out), "secret");
	buf_reset(&a);
	seal(k, HERE, "", &a); /* nothing is a secret too */
	assert_true(opens(k, HERE, a.data, a.len));
	buf_done(&a);
	buf_done(&b);
	buf_done(&out);
	keyring_free(k);
}

/* Each bit, each length, each other place. */
static void
tampered(struct keyring *k, struct buf *box, const char *form)
{
	char *more = xcalloc(1, box->len + 1);

	CHECK(form, opens(k, HERE, box->data, box->len));
	for (size_t i = 0; i < box->len * 8; i++) {
		box->data[i / 8] = (char)(box->data[i / 8] ^ 1 << i % 8);
		CHECK(form, !opens(k, HERE, box->data, box->len));
		box->data[i / 8] = (char)(box->data[i / 8] ^ 1 << i % 8);
	}
	for (size_t n = 0; n < box->len; n++) {
		CHECK(form, !opens(k, HERE, box->data, n));
		CHECK(form, !opens(k, HERE, box->data + box->len - n, n));
	}
	memcpy(more, box->data, box->len);
	CHECK(form, !opens(k, HERE, more, box->len + 1));
	CHECK(form, !opens(k, "table.column:2", box->data, box->len));
	CHECK(form, !opens(k, "table.other:1", box->data, box->len));
	CHECK(form, !opens(k, "", box->data, box->len));
	CHECK(form, opens(k, HERE, box->data, box->len));
	free(more);
}

static void
what_is_tampered_with_stays_shut(void **state)
{
	struct keyring *k = ring_of(K1 "\n" K2 "\n");
	struct buf box = BUF(1024);

	(void)state;
	seal(k, HERE, "a secret of some length", &box);
	tampered(k, &box, "OB2");
	buf_reset(&box);
	seal_old(K2, HERE, "a secret of some length", &box);
	tampered(k, &box, "OB1");
	buf_done(&box);
	keyring_free(k);
}

/* The old form with the new one's head, and the other way round. */
static void
forms_are_not_mixed(void **state)
{
	struct keyring *k = ring_of(K1 "\n");
	struct buf new = BUF(1024), old = BUF(1024), mixed = BUF(1024);

	(void)state;
	seal(k, HERE, "secret", &new);
	seal_old(K1, HERE, "secret", &old);
	(void)buf_add(&mixed, new.data, 7);
	(void)buf_add(&mixed, old.data + 3, old.len - 3);
	assert_false(opens(k, HERE, mixed.data, mixed.len));
	buf_reset(&mixed);
	(void)buf_add(&mixed, old.data, 3);
	(void)buf_add(&mixed, new.data + 7, new.len - 7);
	assert_false(opens(k, HERE, mixed.data, mixed.len));
	buf_done(&new);
	buf_done(&old);
	buf_done(&mixed);
	keyring_free(k);
}

static void
any_size(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 3, 6, 7, 34, 35, 36, 65535,
	    1 << 20};
	static const char *const magics[] = {"\0\0", "OB1", "OB2"};
	struct keyring *k = ring_of(K1 "\n");
	char *junk = xcalloc(1, 1 << 20);

	(void)state;
	for (size_t i = 0; i < nitems(sizes); i++) {
		for (size_t m = 0; m < nitems(magics); m++) {
			memcpy(junk, magics[m], 3);
			assert_false(opens(k, HERE, junk, sizes[i]));
		}
	}
	free(junk);
	keyring_free(k);
}

/* --- keys ------------------------------------------------------------- */

static void
key_files(void **state)
{
	static const struct {
		const char *name, *text;
		unsigned keys; /* 0: refused */
	} rows[] = {{"a line", K1 "\n", 1}, {"no line end", K1, 1},
	    {"two", K1 "\n" K2 "\n", 2}, {"CRLF", K1 "\r\n" K2 "\r\n", 2},
	    {"blank lines", "\n" K1 "\n\n\n" K2 "\n\n", 2},
	    {"eight", K1 "\n" K1 "\n" K1 "\n" K1 "\n" K1 "\n" K1 "\n" K1
		"\n" K2 "\n", 8},
	    {"nine", K1 "\n" K1 "\n" K1 "\n" K1 "\n" K1 "\n" K1 "\n" K1
		"\n" K1 "\n" K2 "\n", 0},
	    {"short", "0001\n", 0}, {"long", K1 "20\n", 0},
	    {"no hex", "xy0102030405060708090a0b0c0d0e0f101112131415161718"
		"191a1b1c1d1e1f\n", 0},
	    {"a second line that is none", K1 "\n# mine\n", 0},
	    {"a blank before", " " K1, 0}, {"empty", "", 0}, {"none", "\n", 0}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct keyring *k = NULL;
		const struct err *e;

		write_file(rows[i].text, 0640);
		e = keyring_new(path, &k);
		CHECK(rows[i].name, (e == NULL) == (rows[i].keys > 0));
		if (e == NULL)
			CHECK(rows[i].name, keyring_count(k) == rows[i].keys);
		else
			CHECK(rows[i].name, k == NULL &&
			    strstr(e->text, "0102") == NULL);
		keyring_free(k);
	}
	(void)unlink(path);
	assert_non_null(keyring_new(path, &(struct keyring *){NULL}));
	assert_non_null(keyring_new(NULL, &(struct keyring *){NULL}));
}

static void
not_for_everybody(void **state)
{
	struct keyring *k = NULL;
	const struct err *e;

	(void)state;
	write_file(K1 "\n", 0644);
	e = keyring_new(path, &k);
	assert_true(e != NULL && strstr(e->text, "chmod o=") != NULL);
}

static void
ids(void **state)
{
	struct keyring *k = ring_of(K1 "\n" K2 "\n");
	char one[KEYRING_ID], two[KEYRING_ID];

	(void)state;
	keyring_id(k, 0, one);
	keyring_id(k, 1, two);
	assert_string_equal(one, "42acfb7a"); /* they lie in databases */
	assert_string_not_equal(one, two);
	assert_null(strstr(K1, one));
	keyring_free(k);
}

static void
locked(bool now)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), now ? -1 : 0);
	(void)close(fd);
}

static void
add(struct keyring *k)
{
	int lock;

	assert_null(keyring_lock_alone(k, &lock));
	assert_null(keyring_add(k, lock));
	keyring_unlock(lock);
}

static void
keep(struct keyring *k, const bool which[KEYRING_MAX])
{
	int lock;

	assert_null(keyring_lock_alone(k, &lock));
	assert_null(keyring_keep(k, lock, which));
	keyring_unlock(lock);
}

/* Of two processes one rotates; the other, started before, goes on. */
static void
rotation(void **state)
{
	struct keyring *ours = ring_of(K1 "\n"), *theirs = NULL;
	struct buf old = BUF(256), new = BUF(256);
	struct keyring_view v;
	struct stat st;

	(void)state;
	assert_int_equal(chmod(path, 0640), 0);
	assert_null(keyring_new(path, &theirs));
	seal(theirs, HERE, "secret", &old);
	add(ours);
	assert_int_equal(keyring_count(ours), 2);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_size, 2 * 65);
	v = keyring_look(ours, HERE, old.data, old.len);
	assert_true(v.opens && v.named && v.key == 1);
	seal(ours, HERE, "secret", &new);
	assert_true(opens(theirs, HERE, new.data, new.len)); /* read again */
	buf_reset(&new);
	add(ours);
	seal(theirs, HERE, "secret", &new); /* read afresh */
	v = keyring_look(ours, HERE, new.data, new.len);
	assert_true(v.opens && v.key == 0);
	keep(ours, (const bool[KEYRING_MAX]){false});
	assert_int_equal(keyring_count(ours), 1);
	assert_true(opens(ours, HERE, new.data, new.len));
	assert_false(opens(ours, HERE, old.data, old.len));
	v = keyring_look(ours, HERE, old.data, old.len);
	assert_true(!v.opens && v.named && v.key == -1);
	assert_string_equal(v.id, "42acfb7a");
	buf_done(&old);
	buf_done(&new);
	keyring_free(ours);
	keyring_free(theirs);
}

static void
no_more_than_eight(void **state)
{
	struct keyring *k = ring_of(K1 "\n");
	bool which[KEYRING_MAX] = {false};
	const struct err *e;
	int lock;

	(void)state;
	for (int i = 1; i < KEYRING_MAX; i++)
		add(k);
	assert_null(keyring_lock_alone(k, &lock));
	e = keyring_add(k, lock);
	assert_non_null(e);
	assert_non_null(strstr(e->text, "prune"));
	keyring_unlock(lock);
	which[2] = which[7] = true;
	keep(k, which);
	assert_int_equal(keyring_count(k), 3);
	keyring_free(k);
}

/* A link to the key file stays one; what a killed one left is no matter. */
static void
links_and_leftovers(void **state)
{
	char real[80], left[96];
	struct keyring *k;
	struct stat st;
	int fd;

	(void)state;
	(void)snprintf(real, sizeof real, "%s/real", dir);
	(void)snprintf(left, sizeof left, "%s/real.new", dir);
	k = ring_of(K1 "\n");
	assert_true(rename(path, real) == 0 && symlink("real", path) == 0);
	fd = open(left, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "half", 4), 4);
	(void)close(fd);
	add(k);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(real, &st), 0);
	assert_int_equal(st.st_size, 2 * 65);
	assert_int_not_equal(access(left, F_OK), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(real), 0);
	keyring_free(k);
}

static void
locks(void **state)
{
	struct keyring *k = ring_of(K1 "\n");
	int one, two, alone;

	(void)state;
	locked(false);
	assert_null(keyring_lock(k, &one));
	assert_null(keyring_lock(k, &two)); /* many may seal at once */
	keyring_unlock(one);
	locked(true);
	keyring_unlock(two);
	locked(false);
	assert_null(keyring_lock_alone(k, &alone));
	locked(true);
	assert_null(keyring_add(k, alone));
	locked(false); /* the file that counts is another one now */
	keyring_unlock(alone);
	keyring_free(k);
}

/* --- threads ---------------------------------------------------------- */

struct reader {
	struct keyring *k;
	struct buf *box;
	pthread_t thread;
	unsigned opened;
};

static void *
read_often(void *arg)
{
	struct reader *r = arg;

	for (int i = 0; i < 300; i++) {
		struct buf out = BUF(256), mine = BUF(256);
		int lock;

		r->opened += keyring_unseal(r->k, HERE, r->box->data,
		    r->box->len, &out) == NULL;
		buf_reset(&out);
		if (keyring_lock(r->k, &lock) == NULL) {
			(void)keyring_seal(r->k, HERE, "x", 1, &mine);
			keyring_unlock(lock);
		}
		r->opened += keyring_unseal(r->k, HERE, mine.data, mine.len,
		    &out) == NULL;
		buf_done(&out);
		buf_done(&mine);
	}
	return NULL;
}

static void
threads_share_it(void **state)
{
	struct keyring *k = ring_of(K1 "\n"), *other = NULL;
	struct reader readers[4];
	struct buf box = BUF(256);

	(void)state;
	assert_null(keyring_new(path, &other));
	seal(k, HERE, "secret", &box);
	for (size_t i = 0; i < nitems(readers); i++) {
		readers[i] = (struct reader){.k = k, .box = &box};
		assert_int_equal(pthread_create(&readers[i].thread, NULL,
		    read_often, &readers[i]), 0);
	}
	for (int i = 0; i < 6; i++)
		add(other);
	for (size_t i = 0; i < nitems(readers); i++) {
		(void)pthread_join(readers[i].thread, NULL);
		assert_int_equal(readers[i].opened, 600);
	}
	buf_done(&box);
	keyring_free(k);
	keyring_free(other);
}

static int
make_place(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/secret.key", dir);
	return 0;
}

static int
remove_place(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seals_and_opens),
	    cmocka_unit_test(what_is_tampered_with_stays_shut),
	    cmocka_unit_test(forms_are_not_mixed), cmocka_unit_test(any_size),
	    cmocka_unit_test(key_files), cmocka_unit_test(not_for_everybody),
	    cmocka_unit_test(ids), cmocka_unit_test(rotation),
	    cmocka_unit_test(no_more_than_eight),
	    cmocka_unit_test(links_and_leftovers), cmocka_unit_test(locks),
	    cmocka_unit_test(threads_share_it),
	};

	return cmocka_run_group_tests_name("keyring", tests, make_place,
	    remove_place);
}
