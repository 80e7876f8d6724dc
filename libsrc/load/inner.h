/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of load/ share and nobody else sees.
 */
#ifndef LOAD_INNER_H
#define LOAD_INNER_H

#include "checkpoint/batch.h"
#include "checkpoint/totals.h"
#include "load/load.h"
#include "load/look.h"
#include "sink/sink.h"

#define LOAD_URL 4096
#define LOAD_BEARER 40000
#define LOAD_PATH 4096
#define LOAD_TEXT 2048

struct auth;

/* A segment of this run and where to read it. */
struct load_segment {
	int64_t id;
	size_t source;
	size_t index;
};

struct load {
	const struct load_run *run;
	const struct sink *sink;
	struct checkpoint *state;
	struct load_segment *segments; /* sorted by id */
	size_t n;
	struct load_report *report;
	struct look look;
	int64_t began_ms;
	const struct load_outside *outside;
};

/* What `run` names, or the real one. */
const struct load_outside *load_outside_of(const struct load_run *run);

/* The run's clock: milliseconds that never go back, seconds since 1970. */
int64_t load_ms(const struct load *load);
int64_t load_now(const struct load *load);

/* load/cut.c: cuts a segment's lines into batches that keep the sink's limits.
 * `put` gets each batch; one record over the limit is a batch of its own with
 * status BATCH_REFUSED. */
struct load_cut {
	const struct sink *sink;
	enum rc (*put)(struct load_cut *cut, struct batch *b, struct err *e);
	struct load *load;  /* for put */
	const char *sha256; /* for put */
	void *arg;          /* for put */
	struct look *look;  /* counts the lines; may be NULL */
	uint64_t span;      /* of times in a batch, 100 ns; 0: any */
	struct batch now;
	uint64_t low; /* of the times in it, 0: none */
	uint64_t high;
};

enum rc load_cut_scan(struct load_cut *cut, const struct reader *reader,
    size_t segment, struct err *e);

/* load/open.c: the checkpoint of a target, and the plan in it. */
enum rc load_open_state(const struct load_target *target, bool look,
    struct checkpoint **out, struct err *e);
enum rc load_open_plan(struct load *load, struct err *e);

/* Append a batch's lines. */
enum rc load_read(const struct load *load, const struct batch *b,
    struct buf *out, struct err *e);
const struct load_segment *load_find(const struct load *load, int64_t id);
const struct reader_segment *load_meta(
    const struct load *load, const struct batch *b);

/* The same for any batch: NULL if its segment is not of this run. */
const struct load_segment *load_known(const struct load *load, int64_t id);

/* The id by which the service knows a batch, the same in all attempts: a UUID
 * made of its key. */
#define LOAD_UUID 40
void load_uuid(const char *key_hex, char out[LOAD_UUID]);

/* load/letters.c: write the files that load_push() promises. */
enum rc load_letters(struct load *load, struct err *e);

/* The two ways to send what is planned. */
enum rc load_local(struct load *load, struct err *e);
enum rc load_remote(struct load *load, struct err *e);

/* address.c: where records go, and who sends them. */
enum rc load_address(const struct load_target *target, struct buf *url,
    struct auth **auth, struct err *e);

/* Plain http to loopback is for tests: WHY_USAGE unless it was asked for. */
enum rc load_check_plain(const struct load_target *t, const char *url,
    const char *what, struct err *e);

/* Whether addresses and credentials can be right; asks nobody. */
enum rc load_remote_check(const struct load_target *target, struct err *e);

/* Totals from the checkpoint into the report. */
enum rc load_count(struct load *load, struct err *e);
void load_totals(const struct totals *from, struct load_report *report);

/* WHY_REFUSED when more records were refused than the user allows. */
enum rc load_dead(const struct load *load, struct err *e);
bool load_stopping(const struct load *load);

/* Whether --max-duration is over; and what to say when a limit ended a run. */
bool load_expired(const struct load *load);
enum rc load_ended(const struct load *load, const char *why, struct err *e);
void load_progress(struct load *load);

#endif
