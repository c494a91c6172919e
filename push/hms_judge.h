/* SPDX-License-Identifier: MIT */
/* The meaning of Huawei's answers: a business code that says more than the
 * HTTP status, and a list of the tokens that the code is about. */
#ifndef PUSH_HMS_JUDGE_H
#define PUSH_HMS_JUDGE_H

#include "push/provider.h"

/* The judge of struct provider for HMS. */
void hms_judge(const struct exchange *x, const struct target *targets,
    size_t n, struct verdict *out);

#endif
