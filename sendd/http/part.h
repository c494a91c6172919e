/* SPDX-License-Identifier: MIT */
/*
 * The inside of wire_http, for the files of sendd/http only:
 *
 *	wire.c     the operations of the wire; drives libcurl
 *	job.c      one exchange as a transfer of libcurl, and how it ended
 */
#ifndef SENDD_HTTP_PART_H
#define SENDD_HTTP_PART_H

#include <sys/queue.h>

#include <curl/curl.h>

#include "sendd/origin.h"
#include "sendd/wire.h"
#include "sendd/wire_part.h"

struct job {
	TAILQ_ENTRY(job) entry; /* of a crowd, of the finished, of the spare */
	struct crowd *crowd;
	struct exchange *x;
	CURL *easy;
	struct curl_slist *headers;
	unsigned passes; /* times libcurl was about to send the request */
	size_t header_bytes;
	char why[CURL_ERROR_SIZE];
};

TAILQ_HEAD(jobs, job);

/* Connections that belong together, and what flies over them. */
struct crowd {
	TAILQ_ENTRY(crowd) entry;
	struct http_pool *pool;
	CURLM *multi;
	struct jobs jobs;
	int64_t due_ms; /* libcurl's timer; 0: none */
};

struct http_pool {
	struct pool base;
	TAILQ_ENTRY(http_pool) entry;
	struct http_wire *wire;
	char name[ORIGIN_NAME];
	TAILQ_HEAD(crowds, crowd) crowds; /* the first takes new exchanges */
	bool renewed; /* not even the first */
	unsigned in_flight, failures;
	int64_t not_before_ms;
	bool works; /* the latest exchange found a connection */
	struct pool_stats tally;
};

struct http_wire {
	struct wire base;
	struct poller *poller;
	TAILQ_HEAD(http_pools, http_pool) pools;
	struct jobs over, spare;
};

/* A transfer for x, not yet in a crowd. */
struct job *http_job_new(struct http_pool *p, struct exchange *x);
void http_job_free(struct job *j);

/* libcurl says how it ended; out of what and why becomes the exchange's end. */
void http_job_judge(struct job *j, CURLcode code);

#endif
