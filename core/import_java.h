/* SPDX-License-Identifier: MIT */
/*
 * Moving in from the Java edition, 1.5 to 1.10: a directory of CSV files, one a
 * table, as tools/java-dump writes them.
 */
#ifndef CORE_IMPORT_JAVA_H
#define CORE_IMPORT_JAVA_H

#include "core/import.h"

/* Import what is there: push_app_credentials.csv and
 * push_device_registration.csv, and of the others those that exist.
 * Applications are recognised by their names, devices as core/import_device.h
 * says, campaigns by their ids, which they keep, inbox messages by their inbox
 * ids. Nothing is written when one of the files as such is refused. */
const struct err *import_java(struct import *im, const char *directory);

#endif
