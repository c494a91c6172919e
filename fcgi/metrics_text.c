/* SPDX-License-Identifier: MIT */
#include "fcgi/metrics_text.h"

void
metrics_head(struct buf *b, const char *name, const char *type,
    const char *help)
{
	(void)buf_fmt(b, "# HELP outpost_%s %s\n# TYPE outpost_%s %s\n", name,
	    help, name, type);
}

/* The text of a reason may come from a provider: backslash, quote and line
 * feed are escaped as the format wants, other control bytes become a
 * question mark. */
void
metrics_label(struct buf *b, char before, const char *name, const char *value)
{
	(void)buf_fmt(b, "%c%s=\"", before, name);
	for (const char *p = value != NULL ? value : ""; *p != '\0'; p++) {
		if (*p == '\n')
			(void)buf_text(b, "\\n");
		else if (*p == '\\' || *p == '"')
			(void)buf_fmt(b, "\\%c", *p);
		else if ((unsigned char)*p < ' ' || *p == 127)
			(void)buf_text(b, "?");
		else
			(void)buf_add(b, p, 1);
	}
	(void)buf_text(b, "\"");
}

void
metrics_value(struct buf *b, uint64_t value)
{
	(void)buf_fmt(b, "} %llu\n", (unsigned long long)value);
}
