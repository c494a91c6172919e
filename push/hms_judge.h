/* SPDX-License-Identifier: MIT */
/* What Huawei's answers mean: a business code that says more than the HTTP
 * status, and a list of the tokens that it is about. */
#ifndef PUSH_HMS_JUDGE_H
#define PUSH_HMS_JUDGE_H

#include "push/provider.h"

/* As judge of struct provider. */
void hms_judge(const struct exchange *x, const struct target *targets,
    size_t n, struct verdict *out);

#endif
