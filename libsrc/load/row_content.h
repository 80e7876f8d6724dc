/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of a row, for comparing what was staged with what a workspace
 * has: a digest of a few columns. This module computes it from a line of a
 * staging, and writes the KQL expression that computes the same from a row of
 * the table:
 *
 *   SHA-256, cut to 16 bytes, of the values as text, each followed by LF
 *
 * Only columns whose text is the same on both sides can be compared: strings,
 * whole numbers and times. Of a dynamic column single members can be compared
 * (EventData.TargetUserName), but not the whole, since the service writes it
 * anew. A value that is absent, or that is an array or object, counts as "".
 */
#ifndef LOAD_ROW_CONTENT_H
#define LOAD_ROW_CONTENT_H

#include "util/buf.h"
#include "util/column.h"
#include "util/err.h"
#include "util/span.h"

#define ROW_CONTENT_BYTES 16
/* Limited by KQL's strcat(), which takes 64 arguments. */
#define ROW_CONTENT_COLUMNS 32U

struct row_content;

struct row_content_options {
	const char *schema;
	const struct table *table; /* table of the schema */
	/* Names of the columns, separated by commas, or "default". */
	const char *columns;
};

/* Check the columns. WHY_USAGE if one does not exist or cannot be compared.
 * row_content_destroy() takes NULL. */
enum rc row_content_create(struct row_content **cp,
    const struct row_content_options *o, struct err *e);
void row_content_destroy(struct row_content *c);

/* Append the KQL expression of a row's digest in lower-case hex. */
void row_content_put_kql(const struct row_content *c, struct buf *out);

/* Append the names of the columns as elements of a JSON array. */
void row_content_put_names(const struct row_content *c, struct buf *out);

/* Compute the digest of a line without its LF. WHY_CORRUPT if the line is not a
 * JSON object. */
enum rc row_content_digest(struct row_content *c, struct span line,
    uint8_t out[ROW_CONTENT_BYTES], struct err *e);

#endif
