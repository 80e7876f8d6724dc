/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.json describes the content of a staging directory and its origin. It
 * is published last, so a directory that has it is finished. Only the object
 * `run` differs between runs over the same input. Lists that grow with the
 * input (sources, logs, chunks, damage) are in sidecar files (stage/sidecar.h).
 * The file is canonical JSON and contains its own digest
 * (stage/manifest_digest.h).
 */
#ifndef STAGE_MANIFEST_H
#define STAGE_MANIFEST_H

#include "stage/sidecar.h"
#include "stage/source_entry.h"
#include "util/maxima.h"

#define MANIFEST_SEGMENT_NAME 32

struct cJSON;

struct manifest_segment {
	/* File name, as segments/000001.ndjson. */
	char name[MANIFEST_SEGMENT_NAME];
	bool compressed;
	char sha256[DIGEST_HEX];       /* digest of the file */
	uint64_t bytes;                /* size of the file in bytes */
	char lines_sha256[DIGEST_HEX]; /* digest of the lines; equal to `sha256`
					  if not compressed */
	uint64_t lines_bytes; /* size of the lines; equal to `bytes` if not
				 compressed */
	uint64_t lines;       /* number of lines in the segment */
	/* "borrowed" or "recovered": kind of the records; NULL: neither. */
	const char *content;
};

/* The file fields/SHA256 of a long value. */
struct manifest_field {
	char sha256[DIGEST_HEX];
	uint64_t bytes;
};

/* Counts of sources. */
struct manifest_counts {
	uint64_t sources; /* number of all sources */
	uint64_t bytes;   /* size of all sources in bytes */
	uint64_t bad;     /* sources that are not source_entry_is_good() */
	uint64_t copies;  /* sources that are copies of another source */
};

/* A member of the objects `options` and `run`. */
struct manifest_pair {
	const char *name;
	const char *text;
};

struct manifest {
	const char *tool_version;
	const char *tool_commit;
	const char *schema;
	uint64_t key_version; /* version of the RecordKeys in the lines */
	const char *set_name;
	const char *set_sha256;
	const char *const *reasons; /* names of account.filtered; there are
				       ACCOUNT_REASONS, unused ones are NULL */
	/* Options of the run; NULL is the name after the last one. */
	const struct manifest_pair *options;
	/* Facts about the run; NULL is the name after the last one. */
	const struct manifest_pair *run;
	struct cJSON *base; /* owned; the manifest of the directory to which
			       the run adds, or NULL */
	char base_content[DIGEST_HEX]; /* manifest_digest_content() of `base` */
	struct manifest_counts base_counts; /* counts of sources in `base` */
	struct manifest_counts counts;      /* counts of sources of this run */
	/* Segments of the directory; owned. */
	struct manifest_segment *segments;
	size_t n_segments;
	size_t cap_segments;
	/* Long values in fields/, sorted by digest; owned. */
	struct manifest_field *fields;
	size_t n_fields;
	size_t cap_fields;
	/* Number of files and members that are not logs. */
	uint64_t passed_over;
	/* Number of `passed_over` whose bytes could not be read. */
	uint64_t unseen;
	uint64_t left_out; /* number of logs excluded by --name */
	/* Number of operands of this run without a log. */
	uint64_t inputs_empty;
	struct cJSON *templates; /* owned; the list of convert/template_list.h,
				    or NULL */
	struct sidecar sources;
	struct sidecar logs;
	struct sidecar chunks;
	struct sidecar damage;
	uint64_t damage_summed; /* damaged places of this run that are summed
				 * instead of listed; not in manifest.json */
	struct account account; /* record counts of all sources */
};

void manifest_free(struct manifest *m);

/* Add a source to the counts. */
void manifest_count(struct manifest_counts *c, const struct source_entry *s);

/* Append a zeroed entry and return it; NULL if memory is exhausted. */
struct manifest_segment *manifest_add_segment(struct manifest *m);
struct manifest_field *manifest_add_field(struct manifest *m);

/* Make the name of a segment: segments/000001.ndjson, or
 * segments/000001.ndjson.zst if compressed. Numbers start with 1. */
void manifest_name_segment(
    char name[MANIFEST_SEGMENT_NAME], size_t number, bool compressed);

/* Append the manifest as JSON text. */
enum rc manifest_write(
    const struct manifest *m, struct buf *out, struct err *e);

/* An object with the members that apply to all lines: tool, options, event_set,
 * schema and key_version. */
struct cJSON *manifest_head(const struct manifest *m);

/* Add the counts of files and logs that were not staged. */
void manifest_passed(const struct manifest *m, struct cJSON *object);

#endif
