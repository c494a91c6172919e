/* SPDX-License-Identifier: MIT */
/* The lines of Prometheus' text format (0.0.4). Pure. */
#ifndef FCGI_METRICS_TEXT_H
#define FCGI_METRICS_TEXT_H

#include <stdint.h>

#include "lib/buf.h"

/* The two lines before a family; name is without "outpost_". */
void metrics_head(struct buf *b, const char *name, const char *type,
    const char *help);

/* A label behind before, which is '{' or ','. NULL becomes "". */
void metrics_label(struct buf *b, char before, const char *name,
    const char *value);

/* The end of a row that has labels, with its value. */
void metrics_value(struct buf *b, uint64_t value);

#endif
