/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts (DNS), read strictly, and lists of them as in the settings:
 * "push.example.org, *.example.net". Nothing is looked up here.
 */
#ifndef LIB_HOST_H
#define LIB_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* The only item of a list that has every public name. */
#define HOST_ANY "any-public"

/* Is it a full name, in lower case, with a dot inside and none at its end? An
 * IP address is none, in whatever spelling a resolver would take. */
bool host_is_name(const char *name, size_t len);

/* Is it a name that only a private network answers ("printer.local"), or that
 * nobody can have ("a.invalid")? */
bool host_is_private(const char *name, size_t len);

/* Is each item a name, or "*." and a name; or is the list HOST_ANY? */
bool host_list_ok(const char *list);

/* Does the list have the name: itself, or with "*." a name above it? HOST_ANY
 * has all but private ones. NULL is an empty list. */
bool host_list_has(const char *list, const char *name, size_t len);

#endif
