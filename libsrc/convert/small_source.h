/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a small file with one call into its only job. This is much faster than
 * to read it piece by piece (convert/source.h), and its digest can be made by
 * the worker. A file for which anything is unusual is refused, and must be read
 * piece by piece, which also reports what is wrong with it.
 */
#ifndef CONVERT_SMALL_SOURCE_H
#define CONVERT_SMALL_SOURCE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "convert/job.h"

/* Maximum size of a small file in bytes. Two fit into one group of jobs, so
 * that their digests are made at the same time. */
#define SMALL_SOURCE_MAX (JOB_ROOM / 2)

struct small_source {
	int fd;             /* descriptor of the file, borrowed */
	const char *path;   /* path of the file, borrowed */
	struct stat before; /* status of the file before it was read */
	size_t n;           /* size of the file in bytes */
};

/* Find out if the file is small. */
bool small_source_init(struct small_source *s, int fd, const char *path);

/* Read the whole file into j->bytes, which has room for s->n bytes, and split
 * it into pieces. False if it cannot be read, has changed since it was opened,
 * or does not consist of chunks. */
bool small_source_read(const struct small_source *s, struct job *j,
    struct chunk_file_header *header);

#endif
