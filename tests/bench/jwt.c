/* SPDX-License-Identifier: MIT */
/* jwt KEY.p8 KEY_ID TEAM_ID: prints a provider token for the stand-in. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "push/jwt.h"

int
main(int argc, char *argv[])
{
	struct buf token = BUF(4096);
	struct crypto_key *key;
	const struct err *e;
	char pem[4096];
	size_t len;
	FILE *f;

	if (argc != 4)
		fatalx("usage: jwt KEY.p8 KEY_ID TEAM_ID");
	if ((f = fopen(argv[1], "re")) == NULL)
		fatalx("cannot read %s", argv[1]);
	len = fread(pem, 1, sizeof pem, f);
	(void)fclose(f);
	if ((e = crypto_key_read(CRYPTO_ES256, pem, len, &key)) != NULL ||
	    (e = jwt_apns(key, argv[2], argv[3], clock_now_ms() / 1000,
		 &token)) != NULL)
		fatalx("%s", e->text);
	(void)puts(buf_str(&token));
	crypto_key_free(key);
	buf_done(&token);
	return 0;
}
