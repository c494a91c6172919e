/* SPDX-License-Identifier: MIT */
/* The checks of the doctor: one file a subject, one function a row of the table
 * in doctor.c. A check adds its findings and never fails. */
#ifndef CORE_DOCTOR_PART_H
#define CORE_DOCTOR_PART_H

#include "core/doctor.h"

/* Add a finding to the check that runs; fmt: what was seen. remedy: one
 * sentence that lives as long as the arena; NULL: nothing is to be done. */
void doctor_find(struct doctor *d, enum finding_level level,
    const char *remedy, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* As doctor_find, for a question to the database that was not answered. */
void doctor_unanswered(struct doctor *d, const struct err *e);

/* How bad is so much free room on a disk, in bytes? Pure. */
enum finding_level doctor_disk_level(uint64_t all, uint64_t free);

/* Is this version, "10.5.29-MariaDB", older than our programs need? Pure. */
bool doctor_mariadb_is_old(const char *version);

/* Look at the end of a certificate, in seconds since 1970; days gets how many
 * are left. False, and there is a finding: it has ended or soon will. whose:
 * "MariaDB's certificate". */
bool doctor_certificate(struct doctor *d, const char *whose, int64_t until_s,
    const char *remedy, long long *days);

/* The part of the doorbell's check about other machines: is each sendd that
 * owns a shard reached where it listens? */
void doctor_look_at_far(struct doctor *d);

typedef void doctor_check(struct doctor *d);

/* doctor_database.c */
doctor_check doctor_check_database, doctor_check_server, doctor_check_schema;
/* doctor_nodes.c */
doctor_check doctor_check_nodes;
/* doctor_rights.c */
doctor_check doctor_check_rights;
/* doctor_host.c */
doctor_check doctor_check_clock, doctor_check_disk;
/* doctor_keys.c */
doctor_check doctor_check_keys;
/* doctor_files.c */
doctor_check doctor_check_files;
/* doctor_upkeep.c */
doctor_check doctor_check_upkeep;
/* doctor_delivery.c */
doctor_check doctor_check_sendd, doctor_check_doorbell, doctor_check_queue;
/* doctor_credentials.c */
doctor_check doctor_check_credentials, doctor_check_holds;
/* doctor_network.c */
doctor_check doctor_check_network;
/* doctor_certificates.c */
doctor_check doctor_check_certificates;
/* doctor_web.c */
doctor_check doctor_check_web;

#endif
