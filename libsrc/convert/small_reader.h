/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads small files (convert/small_source.h) into jobs that are submitted in
 * groups (convert/dispatch.h).
 */
#ifndef CONVERT_SMALL_READER_H
#define CONVERT_SMALL_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "convert/pending_sources.h"

struct source_reader_options;

/* A file that may be small. */
struct small_input {
	int fd; /* descriptor of the file, borrowed */
	const char *path;
	uint64_t before; /* bytes of the inputs before it, for the progress */
};

/* Submit the source as one job if it is a small file. Otherwise *done is false,
 * and it must be read piece by piece. No checkpoint may be due. */
enum rc small_reader_read(const struct source_reader_options *o,
    const struct small_input *in, struct pending_source *s, bool *done,
    struct err *e);

#endif
