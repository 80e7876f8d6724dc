/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts a coverage to JSON, for logs.ndjson and for `info`, and reads
 * logs.ndjson. Before a coverage is converted, coverage_end() must have been
 * called.
 */
#ifndef COVERAGE_COVERAGE_JSON_H
#define COVERAGE_COVERAGE_JSON_H

#include "coverage/coverage.h"
#include "stage/scan_lines.h"

struct cJSON;

/* The i-th log as a line of logs.ndjson, with the arrays `log_cleared` and
 * `clock_back` if there are any; NULL if there are fewer logs. */
struct cJSON *coverage_json(const struct coverage *c, size_t i);

/* Add an array `logs` with all logs of the run to an object. */
void coverage_json_run(const struct coverage *c, struct cJSON *object);

/* Add `logs`, and `log_cleared` and `clock_jumps` if there are any, to the
 * object of the source of this coverage. */
void coverage_json_source(const struct coverage *c, struct cJSON *object);

/* Add the log of a line of logs.ndjson to a coverage. */
enum rc coverage_json_read(
    struct coverage *c, const struct cJSON *line, struct err *e);

/* coverage_json_read() as a visitor for scan_lines(); `coverage` is a struct
 * coverage. */
enum rc coverage_json_read_line(
    void *coverage, const struct scan_line *line, struct err *e);

#endif
