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

/* An exchange as a transfer of libcurl. It is in one list: of a multi handle,
 * of the finished ones, or of the spare ones. */
struct http_job {
	TAILQ_ENTRY(http_job) entry;
	struct multi_handle *multi;
	struct exchange *x;
	CURL *easy;
	struct curl_slist *headers;
	unsigned attempts; /* how often libcurl began to send the request */
	size_t header_bytes;
	char why[CURL_ERROR_SIZE];
};

TAILQ_HEAD(http_jobs, http_job);

/* A CURLM: connections that belong together, and the jobs that use them. */
struct multi_handle {
	TAILQ_ENTRY(multi_handle) entry;
	struct http_pool *pool;
	CURLM *curl;
	struct http_jobs jobs;
	int64_t due_ms; /* libcurl's timer; 0: none */
	unsigned started; /* exchanges so far */
};

struct http_pool {
	struct pool base;
	TAILQ_ENTRY(http_pool) entry;
	struct http_wire *wire;
	char name[ORIGIN_NAME];
	/* the first takes new exchanges, unless the pool is renewed or it has
	 * had its number of them: then the next exchange gets a new one */
	TAILQ_HEAD(multi_handles, multi_handle) multis;
	bool renewed;
	unsigned in_flight, failures;
	int64_t not_before_ms;
	bool works; /* the latest exchange found a connection */
	struct pool_stats tally;
};

struct http_wire {
	struct wire base;
	struct poller *poller;
	TAILQ_HEAD(http_pools, http_pool) pools;
	struct http_jobs over, spare;
};

/* A transfer for x; the caller puts it into a multi handle. */
struct http_job *http_job_new(struct http_pool *p, struct exchange *x);
void http_job_free(struct http_job *j);

/* Set the end of the exchange by libcurl's result and what the job saw. */
void http_job_judge(struct http_job *j, CURLcode code);

#endif
