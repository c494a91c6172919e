/* SPDX-License-Identifier: MIT */
#include "fcgi/powerauth.h"

const struct err *
powerauth_activation(struct call *c, const char *activation_id,
    struct activation *out)
{
	(void)c;
	(void)activation_id;
	(void)out;
	return err_new(ERR_BUSY, "PowerAuth Server is not asked yet");
}

const struct err *
powerauth_applications(struct call *c, struct texts *names)
{
	(void)c;
	(void)names;
	return err_new(ERR_BUSY, "PowerAuth Server is not asked yet");
}
