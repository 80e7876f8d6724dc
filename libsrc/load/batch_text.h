/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of a batch as text, and the id by which the service knows the
 * batch.
 */
#ifndef LOAD_BATCH_TEXT_H
#define LOAD_BATCH_TEXT_H

#include "checkpoint/batch.h"
#include "util/buf.h"

/* Size of a request id: a UUID and its NUL. */
#define BATCH_TEXT_ID 40

/* Returns the first n lines of a text, each with its LF; the whole text if it
 * has fewer. */
struct span batch_text_lines(struct span text, uint64_t n);

/* Returns planned, sent, acked, refused or split. */
const char *batch_text_status(const struct batch *b);

/* Write the x-ms-client-request-id of the batch with this key (64 hex digits):
 * the same in all of its attempts, so that the service's support can find them.
 * The service does not use it to detect duplicates. */
void batch_text_id(const char *key_hex, char out[BATCH_TEXT_ID]);

/* Append the JSON members "batch" and "client_request_id". */
void batch_text_put(struct buf *out, const char *key_hex);

#endif
