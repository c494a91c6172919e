/* SPDX-License-Identifier: MIT */
/* What lies beside the running program: so a tree of ours works wherever it is
 * unpacked, also where a web server starts a program without its environment
 * (suEXEC). */
#ifndef CORE_BESIDE_H
#define CORE_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

#define BESIDE_PATH 4096

/* The path of the sending program, outpost-sendd; false: there is none. */
bool beside_sender(char path[BESIDE_PATH]);

/* The path of the settings, if they lie beside the program; false: they do
 * not. */
bool beside_settings(char path[BESIDE_PATH]);

#endif
