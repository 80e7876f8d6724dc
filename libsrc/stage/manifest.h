/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.json: what a staging directory holds and where it came from. It is
 * published last, so a directory with one is finished. Everything that differs
 * from run to run stands in its `run` block, apart from what is reproducible.
 * It is canonical JSON and carries its own digest (stage/seal.h).
 */
#ifndef STAGE_MANIFEST_H
#define STAGE_MANIFEST_H

#include "stage/account.h"
#include "stage/census.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/err.h"

#define MANIFEST_MAX ((size_t)1 << 30)
#define MANIFEST_SEGMENT_NAME 32

struct cJSON;

/* What the name of a source says of where it was. */
struct manifest_collected {
	const char *by;       /* the collector; NULL: the name does not tell */
	char *host;           /* owned; NULL: the name does not tell */
	char *path;           /* owned */
	unsigned shadow_copy; /* 0: of the live volume */
};

struct manifest_source {
	const struct cJSON *given; /* how an earlier run described it, or NULL:
				    * it stays as it is */
	char *name;  /* owned; UTF-8, or as close as the name's bytes come */
	char *error; /* owned; NULL if it could be read */
	const char *duplicate_of; /* the source that has the same bytes and was
				   * converted; NULL: none */
	char sha256[DIGEST_HEX];
	char archive_sha256[DIGEST_HEX]; /* of the input, an archive, that it is
					  * in; "": it is in none */
	uint64_t bytes;
	uint64_t chunks;
	uint64_t chunks_bad;
	struct account account;
	struct census_copy copy;
	struct manifest_collected collected;
};

struct manifest_segment {
	char name[MANIFEST_SEGMENT_NAME]; /* segments/000001.ndjson */
	char sha256[DIGEST_HEX];
	uint64_t bytes;
	uint64_t lines;
	const char *content; /* of special lines; NULL: ordinary ones */
};

/* fields/SHA256: a long value that lines name by its digest. */
struct manifest_field {
	char sha256[DIGEST_HEX];
	uint64_t bytes;
};

/* damage.ndjson, chunks.ndjson. */
struct manifest_report {
	char sha256[DIGEST_HEX];
	uint64_t bytes;
	uint64_t lines;
};

/* A name and a text, for the blocks `options` and `run`. */
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
	struct cJSON *earlier; /* owned: the manifest that is added to; NULL */
	char earlier_content[DIGEST_HEX]; /* seal_content() of it */
	size_t n_earlier;                 /* so many sources are from it */
	struct manifest_source *sources;  /* owned */
	size_t n_sources;
	size_t cap_sources;
	struct manifest_segment *segments; /* owned */
	size_t n_segments;
	size_t cap_segments;
	struct manifest_field *fields; /* owned; in the order of digests */
	size_t n_fields;
	size_t cap_fields;
	uint64_t passed_over;  /* files and members that are no logs; */
	uint64_t unseen;       /* of them: could not be opened, to see */
	uint64_t left_out;     /* logs that --name leaves out */
	uint64_t inputs_empty; /* operands of this run without a log */
	struct manifest_report damage;
	struct manifest_report chunks;
	struct census *census;  /* owned; NULL: nobody asked */
	struct account account; /* of the run */
};

void manifest_free(struct manifest *m);

/* Whether it was read as a whole: no error, and nothing in it was damaged or
 * read with less than it should have. A copy of a bad source is none itself. */
bool manifest_source_good(const struct manifest_source *s);

/* How many of the sources from number `from` on are not good; are copies. */
size_t manifest_bad(const struct manifest *m, size_t from);
size_t manifest_copies(const struct manifest *m, size_t from);

/* It has no sources any more. */
void manifest_forget(struct manifest *m);

/* A new zeroed entry at the end; NULL without memory. */
struct manifest_source *manifest_add_source(struct manifest *m);
struct manifest_segment *manifest_add_segment(struct manifest *m);
struct manifest_field *manifest_add_field(struct manifest *m);

/* segments/000001.ndjson; they are counted from 1. */
void manifest_name_segment(char name[MANIFEST_SEGMENT_NAME], size_t number);

/* Append the JSON text. */
enum rc manifest_write(
    const struct manifest *m, struct buf *out, struct err *e);

/* The parts of the manifest that say what all of its lines have in common. */
struct cJSON *manifest_head(const struct manifest *m);

/* Read back what manifest_account() wrote; what is not there is 0. */
enum rc manifest_read_account(const struct cJSON *o, const char *const *reasons,
    struct account *a, struct err *e);

/* Add how much of the input was passed over, as in the manifest. */
void manifest_passed(const struct manifest *m, struct cJSON *object);

/* The list of sources as in the manifest, for summaries. */
struct cJSON *manifest_sources(const struct manifest *m);

/* The account as in the manifest, for summaries; NULL without memory. */
struct cJSON *manifest_account(
    const struct account *a, const char *const *reasons);

#endif
