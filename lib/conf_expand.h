/* SPDX-License-Identifier: MIT */
/* Names in settings that differ by program. */
#ifndef LIB_CONF_EXPAND_H
#define LIB_CONF_EXPAND_H

/* "outpost_%p" with each %p replaced by the program's short name (push, inbox,
 * admin, sendd, cli). The result is allocated: free it. NULL stays NULL. */
char *conf_expand(const char *text, const char *program);

#endif
