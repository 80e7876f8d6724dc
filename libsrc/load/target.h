/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address and the credentials of a remote target, and the checkpoint of any
 * target.
 */
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include <stdbool.h>

#include "load/load.h"
#include "util/buf.h"

struct auth;
struct checkpoint;

/* Maximum size of a URL and of an Authorization header. */
#define TARGET_URL 4096
#define TARGET_BEARER 40000

/* The name of a target in its checkpoint: sqlite, or "sentinel rule R stream
 * S". The endpoint is not part of it, since it may change. */
#define TARGET_NAME 2048
void target_name(const struct load_target *t, char out[TARGET_NAME]);

/* Check the options of a remote target without sending anything. `report` is
 * called with an error for each part that is malformed; NULL values are not
 * checked. The commands check the same and return the first error. */
enum load_part {
	LOAD_PART_ENDPOINT,
	LOAD_PART_DCR,
	LOAD_PART_STREAM,
	LOAD_PART_PROXY,
	LOAD_PART_CREDENTIALS,
};

void load_check_address(const struct load_target *target,
    void (*report)(void *arg, enum load_part part, const struct err *e),
    void *arg);
void load_check_credentials(const struct load_target *target,
    void (*report)(void *arg, enum load_part part, const struct err *e),
    void *arg);

/* Returns this loader's share of a rate limit; 0: there is no limit. */
uint64_t target_share(const struct load_target *t, uint64_t limit);

/* WHY_USAGE for a plain http URL, which needs insecure_http. `what` names the
 * URL in the message; a NULL url is accepted. */
enum rc target_check_https(const struct load_target *t, const char *url,
    const char *what, struct err *e);

/* Append the URL that records are sent to, ended by a NUL. */
enum rc target_url(
    const struct load_target *target, struct buf *url, struct err *e);

/* WHY_USAGE if the address or the credentials are not valid. */
enum rc target_check(const struct load_target *target, struct err *e);

/* Open and lock the target's checkpoint, creating it if there is none: in the
 * database of an sqlite target, else in the folder target->state. */
enum rc target_open_checkpoint(
    const struct load_target *target, struct checkpoint **out, struct err *e);

/* Open the target's checkpoint for reading, without a lock and without creating
 * anything. RC_END: there is no checkpoint. */
enum rc target_view_checkpoint(
    const struct load_target *target, struct checkpoint **out, struct err *e);

#endif
