/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.json: the content of a staging directory and its origin. It is
 * published last, so a directory that has it is finished. Only its object `run`
 * differs between runs over the same input. Lists that grow with the input
 * (sources, logs, chunks, damage) are in sidecar files (stage/sidecar.h). It is
 * canonical JSON and carries its own digest (stage/manifest_digest.h).
 */
#ifndef STAGE_MANIFEST_H
#define STAGE_MANIFEST_H

#include "stage/sidecar.h"
#include "stage/source_entry.h"
#include "util/maxima.h"

#define MANIFEST_SEGMENT_NAME 32

struct cJSON;

struct manifest_segment {
	char name[MANIFEST_SEGMENT_NAME]; /* segments/000001.ndjson */
	bool compressed;
	char sha256[DIGEST_HEX]; /* of the file */
	uint64_t bytes;
	char lines_sha256[DIGEST_HEX]; /* of its lines; the same if they are */
	uint64_t lines_bytes;          /* not compressed */
	uint64_t lines;
	const char *content; /* "borrowed", "recovered", or NULL */
};

/* The file fields/SHA256 of a long value. */
struct manifest_field {
	char sha256[DIGEST_HEX];
	uint64_t bytes;
};

/* Sources; of them those that are not good (source_entry_is_good()), and those
 * that are copies of others. */
struct manifest_counts {
	uint64_t sources;
	uint64_t bytes;
	uint64_t bad;
	uint64_t copies;
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
	uint64_t key_version; /* of the RecordKeys in its lines */
	const char *set_name;
	const char *set_sha256;
	const char *const *reasons; /* ACCOUNT_REASONS names, NULL: unused */
	const struct manifest_pair *options; /* ends with a NULL name */
	const struct manifest_pair *run;     /* ends with a NULL name */
	struct cJSON *base; /* owned: the manifest that is added to; NULL */
	char base_content[DIGEST_HEX]; /* manifest_digest_content() of it */
	struct manifest_counts base_counts; /* of its sources, */
	struct manifest_counts counts; /* counts of the sources of this run */
	struct manifest_segment *segments; /* owned */
	size_t n_segments;
	size_t cap_segments;
	struct manifest_field *fields; /* owned; in the order of digests */
	size_t n_fields;
	size_t cap_fields;
	uint64_t passed_over;    /* files and members that are not logs; */
	uint64_t unseen;         /* of them: could not be opened */
	uint64_t left_out;       /* logs excluded by --name */
	uint64_t inputs_empty;   /* operands of this run without a log */
	struct cJSON *templates; /* owned; see convert/template_list.h; NULL */
	struct sidecar sources;
	struct sidecar logs;
	struct sidecar chunks;
	struct sidecar damage;
	uint64_t damage_summed; /* damage of this run that is summed instead of
				 * listed; not written */
	struct account account; /* of all sources */
};

void manifest_free(struct manifest *m);

/* Add a source. */
void manifest_count(struct manifest_counts *c, const struct source_entry *s);

/* A new zeroed entry at the end; NULL without memory. */
struct manifest_segment *manifest_add_segment(struct manifest *m);
struct manifest_field *manifest_add_field(struct manifest *m);

/* segments/000001.ndjson, or segments/000001.ndjson.zst; they are counted from
 * 1. */
void manifest_name_segment(
    char name[MANIFEST_SEGMENT_NAME], size_t number, bool compressed);

/* Append the JSON text. */
enum rc manifest_write(
    const struct manifest *m, struct buf *out, struct err *e);

/* The members that apply to all lines: tool, options, event set, schema. */
struct cJSON *manifest_head(const struct manifest *m);

/* Add the numbers of files and logs that were not staged. */
void manifest_passed(const struct manifest *m, struct cJSON *object);

#endif
