/* SPDX-License-Identifier: MIT */
#include "lib/conf_expand.h"

#include "lib/buf.h"
#include "lib/mem.h"

char *
conf_expand(const char *text, const char *program)
{
	struct buf b = BUF(4096);

	if (text == NULL)
		return NULL;
	for (const char *p = text; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 'p') {
			(void)buf_text(&b, program);
			p++;
		} else {
			(void)buf_add(&b, p, 1);
		}
	}
	return b.data != NULL ? b.data : xstrdup("");
}
